/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielDisplay as GTK knows it: a widget whose children are its views (display-views.c), and a note
 * over them when the connection is lost. Its properties are display-properties.c's.
 */
#include "gtk/display-private.h"

#include "gtk/pixel-view.h"

/**
 * OrielDisplay:
 *
 * A widget that shows a virtual machine and lets a person use it.
 *
 * It shows what its [property@Oriel.Display:connection] is connected with; several displays may
 * show the same, or with [property@Oriel.Display:area] a part of the screen each. In the mode
 * %ORIEL_DISPLAY_MODE_AUTOMATIC it shows text as text, and anything else as pixels.
 *
 * ## Actions
 *
 * `display.mode`, `display.scaling`, `display.grab` and `display.read-only` are the properties of
 * these names. `display.copy`, `display.paste`, `display.select-all` and `display.find` are the
 * methods. `display.send-keys` with an array of evdev codes (`au`) presses them.
 *
 * ## CSS nodes
 *
 * `orieldisplay`, with a child `label.note` over a connection that is lost.
 */
/* The struct is in display-private.h. */
G_DEFINE_FINAL_TYPE(OrielDisplay, oriel_display, GTK_TYPE_WIDGET)

struct scene *display_scene(OrielDisplay *self)
{
    return self->connection ? oriel_connection_scene(self->connection) : NULL;
}

/* ---- GtkWidget ---- */

static void map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(oriel_display_parent_class)->map(widget);
    display_settle(ORIEL_DISPLAY(widget));
}

static void unmap(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(oriel_display_parent_class)->unmap(widget);
    display_settle(ORIEL_DISPLAY(widget));
}

enum { NOTE_PADDING = 12 };

/* The picture is dimmed, and the note has a ground of its own. */
static void snapshot_note(OrielDisplay *self, GtkSnapshot *snapshot)
{
    GtkWidget *widget = GTK_WIDGET(self);
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(widget),
                                             (float)gtk_widget_get_height(widget));
    graphene_rect_t ground;

    gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 0.6f}, &all);
    if (gtk_widget_compute_bounds(self->note, widget, &ground)) {
        graphene_rect_inset(&ground, -NOTE_PADDING, -NOTE_PADDING);
        gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 0.85f}, &ground);
    }
    gtk_widget_snapshot_child(widget, self->note, snapshot);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    OrielDisplay *self = ORIEL_DISPLAY(widget);

    gtk_widget_snapshot_child(widget, self->shown, snapshot);
    if (gtk_widget_get_visible(self->note))
        snapshot_note(self, snapshot);
}

static gboolean grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(ORIEL_DISPLAY(widget)->shown);
}

static gboolean focus(GtkWidget *widget, GtkDirectionType direction)
{
    return gtk_widget_child_focus(ORIEL_DISPLAY(widget)->shown, direction);
}

/* ---- The person ---- */

static void on_grab_key(void *owner)
{
    OrielDisplay *self = owner;

    if (oriel_display_get_pointer_locked(self) && !self->grab)
        oriel_pixel_view_release_pointer(ORIEL_PIXEL_VIEW(self->pixels));
    else
        oriel_display_set_grab(self, !self->grab);
}

static void on_focus(void *owner, bool has_focus)
{
    OrielDisplay *self = owner;

    display_settle_clipboard(self, has_focus);
    if (!has_focus && self->pixels)
        oriel_pixel_view_release_pointer(ORIEL_PIXEL_VIEW(self->pixels));
}

/* ---- Life ---- */

static void dispose(GObject *object)
{
    OrielDisplay *self = ORIEL_DISPLAY(object);

    oriel_display_set_connection(self, NULL);
    g_clear_pointer(&self->keyboard, keyboard_destroy);
    display_drop_views(self);
    G_OBJECT_CLASS(oriel_display_parent_class)->dispose(object);
}

static void finalize(GObject *object)
{
    OrielDisplay *self = ORIEL_DISPLAY(object);

    g_free(self->grab_accelerator);
    g_free(self->font);
    display_finish_typing(self);
    G_OBJECT_CLASS(oriel_display_parent_class)->finalize(object);
}

static void oriel_display_init(OrielDisplay *self)
{
    static const struct keyboard_ops ops = {on_grab_key, on_focus};

    self->scaling = ORIEL_SCALING_FIT;
    self->shown_mode = ORIEL_DISPLAY_MODE_PIXELS;
    self->clipboard_sharing = true;
    self->keyboard = keyboard_create(GTK_WIDGET(self), &ops, self);
    display_make_views(self);
    oriel_display_set_grab_accelerator(self, DISPLAY_GRAB_ACCELERATOR);
}

static void oriel_display_class_init(OrielDisplayClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    object->dispose = dispose;
    object->finalize = finalize;
    display_install_properties(object);
    widget->map = map;
    widget->unmap = unmap;
    widget->snapshot = snapshot;
    widget->grab_focus = grab_focus;
    widget->focus = focus;
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget, "orieldisplay");
    display_install_actions(widget);
}

/**
 * oriel_display_new:
 * @connection: (nullable): what it shows
 *
 * Makes a display.
 *
 * Returns: the display
 */
GtkWidget *oriel_display_new(OrielConnection *connection)
{
    return g_object_new(ORIEL_TYPE_DISPLAY, "connection", connection, NULL);
}
