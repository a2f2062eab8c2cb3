/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encodings: what an encoder writes its decoder reads, for every kind of pixel format, content and
 * size, in pieces of any length and over many rectangles of one connection; and what a decoder must
 * refuse.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "codec.h"
#include "rfb/enc/enc.h"

#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

/* What the encoder is told of the blocks around. */
static struct told {
    bool apart, interrupted;
} told;

static void round_trip(struct codec_under_test *t, const struct pixel_format *f, int32_t w,
                       int32_t h, int content, size_t piece)
{
    struct rfb_encode_settings settings = {*f, (int)(random_next() % 11) - 1, .apart = told.apart,
                                           .interrupted = told.interrupted};
    struct rect at = {3, 2, w, h};
    size_t stride = (size_t)w + 5;
    uint32_t *pixels = mem_alloc0(stride * (size_t)h, 4), wrong = 0, count;
    struct surface *to = surface_create((uint32_t)w + 4, (uint32_t)h + 4);
    struct rfb_block block = {pixels, stride, at};
    struct buf b = BUF_INIT;

    paint(pixels, stride * (size_t)h, content);
    count = t->codec->encoder->encode(t->encoder, &settings, &block, &b);
    CHECK(count);
    CHECK_INT(decode_all(t, f, to, &b, piece), count);
    for (int32_t y = 0; y < h + 4; y++) {
        for (int32_t x = 0; x < w + 4; x++) {
            uint32_t want = 0, got = surface_row(to, y)[x];

            if (rect_has_point(at, x, y))
                want = seen_through(f, pixels[(size_t)(y - 2) * stride + (size_t)(x - 3)]);
            wrong += got != want;
        }
    }
    CHECK_INT(wrong, 0);
    if (wrong)
        fprintf(stderr, "  %s, format %td, %dx%d, content %d\n", t->codec->name, f - formats, w, h,
                content);
    buf_finish(&b);
    surface_unref(to);
    free(pixels);
}

static void test_round_trips(int index)
{
    static const int contents[] = {0,   1,   2,   3,   4,  5,  16,   17,   100,
                                   127, 128, 256, 300, -2, -9, -200, GRAIN};
    static const int32_t sizes[][2] = {{1, 1},   {2, 1},   {1, 9},    {7, 5},
                                       {64, 64}, {65, 63}, {130, 70}, {300, 20}};

    if (!rfb_codecs[index].encoder)
        return;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        struct codec_under_test t = open_codec(index);

        for (size_t c = 0; c < ARRAY_LEN(contents); c++)
            for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
                round_trip(&t, &formats[f], sizes[s][0], sizes[s][1], contents[c],
                           1 + random_next() % 5000);
        close_codec(&t);
    }
    for (size_t c = 0; c < ARRAY_LEN(contents); c += 3) {
        struct codec_under_test t = open_codec(index);

        round_trip(&t, &formats[c % 2], 2049, 3, contents[c], 100000);
        round_trip(&t, &formats[c % 2], 700, 500, contents[c], 1 << 16);
        round_trip(&t, &formats[c % 2], 3, 2100, contents[c], 1000);
        close_codec(&t);
    }
}

/*
 * Blocks of two states in one client's stream: the client's own, and another that anybody may get
 * blocks of at any time.
 */
static void test_apart(int index)
{
    const struct rfb_encoder *encoder = rfb_codecs[index].encoder;
    struct codec_under_test t;
    void *states[2];
    int last = 0;

    if (!encoder)
        return;
    t = open_codec(index);
    states[0] = t.encoder;
    states[1] = encoder->create ? encoder->create() : NULL;
    for (int i = 0; i < 200; i++) {
        int which = !i && encoder->starts ? 0 : (int)(random_next() % 2);

        t.encoder = states[which];
        told = (struct told){which == 1, which == 0 && last == 1};
        round_trip(&t, &formats[0], 1 + (int32_t)(random_next() % 300),
                   1 + (int32_t)(random_next() % 60), (int)(random_next() % 300) - 20, 1 << 16);
        /* What somebody else was sent in between is none of this client's business. */
        if (which == 1 && random_next() % 2) {
            struct rfb_encode_settings settings = {formats[0], .compression = -1, .apart = true};
            static uint32_t pixels[64 * 64];
            struct rfb_block block = {pixels, 64, {0, 0, 64, 64}};
            struct buf nowhere = BUF_INIT;

            paint(pixels, 64 * 64, 100);
            encoder->encode(states[1], &settings, &block, &nowhere);
            buf_finish(&nowhere);
        }
        last = which;
    }
    told = (struct told){0};
    t.encoder = states[0];
    if (encoder->destroy)
        encoder->destroy(states[1]);
    close_codec(&t);
}

