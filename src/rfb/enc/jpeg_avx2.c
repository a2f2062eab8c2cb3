/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JPEG by AVX2. A block's colours and both passes of the cosine transform (Arai, Agui and
 * Nakajima's, in floating point, whose factors are part of the divisors) stay in registers; then
 * only the frequencies that are not zero are looked at, found in the bits of a mask. A frequency's
 * code with its sign and value comes out of one table. Bits are written eight bytes at a time, and
 * the zeros that must follow bytes of 255 are put in when some blocks are done. See
 * jpeg_vector.h.
 */
#include "rfb/enc/jpeg_vector.h"

#include "base/arith.h"
#include "base/rect.h"
#include "rfb/enc/jpeg_head.h"

#include <immintrin.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 8,        /* of a block */
    VALUES = 64,     /* -32…31: values whose codes are in the table with theirs */
    RUNS = 16,       /* of zeros before them */
    LENGTH_BITS = 5, /* of an entry: how many bits of code and value there are above */
    ZEROS = 0xf0,    /* sixteen of them */
    BLOCK_BYTES = 64 * 27 / 8 + 16, /* at most */
    SOME = 32,                      /* blocks of each colour between two looks for bytes of 255 */
};

/* What a component's blocks are divided by and coded with. */
struct component {
    __m256 factors[SIDE]; /* by columns */
    uint32_t entries[RUNS][VALUES];
    struct rfb_jpeg_codes dc, ac;
};

struct rfb_jpeg_vector {
    struct component components[RFB_JPEG_TABLES];
    uint64_t places[8][256]; /* bytes of the mask → bits in the order of the zigzag */
    uint8_t index[64];       /* of the n-th frequency in a block's values */
    uint8_t divisors[RFB_JPEG_TABLES][64];
    int quality; /* of the divisors */
    uint8_t bits[SOME * 3 * BLOCK_BYTES];
};

/* ---- Tables ---- */

/*
 * Where the frequency of row v and column u lies among a block's 64 values: they are packed two
 * columns at a time, whose upper and lower halves take turns.
 */
static unsigned value_index(unsigned v, unsigned u)
{
    return u / 2 * 16 + v / 4 * 8 + u % 2 * 4 + v % 4;
}

/* And in the mask, where four columns are packed. */
static unsigned mask_bit(unsigned v, unsigned u)
{
    return u / 4 * 32 + v / 4 * 16 + u % 4 * 4 + v % 4;
}

static void make_order(struct rfb_jpeg_vector *j)
{
    for (unsigned n = 0; n < 64; n++) {
        unsigned v = rfb_jpeg_zigzag[n] / SIDE, u = rfb_jpeg_zigzag[n] % SIDE;
        unsigned bit = mask_bit(v, u);

        j->index[n] = (uint8_t)value_index(v, u);
        for (unsigned byte = 0; byte < 256; byte++)
            if (byte >> bit % 8 & 1)
                j->places[bit / 8][byte] |= UINT64_C(1) << n;
    }
}

/* How many bits a value takes, and which. */
static unsigned size_of(int value)
{
    unsigned magnitude = (unsigned)abs(value);

    return magnitude ? 32 - (unsigned)__builtin_clz(magnitude) : 0;
}

static uint32_t bits_of(int value, unsigned size)
{
    return (uint32_t)(value < 0 ? value - 1 : value) & ((1u << size) - 1);
}

static void make_entries(struct component *c)
{
    for (int run = 0; run < RUNS; run++)
        for (int i = 0; i < VALUES; i++) {
            int value = i - VALUES / 2;
            unsigned size = size_of(value), symbol = (unsigned)run << 4 | size;

            c->entries[run][i] = ((uint32_t)c->ac.bits[symbol] << size | bits_of(value, size))
                                     << LENGTH_BITS |
                                 (c->ac.length[symbol] + size);
        }
}

static void set_quality(struct rfb_jpeg_vector *j, int quality)
{
    /* cos(k π / 16) √2, and 1 for k = 0. */
    static const double scale[SIDE] = {1.0, 1.387039845, 1.306562965, 1.175875602,
                                       1.0, 0.785694958, 0.541196100, 0.275899379};

    if (quality == j->quality)
        return;
    j->quality = quality;
    for (int i = 0; i < RFB_JPEG_TABLES; i++) {
        rfb_jpeg_divisors(i, quality, j->divisors[i]);
        for (int u = 0; u < SIDE; u++) {
            float column[SIDE];

            for (int v = 0; v < SIDE; v++)
                column[v] =
                    (float)(1 / (j->divisors[i][v * SIDE + u] * scale[u] * scale[v] * SIDE));
            j->components[i].factors[u] = _mm256_loadu_ps(column);
        }
    }
}

struct rfb_jpeg_vector *rfb_jpeg_vector_create(void)
{
    struct rfb_jpeg_vector *j;

    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi"))
        return NULL;
    j = aligned_alloc(32, (sizeof(*j) + 31) / 32 * 32);
    if (!j)
        return NULL;
    memset(j, 0, sizeof(*j));
    make_order(j);
    for (int i = 0; i < RFB_JPEG_TABLES; i++) {
        rfb_jpeg_dc_codes(i, &j->components[i].dc);
        rfb_jpeg_ac_codes(i, &j->components[i].ac);
        make_entries(&j->components[i]);
    }
    return j;
}

