/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of an OrielDisplay, for the files that make it: display.c (what GTK knows),
 * display-properties.c, display-views.c (which view is shown), display-actions.c and
 * display-typing.c.
 */
#pragma once

#include "gtk/connection-private.h"
#include "gtk/keyboard.h"
#include "gtk/oriel-display.h"
#include "text/reader.h"

struct clipboard;
struct layout;
struct typist;

#define DISPLAY_GRAB_ACCELERATOR "<Control><Alt><Shift>g"

struct _OrielDisplay {
    GtkWidget parent;
    OrielConnection *connection;
    GtkWidget *pixels;          /* an OrielPixelView */
    GtkWidget *text;            /* an OrielTextView; NULL until it is wanted */
    GtkWidget *serial;          /* an OrielSerialView; likewise */
    GtkWidget *shown;           /* one of these */
    GtkWidget *note;            /* a label over it, invisible while all is well */
    struct text_reader *reader; /* while characters may be wanted; NULL: not */
    char *reader_machine;       /* whose fonts it searches */
    struct keyboard *keyboard;
    struct clipboard *clipboard; /* while it is shared; NULL: not */
    struct layout *layout;       /* these two once something was typed */
    struct typist *typist;
    char *keyboard_layout; /* NULL: not set */
    OrielDisplayMode mode, shown_mode;
    OrielScaling scaling;
    bool grab, clipboard_sharing, read_only;
    char *grab_accelerator;
    char *font;
    double zoom;
    GdkRectangle area; /* empty: all */
};

/* ---- display.c ---- */

struct scene *display_scene(OrielDisplay *self); /* NULL: none */

/* ---- display-properties.c ---- */

void display_install_properties(GObjectClass *class);
void display_notify_shown_mode(OrielDisplay *self);
void display_notify_pointer_locked(OrielDisplay *self);
void display_notify_keyboard_layout(OrielDisplay *self);

/* ---- display-views.c ---- */

void display_make_views(OrielDisplay *self);
/* Before the connection, and its scene, is let go. */
void display_leave_scene(OrielDisplay *self);
void display_drop_views(OrielDisplay *self);
/* Shows what is to be shown, with what is so now. After anything of that has changed. */
void display_settle(OrielDisplay *self);
/* The person has come, or gone elsewhere. */
void display_settle_clipboard(OrielDisplay *self, bool is_here);
/* The note over the view. */
void display_settle_note(OrielDisplay *self);

/* ---- display-typing.c ---- */

void display_stop_typing(OrielDisplay *self); /* before the scene is let go */
void display_finish_typing(OrielDisplay *self);

/* ---- display-actions.c ---- */

void display_install_actions(GtkWidgetClass *class);
