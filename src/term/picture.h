/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A screen as a picture in a terminal, by sixels or kitty's protocol: scaled down to what fits, in
 * tiles of whole cells, of which only those are sent that have changed.
 */
#pragma once

#include "base/buf.h"
#include "pixel/surface.h"

#include <pixman.h>
#include <stdbool.h>

enum picture_kind { PICTURE_SIXEL, PICTURE_KITTY };

/* Where: the area begins in the terminal's corner. */
struct picture_area {
    uint32_t columns, rows;           /* cells */
    uint32_t cell_width, cell_height; /* pixels, at least 1 */
};

struct picture;

struct picture *picture_create(void);
void picture_destroy(struct picture *picture); /* takes NULL */

/* The cells that a screen of this size takes, at most the area's: 1:1, or as much smaller as is
   needed. */
void picture_size(uint32_t width, uint32_t height, const struct picture_area *area,
                  uint32_t *columns, uint32_t *rows);

/* Nothing is known any more of what the terminal shows. */
void picture_forget(struct picture *picture);

/* Appends the tiles that `changed` (of the screen's pixels) touches, or all if the screen or the
   area is of another size than before, and that really differ. */
void picture_draw(struct picture *picture, enum picture_kind kind, uint32_t registers,
                  const struct picture_area *area, const struct surface *screen,
                  const pixman_region32_t *changed, struct buf *out);
