/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Markers and the standard's tables; see jpeg_head.h. */
#include "rfb/enc/jpeg_head.h"

#include "base/arith.h"
#include "base/wire.h"

#include <string.h>

const uint8_t rfb_jpeg_zigzag[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/* Tables K.1 and K.2. */
static const uint8_t coarse[RFB_JPEG_TABLES][64] = {
    {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
     14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
     18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
     49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99},
    {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
     99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99}};

/* Tables K.3 to K.6: how many codes there are of 1 to 16 bits, and their symbols. */
struct huffman {
    uint8_t counts[16];
    uint8_t symbols[162];
};

static const struct huffman dc[RFB_JPEG_TABLES] = {
    {{0, 1, 5, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
    {{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}};

static const struct huffman ac[RFB_JPEG_TABLES] = {
    {{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},
     {0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61,
      0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52,
      0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25,
      0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45,
      0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64,
      0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
      0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
      0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
      0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3,
      0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8,
      0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa}},
    {{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77},
     {0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61,
      0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33,
      0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18,
      0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44,
      0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63,
      0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
      0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
      0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
      0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
      0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7,
      0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa}}};

void rfb_jpeg_divisors(int table, int quality, uint8_t divisors[64])
{
    int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;

    for (int i = 0; i < 64; i++)
        divisors[i] =
            (uint8_t)MIN_OF(MAX_OF((coarse[table][i] * percent + 50) / 100, 1), UINT8_MAX);
}

/* ---- Codes ---- */

static unsigned count_symbols(const struct huffman *h)
{
    unsigned n = 0;

    for (int i = 0; i < 16; i++)
        n += h->counts[i];
    return n;
}

/* Annex C: codes of a length follow one another, and the next longer ones those. */
static void make_codes(const struct huffman *h, struct rfb_jpeg_codes *codes)
{
    const uint8_t *symbol = h->symbols;
    unsigned code = 0;

    memset(codes, 0, sizeof(*codes));
    for (int length = 1; length <= 16; length++, code <<= 1)
        for (int i = 0; i < h->counts[length - 1]; i++, symbol++, code++) {
            codes->bits[*symbol] = (uint16_t)code;
            codes->length[*symbol] = (uint8_t)length;
        }
}

void rfb_jpeg_dc_codes(int table, struct rfb_jpeg_codes *codes)
{
    make_codes(&dc[table], codes);
}

void rfb_jpeg_ac_codes(int table, struct rfb_jpeg_codes *codes)
{
    make_codes(&ac[table], codes);
}

/* ---- Markers ---- */

/* Its length counts itself. */
static void put_marker(struct buf *out, uint8_t which, size_t len)
{
    wire_put_u8(out, 0xff);
    wire_put_u8(out, which);
    wire_put_u16(out, (uint16_t)(len + 2));
}

static void put_huffman(struct buf *out, uint8_t id, const struct huffman *h)
{
    unsigned n = count_symbols(h);

    put_marker(out, 0xc4, 1 + 16 + n);
    wire_put_u8(out, id);
    buf_append(out, h->counts, 16);
    buf_append(out, h->symbols, n);
}

static void put_divisors(struct buf *out, uint8_t id, const uint8_t divisors[64])
{
    put_marker(out, 0xdb, 1 + 64);
    wire_put_u8(out, id);
    for (int i = 0; i < 64; i++)
        wire_put_u8(out, divisors[rfb_jpeg_zigzag[i]]);
}

static void put_frame(struct buf *out, uint16_t width, uint16_t height)
{
    put_marker(out, 0xc0, 6 + 3 * 3);
    wire_put_u8(out, 8); /* bits a sample */
    wire_put_u16(out, height);
    wire_put_u16(out, width);
    wire_put_u8(out, 3);
    for (uint8_t i = 0; i < 3; i++) {
        wire_put_u8(out, (uint8_t)(i + 1));
        wire_put_u8(out, 0x11);
        wire_put_u8(out, i ? RFB_JPEG_CHROMA : RFB_JPEG_LUMA);
    }
}

static void put_scan(struct buf *out)
{
    put_marker(out, 0xda, 4 + 2 * 3);
    wire_put_u8(out, 3);
    for (uint8_t i = 0; i < 3; i++) {
        wire_put_u8(out, (uint8_t)(i + 1));
        wire_put_u8(out, i ? 0x11 : 0);
    }
    wire_put_u8(out, 0); /* all frequencies, */
    wire_put_u8(out, 63);
    wire_put_u8(out, 0); /* whole */
}

void rfb_jpeg_put_head(struct buf *out, uint16_t width, uint16_t height,
                       const uint8_t divisors[RFB_JPEG_TABLES][64])
{
    static const uint8_t start[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F',
                                    0,    1,    1,    0,    0, 1,  0,   1,   0,   0};

    buf_append(out, start, sizeof(start));
    for (uint8_t i = 0; i < RFB_JPEG_TABLES; i++)
        put_divisors(out, i, divisors[i]);
    put_frame(out, width, height);
    for (uint8_t i = 0; i < RFB_JPEG_TABLES; i++) {
        put_huffman(out, i, &dc[i]);
        put_huffman(out, 0x10 | i, &ac[i]);
    }
    put_scan(out);
}
