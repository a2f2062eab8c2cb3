/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hextile (5): tiles of 16×16, each plain pixels, or a background with rectangles on it. Back- and
 * foreground go on from tile to tile until another is named.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/subrect.h"

#include <stdlib.h>

enum {
    TILE = 16,
    TILE_BYTES_MAX = 1 + TILE * TILE * 4, /* plain pixels; everything else is shorter */
    PARTS_MAX = 255,

    RAW = 1,
    BACKGROUND = 2,
    FOREGROUND = 4,
    PARTS = 8,
    COLOURED = 16,
};

/* ---- Encoder ---- */

struct hextile_encoder {
    struct rfb_subrects parts;
    bool has_background, has_foreground; /* of this rectangle; the decoder's idea of it */
    uint32_t background, foreground;
};

static void *hextile_encoder_create(void)
{
    return mem_new0(struct hextile_encoder);
}

static uint8_t *put_raw(struct hextile_encoder *e, const struct pixel_format *f,
                        const struct rfb_block *block, struct rect at, uint8_t *to)
{
    e->has_background = e->has_foreground = false;
    *to++ = RAW;
    for (int32_t y = 0; y < at.h; y++) {
        pixel_row_to_wire(f, to, rfb_block_row(block, at.y + y) + at.x, (size_t)at.w);
        to += (size_t)at.w * pixel_format_bytes(f);
    }
    return to;
}

static uint8_t *put_parts(const struct rfb_subrects *s, const struct pixel_format *f, uint8_t *to)
{
    *to++ = (uint8_t)s->count;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct rfb_subrect *p = &s->list[i];

        if (!s->one_colour)
            to = rfb_put_value(f, to, p->value);
        *to++ = (uint8_t)(p->x << 4 | p->y);
        *to++ = (uint8_t)((p->w - 1) << 4 | (p->h - 1));
    }
    return to;
}

static unsigned kind_of(const struct hextile_encoder *e)
{
    const struct rfb_subrects *s = &e->parts;
    unsigned kind = 0;

    if (!e->has_background || e->background != s->background)
        kind |= BACKGROUND;
    if (s->count)
        kind |= PARTS;
    if (s->count && !s->one_colour)
        kind |= COLOURED;
    if (s->count && s->one_colour && (!e->has_foreground || e->foreground != s->foreground))
        kind |= FOREGROUND;
    return kind;
}

/* Into at most TILE_BYTES_MAX bytes; returns their end. */
static uint8_t *put_tile(struct hextile_encoder *e, const struct pixel_format *f,
                         const struct rfb_block *block, struct rect at, uint8_t *to)
{
    struct rfb_subrects *s = &e->parts;
    size_t bytes = pixel_format_bytes(f), raw = (size_t)at.w * (size_t)at.h * bytes;
    unsigned kind;

    if (!rfb_subrects_find(s, f, block, at, PARTS_MAX))
        return put_raw(e, f, block, at, to);
    kind = kind_of(e);
    if ((kind & BACKGROUND ? bytes : 0) + (kind & FOREGROUND ? bytes : 0) + (s->count > 0) +
            s->count * (2 + (kind & COLOURED ? bytes : 0)) >=
        raw)
        return put_raw(e, f, block, at, to);
    *to++ = (uint8_t)kind;
    if (kind & BACKGROUND)
        to = rfb_put_value(f, to, s->background);
    if (kind & FOREGROUND)
        to = rfb_put_value(f, to, s->foreground);
    e->has_background = true;
    e->background = s->background;
    if (!s->count)
        return to;
    e->has_foreground = s->one_colour; /* coloured parts leave none */
    e->foreground = s->foreground;
    return put_parts(s, f, to);
}

static uint32_t hextile_encode(void *state, const struct rfb_encode_settings *settings,
                               const struct rfb_block *block, struct buf *out)
{
    struct hextile_encoder *e = state;

    rfb_put_rect_header(out, block->at, RFB_HEXTILE);
    e->has_background = e->has_foreground = false;
    for (int32_t y = 0; y < block->at.h; y += TILE) {
        for (int32_t x = 0; x < block->at.w; x += TILE) {
            struct rect at = {x, y, MIN_OF(TILE, block->at.w - x), MIN_OF(TILE, block->at.h - y)};
            uint8_t *to = buf_reserve(out, TILE_BYTES_MAX);

            out->len += (size_t)(put_tile(e, &settings->format, block, at, to) - to);
        }
    }
    return 1;
}

