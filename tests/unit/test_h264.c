/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Films by Open H.264, encoded by x264, decoded by FFmpeg's libraries: every
 * size, the contexts of many rectangles, pictures in any pieces, a path's limit, and damage, which
 * may spoil pictures and nothing else.
 */
#include "codec.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/module.h"

#include <math.h>

enum { WIDE = 400, HIGH = 300 };

static const struct pixel_format *const format = &formats[0];

/* ---- A film ---- */

/* Smooth shapes that move, with a little grain. */
static void paint_film(uint32_t *pixels, int32_t w, int32_t h, int frame)
{
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            int red = 128 + (int)(90 * sin((x + 3 * frame) / 23.0)),
                green = 128 + (int)(90 * cos((y + 2 * frame) / 31.0)),
                blue = 100 + (int)(60 * sin((x + y) / 40.0));
            uint32_t grain = random_next() & 3;

            pixels[y * w + x] =
                ((uint32_t)red << 16 | (uint32_t)green << 8 | (uint32_t)blue) + grain * 0x10101;
        }
}

static double noise_ratio(const uint32_t *pixels, const struct surface *s, struct rect r)
{
    double sum = 0;

    for (int32_t y = 0; y < r.h; y++)
        for (int32_t x = 0; x < r.w; x++)
            for (unsigned shift = 0; shift < 24; shift += 8) {
                int a = pixels[y * r.w + x] >> shift & 255,
                    b = surface_row(s, r.y + y)[r.x + x] >> shift & 255;

                sum += (a - b) * (a - b);
            }
    return 10 * log10(255 * 255 * 3.0 * r.w * r.h / fmax(sum, 1));
}

struct film {
    struct codec_under_test t;
    struct surface *screen;
    uint32_t *pixels;
    struct rfb_encode_settings settings;
    struct buf out;
};

static struct film open_film(int quality)
{
    struct film f = {.t = open_codec(rfb_codec_index(RFB_OPEN_H264)),
                     .screen = surface_create(WIDE, HIGH),
                     .pixels = malloc(WIDE * HIGH * sizeof(uint32_t)),
                     .settings = {.format = *format, .quality = quality}};

    f.t.encoder = f.t.codec->film->create();
    return f;
}

static void close_film(struct film *f)
{
    f->t.codec->film->destroy(f->t.encoder);
    close_codec(&f->t);
    surface_unref(f->screen);
    free(f->pixels);
    buf_finish(&f->out);
}

/* Encodes the picture there into f->out. */
static void shoot_pixels(struct film *f, struct rect at)
{
    struct rfb_block block = {f->pixels, (size_t)at.w, at};

    buf_clear(&f->out);
    CHECK_INT(f->t.codec->film->encode(f->t.encoder, &f->settings, &block, &f->out), 1);
}

static void shoot(struct film *f, struct rect at, int frame)
{
    paint_film(f->pixels, at.w, at.h, frame);
    shoot_pixels(f, at);
}

static double show(struct film *f, struct rect at, size_t piece)
{
    CHECK_INT(decode_all(&f->t, format, f->screen, &f->out, piece), 1);
    return noise_ratio(f->pixels, f->screen, at);
}

/* ---- The tests ---- */

static bool is_black_around(const struct surface *s, struct rect r)
{
    for (int32_t y = 0; y < HIGH; y++)
        for (int32_t x = 0; x < WIDE; x++)
            if (surface_row(s, y)[x] & 0xffffff && !rect_has_point(r, x, y))
                return false;
    return true;
}

static void test_sizes(void)
{
    static const struct rect at[] = {
        {0, 0, 1, 1},     {3, 5, 1, 1},      {0, 0, 2, 2},     {7, 3, 16, 16},   {0, 0, 15, 17},
        {1, 1, 33, 31},   {0, 0, 1, 100},    {0, 0, 100, 1},   {9, 9, 127, 63},  {0, 0, 176, 144},
        {5, 2, 320, 240}, {16, 16, 352, 64}, {10, 20, 99, 98}, {0, 0, 400, 300}, {1, 1, 399, 299},
    };

    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        struct film f = open_film(80);

        for (int frame = 0; frame < 5; frame++) {
            shoot(&f, at[i], frame);
            /* A point has no more colour than its grain leaves it. */
            CHECK(show(&f, at[i], SIZE_MAX / 2) > (at[i].w * at[i].h > 1 ? 30 : 15));
        }
        CHECK(is_black_around(f.screen, at[i]));
        close_film(&f);
    }
}

