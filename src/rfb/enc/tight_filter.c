/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tight's filters, the decoder's side: copy, palette, gradient; see tight_filter.h. */
#include "rfb/enc/tight_filter.h"

#include <string.h>

void tight_filter_begin(struct tight_filter *f, const struct pixel_format *format, int32_t width)
{
    f->format = *format;
    f->tpixel = tpixel_of(format);
    f->width = (uint32_t)width;
    f->kind = TIGHT_COPY_FILTER;
    f->colours = 0;
}

int tight_filter_set_kind(struct tight_filter *f, uint8_t kind, struct err *err)
{
    if (kind > TIGHT_GRADIENT_FILTER)
        return err_set(err, "a Tight rectangle has the unknown filter %u", kind);
    if (kind == TIGHT_GRADIENT_FILTER && f->format.bits_per_pixel == 8)
        return err_set(err, "a Tight rectangle has the gradient filter with 8 bits a pixel");
    f->kind = kind;
    memset(f->above, 0, f->width * sizeof(f->above[0]));
    return 1;
}

int tight_filter_set_colours(struct tight_filter *f, uint32_t colours)
{
    f->colours = colours;
    return 1;
}

size_t tight_filter_palette_bytes(const struct tight_filter *f)
{
    return (size_t)f->colours * f->tpixel.bytes;
}

void tight_filter_set_palette(struct tight_filter *f, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < f->colours; i++)
        f->palette[i] = tpixel_get(&f->tpixel, bytes + i * f->tpixel.bytes);
    pixel_values_to_surface(&f->format, f->palette, f->palette, f->colours);
}

size_t tight_filter_row_bytes(const struct tight_filter *f)
{
    if (f->kind == TIGHT_PALETTE_FILTER)
        return f->colours <= 2 ? ((size_t)f->width + 7) / 8 : f->width;
    return (size_t)f->width * f->tpixel.bytes;
}

static int palette_row(const struct tight_filter *f, const uint8_t *bytes, uint32_t *to,
                       struct err *err)
{
    uint32_t worst = 0;

    for (uint32_t x = 0; x < f->width; x++) {
        uint32_t index = f->colours <= 2 ? (uint32_t)bytes[x / 8] >> (7 - x % 8) & 1 : bytes[x];

        worst = index > worst ? index : worst;
        to[x] = f->palette[index];
    }
    if (worst >= f->colours)
        return err_set(err, "a Tight rectangle uses colour %u of %u", worst, f->colours);
    return 0;
}

/* Each colour is sent as the difference from left + above - above left, kept within its range. */
static void gradient_row(struct tight_filter *f, const uint8_t *bytes)
{
    const int32_t max[3] = {f->format.red_max, f->format.green_max, f->format.blue_max};
    const unsigned shift[3] = {f->format.red_shift, f->format.green_shift, f->format.blue_shift};
    int32_t left[3] = {0}, corner[3] = {0};

    for (uint32_t x = 0; x < f->width; x++) {
        uint32_t sent = tpixel_get(&f->tpixel, bytes + x * f->tpixel.bytes), value = 0;

        for (unsigned c = 0; c < 3; c++) {
            int32_t above = f->above[x][c], guess = left[c] + above - corner[c];

            guess = guess < 0 ? 0 : guess > max[c] ? max[c] : guess;
            corner[c] = above;
            left[c] = (guess + (int32_t)(sent >> shift[c])) & max[c];
            f->above[x][c] = (uint16_t)left[c];
            value |= (uint32_t)left[c] << shift[c];
        }
        f->values[x] = value;
    }
}

int tight_filter_row(struct tight_filter *f, const uint8_t *bytes, uint32_t *to, struct err *err)
{
    if (f->kind == TIGHT_PALETTE_FILTER)
        return palette_row(f, bytes, to, err);
    if (f->kind == TIGHT_GRADIENT_FILTER) {
        gradient_row(f, bytes);
    } else if (f->tpixel.rgb) {
        for (uint32_t x = 0; x < f->width; x++)
            to[x] =
                (uint32_t)bytes[x * 3] << 16 | (uint32_t)bytes[x * 3 + 1] << 8 | bytes[x * 3 + 2];
        return 0;
    } else {
        for (uint32_t x = 0; x < f->width; x++)
            f->values[x] = tpixel_get(&f->tpixel, bytes + x * f->tpixel.bytes);
    }
    pixel_values_to_surface(&f->format, to, f->values, f->width);
    return 0;
}
