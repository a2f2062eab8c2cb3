/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picture that a viewer has; see shadow.h. */
#include "rfb/server/shadow.h"

#include "base/mem.h"
#include "pixel/shift.h"

#include <stdlib.h>
#include <string.h>

void rfb_shadow_init(struct rfb_shadow *s)
{
    *s = (struct rfb_shadow){0};
    pixman_region32_init(&s->known);
}

void rfb_shadow_finish(struct rfb_shadow *s)
{
    free(s->pixels);
    pixman_region32_fini(&s->known);
    rfb_shadow_init(s);
}

void rfb_shadow_resize(struct rfb_shadow *s, uint32_t width, uint32_t height)
{
    rfb_shadow_finish(s);
    s->width = width;
    s->height = height;
    s->pixels = mem_alloc0((size_t)width * height, sizeof(*s->pixels));
}

void rfb_shadow_forget(struct rfb_shadow *s, struct rect r)
{
    pixman_region32_t gone;

    if (rect_is_empty(r))
        return;
    pixman_region32_init_rect(&gone, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_subtract(&s->known, &s->known, &gone);
    pixman_region32_fini(&gone);
}

static uint32_t *row_at(const struct rfb_shadow *s, int32_t x, int32_t y)
{
    return s->pixels + (size_t)y * s->width + x;
}

static bool is_known(const struct rfb_shadow *s, struct rect r)
{
    pixman_box32_t box = {r.x, r.y, r.x + r.w, r.y + r.h};

    return pixman_region32_contains_rectangle((pixman_region32_t *)&s->known, &box) ==
           PIXMAN_REGION_IN;
}

void rfb_shadow_store(struct rfb_shadow *s, struct rect r, const uint32_t *pixels)
{
    for (int32_t y = 0; y < r.h; y++)
        memcpy(row_at(s, r.x, r.y + y), pixels + (size_t)y * (size_t)r.w,
               (size_t)r.w * sizeof(*pixels));
    pixman_region32_union_rect(&s->known, &s->known, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
}

static bool row_is_same(const struct rfb_shadow *s, struct rect r, int32_t y,
                        const uint32_t *pixels)
{
    return !memcmp(row_at(s, r.x, r.y + y), pixels + (size_t)y * (size_t)r.w,
                   (size_t)r.w * sizeof(*pixels));
}

struct rect rfb_shadow_trim(const struct rfb_shadow *s, struct rect r, const uint32_t *pixels)
{
    int32_t top = 0, bottom = r.h;

    if (!is_known(s, r))
        return r;
    while (top < bottom && row_is_same(s, r, top, pixels))
        top++;
    while (bottom > top && row_is_same(s, r, bottom - 1, pixels))
        bottom--;
    return (struct rect){r.x, r.y + top, r.w, bottom - top};
}

static bool rows_are_at(const struct rfb_shadow *s, struct rect r, int32_t x, int32_t y,
                        const uint32_t *pixels)
{
    for (int32_t i = 0; i < r.h; i++)
        if (memcmp(row_at(s, x, y + i), pixels + (size_t)i * (size_t)r.w,
                   (size_t)r.w * sizeof(*pixels)))
            return false;
    return true;
}

bool rfb_shadow_try_move(struct rfb_shadow *s, struct rect r, int32_t from_x, int32_t from_y,
                         const uint32_t *pixels)
{
    if (!is_known(s, (struct rect){from_x, from_y, r.w, r.h}) ||
        !rows_are_at(s, r, from_x, from_y, pixels))
        return false;
    rfb_shadow_store(s, r, pixels);
    return true;
}

bool rfb_shadow_find_scroll(struct rfb_shadow *s, struct rect r, const uint32_t *pixels,
                            struct rfb_shadow_copy *copy)
{
    struct pixel_shift shift;
    struct rect to;

    if (!is_known(s, r) || !pixel_shift_find(pixels, (size_t)r.w, row_at(s, r.x, r.y), s->width,
                                             (uint32_t)r.w, (uint32_t)r.h, &shift))
        return false;
    to = (struct rect){r.x, r.y + (int32_t)shift.to, r.w, (int32_t)shift.rows};
    *copy = (struct rfb_shadow_copy){to, r.x, r.y + (int32_t)shift.from};
    rfb_shadow_store(s, to, pixels + (size_t)shift.to * (size_t)r.w);
    return true;
}
