/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pointer's image: immutable once made, counted by reference. Pixels are 0xAARRGGBB, alpha
 * premultiplied (as X's Render wants it), row by row without gaps.
 */
#pragma once

#include <stdint.h>

enum { CURSOR_SIZE_MAX = 512 }; /* pixels a side that we accept from a peer */

struct cursor {
    uint32_t width, height; /* 0 × 0: the guest hides the pointer */
    uint32_t hot_x, hot_y;  /* inside the image */
    uint32_t *pixels;
    int references;
};

/* Copies width * height pixels; one reference. The hot spot is moved inside the image if it is not.
 */
struct cursor *cursor_create(uint32_t width, uint32_t height, uint32_t hot_x, uint32_t hot_y,
                             const uint32_t *pixels);
struct cursor *cursor_ref(struct cursor *c);
void cursor_unref(struct cursor *c); /* takes NULL */
