/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RRE (2): a background and rectangles of one colour on it. The encoder cuts the block into squares
 * and sends a square as Raw, which every client knows, where that is shorter.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/subrect.h"

#include <stdlib.h>

enum { PIECE = 64, PLACE_BYTES = 8 };

static void *rre_encoder_create(void)
{
    return mem_new0(struct rfb_subrects);
}

static void put_place(struct buf *out, struct rect r)
{
    wire_put_u16(out, (uint16_t)r.x);
    wire_put_u16(out, (uint16_t)r.y);
    wire_put_u16(out, (uint16_t)r.w);
    wire_put_u16(out, (uint16_t)r.h);
}

static void put_piece(struct rfb_subrects *s, const struct rfb_encode_settings *settings,
                      const struct rfb_block *block, struct rect at, struct buf *out)
{
    const struct pixel_format *f = &settings->format;
    size_t bytes = pixel_format_bytes(f), raw = (size_t)at.w * (size_t)at.h * bytes;
    struct rect there = {block->at.x + at.x, block->at.y + at.y, at.w, at.h};
    struct rfb_block piece = {rfb_block_row(block, at.y) + at.x, block->stride, there};

    if (!rfb_subrects_find(s, f, block, at, (uint32_t)(raw / (bytes + PLACE_BYTES)))) {
        rfb_raw_encoder.encode(NULL, settings, &piece, out);
        return;
    }
    rfb_put_rect_header(out, there, RFB_RRE);
    wire_put_u32(out, s->count);
    rfb_put_value(f, buf_extend(out, bytes), s->background);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct rfb_subrect *sub = &s->list[i];

        rfb_put_value(f, buf_extend(out, bytes), sub->value);
        put_place(out, (struct rect){sub->x, sub->y, sub->w, sub->h});
    }
}

static bool is_one_colour(const struct rfb_block *block)
{
    uint32_t first = block->pixels[0] & 0xffffff;

    for (int32_t y = 0; y < block->at.h; y++) {
        const uint32_t *row = rfb_block_row(block, y);

        for (int32_t x = 0; x < block->at.w; x++)
            if ((row[x] & 0xffffff) != first)
                return false;
    }
    return true;
}

static void put_one_colour(const struct rfb_encode_settings *settings,
                           const struct rfb_block *block, struct buf *out)
{
    rfb_put_rect_header(out, block->at, RFB_RRE);
    wire_put_u32(out, 0);
    pixel_row_to_wire(&settings->format, buf_extend(out, pixel_format_bytes(&settings->format)),
                      block->pixels, 1);
}

static uint32_t rre_encode(void *state, const struct rfb_encode_settings *settings,
                           const struct rfb_block *block, struct buf *out)
{
    uint32_t count = 0;

    if (is_one_colour(block)) {
        put_one_colour(settings, block, out);
        return 1;
    }
    for (int32_t y = 0; y < block->at.h; y += PIECE) {
        for (int32_t x = 0; x < block->at.w; x += PIECE, count++) {
            struct rect at = {x, y, MIN_OF(PIECE, block->at.w - x), MIN_OF(PIECE, block->at.h - y)};

            put_piece(state, settings, block, at, out);
        }
    }
    return count;
}

const struct rfb_encoder rfb_rre_encoder = {rre_encoder_create, rre_encode, free};

struct rre_decoder {
    struct rfb_target target;
    bool has_background;
    uint32_t left; /* subrectangles that are still to come */
};

static void *rre_decoder_create(void)
{
    return mem_new0(struct rre_decoder);
}

static void rre_begin(void *state, const struct pixel_format *format, struct surface *to,
                      struct rect r)
{
    *(struct rre_decoder *)state = (struct rre_decoder){.target = {*format, to, r}};
}

/* 1: read, 0: not all there, -1: wrong. */
static int get_background(struct rre_decoder *d, struct wire_reader *in, struct err *err)
{
    const struct rect *r = &d->target.r;
    uint32_t count = wire_get_u32(in), value = rfb_get_value(&d->target.format, in);

    if (in->failed)
        return 0;
    if (count > (uint32_t)r->w * (uint32_t)r->h)
        return err_set(err, "an RRE rectangle has %u parts, more than its pixels", count);
    rfb_fill_value(&d->target, *r, value);
    d->left = count;
    d->has_background = true;
    return 1;
}

static int get_part(struct rre_decoder *d, struct wire_reader *in, struct err *err)
{
    const struct rect *r = &d->target.r;
    uint32_t value = rfb_get_value(&d->target.format, in);
    int32_t x = wire_get_u16(in), y = wire_get_u16(in), w = wire_get_u16(in), h = wire_get_u16(in);

    if (in->failed)
        return 0;
    if (x + w > r->w || y + h > r->h)
        return err_set(err, "a part of an RRE rectangle, %d,%d %dx%d, lies outside of it", x, y, w,
                       h);
    rfb_fill_value(&d->target, (struct rect){r->x + x, r->y + y, w, h}, value);
    d->left--;
    return 1;
}

static enum rfb_decoded rre_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                   struct err *err)
{
    struct rre_decoder *d = state;
    struct wire_reader in = wire_reader_of(data, len);
    int answer = 1;

    while (answer > 0 && (!d->has_background || d->left)) {
        struct wire_reader from = in;

        answer = d->has_background ? get_part(d, &from, err) : get_background(d, &from, err);
        if (answer > 0)
            in = from;
    }
    *used = len - wire_left(&in);
    return (enum rfb_decoded)answer;
}

const struct rfb_decoder rfb_rre_decoder = {rre_decoder_create, rre_begin, rre_decode, free};