/* The first rectangle is of the codec's encoding, not Raw instead of it. */
static bool is_own(const struct codec_under_test *t, const struct buf *b)
{
    struct wire_reader in = wire_reader_of(b->data, b->len);

    wire_skip(&in, 8);
    return wire_get_s32(&in) == t->codec->encoding;
}

/* Cut in two at every position, and byte by byte. */
static void test_splits(int index)
{
    static const int contents[] = {0, 1, 2, 9, 200, -5};
    uint32_t pixels[33 * 21];
    struct rfb_block block = {pixels, 33, {0, 0, 33, 21}};

    if (!rfb_codecs[index].encoder)
        return;
    for (size_t c = 0; c < ARRAY_LEN(contents); c++) {
        struct rfb_encode_settings settings = {formats[0], 1};
        struct codec_under_test t = open_codec(index);
        struct surface *want = surface_create(33, 21), *got = surface_create(33, 21);
        struct buf b = BUF_INIT;

        paint(pixels, ARRAY_LEN(pixels), contents[c]);
        CHECK_INT(t.codec->encoder->encode(t.encoder, &settings, &block, &b), 1);
        decode_all(&t, &formats[0], want, &b, b.len);
        for (size_t cut = 0; cut < b.len - 12 && is_own(&t, &b); cut++) {
            struct codec_under_test again = open_codec(index);
            struct err err;
            size_t first, rest;

            memset(got->data, 0, got->size);
            again.codec->decoder->begin(again.decoder, &formats[0], got, block.at);
            CHECK_INT(again.codec->decoder->decode(again.decoder, b.data + 12, cut, &first, &err),
                      RFB_DECODE_NEEDS_MORE);
            CHECK_INT(again.codec->decoder->decode(again.decoder, b.data + 12 + first,
                                                   b.len - 12 - first, &rest, &err),
                      RFB_DECODE_DONE);
            CHECK_INT(first + rest, b.len - 12);
            CHECK(!memcmp(got->data, want->data, want->size));
            close_codec(&again);
        }
        memset(got->data, 0, got->size);
        close_codec(&t);
        t = open_codec(index);
        CHECK_INT(decode_all(&t, &formats[0], got, &b, 1), 1);
        CHECK(!memcmp(got->data, want->data, want->size));
        close_codec(&t);
        surface_unref(want);
        surface_unref(got);
        buf_finish(&b);
    }
}

static void test_copy_rect(void)
{
    struct codec_under_test t = open_codec(rfb_codec_index(RFB_COPY_RECT));
    struct surface *s = surface_create(40, 30), *old = surface_create(40, 30);
    static const int32_t moves[][2] = {{0, 3}, {0, -3}, {2, 0}, {-2, 0}, {1, 1}, {-1, -1}, {20, 9}};

    for (size_t m = 0; m < ARRAY_LEN(moves); m++) {
        struct rect to = {5, 6, 12, 10};
        struct buf b = BUF_INIT;
        uint32_t wrong = 0;
        int32_t dx = moves[m][0], dy = moves[m][1];

        paint((uint32_t *)(void *)s->data, 1200, 0);
        surface_copy(old, s, surface_bounds(s));
        rfb_put_copy_rect(&b, to, to.x + dx, to.y + dy);
        CHECK_INT(decode_all(&t, &formats[0], s, &b, 1), 1);
        for (int32_t y = 0; y < 30; y++)
            for (int32_t x = 0; x < 40; x++)
                wrong += surface_row(s, y)[x] != (rect_has_point(to, x, y)
                                                      ? surface_row(old, y + dy)[x + dx]
                                                      : surface_row(old, y)[x]);
        CHECK_INT(wrong, 0);
        buf_finish(&b);
    }
    CHECK_INT(
        decode(&t, &formats[0], s, (struct rect){0, 0, 10, 10}, (uint8_t[]){0, 31, 0, 0}, 4, 4),
        -1);
    CHECK_INT(
        decode(&t, &formats[0], s, (struct rect){0, 0, 10, 10}, (uint8_t[]){0, 0, 0, 21}, 4, 4),
        -1);
    CHECK_INT(
        decode(&t, &formats[0], s, (struct rect){0, 0, 10, 10}, (uint8_t[]){255, 255, 0, 0}, 4, 4),
        -1);
    close_codec(&t);
    surface_unref(s);
    surface_unref(old);
}

