/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encodings that are images: Tight's and the JPEG encoding's JPEG, TightPNG's PNG. How near a lossy
 * picture comes, that text stays exact beside it, and images that others make or that are wrong.
 * What these encodings have in common with all others is in test_enc.c.
 */
#include "base/mem.h"
#include "codec.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

/* ---- JPEG -------------------------------------------------------------------------------------
 */

/* A picture: smooth, and with more than 256 colours; seen through a format of 16 bits still so. */
static void paint_picture(uint32_t *pixels, int32_t w, int32_t h)
{
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++)
            pixels[y * w + x] = (uint32_t)(x * 200 / w + y % 3) << 16 |
                                (uint32_t)(y * 180 / h + x % 2) << 8 |
                                (uint32_t)(255 - (x + y) * 100 / (w + h));
}

/* The largest and the mean distance of a colour of the rectangle from the pixels. */
static int distance(const struct surface *s, struct rect r, const uint32_t *pixels, double *mean)
{
    int worst = 0;
    double sum = 0;

    for (int32_t y = 0; y < r.h; y++)
        for (int32_t x = 0; x < r.w; x++)
            for (int shift = 0; shift < 24; shift += 8) {
                int d = (int)(surface_row(s, r.y + y)[r.x + x] >> shift & 255) -
                        (int)(pixels[y * r.w + x] >> shift & 255);

                worst = MAX_OF(worst, abs(d));
                sum += abs(d);
            }
    *mean = sum / (r.w * r.h * 3);
    return worst;
}

/* What is sent at each quality and subsampling is near the picture, and shorter. */
static void test_jpeg(int index, struct rect r)
{
    struct codec_under_test t = open_codec(index);
    uint32_t *pixels = mem_alloc0((size_t)r.w * (size_t)r.h, 4);
    struct rfb_block block = {pixels, (size_t)r.w, r};
    size_t lossless = 0;

    paint_picture(pixels, r.w, r.h);
    for (int quality = 0; quality <= 100; quality += 25) {
        for (int sub = 0; sub < 4; sub++) {
            struct rfb_encode_settings settings = {formats[sub == 1 ? 2 : 0], 1, quality,
                                                   (enum rfb_subsampling)sub};
            struct surface *s = surface_create(300, 300);
            struct buf b = BUF_INIT;
            uint32_t count = t.codec->encoder->encode(t.encoder, &settings, &block, &b);
            double mean;
            int worst;

            CHECK_INT(decode_all(&t, &settings.format, s, &b, 1000), count);
            worst = distance(s, r, pixels, &mean);
            if (!quality) {
                CHECK_INT(worst, 0);
                lossless = b.len;
            } else if (sub == RFB_GREY) {
                uint32_t p = surface_row(s, r.y + 1)[r.x + 1];

                CHECK((p & 255) == (p >> 8 & 255) && (p & 255) == (p >> 16 & 255));
            } else {
                CHECK(b.len < (size_t)r.w * (size_t)r.h * 3 && b.len != lossless);
                CHECK(mean < 9 - quality / 15 && worst > 0);
            }
            buf_finish(&b);
            surface_unref(s);
        }
    }
    close_codec(&t);
    free(pixels);
}

/* Few colours are exact whatever the quality, beside a picture too. */
static void test_jpeg_leaves_text(int index)
{
    struct codec_under_test t = open_codec(index);
    struct rfb_encode_settings settings = {formats[0], 1, 30, RFB_COLOUR_4X};
    struct surface *s = surface_create(256, 128);
    uint32_t *pixels = mem_alloc0(256 * 128, 4);
    struct rfb_block block = {pixels, 256, {0, 0, 256, 128}};
    struct buf b = BUF_INIT;
    bool lossy = false;

    paint_picture(pixels, 256, 128);
    for (int32_t y = 0; y < 128; y++)
        for (int32_t x = 0; x < 128; x++)
            pixels[y * 256 + x] = (random_next() % 100) * 0x020201;
    t.codec->encoder->encode(t.encoder, &settings, &block, &b);
    decode_all(&t, &formats[0], s, &b, b.len);
    for (int32_t y = 0; y < 128; y++) {
        CHECK(!memcmp(surface_row(s, y), pixels + y * 256, 128 * 4));
        for (int32_t x = 128; x < 256; x++)
            lossy |= surface_row(s, y)[x] != pixels[y * 256 + x];
    }
    CHECK(lossy);
    buf_finish(&b);
    surface_unref(s);
    free(pixels);
    close_codec(&t);
}

