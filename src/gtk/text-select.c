/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person does with the text of an OrielTextView: selecting it with the mouse (once for
 * characters, twice for words, three times for lines, with Alt or Control a rectangle; with Shift
 * as far as here) or the keyboard, copying it, and finding something in it.
 */
#include "gtk/text-view-private.h"

#include <math.h>

/* ---- Marks ---- */

static bool mark(uint8_t *marks, uint32_t columns, struct text_span span, enum text_mark as)
{
    span.end = MIN(span.end, columns); /* a line may be of a wider screen */
    if (span.first >= span.end)
        return false;
    memset(marks + span.first, as, span.end - span.first);
    return true;
}

bool text_select_marks(const OrielTextView *self, int64_t line, uint32_t columns, uint8_t *marks)
{
    struct text_span span;
    bool any = false;

    for (uint32_t at = 0; text_search_in_line(&self->search, &self->lines, line, at, &span);
         at = span.end)
        any |= mark(marks, columns, span, TEXT_FOUND);
    span = text_selection_span(&self->selection, &self->lines, line);
    any |= mark(marks, columns, span, TEXT_SELECTED);
    return any;
}

static void touch_selection(OrielTextView *self)
{
    int64_t a = self->selection.anchor.line, b = self->selection.head.line;

    for (int64_t line = MIN(a, b); self->selection.any && line <= MAX(a, b); line++)
        text_view_touch_line(self, line);
}

static void select_range(OrielTextView *self, struct text_selection selection)
{
    touch_selection(self);
    self->selection = selection;
    touch_selection(self);
}

/* ---- Copying ---- */

bool oriel_text_view_has_selection(OrielTextView *self)
{
    return !text_selection_is_empty(&self->selection, &self->lines);
}

char *oriel_text_view_get_selection(OrielTextView *self)
{
    return text_selection_text(&self->selection, &self->lines);
}

static void copy_to(OrielTextView *self, GdkClipboard *clipboard)
{
    g_autofree char *text = NULL;

    if (!oriel_text_view_has_selection(self))
        return;
    text = oriel_text_view_get_selection(self);
    gdk_clipboard_set_text(clipboard, text);
}

void oriel_text_view_copy(OrielTextView *self)
{
    copy_to(self, gtk_widget_get_clipboard(GTK_WIDGET(self)));
}

static void copy_to_primary(OrielTextView *self)
{
    copy_to(self, gtk_widget_get_primary_clipboard(GTK_WIDGET(self)));
}

void oriel_text_view_select_all(OrielTextView *self)
{
    int64_t first = text_lines_first(&self->lines), end = text_lines_end(&self->lines);

    if (first < end)
        select_range(self, (struct text_selection){true, TEXT_LINE, {first, 0}, {end - 1, 0}});
    copy_to_primary(self);
}

void oriel_text_view_select_none(OrielTextView *self)
{
    select_range(self, (struct text_selection){0});
}

/* ---- The mouse ---- */

/* The border between cells that is nearest, or the cell. */
static struct text_place place_at(const OrielTextView *self, double x, double y, bool border)
{
    uint32_t columns = self->lines.screen ? self->lines.screen->grid.columns : 0;
    double column = (x - self->x) / self->font.cell_width + (border ? 0.5 : 0);
    double row = floor((y - self->y) / self->font.cell_height);
    int64_t first = text_scroll_top(self);
    int64_t end = MIN(first + self->drawn_count, text_lines_end(&self->lines));
    double last = border || !columns ? columns : columns - 1;

    return (struct text_place){
        CLAMP(first + (int64_t)row, first, MAX(end - 1, first)),
        (uint32_t)CLAMP(floor(column), 0, last),
    };
}

static bool is_border_unit(enum text_unit unit)
{
    return unit == TEXT_CHARACTER || unit == TEXT_BLOCK;
}

static void pressed(GtkGestureClick *click, int count, double x, double y, OrielTextView *self)
{
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(click));
    enum text_unit unit = count % 3 == 2                              ? TEXT_WORD
                          : count % 3 == 0                            ? TEXT_LINE
                          : state & (GDK_ALT_MASK | GDK_CONTROL_MASK) ? TEXT_BLOCK
                                                                      : TEXT_CHARACTER;
    struct text_selection selection = {true, unit};

    gtk_widget_grab_focus(GTK_WIDGET(self));
    selection.head = place_at(self, x, y, is_border_unit(unit));
    selection.anchor = selection.head;
    if (state & GDK_SHIFT_MASK && self->selection.any) {
        selection = self->selection;
        selection.head = place_at(self, x, y, is_border_unit(selection.unit));
    }
    select_range(self, selection);
}

