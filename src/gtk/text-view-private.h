/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of OrielTextView share: drawing (text-view.c), what a person does with the text
   (text-select.c), and what a screen reader is told (text-reading.c). */
#pragma once

#include "gtk/find-bar.h"
#include "gtk/monospace.h"
#include "gtk/text-font.h"
#include "gtk/text-lines.h"
#include "gtk/text-row.h"
#include "gtk/text-view.h"

/* A row as it was drawn last. */
struct text_drawn {
    struct console_cell *cells;
    uint8_t *marks; /* NULL: all are plain */
    uint32_t columns, hash;
    bool is_dirty;          /* what it shows may have changed */
    GskRenderNode *content; /* at (0, 0); NULL: to be made, or empty */
    GskRenderNode *placed;  /* the same at its place in the widget */
};

/* What a screen reader is told; see text-reading.c. */
struct text_reading {
    GPtrArray *rows; /* of GtkInscription *: children of the view's that are never drawn */
    guint timer;     /* 0: all is told */
    uint32_t cursor_row;
};

struct _OrielTextView {
    GtkWidget parent;
    struct text_lines lines;
    const struct scene *scene;

    struct monospace *monospace;
    char *font_name;
    double zoom; /* 0: as large as fits */
    struct text_font font;
    struct text_colours colours;
    int x, y; /* where the first cell is */

    /* What is seen: the screen, or as many lines from `top` on. */
    bool is_looking_back;
    int64_t top;
    double wheel; /* lines that it has turned, less than one */
    GtkWidget *bar;
    GtkAdjustment *position;

    struct text_drawn *drawn;
    uint32_t drawn_count;
    uint64_t generation; /* the font's, of what was drawn */

    struct text_selection selection;
    struct text_search search;
    bool has_found; /* the search's selection is at: */
    struct text_place found;
    GtkWidget *find_bar, *menu;
    GtkGesture *click, *drag;
    struct text_reading reading;
};

/* Line `line` looks different now, or all of them. */
void text_view_touch_line(OrielTextView *self, int64_t line);
void text_view_touch_all(OrielTextView *self);

/* text-scroll.c */
void text_scroll_init(OrielTextView *self);
void text_scroll_finish(OrielTextView *self);
int64_t text_scroll_top(const OrielTextView *self); /* the line that is seen first */
void text_scroll_by(OrielTextView *self, int64_t lines);
void text_scroll_to_screen(OrielTextView *self);
void text_scroll_show(OrielTextView *self, int64_t line); /* if it isn't seen */
/* There are more lines, or fewer. */
void text_scroll_settle(OrielTextView *self);

/* text-select.c */
void text_select_class_init(GtkWidgetClass *class);
void text_select_init(OrielTextView *self);
void text_select_finish(OrielTextView *self);
/* The marks of a line, `columns` of them in *marks; false: there are none. */
bool text_select_marks(const OrielTextView *self, int64_t line, uint32_t columns, uint8_t *marks);

/* text-reading.c */
void text_reading_init(OrielTextView *self);
void text_reading_finish(OrielTextView *self);
/* Something has changed: it is told soon, with what changes until then. */
void text_reading_changed(OrielTextView *self);
void text_reading_allocate(OrielTextView *self);
