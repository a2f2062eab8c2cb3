/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row of a text view as a render node: backgrounds, characters and lines of its cells. It is
 * made once and drawn until the row changes, wherever the row scrolls to meanwhile. Which rows
 * there are is the view's.
 */
#pragma once

#include "console/grid.h"
#include "gtk/text-font.h"

/* What a cell is besides what the guest made it. */
enum text_mark { TEXT_PLAIN, TEXT_FOUND, TEXT_SELECTED };

struct text_colours {
    uint32_t selected, on_selected, found, on_found; /* 0xRRGGBB */
};

struct text_row {
    const struct console_cell *cells;
    const uint8_t *marks; /* an enum text_mark a cell; NULL: all are plain */
    uint32_t columns;
    /* What to show of cells that are no text: the screen's pixels of this row; NULL: nothing. It is
       `columns` cells of picture_pitch pixels wide. */
    GdkTexture *picture;
    uint32_t picture_pitch;
    bool is_flat; /* it becomes one picture: for renderers to which that is less than characters */
};

/* NULL when there is nothing to see. The row's left upper corner is (0, 0). */
GskRenderNode *text_row_render(const struct text_row *row, struct text_font *font,
                               const struct text_colours *colours);

/* The cursor that the guest shows on a cell: its rows top…bottom of `rows`, as they look there. */
GskRenderNode *text_row_render_cursor(const struct console_cell *cell,
                                      const struct console_bar *bar, uint32_t rows,
                                      struct text_font *font);
