/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of a display's views is shown, and what each of them needs. The text reader works only
 * while its answer matters: in the modes of text, and while the display can be seen.
 */
#include "gtk/display-private.h"

#include "gtk/clipboard.h"
#include "gtk/pixel-view.h"
#include "gtk/serial-view.h"
#include "gtk/text-view.h"
#include "vm/runtime.h"

#include <stdlib.h>

/* ---- The reader ---- */

static void on_cells(void *owner, const pixman_region32_t *cells)
{
    OrielDisplay *self = owner;

    if (self->text)
        oriel_text_view_changed(ORIEL_TEXT_VIEW(self->text), cells);
}

static void settle_shown(OrielDisplay *self);

static void on_mode(void *owner, bool is_text)
{
    (void)is_text;
    settle_shown(owner);
}

static void drop_reader(OrielDisplay *self)
{
    if (self->text)
        oriel_text_view_set_screen(ORIEL_TEXT_VIEW(self->text), NULL);
    g_clear_pointer(&self->reader, text_reader_destroy);
    g_clear_pointer(&self->reader_machine, g_free);
}

static void settle_reader(OrielDisplay *self)
{
    static const struct text_reader_ops ops = {on_cells, on_mode, NULL};
    struct scene *scene = display_scene(self);
    bool automatic = self->mode == ORIEL_DISPLAY_MODE_AUTOMATIC && !oriel_display_get_area(self);
    bool wanted = scene && (automatic || self->mode == ORIEL_DISPLAY_MODE_TEXT);
    const char *machine = scene ? oriel_connection_machine(self->connection) : NULL;

    if (self->reader && (!wanted || g_strcmp0(machine, self->reader_machine)))
        drop_reader(self);
    if (!wanted)
        return;
    if (!self->reader) {
        struct text_reader_options options = {.machine = machine,
                                              .folders = oriel_connection_fonts(self->connection)};

        self->reader_machine = g_strdup(machine);
        self->reader = text_reader_create(scene, &options, &ops, self);
    }
    text_reader_set_active(self->reader, gtk_widget_get_mapped(GTK_WIDGET(self)));
}

/* ---- The views ---- */

static GtkWidget *adopt(OrielDisplay *self, GtkWidget *view)
{
    gtk_widget_set_visible(view, FALSE);
    gtk_widget_insert_before(view, GTK_WIDGET(self), self->note);
    return view;
}

static GtkWidget *text_view(OrielDisplay *self)
{
    if (!self->text) {
        self->text = adopt(self, oriel_text_view_new());
        oriel_text_view_set_font_name(ORIEL_TEXT_VIEW(self->text), self->font);
        oriel_text_view_set_zoom(ORIEL_TEXT_VIEW(self->text), self->zoom);
    }
    oriel_text_view_set_scene(ORIEL_TEXT_VIEW(self->text), display_scene(self));
    oriel_text_view_set_screen(ORIEL_TEXT_VIEW(self->text),
                               self->reader ? text_reader_screen(self->reader) : NULL);
    return self->text;
}

static GtkWidget *serial_view(OrielDisplay *self)
{
    const char *machine = self->connection ? oriel_connection_machine(self->connection) : NULL;
    struct err err;
    char *path = machine ? vm_runtime_find(machine, "serial", &err) : NULL;

    if (!self->serial) {
        self->serial = adopt(self, oriel_serial_view_new());
        oriel_serial_view_set_font_name(ORIEL_SERIAL_VIEW(self->serial), self->font);
        oriel_serial_view_set_zoom(ORIEL_SERIAL_VIEW(self->serial),
                                   self->zoom > 0 ? self->zoom : 1);
    }
    oriel_serial_view_set_path(ORIEL_SERIAL_VIEW(self->serial), path);
    free(path);
    return self->serial;
}

static OrielDisplayMode mode_to_show(const OrielDisplay *self)
{
    if (self->mode != ORIEL_DISPLAY_MODE_AUTOMATIC)
        return self->mode;
    return self->reader && text_reader_is_text(self->reader) ? ORIEL_DISPLAY_MODE_TEXT
                                                             : ORIEL_DISPLAY_MODE_PIXELS;
}