static void count_lossy(void *data, struct rect r)
{
    *(int32_t *)data += r.w * r.h;
}

/* Pieces of a picture that adjoin are one image, up to the text between two. */
static void test_jpeg_adjoins(int index)
{
    enum { PIECES_W = 8 * 128, PIECES_H = 100, TEXT_X = 3 * 128 };
    struct codec_under_test t = open_codec(index);
    int32_t lossy = 0;
    struct rfb_encode_settings settings = {
        formats[0], 1, 90, RFB_COLOUR_1X, .lossy = count_lossy, .lossy_data = &lossy};
    struct surface *s = surface_create(PIECES_W, PIECES_H);
    uint32_t *pixels = mem_alloc0((size_t)PIECES_W * PIECES_H, 4);
    struct rfb_block block = {pixels, PIECES_W, {0, 0, PIECES_W, PIECES_H}};
    struct buf b = BUF_INIT;

    paint_picture(pixels, PIECES_W, PIECES_H);
    CHECK_INT(t.codec->encoder->encode(t.encoder, &settings, &block, &b), 1);
    CHECK_INT(decode_all(&t, &formats[0], s, &b, b.len), 1);
    CHECK_INT(lossy, PIECES_W * PIECES_H);
    for (int32_t y = 0; y < PIECES_H; y++)
        for (int32_t x = 0; x < 128; x++)
            pixels[y * PIECES_W + TEXT_X + x] = x % 5 && y % 7 ? 0xffffff : 0x204060;
    lossy = 0;
    buf_clear(&b);
    CHECK_INT(t.codec->encoder->encode(t.encoder, &settings, &block, &b), 3);
    CHECK_INT(decode_all(&t, &formats[0], s, &b, b.len), 3);
    CHECK_INT(lossy, (PIECES_W - 128) * PIECES_H);
    for (int32_t y = 0; y < PIECES_H; y++)
        CHECK(!memcmp(surface_row(s, y) + TEXT_X, pixels + y * PIECES_W + TEXT_X, 128 * 4));
    buf_finish(&b);
    surface_unref(s);
    free(pixels);
    close_codec(&t);
}

/* An image cut in two everywhere, and with each byte wrong: nothing outside of the rectangle. */
static void test_image_bytes(int index, int quality)
{
    uint32_t pixels[40 * 33];
    struct rfb_block block = {pixels, 40, {3, 2, 40, 33}};
    struct rfb_encode_settings settings = {formats[0], 1, quality, RFB_COLOUR_4X};
    struct codec_under_test t = open_codec(index);
    struct surface *want = surface_create(50, 40), *got = surface_create(50, 40);
    struct buf b = BUF_INIT;

    paint_picture(pixels, 40, 33);
    CHECK_INT(t.codec->encoder->encode(t.encoder, &settings, &block, &b), 1);
    CHECK_INT(decode_all(&t, &formats[0], want, &b, b.len), 1);
    for (size_t cut = 0; cut < b.len - 12; cut++) {
        struct err err;
        size_t first, rest;

        memset(got->data, 0, got->size);
        t.codec->decoder->begin(t.decoder, &formats[0], got, block.at);
        CHECK_INT(t.codec->decoder->decode(t.decoder, b.data + 12, cut, &first, &err),
                  RFB_DECODE_NEEDS_MORE);
        CHECK_INT(t.codec->decoder->decode(t.decoder, b.data + 12 + first, b.len - 12 - first,
                                           &rest, &err),
                  RFB_DECODE_DONE);
        CHECK_INT(first + rest, b.len - 12);
        CHECK(!memcmp(got->data, want->data, want->size));
    }
    memset(got->data, 0, got->size);
    for (size_t i = 12; i < b.len; i++) {
        b.data[i] ^= 0xff;
        decode(&t, &formats[0], got, block.at, b.data + 12, b.len - 12, 97);
        b.data[i] ^= 0xff;
    }
    for (int32_t y = 0; y < 40; y++)
        for (int32_t x = 0; x < 50; x++)
            CHECK(!surface_row(got, y)[x] || rect_has_point(block.at, x, y));
    CHECK_INT(decode_all(&t, &formats[0], got, &b, 1), 1); /* and it still works */
    CHECK(!memcmp(got->data, want->data, want->size));
    buf_finish(&b);
    surface_unref(want);
    surface_unref(got);
    close_codec(&t);
}

