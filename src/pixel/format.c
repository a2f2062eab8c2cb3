/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pixel formats: checks and conversion; see format.h. The loops are plain shifts and masks over
 * whole rows, so that the compiler can vectorise them; the formats that everybody uses (8 bits a
 * colour in 32) have loops of their own.
 */
#include "pixel/format.h"

#include <endian.h>
#include <string.h>

const struct pixel_format pixel_format_native = {
    .bits_per_pixel = 32,
    .depth = 24,
    .true_colour = true,
    .red_max = 255,
    .green_max = 255,
    .blue_max = 255,
    .red_shift = 16,
    .green_shift = 8,
};

const struct pixel_format pixel_format_bgr233 = {
    .bits_per_pixel = 8,
    .depth = 8,
    .true_colour = true,
    .red_max = 7,
    .green_max = 7,
    .blue_max = 3,
    .green_shift = 3,
    .blue_shift = 6,
};

bool pixel_format_equal(const struct pixel_format *a, const struct pixel_format *b)
{
    return a->bits_per_pixel == b->bits_per_pixel && a->depth == b->depth &&
           a->big_endian == b->big_endian && a->true_colour == b->true_colour &&
           a->red_max == b->red_max && a->green_max == b->green_max && a->blue_max == b->blue_max &&
           a->red_shift == b->red_shift && a->green_shift == b->green_shift &&
           a->blue_shift == b->blue_shift;
}

struct pixel_format pixel_format_get(struct wire_reader *r)
{
    struct pixel_format f;

    f.bits_per_pixel = wire_get_u8(r);
    f.depth = wire_get_u8(r);
    f.big_endian = wire_get_u8(r) != 0;
    f.true_colour = wire_get_u8(r) != 0;
    f.red_max = wire_get_u16(r);
    f.green_max = wire_get_u16(r);
    f.blue_max = wire_get_u16(r);
    f.red_shift = wire_get_u8(r);
    f.green_shift = wire_get_u8(r);
    f.blue_shift = wire_get_u8(r);
    wire_skip(r, 3);
    return f;
}

void pixel_format_put(struct buf *out, const struct pixel_format *f)
{
    wire_put_u8(out, f->bits_per_pixel);
    wire_put_u8(out, f->depth);
    wire_put_u8(out, f->big_endian);
    wire_put_u8(out, f->true_colour);
    wire_put_u16(out, f->red_max);
    wire_put_u16(out, f->green_max);
    wire_put_u16(out, f->blue_max);
    wire_put_u8(out, f->red_shift);
    wire_put_u8(out, f->green_shift);
    wire_put_u8(out, f->blue_shift);
    wire_put_zeros(out, 3);
}

static unsigned bits_of(uint16_t max)
{
    return (unsigned)__builtin_popcount(max);
}

/* Adds a colour's field to the mask of those taken; false when it is not a proper field. */
static bool take_field(uint64_t *taken, unsigned pixel_bits, uint16_t max, uint8_t shift)
{
    uint64_t field;

    if (!max || (max & (max + 1u)) || shift + bits_of(max) > pixel_bits)
        return false;
    field = (uint64_t)max << shift;
    if (*taken & field)
        return false;
    *taken |= field;
    return true;
}

int pixel_format_validate(const struct pixel_format *f, struct err *err)
{
    unsigned bits = f->bits_per_pixel;
    uint64_t taken = 0;

    if (bits != 8 && bits != 16 && bits != 32)
        return err_set(err, "the pixel format has %u bits a pixel, not 8, 16 or 32", bits);
    if (!f->depth || f->depth > bits)
        return err_set(err, "the pixel format's depth of %u is not within its %u bits", f->depth,
                       bits);
    if (!f->true_colour)
        return bits == 8 ? 0 : err_set(err, "a colour map is for 8 bits a pixel, not %u", bits);
    if (!take_field(&taken, bits, f->red_max, f->red_shift) ||
        !take_field(&taken, bits, f->green_max, f->green_shift) ||
        !take_field(&taken, bits, f->blue_max, f->blue_shift))
        return err_set(err,
                       "the pixel format's colours (maxima %u %u %u, shifts %u %u %u) are not "
                       "separate fields of %u bits",
                       f->red_max, f->green_max, f->blue_max, f->red_shift, f->green_shift,
                       f->blue_shift, bits);
    return 0;
}

struct pixel_format pixel_format_resolve(const struct pixel_format *f)
{
    return f->true_colour ? *f : pixel_format_bgr233;
}

void pixel_format_bgr233_entry(uint8_t index, uint16_t *red, uint16_t *green, uint16_t *blue)
{
    *red = (uint16_t)((index & 7) * 65535 / 7);
    *green = (uint16_t)((index >> 3 & 7) * 65535 / 7);
    *blue = (uint16_t)((index >> 6) * 65535 / 3);
}

/* 8 bits a colour in 32: only the bytes' places differ from a surface's. */
static bool is_888(const struct pixel_format *f)
{
    return f->bits_per_pixel == 32 && f->red_max == 255 && f->green_max == 255 &&
           f->blue_max == 255;
}

static bool has_native_shifts(const struct pixel_format *f)
{
    return f->red_shift == 16 && f->green_shift == 8 && f->blue_shift == 0;
}

