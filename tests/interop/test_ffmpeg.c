/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Films and the ffmpeg program: it decodes what our encoder made, and finds what the specification
 * wants in it; our decoder shows what it encoded, of every kind that a server may send.
 */
#include "../tools/codec.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/module.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { WIDE = 322, HIGH = 200, PICTURES = 12, SKIPPED = 77 };

static char folder[] = "/tmp/oriel-h264.XXXXXX";

/* Shapes that move, and a square whose colours are full ones. */
static void paint_picture(uint32_t *pixels, int frame)
{
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) {
            int red = 128 + (int)(100 * sin((x + 3 * frame) / 37.0)),
                green = 128 + (int)(100 * cos((y + 2 * frame) / 41.0)),
                blue = 100 + (int)(80 * sin((x - y) / 50.0));

            pixels[y * WIDE + x] = (uint32_t)red << 16 | (uint32_t)green << 8 | (uint32_t)blue;
            if (x / 64 == 1 && y / 64 == 1)
                pixels[y * WIDE + x] = x & 32 ? 0xff0000 : y & 32 ? 0x00ff00 : 0x0000ff;
        }
}

static double ratio(const uint32_t *a, const uint32_t *b)
{
    double sum = 0;

    for (int i = 0; i < WIDE * HIGH; i++)
        for (unsigned shift = 0; shift < 24; shift += 8) {
            int d = (int)(a[i] >> shift & 255) - (int)(b[i] >> shift & 255);

            sum += d * d;
        }
    return 10 * log10(255 * 255 * 3.0 * WIDE * HIGH / fmax(sum, 1));
}

/* What the command, in our folder, says. */
static struct buf said(const char *command)
{
    char line[1024];
    struct buf b = BUF_INIT;
    FILE *f;
    size_t n;

    snprintf(line, sizeof(line), "cd %s && %s", folder, command);
    f = popen(line, "r");
    while (f && (n = fread(buf_reserve(&b, 65536), 1, 65536, f)) > 0)
        b.len += n;
    CHECK(f && !pclose(f));
    return b;
}

static void save(const char *name, const struct buf *b)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "wb");
    CHECK(f && fwrite(b->data, 1, b->len, f) == b->len);
    if (f)
        fclose(f);
}

/* ---- Ours, by ffmpeg ---- */

static void test_ours(uint32_t *pixels)
{
    const struct rfb_codec *codec = &rfb_codecs[rfb_codec_index(RFB_OPEN_H264)];
    struct rfb_encode_settings settings = {.format = pixel_format_native, .quality = 90};
    struct rfb_block block = {pixels, WIDE, {10, 20, WIDE, HIGH}};
    struct buf stream = BUF_INIT, out = BUF_INIT, facts;
    void *state = codec->film->create();

    for (int i = 0; i < PICTURES; i++) {
        paint_picture(pixels, i);
        buf_clear(&out);
        CHECK_INT(codec->film->encode(state, &settings, &block, &out), 1);
        buf_append(&stream, out.data + 20, out.len - 20);
    }
    codec->film->destroy(state);
    save("ours.h264", &stream);
    buf_clear(&out);
    buf_finish(&out);
    out = said("ffmpeg -v error -i ours.h264 -fps_mode passthrough -f rawvideo -pix_fmt bgr0 -");
    CHECK_INT(out.len, (size_t)PICTURES * WIDE * HIGH * 4);
    for (size_t i = 0; i < PICTURES && out.len == (size_t)PICTURES * WIDE * HIGH * 4; i++) {
        paint_picture(pixels, (int)i);
        CHECK(ratio(pixels, (const uint32_t *)(void *)(out.data + i * WIDE * HIGH * 4)) > 30);
    }
    buf_finish(&out);
    facts = said("ffprobe -v error -show_streams ours.h264");
    buf_append(&facts, "", 1);
    CHECK(strstr((char *)facts.data, "profile=Constrained Baseline\n"));
    CHECK(strstr((char *)facts.data, "has_b_frames=0\n"));
    CHECK(strstr((char *)facts.data, "color_range=tv\n"));
    CHECK(strstr((char *)facts.data, "color_space=smpte170m\n"));
    CHECK(strstr((char *)facts.data, "color_primaries=bt709\n"));
    CHECK(strstr((char *)facts.data, "color_transfer=iec61966-2-1\n"));
    buf_finish(&facts);
    /* A slice a picture, and parameters once. */
    facts = said("ffmpeg -v trace -i ours.h264 -c copy -bsf:v trace_headers -f null - 2>&1 | "
                 "grep -c ' nal_unit_type .* 00001 = 1$\\| nal_unit_type .* 00101 = 5$'");
    buf_append(&facts, "", 1);
    CHECK_INT(atoi((char *)facts.data), PICTURES);
    buf_finish(&facts);
    buf_finish(&stream);
}

