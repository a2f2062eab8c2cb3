/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looking back at what has scrolled off an OrielTextView's screen, with the wheel, with Shift and
 * the page keys, and with a bar that is there as long as one looks back. What is seen stays then,
 * whatever the guest writes; a key for the guest leads back to its screen.
 */
#include "gtk/text-view-private.h"

#include <math.h>

enum { WHEEL_LINES = 3 }; /* a notch */

int64_t text_scroll_top(const OrielTextView *self)
{
    return self->is_looking_back ? self->top : text_lines_of_screen(&self->lines);
}

static void moved(GtkAdjustment *position, OrielTextView *self);

/* The bar is where the lines are, without hearing of it. */
static void settle_bar(OrielTextView *self)
{
    int64_t first = text_lines_first(&self->lines);
    double rows = self->drawn_count;

    g_signal_handlers_block_by_func(self->position, moved, self);
    gtk_adjustment_configure(self->position, (double)(text_scroll_top(self) - first), 0,
                             (double)(text_lines_end(&self->lines) - first), 1, rows / 2, rows);
    g_signal_handlers_unblock_by_func(self->position, moved, self);
    gtk_widget_set_visible(self->bar, self->is_looking_back);
}

static void look_at(OrielTextView *self, int64_t top)
{
    int64_t screen = text_lines_of_screen(&self->lines);

    self->top = MAX(top, text_lines_first(&self->lines));
    self->is_looking_back = self->top < screen;
    settle_bar(self);
    text_view_touch_all(self);
    text_reading_changed(self);
}

void text_scroll_settle(OrielTextView *self)
{
    if (self->is_looking_back)
        look_at(self, self->top);
}

void text_scroll_by(OrielTextView *self, int64_t lines)
{
    if (lines < 0 && !self->is_looking_back)
        text_lines_settle(&self->lines);
    look_at(self, text_scroll_top(self) + lines);
}

void text_scroll_to_screen(OrielTextView *self)
{
    if (self->is_looking_back)
        look_at(self, text_lines_of_screen(&self->lines));
}

void text_scroll_show(OrielTextView *self, int64_t line)
{
    int64_t top = text_scroll_top(self);

    if (line < top || line >= top + self->drawn_count)
        look_at(self, line - self->drawn_count / 2);
}

static void moved(GtkAdjustment *position, OrielTextView *self)
{
    look_at(self,
            text_lines_first(&self->lines) + (int64_t)round(gtk_adjustment_get_value(position)));
}

static gboolean wheel_turned(OrielTextView *self, double dx, double dy)
{
    double lines;

    (void)dx;
    self->wheel = modf(self->wheel + dy * WHEEL_LINES, &lines);
    if (lines)
        text_scroll_by(self, (int64_t)lines);
    return GDK_EVENT_STOP;
}

static gboolean key_pressed(OrielTextView *self, guint keyval, guint keycode, GdkModifierType state,
                            GtkEventController *controller)
{
    GdkEvent *event = gtk_event_controller_get_current_event(controller);

    (void)keyval, (void)keycode, (void)state;
    if (!event || !gdk_key_event_is_modifier(event))
        text_scroll_to_screen(self);
    return GDK_EVENT_PROPAGATE;
}

void text_scroll_init(OrielTextView *self)
{
    GtkEventController *wheel =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
    GtkEventController *keys = gtk_event_controller_key_new();

    self->position = g_object_ref_sink(gtk_adjustment_new(0, 0, 0, 1, 1, 1));
    g_signal_connect(self->position, "value-changed", G_CALLBACK(moved), self);
    self->bar = gtk_scrollbar_new(GTK_ORIENTATION_VERTICAL, self->position);
    gtk_widget_set_halign(self->bar, GTK_ALIGN_END);
    gtk_widget_set_visible(self->bar, FALSE);
    gtk_widget_set_cursor_from_name(self->bar, "default");
    gtk_widget_set_parent(self->bar, GTK_WIDGET(self));
    g_signal_connect_swapped(wheel, "scroll", G_CALLBACK(wheel_turned), self);
    gtk_widget_add_controller(GTK_WIDGET(self), wheel);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
}

void text_scroll_finish(OrielTextView *self)
{
    g_clear_pointer(&self->bar, gtk_widget_unparent);
    if (self->position)
        g_signal_handlers_disconnect_by_data(self->position, self);
    g_clear_object(&self->position);
}
