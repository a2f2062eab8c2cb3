/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tight's encoder (7), and TightPNG's (-260): a rectangle is one colour, or pixels through a filter
 * and one of four compression streams, or JPEG. It writes fill, one bit or one byte palette
 * indices, and for more colours plain pixels or, to a client that asked for a quality, JPEG. In
 * TightPNG an image stands for what would be compressed: for clients that have a PNG decoder at
 * hand but no inflate.
 *
 * Its decoder is tight_decoder.c.
 */
#include "rfb/enc/tight.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "pixel/image_png.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/jpeg_data.h"
#include "rfb/enc/palette.h"
#include "rfb/enc/stream.h"

#include <stdlib.h>

enum {
    AREA_MAX = 65536,  /* pixels a rectangle: larger ones are cut, so that palettes stay local */
    PIECE = 256,       /* into squares of this side */
    JPEG_PIECE = 128,  /* where some may be JPEG: so that text beside a picture stays text */
    JPEG_LEAST = 1024, /* pixels; an image's head alone has 600 bytes */
    LOOK_STEP = 4,     /* rows, where a look here and there is enough */
    STEP_PIXELS = 8192,
    COMPACT_BYTES = 3,
    RECT_HEADER_BYTES = 12,
    COPY_STREAM = 0,
    MONO_STREAM = 1,
    INDEX_STREAM = 2,
};

struct tight_encoder {
    struct rfb_deflate streams[TIGHT_STREAMS];
    struct rfb_palette palette;
    uint32_t values[AREA_MAX];
    uint8_t indices[AREA_MAX];
    uint8_t bytes[STEP_PIXELS * 4]; /* on their way to a stream, a few rows */
    struct rfb_jpeg_writer *jpeg;   /* made when first used */
    bool png;                       /* this is TightPNG */
    int level;
    bool forgetful;
    bool compact_open;
    size_t compact_at;
    unsigned to_reset; /* streams that start anew when they are used next, by bits */
};

static void *tight_encoder_create(void)
{
    return mem_new0(struct tight_encoder);
}

static void *tight_png_encoder_create(void)
{
    struct tight_encoder *e = tight_encoder_create();

    e->png = true;
    return e;
}

static void tight_encoder_destroy(void *state)
{
    struct tight_encoder *e = state;

    for (int i = 0; e && i < TIGHT_STREAMS; i++)
        rfb_deflate_finish(&e->streams[i]);
    if (e)
        rfb_jpeg_writer_destroy(e->jpeg);
    free(e);
}

/* Fills values and, as long as 256 colours are enough, indices and the palette. */
static bool find_palette(struct tight_encoder *e, const struct pixel_format *f,
                         const struct rfb_block *block, struct rect at, uint32_t limit)
{
    uint32_t last = 0;
    int index = -1;
    size_t i = 0;

    rfb_palette_clear(&e->palette);
    for (int32_t y = 0; y < at.h; y++)
        pixel_values_from_surface(f, e->values + (size_t)y * (size_t)at.w,
                                  rfb_block_row(block, at.y + y) + at.x, (size_t)at.w);
    for (size_t end = (size_t)at.w * (size_t)at.h; i < end; i++) {
        if (index < 0 || e->values[i] != last) {
            last = e->values[i];
            index = rfb_palette_index(&e->palette, last, limit);
            if (index < 0)
                return false;
        }
        e->indices[i] = (uint8_t)index;
    }
    return true;
}

/* The control byte's lower half: what the client has of this stream means nothing any more. */
static uint8_t reset_bit(struct tight_encoder *e, int stream, size_t total)
{
    uint8_t bit = (uint8_t)(e->to_reset & 1u << stream);

    if (!bit || total < TIGHT_PLAIN_MAX)
        return 0;
    e->to_reset &= ~(unsigned)bit;
    rfb_deflate_restart(&e->streams[stream], false);
    return bit;
}

/* The data behind a filter: compressed with its length in three bytes, unless it is very short. */
static void data_begin(struct tight_encoder *e, int stream, size_t total, struct buf *out)
{
    e->compact_open = total >= TIGHT_PLAIN_MAX;
    if (!e->compact_open)
        return;
    e->compact_at = out->len;
    wire_put_zeros(out, COMPACT_BYTES);
    if (e->forgetful)
        rfb_deflate_forget(&e->streams[stream]);
    rfb_deflate_begin(&e->streams[stream], e->level, out);
}

