/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guesses scrolling: rows of a block that are the rows of an older picture of it, some rows further
 * up or down. What a machine's screen shows comes without a word about how it came to be; a copy
 * found in it costs a remote viewer a few bytes instead of the pixels. Not for moves to the side
 * (motion.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pixel_shift {
    uint32_t to;   /* first row of the run in the newer block */
    uint32_t from; /* the row of the older block that it was */
    uint32_t rows; /* of the run */
};

enum { PIXEL_SHIFT_ROWS_MIN = 16 }; /* shorter runs are not worth a copy */

/*
 * Both blocks have the same size, strides in pixels; top bytes are ignored. True: most rows of
 * *shift seem to be equal, by a sample of their pixels, and from != to. A guess: some rows may
 * differ, and the newer block may change while it is looked at.
 */
bool pixel_shift_guess(const uint32_t *now, size_t now_stride, const uint32_t *before,
                       size_t before_stride, uint32_t width, uint32_t height,
                       struct pixel_shift *shift);
