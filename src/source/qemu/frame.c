/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU says about a picture, checked; see frame.h. */
#include "frame.h"

#include "base/arith.h"

#include <pixman.h>
#include <string.h>

static const bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* A pixman format in RFB's terms. The pixel is one number in both. */
#define BITS_32(r, g, b)                                                                           \
    .bits_per_pixel = 32, .depth = 24, .red_max = 255, .green_max = 255, .blue_max = 255,          \
    .red_shift = r, .green_shift = g, .blue_shift = b
#define BITS_16(d, rm, gm, r, g)                                                                   \
    .bits_per_pixel = 16, .depth = d, .red_max = rm, .green_max = gm, .blue_max = 31,              \
    .red_shift = r, .green_shift = g, .blue_shift = 0

static const struct known_format {
    uint32_t code;
    struct pixel_format format;
} known_formats[] = {
    {PIXMAN_x8r8g8b8, {BITS_32(16, 8, 0)}},
    {PIXMAN_a8r8g8b8, {BITS_32(16, 8, 0)}},
    {PIXMAN_x8b8g8r8, {BITS_32(0, 8, 16)}},
    {PIXMAN_a8b8g8r8, {BITS_32(0, 8, 16)}},
    {PIXMAN_b8g8r8x8, {BITS_32(8, 16, 24)}},
    {PIXMAN_b8g8r8a8, {BITS_32(8, 16, 24)}},
    {PIXMAN_r8g8b8x8, {BITS_32(24, 16, 8)}},
    {PIXMAN_r8g8b8a8, {BITS_32(24, 16, 8)}},
    {PIXMAN_r5g6b5, {BITS_16(16, 31, 63, 11, 5)}},
    {PIXMAN_x1r5g5b5, {BITS_16(15, 31, 31, 10, 5)}},
    {PIXMAN_a1r5g5b5, {BITS_16(15, 31, 31, 10, 5)}},
};

static const struct known_format *find_format(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(known_formats); i++)
        if (known_formats[i].code == code)
            return &known_formats[i];
    return NULL;
}

int frame_validate(bool whole, int64_t x, int64_t y, int64_t w, int64_t h, uint32_t stride,
                   uint32_t format, size_t len, struct frame *out, struct err *err)
{
    const struct known_format *known = find_format(format);
    struct frame f = {.whole = whole, .stride = stride};

    if (w < 1 || h < 1 || w > RECT_SIZE_MAX || h > RECT_SIZE_MAX || x < 0 || y < 0 ||
        x > RECT_SIZE_MAX - w || y > RECT_SIZE_MAX - h)
        return err_set(
            err, "QEMU sent a picture of %jd×%jd pixels at %jd,%jd; at most %d×%d can be shown",
            (intmax_t)w, (intmax_t)h, (intmax_t)x, (intmax_t)y, RECT_SIZE_MAX, RECT_SIZE_MAX);
    if (!known) {
        err_set(err, "QEMU's pixel format %#x cannot be shown", format);
        return 1;
    }
    f.at = (struct rect){(int32_t)x, (int32_t)y, (int32_t)w, (int32_t)h};
    f.format = known->format;
    f.format.true_colour = true;
    f.format.big_endian = big_endian;
    f.native = known->format.bits_per_pixel == 32 && known->format.red_shift == 16 &&
               known->format.blue_shift == 0;
    f.row = (size_t)w * (known->format.bits_per_pixel / 8u);
    /* Each factor is capped, so the product fits. */
    if (stride % 4 || stride > FRAME_STRIDE_MAX || stride < f.row ||
        len < (size_t)stride * (size_t)(h - 1) + f.row)
        return err_set(err, "QEMU sent %zu bytes with rows of %u for a picture of %jd×%jd pixels",
                       len, stride, (intmax_t)w, (intmax_t)h);
    *out = f;
    return 0;
}

static uint32_t premultiply(uint32_t pixel)
{
    uint32_t alpha = pixel >> 24, out = alpha;

    for (int shift = 16; shift >= 0; shift -= 8)
        out = out << 8 | ((pixel >> shift & 0xff) * alpha + 127) / 255;
    return out;
}

static bool colour_above_alpha(uint32_t pixel)
{
    uint32_t alpha = pixel >> 24;

    return (pixel >> 16 & 0xff) > alpha || (pixel >> 8 & 0xff) > alpha || (pixel & 0xff) > alpha;
}

void frame_cursor_pixels(uint32_t *to, const uint8_t *from, size_t count)
{
    bool straight = false;

    memcpy(to, from, count * sizeof(*to));
    for (size_t i = 0; i < count && !straight; i++)
        straight = colour_above_alpha(to[i]);
    for (size_t i = 0; i < count && straight; i++)
        to[i] = premultiply(to[i]);
}