static void data_add(struct tight_encoder *e, int stream, const void *data, size_t len,
                     struct buf *out)
{
    if (e->compact_open)
        rfb_deflate_add(&e->streams[stream], data, len, out);
    else
        buf_append(out, data, len);
}

/* What came after the three bytes at compact_at is of this length. */
static void patch_length(struct tight_encoder *e, struct buf *out)
{
    size_t len = out->len - e->compact_at - COMPACT_BYTES;

    out->data[e->compact_at] = (uint8_t)(len | 0x80);
    out->data[e->compact_at + 1] = (uint8_t)(len >> 7 | 0x80);
    out->data[e->compact_at + 2] = (uint8_t)(len >> 14);
}

static void data_end(struct tight_encoder *e, int stream, struct buf *out)
{
    if (!e->compact_open)
        return;
    rfb_deflate_end(&e->streams[stream], out);
    patch_length(e, out);
}

static void put_palette(struct tight_encoder *e, const struct tpixel *t, int stream, size_t total,
                        struct buf *out)
{
    wire_put_u8(out, (uint8_t)((TIGHT_FILTER | stream) << 4 | reset_bit(e, stream, total)));
    wire_put_u8(out, TIGHT_PALETTE_FILTER);
    wire_put_u8(out, (uint8_t)(e->palette.count - 1));
    for (uint32_t i = 0; i < e->palette.count; i++)
        tpixel_put(t, buf_extend(out, t->bytes), e->palette.colours[i]);
}

static void put_mono(struct tight_encoder *e, const struct tpixel *t, struct rect at,
                     struct buf *out)
{
    size_t row = ((size_t)at.w + 7) / 8;

    put_palette(e, t, MONO_STREAM, row * (size_t)at.h, out);
    data_begin(e, MONO_STREAM, row * (size_t)at.h, out);
    for (int32_t y = 0; y < at.h; y++) {
        const uint8_t *index = e->indices + (size_t)y * (size_t)at.w;

        memset(e->bytes, 0, row);
        for (int32_t x = 0; x < at.w; x++)
            e->bytes[x / 8] = (uint8_t)(e->bytes[x / 8] | index[x] << (7 - x % 8));
        data_add(e, MONO_STREAM, e->bytes, row, out);
    }
    data_end(e, MONO_STREAM, out);
}

static void put_indexed(struct tight_encoder *e, const struct tpixel *t, struct rect at,
                        struct buf *out)
{
    size_t pixels = (size_t)at.w * (size_t)at.h;

    put_palette(e, t, INDEX_STREAM, pixels, out);
    data_begin(e, INDEX_STREAM, pixels, out);
    data_add(e, INDEX_STREAM, e->indices, pixels, out);
    data_end(e, INDEX_STREAM, out);
}

static uint8_t *put_values(const struct tight_encoder *e, const struct tpixel *t, size_t from,
                           size_t count, uint8_t *to)
{
    for (size_t i = from; i < from + count; i++)
        to = tpixel_put(t, to, e->values[i]);
    return to;
}

static void put_copy(struct tight_encoder *e, const struct tpixel *t, struct rect at,
                     struct buf *out)
{
    size_t pixels = (size_t)at.w * (size_t)at.h, step = STEP_PIXELS;

    wire_put_u8(out, (uint8_t)(COPY_STREAM << 4 | reset_bit(e, COPY_STREAM, pixels * t->bytes)));
    data_begin(e, COPY_STREAM, pixels * t->bytes, out);
    for (size_t done = 0, n; done < pixels; done += n) {
        uint8_t *end;

        n = MIN_OF(step, pixels - done);
        end = put_values(e, t, done, n, e->bytes);
        if (e->compact_open)
            rfb_deflate_expect(&e->streams[COPY_STREAM],
                               rfb_content_of(e->bytes, (size_t)(end - e->bytes)), out);
        data_add(e, COPY_STREAM, e->bytes, (size_t)(end - e->bytes), out);
    }
    data_end(e, COPY_STREAM, out);
}

/*
 * Text and drawings, however many colours their edges and shades have, consist of runs; what a
 * camera saw does not.
 */
static bool has_few_runs(const struct rfb_block *block, struct rect at)
{
    int32_t runs = 0, pixels = 0;

    for (int32_t y = at.y; y < at.y + at.h; y += LOOK_STEP, pixels += at.w) {
        const uint32_t *row = rfb_block_row(block, y) + at.x;

        for (int32_t x = 1; x < at.w; x++)
            runs += (row[x] ^ row[x - 1]) << 8 != 0;
    }
    return runs * 2 <= pixels;
}

