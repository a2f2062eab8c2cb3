/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ZRLE (16): tiles of 64×64, each one colour, a palette, runs, or pixels, all through one
 * compression stream. Its CPIXEL is a pixel whose unused fourth byte is left away: as everybody
 * does it, which is by where the colours' bits lie, whatever depth the format names.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/palette.h"
#include "rfb/enc/stream.h"

#include <stdlib.h>

enum {
    TILE = 64,
    TILE_PIXELS = TILE * TILE,
    PALETTE_LIMIT = 127,
    TILE_BYTES_MAX = 1 + TILE_PIXELS * 5, /* every run one pixel: 4 bytes and a length */
    ONE_COLOUR = 1,
    PLAIN_RUNS = 128,
};

/* A CPIXEL: `bytes` of the value shifted right by `shift`, in the format's order. */
struct cpixel {
    unsigned bytes, shift;
    bool big;
};

static struct cpixel cpixel_of(const struct pixel_format *f)
{
    uint64_t mask = (uint64_t)f->red_max << f->red_shift |
                    (uint64_t)f->green_max << f->green_shift |
                    (uint64_t)f->blue_max << f->blue_shift;
    bool low = mask < 1 << 24, high = !(mask & 0xff);

    if (f->bits_per_pixel != 32 || (!low && !high))
        return (struct cpixel){f->bits_per_pixel / 8u, 0, f->big_endian};
    if (low && high) /* either would do: the first three bytes on the wire */
        return (struct cpixel){3, f->big_endian ? 8 : 0, f->big_endian};
    return (struct cpixel){3, low ? 0 : 8, f->big_endian};
}

static inline uint8_t *cpixel_put(struct cpixel c, uint8_t *to, uint32_t value)
{
    value >>= c.shift;
    if (c.bytes == 3 && !c.big) { /* what nearly everybody has */
        to[0] = (uint8_t)value;
        to[1] = (uint8_t)(value >> 8);
        to[2] = (uint8_t)(value >> 16);
        return to + 3;
    }
    for (unsigned i = 0; i < c.bytes; i++)
        to[c.big ? c.bytes - 1 - i : i] = (uint8_t)(value >> 8 * i);
    return to + c.bytes;
}

static inline uint32_t cpixel_get(struct cpixel c, const uint8_t *from)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < c.bytes; i++)
        value |= (uint32_t)from[c.big ? c.bytes - 1 - i : i] << 8 * i;
    return value << c.shift;
}

/* ---- Encoder ---- */

/* A tile taken apart: its runs, each with its colour's index while the palette holds them all. */
struct tile {
    uint32_t values[TILE_PIXELS];
    uint32_t pixels, width;
    uint32_t runs, singles; /* singles: runs of one pixel */
    uint16_t length[TILE_PIXELS];
    uint8_t index[TILE_PIXELS];
    struct rfb_palette palette;
    bool has_palette;
};

