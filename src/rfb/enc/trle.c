/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TRLE (15): ZRLE's tiles, but 16×16 and without compression. The encoder gives each tile a palette
 * of its own; the decoder also reads tiles that use an earlier tile's palette.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/tile.h"

#include <stdlib.h>

enum { TILE = 16, TILE_BYTES_MAX = 1 + TILE * TILE * 5 };

static void *trle_encoder_create(void)
{
    return mem_new0(struct rle_tile_writer);
}

static uint32_t trle_encode(void *state, const struct rfb_encode_settings *settings,
                            const struct rfb_block *block, struct buf *out)
{
    struct cpixel c = cpixel_of(&settings->format);

    rfb_put_rect_header(out, block->at, RFB_TRLE);
    for (int32_t y = 0; y < block->at.h; y += TILE) {
        for (int32_t x = 0; x < block->at.w; x += TILE) {
            struct rect at = {x, y, MIN_OF(TILE, block->at.w - x), MIN_OF(TILE, block->at.h - y)};
            uint8_t *to = buf_reserve(out, TILE_BYTES_MAX);

            out->len += (size_t)(rle_tile_write(state, &settings->format, c, block, at, to) - to);
        }
    }
    return 1;
}

const struct rfb_encoder rfb_trle_encoder = {trle_encoder_create, trle_encode, free};

struct trle_decoder {
    struct rfb_target target;
    int32_t x, y; /* the next tile, within the rectangle */
    struct rle_tile_reader tile;
};

static void *trle_decoder_create(void)
{
    return mem_new0(struct trle_decoder);
}

static void trle_begin(void *state, const struct pixel_format *format, struct surface *to,
                       struct rect r)
{
    struct trle_decoder *d = state;

    d->target = (struct rfb_target){*format, to, r};
    d->x = d->y = 0;
    rle_tile_begin(&d->tile, "TRLE", true, format);
}

static enum rfb_decoded trle_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                    struct err *err)
{
    struct trle_decoder *d = state;
    const struct rect *r = &d->target.r;
    struct wire_reader in = wire_reader_of(data, len);
    int answer = 1;

    while (d->y < r->h) {
        struct rect at = {d->x, d->y, MIN_OF(TILE, r->w - d->x), MIN_OF(TILE, r->h - d->y)};
        struct wire_reader tile = in;

        answer = rle_tile_read(&d->tile, &tile, at, err);
        if (answer <= 0)
            break;
        rle_tile_store(&d->tile, &d->target, at);
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

const struct rfb_decoder rfb_trle_decoder = {trle_decoder_create, trle_begin, trle_decode, free};
