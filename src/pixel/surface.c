/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Surfaces: life, copy, and the update that tells what changed; see surface.h. */
#include "pixel/surface.h"

#include "base/arith.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void release_heap(struct surface *s)
{
    free(s->data);
}

struct surface *surface_wrap(uint32_t width, uint32_t height, size_t stride, uint8_t *data,
                             size_t size, int handle, void (*release)(struct surface *s))
{
    struct surface *s = mem_new0(struct surface);

    assert(width && width <= RECT_SIZE_MAX && height && height <= RECT_SIZE_MAX);
    assert(stride % 4 == 0 && stride >= (size_t)width * 4);
    assert(size >= (height - 1) * stride + (size_t)width * 4);
    *s = (struct surface){width, height, stride, data, size, handle, release, 1, NULL};
    return s;
}

struct surface *surface_create(uint32_t width, uint32_t height)
{
    size_t stride = (size_t)width * 4, size = stride * height;

    return surface_wrap(width, height, stride, mem_alloc0(size, 1), size, -1, release_heap);
}

struct surface *surface_ref(struct surface *s)
{
    __atomic_add_fetch(&s->references, 1, __ATOMIC_RELAXED);
    return s;
}

void surface_unref(struct surface *s)
{
    if (!s || __atomic_sub_fetch(&s->references, 1, __ATOMIC_ACQ_REL))
        return;
    if (s->release)
        s->release(s);
    free(s);
}

void surface_copy(struct surface *to, const struct surface *from, struct rect r)
{
    r = rect_intersect(r, rect_intersect(surface_bounds(to), surface_bounds(from)));
    for (int32_t y = r.y; y < r.y + r.h; y++)
        memcpy(surface_row(to, y) + r.x, surface_row(from, y) + r.x, (size_t)r.w * 4);
}

/* The first and one past the last differing pixel of two rows that do differ. */
static void differing_span(const uint32_t *a, const uint32_t *b, int32_t w, int32_t *first,
                           int32_t *end)
{
    int32_t i = 0, j = w;

    while (a[i] == b[i])
        i++;
    while (a[j - 1] == b[j - 1])
        j--;
    *first = MIN_OF(*first, i);
    *end = MAX_OF(*end, j);
}

struct rect surface_update(struct surface *s, struct rect at, const uint8_t *pixels, size_t stride)
{
    int32_t top = -1, bottom = 0, first = at.w, end = 0;
    size_t bytes = (size_t)at.w * 4;

    assert(rect_contains(surface_bounds(s), at));
    for (int32_t y = 0; y < at.h; y++) {
        const uint32_t *from = (const uint32_t *)(const void *)(pixels + (size_t)y * stride);
        uint32_t *to = surface_row(s, at.y + y) + at.x;

        if (!memcmp(to, from, bytes))
            continue;
        if (top < 0)
            top = y;
        bottom = y + 1;
        differing_span(to, from, at.w, &first, &end);
        memcpy(to, from, bytes);
    }
    if (top < 0)
        return (struct rect){0};
    return (struct rect){at.x + first, at.y + top, end - first, bottom - top};
}
