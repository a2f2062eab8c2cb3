/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tiles as rectangles of one colour on a background; see subrect.h. */
#include "rfb/enc/subrect.h"

static uint32_t commonest(struct rfb_subrects *s, uint32_t pixels)
{
    uint16_t seen[RFB_PALETTE_MAX] = {0};
    uint32_t best = 0;

    rfb_palette_clear(&s->palette);
    for (uint32_t i = 0; i < pixels; i++) {
        int index = rfb_palette_index(&s->palette, s->values[i], RFB_PALETTE_MAX);

        if (index >= 0 && ++seen[index] > seen[best])
            best = (uint32_t)index;
    }
    return s->palette.colours[best];
}

/* How many pixels from x, y on are of this value, at most `most`; step from one to the next. */
static int32_t run(const uint32_t *from, uint32_t value, int32_t most, int32_t step)
{
    int32_t n = 0;

    while (n < most && from[n * step] == value)
        n++;
    return n;
}

/*
 * The larger of two rectangles whose top left corner is here: as wide as it can be and then as
 * high, or the other way round.
 */
static struct rect grow(const uint32_t *values, int32_t x, int32_t y, struct rect tile)
{
    const uint32_t *from = values + y * tile.w + x;
    int32_t wide = run(from, *from, tile.w - x, 1), high = run(from, *from, tile.h - y, tile.w);
    int32_t rows = 1, columns = 1;

    while (rows < high && run(from + rows * tile.w, *from, wide, 1) == wide)
        rows++;
    while (columns < wide && run(from + columns, *from, high, tile.w) == high)
        columns++;
    return wide * rows >= columns * high ? (struct rect){x, y, wide, rows}
                                         : (struct rect){x, y, columns, high};
}

static bool take(struct rfb_subrects *s, struct rect r, int32_t stride, uint32_t limit)
{
    uint32_t value = s->values[r.y * stride + r.x];

    if (s->count == limit)
        return false;
    if (!s->count)
        s->foreground = value;
    s->one_colour &= value == s->foreground;
    s->list[s->count++] =
        (struct rfb_subrect){value, (uint8_t)r.x, (uint8_t)r.y, (uint8_t)r.w, (uint8_t)r.h};
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            s->values[y * stride + x] = s->background;
    return true;
}

bool rfb_subrects_find(struct rfb_subrects *s, const struct pixel_format *f,
                       const struct rfb_block *block, struct rect at, uint32_t limit)
{
    for (int32_t y = 0; y < at.h; y++)
        pixel_values_from_surface(f, s->values + y * at.w, rfb_block_row(block, at.y + y) + at.x,
                                  (size_t)at.w);
    s->background = commonest(s, (uint32_t)(at.w * at.h));
    s->count = 0;
    s->one_colour = true;
    for (int32_t y = 0; y < at.h; y++)
        for (int32_t x = 0; x < at.w; x++)
            if (s->values[y * at.w + x] != s->background &&
                !take(s, grow(s->values, x, y, at), at.w, limit))
                return false;
    return true;
}

uint8_t *rfb_put_value(const struct pixel_format *f, uint8_t *to, uint32_t value)
{
    unsigned bytes = f->bits_per_pixel / 8u;

    for (unsigned i = 0; i < bytes; i++)
        to[f->big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> 8 * i);
    return to + bytes;
}

uint32_t rfb_get_value(const struct pixel_format *f, struct wire_reader *in)
{
    unsigned bytes = f->bits_per_pixel / 8u;
    const uint8_t *from = wire_get_bytes(in, bytes);
    uint32_t value = 0;

    for (unsigned i = 0; from && i < bytes; i++)
        value |= (uint32_t)from[f->big_endian ? bytes - 1 - i : i] << 8 * i;
    return value;
}

void rfb_fill_value(const struct rfb_target *t, struct rect r, uint32_t value)
{
    uint32_t pixel;

    pixel_values_to_surface(&t->format, &pixel, &value, 1);
    for (int32_t y = r.y; y < r.y + r.h; y++) {
        uint32_t *row = surface_row(t->to, y) + r.x;

        for (int32_t x = 0; x < r.w; x++)
            row[x] = pixel;
    }
}