static void dragged(GtkGestureDrag *drag, double dx, double dy, OrielTextView *self)
{
    struct text_selection selection = self->selection;
    double x, y;

    if (!selection.any || !gtk_gesture_drag_get_start_point(drag, &x, &y))
        return;
    if (y + dy < 0 || y + dy >= gtk_widget_get_height(GTK_WIDGET(self)))
        text_scroll_by(self, y + dy < 0 ? -1 : 1);
    selection.head = place_at(self, x + dx, y + dy, is_border_unit(selection.unit));
    select_range(self, selection);
}

static void drag_ended(GtkGestureDrag *drag, double dx, double dy, OrielTextView *self)
{
    (void)drag, (void)dx, (void)dy;
    if (oriel_text_view_has_selection(self))
        copy_to_primary(self);
    else
        oriel_text_view_select_none(self);
}

static void menu_pressed(GtkGestureClick *click, int count, double x, double y, OrielTextView *self)
{
    (void)click, (void)count;
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "text.copy",
                                  oriel_text_view_has_selection(self));
    gtk_popover_set_pointing_to(GTK_POPOVER(self->menu), &(GdkRectangle){(int)x, (int)y, 1, 1});
    gtk_popover_popup(GTK_POPOVER(self->menu));
}

/* ---- The keyboard ---- */

static struct text_place moved(const OrielTextView *self, struct text_place at, guint keyval)
{
    int64_t first = text_lines_first(&self->lines), end = text_lines_end(&self->lines);
    uint32_t columns;

    text_lines_cells(&self->lines, at.line, &columns);
    switch (keyval) {
    case GDK_KEY_Left:
        at.column -= at.column > 0;
        break;
    case GDK_KEY_Right:
        at.column += at.column < columns;
        break;
    case GDK_KEY_Up:
        at.line -= at.line > first;
        break;
    case GDK_KEY_Down:
        at.line += at.line + 1 < end;
        break;
    case GDK_KEY_Home:
        at.column = 0;
        break;
    default:
        at.column = columns;
    }
    return at;
}

/* From the cursor on, if nothing is selected yet. */
static void extend(OrielTextView *self, guint keyval)
{
    const struct console_screen *screen = self->lines.screen;
    struct text_selection selection = self->selection;

    if (!screen || !screen->grid.columns)
        return;
    if (!selection.any || !is_border_unit(selection.unit)) {
        selection = (struct text_selection){.any = true};
        selection.anchor.line = text_lines_of_screen(&self->lines);
        if (screen->has_cursor) {
            selection.anchor.line += screen->cursor_row;
            selection.anchor.column = screen->cursor_column;
        }
        selection.head = selection.anchor;
    }
    selection.head = moved(self, selection.head, keyval);
    select_range(self, selection);
    text_scroll_show(self, selection.head.line);
    copy_to_primary(self);
}