/* ---- ffmpeg's, by ours ---- */

static const struct {
    const char *what, *options;
    double least; /* dB of the last picture */
} kinds[] = {
    {"baseline", "-profile:v baseline -pix_fmt yuv420p -tune zerolatency", 30},
    {"high, slices", "-preset medium -pix_fmt yuv420p -tune zerolatency -slices 5", 30},
    {"pictures that refer to later ones", "-preset medium -pix_fmt yuv420p -bf 3", 30},
    {"fine colours", "-pix_fmt yuv444p -tune zerolatency", 36},
    {"half as fine", "-pix_fmt yuv422p -tune zerolatency", 32},
    {"fields", "-pix_fmt yuv420p -tune zerolatency -flags +ildct+ilme -x264opts tff=1", 25},
    {"television's new colours",
     "-pix_fmt yuv444p -tune zerolatency -vf scale=out_color_matrix=bt709 -colorspace bt709", 36},
    {"all 256 values", "-pix_fmt yuvj444p -tune zerolatency -vf scale=out_range=pc -color_range pc",
     36},
    {"intra refresh", "-pix_fmt yuv420p -tune zerolatency -intra-refresh 1", 30},
};

static struct buf whole_rectangle(const struct buf *stream)
{
    struct buf b = BUF_INIT;

    wire_put_u32(&b, (uint32_t)stream->len);
    wire_put_u32(&b, RFB_H264_RESET_ALL);
    buf_append(&b, stream->data, stream->len);
    return b;
}

static void test_theirs(uint32_t *pixels)
{
    struct buf raw = BUF_INIT;

    for (int i = 0; i < PICTURES; i++) {
        paint_picture(pixels, i);
        buf_append(&raw, pixels, WIDE * HIGH * 4);
    }
    save("raw", &raw);
    buf_finish(&raw);
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_OPEN_H264));
        struct surface *screen = surface_create(WIDE, HIGH);
        struct rect all = surface_bounds(screen);
        char command[512];
        struct buf stream, b;
        double best = 0;

        snprintf(command, sizeof(command),
                 "ffmpeg -v error -f rawvideo -pix_fmt bgr0 -video_size %dx%d -i raw -c:v libx264 "
                 "-crf 16 -threads 1 %s -f h264 -",
                 WIDE, HIGH, kinds[k].options);
        stream = said(command);
        b = whole_rectangle(&stream);
        CHECK_INT(decode(&t, &pixel_format_native, screen, all, b.data, b.len, 1000), b.len);
        /* What refers to later pictures is late: the last one is still to come. */
        for (int i = PICTURES - 4; i < PICTURES; i++) {
            paint_picture(pixels, i);
            best = fmax(best, ratio(pixels, (uint32_t *)(void *)screen->data));
        }
        printf("%s: %.1f dB\n", kinds[k].what, best);
        CHECK(best > kinds[k].least);
        buf_finish(&b);
        buf_finish(&stream);
        close_codec(&t);
        surface_unref(screen);
    }
}

int main(void)
{
    static uint32_t pixels[WIDE * HIGH];
    char command[64];

    rfb_h264_use_encoding(&oriel_h264_encoding);
    rfb_h264_use_decoding(oriel_h264_decoding());
    if (system("command -v ffmpeg ffprobe >/dev/null") || !rfb_h264_decodes()) {
        printf("ffmpeg is not installed\n");
        return SKIPPED;
    }
    if (!mkdtemp(folder))
        return 1;
    test_ours(pixels);
    test_theirs(pixels);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(!system(command));
    return check_result();
}
