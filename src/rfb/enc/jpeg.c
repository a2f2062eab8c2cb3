/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JPEG (21): a rectangle is one image, from its first marker to its last, without a length. It may
 * leave out tables that are those of the image before.
 *
 * The encoder sends images with all their tables, but only to a client that asked for a quality:
 * what has to arrive as it is goes as Raw, and so do rectangles that are hardly longer than tables.
 */
#include "rfb/enc/jpeg_data.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- Encoder ---- */

enum {
    PIECE =
        256, /* larger rectangles are cut into squares of this side, which can be shown sooner */
    LEAST = 256, /* pixels */
};

static void *jpeg_encoder_create(void)
{
    return rfb_jpeg_writer_create();
}

static void jpeg_encoder_destroy(void *state)
{
    rfb_jpeg_writer_destroy(state);
}

static void put_piece(struct rfb_jpeg_writer *j, const struct rfb_encode_settings *settings,
                      const struct rfb_block *block, struct rect at, struct buf *out)
{
    struct rect there = {block->at.x + at.x, block->at.y + at.y, at.w, at.h};
    struct rfb_block piece = {rfb_block_row(block, at.y) + at.x, block->stride, there};
    size_t before = out->len;

    if (settings->quality && at.w * at.h >= LEAST) {
        rfb_put_rect_header(out, there, RFB_JPEG);
        if (rfb_jpeg_write(j, settings, block, at, out)) {
            rfb_tell_lossy(settings, there);
            return;
        }
        out->len = before;
    }
    rfb_raw_encoder.encode(NULL, settings, &piece, out);
}

static uint32_t jpeg_encode(void *state, const struct rfb_encode_settings *settings,
                            const struct rfb_block *block, struct buf *out)
{
    int32_t w = block->at.w, h = block->at.h;
    uint32_t count = 0;

    for (int32_t y = 0; y < h; y += PIECE) {
        for (int32_t x = 0; x < w; x += PIECE, count++) {
            struct rect at = {x, y, MIN_OF(PIECE, w - x), MIN_OF(PIECE, h - y)};

            put_piece(state, settings, block, at, out);
        }
    }
    return count;
}

const struct rfb_encoder rfb_jpeg_encoder = {jpeg_encoder_create, jpeg_encode,
                                             jpeg_encoder_destroy};

/* ---- Decoder ---- */

static void *jpeg_decoder_create(void)
{
    return rfb_jpeg_reader_create();
}

static void jpeg_decoder_destroy(void *state)
{
    rfb_jpeg_reader_destroy(state);
}

static void jpeg_begin(void *state, const struct pixel_format *format, struct surface *to,
                       struct rect r)
{
    (void)format; /* an image is what it is */
    rfb_jpeg_reader_begin(state, to, r);
}

static enum rfb_decoded jpeg_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                    struct err *err)
{
    return rfb_jpeg_read(state, data, len, used, err);
}

const struct rfb_decoder rfb_jpeg_decoder = {jpeg_decoder_create, jpeg_begin, jpeg_decode,
                                             jpeg_decoder_destroy};