const struct rfb_encoder rfb_hextile_encoder = {hextile_encoder_create, hextile_encode, free};

/* ---- Decoder ---- */

struct hextile_decoder {
    struct rfb_target target;
    int32_t x, y; /* the next tile, within the rectangle */
    uint32_t background, foreground;
};

static void *hextile_decoder_create(void)
{
    return mem_new0(struct hextile_decoder);
}

static void hextile_begin(void *state, const struct pixel_format *format, struct surface *to,
                          struct rect r)
{
    *(struct hextile_decoder *)state = (struct hextile_decoder){.target = {*format, to, r}};
}

static void get_raw(const struct rfb_target *t, struct rect at, struct wire_reader *in)
{
    size_t row = (size_t)at.w * pixel_format_bytes(&t->format);

    if (wire_left(in) < row * (size_t)at.h) {
        in->failed = true;
        return;
    }
    for (int32_t y = at.y; y < at.y + at.h; y++)
        pixel_row_from_wire(&t->format, surface_row(t->to, y) + at.x, wire_get_bytes(in, row),
                            (size_t)at.w);
}

/* All parts of a tile; with `draw` false only whether they are all there and right. */
static int get_parts(const struct hextile_decoder *d, struct rect at, unsigned kind,
                     struct wire_reader *in, bool draw, struct err *err)
{
    unsigned count = wire_get_u8(in);

    while (count-- && !in->failed) {
        uint32_t value = kind & COLOURED ? rfb_get_value(&d->target.format, in) : d->foreground;
        int32_t place = wire_get_u8(in), size = wire_get_u8(in);
        struct rect r = {place >> 4, place & 15, (size >> 4) + 1, (size & 15) + 1};

        if (!in->failed && (r.x + r.w > at.w || r.y + r.h > at.h))
            return err_set(err, "a part of a Hextile tile lies outside of it");
        r.x += at.x;
        r.y += at.y;
        if (draw)
            rfb_fill_value(&d->target, r, value);
    }
    return 0;
}

/* One tile, `at` in the surface: 1 and in->at behind it, 0: not all there, -1: wrong. */
static int get_tile(struct hextile_decoder *d, struct wire_reader *in, struct rect at,
                    struct err *err)
{
    const struct pixel_format *f = &d->target.format;
    unsigned kind = wire_get_u8(in);
    uint32_t background = d->background, foreground = d->foreground;
    struct wire_reader parts;

    if (kind & RAW) {
        get_raw(&d->target, at, in);
        return !in->failed;
    }
    if (kind & BACKGROUND)
        background = rfb_get_value(f, in);
    if (kind & FOREGROUND)
        foreground = rfb_get_value(f, in);
    parts = *in;
    if (kind & PARTS && get_parts(d, at, kind, in, false, err))
        return -1;
    if (in->failed)
        return 0;
    d->background = background;
    d->foreground = foreground;
    rfb_fill_value(&d->target, at, background);
    if (kind & PARTS)
        get_parts(d, at, kind, &parts, true, err);
    return 1;
}

static enum rfb_decoded hextile_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                       struct err *err)
{
    struct hextile_decoder *d = state;
    const struct rect *r = &d->target.r;
    struct wire_reader in = wire_reader_of(data, len);
    int answer = 1;

    while (d->y < r->h) {
        struct rect at = {r->x + d->x, r->y + d->y, MIN_OF(TILE, r->w - d->x),
                          MIN_OF(TILE, r->h - d->y)};
        struct wire_reader tile = in;

        answer = get_tile(d, &tile, at, err);
        if (answer <= 0)
            break;
        in = tile;
        d->x += TILE;
        if (d->x >= r->w) {
            d->x = 0;
            d->y += TILE;
        }
    }
    *used = len - wire_left(&in);
    return (enum rfb_decoded)answer;
}

const struct rfb_decoder rfb_hextile_decoder = {hextile_decoder_create, hextile_begin,
                                                hextile_decode, free};
