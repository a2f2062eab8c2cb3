/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search begins at the full block, a run of set bits of a glyph's length; see find.h. */
#include "console/find.h"

#include "base/arith.h"

#include <stdbool.h>
#include <string.h>

/*
 * Those of firmware and of Linux's lib/fonts whose full rows are bytes of one value. (Linux's 10×18
 * and 12×22, for screens of long ago, are not among them.)
 */
static const struct size {
    uint8_t width, height, full; /* full: the bytes of a full row */
} sizes[] = {{8, 16, 0xff}, {8, 8, 0xff},  {8, 14, 0xff},
             {6, 8, 0xfc},  {6, 10, 0xfc}, {16, 32, 0xff}};

enum { BLOCK = 0xdb, LOWER_HALF = 0xdc, UPPER_HALF = 0xdf, UPRIGHT = 0xb3, GLYPHS = 256 };

static size_t row_bytes(struct size s)
{
    return (s.width + 7u) / 8;
}

static size_t glyph_bytes(struct size s)
{
    return row_bytes(s) * s.height;
}

/* The pixels of a row, as a number; all of them: full_row(). */
static uint32_t get_row(const uint8_t *glyph, struct size s, uint32_t y)
{
    const uint8_t *p = glyph + y * row_bytes(s);

    return row_bytes(s) == 1 ? p[0] : (uint32_t)p[0] << 8 | p[1];
}

static uint32_t full_row(struct size s)
{
    return row_bytes(s) == 1 ? s.full : s.full * 0x101u;
}

static bool is_all(const uint8_t *glyph, struct size s, uint32_t row)
{
    for (uint32_t y = 0; y < s.height; y++)
        if (get_row(glyph, s, y) != row)
            return false;
    return true;
}

/* `first` rows and then others, as a block of half height has them. */
static bool is_half(const uint8_t *glyph, struct size s, uint32_t first, uint32_t then)
{
    uint32_t y = 0;

    while (y < s.height && get_row(glyph, s, y) == first)
        y++;
    if (y < s.height / 4 || y > s.height * 3u / 4)
        return false;
    while (y < s.height && get_row(glyph, s, y) == then)
        y++;
    return y == s.height;
}

static bool is_blank(const uint8_t *glyph, struct size s)
{
    return is_all(glyph, s, 0);
}

static bool is_font(const uint8_t *glyphs, struct size s)
{
    size_t n = glyph_bytes(s);
    uint32_t full = full_row(s), upright = get_row(glyphs + UPRIGHT * n, s, 0);

    if (!is_all(glyphs + BLOCK * n, s, full) || !is_half(glyphs + LOWER_HALF * n, s, 0, full) ||
        !is_half(glyphs + UPPER_HALF * n, s, full, 0) || !is_blank(glyphs + ' ' * n, s) ||
        !upright || upright == full || !is_all(glyphs + UPRIGHT * n, s, upright))
        return false;
    for (uint32_t c = '!'; c <= '~'; c++)
        if (is_blank(glyphs + c * n, s) || !memcmp(glyphs + c * n, glyphs + (c + 1) * n, n))
            return false;
    return true;
}

/* Of the size whose full block is a run of `length` bytes. */
static struct console_font *font_around(const uint8_t *bytes, size_t len, size_t run, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        size_t n = glyph_bytes(sizes[i]), before = BLOCK * n;

        if (length == n && bytes[run] == sizes[i].full && run >= before &&
            len - (run - before) >= GLYPHS * n && is_font(bytes + run - before, sizes[i])) {
            struct console_font *font =
                console_font_from_bitmap(bytes + run - before, sizes[i].width, sizes[i].height);

            font->is_found = true;
            return font;
        }
    }
    return NULL;
}

struct console_font *console_font_find(const uint8_t *bytes, size_t len, size_t *at)
{
    while (*at < len) {
        size_t run = *at, end = run + 1;
        struct console_font *font;

        if (bytes[run] != 0xff && bytes[run] != 0xfc) {
            ++*at;
            continue;
        }
        while (end < len && bytes[end] == bytes[run])
            end++;
        *at = end;
        font = font_around(bytes, len, run, end - run);
        if (font)
            return font;
    }
    return NULL;
}