/* A hidden pointer, and images that are refused. */
static void test_odd_cursors(void)
{
    struct cursor *back = NULL;
    struct buf b = BUF_INIT;
    struct err err;
    size_t used;

    rfb_put_cursor_with_alpha(&b, NULL);
    CHECK_INT(b.len, 16);
    CHECK_INT(rfb_get_cursor_with_alpha((struct rect){0}, b.data + 12, 4, &used, &back, &err),
              RFB_DECODE_DONE);
    CHECK(back && !back->width);
    cursor_unref(back);
    CHECK_INT(
        rfb_get_cursor(&formats[0], (struct rect){0, 0, 513, 1}, b.data, 0, &used, &back, &err),
        RFB_DECODE_INVALID);
    CHECK_INT(
        rfb_get_cursor_with_alpha((struct rect){0, 0, 1, 65535}, b.data, 0, &used, &back, &err),
        RFB_DECODE_INVALID);
    b.data[15] = RFB_TIGHT;
    CHECK_INT(rfb_get_cursor_with_alpha((struct rect){0}, b.data + 12, 4, &used, &back, &err),
              RFB_DECODE_INVALID);
    buf_finish(&b);
}

static void test_cursors(void)
{
    uint32_t pixels[13 * 7];
    struct cursor *c, *back = NULL;

    for (size_t i = 0; i < ARRAY_LEN(pixels); i++) {
        uint32_t a = random_next() & 0xff;

        pixels[i] = a << 24 | (a / 2) << 16 | (a / 3) << 8 | a;
    }
    c = cursor_create(13, 7, 5, 6, pixels);
    for (int alpha = 0; alpha < 2; alpha++) {
        struct buf b = BUF_INIT;
        struct err err;
        size_t used;
        struct rect r = {5, 6, 13, 7};

        if (alpha)
            rfb_put_cursor_with_alpha(&b, c);
        else
            rfb_put_cursor(&b, &formats[1], c);
        for (size_t len = 0; len <= b.len - 12; len++) {
            enum rfb_decoded want = len == b.len - 12 ? RFB_DECODE_DONE : RFB_DECODE_NEEDS_MORE;

            CHECK_INT(alpha ? rfb_get_cursor_with_alpha(r, b.data + 12, len, &used, &back, &err)
                            : rfb_get_cursor(&formats[1], r, b.data + 12, len, &used, &back, &err),
                      want);
            CHECK_INT(used, want == RFB_DECODE_DONE ? len : 0);
        }
        CHECK(back && back->width == 13 && back->height == 7 && back->hot_x == 5 &&
              back->hot_y == 6);
        for (size_t i = 0; back && i < ARRAY_LEN(pixels); i++) {
            if (alpha)
                CHECK_INT(back->pixels[i], pixels[i]);
            else
                CHECK_INT(back->pixels[i] >> 24, pixels[i] >> 31 ? 255 : 0);
        }
        cursor_unref(back);
        back = NULL;
        buf_finish(&b);
    }
    cursor_unref(c);
}

/* A body with a length and compressed bytes, as ZRLE and zlib have it. */
static size_t deflated(uint8_t *out, size_t room, const void *data, size_t len)
{
    uLongf n = room - 4;

    compress(out + 4, &n, data, len);
    out[0] = out[1] = 0;
    out[2] = (uint8_t)(n >> 8);
    out[3] = (uint8_t)n;
    return n + 4;
}

struct wrong {
    const char *what;
    const char *bytes;
    size_t len;
};

/* 8 by 4 pixels of 4 bytes (3 as CPIXEL): every one is refused. */
static void test_wrong_zrle(void)
{
    static const struct wrong cases[] = {
        {"unknown kind", "\x11", 1},
        {"unknown kind", "\x81", 1},
        {"packed index",
         "\x03"
         "aaabbbccc"
         "\x1b\xff\0\0\0\0\0\0",
         18},
        {"palette run's index",
         "\x82"
         "aaabbb"
         "\x02",
         8},
        {"palette run too long",
         "\x82"
         "aaabbb"
         "\x80\x20",
         9},
        {"plain run too long",
         "\x80"
         "aaa\x20",
         5},
        {"plain run much too long",
         "\x80"
         "aaa\xff\xff\xff",
         7},
        {"too little",
         "\x80"
         "aaa\x05",
         5},
        {"too much",
         "\x01"
         "aaab",
         5},
    };
    struct surface *s = surface_create(8, 4);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_ZRLE));
        uint8_t body[100];
        size_t len = deflated(body, sizeof(body), cases[i].bytes, cases[i].len);

        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body, len, len), -1);
        close_codec(&t);
    }
    surface_unref(s);
}

