/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture as QEMU announces it: where it goes, how its rows lie in memory, and the rules that
 * its numbers must keep before a byte of it is believed. Also the pointer's image. Pure.
 */
#pragma once

#include "base/err.h"
#include "base/rect.h"
#include "pixel/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest row that we take, in bytes with its gap. */
enum { FRAME_STRIDE_MAX = 1 << 20 };

struct frame {
    bool whole;     /* a Scanout: the screen is as large as `at` from here on */
    struct rect at; /* x, y within 0…RECT_SIZE_MAX, and so are x + w, y + h; w and h above 0 */
    size_t stride;  /* bytes from row to row, a multiple of 4 */
    size_t row;     /* bytes of a row that count */
    bool native;    /* the surface's own format; else convert from `format` */
    struct pixel_format format;
};

/*
 * Checks what arrived: sizes in pixels, stride in bytes, pixman's format code, and len, the bytes
 * of the array. Returns 0 with *out filled; 1 for a format that we cannot show; -1 for numbers that
 * contradict each other or exceed the limits.
 */
int frame_validate(bool whole, int64_t x, int64_t y, int64_t w, int64_t h, uint32_t stride,
                   uint32_t format, size_t len, struct frame *out, struct err *err);

/*
 * The pointer's image: w * h pixels 0xAARRGGBB in the machine's order (bytes, unaligned) become
 * premultiplied ones in `to`. QEMU does not say which kind it passes on: guests with a hardware
 * cursor plane give premultiplied pixels, QEMU's own images are not. No colour of a premultiplied
 * pixel is above its alpha, so one that is settles it for the image.
 */
void frame_cursor_pixels(uint32_t *to, const uint8_t *from, size_t count);