/* An image as others make it: w by h pixels, 1, 3 or 4 colours. */
static size_t make_jpeg(uint8_t *to, size_t room, int w, int h, int colours, bool progressive)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned long len = 0;
    uint8_t *made = NULL;
    uint8_t row[64 * 4] = {0};
    JSAMPROW rows = row;

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &made, &len);
    c.image_width = (JDIMENSION)w;
    c.image_height = (JDIMENSION)h;
    c.input_components = colours;
    c.in_color_space = colours == 1 ? JCS_GRAYSCALE : colours == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    if (progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height)
        jpeg_write_scanlines(&c, &rows, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    CHECK(made && len <= room);
    memcpy(to, made, len);
    free(made);
    return len;
}

static void test_wrong_jpeg(void)
{
    static const struct {
        int w, h, colours;
        bool progressive, right;
        int excess; /* bytes more than the image in the rectangle's length */
    } cases[] = {
        {20, 10, 3, false, true, 0},   {20, 10, 1, false, true, 0},    {20, 10, 3, false, true, 7},
        {20, 10, 3, false, false, -1}, {20, 10, 3, false, false, -90}, {21, 10, 3, false, false, 0},
        {20, 9, 3, false, false, 0},   {20, 10, 4, false, false, 0},   {20, 10, 3, true, false, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT));
        struct surface *s = surface_create(20, 10);
        uint8_t body[4096] = {0x90};
        size_t len = make_jpeg(body + 3, sizeof(body) - 16, cases[i].w, cases[i].h,
                               cases[i].colours, cases[i].progressive);

        len = (size_t)((int)len + cases[i].excess);
        body[1] = (uint8_t)(len | 0x80);
        body[2] = (uint8_t)(len >> 7);
        CHECK(len < 1 << 14);
        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body, len + 3, 100),
                  cases[i].right ? (long)len + 3 : -1);
        close_codec(&t);
        surface_unref(s);
    }
}

/* A compressor that writes into *made, to be freed. */
static void jpeg_to_memory(struct jpeg_compress_struct *c, struct jpeg_error_mgr *errors,
                           uint8_t **made, unsigned long *len)
{
    c->err = jpeg_std_error(errors);
    jpeg_create_compress(c);
    *made = NULL;
    *len = 0;
    jpeg_mem_dest(c, made, len);
}

static void write_picture(struct jpeg_compress_struct *c, const uint32_t *pixels, bool tables)
{
    jpeg_start_compress(c, tables);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + c->next_scanline * c->image_width);

        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
}

/*
 * JPEG's images without tables are those of a quality that is unusual, with Huffman tables of their
 * own: decoded as if they were whole, in pieces of any length. The first has to have them.
 */
static void test_jpeg_tables(void)
{
    enum { W = 48, H = 40 };
    struct codec_under_test t = open_codec(rfb_codec_index(RFB_JPEG));
    struct surface *whole = surface_create(W, H), *s = surface_create(W, H);
    uint32_t pixels[W * H];
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned long len, short_len;
    uint8_t *made, *short_made;

    paint_picture(pixels, W, H);
    jpeg_to_memory(&c, &errors, &made, &len);
    c.image_width = W;
    c.image_height = H;
    c.input_components = 4;
    c.in_color_space = JCS_EXT_BGRX;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 33, TRUE);
    c.optimize_coding = TRUE;
    write_picture(&c, pixels, true);
    c.optimize_coding = FALSE;
    short_made = NULL;
    jpeg_mem_dest(&c, &short_made, &short_len);
    write_picture(&c, pixels, false);
    jpeg_destroy_compress(&c);
    CHECK(short_len + 100 < len);
    CHECK_INT(decode(&t, &formats[0], whole, surface_bounds(whole), made, len, 1), len);
    for (size_t piece = 1; piece < short_len; piece += 13) {
        memset(s->data, 0, s->size);
        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), short_made, short_len, piece),
                  short_len);
        CHECK(!memcmp(s->data, whole->data, s->size));
    }
    close_codec(&t);
    t = open_codec(rfb_codec_index(RFB_JPEG));
    CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), short_made, short_len, short_len), -1);
    close_codec(&t);
    surface_unref(whole);
    surface_unref(s);
    free(made);
    free(short_made);
}

