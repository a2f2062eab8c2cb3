/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture as sixels, DEC's (STD 070): bands of six rows, a colour after the other, each sixel a
 * byte. A picture of no more colours than the terminal has registers is exact, but for sixel's
 * hundred levels of red, green and blue; others get evenly spread colours and are dithered.
 */
#pragma once

#include "base/buf.h"
#include "pixel/surface.h"

enum { SIXEL_REGISTERS_MIN = 8, SIXEL_REGISTERS_MAX = 256 };

/* Appends a part of the surface, which lies inside of it and isn't empty, to be drawn where the
   terminal's cursor is. */
void sixel_put(struct buf *out, const struct surface *surface, struct rect part,
               uint32_t registers);
