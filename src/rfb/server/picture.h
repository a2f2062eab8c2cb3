/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The screen as the server has read it: one private copy for all viewers that get pixels, whatever
 * the machine paints meanwhile. Reading the screen again says what changed since, to the pixel's
 * neighbourhood, and what only moved; each viewer then remembers what of that it has not been sent
 * (owed.h). So a change is compared once however many look on, an identical repaint ends here, and
 * the same pixels are never owed twice.
 *
 * Not what one viewer has on its screen, and no encoding.
 */
#pragma once

#include "pixel/surface.h"
#include "rfb/server/moves.h"

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    RFB_TILE = 64,          /* pixels a side */
    RFB_TILE_CALM_MS = 250, /* a tile that did not change for so long starts anew */
    RFB_TILE_FRAME_MS = 8,  /* what comes sooner belongs to the same change */
    RFB_TILE_HOT = 3,       /* changes without a calm between them: moving pictures */
};

/* What is known of a square of the picture. */
struct rfb_tile {
    uint32_t version; /* of the reading at which its pixels became other ones */
    uint8_t heat;     /* changes in quick succession */
    int64_t changed;  /* when, in milliseconds; moving about does not count */
};

struct rfb_picture {
    uint32_t width, height; /* 0: none */
    uint32_t *pixels;       /* packed, top bytes 0 */
    struct rfb_tile *tiles; /* row by row */
    uint32_t tile_columns, tile_rows;
    uint32_t version;     /* of the last reading */
    struct rfb_move last; /* found; it may go on like that, */
    struct rect last_box; /* in this box or one that moved along */
    /* In films searches for moves find none: readings from one to the next, and until it. */
    unsigned misses, rest;
};

/* What a reading found, in the order in which it came about. */
struct rfb_picture_news {
    void (*moved)(void *data, const struct rfb_move *move);
    void (*changed)(void *data, const pixman_region32_t *region);
    void *data;
};

/* Another size, and all pixels black; 0 × 0 frees. A zeroed picture is 0 × 0. */
void rfb_picture_resize(struct rfb_picture *picture, uint32_t width, uint32_t height);

/*
 * Reads the region (which lies inside) of a screen of the picture's size. `moves` are suspicions;
 * with find_moves, others are looked for as well. now is in milliseconds.
 */
void rfb_picture_read(struct rfb_picture *picture, const struct surface *screen,
                      const pixman_region32_t *region, const struct rfb_move *moves,
                      uint32_t move_count, bool find_moves, int64_t now,
                      const struct rfb_picture_news *news);

/* The pixels of r, packed; black outside of the picture. */
void rfb_picture_copy(const struct rfb_picture *picture, struct rect r, uint32_t *to);

/* The newest version of the tiles that r meets. */
uint32_t rfb_picture_version(const struct rfb_picture *picture, struct rect r);
/* NULL outside. */
const struct rfb_tile *rfb_picture_tile(const struct rfb_picture *picture, int32_t x, int32_t y);
