/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scaling by pixman's vectorised loops; see scale.h. */
#include "pixel/scale.h"

#include "base/arith.h"

#include <pixman.h>

struct rect scale_fit(uint32_t w, uint32_t h, uint32_t area_w, uint32_t area_h)
{
    uint64_t fit_w = area_w, fit_h = area_h;

    if ((uint64_t)w * area_h > (uint64_t)h * area_w)
        fit_h = ((uint64_t)area_w * h + w / 2) / w;
    else
        fit_w = ((uint64_t)area_h * w + h / 2) / h;
    fit_w = MAX_OF(fit_w, 1);
    fit_h = MAX_OF(fit_h, 1);
    return (struct rect){(int32_t)(area_w - MIN_OF(fit_w, area_w)) / 2,
                         (int32_t)(area_h - MIN_OF(fit_h, area_h)) / 2, (int32_t)fit_w,
                         (int32_t)fit_h};
}

struct rect scale_affected(struct rect changed, uint32_t w, uint32_t h, struct rect at)
{
    /* A bilinear pixel depends on its neighbours as well: one more on each side of the source. */
    int64_t x0 = (int64_t)(changed.x - 1) * at.w / w, y0 = (int64_t)(changed.y - 1) * at.h / h;
    int64_t x1 = ((int64_t)(changed.x + changed.w + 1) * at.w + w - 1) / w;
    int64_t y1 = ((int64_t)(changed.y + changed.h + 1) * at.h + h - 1) / h;
    struct rect r = {at.x + (int32_t)x0 - 1, at.y + (int32_t)y0 - 1, (int32_t)(x1 - x0) + 2,
                     (int32_t)(y1 - y0) + 2};

    return rect_intersect(r, at);
}

static pixman_image_t *image_of(const struct surface *s)
{
    return pixman_image_create_bits_no_clear(PIXMAN_x8r8g8b8, (int)s->width, (int)s->height,
                                             (uint32_t *)(void *)s->data, (int)s->stride);
}

void scale_paint(struct surface *to, struct rect at, const struct surface *from, struct rect clip)
{
    uint32_t w = (uint32_t)at.w, h = (uint32_t)at.h;
    bool whole = w % from->width == 0 && h % from->height == 0;
    pixman_image_t *source, *target;
    pixman_transform_t transform;

    clip = rect_intersect(clip, rect_intersect(at, surface_bounds(to)));
    if (rect_is_empty(clip))
        return;
    source = image_of(from);
    target = image_of(to);
    pixman_transform_init_scale(&transform, (pixman_fixed_t)(((int64_t)from->width << 16) / w),
                                (pixman_fixed_t)(((int64_t)from->height << 16) / h));
    pixman_image_set_transform(source, &transform);
    pixman_image_set_filter(source, whole ? PIXMAN_FILTER_NEAREST : PIXMAN_FILTER_BILINEAR, NULL,
                            0);
    pixman_image_set_repeat(source, PIXMAN_REPEAT_PAD);
    pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, clip.x - at.x, clip.y - at.y, 0,
                             0, clip.x, clip.y, clip.w, clip.h);
    pixman_image_unref(source);
    pixman_image_unref(target);
}

int32_t scale_point(int32_t point, int32_t at, int32_t at_size, uint32_t size)
{
    int64_t p = ((int64_t)point - at) * size / at_size;

    return (int32_t)(p < 0 ? 0 : MIN_OF(p, (int64_t)size - 1));
}
