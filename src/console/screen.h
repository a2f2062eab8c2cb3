/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a screen: pixels in, cells out. It finds how the screen is divided into cells and
 * what each shows, by the exact shapes of known glyphs (glyphs.h). What is no text is said to be
 * none, cell by cell. Only cells that a change has touched are looked at. Not a terminal: there are
 * no escape sequences here and no history.
 *
 * What a shape stands for is asked of the font that has most of what is on the screen; of several
 * such ones, the machine's own. It is chosen anew when something appears that it doesn't have.
 *
 * What cannot be known from pixels: text in its background's colour; which of two characters with
 * one shape in that font it was; what a block cursor that doesn't invert hides. Of the two colours
 * of a cell the background is that of the cell to the left, where it has it.
 */
#pragma once

#include "console/grid.h"
#include "pixel/surface.h"

#include <pixman.h>

enum { CONSOLE_COLUMNS_MAX = 512, CONSOLE_ROWS_MAX = 512 };

struct console_screen {
    struct console_grid grid;
    struct console_cell *cells; /* row by row */
    uint32_t inked;             /* cells that aren't blank, */
    uint32_t unknown;           /* and of them those that are no text */
    uint32_t foreign;           /* that the font of the grid doesn't have, */
    uint32_t foreign_left;      /* when it was chosen */
    uint32_t fonts_seen;        /* among which it was chosen */
    /* Where the cursor was last seen. It may have blinked since: then it isn't lit. */
    bool has_cursor, cursor_is_lit;
    uint32_t cursor_column, cursor_row;
    struct console_bar cursor_bar;
    pixman_region32_t changed; /* by the last update, in cells; one may just have blinked */
    uint32_t width, height;    /* pixels, of the surface that was last read */
};

void console_screen_init(struct console_screen *screen);
void console_screen_finish(struct console_screen *screen);

/*
 * Reads what has changed; all of it when the surface's size is another one. Returns whether a cell
 * or the cursor did: then `changed` says which cells, and all of them when the grid is another one.
 * When the glyphs have grown since the call before, all of the screen is passed as damage.
 */
bool console_screen_update(struct console_screen *screen, const struct console_glyphs *glyphs,
                           const struct surface *surface, const pixman_region32_t *damage);

/* More fonts could say more: something is no text, or two fonts disagree on what it is. */
bool console_screen_wants_fonts(const struct console_screen *screen);

/* There is text, and most of what isn't blank is. */
bool console_screen_is_text(const struct console_screen *screen);
