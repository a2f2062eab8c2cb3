/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small tile as a background and rectangles of one colour on it: what RRE and Hextile are made
 * of. Private to rfb/enc.
 */
#pragma once

#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/palette.h"

#include <stdbool.h>
#include <stdint.h>

enum { RFB_SUBRECT_PIXELS = 64 * 64 };

struct rfb_subrect {
    uint32_t value;
    uint8_t x, y, w, h;
};

struct rfb_subrects {
    uint32_t values[RFB_SUBRECT_PIXELS]; /* used up by the search */
    struct rfb_palette palette;
    uint32_t background; /* the commonest value; the first when there are too many to count */
    bool one_colour;     /* all of them are of the same value, `foreground` */
    uint32_t foreground;
    uint32_t count;
    struct rfb_subrect list[RFB_SUBRECT_PIXELS];
};

/*
 * Takes the block's tile `at` (at most RFB_SUBRECT_PIXELS, 255 a side) apart, with at most `limit`
 * subrectangles. False when it would be more.
 */
bool rfb_subrects_find(struct rfb_subrects *s, const struct pixel_format *f,
                       const struct rfb_block *block, struct rect at, uint32_t limit);

/* Values and the wire's pixels. */
uint8_t *rfb_put_value(const struct pixel_format *f, uint8_t *to, uint32_t value);
uint32_t rfb_get_value(const struct pixel_format *f, struct wire_reader *in);
/* A rectangle of one value; r is in the surface. */
void rfb_fill_value(const struct rfb_target *t, struct rect r, uint32_t value);
