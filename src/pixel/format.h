/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pixel formats as RFB describes them, and the conversion of pixels between them and a surface's
 * own format (surface.h: 0xXXRRGGBB). A pixel of a format is a number, its *value*, whose bits the
 * shifts and maxima describe; on the wire the value has bits_per_pixel / 8 bytes in the format's
 * byte order. Not for surfaces: those have one format only.
 *
 * Colour maps: we never use one ourselves. A viewer that insists (true_colour false, 8 bits) is
 * sent the map that makes its pixels equal to pixel_format_bgr233 and is treated as if it had asked
 * for that; pixel_format_resolve() does it.
 */
#pragma once

#include "base/err.h"
#include "base/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pixel_format {
    uint8_t bits_per_pixel; /* 8, 16 or 32 */
    uint8_t depth;          /* useful bits, 1…bits_per_pixel; the peer's word, informative */
    bool big_endian;
    bool true_colour;
    uint16_t red_max, green_max, blue_max; /* each 2^n - 1, n in 1…16 */
    uint8_t red_shift, green_shift, blue_shift;
};

enum { PIXEL_FORMAT_WIRE_SIZE = 16 };

extern const struct pixel_format pixel_format_native; /* a surface's: 32 bits, little-endian */
extern const struct pixel_format pixel_format_bgr233; /* 8 bits: bbgggrrr */

bool pixel_format_equal(const struct pixel_format *a, const struct pixel_format *b);

/* RFB's PIXEL_FORMAT, 16 bytes with padding. Reading checks nothing but the reader's end. */
struct pixel_format pixel_format_get(struct wire_reader *r);
void pixel_format_put(struct buf *out, const struct pixel_format *f);

/*
 * Checks a peer's format: bits 8, 16 or 32, depth within them, each maximum 2^n - 1, the three
 * fields inside the pixel and not over one another. A colour map is accepted with 8 bits only.
 * Returns 0, or -1 with the rule broken.
 */
int pixel_format_validate(const struct pixel_format *f, struct err *err);

/* The true-colour format to encode with for a valid format: itself, or bgr233 for a colour map. */
struct pixel_format pixel_format_resolve(const struct pixel_format *f);

/* For an 8 bit colour map client: the 16 bit intensities of entry `index` of the bgr233 map. */
void pixel_format_bgr233_entry(uint8_t index, uint16_t *red, uint16_t *green, uint16_t *blue);

/*
 * The functions below need a valid true-colour format. Rows are packed; bytes need no alignment.
 * The top byte of a surface's pixel is ignored on the way out and 0 on the way in.
 */
static inline size_t pixel_format_bytes(const struct pixel_format *f)
{
    return f->bits_per_pixel / 8u;
}

/* Surface pixels to values and back. In place (to == from) is allowed. */
void pixel_values_from_surface(const struct pixel_format *f, uint32_t *to, const uint32_t *from,
                               size_t count);
void pixel_values_to_surface(const struct pixel_format *f, uint32_t *to, const uint32_t *from,
                             size_t count);

/* Surface pixels to the wire's bytes (count * pixel_format_bytes()) and back. */
void pixel_row_to_wire(const struct pixel_format *f, uint8_t *to, const uint32_t *from,
                       size_t count);
void pixel_row_from_wire(const struct pixel_format *f, uint32_t *to, const uint8_t *from,
                         size_t count);
