/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open H.264's decoder with a hostile server's rectangles, and FFmpeg's behind it. First byte: by
 * how many bytes the data is cut, 0: not at all. Then rectangles: a byte that says which of the
 * places below, and the body.
 */
#include "base/arith.h"
#include "rfb/enc/enc.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDTH = 80, HEIGHT = 60, RECTS_MAX = 16 };

static const struct rect places[] = {
    {2, 1, 32, 32}, {0, 0, 80, 60}, {5, 7, 1, 1}, {40, 30, 33, 17}, {2, 2, 32, 32}};

static void check_around(const struct surface *s, struct rect r)
{
    for (int32_t y = 0; y < HEIGHT; y++)
        for (int32_t x = 0; x < WIDTH; x++) {
            uint32_t *pixel = &surface_row((struct surface *)(uintptr_t)s, y)[x];

            if (*pixel && !rect_has_point(r, x, y))
                __builtin_trap();
            *pixel = 0;
        }
}

/* Returns how many bytes it took; 0: there were not enough, or the connection is over. */
static size_t one_rectangle(void *state, struct surface *to, struct rect r, const uint8_t *data,
                            size_t size, size_t piece)
{
    const struct rfb_decoder *decoder = rfb_codecs[rfb_codec_index(RFB_OPEN_H264)].decoder;
    const struct pixel_format format = pixel_format_native;
    size_t at = 0, there = 0, used;
    struct err err;

    decoder->begin(state, &format, to, r);
    while (there < size) {
        enum rfb_decoded decoded;

        there = MIN_OF(there + piece, size);
        decoded = decoder->decode(state, data + at, there - at, &used, &err);
        if (decoded == RFB_DECODE_INVALID)
            return 0;
        if (used > there - at)
            __builtin_trap();
        at += used;
        if (decoded == RFB_DECODE_DONE)
            return at;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rfb_decoder *decoder = rfb_codecs[rfb_codec_index(RFB_OPEN_H264)].decoder;
    struct surface *to;
    size_t piece, at = 1;
    void *state;

    if (!rfb_h264_decoding())
        rfb_h264_use_decoding(oriel_h264_decoding());
    if (size < 2)
        return 0;
    piece = data[0] ? data[0] : size;
    to = surface_create(WIDTH, HEIGHT);
    state = decoder->create();
    for (unsigned i = 0; i < RECTS_MAX && at + 1 < size; i++) {
        struct rect r = places[data[at] % ARRAY_LEN(places)];
        size_t used = one_rectangle(state, to, r, data + at + 1, size - at - 1, piece);

        check_around(to, r);
        if (!used)
            break;
        at += 1 + used;
    }
    decoder->destroy(state);
    surface_unref(to);
    return 0;
}
