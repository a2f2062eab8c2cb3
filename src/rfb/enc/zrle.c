/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ZRLE (16): tiles of 64×64, each one colour, a palette, runs, or pixels, all through one
 * compression stream. The tiles themselves are in tile.c.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/stream.h"
#include "rfb/enc/tile.h"

#include <stdlib.h>

enum { TILE = 64 };

/* ---- Encoder ---- */

struct zrle_encoder {
    struct rfb_deflate out;
    struct rle_tile_writer tile;
    uint8_t bytes[RLE_TILE_BYTES_MAX];
};

static void *zrle_encoder_create(void)
{
    return mem_new0(struct zrle_encoder);
}

static void zrle_encoder_destroy(void *state)
{
    struct zrle_encoder *e = state;

    if (e)
        rfb_deflate_finish(&e->out);
    free(e);
}

static uint32_t zrle_encode(void *state, const struct rfb_encode_settings *settings,
                            const struct rfb_block *block, struct buf *out)
{
    struct zrle_encoder *e = state;
    struct cpixel c = cpixel_of(&settings->format);
    int level = rfb_deflate_level(settings->compression);
    size_t length_at;

    rfb_put_rect_header(out, block->at, RFB_ZRLE);
    length_at = out->len;
    wire_put_u32(out, 0);
    if (settings->apart)
        rfb_deflate_restart(&e->out, true);
    else if (settings->interrupted)
        rfb_deflate_forget(&e->out);
    rfb_deflate_begin(&e->out, level, out);
    for (int32_t y = 0; y < block->at.h; y += TILE) {
        for (int32_t x = 0; x < block->at.w; x += TILE) {
            struct rect at = {x, y, MIN_OF(TILE, block->at.w - x), MIN_OF(TILE, block->at.h - y)};
            uint8_t *end;
            enum rfb_content content = RFB_REPEATS; /* of runs and indices */

            end = rle_tile_write(&e->tile, &settings->format, c, block, at, e->bytes);
            if (!e->bytes[0])
                content = rfb_content_of(e->bytes, (size_t)(end - e->bytes));
            rfb_deflate_expect(&e->out, content, out);
            rfb_deflate_add(&e->out, e->bytes, (size_t)(end - e->bytes), out);
        }
    }
    rfb_deflate_end(&e->out, out);
    wire_patch_u32(out, length_at, (uint32_t)(out->len - length_at - 4));
    return 1;
}

const struct rfb_encoder rfb_zrle_encoder = {zrle_encoder_create, zrle_encode, zrle_encoder_destroy,
                                             .streams = true, .starts = true};

/* ---- Decoder ---- */

enum {
    PLAIN_SIZE = 64 * 1024, /* room for inflated tiles: more than the longest one */
    FEW_BYTES = 16 * 1024,  /* with fewer, and more to come, a tile is not looked at again */
};

struct zrle_decoder {
    struct rfb_target target;
    struct rfb_inflate in;
    bool has_length;
    int32_t x, y; /* the next tile, within the rectangle */
    size_t filled;
    uint8_t plain[PLAIN_SIZE];
    struct rle_tile_reader tile;
};

static void *zrle_decoder_create(void)
{
    return mem_new0(struct zrle_decoder);
}

static void zrle_decoder_destroy(void *state)
{
    struct zrle_decoder *d = state;

    if (d)
        rfb_inflate_finish(&d->in);
    free(d);
}

static void zrle_begin(void *state, const struct pixel_format *format, struct surface *to,
                       struct rect r)
{
    struct zrle_decoder *d = state;

    d->target = (struct rfb_target){*format, to, r};
    rle_tile_begin(&d->tile, "ZRLE", false, format);
    d->has_length = false;
    d->x = d->y = 0;
    d->filled = 0;
}

static void next_tile(struct zrle_decoder *d)
{
    d->x += TILE;
    if (d->x >= d->target.r.w) {
        d->x = 0;
        d->y += TILE;
    }
}

/* All the whole tiles that are inflated; the rest moves to the front. */
static int take_tiles(struct zrle_decoder *d, struct err *err)
{
    struct wire_reader in = wire_reader_of(d->plain, d->filled);
    int answer = 1;

    while (d->y < d->target.r.h) {
        struct rect at = {d->x, d->y, MIN_OF(TILE, d->target.r.w - d->x),
                          MIN_OF(TILE, d->target.r.h - d->y)};
        struct wire_reader tile = in;

        answer = rle_tile_read(&d->tile, &tile, at, err);
        if (answer <= 0)
            break;
        rle_tile_store(&d->tile, &d->target, at);
        next_tile(d);
        in = tile;
    }
    d->filled = wire_left(&in);
    memmove(d->plain, in.at, d->filled);
    return answer < 0 ? -1 : 0;
}

static int zrle_run(struct zrle_decoder *d, const uint8_t *data, size_t len, size_t *used,
                    struct err *err)
{
    while (d->y < d->target.r.h) {
        size_t n, made;

        if (rfb_inflate_some(&d->in, data + *used, len - *used, &n, d->plain + d->filled,
                             PLAIN_SIZE - d->filled, &made, err))
            return -1;
        *used += n;
        d->filled += made;
        if (made && take_tiles(d, err))
            return -1;
        if (made || n || d->y >= d->target.r.h)
            continue;
        if (d->in.left)
            return 0;
        return err_set(err, "a ZRLE rectangle ends before its last tile");
    }
    if (d->filled)
        return err_set(err, "a ZRLE rectangle has more bytes than its tiles");
    while (d->in.left) {
        size_t n;
        int answer = rfb_inflate_drain(&d->in, data + *used, len - *used, &n, err);

        if (answer <= 0) {
            *used += answer ? 0 : n;
            return answer;
        }
        *used += n;
    }
    return 1;
}

static enum rfb_decoded zrle_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                    struct err *err)
{
    struct zrle_decoder *d = state;

    *used = 0;
    if (!d->has_length) {
        struct wire_reader in = wire_reader_of(data, len);
        uint32_t length = wire_get_u32(&in);

        if (in.failed)
            return RFB_DECODE_NEEDS_MORE;
        rfb_inflate_begin(&d->in, length);
        d->has_length = true;
        *used = 4;
    }
    if (len - *used < MIN_OF(d->in.left, (size_t)FEW_BYTES))
        return RFB_DECODE_NEEDS_MORE;
    return (enum rfb_decoded)zrle_run(d, data, len, used, err);
}

const struct rfb_decoder rfb_zrle_decoder = {zrle_decoder_create, zrle_begin, zrle_decode,
                                             zrle_decoder_destroy};
