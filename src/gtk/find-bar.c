/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entry and three buttons; see find-bar.h. */
#include "gtk/find-bar.h"

struct _OrielFindBar {
    GtkWidget parent;
    GtkWidget *box, *entry, *told;
};

enum { SOUGHT, NEXT, CLOSED, SIGNALS };

static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE(OrielFindBar, oriel_find_bar, GTK_TYPE_WIDGET)

static void text_changed(OrielFindBar *self)
{
    g_signal_emit(self, signals[SOUGHT], 0);
}

static void go_forward(OrielFindBar *self)
{
    g_signal_emit(self, signals[NEXT], 0, FALSE);
}

static void go_backward(OrielFindBar *self)
{
    g_signal_emit(self, signals[NEXT], 0, TRUE);
}

void oriel_find_bar_close(OrielFindBar *self)
{
    if (!gtk_widget_get_visible(GTK_WIDGET(self)))
        return;
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
    g_signal_emit(self, signals[CLOSED], 0);
}

/* Up and down go through what was found, as the arrow buttons do. */
static gboolean key_pressed(OrielFindBar *self, guint keyval, guint keycode, GdkModifierType state)
{
    (void)keycode;
    if (keyval == GDK_KEY_Escape)
        oriel_find_bar_close(self);
    else if (keyval == GDK_KEY_Up || (keyval == GDK_KEY_Return && state & GDK_SHIFT_MASK))
        go_backward(self);
    else if (keyval == GDK_KEY_Down)
        go_forward(self);
    else
        return GDK_EVENT_PROPAGATE;
    return GDK_EVENT_STOP;
}

/* What the entry has no use for is no key of the guest's either, which would be next. */
static gboolean key_left_over(OrielFindBar *self, guint keyval)
{
    if (keyval == GDK_KEY_Tab || keyval == GDK_KEY_ISO_Left_Tab)
        gtk_widget_child_focus(GTK_WIDGET(self),
                               keyval == GDK_KEY_Tab ? GTK_DIR_TAB_FORWARD : GTK_DIR_TAB_BACKWARD);
    return GDK_EVENT_STOP;
}

void oriel_find_bar_open(OrielFindBar *self)
{
    gtk_widget_set_visible(GTK_WIDGET(self), TRUE);
    gtk_editable_select_region(GTK_EDITABLE(self->entry), 0, -1);
    gtk_widget_grab_focus(self->entry);
}

bool oriel_find_bar_is_open(OrielFindBar *self)
{
    return gtk_widget_get_visible(GTK_WIDGET(self));
}

const char *oriel_find_bar_text(OrielFindBar *self)
{
    return gtk_editable_get_text(GTK_EDITABLE(self->entry));
}

void oriel_find_bar_tell(OrielFindBar *self, const char *what, bool failed)
{
    gtk_label_set_text(GTK_LABEL(self->told), what);
    if (failed)
        gtk_widget_add_css_class(self->entry, "error");
    else
        gtk_widget_remove_css_class(self->entry, "error");
}

static void add_button(OrielFindBar *self, const char *icon, const char *what, GCallback clicked)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_button_set_has_frame(GTK_BUTTON(button), FALSE);
    gtk_widget_set_tooltip_text(button, what);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, what, -1);
    g_signal_connect_swapped(button, "clicked", clicked, self);
    gtk_box_append(GTK_BOX(self->box), button);
}

static void oriel_find_bar_init(OrielFindBar *self)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkEventController *last = gtk_event_controller_key_new();

    self->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    self->entry = gtk_search_entry_new();
    gtk_editable_set_width_chars(GTK_EDITABLE(self->entry), 16);
    g_object_set(self->entry, "placeholder-text", "Find", NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   "Find in the text", -1);
    g_signal_connect_swapped(self->entry, "search-changed", G_CALLBACK(text_changed), self);
    g_signal_connect_swapped(self->entry, "activate", G_CALLBACK(go_forward), self);
    gtk_box_append(GTK_BOX(self->box), self->entry);
    self->told = gtk_label_new("");
    gtk_label_set_width_chars(GTK_LABEL(self->told), 9);
    gtk_widget_add_css_class(self->told, "dim-label");
    gtk_box_append(GTK_BOX(self->box), self->told);
    add_button(self, "go-up-symbolic", "Previous", G_CALLBACK(go_backward));
    add_button(self, "go-down-symbolic", "Next", G_CALLBACK(go_forward));
    add_button(self, "window-close-symbolic", "Close", G_CALLBACK(oriel_find_bar_close));
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    g_signal_connect_swapped(last, "key-pressed", G_CALLBACK(key_left_over), self);
    gtk_widget_add_controller(GTK_WIDGET(self), last);
    gtk_widget_set_halign(GTK_WIDGET(self), GTK_ALIGN_END);
    gtk_widget_set_valign(GTK_WIDGET(self), GTK_ALIGN_START);
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
    gtk_widget_add_css_class(GTK_WIDGET(self), "background");
    gtk_widget_add_css_class(GTK_WIDGET(self), "frame");
    gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "default");
}

static void oriel_find_bar_dispose(GObject *object)
{
    OrielFindBar *self = ORIEL_FIND_BAR(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(oriel_find_bar_parent_class)->dispose(object);
}

static void oriel_find_bar_class_init(OrielFindBarClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = oriel_find_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_SEARCH);
    signals[SOUGHT] = g_signal_new("sought", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
    signals[NEXT] = g_signal_new("next", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
    signals[CLOSED] = g_signal_new("closed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

GtkWidget *oriel_find_bar_new(void)
{
    return g_object_new(ORIEL_TYPE_FIND_BAR, NULL);
}