void rfb_jpeg_vector_destroy(struct rfb_jpeg_vector *j)
{
    free(j);
}

/* ---- Bits ---- */

struct writer {
    uint8_t *to;
    uint64_t bits; /* from the top */
    unsigned count;
};

/* At most 57 at a time, with those that wait. */
static inline void put_bits(struct writer *w, uint32_t bits, unsigned count)
{
    uint64_t swapped;

    w->count += count;
    w->bits |= (uint64_t)bits << (64 - w->count);
    swapped = __builtin_bswap64(w->bits);
    memcpy(w->to, &swapped, sizeof(swapped));
    w->to += w->count >> 3;
    w->bits <<= w->count & 56;
    w->count &= 7;
}

static inline void put_symbol(struct writer *w, const struct rfb_jpeg_codes *codes, unsigned symbol,
                              int value, unsigned size)
{
    put_bits(w, (uint32_t)codes->bits[symbol] << size | bits_of(value, size),
             codes->length[symbol] + size);
}

/* ---- A block ---- */

static inline void transform(__m256 d[SIDE])
{
    const __m256 c2 = _mm256_set1_ps(0.541196100f), c4 = _mm256_set1_ps(0.707106781f),
                 c6 = _mm256_set1_ps(0.382683433f), c26 = _mm256_set1_ps(1.306562965f);
    __m256 s07 = d[0] + d[7], d07 = d[0] - d[7], s16 = d[1] + d[6], d16 = d[1] - d[6];
    __m256 s25 = d[2] + d[5], d25 = d[2] - d[5], s34 = d[3] + d[4], d34 = d[3] - d[4];
    __m256 a = s07 + s34, b = s16 + s25, c = s07 - s34, e = (s16 - s25 + c) * c4;
    __m256 p = d34 + d25, q = (d25 + d16) * c4, r = d16 + d07, z = (p - r) * c6;
    __m256 up = d07 + q, down = d07 - q;

    p = p * c2 + z;
    r = r * c26 + z;
    d[0] = a + b;
    d[4] = a - b;
    d[2] = c + e;
    d[6] = c - e;
    d[5] = down + p;
    d[3] = down - p;
    d[1] = up + r;
    d[7] = up - r;
}

