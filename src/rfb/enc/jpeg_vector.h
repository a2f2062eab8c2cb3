/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JPEG images of full colour (4:4:4), written with the processor's widest vectors: what moving
 * pictures are sent as wherever the path holds it. Baseline, with the tables of the standard's
 * annex K scaled as libjpeg does, so its quality and length are libjpeg's, for half of the time.
 *
 * Only where there are such vectors (jpeg_avx2.c); elsewhere (jpeg_plain.c), and for images with
 * fewer colours, libjpeg writes (jpeg_data.c).
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rfb_jpeg_vector; /* tables, and room for some blocks: 70 KB */

/* NULL: this processor is none for it. */
struct rfb_jpeg_vector *rfb_jpeg_vector_create(void);
void rfb_jpeg_vector_destroy(struct rfb_jpeg_vector *j); /* takes NULL */

/* Appends a whole image of w × h (1…65535 each) pixels 0xXXRRGGBB, `stride` pixels a row; quality
 * 1…100. */
void rfb_jpeg_vector_write(struct rfb_jpeg_vector *j, const uint32_t *pixels, size_t stride,
                           int32_t w, int32_t h, int quality, struct buf *out);
