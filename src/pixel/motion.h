/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guesses that a part of a block moved in any direction, as a window does that is dragged: places
 * of the newer picture that are easily recognised are looked for in the older one. Scrolling alone
 * is found faster by shift.h.
 */
#pragma once

#include "base/rect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pixel_motion {
    struct rect to; /* within the block */
    int32_t dx, dy; /* what is at `to` was at to - (dx, dy), within the block, too */
};

/*
 * Both blocks have the same size, strides in pixels; top bytes are ignored. True: most pixels of
 * *motion seem to be equal, and dx or dy is not 0. A guess: some may differ, and the newer block
 * may change while it is looked at.
 */
bool pixel_motion_guess(const uint32_t *now, size_t now_stride, const uint32_t *before,
                        size_t before_stride, int32_t width, int32_t height,
                        struct pixel_motion *motion);
