/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a screen is divided into cells, and how one cell is read: the exact match of its pixels
 * against the glyphs of its size. The search for the division tries every size of which there are
 * glyphs at the places where consoles put them: in the corner (VGA, Linux, SeaBIOS), within a
 * border (GRUB) or in the middle (EDK II, FreeBSD). Which cells are read, and when, is screen.h's.
 */
#pragma once

#include "console/glyphs.h"
#include "pixel/surface.h"

struct console_cell {
    uint32_t character;              /* 0: this is no text */
    uint32_t foreground, background; /* 0xRRGGBB; a blank cell has the foreground of its row */
    uint32_t meaning;                /* of its shape, the first one (glyphs.h); 0: blank, no text */
};

/* Cells of `pitch` × height pixels from (x, y) on, whose first `width` columns hold the glyph
   (VGA's text modes add a ninth). */
struct console_grid {
    uint32_t x, y, pitch;
    uint32_t columns, rows;            /* 0: none is known, the screen is no text */
    const struct console_table *table; /* says width and height */
    uint32_t font;                     /* of the table: what glyphs with several meanings mean */
};

/*
 * The division at which most characters are found in the area, or one without columns: there are
 * none, or too few to be sure. Looks at a bounded number of cells.
 */
struct console_grid console_grid_find(const struct console_glyphs *glyphs,
                                      const struct surface *surface, struct rect area);

/* What a cell's cursor hides: rows of its pixels. */
struct console_bar {
    uint32_t top, bottom;
};

/*
 * Reads a cell. The colours to expect are those of the cell before it, in *cell; what they are goes
 * there as well. `bar` NULL: a cursor isn't looked for, and what it is on is no text. Returns
 * whether the cell has a cursor, with its rows in *bar.
 */
bool console_grid_read(const struct console_grid *grid, const struct surface *surface,
                       uint32_t column, uint32_t row, struct console_cell *cell,
                       struct console_bar *bar);