/* ---- PNG --------------------------------------------------------------------------------------
 */

enum { WIDE = 20, HIGH = 10, PNG_ROOM = 4096 };

struct png_case {
    int colour, bits, interlace;
    bool right;
    int w, h;
    int excess; /* bytes more than the image in the rectangle's length */
};

/* An image as others make it; its samples are all 0x5a, or the palette's colour 2. */
static void make_png(struct buf *out, const struct png_case *c)
{
    uint8_t row[WIDE * 8 + 8];
    png_color palette[4] = {{0}, {0}, {0x5a, 0x5a, 0x5a}, {0}};
    png_byte alpha[4] = {0, 0, 0x80, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *f = tmpfile();
    int passes;

    CHECK(f != NULL);
    memset(row, c->colour == PNG_COLOR_TYPE_PALETTE ? c->bits == 2 ? 0xaa : 2 : 0x5a, sizeof(row));
    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)c->w, (png_uint_32)c->h, c->bits, c->colour, c->interlace,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (c->colour == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, 4);
        png_set_tRNS(png, info, alpha, 4, NULL);
    }
    png_write_info(png, info);
    passes = png_set_interlace_handling(png);
    for (int y = 0; y < c->h * passes; y++)
        png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    rewind(f);
    out->len += fread(buf_reserve(out, PNG_ROOM), 1, PNG_ROOM, f);
    fclose(f);
}

/* The body of a TightPNG rectangle around an image. */
static struct buf png_body(const void *image, size_t len, int excess)
{
    struct buf b = BUF_INIT;
    size_t said = (size_t)((int)len + excess);

    CHECK(said < 1 << 14);
    wire_put_u8(&b, 0xa0);
    wire_put_u8(&b, (uint8_t)(said | 0x80));
    wire_put_u8(&b, (uint8_t)(said >> 7));
    buf_append(&b, image, len);
    for (int i = 0; i < excess; i++)
        wire_put_u8(&b, 0xee);
    return b;
}

static void test_png_kinds(void)
{
    static const struct png_case cases[] = {
        {PNG_COLOR_TYPE_RGB, 8, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_RGB, 16, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_RGB_ALPHA, 8, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_RGB_ALPHA, 16, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_GRAY, 8, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_GRAY_ALPHA, 16, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_PALETTE, 8, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_PALETTE, 2, 0, true, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_RGB, 8, 0, true, WIDE, HIGH, 9},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, WIDE, HIGH, -1},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, WIDE, HIGH, -40},
        {PNG_COLOR_TYPE_RGB, 8, 1, false, WIDE, HIGH, 0},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, WIDE + 1, HIGH, 0},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, WIDE, HIGH - 1, 0},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, WIDE, HIGH + 1, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT_PNG));
        struct surface *s = surface_create(WIDE, HIGH);
        struct buf image = BUF_INIT, body;
        uint32_t wrong = 0;

        make_png(&image, &cases[i]);
        body = png_body(image.data, image.len, cases[i].excess);
        for (size_t piece = 1; piece < 40; piece += 19) {
            memset(s->data, 0, s->size);
            CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body.data, body.len, piece),
                      cases[i].right ? (long)body.len : -1);
            for (int32_t p = 0; p < WIDE * HIGH; p++)
                wrong += (surface_row(s, p / WIDE)[p % WIDE] & 0xffffff) != 0x5a5a5a;
        }
        CHECK(!wrong || !cases[i].right);
        close_codec(&t);
        surface_unref(s);
        buf_finish(&image);
        buf_finish(&body);
    }
}