static void test_wrong_tight(void)
{
    static const struct wrong cases[] = {
        {"jpeg", "\x90", 1},
        {"png", "\xa0", 1},
        {"no such filter", "\x40\x03", 2},
        {"index beyond three colours",
         "\x40\x01\x02"
         "aaabbbccc"
         "\x00\x01\x02\x03\0\0\0\0",
         20},
        {"index beyond one colour",
         "\x40\x01\x00"
         "aaa"
         "\x01",
         7},
        {"not zlib",
         "\x00\x08"
         "abcdefgh",
         10},
    };
    struct surface *s = surface_create(8, 1);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT));

        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), (const uint8_t *)cases[i].bytes,
                         cases[i].len, cases[i].len),
                  -1);
        close_codec(&t);
    }
    surface_unref(s);
    s = surface_create(3000, 1);
    for (int kind = 0; kind < 2; kind++) { /* wide: a fill is tolerated, nothing else is */
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT));

        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s),
                         (const uint8_t *)(kind ? "\x80"
                                                  "abc"
                                                : "\x00"
                                                  "abc"),
                         4, 4),
                  kind ? 4 : -1);
        close_codec(&t);
    }
    CHECK_INT(surface_row(s, 0)[2999], 0x616263);
    surface_unref(s);
}

/*
 * What others' encoders write and ours does not, and what must be refused: in 4 by 2 pixels of
 * bgr233, where a pixel is a byte. `want` is each pixel, NULL: refused.
 */
struct plain_case {
    int32_t encoding;
    const char *bytes;
    size_t len;
    const char *want;
};

static const struct plain_case plain_cases[] = {
    {RFB_RRE, "\0\0\0\0a", 5, "aaaaaaaa"},
    {RFB_RRE, "\0\0\0\2ab\0\1\0\0\0\2\0\2c\0\3\0\1\0\1\0\1", 23, "abbaabbc"},
    {RFB_RRE, "\0\0\0\1ab\0\1\0\1\0\0\0\1", 14, "aaaaaaaa"}, /* nothing wide */
    {RFB_RRE, "\0\0\0\1ab\0\1\0\0\0\4\0\2", 14, NULL},
    {RFB_RRE, "\0\0\0\1ab\0\1\0\1\0\2\0\2", 14, NULL},
    {RFB_RRE, "\0\0\0\1ab\xff\xff\xff\xff\xff\xff\xff\xff", 14, NULL},
    {RFB_RRE, "\0\0\0\x09a", 5, NULL}, /* more parts than pixels */

    {RFB_HEXTILE, "\1abcdefgh", 9, "abcdefgh"},
    {RFB_HEXTILE,
     "\xe1"
     "abcdefgh",
     9, "abcdefgh"}, /* bits that nobody has a use for */
    {RFB_HEXTILE, "\2a", 2, "aaaaaaaa"},
    {RFB_HEXTILE,
     "\x0e"
     "ab\2\x10\x11\x31\0",
     8, "abbaabbb"},
    {RFB_HEXTILE,
     "\x1a"
     "a\2b\x10\x11"
     "c\x31\0",
     9, "abbaabbc"},
    {RFB_HEXTILE, "\0", 1, "\0\0\0\0\0\0\0\0"}, /* no background named: black */
    {RFB_HEXTILE,
     "\x0e"
     "ab\1\x10\x30",
     6, NULL}, /* too wide, too high, too far */
    {RFB_HEXTILE,
     "\x0e"
     "ab\1\x10\x02",
     6, NULL},
    {RFB_HEXTILE,
     "\x0e"
     "ab\1\x40\0",
     6, NULL},

    {RFB_TRLE, "\0abcdefgh", 9, "abcdefgh"},
    {RFB_TRLE, "\1a", 2, "aaaaaaaa"},
    {RFB_TRLE, "\2ab\x50\xa0", 5, "ababbaba"},
    {RFB_TRLE,
     "\x80"
     "a\2b\4",
     5, "aaabbbbb"},
    {RFB_TRLE,
     "\x82"
     "ab\0\x81\5\0",
     7, "abbbbbba"},
    {RFB_TRLE, "\x7f\x50\xa0", 3, NULL}, /* no earlier palette */
    {RFB_TRLE, "\x81\x80\7", 3, NULL},
    {RFB_TRLE, "\x11", 1, NULL},
    {RFB_TRLE, "\x7e", 1, NULL},
    {RFB_TRLE,
     "\x80"
     "a\x08",
     3, NULL}, /* a run beyond the end */
    {RFB_TRLE, "\3abc\xff\xff", 6, NULL},
};

