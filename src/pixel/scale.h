/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture of one size shown in an area of another, in software: nearest pixel where the factor is
 * a whole number (sharp), bilinear otherwise (smooth). The whole source is always mapped onto the
 * whole of `at`; a caller repaints parts by clipping. Not for colour formats: surfaces have one.
 */
#pragma once

#include "pixel/surface.h"

/* The largest rectangle of the picture's aspect inside area_w × area_h, centred. All at least 1. */
struct rect scale_fit(uint32_t w, uint32_t h, uint32_t area_w, uint32_t area_h);

/* The pixels of `at` that depend on the pixels `changed` of a source of w × h. */
struct rect scale_affected(struct rect changed, uint32_t w, uint32_t h, struct rect at);

/* Draws `from`, scaled onto `at` of `to`, but only the pixels of `to` inside `clip`. */
void scale_paint(struct surface *to, struct rect at, const struct surface *from, struct rect clip);

/* The pixel of the source (0…size - 1) under a point of the area, which may lie outside of `at`. */
int32_t scale_point(int32_t point, int32_t at, int32_t at_size, uint32_t size);
