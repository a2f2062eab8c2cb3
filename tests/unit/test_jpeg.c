/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that our own writer makes, read by libjpeg: of any size, content and quality they are no
 * further from the pixels than libjpeg's own, and hardly longer.
 */
#include "check.h"

#include "base/arith.h"
#include "rfb/enc/jpeg_vector.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

enum { W = 620, H = 48 };

static uint32_t picture[W * H], decoded[W * H];

/* ---- Contents ---- */

static uint32_t noise(int32_t x, int32_t y)
{
    uint32_t h = (uint32_t)(x * 31 + y * 57011) * 2654435761u;

    return (h ^ h >> 15) * 2246822519u >> 8;
}

static uint32_t grain(int32_t x, int32_t y)
{
    return (uint32_t)((x / 3 + 40) % 200 << 16 | (y * 4 + 20) % 200 << 8 | (x / 5 + y) % 200) +
           (noise(x, y) & 0x0f0f0f);
}

static uint32_t extremes(int32_t x, int32_t y)
{
    return (x + y) & 1 ? 0xffffff : 0;
}

static uint32_t stripes(int32_t x, int32_t y)
{
    static const uint32_t colours[] = {0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0xff00ff};

    return colours[(x / 8 + y / 8) % 6];
}

static uint32_t dots(int32_t x, int32_t y)
{
    return x % 8 == 7 && y % 8 == 7 ? 0xffffff : 0x202020; /* runs of zeros, and a last one */
}

static uint32_t plain(int32_t x, int32_t y)
{
    (void)x, (void)y;
    return 0x4080c0;
}

static const struct {
    const char *name;
    uint32_t (*at)(int32_t x, int32_t y);
} contents[] = {{"noise", noise},     {"grain", grain}, {"extremes", extremes},
                {"stripes", stripes}, {"dots", dots},   {"plain", plain}};

/* ---- libjpeg ---- */

static size_t write_by_libjpeg(int32_t w, int32_t h, int quality)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *made = NULL;
    unsigned long len = 0;

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &made, &len);
    c.image_width = (JDIMENSION)w;
    c.image_height = (JDIMENSION)h;
    c.input_components = 4;
    c.in_color_space = JCS_EXT_BGRX;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&c, TRUE);
    for (int32_t y = 0; y < h; y++) {
        JSAMPROW row = (JSAMPROW)(picture + y * W);

        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    memset(decoded, 0, sizeof(decoded));
    memcpy(decoded, made, MIN_OF((size_t)len, sizeof(decoded)));
    free(made);
    return len;
}

/* Mean square of what is wrong; negative: it is no such image. */
static double read_by_libjpeg(const void *data, size_t len, int32_t w, int32_t h)
{
    struct jpeg_decompress_struct c;
    struct jpeg_error_mgr errors;
    double square = 0;
    bool right;

    c.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&c);
    jpeg_mem_src(&c, data, len);
    jpeg_read_header(&c, TRUE);
    c.out_color_space = JCS_EXT_BGRX;
    right = c.image_width == (JDIMENSION)w && c.image_height == (JDIMENSION)h;
    jpeg_start_decompress(&c);
    for (int32_t y = 0; right && y < h; y++) {
        uint32_t line[W];
        JSAMPROW row = (JSAMPROW)line;

        jpeg_read_scanlines(&c, &row, 1);
        for (int32_t x = 0; x < w; x++)
            for (int shift = 0; shift < 24; shift += 8) {
                double e =
                    (double)(line[x] >> shift & 255) - (double)(picture[y * W + x] >> shift & 255);

                square += e * e;
            }
    }
    if (right)
        jpeg_finish_decompress(&c);
    right = right && !errors.num_warnings;
    jpeg_destroy_decompress(&c);
    return right ? square / (3.0 * w * h) : -1;
}

/* ---- The comparison ---- */

static void check_image(struct rfb_jpeg_vector *j, const char *name, int32_t w, int32_t h,
                        int quality)
{
    struct buf out = BUF_INIT;
    size_t theirs = write_by_libjpeg(w, h, quality);
    double their_error = read_by_libjpeg(decoded, theirs, w, h), error;

    rfb_jpeg_vector_write(j, picture, W, w, h, quality, &out);
    error = read_by_libjpeg(out.data, out.len, w, h);
    if (error < 0 || error > their_error * 1.1 + 1 || out.len > theirs + theirs / 16 + 32)
        printf("%s %dx%d, quality %d: %.2f in %zu bytes, libjpeg %.2f in %zu\n", name, w, h,
               quality, error, out.len, their_error, theirs);
    CHECK(error >= 0);
    CHECK(error <= their_error * 1.1 + 1);
    CHECK(out.len <= theirs + theirs / 16 + 32);
    buf_finish(&out);
}

int main(void)
{
    static const int32_t sizes[][2] = {{1, 1},   {8, 8},  {9, 7},    {16, 16}, {17, 33},
                                       {257, 5}, {3, 48}, {256, 16}, {600, 40}};
    static const int qualities[] = {1, 10, 49, 50, 75, 92, 97, 100};
    struct rfb_jpeg_vector *j = rfb_jpeg_vector_create();

    if (!j) {
        printf("this processor has no vectors for it\n");
        return 77; /* skipped */
    }
    for (size_t c = 0; c < ARRAY_LEN(contents); c++) {
        for (int32_t i = 0; i < W * H; i++)
            picture[i] = contents[c].at(i % W, i / W) & 0xffffff;
        for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
            for (size_t q = 0; q < ARRAY_LEN(qualities); q++)
                check_image(j, contents[c].name, sizes[s][0], sizes[s][1], qualities[q]);
    }
    rfb_jpeg_vector_destroy(j);
    return check_result();
}
