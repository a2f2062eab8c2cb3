/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pointer's image for viewers that know only these: XCursor (-240), two colours and two
 * bitmaps, and VMware's cursor (0x574d5664), which is either an image with alpha, the colours not
 * premultiplied, or an AND and an XOR mask as the hardware of old had them. See enc.h.
 */
#include "rfb/enc/cursor.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"

#include <stdlib.h>

enum { VMWARE_CLASSIC = 0, VMWARE_ALPHA = 1, COLOURS = 6 };

static size_t bitmap_size(struct rect r)
{
    return ((size_t)r.w + 7) / 8 * (size_t)r.h;
}

/* ---- XCursor ---- */

static bool is_seen(uint32_t p)
{
    return p >> 24 >= 128;
}

static bool is_dark(uint32_t p)
{
    return (p >> 16 & 0xff) * 2 + (p >> 8 & 0xff) * 5 + (p & 0xff) < 8 * 128;
}

/* The mean of what is seen and dark, or seen and bright. */
static void put_mean(struct buf *out, const struct cursor *c, size_t count, bool dark)
{
    uint64_t sum[3] = {0}, n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t p = rfb_cursor_opaque(c->pixels[i]);

        if (!is_seen(c->pixels[i]) || is_dark(p) != dark)
            continue;
        for (unsigned k = 0; k < 3; k++)
            sum[k] += p >> (16 - 8 * k) & 0xff;
        n++;
    }
    for (unsigned k = 0; k < 3; k++)
        wire_put_u8(out, (uint8_t)(n ? sum[k] / n : dark ? 0 : 255));
}

static void put_bitmap(struct buf *out, const struct cursor *c, struct rect r, bool mask)
{
    size_t at = out->len, row = ((size_t)r.w + 7) / 8;

    wire_put_zeros(out, bitmap_size(r));
    for (size_t i = 0; i < (size_t)r.w * (size_t)r.h; i++) {
        uint32_t p = c->pixels[i];
        size_t x = i % (size_t)r.w, y = i / (size_t)r.w;
        uint8_t *byte = out->data + at + y * row + x / 8;

        if (is_seen(p) && (mask || is_dark(rfb_cursor_opaque(p))))
            *byte = (uint8_t)(*byte | 0x80 >> x % 8);
    }
}

void rfb_put_x_cursor(struct buf *out, const struct cursor *cursor)
{
    struct rect r = rfb_cursor_rect(cursor);

    rfb_put_rect_header(out, r, RFB_X_CURSOR);
    if (rect_is_empty(r))
        return;
    put_mean(out, cursor, (size_t)r.w * (size_t)r.h, true);
    put_mean(out, cursor, (size_t)r.w * (size_t)r.h, false);
    put_bitmap(out, cursor, r, false);
    put_bitmap(out, cursor, r, true);
}

static uint32_t get_colour(struct wire_reader *in)
{
    uint32_t red = wire_get_u8(in), green = wire_get_u8(in), blue = wire_get_u8(in);

    return 0xff000000 | red << 16 | green << 8 | blue;
}

enum rfb_decoded rfb_get_x_cursor(struct rect r, const uint8_t *data, size_t len, size_t *used,
                                  struct cursor **cursor, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    size_t width = (size_t)r.w, row = (width + 7) / 8;
    const uint8_t *bits, *mask;
    uint32_t on, off, *pixels;

    *used = 0;
    if (rfb_cursor_check_size(r, err))
        return RFB_DECODE_INVALID;
    if (rect_is_empty(r)) { /* not even the colours */
        *cursor = rfb_cursor_of(r, (const uint32_t[]){0});
        return RFB_DECODE_DONE;
    }
    if (len < COLOURS + 2 * bitmap_size(r))
        return RFB_DECODE_NEEDS_MORE;
    on = get_colour(&in);
    off = get_colour(&in);
    bits = wire_get_bytes(&in, bitmap_size(r));
    mask = wire_get_bytes(&in, bitmap_size(r));
    pixels = mem_alloc0(width * (size_t)r.h, 4);
    for (size_t i = 0; i < width * (size_t)r.h; i++) {
        size_t at = i / width * row + i % width / 8;
        uint8_t bit = (uint8_t)(0x80 >> i % width % 8);

        pixels[i] = !(mask[at] & bit) ? 0 : bits[at] & bit ? on : off;
    }
    *cursor = rfb_cursor_of(r, pixels);
    free(pixels);
    *used = len - wire_left(&in);
    return RFB_DECODE_DONE;
}

/* ---- VMware's ---- */

void rfb_put_vmware_cursor(struct buf *out, const struct cursor *cursor)
{
    struct rect r = rfb_cursor_rect(cursor);

    rfb_put_rect_header(out, r, RFB_VMWARE_CURSOR);
    wire_put_u8(out, VMWARE_ALPHA);
    wire_put_zeros(out, 1);
    for (size_t i = 0; i < (size_t)r.w * (size_t)r.h; i++) {
        uint32_t p = cursor->pixels[i];

        wire_put_u32(out, rfb_cursor_opaque(p) << 8 | p >> 24);
    }
}

static uint32_t premultiplied(uint32_t rgba)
{
    uint32_t a = rgba & 0xff, out = a << 24;

    for (unsigned shift = 8; shift < 32; shift += 8)
        out |= ((rgba >> shift & 0xff) * a + 127) / 255 << (shift - 8);
    return out;
}

/* What inverts the screen has no place in an image with alpha: it becomes black. */
static uint32_t classic(uint32_t and_mask, uint32_t xor_mask)
{
    if (!(and_mask & 0xffffff))
        return 0xff000000 | xor_mask;
    return xor_mask & 0xffffff ? 0xff000000 : 0;
}

enum rfb_decoded rfb_get_vmware_cursor(const struct pixel_format *format, struct rect r,
                                       const uint8_t *data, size_t len, size_t *used,
                                       struct cursor **cursor, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    size_t count = (size_t)r.w * (size_t)r.h, bytes = count * pixel_format_bytes(format);
    uint8_t type = wire_get_u8(&in);
    uint32_t *pixels, *masks;

    *used = 0;
    wire_skip(&in, 1);
    if (rfb_cursor_check_size(r, err))
        return RFB_DECODE_INVALID;
    if (in.failed)
        return RFB_DECODE_NEEDS_MORE;
    if (type > VMWARE_ALPHA) {
        err_set(err, "a pointer image of VMware's unknown kind %u", type);
        return RFB_DECODE_INVALID;
    }
    if (wire_left(&in) < (type == VMWARE_ALPHA ? count * 4 : bytes * 2))
        return RFB_DECODE_NEEDS_MORE;
    pixels = mem_alloc0(count + 1, 4);
    masks = mem_alloc0(count + 1, 4);
    if (type == VMWARE_ALPHA) {
        for (size_t i = 0; i < count; i++)
            pixels[i] = premultiplied(wire_get_u32(&in));
    } else {
        pixel_row_from_wire(format, masks, wire_get_bytes(&in, bytes), count);
        pixel_row_from_wire(format, pixels, wire_get_bytes(&in, bytes), count);
        for (size_t i = 0; i < count; i++)
            pixels[i] = classic(masks[i], pixels[i]);
    }
    *cursor = rfb_cursor_of(r, pixels);
    free(pixels);
    free(masks);
    *used = len - wire_left(&in);
    return RFB_DECODE_DONE;
}
