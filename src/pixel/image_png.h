/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PNG images over libpng: TightPNG's, and pictures for people. libpng leaves its functions by a
 * jump when something is wrong; that jump never goes further than image_png.c, whose functions
 * return errors.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/rect.h"
#include "pixel/surface.h"

#include <stdbool.h>

/* Rows of surface pixels, or with a palette packed rows of one byte for each. */
struct image_png_picture {
    int32_t w, h;
    const uint32_t *pixels;  /* NULL: indices */
    size_t stride;           /* pixels from row to row */
    const uint8_t *indices;  /* each below `colours` */
    const uint32_t *palette; /* surface pixels */
    uint32_t colours;        /* 1…256 */
};

/* Appends the image, at zlib's level 0…9. False, with nothing appended, when libpng can't. */
bool image_png_write(const struct image_png_picture *picture, int level, struct buf *out);

/* Keeps no input. Its memory is taken when an image begins and given back at its end. */
struct image_png_reader;

struct image_png_reader *image_png_reader_create(void);
/* An image begins that must be exactly r's size; r lies inside the surface. */
void image_png_reader_begin(struct image_png_reader *p, struct surface *to, struct rect r);
/*
 * Takes all bytes that it is offered, those behind the image as well, of an image in pieces of any
 * length, and answers 1 when the image is complete, 0 when it needs more, -1 when a rule is broken.
 */
int image_png_read(struct image_png_reader *p, const uint8_t *data, size_t len, struct err *err);
void image_png_reader_destroy(struct image_png_reader *p); /* takes NULL */
