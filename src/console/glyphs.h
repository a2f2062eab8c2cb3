/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All the glyphs that are known, found by their shape: the union of any number of fonts, a table a
 * cell size. Several fonts may be on one machine's screen (the adapter's, the kernel's, one loaded
 * later), so what a shape stands for is asked of all of them at once. Fonts disagree: what is a
 * beta in one is a sharp s in the other. So a shape has several meanings, of which that of the font
 * that the screen is in counts (screen.h finds out which one that is), then that of the one added
 * first; but what is a character of ASCII anywhere is that one.
 */
#pragma once

#include "console/font.h"

#include <stdbool.h>

enum {
    CONSOLE_SIZES_MAX = 32,
    CONSOLE_FONTS_MAX = 256, /* of a size, that are told from one another */
};

/* What a shape stands for, in which fonts. */
struct console_meaning {
    uint32_t character;
    uint32_t next; /* of the same shape; 0: there is none */
    uint64_t fonts[CONSOLE_FONTS_MAX / 64];
};

/* Of one cell size. Read-only for everybody but glyphs.c. */
struct console_table {
    uint32_t width, height;           /* pixels */
    uint32_t full;                    /* the bits of a column */
    uint32_t count, slots;            /* slots: a power of two, at most half full */
    uint32_t *columns;                /* of the shapes, `width` for each slot */
    uint32_t *first;                  /* a slot's meaning; 0: the slot is empty */
    struct console_meaning *meanings; /* from 1 on; they stay where they are */
    uint32_t meaning_count, meaning_space;
    uint32_t font_count;
    bool is_found[CONSOLE_FONTS_MAX]; /* in the machine */
};

struct console_glyphs {
    struct console_table tables[CONSOLE_SIZES_MAX];
    uint32_t count;
};

void console_glyphs_init(struct console_glyphs *glyphs);
void console_glyphs_finish(struct console_glyphs *glyphs);

/* Takes copies. Glyphs without a character, control characters and a 33rd size are left out. */
void console_glyphs_add(struct console_glyphs *glyphs, const struct console_font *font);

/* Adds copies of all that others have found. Returns how many meanings and fonts are new. Tables
   stay where they are in *glyphs. */
uint32_t console_glyphs_merge(struct console_glyphs *glyphs, const struct console_glyphs *others);

/*
 * The first meaning of what looks so; 0: none. A blank one is U+0020. `shape` is zero beyond the
 * cell.
 */
uint32_t console_table_find(const struct console_table *table, const struct console_shape *shape);

/* The same with foreground and background exchanged. */
uint32_t console_table_find_inverse(const struct console_table *table,
                                    const struct console_shape *shape);

/*
 * What is below a text cursor: `shape` is a glyph with a bar of whole rows painted over it (or all
 * of it inverted, or all of it foreground). 0: none, else its rows from *top to *bottom. Looks at
 * every glyph: for one cell a screen, not for all.
 */
uint32_t console_table_find_below_cursor(const struct console_table *table,
                                         const struct console_shape *shape, uint32_t *top,
                                         uint32_t *bottom);

/* ---- A shape's meanings, from its first one on ---- */

/* In the font of that number, if it has the shape. */
uint32_t console_meaning_in(const struct console_table *table, uint32_t meaning, uint32_t font);

/* The font has this shape. */
bool console_meaning_is_of(const struct console_table *table, uint32_t meaning, uint32_t font);

/* Another font says something else, and this one is a guess, since it isn't the machine's. */
bool console_meaning_is_doubtful(const struct console_table *table, uint32_t meaning,
                                 uint32_t font);

/*
 * The font that has most of what there is: counts[i] times the shape whose first meaning is i. Of
 * several that have as much, one found in the machine, and the one added first.
 */
uint32_t console_table_choose(const struct console_table *table, const uint32_t *counts);
