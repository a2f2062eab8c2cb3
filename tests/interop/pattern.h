/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture that peers show: something for every encoding, another one for every seed. Plain C
 * without our headers, since peers are programs around other people's libraries.
 */
#pragma once

#include <stdint.h>

static inline uint32_t pattern_mixed(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;

    h ^= h >> 15;
    h *= 0x2c1b3ce7u;
    return (h ^ h >> 13) & 0xffffff;
}

/* Side by side: noise, one colour, a gradient, two colours as text has them, 40 colours. */
static inline uint32_t pattern_pixel(uint32_t x, uint32_t y, uint32_t width, uint32_t seed)
{
    if (!seed) /* rectangles, which RRE is for */
        return pattern_mixed(x / 80, y / 50, 1);
    switch (x * 5 / width) {
    case 0:
        return pattern_mixed(x, y, seed);
    case 1:
        return 0x336699 + seed;
    case 2:
        return (x & 255) << 16 | (y & 255) << 8 | ((x + y) & 255);
    case 3:
        return pattern_mixed(x / 2, y / 3, seed) % 5 ? 0xffffff : 0;
    default:
        return (pattern_mixed(x, y, seed) % 40) * 0x060402;
    }
}
