/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rectangles in pixels: x and y of the top left corner, width and height. Half open, so x + w is
 * the first column outside. An empty one has w or h of 0. Coordinates are checked at the borders of
 * the program to lie within ±RECT_PLACE_MAX and sizes within RECT_SIZE_MAX, so sums never overflow.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { RECT_PLACE_MAX = 32767, RECT_SIZE_MAX = 16384 };

struct rect {
    int32_t x, y, w, h;
};

struct extents {
    int32_t left, right, top, bottom;
};

static inline bool rect_is_empty(struct rect r)
{
    return r.w <= 0 || r.h <= 0;
}

static inline bool rect_equal(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

struct rect rect_intersect(struct rect a, struct rect b); /* {0,0,0,0} when they do not meet */
struct rect rect_union(struct rect a,
                       struct rect b); /* the smallest that holds both; empty ones don't count */
bool rect_contains(struct rect outer, struct rect inner);
bool rect_has_point(struct rect r, int32_t x, int32_t y);
struct rect rect_grow(struct rect r, struct extents by);
struct rect rect_shrink(struct rect r, struct extents by);