struct zrle_encoder {
    struct rfb_deflate out;
    struct tile tile;
    uint8_t bytes[TILE_BYTES_MAX];
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

static void tile_load(struct tile *t, const struct pixel_format *f, const struct rfb_block *block,
                      struct rect at)
{
    t->width = (uint32_t)at.w;
    t->pixels = (uint32_t)(at.w * at.h);
    for (int32_t y = 0; y < at.h; y++)
        pixel_values_from_surface(f, t->values + y * at.w, rfb_block_row(block, at.y + y) + at.x,
                                  (size_t)at.w);
}

static void tile_analyse(struct tile *t)
{
    rfb_palette_clear(&t->palette);
    t->has_palette = true;
    t->runs = t->singles = 0;
    for (uint32_t i = 0, start; i < t->pixels;) {
        uint32_t value = t->values[i];

        for (start = i++; i < t->pixels && t->values[i] == value;)
            i++;
        if (t->has_palette) {
            int index = rfb_palette_index(&t->palette, value, PALETTE_LIMIT);

            t->has_palette = index >= 0;
            t->index[t->runs] = (uint8_t)index;
        }
        t->singles += i - start == 1;
        t->length[t->runs++] = (uint16_t)(i - start);
    }
}

/* A run's length: 255 for each whole 255 of length - 1, then the rest. */
static uint8_t *put_length(uint8_t *to, uint32_t length)
{
    for (length--; length >= 255; length -= 255)
        *to++ = 255;
    *to++ = (uint8_t)length;
    return to;
}

static uint8_t *put_palette(const struct tile *t, struct cpixel c, uint8_t *to)
{
    for (uint32_t i = 0; i < t->palette.count; i++)
        to = cpixel_put(c, to, t->palette.colours[i]);
    return to;
}

static uint8_t *put_pixels(const struct tile *t, struct cpixel c, uint8_t *to)
{
    *to++ = 0;
    for (uint32_t i = 0; i < t->pixels; i++)
        to = cpixel_put(c, to, t->values[i]);
    return to;
}

static uint8_t *put_plain_runs(const struct tile *t, struct cpixel c, uint8_t *to)
{
    *to++ = PLAIN_RUNS;
    for (uint32_t run = 0, at = 0; run < t->runs; at += t->length[run++])
        to = put_length(cpixel_put(c, to, t->values[at]), t->length[run]);
    return to;
}

static uint8_t *put_palette_runs(const struct tile *t, struct cpixel c, uint8_t *to)
{
    *to++ = (uint8_t)(PLAIN_RUNS + t->palette.count);
    to = put_palette(t, c, to);
    for (uint32_t run = 0; run < t->runs; run++) {
        if (t->length[run] == 1) {
            *to++ = t->index[run];
            continue;
        }
        *to++ = (uint8_t)(t->index[run] | 128);
        to = put_length(to, t->length[run]);
    }
    return to;
}

static unsigned index_bits(uint32_t colours)
{
    return colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
}

static uint8_t *put_packed(const struct tile *t, struct cpixel c, uint8_t *to)
{
    unsigned bits = index_bits(t->palette.count), held = 0;
    uint32_t run = 0, left = t->length[0], acc = 0;

    *to++ = (uint8_t)t->palette.count;
    to = put_palette(t, c, to);
    for (uint32_t i = 0, x = 0; i < t->pixels; i++) {
        if (!left)
            left = t->length[++run];
        left--;
        acc = acc << bits | t->index[run];
        held += bits;
        if (++x == t->width) { /* each row begins with a byte of its own */
            x = 0;
            acc <<= 8 - held;
            held = 8;
        }
        if (held == 8) {
            *to++ = (uint8_t)acc;
            acc = held = 0;
        }
    }
    return to;
}

/* The smallest of the ways, by the bytes before compression. */
static uint8_t *tile_put(const struct tile *t, struct cpixel c, uint8_t *to)
{
    uint32_t n = t->palette.count, best = t->pixels * c.bytes;
    uint8_t *(*put)(const struct tile *, struct cpixel, uint8_t *) = put_pixels;
    uint32_t plain = t->runs * (c.bytes + 1), runs, packed;

    if (t->has_palette && n == 1) {
        *to++ = ONE_COLOUR;
        return cpixel_put(c, to, t->values[0]);
    }
    if (plain < best) {
        put = put_plain_runs;
        best = plain;
    }
    if (!t->has_palette)
        return put(t, c, to);
    runs = n * c.bytes + 2 * t->runs - t->singles;
    if (runs < best) {
        put = put_palette_runs;
        best = runs;
    }
    packed = n * c.bytes + (t->width * index_bits(n) + 7) / 8 * (t->pixels / t->width);
    return n <= 16 && packed < best ? put_packed(t, c, to) : put(t, c, to);
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
    rfb_deflate_begin(&e->out, level, out);
    for (int32_t y = 0; y < block->at.h; y += TILE) {
        for (int32_t x = 0; x < block->at.w; x += TILE) {
            struct rect at = {x, y, MIN_OF(TILE, block->at.w - x), MIN_OF(TILE, block->at.h - y)};
            uint8_t *end;
            bool noise;

            tile_load(&e->tile, &settings->format, block, at);
            tile_analyse(&e->tile);
            end = tile_put(&e->tile, c, e->bytes);
            noise = !e->bytes[0] && rfb_is_noise(e->bytes, (size_t)(end - e->bytes));
            rfb_deflate_set_level(&e->out, noise ? 0 : level, out);
            rfb_deflate_add(&e->out, e->bytes, (size_t)(end - e->bytes), out);
        }
    }
    rfb_deflate_end(&e->out, out);
    wire_patch_u32(out, length_at, (uint32_t)(out->len - length_at - 4));
    return 1;
}

const struct rfb_encoder rfb_zrle_encoder = {zrle_encoder_create, zrle_encode,
                                             zrle_encoder_destroy};

/* ---- Decoder ---- */

enum {
    PLAIN_SIZE = 64 * 1024, /* room for inflated tiles: more than the longest one */
    FEW_BYTES = 16 * 1024,  /* with fewer, and more to come, a tile is not looked at again */
};

struct zrle_decoder {
    struct rfb_target target;
    struct cpixel cpixel;
    struct rfb_inflate in;
    bool has_length;
    int32_t x, y; /* the next tile, within the rectangle */
    size_t filled;
    uint8_t plain[PLAIN_SIZE];
    uint32_t palette[PALETTE_LIMIT];
    uint32_t values[TILE_PIXELS];
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
    d->cpixel = cpixel_of(format);
    d->has_length = false;
    d->x = d->y = 0;
    d->filled = 0;
}

static uint32_t get_cpixel(const struct zrle_decoder *d, struct wire_reader *in)
{
    const uint8_t *bytes = wire_get_bytes(in, d->cpixel.bytes);

    return bytes ? cpixel_get(d->cpixel, bytes) : 0;
}

static void get_palette(struct zrle_decoder *d, struct wire_reader *in, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        d->palette[i] = get_cpixel(d, in);
}

/* These fill d->values; a reader at its end is seen by the caller. -1: a rule is broken. */
static int get_pixels(struct zrle_decoder *d, struct wire_reader *in, uint32_t pixels)
{
    const uint8_t *bytes = wire_get_bytes(in, pixels * d->cpixel.bytes);

    for (uint32_t i = 0; bytes && i < pixels; i++)
        d->values[i] = cpixel_get(d->cpixel, bytes + i * d->cpixel.bytes);
    return 0;
}

static int get_packed(struct zrle_decoder *d, struct wire_reader *in, unsigned count,
                      struct rect at, struct err *err)
{
    unsigned bits = index_bits(count), mask = (1u << bits) - 1;
    size_t row = ((unsigned)at.w * bits + 7) / 8;