static bool has_few_colours(struct tight_encoder *e, const struct rfb_block *block, struct rect at)
{
    rfb_palette_clear(&e->palette);
    for (int32_t y = at.y; y < at.y + at.h; y++)
        for (int32_t x = at.x; x < at.x + at.w; x++)
            if (rfb_palette_index(&e->palette, rfb_block_row(block, y)[x] & 0xffffff,
                                  RFB_PALETTE_MAX) < 0)
                return false;
    return true;
}

static bool is_picture(struct tight_encoder *e, const struct rfb_block *block, struct rect at)
{
    return !has_few_runs(block, at) && !has_few_colours(e, block, at);
}

/* False, and nothing written, when there is no JPEG. */
static bool put_jpeg(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                     const struct rfb_block *block, struct rect at, struct buf *out)
{
    size_t before = out->len;

    if (!e->jpeg)
        e->jpeg = rfb_jpeg_writer_create();
    wire_put_u8(out, TIGHT_JPEG << 4);
    e->compact_at = out->len;
    wire_put_zeros(out, COMPACT_BYTES);
    if (!rfb_jpeg_write(e->jpeg, settings, block, at, out)) {
        out->len = before;
        return false;
    }
    patch_length(e, out);
    return true;
}

/*
 * An image of the values, `indexed` by the palette or not: seen through the client's format, so
 * that it gets the colours it would have got in any other way. False as above.
 */
static bool put_png(struct tight_encoder *e, const struct pixel_format *f, struct rect at,
                    bool indexed, struct buf *out)
{
    struct image_png_picture picture = {.w = at.w, .h = at.h};
    size_t before = out->len;

    if (indexed) {
        picture.indices = e->indices;
        picture.palette = e->palette.colours;
        picture.colours = e->palette.count;
        pixel_values_to_surface(f, e->palette.colours, e->palette.colours, e->palette.count);
    } else {
        picture.pixels = e->values;
        picture.stride = (size_t)at.w;
        pixel_values_to_surface(f, e->values, e->values, (size_t)at.w * (size_t)at.h);
    }
    wire_put_u8(out, TIGHT_PNG << 4);
    e->compact_at = out->len;
    wire_put_zeros(out, COMPACT_BYTES);
    if (!image_png_write(&picture, e->level, out)) {
        out->len = before;
        return false;
    }
    patch_length(e, out);
    return true;
}

/* What is neither one colour nor JPEG, in Tight. */
static void put_basic(struct tight_encoder *e, const struct tpixel *t, struct rect at, bool few,
                      struct buf *out)
{
    size_t pixels = (size_t)at.w * (size_t)at.h;
    uint32_t n = e->palette.count;

    if (few && n == 2)
        put_mono(e, t, at, out);
    else if (few && n * t->bytes + pixels < pixels * t->bytes)
        put_indexed(e, t, at, out);
    else
        put_copy(e, t, at, out);
}

/* In TightPNG; Raw, which every client knows, for a piece of which libpng makes no image. */
static void put_image(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                      const struct rfb_block *block, struct rect at, bool few, struct buf *out)
{
    struct rect there = {block->at.x + at.x, block->at.y + at.y, at.w, at.h};
    struct rfb_block piece = {rfb_block_row(block, at.y) + at.x, block->stride, there};
    size_t before = out->len;

    if (put_png(e, &settings->format, at, few, out))
        return;
    out->len = before - RECT_HEADER_BYTES;
    rfb_raw_encoder.encode(NULL, settings, &piece, out);
}

static void put_header(const struct tight_encoder *e, const struct rfb_block *block, struct rect at,
                       struct buf *out)
{
    struct rect there = {block->at.x + at.x, block->at.y + at.y, at.w, at.h};

    rfb_put_rect_header(out, there, e->png ? RFB_TIGHT_PNG : RFB_TIGHT);
}

/* One rectangle, as it is; `at` is within the block. */
static void put_exact(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                      const struct rfb_block *block, struct rect at, struct buf *out)
{
    const struct pixel_format *f = &settings->format;
    struct tpixel t = tpixel_of(f);
    /* An index is no shorter than 8 bits; PNG packs it itself. */
    uint32_t limit = t.bytes == 1 && !e->png ? 2 : RFB_PALETTE_MAX;
    bool few = find_palette(e, f, block, at, limit);

    put_header(e, block, at, out);
    if (few && e->palette.count == 1) {
        wire_put_u8(out, TIGHT_FILL << 4);
        tpixel_put(&t, buf_extend(out, t.bytes), e->values[0]);
    } else if (e->png) {
        put_image(e, settings, block, at, few, out);
    } else {
        put_basic(e, &t, at, few, out);
    }
}

