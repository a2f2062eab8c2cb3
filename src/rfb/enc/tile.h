/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tiles that ZRLE (64×64, compressed) and TRLE (16×16, plain) consist of, and their CPIXEL: a
 * pixel whose unused fourth byte is left away, as everybody does it, which is by where the colours'
 * bits lie, whatever depth the format names. Private to rfb/enc.
 */
#pragma once

#include "base/err.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/palette.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RLE_TILE_PIXELS = 64 * 64,
    RLE_TILE_BYTES_MAX = 1 + RLE_TILE_PIXELS * 5, /* every run one pixel: 4 bytes and a length */
    RLE_TILE_COLOURS = 127,
};

/* A CPIXEL: `bytes` of the value shifted right by `shift`, in the format's order. */
struct cpixel {
    unsigned bytes, shift;
    bool big;
};

struct cpixel cpixel_of(const struct pixel_format *f);

/* A tile taken apart: its runs, each with its colour's index while the palette holds them all. */
struct rle_tile_writer {
    uint32_t values[RLE_TILE_PIXELS];
    uint32_t pixels, width;
    uint32_t runs, singles; /* singles: runs of one pixel */
    uint16_t length[RLE_TILE_PIXELS];
    uint8_t index[RLE_TILE_PIXELS];
    struct rfb_palette palette;
    bool has_palette;
};

/*
 * Writes the tile that is `at` in the block, at most RLE_TILE_PIXELS large, in the smallest of the
 * ways, and returns the end of what it wrote: at most RLE_TILE_BYTES_MAX. The first byte is 0 for
 * plain pixels.
 */
uint8_t *rle_tile_write(struct rle_tile_writer *t, const struct pixel_format *f, struct cpixel c,
                        const struct rfb_block *block, struct rect at, uint8_t *to);

struct rle_tile_reader {
    const char *name; /* of the encoding, for errors */
    bool reuses;      /* a tile may use the palette of the tile before */
    struct cpixel cpixel;
    unsigned colours; /* of the palette */
    uint32_t palette[RLE_TILE_COLOURS];
    uint32_t values[RLE_TILE_PIXELS];
};

/* A rectangle begins. */
void rle_tile_begin(struct rle_tile_reader *d, const char *name, bool reuses,
                    const struct pixel_format *f);
/*
 * One tile of this size out of the bytes, into values: 1 and in->at behind it, 0: not all there,
 * -1: wrong. Only at.w and at.h are looked at.
 */
int rle_tile_read(struct rle_tile_reader *d, struct wire_reader *in, struct rect at,
                  struct err *err);
/* The values that were read, into the surface: `at` is within the target's rectangle. */
void rle_tile_store(const struct rle_tile_reader *d, const struct rfb_target *t, struct rect at);
