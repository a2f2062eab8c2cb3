/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pointer's image as a rectangle: Cursor (-239), pixels of the client's format and a mask of
 * one bit, and CursorWithAlpha (-314), red, green, blue, alpha bytes with the colours
 * premultiplied. The latter names an encoding for its bytes; every server sends Raw, and no other
 * is taken. The kinds of older viewers are in cursor_old.c.
 */
#include "rfb/enc/cursor.h"

#include "base/arith.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct rect rfb_cursor_rect(const struct cursor *c)
{
    if (!c || !c->width || !c->height)
        return (struct rect){0};
    return (struct rect){(int32_t)c->hot_x, (int32_t)c->hot_y, (int32_t)c->width,
                         (int32_t)c->height};
}

uint32_t rfb_cursor_opaque(uint32_t p)
{
    uint32_t a = p >> 24, out = 0;

    for (unsigned shift = 0; a && shift < 24; shift += 8)
        out |= MIN_OF((p >> shift & 0xff) * 255 / a, 255u) << shift;
    return out;
}

void rfb_put_cursor(struct buf *out, const struct pixel_format *format, const struct cursor *cursor)
{
    struct rect r = rfb_cursor_rect(cursor);
    size_t width = (size_t)r.w, bytes = width * pixel_format_bytes(format), mask = (width + 7) / 8,
           mask_at;
    uint32_t row[CURSOR_SIZE_MAX];

    rfb_put_rect_header(out, r, RFB_CURSOR);
    for (size_t y = 0; y < (size_t)r.h; y++) {
        for (size_t x = 0; x < width; x++)
            row[x] = rfb_cursor_opaque(cursor->pixels[y * width + x]);
        pixel_row_to_wire(format, buf_extend(out, bytes), row, width);
    }
    mask_at = out->len;
    wire_put_zeros(out, mask * (size_t)r.h);
    for (size_t i = 0; i < width * (size_t)r.h; i++) {
        uint8_t *byte = out->data + mask_at + i / width * mask + i % width / 8;

        if (cursor->pixels[i] >> 24 >= 128)
            *byte = (uint8_t)(*byte | 0x80 >> i % width % 8);
    }
}

void rfb_put_cursor_with_alpha(struct buf *out, const struct cursor *cursor)
{
    struct rect r = rfb_cursor_rect(cursor);

    rfb_put_rect_header(out, r, RFB_CURSOR_WITH_ALPHA);
    wire_put_s32(out, RFB_RAW);
    for (size_t i = 0; i < (size_t)r.w * (size_t)r.h; i++) {
        uint32_t p = cursor->pixels[i];

        wire_put_u32(out, p << 8 | p >> 24);
    }
}

int rfb_cursor_check_size(struct rect r, struct err *err)
{
    if (r.w > CURSOR_SIZE_MAX || r.h > CURSOR_SIZE_MAX)
        return err_set(err, "a pointer image is %dx%d, larger than %d", r.w, r.h, CURSOR_SIZE_MAX);
    return 0;
}

struct cursor *rfb_cursor_of(struct rect r, const uint32_t *pixels)
{
    if (rect_is_empty(r))
        return cursor_create(0, 0, 0, 0, pixels);
    return cursor_create((uint32_t)r.w, (uint32_t)r.h, (uint32_t)MAX_OF(r.x, 0),
                         (uint32_t)MAX_OF(r.y, 0), pixels);
}

enum rfb_decoded rfb_get_cursor(const struct pixel_format *format, struct rect r,
                                const uint8_t *data, size_t len, size_t *used,
                                struct cursor **cursor, struct err *err)
{
    size_t width = (size_t)r.w, count = width * (size_t)r.h, mask_row = (width + 7) / 8;
    struct wire_reader in = wire_reader_of(data, len);
    const uint8_t *bytes, *mask;
    uint32_t *pixels;

    *used = 0;
    if (rfb_cursor_check_size(r, err))
        return RFB_DECODE_INVALID;
    if (wire_left(&in) < count * pixel_format_bytes(format) + mask_row * (size_t)r.h)
        return RFB_DECODE_NEEDS_MORE;
    bytes = wire_get_bytes(&in, count * pixel_format_bytes(format));
    mask = wire_get_bytes(&in, mask_row * (size_t)r.h);
    pixels = mem_alloc0(count + 1, 4);
    pixel_row_from_wire(format, pixels, bytes, count);
    for (size_t i = 0; i < count; i++) {
        bool seen = mask[i / width * mask_row + i % width / 8] & 0x80 >> i % width % 8;

        pixels[i] = seen ? pixels[i] | 0xff000000 : 0;
    }
    *cursor = rfb_cursor_of(r, pixels);
    free(pixels);
    *used = len - wire_left(&in);
    return RFB_DECODE_DONE;
}

/* A peer's premultiplied pixel: no colour may be above its alpha. */
static uint32_t tame(uint32_t rgba)
{
    uint32_t a = rgba & 0xff, r = rgba >> 24, g = rgba >> 16 & 0xff, b = rgba >> 8 & 0xff;

    return a << 24 | MIN_OF(r, a) << 16 | MIN_OF(g, a) << 8 | MIN_OF(b, a);
}

enum rfb_decoded rfb_get_cursor_with_alpha(struct rect r, const uint8_t *data, size_t len,
                                           size_t *used, struct cursor **cursor, struct err *err)
{
    size_t count = (size_t)r.w * (size_t)r.h;
    struct wire_reader in = wire_reader_of(data, len);
    int32_t encoding = wire_get_s32(&in);
    uint32_t *pixels;

    *used = 0;
    if (rfb_cursor_check_size(r, err))
        return RFB_DECODE_INVALID;
    if (!in.failed && encoding != RFB_RAW) {
        err_set(err, "a pointer image is in encoding %d; only Raw is supported", encoding);
        return RFB_DECODE_INVALID;
    }
    if (in.failed || wire_left(&in) < count * 4)
        return RFB_DECODE_NEEDS_MORE;
    pixels = mem_alloc0(count + 1, 4);
    for (size_t i = 0; i < count; i++)
        pixels[i] = tame(wire_get_u32(&in));
    *cursor = rfb_cursor_of(r, pixels);
    free(pixels);
    *used = len - wire_left(&in);
    return RFB_DECODE_DONE;
}
