/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The blocks of a deflate stream that we write ourselves, and their going together with zlib's in
 * one stream: zlib's own inflate reads all of it, and at each block's end it has all that went in.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "check.h"
#include "rfb/enc/huffman.h"
#include "rfb/enc/stream.h"

#include <stdlib.h>

static uint32_t seed = 7;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

enum { KINDS = 9, LONGEST = 200000 };

/* Bytes of which some are commoner, in ways that make trees of every shape. */
static void make(uint8_t *to, size_t len, unsigned kind)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t r = random_next(), bits = 0;

        while (bits < 24 && r >> bits & 1)
            bits++;
        switch (kind) {
        case 0: /* all the same */
            to[i] = 77;
            break;
        case 1: /* two */
            to[i] = r & 1 ? 200 : 3;
            break;
        case 2: /* each half as common as the last: a tree as deep as can be */
            to[i] = (uint8_t)bits;
            break;
        case 3: /* noise */
            to[i] = (uint8_t)r;
            break;
        case 4: /* a hill */
            to[i] = (uint8_t)((r & 31) + (r >> 5 & 31) + (r >> 10 & 31) + 80);
            break;
        case 5: /* nearly always one */
            to[i] = r % 1000 ? 0 : (uint8_t)(r >> 10);
            break;
        case 6: /* every value, some rarely */
            to[i] = r % 7 ? (uint8_t)(r >> 8 & 3) : (uint8_t)(r >> 12);
            break;
        case 7: /* each value once more than the one before: Fibonacci's trees and worse */
            to[i] = (uint8_t)(255 - bits * 9);
            break;
        default: /* text */
            to[i] = (uint8_t) "The quick brown fox jumps over the lazy dog. "[i % 45];
        }
    }
}

/* All that is in `b` from `from` on, which must be `want`. */
static bool inflates_to(z_stream *z, const struct buf *b, size_t from, const uint8_t *want,
                        size_t len)
{
    static uint8_t got[LONGEST + 1];

    z->next_in = b->data + from;
    z->avail_in = (unsigned)(b->len - from);
    z->next_out = got;
    z->avail_out = (unsigned)len + 1;
    return inflate(z, Z_SYNC_FLUSH) == Z_OK && !z->avail_in && z->avail_out == 1 &&
           !memcmp(got, want, len);
}

static void test_blocks(void)
{
    static const size_t lengths[] = {1, 2, 3, 4, 5, 63, 255, 1000, 65535, 65536, 65537, LONGEST};
    static uint8_t data[LONGEST];

    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (size_t l = 0; l < 2 * ARRAY_LEN(lengths); l++) {
            size_t len = lengths[l / 2];
            struct buf b = BUF_INIT;
            z_stream z = {0};

            make(data, len, kind);
            CHECK_INT(inflateInit2(&z, -MAX_WBITS), Z_OK);
            if (l % 2)
                rfb_stored_put(data, len, &b);
            else
                rfb_huffman_put(data, len, &b);
            CHECK(inflates_to(&z, &b, 0, data, len));
            CHECK(b.len <= len + 5 * (len / 65535 + 2));
            CHECK(l % 2 || kind != 0 || len < 5000 || b.len < len / 7);
            inflateEnd(&z);
            buf_finish(&b);
        }
    }
}

/* About as short as zlib's Huffman codes, whose blocks are of another length. */
static void test_length(void)
{
    static uint8_t data[LONGEST], packed[2 * LONGEST];

    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct buf b = BUF_INIT;
        z_stream z = {0};

        make(data, LONGEST, kind);
        rfb_huffman_put(data, LONGEST, &b);
        deflateInit2(&z, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_HUFFMAN_ONLY);
        z.next_in = data;
        z.avail_in = LONGEST;
        z.next_out = packed;
        z.avail_out = sizeof(packed);
        deflate(&z, Z_SYNC_FLUSH);
        CHECK(b.len < (sizeof(packed) - z.avail_out) * 102 / 100 + 200);
        deflateEnd(&z);
        buf_finish(&b);
    }
}

/* One stream of everything: each part is there when its block has ended. */
static void test_stream(void)
{
    static uint8_t data[20000];
    struct rfb_deflate d = {0};
    struct buf b = BUF_INIT;
    z_stream z = {0};
    int level = 1;

    CHECK_INT(inflateInit(&z), Z_OK);
    for (int block = 0; block < 300; block++) {
        size_t len = 0, from = b.len;

        if (block % 50 == 49)
            level = (int)(random_next() % 10);
        if (block % 20 == 19)
            rfb_deflate_forget(&d);
        rfb_deflate_begin(&d, level, &b);
        for (unsigned parts = 1 + random_next() % 4; parts; parts--) {
            size_t n = 1 + random_next() % 5000;
            unsigned kind = random_next() % KINDS;

            make(data + len, n, kind);
            /* Also the wrong guess is to be right. */
            rfb_deflate_expect(&d,
                               random_next() % 3 ? rfb_content_of(data + len, n)
                                                 : (enum rfb_content)(random_next() % 3),
                               &b);
            rfb_deflate_add(&d, data + len, n, &b);
            len += n;
        }
        rfb_deflate_end(&d, &b);
        CHECK(inflates_to(&z, &b, from, data, len));
    }
    rfb_deflate_finish(&d);
    inflateEnd(&z);
    buf_finish(&b);
}

static void test_content(void)
{
    static const enum rfb_content want[KINDS] = {
        RFB_REPEATS, RFB_REPEATS, RFB_REPEATS, RFB_NOISE,   RFB_GRAIN,
        RFB_REPEATS, RFB_REPEATS, RFB_REPEATS, RFB_REPEATS,
    };
    static uint8_t data[12000];

    for (unsigned kind = 0; kind < KINDS; kind++) {
        make(data, sizeof(data), kind);
        CHECK_INT(rfb_content_of(data, sizeof(data)), want[kind]);
        CHECK_INT(rfb_content_of(data, 20), RFB_REPEATS); /* too few to say */
    }
    CHECK_INT(rfb_content_of(data, 0), RFB_REPEATS);
}

int main(void)
{
    test_blocks();
    test_length();
    test_stream();
    test_content();
    return check_result();
}
