/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tight's numbers, and its TPIXEL, which encoder and decoder share. Private to rfb/enc. */
#pragma once

#include "pixel/format.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TIGHT_STREAMS = 4,
    TIGHT_WIDTH_MAX = 2048,
    TIGHT_PLAIN_MAX = 12, /* data of fewer bytes is not compressed and has no length */

    /* The control byte's upper half. Below FILL: basic, stream in bits 4 and 5. */
    TIGHT_FILTER = 0x4, /* a filter byte follows */
    TIGHT_FILL = 0x8,
    TIGHT_JPEG = 0x9,
    TIGHT_PNG = 0xa, /* in TightPNG only */

    TIGHT_COPY_FILTER = 0,
    TIGHT_PALETTE_FILTER = 1,
    TIGHT_GRADIENT_FILTER = 2,
};

/* A TPIXEL is a pixel, or red, green and blue where depth 24 with 8 bits each allows it. */
struct tpixel {
    unsigned bytes;
    bool rgb, big;
    unsigned red_shift, green_shift, blue_shift;
};

static inline struct tpixel tpixel_of(const struct pixel_format *f)
{
    bool rgb = f->bits_per_pixel == 32 && f->depth == 24 && f->red_max == 255 &&
               f->green_max == 255 && f->blue_max == 255;

    return (struct tpixel){rgb ? 3 : f->bits_per_pixel / 8u,
                           rgb,
                           f->big_endian,
                           f->red_shift,
                           f->green_shift,
                           f->blue_shift};
}

static inline uint8_t *tpixel_put(const struct tpixel *t, uint8_t *to, uint32_t value)
{
    if (t->rgb) {
        to[0] = (uint8_t)(value >> t->red_shift);
        to[1] = (uint8_t)(value >> t->green_shift);
        to[2] = (uint8_t)(value >> t->blue_shift);
        return to + 3;
    }
    for (unsigned i = 0; i < t->bytes; i++)
        to[t->big ? t->bytes - 1 - i : i] = (uint8_t)(value >> 8 * i);
    return to + t->bytes;
}

static inline uint32_t tpixel_get(const struct tpixel *t, const uint8_t *from)
{
    uint32_t value = 0;

    if (t->rgb)
        return (uint32_t)from[0] << t->red_shift | (uint32_t)from[1] << t->green_shift |
               (uint32_t)from[2] << t->blue_shift;
    for (unsigned i = 0; i < t->bytes; i++)
        value |= (uint32_t)from[t->big ? t->bytes - 1 - i : i] << 8 * i;
    return value;
}
