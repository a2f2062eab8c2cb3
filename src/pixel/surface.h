/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A surface: the memory that holds pixels, counted by reference. Its format is always 32 bits a
 * pixel in the machine's byte order, 0xXXRRGGBB, the top byte undefined (QEMU's and X's native
 * one); other formats exist only on the wire (format.h). Where the memory comes from is the maker's
 * business: io's shared memory, or the heap.
 *
 * A machine's surface is written by its source's thread while sinks read it: a reader that needs
 * the same pixels twice copies them first. The references are counted atomically.
 */
#pragma once

#include "base/rect.h"

#include <stddef.h>
#include <stdint.h>

struct surface {
    uint32_t width, height; /* pixels, 1…RECT_SIZE_MAX */
    size_t stride;          /* bytes from row to row, a multiple of 4 */
    uint8_t *data;          /* the first pixel */
    size_t size;            /* bytes at data: at least (height - 1) * stride + width * 4 */
    /* The maker's: a descriptor number or -1, and what ends it. Pure code looks at neither. */
    int handle;
    void (*release)(struct surface *s); /* frees data and handle, not the struct */
    int references;                     /* atomic */
    void *maker;                        /* the maker's, for `release`; NULL at first */
};

/* On the heap, pixels zero, one reference. Sizes within the limits above (asserted). */
struct surface *surface_create(uint32_t width, uint32_t height);
/* Around memory that the caller made; `release` may be NULL. One reference. */
struct surface *surface_wrap(uint32_t width, uint32_t height, size_t stride, uint8_t *data,
                             size_t size, int handle, void (*release)(struct surface *s));
struct surface *surface_ref(struct surface *s);
void surface_unref(struct surface *s); /* takes NULL */

static inline uint32_t *surface_row(const struct surface *s, int32_t y)
{
    return (uint32_t *)(void *)(s->data + (size_t)y * s->stride);
}

static inline struct rect surface_bounds(const struct surface *s)
{
    return (struct rect){0, 0, (int32_t)s->width, (int32_t)s->height};
}

/* Copies the rectangle (clipped to both) to the same place. */
void surface_copy(struct surface *to, const struct surface *from, struct rect r);

/*
 * Writes a packed block of pixels (rows `stride` bytes apart) to `at`, which lies inside the
 * surface, and returns the smallest rectangle whose pixels really changed (empty: none): sources
 * that repeat themselves, as QEMU's blinking text cursor does, then cost nothing further on.
 */
struct rect surface_update(struct surface *s, struct rect at, const uint8_t *pixels, size_t stride);
