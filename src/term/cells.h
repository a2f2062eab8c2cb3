/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a terminal shows and what it is to show, cell by cell, and the bytes that make the one the
 * other. Only these bytes are ever sent for what a guest shows: a position, colours, and one
 * character of one column a cell, so nothing of a guest's can be an escape sequence. The terminal
 * is one of ECMA-48's; what it is capable of is told in a term_look.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { TERM_COLUMNS_MAX = 1000, TERM_ROWS_MAX = 1000 };

enum term_depth { TERM_MONO, TERM_8, TERM_16, TERM_256, TERM_TRUE };

struct term_look {
    enum term_depth depth;
    bool is_utf8; /* else ASCII */
};

enum { TERM_OWN = 1 << 24 }; /* a colour: the terminal's own; others are 0xRRGGBB */
enum term_style { TERM_BOLD = 1, TERM_REVERSE = 2 };
enum { TERM_PICTURE = 0xffffffff }; /* a character: a picture is there, which others draw */

struct term_cell {
    uint32_t character; /* 0 as a blank */
    uint32_t fore, back;
    uint32_t style; /* enum term_style */
};

struct term_cells {
    uint32_t columns, rows;
    struct term_cell *want; /* the owner's to write, row by row */
    bool has_cursor;
    uint32_t cursor_column, cursor_row;
    /* private: what is there, in the terminal's own colours */
    struct term_cell *shown;
    bool shows_cursor, knows_cursor;
    uint32_t at_column, at_row; /* of the cursor, if they are in the screen */
    struct term_cell pen;
};

void term_cells_init(struct term_cells *cells);
void term_cells_finish(struct term_cells *cells);

/* All blank, and nothing is known of what is shown. Sizes are cut to 1…the limits above. */
void term_cells_resize(struct term_cells *cells, uint32_t columns, uint32_t rows);
void term_cells_forget(struct term_cells *cells); /* what is shown */
/* Others have moved the cursor. */
void term_cells_lose_cursor(struct term_cells *cells);

/* Writes from (column, row) on, as far as there is room; the text is UTF-8. Returns the column
   behind it. */
uint32_t term_cells_put(struct term_cells *cells, uint32_t column, uint32_t row, const char *text,
                        uint32_t style);

/* Appends what is to be sent; nothing, if all is as it is to be. */
void term_cells_paint(struct term_cells *cells, const struct term_look *look, struct buf *out);

/* Of 8, 16 or 256 colours the one that comes closest. */
uint32_t term_colour(uint32_t rgb, enum term_depth depth);
