/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text for a screen reader. Each row is a child of the view with its text as name and content;
 * it lies where the row is seen and is never drawn. Toolkits before GTK 4.14 offer programs no
 * other way to be read line by line. The row with the cursor is the view's active descendant and
 * the view's description.
 *
 * A reader is told of changes a tenth of a second after the first of them, at once for all: what
 * scrolls by faster cannot be spoken anyway, and telling costs more than drawing.
 */
#include "gtk/text-view-private.h"

enum { TOLD_AFTER_MS = 100 };

static void set_row_count(OrielTextView *self, uint32_t count)
{
    GPtrArray *rows = self->reading.rows;

    while (rows->len > count) {
        gtk_widget_unparent(rows->pdata[rows->len - 1]);
        g_ptr_array_set_size(rows, (int)rows->len - 1);
    }
    while (rows->len < count) {
        GtkWidget *row = gtk_inscription_new("");

        gtk_inscription_set_min_chars(GTK_INSCRIPTION(row), 0);
        gtk_inscription_set_min_lines(GTK_INSCRIPTION(row), 0);
        gtk_widget_set_can_target(row, FALSE);
        gtk_widget_set_parent(row, GTK_WIDGET(self));
        gtk_widget_set_child_visible(row, FALSE); /* a new text is no reason for a frame */
        g_ptr_array_add(rows, row);
    }
}

static void tell_cursor(OrielTextView *self)
{
    const struct console_screen *screen = self->lines.screen;
    struct text_reading *r = &self->reading;
    uint32_t row =
        screen && screen->has_cursor && !self->is_looking_back ? screen->cursor_row : UINT32_MAX;
    const char *text;

    if (row >= r->rows->len)
        row = UINT32_MAX;
    if (row != r->cursor_row) {
        r->cursor_row = row;
        if (row == UINT32_MAX)
            gtk_accessible_reset_relation(GTK_ACCESSIBLE(self),
                                          GTK_ACCESSIBLE_RELATION_ACTIVE_DESCENDANT);
        else
            gtk_accessible_update_relation(GTK_ACCESSIBLE(self),
                                           GTK_ACCESSIBLE_RELATION_ACTIVE_DESCENDANT,
                                           r->rows->pdata[row], -1);
    }
    text = row == UINT32_MAX ? "" : gtk_inscription_get_text(r->rows->pdata[row]);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   text ? text : "", -1);
}

static gboolean tell(gpointer data)
{
    OrielTextView *self = data;
    int64_t line = text_scroll_top(self);
    uint32_t rows = self->lines.screen ? self->lines.screen->grid.rows : 0;

    self->reading.timer = 0;
    set_row_count(self, rows);
    for (guint i = 0; i < self->reading.rows->len; i++) {
        GtkInscription *row = self->reading.rows->pdata[i];
        g_autofree char *text = text_lines_text(&self->lines, line + i);

        if (g_strcmp0(text, gtk_inscription_get_text(row)))
            gtk_inscription_set_text(row, text);
    }
    tell_cursor(self);
    return G_SOURCE_REMOVE;
}

void text_reading_changed(OrielTextView *self)
{
    if (!self->reading.timer)
        self->reading.timer = g_timeout_add(TOLD_AFTER_MS, tell, self);
}

void text_reading_allocate(OrielTextView *self)
{
    uint32_t columns = self->lines.screen ? self->lines.screen->grid.columns : 0;

    for (guint i = 0; i < self->reading.rows->len; i++) {
        GtkAllocation area = {self->x, self->y + (int)(i * self->font.cell_height),
                              (int)(columns * self->font.cell_width), (int)self->font.cell_height};

        gtk_widget_measure(self->reading.rows->pdata[i], GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL,
                           NULL, NULL);
        gtk_widget_size_allocate(self->reading.rows->pdata[i], &area, -1);
    }
}

void text_reading_init(OrielTextView *self)
{
    self->reading.rows = g_ptr_array_new();
    self->reading.cursor_row = UINT32_MAX;
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   "Text on the screen", -1);
}

void text_reading_finish(OrielTextView *self)
{
    if (!self->reading.rows)
        return;
    g_clear_handle_id(&self->reading.timer, g_source_remove);
    set_row_count(self, 0);
    g_clear_pointer(&self->reading.rows, g_ptr_array_unref);
}
