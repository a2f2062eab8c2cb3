/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Tight's decoder does with a row once it is inflated. Private to rfb/enc. */
#pragma once

#include "base/err.h"
#include "rfb/enc/tight.h"

#include <stddef.h>
#include <stdint.h>

struct tight_filter {
    struct pixel_format format;
    struct tpixel tpixel;
    uint32_t width; /* pixels */
    uint8_t kind;   /* TIGHT_…_FILTER */
    uint32_t colours;
    uint32_t palette[256];              /* surface pixels */
    uint16_t above[TIGHT_WIDTH_MAX][3]; /* the gradient's: red, green, blue of the row before */
    uint32_t values[TIGHT_WIDTH_MAX];
};

/* A rectangle begins, with the copy filter. Width above TIGHT_WIDTH_MAX: for a fill only. */
void tight_filter_begin(struct tight_filter *f, const struct pixel_format *format, int32_t width);
/* 1, or -1 when there is no such filter for this format. */
int tight_filter_set_kind(struct tight_filter *f, uint8_t kind, struct err *err);
int tight_filter_set_colours(struct tight_filter *f, uint32_t colours); /* 1…256; returns 1 */
size_t tight_filter_palette_bytes(const struct tight_filter *f);
void tight_filter_set_palette(struct tight_filter *f, const uint8_t *bytes);
size_t tight_filter_row_bytes(const struct tight_filter *f);
/* One row's bytes into surface pixels. -1: an index outside the palette. */
int tight_filter_row(struct tight_filter *f, const uint8_t *bytes, uint32_t *to, struct err *err);
