/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tight's decoder (7), and TightPNG's (-260): all that encoders write, the gradient filter too,
 * which ours (tight_encoder.c) does not. The filters are in tight_filter.c, the images in
 * jpeg_data.c and pixel/image_png.c.
 */
#include "rfb/enc/tight.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "pixel/image_png.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/jpeg_data.h"
#include "rfb/enc/stream.h"
#include "rfb/enc/tight_filter.h"

#include <stdlib.h>

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
    IMAGE_LENGTH,
    IMAGE,
    IMAGE_REST, /* bytes behind a JPEG image, which mean nothing */
};

struct tight_decoder {
    struct rfb_target target;
    struct rfb_inflate streams[TIGHT_STREAMS];
    struct rfb_inflate *in; /* of this rectangle */
    enum tight_step step;
    struct tight_filter filter;
    bool png;                     /* this is TightPNG: images and fills only */
    struct rfb_jpeg_reader *jpeg; /* these are made when first used */
    struct image_png_reader *png_in;
    unsigned kind;      /* of this rectangle */
    size_t image_left;  /* bytes of its image's data to come */
    size_t row, filled; /* bytes of a filtered row; of these there so far */
    int32_t y;
    uint8_t bytes[TIGHT_WIDTH_MAX * 4];
};

static void *tight_decoder_create(void)
{
    return mem_new0(struct tight_decoder);
}

static void *tight_png_decoder_create(void)
{
    struct tight_decoder *d = tight_decoder_create();

    d->png = true;
    return d;
}

static void tight_decoder_destroy(void *state)
{
    struct tight_decoder *d = state;

    for (int i = 0; d && i < TIGHT_STREAMS; i++)
        rfb_inflate_finish(&d->streams[i]);
    if (d) {
        rfb_jpeg_reader_destroy(d->jpeg);
        image_png_reader_destroy(d->png_in);
    }
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
    d->kind = kind;
    if (kind == TIGHT_FILL) {
        d->step = FILL;
        return 1;
    }
    if (kind == TIGHT_JPEG || (kind == TIGHT_PNG && d->png)) {
        d->step = IMAGE_LENGTH;
        return 1;
    }
    if (d->png)
        return err_set(err, "a TightPNG rectangle is of the kind %u, which is no image", kind);
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

static void begin_image(struct tight_decoder *d)
{
    if (d->kind == TIGHT_PNG) {
        if (!d->png_in)
            d->png_in = image_png_reader_create();
        image_png_reader_begin(d->png_in, d->target.to, d->target.r);
    } else {
        if (!d->jpeg)
            d->jpeg = rfb_jpeg_reader_create();
        rfb_jpeg_reader_begin(d->jpeg, d->target.to, d->target.r);
    }
    d->step = IMAGE;
}

static enum rfb_decoded decode_image(struct tight_decoder *d, const uint8_t *data, size_t len,
                                     size_t *used, struct err *err)
{
    if (d->kind == TIGHT_JPEG)
        return rfb_jpeg_read(d->jpeg, data, len, used, err);
    *used = len; /* with what is behind the image */
    return (enum rfb_decoded)image_png_read(d->png_in, data, len, err);
}

/* Length, image, and what may follow it. Same answers. */
static int read_image(struct tight_decoder *d, struct wire_reader *in, bool *done, struct err *err)
{
    struct wire_reader from = *in;
    enum rfb_decoded decoded;
    size_t used;

    if (d->step == IMAGE_LENGTH) {
        d->image_left = read_length(&from);
        if (from.failed)
            return 0;
        *in = from;
        begin_image(d);
    }
    if (d->step == IMAGE) {
        size_t there = MIN_OF(wire_left(in), d->image_left);

        decoded = decode_image(d, in->at, there, &used, err);
        if (decoded == RFB_DECODE_INVALID)
            return -1;
        wire_skip(in, used);
        if (decoded == RFB_DECODE_NEEDS_MORE && there == d->image_left)
            return err_set(err, "a Tight rectangle's image is not all there");
        d->image_left -= used;
        if (decoded == RFB_DECODE_NEEDS_MORE)
            return 0;
        d->step = IMAGE_REST;
    }
    used = MIN_OF(wire_left(in), d->image_left);
    wire_skip(in, used);
    d->image_left -= used;
    *done = !d->image_left;
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
    if (d->step >= IMAGE_LENGTH)
        return read_image(d, in, done, err);
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
const struct rfb_decoder rfb_tight_png_decoder = {tight_png_decoder_create, tight_begin,
                                                  tight_decode, tight_decoder_destroy};
