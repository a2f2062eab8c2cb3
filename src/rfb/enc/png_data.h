/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PNG images over libpng: TightPNG's. libpng leaves its functions by a jump when something is
 * wrong; that jump never goes further than png_data.c, whose functions return errors. Private to
 * rfb/enc.
 */
#pragma once

#include "rfb/enc/codec.h"

#include <stdbool.h>

/* A picture in packed rows: surface pixels, or with a palette one byte for each. */
struct rfb_png_picture {
    int32_t w, h;
    const uint32_t *pixels;  /* NULL: indices */
    const uint8_t *indices;  /* each below `colours` */
    const uint32_t *palette; /* surface pixels */
    uint32_t colours;        /* 1…256 */
};

/* Appends the image, at zlib's level 0…9. False, with nothing appended, when libpng can't. */
bool rfb_png_write(const struct rfb_png_picture *picture, int level, struct buf *out);

/* Keeps no input. Its memory is taken when an image begins and given back at its end. */
struct rfb_png_reader;

struct rfb_png_reader *rfb_png_reader_create(void);
/* An image begins that must be exactly r's size; r lies inside the surface. */
void rfb_png_reader_begin(struct rfb_png_reader *p, struct surface *to, struct rect r);
/*
 * As a decoder's decode(), but takes all bytes that it is offered, those behind the image as well,
 * and answers 1 when the image is complete, 0 when it needs more, -1 when a rule is broken.
 */
int rfb_png_read(struct rfb_png_reader *p, const uint8_t *data, size_t len, struct err *err);
void rfb_png_reader_destroy(struct rfb_png_reader *p); /* takes NULL */
