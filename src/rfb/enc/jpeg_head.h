/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a JPEG image says before its pixels, and the tables of the standard (ITU-T T.81, annex K)
 * that it names there: for baseline images of three components, none with fewer samples than the
 * others. For jpeg_vector.h; libjpeg knows all of this by itself.
 */
#pragma once

#include "base/buf.h"

#include <stdint.h>

enum { RFB_JPEG_LUMA, RFB_JPEG_CHROMA, RFB_JPEG_TABLES };

/* Row by row: which of an image's 64 frequencies comes n-th. */
extern const uint8_t rfb_jpeg_zigzag[64];

/* The divisors, row by row, for a quality of 1…100 on libjpeg's scale. */
void rfb_jpeg_divisors(int table, int quality, uint8_t divisors[64]);

/* A code of Huffman's for each symbol. */
struct rfb_jpeg_codes {
    uint16_t bits[256];
    uint8_t length[256]; /* 0: there is no such symbol */
};

void rfb_jpeg_dc_codes(int table, struct rfb_jpeg_codes *codes);
void rfb_jpeg_ac_codes(int table, struct rfb_jpeg_codes *codes);

/* From the first marker to the one after which the codes come. */
void rfb_jpeg_put_head(struct buf *out, uint16_t width, uint16_t height,
                       const uint8_t divisors[RFB_JPEG_TABLES][64]);