static inline void transpose(__m256 d[SIDE])
{
    __m256 t[SIDE], u[SIDE];

#pragma GCC unroll 8
    for (int i = 0; i < SIDE; i += 2) {
        t[i] = _mm256_unpacklo_ps(d[i], d[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(d[i], d[i + 1]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < SIDE; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 4; i++) {
        d[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        d[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

/* 64 values, and which of them are not zero. */
static inline uint64_t quantise(const __m256 d[SIDE], const __m256 factors[SIDE], int16_t *values)
{
    __m256i pairs[SIDE / 2];
    uint64_t mask = 0;

#pragma GCC unroll 8
    for (int i = 0; i < SIDE / 2; i++) {
        pairs[i] = _mm256_packs_epi32(_mm256_cvtps_epi32(d[2 * i] * factors[2 * i]),
                                      _mm256_cvtps_epi32(d[2 * i + 1] * factors[2 * i + 1]));
        _mm256_store_si256((__m256i *)(void *)values + i, pairs[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 2; i++) {
        __m256i four = _mm256_packs_epi16(pairs[2 * i], pairs[2 * i + 1]);
        __m256i zero = _mm256_cmpeq_epi8(four, _mm256_setzero_si256());

        mask |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(zero) << 32 * i;
    }
    return mask;
}

static inline uint64_t in_order(const struct rfb_jpeg_vector *j, uint64_t mask)
{
    uint64_t order = 0;

#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        order |= j->places[i][mask >> 8 * i & 255];
    return order;
}

static void code_block(const struct rfb_jpeg_vector *j, const struct component *c,
                       struct writer *writer, const int16_t *values, uint64_t mask, int *dc)
{
    uint64_t left = in_order(j, mask) & ~UINT64_C(1);
    struct writer w = *writer;
    int difference = values[0] - *dc;
    unsigned size = size_of(difference), last = 0;

    *dc = values[0];
    put_symbol(&w, &c->dc, size, difference, size);
    while (left) {
        unsigned n = (unsigned)__builtin_ctzll(left), run = n - last - 1;
        int value = values[j->index[n]];
        unsigned i = (unsigned)(value + VALUES / 2);

        left &= left - 1;
        last = n;
        if (__builtin_expect(i < VALUES && run < RUNS, 1)) {
            uint32_t entry = c->entries[run][i];

            put_bits(&w, entry >> LENGTH_BITS, entry & ((1 << LENGTH_BITS) - 1));
            continue;
        }
        for (; run >= RUNS; run -= RUNS)
            put_bits(&w, c->ac.bits[ZEROS], c->ac.length[ZEROS]);
        size = size_of(value);
        put_symbol(&w, &c->ac, run << 4 | size, value, size);
    }
    if (last < 63)
        put_bits(&w, c->ac.bits[0], c->ac.length[0]);
    *writer = w;
}

/* A row of eight pixels' red, green and blue to luma and chroma about 0. */
static inline void split(__m256i pixels, __m256 *y, __m256 *cb, __m256 *cr)
{
    const __m256i byte = _mm256_set1_epi32(255);
    __m256 r = _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(pixels, 16), byte));
    __m256 g = _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(pixels, 8), byte));
    __m256 b = _mm256_cvtepi32_ps(_mm256_and_si256(pixels, byte));

    *y = r * 0.299f + g * 0.587f + b * 0.114f - 128.0f;
    *cb = b * 0.5f - r * 0.168735892f - g * 0.331264108f;
    *cr = r * 0.5f - g * 0.418687589f - b * 0.081312411f;
}

static void put_pixels(const struct rfb_jpeg_vector *j, struct writer *w, const uint32_t *pixels,
                       size_t stride, int dc[3])
{
    int16_t values[64] __attribute__((aligned(32)));
    __m256 planes[3][SIDE];

#pragma GCC unroll 8
    for (size_t i = 0; i < SIDE; i++)
        split(_mm256_loadu_si256((const __m256i *)(const void *)(pixels + i * stride)),
              &planes[0][i], &planes[1][i], &planes[2][i]);
    for (int i = 0; i < 3; i++) {
        const struct component *c = &j->components[i ? RFB_JPEG_CHROMA : RFB_JPEG_LUMA];
        uint64_t mask;

        transform(planes[i]);
        transpose(planes[i]);
        transform(planes[i]);
        mask = quantise(planes[i], c->factors, values);
        code_block(j, c, w, values, mask, &dc[i]);
    }
}

/* ---- The image ---- */

/* A block at an edge: its last column and row go on. */
static void put_edge(const struct rfb_jpeg_vector *j, struct writer *w, const uint32_t *pixels,
                     size_t stride, int32_t width, int32_t height, int dc[3])
{
    uint32_t block[SIDE * SIDE];

    for (int32_t y = 0; y < SIDE; y++)
        for (int32_t x = 0; x < SIDE; x++)
            block[y * SIDE + x] =
                pixels[(size_t)MIN_OF(y, height - 1) * stride + (size_t)MIN_OF(x, width - 1)];
    put_pixels(j, w, block, SIDE, dc);
}

/* Each byte of 255 is followed by a zero, as it would begin a marker otherwise. */
static void stuff(const uint8_t *from, size_t len, struct buf *out)
{
    uint8_t *to = buf_reserve(out, 2 * len + 32), *start = to;
    const uint8_t *end = from + len;
    const __m256i full = _mm256_set1_epi8(-1);

    while (from + 32 <= end) {
        __m256i some = _mm256_loadu_si256((const __m256i *)(const void *)from);
        uint32_t marks = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(some, full));
        unsigned n = marks ? (unsigned)__builtin_ctz(marks) + 1 : 32;

        _mm256_storeu_si256((__m256i *)(void *)to, some);
        from += n;
        to += n;
        if (marks)
            *to++ = 0;
    }
    for (; from < end; from++) {
        *to++ = *from;
        if (*from == 255)
            *to++ = 0;
    }
    out->len += (size_t)(to - start);
}

/* Some blocks of a row, from `x` on, to `out`. */
static void put_some(struct rfb_jpeg_vector *j, struct writer *w, const uint32_t *row,
                     size_t stride, struct rect left, int dc[3], struct buf *out)
{
    int32_t end = MIN_OF(left.w, SOME * SIDE);

    w->to = j->bits;
    for (int32_t x = 0; x < end; x += SIDE)
        if (left.w - x >= SIDE && left.h >= SIDE)
            put_pixels(j, w, row + x, stride, dc);
        else
            put_edge(j, w, row + x, stride, left.w - x, left.h, dc);
    stuff(j->bits, (size_t)(w->to - j->bits), out);
}

void rfb_jpeg_vector_write(struct rfb_jpeg_vector *j, const uint32_t *pixels, size_t stride,
                           int32_t w, int32_t h, int quality, struct buf *out)
{
    struct writer writer = {0};
    int dc[3] = {0};

    set_quality(j, quality);
    rfb_jpeg_put_head(out, (uint16_t)w, (uint16_t)h, (const uint8_t(*)[64])j->divisors);
    for (int32_t y = 0; y < h; y += SIDE)
        for (int32_t x = 0; x < w; x += SOME * SIDE)
            put_some(j, &writer, pixels + (size_t)y * stride + x, stride,
                     (struct rect){x, y, w - x, h - y}, dc, out);
    if (writer.count) { /* ones to the end of the byte */
        writer.to = j->bits;
        put_bits(&writer, (1u << (8 - writer.count)) - 1, 8 - writer.count);
        stuff(j->bits, 1, out);
    }
    buf_append(out, "\xff\xd9", 2);
}