static void test_plain_cases(void)
{
    for (size_t i = 0; i < ARRAY_LEN(plain_cases); i++) {
        const struct plain_case *c = &plain_cases[i];
        struct codec_under_test t = open_codec(rfb_codec_index(c->encoding));
        struct surface *s = surface_create(4, 2);

        for (size_t piece = 1; piece <= c->len; piece++) {
            CHECK_INT(decode(&t, &pixel_format_bgr233, s, surface_bounds(s),
                             (const uint8_t *)c->bytes, c->len, piece),
                      c->want ? (long)c->len : -1);
            for (int32_t p = 0; c->want && p < 8; p++) {
                uint32_t value = (uint8_t)c->want[p];

                pixel_values_to_surface(&pixel_format_bgr233, &value, &value, 1);
                CHECK_INT(surface_row(s, p / 4)[p % 4], value);
            }
        }
        close_codec(&t);
        surface_unref(s);
    }
}

/* TRLE's tiles that use the palette of one before them, across a plain one; packed and in runs. */
static void test_trle_again(void)
{
    struct codec_under_test t = open_codec(rfb_codec_index(RFB_TRLE));
    struct surface *s = surface_create(34, 1);
    uint32_t a = 'a', b = 'b';

    pixel_values_to_surface(&pixel_format_bgr233, &a, &a, 1);
    pixel_values_to_surface(&pixel_format_bgr233, &b, &b, 1);
    CHECK_INT(decode(&t, &pixel_format_bgr233, s, surface_bounds(s),
                     (const uint8_t *)"\2ab\x80\x01\1c\x81\1\0", 10, 1),
              10);
    CHECK(surface_row(s, 0)[0] == b && surface_row(s, 0)[1] == a && surface_row(s, 0)[15] == b);
    CHECK(surface_row(s, 0)[32] == b && surface_row(s, 0)[33] == a);
    CHECK_INT(decode(&t, &pixel_format_bgr233, s, surface_bounds(s),
                     (const uint8_t *)"\2ab\x80\x01\x7f\x40\0\x7f\x80", 10, 1),
              10);
    CHECK(surface_row(s, 0)[16] == a && surface_row(s, 0)[17] == b && surface_row(s, 0)[32] == b);
    close_codec(&t);
    surface_unref(s);
}

/* What our encoders write, byte for byte, for a small picture; found right by libvncclient. */
static void test_golden(void)
{
    static const struct {
        int32_t encoding;
        const char *bytes;
        size_t len;
    } golden[] = {
        {RFB_RRE, "\0\0\0\1ab\0\1\0\0\0\2\0\2", 14},
        {RFB_HEXTILE,
         "\x0e"
         "ab\1\x10\x11",
         6},
        {RFB_TRLE, "\2ab\x60\x60\0\0", 7},
    };
    static const char picture[] = "abbaaaaaabbaaaaaaaaaaaaaaaaaaaaa"; /* 8 by 4 */
    uint32_t pixels[32];

    for (size_t i = 0; i < 32; i++)
        pixels[i] = (uint8_t)picture[i];
    pixel_values_to_surface(&pixel_format_bgr233, pixels, pixels, 32);
    for (size_t i = 0; i < ARRAY_LEN(golden); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(golden[i].encoding));
        struct rfb_encode_settings settings = {pixel_format_bgr233, -1};
        struct rfb_block block = {pixels, 8, {0, 0, 8, 4}};
        struct buf b = BUF_INIT;

        CHECK_INT(t.codec->encoder->encode(t.encoder, &settings, &block, &b), 1);
        CHECK_INT(b.len, 12 + golden[i].len);
        CHECK(b.len == 12 + golden[i].len && !memcmp(b.data + 12, golden[i].bytes, golden[i].len));
        buf_finish(&b);
        close_codec(&t);
    }
}