static void show(OrielDisplay *self, GtkWidget *view)
{
    GtkWidget *before = self->shown;
    bool had_focus = gtk_widget_get_focus_child(GTK_WIDGET(self)) != NULL;

    if (before == view)
        return;
    gtk_widget_set_visible(view, TRUE);
    self->shown = view;
    if (had_focus)
        gtk_widget_grab_focus(view);
    gtk_widget_set_visible(before, FALSE);
}

static void settle_input(OrielDisplay *self)
{
    bool reactive = !self->read_only;
    struct scene *scene = display_scene(self);
    bool shares = scene && reactive && self->clipboard_sharing;

    oriel_pixel_view_set_reactive(ORIEL_PIXEL_VIEW(self->pixels), reactive);
    if (self->serial)
        oriel_serial_view_set_reactive(ORIEL_SERIAL_VIEW(self->serial), reactive);
    keyboard_set_scene(self->keyboard, scene);
    keyboard_set_reactive(self->keyboard,
                          reactive && self->shown_mode != ORIEL_DISPLAY_MODE_SERIAL);
    if (!shares) {
        g_clear_pointer(&self->clipboard, clipboard_destroy);
    } else if (!self->clipboard) {
        self->clipboard = clipboard_create(GTK_WIDGET(self), scene);
        clipboard_set_here(self->clipboard, keyboard_has_focus(self->keyboard));
    }
}

void display_settle_clipboard(OrielDisplay *self, bool is_here)
{
    if (self->clipboard)
        clipboard_set_here(self->clipboard, is_here);
}

static void settle_shown(OrielDisplay *self)
{
    OrielDisplayMode mode = mode_to_show(self);

    show(self, mode == ORIEL_DISPLAY_MODE_TEXT     ? text_view(self)
               : mode == ORIEL_DISPLAY_MODE_SERIAL ? serial_view(self)
                                                   : self->pixels);
    if (mode != self->shown_mode) {
        self->shown_mode = mode;
        display_notify_shown_mode(self);
    }
    settle_input(self);
}

void display_settle(OrielDisplay *self)
{
    oriel_pixel_view_set_scene(ORIEL_PIXEL_VIEW(self->pixels), display_scene(self));
    settle_reader(self);
    settle_shown(self);
}

void display_settle_note(OrielDisplay *self)
{
    const char *note = self->connection ? oriel_connection_get_note(self->connection) : NULL;

    gtk_label_set_text(GTK_LABEL(self->note), note ? note : "");
    gtk_widget_set_visible(self->note, note != NULL);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void display_leave_scene(OrielDisplay *self)
{
    display_stop_typing(self);
    g_clear_pointer(&self->clipboard, clipboard_destroy);
    keyboard_set_scene(self->keyboard, NULL);
    drop_reader(self);
    if (self->text)
        oriel_text_view_set_scene(ORIEL_TEXT_VIEW(self->text), NULL);
    oriel_pixel_view_set_scene(ORIEL_PIXEL_VIEW(self->pixels), NULL);
}

void display_make_views(OrielDisplay *self)
{
    /* Whatever the theme, it lies on black. */
    PangoAttrList *white = pango_attr_list_from_string("0 -1 foreground white, 0 -1 scale 1.2");

    self->pixels = oriel_pixel_view_new();
    gtk_widget_set_parent(self->pixels, GTK_WIDGET(self));
    g_signal_connect_swapped(self->pixels, "lock-changed",
                             G_CALLBACK(display_notify_pointer_locked), self);
    self->shown = self->pixels;
    self->note = gtk_label_new(NULL);
    gtk_widget_set_halign(self->note, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(self->note, GTK_ALIGN_CENTER);
    gtk_label_set_wrap(GTK_LABEL(self->note), TRUE);
    gtk_widget_add_css_class(self->note, "note");
    gtk_label_set_attributes(GTK_LABEL(self->note), white);
    pango_attr_list_unref(white);
    gtk_widget_set_can_target(self->note, FALSE);
    gtk_widget_set_visible(self->note, FALSE);
    gtk_widget_set_parent(self->note, GTK_WIDGET(self));
}

void display_drop_views(OrielDisplay *self)
{
    g_clear_pointer(&self->pixels, gtk_widget_unparent);
    g_clear_pointer(&self->text, gtk_widget_unparent);
    g_clear_pointer(&self->serial, gtk_widget_unparent);
    g_clear_pointer(&self->note, gtk_widget_unparent);
    self->shown = NULL;
}