static void put_chunk(struct buf *out, const char *type, const void *data, uint32_t len)
{
    size_t from;

    wire_put_u32(out, len);
    from = out->len;
    buf_append(out, type, 4);
    buf_append(out, data, len);
    wire_put_u32(out, (uint32_t)crc32(0, out->data + from, len + 4));
}

/*
 * Images made by hand: pixel data that inflates to 300 times the picture, to a part of it or to
 * nothing at all, and texts that would be a thousand times larger than they are here.
 */
static void test_png_bombs(void)
{
    static const uint8_t zeros[1 << 20];
    static const struct {
        size_t plain;
        bool text, right;
    } cases[] = {{(WIDE * 3 + 1) * HIGH, false, true},
                 {(WIDE * 3 + 1) * HIGH, true, true}, /* the text is skipped */
                 {(WIDE * 3 + 1) * (HIGH - 1), false, false},
                 {0, false, false}};
    static const uint8_t head[13] = {0, 0, 0, WIDE, 0, 0, 0, HIGH, 8, 2};

    for (size_t i = 0; i <= ARRAY_LEN(cases); i++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT_PNG));
        struct surface *s = surface_create(WIDE, HIGH);
        size_t plain = i < ARRAY_LEN(cases) ? cases[i].plain : sizeof(zeros);
        bool right = i < ARRAY_LEN(cases) && cases[i].right;
        struct buf image = BUF_INIT, body;
        uint8_t packed[4096] = "k\0";
        uLongf n = sizeof(packed) - 3;
        long used;

        buf_append(&image, "\x89PNG\r\n\x1a\n", 8);
        put_chunk(&image, "IHDR", head, sizeof(head));
        if (i < ARRAY_LEN(cases) && cases[i].text) {
            compress(packed + 3, &n, zeros, sizeof(zeros));
            put_chunk(&image, "zTXt", packed, (uint32_t)n + 3);
            n = sizeof(packed);
        }
        compress(packed, &n, zeros, plain);
        put_chunk(&image, "IDAT", packed, (uint32_t)n);
        put_chunk(&image, "IEND", NULL, 0);
        body = png_body(image.data, image.len, 0);
        used = decode(&t, &formats[0], s, surface_bounds(s), body.data, body.len, 7);
        CHECK_INT(used,
                  right || plain == sizeof(zeros) ? (long)body.len : -1); /* excess: dropped */
        close_codec(&t);
        surface_unref(s);
        buf_finish(&image);
        buf_finish(&body);
    }
}

/* What is Tight's but not TightPNG's, and the other way round. */
static void test_png_is_not_tight(void)
{
    struct surface *s = surface_create(4, 1);

    for (int kind = 0; kind < 8; kind++) {
        struct codec_under_test t = open_codec(rfb_codec_index(RFB_TIGHT_PNG));
        uint8_t body[20] = {(uint8_t)(kind << 4)};

        CHECK_INT(decode(&t, &formats[0], s, surface_bounds(s), body, sizeof(body), 1), -1);
        close_codec(&t);
    }
    surface_unref(s);
}

static void test_all_jpeg(int index)
{
    test_jpeg(index, (struct rect){0, 0, 300, 300});
    test_jpeg(index, (struct rect){7, 9, 61, 47});
    test_image_bytes(index, 50);
}

int main(void)
{
    test_all_jpeg(rfb_codec_index(RFB_TIGHT));
    test_jpeg_leaves_text(rfb_codec_index(RFB_TIGHT));
    test_jpeg_adjoins(rfb_codec_index(RFB_TIGHT));
    test_wrong_jpeg();
    test_all_jpeg(rfb_codec_index(RFB_TIGHT_PNG));
    test_jpeg_leaves_text(rfb_codec_index(RFB_TIGHT_PNG));
    test_image_bytes(rfb_codec_index(RFB_TIGHT_PNG), 0);
    test_all_jpeg(rfb_codec_index(RFB_JPEG));
    test_jpeg_tables();
    test_png_kinds();
    test_png_bombs();
    test_png_is_not_tight();
    return check_result();
}
