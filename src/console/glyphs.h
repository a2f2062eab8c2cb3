/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All the glyphs that are known, found by their shape: the union of any number of fonts, a table a
 * cell size. Several fonts may be on one screen's machine (the adapter's, the kernel's, one loaded
 * later), so what a shape stands for is asked of all of them at once; where two fonts disagree, the
 * one added first counts.
 */
#pragma once

#include "console/font.h"

#include <stdbool.h>

/* Of one cell size. Read-only for everybody but glyphs.c. */
struct console_table {
    uint32_t width, height; /* pixels */
    uint32_t count, slots;  /* slots: a power of two, at most half full */
    struct console_shape *shapes;
    uint32_t *characters; /* 0: the slot is empty */
    uint32_t full;        /* the bits of a column */
};

enum { CONSOLE_SIZES_MAX = 16 };

struct console_glyphs {
    struct console_table tables[CONSOLE_SIZES_MAX];
    uint32_t count;
};

void console_glyphs_init(struct console_glyphs *glyphs);
void console_glyphs_finish(struct console_glyphs *glyphs);

/* Takes copies. Glyphs without a character, control characters and a 17th size are left out. */
void console_glyphs_add(struct console_glyphs *glyphs, const struct console_font *font);

/* Adds copies of all that others have found. Returns how many glyphs are new. Tables stay where
   they are in *glyphs. */
uint32_t console_glyphs_merge(struct console_glyphs *glyphs, const struct console_glyphs *others);

/*
 * The character that looks so; 0: none. A blank one is U+0020. `shape` is zero beyond the cell.
 */
uint32_t console_table_find(const struct console_table *table, const struct console_shape *shape);

/* The same with foreground and background exchanged. */
uint32_t console_table_find_inverse(const struct console_table *table,
                                    const struct console_shape *shape);

/*
 * The character below a text cursor: `shape` is a glyph with a bar of whole rows painted over it
 * (or all of it inverted, or all of it foreground). 0: none, else its rows from *top to *bottom.
 * Looks at every glyph: for one cell a screen, not for all.
 */
uint32_t console_table_find_below_cursor(const struct console_table *table,
                                         const struct console_shape *shape, uint32_t *top,
                                         uint32_t *bottom);