/* Better looks cost more, and later pictures cost less than the first. */
static void test_quality(void)
{
    static const int qualities[] = {20, 50, 90};
    struct rect at = {0, 0, 320, 240};
    double ratio = 0;
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(qualities); i++) {
        struct film f = open_film(qualities[i]);
        size_t first, later = 0;

        shoot(&f, at, 0);
        first = f.out.len;
        CHECK(first > len);
        len = first;
        show(&f, at, SIZE_MAX / 2);
        for (int frame = 1; frame < 10; frame++) {
            shoot(&f, at, frame);
            later += f.out.len;
            show(&f, at, SIZE_MAX / 2);
        }
        CHECK(later / 9 < first);
        CHECK(noise_ratio(f.pixels, f.screen, at) > ratio);
        ratio = noise_ratio(f.pixels, f.screen, at);
        close_film(&f);
    }
    CHECK(ratio > 36);
}

/* A path that takes little gets little, from the first picture on, and more when it takes more. */
static void test_path(void)
{
    struct rect at = {0, 0, 400, 300};
    struct film f = open_film(90);
    size_t bytes[2] = {0};

    for (int i = 0; i < 2; i++)
        for (int frame = 0; frame < 30; frame++) {
            f.settings.path_bytes = i ? 10 << 20 : 100000;
            paint(f.pixels, WIDE * HIGH, GRAIN);
            shoot_pixels(&f, at);
            bytes[i] += f.out.len;
            CHECK(i || f.out.len < 100000 / 8);
            show(&f, at, SIZE_MAX / 2);
        }
    CHECK(bytes[0] <= 100000);
    CHECK(bytes[1] > 2 * bytes[0]);
    close_film(&f);
}

/* Another place or size is another stream; who comes back begins anew as well. */
static void test_moves(void)
{
    static const struct rect places[] = {
        {0, 0, 128, 96}, {16, 0, 128, 96}, {16, 0, 128, 80}, {0, 0, 128, 96}, {100, 100, 201, 99}};
    struct film f = open_film(80);

    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        for (int frame = 0; frame < 3; frame++) {
            shoot(&f, places[i], frame);
            CHECK_INT(f.out.data[19], frame ? 0 : RFB_H264_RESET_ALL);
            CHECK(show(&f, places[i], SIZE_MAX / 2) > 33);
        }
    close_film(&f);
}

/* However the bytes come. */
static void test_pieces(void)
{
    static const size_t pieces[] = {1, 2, 7, 8, 9, 1000};
    struct rect at = {3, 1, 64, 48};

    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct film f = open_film(80);

        for (int frame = 0; frame < 4; frame++) {
            shoot(&f, at, frame);
            CHECK(show(&f, at, pieces[i]) > 33);
        }
        close_film(&f);
    }
}

/* A film in one state does not care for what is drawn over it. */
static void test_overlaps(void)
{
    struct rect at = {0, 0, 160, 120};
    struct film f = open_film(80);

    for (int frame = 0; frame < 6; frame++) {
        shoot(&f, at, frame);
        CHECK(show(&f, at, SIZE_MAX / 2) > 33);
        memset(surface_row(f.screen, 20), 0x55, 100);
    }
    close_film(&f);
}

/* What is damaged may look like anything, or end the connection; the next beginning mends it. */
static void test_damage(void)
{
    struct rect at = {2, 2, 96, 80};

    for (int round = 0; round < 40; round++) {
        struct film f = open_film(80);

        for (int frame = 0; frame < 4; frame++) {
            struct err err = {0};
            size_t used;

            shoot(&f, at, frame);
            /* Anywhere behind the head and the first start code. */
            for (int n = frame < 3 ? 1 + round % 5 : 0; n; n--)
                f.out.data[24 + random_next() % (f.out.len - 24)] ^= (uint8_t)(1 << (n & 7));
            f.t.codec->decoder->begin(f.t.decoder, format, f.screen, at);
            if (f.t.codec->decoder->decode(f.t.decoder, f.out.data + 12, f.out.len - 12, &used,
                                           &err) < 0) {
                CHECK(err.text[0]);
                break;
            }
            CHECK_INT(used, f.out.len - 12);
        }
        CHECK(is_black_around(f.screen, at));
        f.t.codec->film->destroy(f.t.encoder);
        f.t.encoder = f.t.codec->film->create();
        shoot(&f, at, 9);
        CHECK(show(&f, at, SIZE_MAX / 2) > 33);
        close_film(&f);
    }
}

int main(void)
{
    rfb_h264_use_encoding(&oriel_h264_encoding);
    rfb_h264_use_decoding(oriel_h264_decoding());
    if (!rfb_h264_decodes())
        return 77;
    test_sizes();
    test_quality();
    test_path();
    test_moves();
    test_pieces();
    test_overlaps();
    test_damage();
    return check_result();
}
