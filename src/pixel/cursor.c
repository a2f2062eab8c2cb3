/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pointer's image; see cursor.h. */
#include "pixel/cursor.h"

#include "base/arith.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct cursor *cursor_create(uint32_t width, uint32_t height, uint32_t hot_x, uint32_t hot_y,
                             const uint32_t *pixels)
{
    struct cursor *c = mem_new0(struct cursor);

    assert(width <= CURSOR_SIZE_MAX && height <= CURSOR_SIZE_MAX);
    c->width = width;
    c->height = height;
    c->hot_x = width ? MIN_OF(hot_x, width - 1) : 0;
    c->hot_y = height ? MIN_OF(hot_y, height - 1) : 0;
    c->pixels = mem_dup(pixels, (size_t)width * height * 4);
    c->references = 1;
    return c;
}

struct cursor *cursor_ref(struct cursor *c)
{
    __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
    return c;
}

void cursor_unref(struct cursor *c)
{
    if (!c || __atomic_sub_fetch(&c->references, 1, __ATOMIC_ACQ_REL))
        return;
    free(c->pixels);
    free(c);
}
