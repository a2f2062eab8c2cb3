/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fonts in code page 437's order are looked for at their full block, a run of set bits of a glyph's
 * length; EDK II's at their blank; see find.h.
 */
#include "console/find.h"

#include "base/arith.h"

#include <stdbool.h>
#include <string.h>

/* Those of firmware and of Linux's lib/fonts. */
static const struct size {
    uint8_t width, height;
    uint8_t full[2]; /* the bytes of a full row, the last one twice */
} sizes[] = {
    {8, 16, {0xff, 0xff}},  {8, 8, {0xff, 0xff}},   {8, 14, {0xff, 0xff}}, {6, 8, {0xfc, 0xfc}},
    {6, 10, {0xfc, 0xfc}},  {6, 11, {0xfc, 0xfc}},  {7, 14, {0xfe, 0xfe}}, {16, 32, {0xff, 0xff}},
    {10, 18, {0xff, 0xc0}}, {12, 22, {0xff, 0xf0}},
};

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
    return row_bytes(s) == 1 ? s.full[0] : (uint32_t)s.full[0] << 8 | s.full[1];
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

static struct console_font *found(struct console_font *font)
{
    font->is_found = true;
    return font;
}

/* Of the size whose full block is a run of `length` bytes. */
static struct console_font *font_around(const uint8_t *bytes, size_t len, size_t run, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        size_t n = glyph_bytes(sizes[i]), before = BLOCK * n;

        if (length == n && bytes[run] == sizes[i].full[0] && bytes[run + 1] == sizes[i].full[1] &&
            run >= before && len - (run - before) >= GLYPHS * n &&
            is_font(bytes + run - before, sizes[i]))
            return found(
                console_font_from_bitmap(bytes + run - before, sizes[i].width, sizes[i].height));
    }
    return NULL;
}

static bool begins_block(uint8_t byte)
{
    return byte == 0xff || byte == 0xfe || byte == 0xfc;
}

/* The next one whose full block begins before `end`. */
static struct console_font *find_around_block(const uint8_t *bytes, size_t len, size_t end,
                                              size_t *at)
{
    while (*at < end && *at + 1 < len) {
        size_t run = *at, after = run + 2;
        struct console_font *font;

        if (!begins_block(bytes[run])) {
            ++*at;
            continue;
        }
        while (after < len && bytes[after] == bytes[after - 2])
            after++;
        /* Another run may begin with the last byte of one that alternates. */
        *at = bytes[run] == bytes[run + 1] ? after : after - 1;
        font = font_around(bytes, len, run, after - run);
        if (font)
            return font;
    }
    return NULL;
}

/* ---- EDK II's ---- */

/* Records of a character, attributes and rows: EFI_NARROW_GLYPH of the UEFI specification. */
enum {
    NARROW_BYTES = 22,
    NARROW_ROWS = 3, /* where they begin */
    NARROW_HEIGHT = 19,
    NARROW_MAX = 1024,
    NON_SPACING = 1,
};

static uint32_t narrow_character(const uint8_t *record)
{
    return record[0] | (uint32_t)record[1] << 8;
}

/* How many there are from a blank on, in order and with all of ASCII; 0: it is none. */
static uint32_t count_narrow(const uint8_t *bytes, size_t len)
{
    uint32_t count = 1;

    while (count < NARROW_MAX && (count + 1) * (size_t)NARROW_BYTES <= len) {
        const uint8_t *record = bytes + count * (size_t)NARROW_BYTES;

        if (record[2] > NON_SPACING ||
            narrow_character(record) <= narrow_character(record - NARROW_BYTES))
            break;
        if (count <= '~' - ' ' && narrow_character(record) != ' ' + count)
            return 0;
        count++;
    }
    return count > '~' - ' ' ? count : 0;
}

/* Where there may be one: a blank's record, and the next one's beginning. */
static size_t find_blank(const uint8_t *bytes, size_t len, size_t at)
{
    static const uint8_t blank[NARROW_BYTES + NARROW_ROWS] = {' ', [NARROW_BYTES] = '!'};
    const uint8_t *p = memmem(bytes + at, len - at, blank, sizeof(blank));

    return p ? (size_t)(p - bytes) : len;
}

static struct console_font *read_narrow(const uint8_t *bytes, uint32_t count)
{
    struct console_font *font = console_font_create(8, NARROW_HEIGHT, count);

    for (uint32_t i = 0; i < count; i++)
        console_font_put(font, i, bytes + i * NARROW_BYTES + NARROW_ROWS,
                         narrow_character(bytes + i * NARROW_BYTES));
    return found(font);
}

struct console_font *console_font_find(const uint8_t *bytes, size_t len, size_t *at)
{
    struct console_font *font = NULL;

    while (!font && *at < len) {
        size_t blank = find_blank(bytes, len, *at);
        uint32_t count = blank < len ? count_narrow(bytes + blank, len - blank) : 0;

        font = find_around_block(bytes, len, blank, at);
        if (font || blank == len)
            break;
        *at = blank + MAX_OF(count, 1u) * NARROW_BYTES;
        if (count)
            font = read_narrow(bytes + blank, count);
    }
    if (!font)
        *at = len;
    return font;
}