    get_palette(d, in, count);
    for (int32_t y = 0; y < at.h; y++) {
        const uint8_t *bytes = wire_get_bytes(in, row);

        if (!bytes)
            return 0;
        for (unsigned x = 0; x < (unsigned)at.w; x++) {
            unsigned bit = x * bits;
            unsigned index = (unsigned)bytes[bit / 8] >> (8 - bits - bit % 8) & mask;

            if (index >= count)
                return err_set(err, "a ZRLE tile uses colour %u of %u", index, count);
            d->values[(unsigned)y * (unsigned)at.w + x] = d->palette[index];
        }
    }
    return 0;
}

static int put_run(struct zrle_decoder *d, struct wire_reader *in, uint32_t value, uint32_t *at,
                   uint32_t pixels, struct err *err)
{
    uint32_t length = 1, byte;

    do {
        byte = wire_get_u8(in);
        length += byte;
    } while (byte == 255 && length <= pixels - *at);
    if (in->failed)
        return 0;
    if (length > pixels - *at)
        return err_set(err, "a ZRLE run goes over its tile's end");
    for (uint32_t end = *at + length; *at < end; ++*at)
        d->values[*at] = value;
    return 0;
}

static int get_runs(struct zrle_decoder *d, struct wire_reader *in, unsigned count, uint32_t pixels,
                    struct err *err)
{
    get_palette(d, in, count);
    for (uint32_t at = 0; at < pixels && !in->failed;) {
        uint32_t value;

        if (count) {
            unsigned byte = wire_get_u8(in), index = byte & 127;

            if (index >= count && !in->failed)
                return err_set(err, "a ZRLE tile uses colour %u of %u", index, count);
            value = d->palette[MIN_OF(index, count - 1)];
            if (byte < 128) {
                d->values[at++] = value;
                continue;
            }
        } else {
            value = get_cpixel(d, in);
        }
        if (put_run(d, in, value, &at, pixels, err))
            return -1;
    }
    return 0;
}

/* One tile out of the inflated bytes: 1 and in->at behind it, 0: not all there, -1: wrong. */
static int get_tile(struct zrle_decoder *d, struct wire_reader *in, struct rect at, struct err *err)
{
    unsigned kind = wire_get_u8(in);
    uint32_t pixels = (uint32_t)(at.w * at.h);
    int answer = 0;

    if (!kind) {
        answer = get_pixels(d, in, pixels);
    } else if (kind == ONE_COLOUR) {
        uint32_t value = get_cpixel(d, in);

        for (uint32_t i = 0; i < pixels; i++)
            d->values[i] = value;
    } else if (kind <= 16) {
        answer = get_packed(d, in, kind, at, err);
    } else if (kind == PLAIN_RUNS || kind >= 130) {
        answer = get_runs(d, in, kind - PLAIN_RUNS, pixels, err);
    } else {
        return err_set(err, "a ZRLE tile is of the unknown kind %u", kind);
    }
    return answer ? -1 : !in->failed;
}

static void store_tile(struct zrle_decoder *d, struct rect at)
{
    const struct rfb_target *t = &d->target;

    for (int32_t y = 0; y < at.h; y++)
        pixel_values_to_surface(&t->format, surface_row(t->to, t->r.y + at.y + y) + t->r.x + at.x,
                                d->values + y * at.w, (size_t)at.w);
    d->x += TILE;
    if (d->x >= t->r.w) {
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

        answer = get_tile(d, &tile, at, err);
        if (answer <= 0)
            break;
        store_tile(d, at);
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