/* Streams that inflate to more or less than the rectangle holds, in every encoding that has one. */
static void test_bombs(void)
{
    static const uint8_t zeros[1 << 20];
    uint8_t body[4096];
    struct surface *s = surface_create(16, 16);

    for (int i = 0; i < RFB_CODEC_COUNT; i++) {
        int32_t encoding = rfb_codecs[i].encoding;

        for (size_t n = 700; n < sizeof(zeros); n *= 37) {
            struct codec_under_test t = open_codec(i);
            size_t len = deflated(body, sizeof(body), zeros, n), from = 0;

            if (encoding == RFB_TIGHT) {
                body[1] = 0;
                body[2] = (uint8_t)((len - 4) | 0x80);
                body[3] = (uint8_t)((len - 4) >> 7);
                from = 1;
            }
            if (encoding == RFB_TIGHT || encoding == RFB_ZRLE || encoding == RFB_ZLIB)
                CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body + from, len - from,
                                 len - from),
                          -1);
            close_codec(&t);
        }
    }
    surface_unref(s);
}

/* The gradient filter, which only others' encoders use: by a small encoder of our own. */
static void test_gradient(void)
{
    struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT));
    struct surface *s = surface_create(10, 6), *want = surface_create(10, 6);
    uint8_t plain[10 * 6 * 3], body[400];
    size_t at = 0, len;

    for (int32_t y = 0; y < 6; y++)
        for (int32_t x = 0; x < 10; x++)
            surface_row(want, y)[x] = random_next() & 0xffffff;
    for (int32_t y = 0; y < 6; y++) {
        for (int32_t x = 0; x < 10; x++) {
            for (int shift = 16; shift >= 0; shift -= 8) {
                int left = x ? surface_row(want, y)[x - 1] >> shift & 0xff : 0;
                int above = y ? surface_row(want, y - 1)[x] >> shift & 0xff : 0;
                int corner = x && y ? surface_row(want, y - 1)[x - 1] >> shift & 0xff : 0;
                int guess = MAX_OF(0, MIN_OF(255, left + above - corner));

                plain[at++] =
                    (uint8_t)((surface_row(want, y)[x] >> shift & 0xff) - (unsigned)guess);
            }
        }
    }
    len = deflated(body, sizeof(body), plain, at);
    body[0] = 0x40 | 0x30 | 8; /* stream 3, which begins anew */
    body[1] = 2;
    body[2] = (uint8_t)((len - 4) | 0x80);
    body[3] = (uint8_t)((len - 4) >> 7);
    for (int round = 0; round < 3; round++) {
        memset(s->data, 0, s->size);
        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body, len, 1), len);
        CHECK(!memcmp(s->data, want->data, want->size));
    }
    close_codec(&t);
    surface_unref(s);
    surface_unref(want);
}

/* For noVNC: with or without resets, a rectangle says all of itself again. */
static void test_forgetful(void)
{
    struct rfb_encode_settings settings = {formats[0], .compression = -1, .forgetful = true};
    struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT));
    static uint32_t pixels[64 * 64];
    struct rfb_block block = {pixels, 64, {0, 0, 64, 64}};
    struct buf first = BUF_INIT, again = BUF_INIT;

    paint(pixels, 64 * 64, 16);
    t.codec->encoder->encode(t.encoder, &settings, &block, &first);
    t.codec->encoder->encode(t.encoder, &settings, &block, &again);
    CHECK_INT(again.len, first.len - 2); /* the stream's head */
    buf_clear(&first);
    settings.forgetful = false;
    t.codec->encoder->encode(t.encoder, &settings, &block, &first);
    buf_clear(&again);
    t.codec->encoder->encode(t.encoder, &settings, &block, &again);
    CHECK(again.len < first.len);
    buf_finish(&first);
    buf_finish(&again);
    close_codec(&t);
}

int main(void)
{
    for (int i = 0; i < RFB_CODEC_COUNT; i++) {
        CHECK_INT(rfb_codec_index(rfb_codecs[i].encoding), i);
        test_round_trips(i);
        test_apart(i);
        test_splits(i);
    }
    CHECK_INT(rfb_codec_index(-1), -1);
    test_copy_rect();
    test_cursors();
    test_odd_cursors();
    test_wrong_zrle();
    test_wrong_tight();
    test_plain_cases();
    test_trle_again();
    test_golden();
    test_bombs();
    test_gradient();
    test_forgetful();
    return check_result();
}
