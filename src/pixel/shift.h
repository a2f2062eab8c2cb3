/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds scrolling: rows of a block that are the rows of an older picture of it, some rows further
 * up or down. What a machine's screen shows comes without a word about how it came to be; a copy
 * found in it costs a remote viewer a few bytes instead of the pixels. Not for moves to the side.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pixel_shift {
    uint32_t to;   /* first row of the run in the newer block */
    uint32_t from; /* the row of the older block that equals it */
    uint32_t rows; /* of the run */
};

enum { PIXEL_SHIFT_ROWS_MIN = 16 }; /* shorter runs are not worth a copy */

/*
 * Both blocks have the same size, strides in pixels, and defined top bytes. True: the rows of
 * *shift are equal, pixel by pixel, and from != to.
 */
bool pixel_shift_find(const uint32_t *now, size_t now_stride, const uint32_t *before,
                      size_t before_stride, uint32_t width, uint32_t height,
                      struct pixel_shift *shift);
