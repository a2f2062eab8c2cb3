/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A codec under test: what an encoder wrote, decoded in pieces of any length out of memory that
 * ends where they do; and the pixel formats and contents that every codec meets.
 */
#pragma once

#include "base/arith.h"
#include "base/wire.h"
#include "check.h"
#include "rfb/enc/enc.h"

#include <stdlib.h>
#include <string.h>

__attribute__((unused)) static const struct pixel_format formats[] = {
    {32, 24, false, true, 255, 255, 255, 16, 8, 0},
    {32, 24, true, true, 255, 255, 255, 16, 8, 0},
    {32, 24, false, true, 255, 255, 255, 0, 8, 16},
    {32, 24, false, true, 255, 255, 255, 24, 16, 8}, /* the three bytes at the top */
    {32, 24, true, true, 255, 255, 255, 24, 16, 8},
    {32, 32, false, true, 255, 255, 255, 16, 8, 0},
    {32, 30, false, true, 1023, 1023, 1023, 20, 10, 0},
    {32, 15, false, true, 31, 31, 31, 18, 13, 8}, /* both the low and the high bytes would do */
    {32, 15, true, true, 31, 31, 31, 18, 13, 8},
    {16, 16, false, true, 31, 63, 31, 11, 5, 0},
    {16, 15, true, true, 31, 31, 31, 10, 5, 0},
    {8, 8, false, true, 7, 7, 3, 0, 3, 6},
    {8, 6, true, true, 3, 3, 3, 4, 2, 0},
};

static uint32_t seed = 1;

static inline uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

enum { GRAIN = 1000 }; /* a content: nothing repeats, but bytes are not equally likely */

/* Contents: 0 noise, 1 one colour, 2… that many colours at random, negative: runs of n colours. */
static inline void paint(uint32_t *pixels, size_t count, int content)
{
    uint32_t colours[512];
    unsigned n = (unsigned)abs(content);

    for (size_t i = 0; content == GRAIN && i < count; i++)
        pixels[i] = 0x405060 + (random_next() & 0x0f0f0f);
    if (content == GRAIN)
        return;
    for (unsigned i = 0; i < ARRAY_LEN(colours); i++)
        colours[i] = random_next() | random_next() << 24; /* the top byte must not matter */
    for (size_t i = 0; i < count;) {
        size_t run = content < 0 ? 1 + random_next() % 600 : 1;
        uint32_t colour = n ? colours[random_next() % n] : random_next() | 0xff000000;

        while (run-- && i < count)
            pixels[i++] = colour;
    }
}

struct codec_under_test {
    const struct rfb_codec *codec;
    void *encoder, *decoder;
};

static inline struct codec_under_test open_codec(int index)
{
    const struct rfb_codec *c = &rfb_codecs[index];

    return (struct codec_under_test){
        c, c->encoder && c->encoder->create ? c->encoder->create() : NULL, c->decoder->create()};
}

static inline void close_codec(struct codec_under_test *t)
{
    if (t->codec->encoder && t->codec->encoder->destroy)
        t->codec->encoder->destroy(t->encoder);
    t->codec->decoder->destroy(t->decoder);
}

/*
 * Decodes one rectangle's body, giving `piece` more bytes at each turn, in a block of memory that
 * ends where they do. Returns the bytes used, or -1.
 */
static inline long decode(struct codec_under_test *t, const struct pixel_format *f,
                          struct surface *to, struct rect r, const uint8_t *data, size_t len,
                          size_t piece)
{
    size_t at = 0, there = 0, used;
    struct err err = {0};

    t->codec->decoder->begin(t->decoder, f, to, r);
    for (;;) {
        uint8_t *copy;
        enum rfb_decoded answer;
        size_t offered;

        if (there < len)
            there = MIN_OF(len, there + piece);
        else if (!piece)
            return -1;
        offered = there - at;
        copy = malloc(offered ? offered : 1);
        memcpy(copy, data + at, offered);
        answer = t->codec->decoder->decode(t->decoder, copy, offered, &used, &err);
        free(copy);
        if (answer == RFB_DECODE_INVALID) {
            CHECK(err.text[0]);
            return -1;
        }
        CHECK(used <= offered);
        at += used;
        if (answer == RFB_DECODE_DONE)
            return (long)at;
        CHECK(used || offered < RFB_DECODE_WINDOW);
        if (there == len)
            return -1;
    }
}

static inline uint32_t seen_through(const struct pixel_format *f, uint32_t pixel)
{
    uint32_t value;

    pixel_values_from_surface(f, &value, &pixel, 1);
    pixel_values_to_surface(f, &value, &value, 1);
    return value;
}

/* The rectangles in `b` onto the surface; returns how many there were. */
static inline uint32_t decode_all(struct codec_under_test *t, const struct pixel_format *f,
                                  struct surface *to, const struct buf *b, size_t piece)
{
    struct wire_reader in = wire_reader_of(b->data, b->len);
    uint32_t count = 0;

    while (wire_left(&in)) {
        int32_t x = wire_get_u16(&in), y = wire_get_u16(&in), w = wire_get_u16(&in),
                h = wire_get_u16(&in);
        struct rect r = {x, y, w, h};
        long used;

        int32_t encoding = wire_get_s32(&in);

        /* Any encoder may send Raw instead, which all clients know. */
        CHECK(encoding == t->codec->encoding || encoding == RFB_RAW);
        if (in.failed || rect_is_empty(r) || !rect_contains(surface_bounds(to), r)) {
            CHECK(!"a rectangle inside the surface");
            return count;
        }
        if (encoding == t->codec->encoding) {
            used = decode(t, f, to, r, in.at, wire_left(&in), piece);
        } else {
            struct codec_under_test raw = open_codec(rfb_codec_index(RFB_RAW));

            used = decode(&raw, f, to, r, in.at, wire_left(&in), piece);
            close_codec(&raw);
        }
        CHECK(used >= 0);
        if (used < 0)
            return count;
        wire_skip(&in, (size_t)used);
        count++;
    }
    return count;
}
