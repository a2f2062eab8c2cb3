/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that an OrielDisplay types into the guest, as from a keyboard with the guest's layout. No
 * faster than the guest takes it (typing/typist.h); what appears is not compared.
 */
#include "gtk/display-private.h"

#include "gtk/serial-view.h"
#include "layout/strokes.h"
#include "typing/typist.h"

#include <string.h>

#define LAYOUT "us"

static const struct console_screen *no_screen(void *owner)
{
    (void)owner;
    return NULL;
}

static void on_done(void *owner, const struct typist_report *report)
{
    (void)owner;
    (void)report;
}

static bool get_ready(OrielDisplay *self, struct err *err)
{
    static const struct typist_ops ops = {no_screen, on_done};
    struct typist_options options = {.is_unchecked = true};

    if (!self->layout)
        self->layout = layout_create(self->keyboard_layout ? self->keyboard_layout : LAYOUT, err);
    if (self->layout && !self->typist)
        self->typist = typist_create(display_scene(self), self->layout, &options, &ops, self);
    return self->typist != NULL;
}

void display_stop_typing(OrielDisplay *self)
{
    g_clear_pointer(&self->typist, typist_destroy);
}

void display_finish_typing(OrielDisplay *self)
{
    display_stop_typing(self);
    g_clear_pointer(&self->layout, layout_destroy);
    g_clear_pointer(&self->keyboard_layout, g_free);
}

static GQuark quark(void)
{
    return g_quark_from_static_string("oriel-typing");
}

/**
 * oriel_display_type_text:
 * @self: the display
 * @text: UTF-8; a newline is Enter, a tab Tab
 * @error: set when it cannot be typed
 *
 * Types a text into the guest, as from a keyboard with [property@Oriel.Display:keyboard-layout]. It
 * goes on after this has returned, as fast as the guest takes it. It is the program that does it,
 * so a display that is read-only does it too.
 *
 * Returns: %FALSE when nothing of it is typed: a character that the layout has not, no such layout,
 *   or no machine
 */
gboolean oriel_display_type_text(OrielDisplay *self, const char *text, GError **error)
{
    struct strokes strokes = STROKES_INIT;
    struct err err;
    bool ok;

    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    g_return_val_if_fail(text != NULL, FALSE);
    if (!display_scene(self))
        ok = err_set(&err, "there is no machine to type into") == 0;
    else
        ok = get_ready(self, &err) &&
             strokes_add_text(&strokes, self->layout, text, strlen(text), &err) == 0;
    if (ok)
        typist_type(self->typist, &strokes);
    else
        g_set_error_literal(error, quark(), 0, err.text);
    strokes_finish(&strokes);
    return ok;
}

/* ---- Pasting ---- */

static void on_text(GObject *board, GAsyncResult *result, gpointer data)
{
    OrielDisplay *self = data;
    char *text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(board), result, NULL);
    GError *error = NULL;

    if (text && !self->read_only && self->connection &&
        !oriel_display_type_text(self, text, &error)) {
        gtk_widget_error_bell(GTK_WIDGET(self));
        g_message("%s", error->message);
        g_error_free(error);
    }
    g_free(text);
    g_object_unref(self);
}

/**
 * oriel_display_paste:
 * @self: the display
 *
 * Types the text of the desktop's clipboard, as [method@Oriel.Display.type_text] does, or sends it
 * to the serial port where that is shown. Not while it is read-only. The bell rings when it cannot
 * be typed.
 */
void oriel_display_paste(OrielDisplay *self)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->read_only)
        return;
    if (self->shown_mode == ORIEL_DISPLAY_MODE_SERIAL)
        oriel_serial_view_paste(ORIEL_SERIAL_VIEW(self->serial));
    else
        gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(self)), NULL, on_text,
                                      g_object_ref(self));
}

/* ---- The layout ---- */

/**
 * oriel_display_get_keyboard_layout:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:keyboard-layout]
 */
const char *oriel_display_get_keyboard_layout(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), LAYOUT);
    return self->keyboard_layout ? self->keyboard_layout : LAYOUT;
}

/**
 * oriel_display_set_keyboard_layout:
 * @self: the display
 * @layout: see [property@Oriel.Display:keyboard-layout]
 */
void oriel_display_set_keyboard_layout(OrielDisplay *self, const char *layout)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    g_return_if_fail(layout != NULL);
    if (!strcmp(layout, oriel_display_get_keyboard_layout(self)))
        return;
    display_finish_typing(self);
    self->keyboard_layout = g_strdup(layout);
    display_notify_keyboard_layout(self);
}
