/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rectangles; see rect.h. */
#include "base/rect.h"

#include "base/arith.h"

struct rect rect_intersect(struct rect a, struct rect b)
{
    int32_t x = MAX_OF(a.x, b.x), y = MAX_OF(a.y, b.y);
    int32_t right = MIN_OF(a.x + a.w, b.x + b.w), bottom = MIN_OF(a.y + a.h, b.y + b.h);

    if (right <= x || bottom <= y)
        return (struct rect){0};
    return (struct rect){x, y, right - x, bottom - y};
}

struct rect rect_union(struct rect a, struct rect b)
{
    int32_t x, y;

    if (rect_is_empty(a))
        return b;
    if (rect_is_empty(b))
        return a;
    x = MIN_OF(a.x, b.x);
    y = MIN_OF(a.y, b.y);
    return (struct rect){x, y, MAX_OF(a.x + a.w, b.x + b.w) - x, MAX_OF(a.y + a.h, b.y + b.h) - y};
}

bool rect_contains(struct rect outer, struct rect inner)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

bool rect_has_point(struct rect r, int32_t x, int32_t y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

struct rect rect_grow(struct rect r, struct extents by)
{
    return (struct rect){r.x - by.left, r.y - by.top, r.w + by.left + by.right,
                         r.h + by.top + by.bottom};
}

struct rect rect_shrink(struct rect r, struct extents by)
{
    return rect_grow(r, (struct extents){-by.left, -by.right, -by.top, -by.bottom});
}
