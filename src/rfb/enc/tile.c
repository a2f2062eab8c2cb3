/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tiles of ZRLE and TRLE: one colour, a palette, runs, or pixels; see tile.h. */
#include "rfb/enc/tile.h"

#include "base/arith.h"

enum {
    ONE_COLOUR = 1,
    PACKED_MAX = 16,
    PACKED_AGAIN = 127, /* with the palette of the tile before */
    PLAIN_RUNS = 128,
    RUNS_AGAIN = 129,
};

struct cpixel cpixel_of(const struct pixel_format *f)
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
/* ---- Writing ---- */

static void tile_load(struct rle_tile_writer *t, const struct pixel_format *f,
                      const struct rfb_block *block, struct rect at)
{
    t->width = (uint32_t)at.w;
    t->pixels = (uint32_t)(at.w * at.h);
    for (int32_t y = 0; y < at.h; y++)
        pixel_values_from_surface(f, t->values + y * at.w, rfb_block_row(block, at.y + y) + at.x,
                                  (size_t)at.w);
}

static void tile_analyse(struct rle_tile_writer *t)
{
    rfb_palette_clear(&t->palette);
    t->has_palette = true;
    t->runs = t->singles = 0;
    for (uint32_t i = 0, start; i < t->pixels;) {
        uint32_t value = t->values[i];

        for (start = i++; i < t->pixels && t->values[i] == value;)
            i++;
        if (t->has_palette) {
            int index = rfb_palette_index(&t->palette, value, RLE_TILE_COLOURS);

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

static uint8_t *put_palette(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
{
    for (uint32_t i = 0; i < t->palette.count; i++)
        to = cpixel_put(c, to, t->palette.colours[i]);
    return to;
}

static uint8_t *put_pixels(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
{
    *to++ = 0;
    for (uint32_t i = 0; i < t->pixels; i++)
        to = cpixel_put(c, to, t->values[i]);
    return to;
}

static uint8_t *put_plain_runs(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
{
    *to++ = PLAIN_RUNS;
    for (uint32_t run = 0, at = 0; run < t->runs; at += t->length[run++])
        to = put_length(cpixel_put(c, to, t->values[at]), t->length[run]);
    return to;
}

static uint8_t *put_palette_runs(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
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

static uint8_t *put_packed(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
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
static uint8_t *tile_put(const struct rle_tile_writer *t, struct cpixel c, uint8_t *to)
{
    uint32_t n = t->palette.count, best = t->pixels * c.bytes;
    uint8_t *(*put)(const struct rle_tile_writer *, struct cpixel, uint8_t *) = put_pixels;
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
    return n <= PACKED_MAX && packed < best ? put_packed(t, c, to) : put(t, c, to);
}
uint8_t *rle_tile_write(struct rle_tile_writer *t, const struct pixel_format *f, struct cpixel c,
                        const struct rfb_block *block, struct rect at, uint8_t *to)
{
    tile_load(t, f, block, at);
    tile_analyse(t);
    return tile_put(t, c, to);
}

/* ---- Reading ---- */

static uint32_t get_cpixel(const struct rle_tile_reader *d, struct wire_reader *in)
{
    const uint8_t *bytes = wire_get_bytes(in, d->cpixel.bytes);

    return bytes ? cpixel_get(d->cpixel, bytes) : 0;
}

static void get_palette(struct rle_tile_reader *d, struct wire_reader *in, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        d->palette[i] = get_cpixel(d, in);
    d->colours = count;
}

/* These fill d->values; a reader at its end is seen by the caller. -1: a rule is broken. */
static int get_pixels(struct rle_tile_reader *d, struct wire_reader *in, uint32_t pixels)
{
    const uint8_t *bytes = wire_get_bytes(in, pixels * d->cpixel.bytes);

    for (uint32_t i = 0; bytes && i < pixels; i++)
        d->values[i] = cpixel_get(d->cpixel, bytes + i * d->cpixel.bytes);
    return 0;
}

static int get_packed(struct rle_tile_reader *d, struct wire_reader *in, unsigned count,
                      struct rect at, struct err *err)
{
    unsigned bits = index_bits(count), mask = (1u << bits) - 1;
    size_t row = ((unsigned)at.w * bits + 7) / 8;

    for (int32_t y = 0; y < at.h; y++) {
        const uint8_t *bytes = wire_get_bytes(in, row);

        if (!bytes)
            return 0;
        for (unsigned x = 0; x < (unsigned)at.w; x++) {
            unsigned bit = x * bits;
            unsigned index = (unsigned)bytes[bit / 8] >> (8 - bits - bit % 8) & mask;

            if (index >= count)
                return err_set(err, "a %s tile uses colour %u of %u", d->name, index, count);
            d->values[(unsigned)y * (unsigned)at.w + x] = d->palette[index];
        }
    }
    return 0;
}

static int put_run(struct rle_tile_reader *d, struct wire_reader *in, uint32_t value, uint32_t *at,
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
        return err_set(err, "a %s run goes over its tile's end", d->name);
    for (uint32_t end = *at + length; *at < end; ++*at)
        d->values[*at] = value;
    return 0;
}

static int get_runs(struct rle_tile_reader *d, struct wire_reader *in, unsigned count,
                    uint32_t pixels, struct err *err)
{
    for (uint32_t at = 0; at < pixels && !in->failed;) {
        uint32_t value;

        if (count) {
            unsigned byte = wire_get_u8(in), index = byte & 127;

            if (index >= count && !in->failed)
                return err_set(err, "a %s tile uses colour %u of %u", d->name, index, count);
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

void rle_tile_begin(struct rle_tile_reader *d, const char *name, bool reuses,
                    const struct pixel_format *f)
{
    d->name = name;
    d->reuses = reuses;
    d->cpixel = cpixel_of(f);
    d->colours = 0;
}

static void fill(struct rle_tile_reader *d, uint32_t value, uint32_t pixels)
{
    for (uint32_t i = 0; i < pixels; i++)
        d->values[i] = value;
}

int rle_tile_read(struct rle_tile_reader *d, struct wire_reader *in, struct rect at,
                  struct err *err)
{
    unsigned kind = wire_get_u8(in);
    bool again = kind == PACKED_AGAIN || kind == RUNS_AGAIN;
    bool packed = kind == PACKED_AGAIN || (kind > ONE_COLOUR && kind <= PACKED_MAX);
    uint32_t pixels = (uint32_t)(at.w * at.h);
    int answer = 0;

    if ((again && !d->reuses) || (!packed && kind > PACKED_MAX && kind < PLAIN_RUNS))
        return err_set(err, "a %s tile is of the unknown kind %u", d->name, kind);
    if (again && (!d->colours || (packed && d->colours > PACKED_MAX)))
        return err_set(err, "a %s tile uses an earlier palette that does not exist", d->name);
    if (!again && (packed || kind > RUNS_AGAIN))
        get_palette(d, in, packed ? kind : kind - PLAIN_RUNS);
    if (!kind)
        answer = get_pixels(d, in, pixels);
    else if (kind == ONE_COLOUR)
        fill(d, get_cpixel(d, in), pixels);
    else if (packed)
        answer = get_packed(d, in, d->colours, at, err);
    else
        answer = get_runs(d, in, kind == PLAIN_RUNS ? 0 : d->colours, pixels, err);
    return answer ? -1 : !in->failed;
}

void rle_tile_store(const struct rle_tile_reader *d, const struct rfb_target *t, struct rect at)
{
    for (int32_t y = 0; y < at.h; y++)
        pixel_values_to_surface(&t->format, surface_row(t->to, t->r.y + at.y + y) + t->r.x + at.x,
                                d->values + y * at.w, (size_t)at.w);
}
