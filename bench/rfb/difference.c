/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares pictures; see difference.h. */
#include "difference.h"

#include <math.h>

struct difference difference_between(const struct surface *s, const uint32_t *want)
{
    struct difference d = {0};
    double square = 0;

    for (uint32_t y = 0; y < s->height; y++) {
        const uint32_t *row = surface_row(s, (int32_t)y);

        for (uint32_t x = 0; x < s->width; x++) {
            uint32_t a = row[x] & 0xffffff, b = want[(size_t)y * s->width + x];

            if (a == b)
                continue;
            d.wrong++;
            for (unsigned shift = 0; shift < 24; shift += 8) {
                int e = (int)(a >> shift & 255) - (int)(b >> shift & 255);

                square += (double)(e * e);
            }
        }
    }
    d.psnr = square > 0 ? 10 * log10(65025.0 * 3 * s->width * s->height / square) : 99;
    return d;
}

bool difference_is_none(const struct surface *s, const uint32_t *want, uint32_t *from)
{
    for (uint32_t i = 0; i < s->height; i++) {
        uint32_t y = (*from + i) % s->height, other = 0;
        const uint32_t *row = surface_row(s, (int32_t)y);

        for (uint32_t x = 0; x < s->width; x++)
            other |= (row[x] ^ want[(size_t)y * s->width + x]) & 0xffffff;
        if (other) {
            *from = y;
            return false;
        }
    }
    return true;
}
