/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PNG images over libpng; see image_png.h. */
#include "pixel/image_png.h"

#include "base/mem.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_MAX = 64 * 1024 }; /* bytes of a chunk that is no pixels: a palette has 768 */

/* A surface's pixel, 0xXXRRGGBB, as bytes: blue first, or the byte without a meaning first. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { BLUE_FIRST = true, FILLER = PNG_FILLER_AFTER };
#else
enum { BLUE_FIRST = false, FILLER = PNG_FILLER_BEFORE };
#endif

static void say_nothing(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* ---- Writing ---- */

static void append(png_structp png, png_bytep data, size_t len)
{
    buf_append(png_get_io_ptr(png), data, len);
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

static void set_palette(png_structp png, png_infop info, const struct image_png_picture *p)
{
    png_color colours[256];

    for (uint32_t i = 0; i < p->colours; i++)
        colours[i] = (png_color){(png_byte)(p->palette[i] >> 16), (png_byte)(p->palette[i] >> 8),
                                 (png_byte)p->palette[i]};
    png_set_PLTE(png, info, colours, (int)p->colours);
}

static int index_bits(uint32_t colours)
{
    return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}

/* Filters help where neighbours are near each other, which colours in a palette are not. */
static void write_image(png_structp png, png_infop info, const struct image_png_picture *p,
                        int level)
{
    bool indexed = !p->pixels;

    png_set_compression_level(png, level);
    png_set_filter(png, 0, indexed || !level ? PNG_FILTER_NONE : PNG_FILTER_SUB);
    png_set_IHDR(png, info, (png_uint_32)p->w, (png_uint_32)p->h,
                 indexed ? index_bits(p->colours) : 8,
                 indexed ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (indexed)
        set_palette(png, info, p);
    png_write_info(png, info);
    if (indexed) {
        png_set_packing(png);
    } else {
        png_set_filler(png, 0, FILLER);
        if (BLUE_FIRST)
            png_set_bgr(png);
    }
    for (int32_t y = 0; y < p->h; y++) {
        png_write_row(png, indexed ? p->indices + (size_t)y * (size_t)p->w
                                   : (png_const_bytep)(p->pixels + (size_t)y * p->stride));
    }
    png_write_end(png, NULL);
}

bool image_png_write(const struct image_png_picture *picture, int level, struct buf *out)
{
    size_t before = out->len;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, say_nothing);
    png_infop info = png ? png_create_info_struct(png) : NULL;

    if (!info)
        abort(); /* only for lack of memory, or another library than we were built for */
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        out->len = before;
        return false;
    }
    png_set_write_fn(png, out, append, flush_nothing);
    write_image(png, info, picture, level);
    png_destroy_write_struct(&png, &info);
    return true;
}

/* ---- Reading ---- */

struct image_png_reader {
    png_structp png;
    png_infop info;
    struct surface *to;
    struct rect r;
    int32_t rows; /* there so far */
    bool complete;
    struct err why;
};

static void fail(png_structp png, png_const_charp text)
{
    struct image_png_reader *p = png_get_error_ptr(png);

    if (text)
        err_set(&p->why, "a PNG image is damaged (%.100s)", text);
    png_longjmp(png, 1);
}

/* Whatever the image is made of becomes the surface's format. */
static void on_info(png_structp png, png_infop info)
{
    struct image_png_reader *p = png_get_progressive_ptr(png);
    png_uint_32 w = png_get_image_width(png, info), h = png_get_image_height(png, info);

    if (w != (png_uint_32)p->r.w || h != (png_uint_32)p->r.h)
        err_set(&p->why, "a PNG rectangle of %dx%d holds an image of %ux%u", p->r.w, p->r.h, w, h);
    else if (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE)
        err_set(&p->why, "a PNG image is interlaced: not supported");
    else if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE &&
             !png_get_valid(png, info, PNG_INFO_PLTE))
        err_set(&p->why, "a PNG image has no palette");
    if (p->why.text[0])
        fail(png, NULL);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    png_set_filler(png, 0, FILLER);
    if (BLUE_FIRST)
        png_set_bgr(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)p->r.w * 4)
        fail(png, "its rows have another length");
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass)
{
    struct image_png_reader *p = png_get_progressive_ptr(png);

    (void)pass;
    if (!row || (int64_t)y != p->rows || p->rows >= p->r.h)
        fail(png, "its rows are not in their order");
    memcpy(surface_row(p->to, p->r.y + p->rows) + p->r.x, row, (size_t)p->r.w * 4);
    p->rows++;
}

static void on_end(png_structp png, png_infop info)
{
    struct image_png_reader *p = png_get_progressive_ptr(png);

    (void)info;
    if (p->rows != p->r.h)
        fail(png, "it has too few rows");
    p->complete = true;
}

struct image_png_reader *image_png_reader_create(void)
{
    return mem_new0(struct image_png_reader);
}

static void give_back(struct image_png_reader *p)
{
    if (p->png)
        png_destroy_read_struct(&p->png, &p->info, NULL);
}

void image_png_reader_begin(struct image_png_reader *p, struct surface *to, struct rect r)
{
    give_back(p);
    *p = (struct image_png_reader){.to = to, .r = r};
    p->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, p, fail, say_nothing);
    p->info = p->png ? png_create_info_struct(p->png) : NULL;
    if (!p->info)
        abort();
    png_set_user_limits(p->png, (png_uint_32)r.w, (png_uint_32)r.h);
    png_set_chunk_malloc_max(p->png, CHUNK_MAX);
    png_set_keep_unknown_chunks(p->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* texts, profiles */
    png_set_progressive_read_fn(p->png, p, on_info, on_row, on_end);
}

int image_png_read(struct image_png_reader *p, const uint8_t *data, size_t len, struct err *err)
{
    if (p->complete)
        return 1;
    if (setjmp(png_jmpbuf(p->png))) {
        *err = p->why;
        return -1;
    }
    png_process_data(p->png, p->info, (png_bytep)(uintptr_t)data, len); /* which it only reads */
    if (p->complete)
        give_back(p);
    return p->complete;
}

void image_png_reader_destroy(struct image_png_reader *p)
{
    if (p)
        give_back(p);
    free(p);
}
