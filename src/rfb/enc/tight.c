/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tight (7): a rectangle is one colour, or pixels through a filter and one of four compression
 * streams, or JPEG. The encoder writes fill, one bit or one byte palette indices, and for more
 * colours plain pixels or, to a client that asked for a quality, JPEG; the decoder also reads the
 * gradient filter.
 *
 * The decoder's filters are in tight_filter.c.
 */
#include "rfb/enc/tight.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/jpeg_data.h"
#include "rfb/enc/palette.h"
#include "rfb/enc/stream.h"
#include "rfb/enc/tight_filter.h"

#include <stdlib.h>

/* ---- Encoder ---- */

enum {
    AREA_MAX = 65536,  /* pixels a rectangle: larger ones are cut, so that palettes stay local */
    PIECE = 256,       /* into squares of this side */
    JPEG_PIECE = 128,  /* where some may be JPEG: so that text beside a picture stays text */
    JPEG_LEAST = 1024, /* pixels; an image's head alone has 600 bytes */
    COMPACT_BYTES = 3,
    COPY_STREAM = 0,
    MONO_STREAM = 1,
    INDEX_STREAM = 2,
};

struct tight_encoder {
    struct rfb_deflate streams[TIGHT_STREAMS];
    struct rfb_palette palette;
    uint32_t values[AREA_MAX];
    uint8_t indices[AREA_MAX];
    uint8_t bytes[TIGHT_WIDTH_MAX * 4]; /* on their way to a stream, a row or so */
    struct rfb_jpeg_writer *jpeg;       /* made when first used */
    int level;
    bool compact_open;
    size_t compact_at;
};

