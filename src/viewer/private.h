/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this room share: the window, and who does what for it. */
#pragma once

#include "gtk/oriel-gtk4.h"
#include "record/video.h"
#include "viewer/viewer.h"

#include <gtk/gtk.h>

struct viewer {
    struct scene_sink sink; /* first; for whether there are windows */
    struct scene *scene;
    const struct viewer_ops *ops;
    void *owner;
    OrielConnection *connection;
    OrielDisplay *display;
    GtkWindow *window;
    GtkWidget *mode_note;           /* in the header bar: the mode that is shown */
    GtkWidget *menus[2];            /* buttons: in the header bar, and on the bar of full screen */
    GtkWidget *top;                 /* the bar of full screen, a GtkRevealer */
    GtkWidget *toast, *toast_label; /* a GtkRevealer, and what is said in it */
    guint toast_timer;              /* 0: nothing is said */
    GSimpleActionGroup *actions;    /* "view.…" */
    struct record_video *recording; /* NULL: none */
    char *recording_path;
    int followed_width, followed_height; /* the size that the window was given for the screen's */
};

/* actions.c: all that menus and keys can do. */
void actions_init(struct viewer *v, const struct viewer_options *options);
void actions_finish(struct viewer *v);
void actions_set_enabled(struct viewer *v, const char *name, bool enabled);
GMenuModel *actions_menu(const struct viewer *v); /* the caller's reference */

/* capture.c: the screen as a file. */
void capture_screenshot(struct viewer *v);
/* Begins, or ends, a recording. Returns whether one goes on. */
bool capture_record(struct viewer *v, bool on);

/* window.c */
void window_say(struct viewer *v, const char *text);
void window_popup_menu(struct viewer *v); /* by a key */

/* dialogs.c: see viewer.h */
char *dialogs_choose(struct err *err);
int dialogs_ask(const char *question, bool echo, viewer_answered_fn answered, void *owner,
                struct err *err);