/* All others are the guest's, and go on to the display. */
static gboolean key_pressed(OrielTextView *self, guint keyval, guint keycode, GdkModifierType state)
{
    const GdkModifierType both = GDK_CONTROL_MASK | GDK_SHIFT_MASK;

    (void)keycode;
    if ((keyval == GDK_KEY_Page_Up || keyval == GDK_KEY_Page_Down) && state & GDK_SHIFT_MASK) {
        text_scroll_by(self, (keyval == GDK_KEY_Page_Up ? -1 : 1) * (int64_t)self->drawn_count / 2);
        return GDK_EVENT_STOP;
    }
    if ((state & (both | GDK_ALT_MASK | GDK_SUPER_MASK)) != both)
        return GDK_EVENT_PROPAGATE;
    switch (gdk_keyval_to_lower(keyval)) {
    case GDK_KEY_c:
        oriel_text_view_copy(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_a:
        oriel_text_view_select_all(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_f:
        oriel_text_view_open_find_bar(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_g:
        oriel_text_view_search_next(self, false);
        return GDK_EVENT_STOP;
    case GDK_KEY_h:
        oriel_text_view_search_next(self, true);
        return GDK_EVENT_STOP;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
    case GDK_KEY_Up:
    case GDK_KEY_Down:
    case GDK_KEY_Home:
    case GDK_KEY_End:
        extend(self, keyval);
        return GDK_EVENT_STOP;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

/* ---- Finding ---- */

static void tell_count(OrielTextView *self, guint count)
{
    g_autofree char *told = count == 1 ? g_strdup("1 match") : g_strdup_printf("%u matches", count);

    oriel_find_bar_tell(ORIEL_FIND_BAR(self->find_bar), self->search.length ? told : "",
                        self->search.length && !count);
}

guint oriel_text_view_search(OrielTextView *self, const char *text)
{
    guint count;

    text_search_set(&self->search, text);
    self->has_found = false;
    text_view_touch_all(self);
    count = text_search_count(&self->search, &self->lines);
    tell_count(self, count);
    return count;
}

bool oriel_text_view_search_next(OrielTextView *self, bool backward)
{
    struct text_place from = {backward ? text_lines_end(&self->lines) - 1
                                       : text_lines_first(&self->lines),
                              backward ? UINT32_MAX : 0};
    struct text_place found;

    if (self->has_found)
        from = (struct text_place){self->found.line, self->found.column + !backward};
    tell_count(self, text_search_count(&self->search, &self->lines));
    if (!text_search_next(&self->search, &self->lines, from, backward, &found))
        return false;
    self->has_found = true;
    self->found = found;
    text_scroll_show(self, found.line);
    select_range(
        self, (struct text_selection){
                  true, TEXT_CHARACTER, found, {found.line, found.column + self->search.length}});
    copy_to_primary(self);
    return true;
}

void oriel_text_view_open_find_bar(OrielTextView *self)
{
    oriel_find_bar_open(ORIEL_FIND_BAR(self->find_bar));
    oriel_text_view_search(self, oriel_find_bar_text(ORIEL_FIND_BAR(self->find_bar)));
}

static void sought(OrielFindBar *bar, OrielTextView *self)
{
    if (oriel_text_view_search(self, oriel_find_bar_text(bar)))
        oriel_text_view_search_next(self, true);
}

static void next(OrielFindBar *bar, gboolean backward, OrielTextView *self)
{
    (void)bar;
    oriel_text_view_search_next(self, backward);
}

/* The keyboard goes back to where it is the guest's. */
static void closed(OrielFindBar *bar, OrielTextView *self)
{
    (void)bar;
    oriel_text_view_search(self, NULL);
    gtk_widget_grab_focus(GTK_WIDGET(self));
}

/* ---- Making it ---- */

static void copy_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name, (void)parameter;
    oriel_text_view_copy(ORIEL_TEXT_VIEW(widget));
}

static void select_all_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name, (void)parameter;
    oriel_text_view_select_all(ORIEL_TEXT_VIEW(widget));
}

static void find_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name, (void)parameter;
    oriel_text_view_open_find_bar(ORIEL_TEXT_VIEW(widget));
}

void text_select_class_init(GtkWidgetClass *class)
{
    gtk_widget_class_install_action(class, "text.copy", NULL, copy_action);
    gtk_widget_class_install_action(class, "text.select-all", NULL, select_all_action);
    gtk_widget_class_install_action(class, "text.find", NULL, find_action);
}

static void add_controllers(OrielTextView *self)
{
    GtkGesture *menu = gtk_gesture_click_new();
    GtkEventController *keys = gtk_event_controller_key_new();

    self->click = gtk_gesture_click_new();
    self->drag = gtk_gesture_drag_new();
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(self->click), GDK_BUTTON_PRIMARY);
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(self->drag), GDK_BUTTON_PRIMARY);
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(menu), GDK_BUTTON_SECONDARY);
    g_signal_connect(self->click, "pressed", G_CALLBACK(pressed), self);
    g_signal_connect(self->drag, "drag-update", G_CALLBACK(dragged), self);
    g_signal_connect(self->drag, "drag-end", G_CALLBACK(drag_ended), self);
    g_signal_connect(menu, "pressed", G_CALLBACK(menu_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(self->click));
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(self->drag));
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(menu));
    gtk_gesture_group(self->drag, self->click);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
}

void text_select_init(OrielTextView *self)
{
    GMenu *entries = g_menu_new();

    g_menu_append(entries, "_Copy", "text.copy");
    g_menu_append(entries, "Select _All", "text.select-all");
    g_menu_append(entries, "_Find…", "text.find");
    self->menu = gtk_popover_menu_new_from_model(G_MENU_MODEL(entries));
    gtk_popover_set_has_arrow(GTK_POPOVER(self->menu), FALSE);
    gtk_widget_set_halign(self->menu, GTK_ALIGN_START);
    gtk_widget_set_parent(self->menu, GTK_WIDGET(self));
    g_object_unref(entries);
    self->find_bar = oriel_find_bar_new();
    g_signal_connect(self->find_bar, "sought", G_CALLBACK(sought), self);
    g_signal_connect(self->find_bar, "next", G_CALLBACK(next), self);
    g_signal_connect(self->find_bar, "closed", G_CALLBACK(closed), self);
    gtk_widget_set_parent(self->find_bar, GTK_WIDGET(self));
    add_controllers(self);
}

void text_select_finish(OrielTextView *self)
{
    g_clear_pointer(&self->menu, gtk_widget_unparent);
    if (self->find_bar)
        g_signal_handlers_disconnect_by_data(self->find_bar, self);
    g_clear_pointer(&self->find_bar, gtk_widget_unparent);
}
