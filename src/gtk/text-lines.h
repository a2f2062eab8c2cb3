/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines that a text view can show, each with a number that stays its own: what has scrolled
 * off, then the screen's rows. With it what is done with lines: to select some of their cells, to
 * copy these, to find text in them. Nothing here draws.
 */
#pragma once

#include "console/history.h"
#include "console/screen.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct text_lines {
    const struct console_screen *screen; /* NULL: there is none */
    struct console_history *history;     /* NULL: nothing is kept */
    int64_t gone;                        /* lines that ever scrolled off */
};

/* Looks at the screen, which has changed; returns whether lines have scrolled off. */
bool text_lines_follow(struct text_lines *lines);
/* A person looks back: see console_history_settle(). */
bool text_lines_settle(struct text_lines *lines);

int64_t text_lines_first(const struct text_lines *lines);
int64_t text_lines_of_screen(const struct text_lines *lines); /* the screen's first row */
int64_t text_lines_end(const struct text_lines *lines);       /* after the last */
/* NULL: there is no such line, or it is blank. */
const struct console_cell *text_lines_cells(const struct text_lines *lines, int64_t line,
                                            uint32_t *columns);
/* What is right of these cells. */
struct console_cell text_lines_blank(const struct text_lines *lines, int64_t line);

struct text_place {
    int64_t line;
    uint32_t column;
};

/* Before: negative. */
int text_place_compare(struct text_place a, struct text_place b);

/* Cells of one line: first … end - 1. */
struct text_span {
    uint32_t first, end;
};

/* ---- Selecting ---- */

enum text_unit { TEXT_CHARACTER, TEXT_WORD, TEXT_LINE, TEXT_BLOCK };

/* All from one place to another, or a rectangle of which these are corners. Places are borders
   between cells, but with TEXT_WORD and TEXT_LINE, where they are cells. */
struct text_selection {
    bool any;
    enum text_unit unit;
    struct text_place anchor, head;
};

struct text_span text_selection_span(const struct text_selection *selection,
                                     const struct text_lines *lines, int64_t line);
bool text_selection_is_empty(const struct text_selection *selection,
                             const struct text_lines *lines);
/* Lines without the blanks at their ends, a newline between them; "" when nothing is selected. */
char *text_selection_text(const struct text_selection *selection, const struct text_lines *lines);
/* Without the blanks at its end; a cell that is no text is U+FFFD. */
char *text_lines_text(const struct text_lines *lines, int64_t line);

/* ---- Finding ---- */

/* Capital letters or not, within one line. */
struct text_search {
    gunichar *needle; /* lower case */
    uint32_t length;  /* 0: nothing is looked for */
};

void text_search_set(struct text_search *search, const char *text); /* NULL: nothing */
void text_search_finish(struct text_search *search);
/* The first at or after `from`; false: there is none in this line. */
bool text_search_in_line(const struct text_search *search, const struct text_lines *lines,
                         int64_t line, uint32_t from, struct text_span *found);
/* The next one after `from`, or the one before it, around the end once. */
bool text_search_next(const struct text_search *search, const struct text_lines *lines,
                      struct text_place from, bool backward, struct text_place *found);
uint32_t text_search_count(const struct text_search *search, const struct text_lines *lines);