/* One rectangle or, where there is no JPEG for it, more; returns how many. */
static uint32_t put_picture(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                            const struct rfb_block *block, struct rect at, struct buf *out)
{
    size_t before = out->len;
    uint32_t count = 0;

    put_header(e, block, at, out);
    if (put_jpeg(e, settings, block, at, out)) {
        rfb_tell_lossy(settings, (struct rect){block->at.x + at.x, block->at.y + at.y, at.w, at.h});
        return 1;
    }
    out->len = before;
    for (int32_t x = at.x; x < at.x + at.w; x += PIECE, count++)
        put_exact(e, settings, block, (struct rect){x, at.y, MIN_OF(PIECE, at.x + at.w - x), at.h},
                  out);
    return count;
}

static uint32_t encode_exactly(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                               const struct rfb_block *block, struct buf *out)
{
    int32_t w = block->at.w, h = block->at.h;
    uint32_t count = 0;

    if (w <= TIGHT_WIDTH_MAX && w * h <= AREA_MAX) {
        put_exact(e, settings, block, (struct rect){0, 0, w, h}, out);
        return 1;
    }
    for (int32_t y = 0; y < h; y += PIECE)
        for (int32_t x = 0; x < w; x += PIECE, count++) {
            struct rect at = {x, y, MIN_OF(PIECE, w - x), MIN_OF(PIECE, h - y)};

            put_exact(e, settings, block, at, out);
        }
    return count;
}

/*
 * A row of pieces, `in`. Those that are pictures become one image where they adjoin: it has less to
 * say about itself than several have.
 */
static uint32_t put_row(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                        const struct rfb_block *block, struct rect in, struct buf *out)
{
    struct rect run = {in.x, in.y, 0, in.h};
    uint32_t count = 0;

    for (int32_t x = in.x; x < in.x + in.w; x += JPEG_PIECE) {
        struct rect at = {x, in.y, MIN_OF(JPEG_PIECE, in.x + in.w - x), in.h};
        bool jpeg = (run.w || at.w * at.h >= JPEG_LEAST) && is_picture(e, block, at);

        if (run.w && (!jpeg || run.w + at.w > TIGHT_WIDTH_MAX)) {
            count += put_picture(e, settings, block, run, out);
            run.w = 0;
        }
        if (jpeg) {
            run = (struct rect){at.x - run.w, at.y, run.w + at.w, at.h};
        } else {
            put_exact(e, settings, block, at, out);
            count++;
        }
    }
    return run.w ? count + put_picture(e, settings, block, run, out) : count;
}

static uint32_t encode_pictures(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                                const struct rfb_block *block, struct buf *out)
{
    int32_t w = block->at.w, h = block->at.h;
    struct rect all = {0, 0, w, h};
    uint32_t count = 0;

    if (w > TIGHT_WIDTH_MAX || w * h > JPEG_PIECE * JPEG_PIECE) {
        for (int32_t y = 0; y < h; y += JPEG_PIECE)
            count +=
                put_row(e, settings, block, (struct rect){0, y, w, MIN_OF(JPEG_PIECE, h - y)}, out);
        return count;
    }
    if (w * h >= JPEG_LEAST && is_picture(e, block, all))
        return put_picture(e, settings, block, all, out);
    put_exact(e, settings, block, all, out);
    return 1;
}

static uint32_t tight_encode(void *state, const struct rfb_encode_settings *settings,
                             const struct rfb_block *block, struct buf *out)
{
    struct tight_encoder *e = state;

    if (settings->apart || settings->interrupted)
        e->to_reset = (1u << TIGHT_STREAMS) - 1;
    e->level = rfb_deflate_level(settings->compression);
    e->forgetful = settings->forgetful;
    if (settings->quality && settings->format.bits_per_pixel > 8)
        return encode_pictures(e, settings, block, out);
    return encode_exactly(e, settings, block, out);
}

const struct rfb_encoder rfb_tight_encoder = {tight_encoder_create, tight_encode,
                                              tight_encoder_destroy, .streams = true};
const struct rfb_encoder rfb_tight_png_encoder = {tight_png_encoder_create, tight_encode,
                                                  tight_encoder_destroy};
