/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What encodings cost: nanoseconds a pixel to encode and to decode, and bytes a pixel on the wire,
 * for text, flat areas, photographs and noise at 1920×1080 (and a 64 pixel strip of text, which
 * typing makes). Prints the median of the rounds and the spread from the lower to the upper
 * quartile. bench_enc [rounds]
 */
#include "rfb/enc/enc.h"
#include "base/mem.h"
#include "base/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WIDTH = 1920, HEIGHT = 1080, ROUNDS_MAX = 1000 };

static uint32_t seed = 1;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void paint_noise(uint32_t *p)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        p[i] = random_next() & 0xffffff;
}

/* A photograph: smooth, with a little noise in each colour. */
static void paint_photo(uint32_t *p)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            uint32_t r = random_next(), base = (uint32_t)(x * 120 / WIDTH + y * 80 / HEIGHT);

            p[y * WIDTH + x] =
                (base + (r & 7)) << 16 | (base + 20 + (r >> 3 & 7)) << 8 | (90 + (r >> 6 & 7));
        }
    }
}

/* The same with four bits of grain in each colour, as a camera's picture or a video has it. */
static void paint_grain(uint32_t *p)
{
    paint_photo(p);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        p[i] += random_next() & 0x0f0f0f;
}

/* Glyph-like cells of 8×16: dark on white, a fifth of them empty, smoothed to 16 greys. */
static void paint_text(uint32_t *p)
{
    uint32_t glyphs[64][128];

    for (int g = 0; g < 64; g++)
        for (int i = 0; i < 128; i++)
            glyphs[g][i] = i % 8 > 1 && i / 8 > 3 && random_next() % 3 == 0
                               ? (random_next() % 16) * 0x101010
                               : 0xffffff;
    for (int cell = 0; cell < WIDTH / 8 * (HEIGHT / 16); cell++) {
        int left = cell % (WIDTH / 8) * 8, top = cell / (WIDTH / 8) * 16;
        const uint32_t *glyph = glyphs[random_next() % 64];
        int empty = random_next() % 5 == 0;

        for (int i = 0; i < 128; i++)
            p[(top + i / 8) * WIDTH + left + i % 8] = empty ? 0xffffff : glyph[i];
    }
}

/* Windows on a plain ground. */
static void paint_flat(uint32_t *p)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        p[i] = 0x305070;
    for (int w = 0; w < 12; w++) {
        int left = (int)(random_next() % 1400), top = (int)(random_next() % 700);
        uint32_t colour = random_next() & 0xffffff;

        for (int y = 0; y < 300; y++)
            for (int x = 0; x < 400; x++)
                p[(top + y) * WIDTH + left + x] = y < 20 ? 0x202020 : colour;
    }
}

/* Processor time, which others on this machine do not add to. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

struct figure {
    double median, lower, upper;
};

static struct figure figure_of(double *times, int n, double pixels)
{
    qsort(times, (size_t)n, sizeof(*times), compare);
    return (struct figure){times[n / 2] / pixels, times[n / 4] / pixels, times[n * 3 / 4] / pixels};
}

/* An encoder may send Raw where its own way would be longer. */
static void decode_all(const struct rfb_codec *own, void *own_state, struct surface *to,
                       const struct buf *b)
{
    const struct rfb_codec *raw = &rfb_codecs[rfb_codec_index(RFB_RAW)];
    void *raw_state = raw->decoder->create();
    struct wire_reader in = wire_reader_of(b->data, b->len);

    while (wire_left(&in)) {
        const struct rfb_codec *codec = own;
        void *state = own_state;
        struct rect r;
        struct err err;
        size_t used;
        enum rfb_decoded decoded;

        r.x = wire_get_u16(&in);
        r.y = wire_get_u16(&in);
        r.w = wire_get_u16(&in);
        r.h = wire_get_u16(&in);
        if (wire_get_s32(&in) == RFB_RAW) {
            codec = raw;
            state = raw_state;
        }
        codec->decoder->begin(state, &pixel_format_native, to, r);
        decoded = codec->decoder->decode(state, in.at, wire_left(&in), &used, &err);
        if (decoded != RFB_DECODE_DONE) {
            fprintf(stderr, "%s: not decoded\n", codec->name);
            exit(1);
        }
        wire_skip(&in, used);
    }
    raw->decoder->destroy(raw_state);
}

static void measure(const struct rfb_codec *codec, const char *content, const uint32_t *pixels,
                    struct rect at, int rounds)
{
    static double encode[ROUNDS_MAX], decode[ROUNDS_MAX];
    struct rfb_encode_settings settings = {pixel_format_native, -1};
    struct rfb_block block = {pixels, WIDTH, at};
    void *encoder = codec->encoder->create ? codec->encoder->create() : NULL;
    void *decoder = codec->decoder->create();
    struct surface *to = surface_create(WIDTH, HEIGHT);
    struct buf b = BUF_INIT;
    double count = (double)at.w * at.h;
    struct figure e, d;

    for (int i = -1; i < rounds; i++) { /* the first warms the memory up */
        double start = now(), between;

        b.len = 0;
        codec->encoder->encode(encoder, &settings, &block, &b);
        between = now();
        decode_all(codec, decoder, to, &b);
        if (i < 0)
            continue;
        encode[i] = between - start;
        decode[i] = now() - between;
    }
    e = figure_of(encode, rounds, count);
    d = figure_of(decode, rounds, count);
    printf("%-8s %-10s %8.2f (%.2f-%.2f) %8.2f (%.2f-%.2f) %9.3f\n", codec->name, content, e.median,
           e.lower, e.upper, d.median, d.lower, d.upper, (double)b.len / count);
    if (codec->encoder->destroy)
        codec->encoder->destroy(encoder);
    codec->decoder->destroy(decoder);
    surface_unref(to);
    buf_finish(&b);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*paint)(uint32_t *p);
        struct rect at;
    } contents[] = {
        {"text", paint_text, {0, 0, WIDTH, HEIGHT}},
        {"line", paint_text, {0, 64, 640, 16}},
        {"flat", paint_flat, {0, 0, WIDTH, HEIGHT}},
        {"photo", paint_photo, {0, 0, WIDTH, HEIGHT}},
        {"grain", paint_grain, {0, 0, WIDTH, HEIGHT}},
        {"noise", paint_noise, {0, 0, WIDTH, HEIGHT}},
    };
    int rounds = argc > 1 ? atoi(argv[1]) : 9;
    uint32_t *pixels = mem_alloc0((size_t)WIDTH * HEIGHT, 4);

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "bench_enc [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    printf("%-8s %-10s %22s %22s %9s\n", "", "content", "encode ns/px (quarters)",
           "decode ns/px (quarters)", "bytes/px");
    for (size_t c = 0; c < sizeof(contents) / sizeof(contents[0]); c++) {
        contents[c].paint(pixels);
        for (int i = 0; i < RFB_CODEC_COUNT; i++)
            if (rfb_codecs[i].encoder)
                measure(&rfb_codecs[i], contents[c].name, pixels, contents[c].at, rounds);
    }
    free(pixels);
    return 0;
}