void pixel_values_from_surface(const struct pixel_format *f, uint32_t *to, const uint32_t *from,
                               size_t count)
{
    unsigned rs = f->red_shift, gs = f->green_shift, bs = f->blue_shift;

    if (is_888(f) && has_native_shifts(f)) {
        for (size_t i = 0; i < count; i++)
            to[i] = from[i] & 0xffffff;
    } else if (is_888(f)) {
        for (size_t i = 0; i < count; i++) {
            uint32_t p = from[i];

            to[i] = (p >> 16 & 0xff) << rs | (p >> 8 & 0xff) << gs | (p & 0xff) << bs;
        }
    } else {
        /* The top n bits of the colour's 8, or, above 8, the 8 and then their top again. */
        unsigned rd = 16 - bits_of(f->red_max), gd = 16 - bits_of(f->green_max),
                 bd = 16 - bits_of(f->blue_max);

        for (size_t i = 0; i < count; i++) {
            uint32_t p = from[i];

            to[i] = ((p >> 16 & 0xff) * 0x101 >> rd) << rs | ((p >> 8 & 0xff) * 0x101 >> gd) << gs |
                    ((p & 0xff) * 0x101 >> bd) << bs;
        }
    }
}

/* A colour of n bits as one of 8: value * scale >> 16, rounded. Exact for every n. */
struct field {
    uint32_t max, shift, drop, scale;
};

static struct field field_of(uint16_t max, uint8_t shift)
{
    unsigned bits = bits_of(max), drop = bits > 8 ? bits - 8 : 0;
    uint32_t kept = (uint32_t)max >> drop;

    return (struct field){max, shift, drop, (255u * 65536 + kept - 1) / kept};
}

static inline uint32_t field_get(struct field f, uint32_t value)
{
    return (((value >> f.shift & f.max) >> f.drop) * f.scale + 0x8000) >> 16;
}

void pixel_values_to_surface(const struct pixel_format *f, uint32_t *to, const uint32_t *from,
                             size_t count)
{
    unsigned rs = f->red_shift, gs = f->green_shift, bs = f->blue_shift;

    if (is_888(f) && has_native_shifts(f)) {
        for (size_t i = 0; i < count; i++)
            to[i] = from[i] & 0xffffff;
    } else if (is_888(f)) {
        for (size_t i = 0; i < count; i++) {
            uint32_t v = from[i];

            to[i] = (v >> rs & 0xff) << 16 | (v >> gs & 0xff) << 8 | (v >> bs & 0xff);
        }
    } else {
        struct field r = field_of(f->red_max, f->red_shift),
                     g = field_of(f->green_max, f->green_shift),
                     b = field_of(f->blue_max, f->blue_shift);

        for (size_t i = 0; i < count; i++) {
            uint32_t v = from[i];

            to[i] = field_get(r, v) << 16 | field_get(g, v) << 8 | field_get(b, v);
        }
    }
}

static bool is_foreign(const struct pixel_format *f)
{
    return f->big_endian != (BYTE_ORDER == BIG_ENDIAN);
}

static void values_to_wire(const struct pixel_format *f, uint8_t *to, const uint32_t *values,
                           size_t count)
{
    bool foreign = is_foreign(f);

    if (f->bits_per_pixel == 8) {
        for (size_t i = 0; i < count; i++)
            to[i] = (uint8_t)values[i];
    } else if (f->bits_per_pixel == 16) {
        for (size_t i = 0; i < count; i++) {
            uint16_t v = (uint16_t)values[i];

            v = foreign ? __builtin_bswap16(v) : v;
            memcpy(to + i * 2, &v, 2);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            uint32_t v = foreign ? __builtin_bswap32(values[i]) : values[i];

            memcpy(to + i * 4, &v, 4);
        }
    }
}

static void wire_to_values(const struct pixel_format *f, uint32_t *values, const uint8_t *from,
                           size_t count)
{
    bool foreign = is_foreign(f);

    if (f->bits_per_pixel == 8) {
        for (size_t i = 0; i < count; i++)
            values[i] = from[i];
    } else if (f->bits_per_pixel == 16) {
        for (size_t i = 0; i < count; i++) {
            uint16_t v;

            memcpy(&v, from + i * 2, 2);
            values[i] = foreign ? __builtin_bswap16(v) : v;
        }
    } else {
        memcpy(values, from, count * 4);
        for (size_t i = 0; foreign && i < count; i++)
            values[i] = __builtin_bswap32(values[i]);
    }
}

enum { CHUNK = 256 }; /* pixels that go through a small buffer in the cache */

void pixel_row_to_wire(const struct pixel_format *f, uint8_t *to, const uint32_t *from,
                       size_t count)
{
    uint32_t values[CHUNK];
    size_t bytes = pixel_format_bytes(f);

    for (size_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        pixel_values_from_surface(f, values, from + done, n);
        values_to_wire(f, to + done * bytes, values, n);
    }
}

void pixel_row_from_wire(const struct pixel_format *f, uint32_t *to, const uint8_t *from,
                         size_t count)
{
    size_t bytes = pixel_format_bytes(f);

    for (size_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        wire_to_values(f, to + done, from + done * bytes, n);
        pixel_values_to_surface(f, to + done, to + done, n);
    }
}
