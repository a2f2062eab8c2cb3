/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each decoder with rectangles of a hostile server. First byte: the encoding (below), and above its
 * four bits by how many bytes the data is cut, 0: not at all; second: the pixel format; then width
 * and height; the rest is the body, and after it a second rectangle's, which meets the state that
 * the first has left.
 */
#include "base/arith.h"
#include "rfb/enc/enc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pixel_format formats[] = {
    {32, 24, false, true, 255, 255, 255, 16, 8, 0},
    {32, 24, true, true, 255, 255, 255, 24, 16, 8},
    {32, 30, false, true, 1023, 1023, 1023, 20, 10, 0},
    {16, 16, false, true, 31, 63, 31, 11, 5, 0},
    {8, 8, false, true, 7, 7, 3, 0, 3, 6},
};

/* Seeds go by the place in this list: new ones to the end. */
static const int32_t encodings[] = {
    RFB_COPY_RECT, RFB_TIGHT,   RFB_ZRLE, RFB_ZLIB,      RFB_RAW,
    RFB_RRE,       RFB_HEXTILE, RFB_TRLE, RFB_TIGHT_PNG, RFB_JPEG,
};

enum { HEAD = 4, WIDTH = 260, HEIGHT = 70 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rfb_decoder *decoder;
    const struct pixel_format *format;
    struct surface *to;
    struct rect r;
    struct err err;
    int32_t encoding;
    size_t piece, at = HEAD, there = HEAD, used = 0;
    unsigned rects = 2;
    void *state;

    if (size < HEAD)
        return 0;
    encoding = encodings[(data[0] & 15) % ARRAY_LEN(encodings)];
    decoder = rfb_codecs[rfb_codec_index(encoding)].decoder;
    piece = data[0] >> 4 ? data[0] >> 4 : size;
    format = &formats[data[1] % ARRAY_LEN(formats)];
    r = (struct rect){2, 1, 1 + data[2], 1 + data[3] % 64};
    to = surface_create(WIDTH, HEIGHT);
    state = decoder->create();
    decoder->begin(state, format, to, r);
    while (there < size && rects) {
        enum rfb_decoded decoded;

        there = MIN_OF(there + piece, size);
        decoded = decoder->decode(state, data + at, there - at, &used, &err);
        if (decoded == RFB_DECODE_INVALID)
            break;
        if (used > there - at || (!used && there - at >= RFB_DECODE_WINDOW && !decoded))
            __builtin_trap();
        at += used;
        if (decoded == RFB_DECODE_DONE && --rects)
            decoder->begin(state, format, to, r);
    }
    for (int32_t y = 0; y < HEIGHT; y++) /* not a pixel outside of the rectangle */
        for (int32_t x = 0; x < WIDTH; x++)
            if (surface_row(to, y)[x] && !rect_has_point(r, x, y) && encoding != RFB_COPY_RECT)
                __builtin_trap();
    decoder->destroy(state);
    surface_unref(to);
    return 0;
}