static void *tight_encoder_create(void)
{
    return mem_new0(struct tight_encoder);
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

/* The data behind a filter: compressed with its length in three bytes, unless it is very short. */
static void data_begin(struct tight_encoder *e, int stream, size_t total, struct buf *out)
{
    e->compact_open = total >= TIGHT_PLAIN_MAX;
    if (!e->compact_open)
        return;
    e->compact_at = out->len;
    wire_put_zeros(out, COMPACT_BYTES);
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

static void put_palette(const struct tight_encoder *e, const struct tpixel *t, int stream,
                        struct buf *out)
{
    wire_put_u8(out, (uint8_t)((TIGHT_FILTER | stream) << 4));
    wire_put_u8(out, TIGHT_PALETTE_FILTER);
    wire_put_u8(out, (uint8_t)(e->palette.count - 1));
    for (uint32_t i = 0; i < e->palette.count; i++)
        tpixel_put(t, buf_extend(out, t->bytes), e->palette.colours[i]);
}

static void put_mono(struct tight_encoder *e, const struct tpixel *t, struct rect at,
                     struct buf *out)
{
    size_t row = ((size_t)at.w + 7) / 8;

    put_palette(e, t, MONO_STREAM, out);
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

    put_palette(e, t, INDEX_STREAM, out);
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
    size_t pixels = (size_t)at.w * (size_t)at.h, step = sizeof(e->bytes) / 4;

    wire_put_u8(out, COPY_STREAM << 4);
    data_begin(e, COPY_STREAM, pixels * t->bytes, out);
    for (size_t done = 0, n; done < pixels; done += n) {
        uint8_t *end;

        n = MIN_OF(step, pixels - done);
        end = put_values(e, t, done, n, e->bytes);
        if (e->compact_open)
            rfb_deflate_set_level(&e->streams[COPY_STREAM],
                                  rfb_is_noise(e->bytes, (size_t)(end - e->bytes)) ? 0 : e->level,
                                  out);
        data_add(e, COPY_STREAM, e->bytes, (size_t)(end - e->bytes), out);
    }
    data_end(e, COPY_STREAM, out);
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

/* One rectangle; `at` is within the block. */
static void put_piece(struct tight_encoder *e, const struct rfb_encode_settings *settings,
                      const struct rfb_block *block, struct rect at, struct buf *out)
{
    const struct pixel_format *f = &settings->format;
    struct tpixel t = tpixel_of(f);
    size_t pixels = (size_t)at.w * (size_t)at.h;
    uint32_t limit = t.bytes == 1 ? 2 : RFB_PALETTE_MAX, n; /* an index is no shorter than 8 bits */
    bool few = find_palette(e, f, block, at, limit);
    bool may_jpeg = settings->quality && t.bytes > 1 && !few && pixels >= JPEG_LEAST;

    rfb_put_rect_header(out, (struct rect){block->at.x + at.x, block->at.y + at.y, at.w, at.h},
                        RFB_TIGHT);
    n = e->palette.count;
    if (few && n == 1) {
        wire_put_u8(out, TIGHT_FILL << 4);
        tpixel_put(&t, buf_extend(out, t.bytes), e->values[0]);
    } else if (few && n == 2) {
        put_mono(e, &t, at, out);
    } else if (few && n * t.bytes + pixels < pixels * t.bytes) {
        put_indexed(e, &t, at, out);
    } else if (!may_jpeg || !put_jpeg(e, settings, block, at, out)) {
        put_copy(e, &t, at, out);
    }
}

static uint32_t tight_encode(void *state, const struct rfb_encode_settings *settings,
                             const struct rfb_block *block, struct buf *out)
{
    struct tight_encoder *e = state;
    int32_t w = block->at.w, h = block->at.h;
    int32_t piece = settings->quality ? JPEG_PIECE : PIECE;
    bool whole = w <= TIGHT_WIDTH_MAX && w * h <= (settings->quality ? piece * piece : AREA_MAX);
    int32_t step_x = whole ? w : piece, step_y = whole ? h : piece;
    uint32_t count = 0;

    e->level = rfb_deflate_level(settings->compression);
    for (int32_t y = 0; y < h; y += step_y) {
        for (int32_t x = 0; x < w; x += step_x, count++) {
            struct rect at = {x, y, MIN_OF(step_x, w - x), MIN_OF(step_y, h - y)};

            put_piece(e, settings, block, at, out);
        }
    }
    return count;
}

const struct rfb_encoder rfb_tight_encoder = {tight_encoder_create, tight_encode,
                                              tight_encoder_destroy};

/* ---- Decoder ---- */

enum tight_step {
    CONTROL,
    FILL,
    FILTER,
    PALETTE_SIZE,
    PALETTE,
    LENGTH,
    PLAIN,
    DEFLATED,
    DRAIN,
    JPEG_LENGTH,
    JPEG,
    JPEG_REST, /* bytes behind the image, which mean nothing */
};

struct tight_decoder {
    struct rfb_target target;
    struct rfb_inflate streams[TIGHT_STREAMS];
    struct rfb_inflate *in; /* of this rectangle */
    enum tight_step step;
    struct tight_filter filter;
    struct rfb_jpeg_reader *jpeg; /* made when first used */
    size_t jpeg_left;             /* bytes of its data to come */
    size_t row, filled;           /* bytes of a filtered row; of these there so far */
    int32_t y;
    uint8_t bytes[TIGHT_WIDTH_MAX * 4];
};

static void *tight_decoder_create(void)
{
    return mem_new0(struct tight_decoder);
}

static void tight_decoder_destroy(void *state)
{
    struct tight_decoder *d = state;

    for (int i = 0; d && i < TIGHT_STREAMS; i++)
        rfb_inflate_finish(&d->streams[i]);
    if (d)
        rfb_jpeg_reader_destroy(d->jpeg);
    free(d);
}

static void tight_begin(void *state, const struct pixel_format *format, struct surface *to,
                        struct rect r)
{
    struct tight_decoder *d = state;

    d->target = (struct rfb_target){*format, to, r};
    d->step = CONTROL;
    d->filled = 0;
    d->y = 0;
    tight_filter_begin(&d->filter, format, r.w);
}

static int read_control(struct tight_decoder *d, uint8_t control, struct err *err)
{
    unsigned kind = control >> 4;

    for (unsigned i = 0; i < TIGHT_STREAMS; i++)
        if (control >> i & 1)
            rfb_inflate_reset(&d->streams[i]);
    if (kind == TIGHT_FILL) {
        d->step = FILL;
        return 1;
    }
    if (kind == TIGHT_JPEG) {
        d->step = JPEG_LENGTH;
        return 1;
    }
    if (kind > TIGHT_JPEG)
        return err_set(err, "a Tight rectangle is of the unknown kind %u", kind);
    if (d->target.r.w > TIGHT_WIDTH_MAX)
        return err_set(err, "a Tight rectangle is %d pixels wide, more than %d", d->target.r.w,
                       TIGHT_WIDTH_MAX);
    d->in = &d->streams[kind & 3];
    d->step = kind & TIGHT_FILTER ? FILTER : LENGTH;
    d->row = tight_filter_row_bytes(&d->filter);
    return 1;
}

static void fill(const struct rfb_target *t, uint32_t value)
{
    uint32_t pixel;

    pixel_values_to_surface(&t->format, &pixel, &value, 1);
    for (int32_t y = 0; y < t->r.h; y++) {
        uint32_t *row = surface_row(t->to, t->r.y + y) + t->r.x;

        for (int32_t x = 0; x < t->r.w; x++)
            row[x] = pixel;
    }
}

/* Bits 0-6, then 7-13, then 14-21, as long as the top bit says so. 0: not all there. */
static size_t read_length(struct wire_reader *in)
{
    size_t length = 0;

    for (unsigned i = 0; i < 3; i++) {
        uint8_t byte = wire_get_u8(in);

        length |= (size_t)(i < 2 ? byte & 0x7f : byte) << 7 * i;
        if (i == 2 || byte < 0x80)
            break;
    }
    return length;
}

/* What is before the data. Each step takes all its bytes or none: 1, 0 needs more, -1 wrong. */
static int read_head(struct tight_decoder *d, struct wire_reader *in, struct err *err)
{
    struct wire_reader from = *in;
    const uint8_t *bytes;
    int answer = 1;

    if (d->step == CONTROL) {
        uint8_t control = wire_get_u8(&from);

        answer = from.failed ? 0 : read_control(d, control, err);
    } else if (d->step == FILTER || d->step == PALETTE_SIZE) {
        uint8_t byte = wire_get_u8(&from);

        if (from.failed)
            return 0;
        if (d->step == PALETTE_SIZE)
            answer = tight_filter_set_colours(&d->filter, byte + 1u);
        else
            answer = tight_filter_set_kind(&d->filter, byte, err);
        d->step = d->step == PALETTE_SIZE        ? PALETTE
                  : byte == TIGHT_PALETTE_FILTER ? PALETTE_SIZE
                                                 : LENGTH;
    } else if (d->step == PALETTE) {
        bytes = wire_get_bytes(&from, tight_filter_palette_bytes(&d->filter));
        if (!bytes)
            return 0;
        tight_filter_set_palette(&d->filter, bytes);
        d->step = LENGTH;
    } else {
        size_t length = 0;

        d->row = tight_filter_row_bytes(&d->filter);
        if (d->row * (size_t)d->target.r.h < TIGHT_PLAIN_MAX) {
            d->step = PLAIN;
            return 1;
        }
        length = read_length(&from);
        if (from.failed)
            return 0;
        rfb_inflate_begin(d->in, length);
        d->step = DEFLATED;
    }
    if (answer > 0)
        *in = from;
    return answer;
}

static int store_row(struct tight_decoder *d, const uint8_t *bytes, struct err *err)
{
    const struct rfb_target *t = &d->target;

    if (tight_filter_row(&d->filter, bytes, surface_row(t->to, t->r.y + d->y) + t->r.x, err))
        return -1;
    d->y++;
    d->filled = 0;
    return 0;
}

/* The data: rows, straight or inflated. Same answers. */
static int read_data(struct tight_decoder *d, struct wire_reader *in, struct err *err)
{
    size_t used, made;

    if (d->y == d->target.r.h)
        return 1;
    if (d->step == PLAIN) {
        const uint8_t *bytes = wire_left(in) < d->row ? NULL : wire_get_bytes(in, d->row);

        return !bytes ? 0 : store_row(d, bytes, err) ? -1 : 1;
    }
    if (rfb_inflate_some(d->in, in->at, wire_left(in), &used, d->bytes + d->filled,
                         d->row - d->filled, &made, err))
        return -1;
    wire_skip(in, used);
    d->filled += made;
    if (d->filled == d->row)
        return store_row(d, d->bytes, err) ? -1 : 1;
    if (!used && !made && !d->in->left)
        return err_set(err, "a Tight rectangle has fewer pixels than its size");
    return used || made;
}

/* Length, image, and what may follow it. Same answers. */
static int read_jpeg(struct tight_decoder *d, struct wire_reader *in, bool *done, struct err *err)
{
    struct wire_reader from = *in;
    enum rfb_decoded decoded;
    size_t used;

    if (d->step == JPEG_LENGTH) {
        d->jpeg_left = read_length(&from);
        if (from.failed)
            return 0;
        *in = from;
        if (!d->jpeg)
            d->jpeg = rfb_jpeg_reader_create();
        rfb_jpeg_reader_begin(d->jpeg, d->target.to, d->target.r);
        d->step = JPEG;
    }
    if (d->step == JPEG) {
        size_t there = MIN_OF(wire_left(in), d->jpeg_left);

        decoded = rfb_jpeg_read(d->jpeg, in->at, there, &used, err);
        if (decoded == RFB_DECODE_INVALID)
            return -1;
        wire_skip(in, used);
        if (decoded == RFB_DECODE_NEEDS_MORE && there == d->jpeg_left)
            return err_set(err, "a Tight rectangle's JPEG image is not all there");
        d->jpeg_left -= used;
        if (decoded == RFB_DECODE_NEEDS_MORE)
            return 0;
        d->step = JPEG_REST;
    }
    used = MIN_OF(wire_left(in), d->jpeg_left);
    wire_skip(in, used);
    d->jpeg_left -= used;
    *done = !d->jpeg_left;
    return *done;
}

static int run_step(struct tight_decoder *d, struct wire_reader *in, bool *done, struct err *err)
{
    size_t used;
    int answer;

    if (d->step == FILL) {
        const uint8_t *bytes = wire_left(in) < d->filter.tpixel.bytes
                                   ? NULL
                                   : wire_get_bytes(in, d->filter.tpixel.bytes);

        if (!bytes)
            return 0;
        fill(&d->target, tpixel_get(&d->filter.tpixel, bytes));
        *done = true;
        return 1;
    }
    if (d->step >= JPEG_LENGTH)
        return read_jpeg(d, in, done, err);
    if (d->step < PLAIN)
        return read_head(d, in, err);
    if (d->step != DRAIN) {
        answer = read_data(d, in, err);
        if (answer > 0 && d->y == d->target.r.h) {
            *done = d->step == PLAIN;
            d->step = DRAIN;
        }
        return answer;
    }
    answer = rfb_inflate_drain(d->in, in->at, wire_left(in), &used, err);
    if (answer >= 0)
        wire_skip(in, used);
    *done = answer > 0;
    return answer;
}

static enum rfb_decoded tight_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                     struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    bool done = false;
    int answer;

    do
        answer = run_step(state, &in, &done, err);
    while (answer > 0 && !done);
    *used = len - wire_left(&in);
    return (enum rfb_decoded)answer;
}

const struct rfb_decoder rfb_tight_decoder = {tight_decoder_create, tight_begin, tight_decode,
                                              tight_decoder_destroy};
