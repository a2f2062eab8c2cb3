/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fonts out of adapters and PSF files; see font.h. PSF: kbd's psf.h, and its two tables' ends. */
#include "console/font.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    PSF1_HEADER = 4,
    PSF1_512 = 1, /* mode bits */
    PSF1_TABLE = 2,
    PSF1_SEQUENCES = 4,
    PSF1_SEQUENCE = 0xfffe,
    PSF1_END = 0xffff,
    PSF2_HEADER = 32,
    PSF2_TABLE = 1, /* flag */
    PSF2_SEQUENCE = 0xfe,
    PSF2_END = 0xff,
};

/* Of the code page's halves that aren't ASCII. */
static const uint16_t low_437[32] = {
    0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
    0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
    0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t high_437[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

uint32_t console_cp437(uint8_t code)
{
    if (code < 0x20)
        return low_437[code];
    if (code == 0x7f)
        return 0x2302;
    return code < 0x80 ? code : high_437[code - 0x80];
}

/* ---- Glyphs ---- */

struct console_font *console_font_create(uint32_t width, uint32_t height, uint32_t count)
{
    struct console_font *font = mem_new0(struct console_font);

    *font = (struct console_font){.width = width,
                                  .height = height,
                                  .count = count,
                                  .shapes = mem_alloc0(count, sizeof(font->shapes[0])),
                                  .characters = mem_alloc0(count, sizeof(font->characters[0]))};
    return font;
}

void console_font_destroy(struct console_font *font)
{
    if (!font)
        return;
    free(font->shapes);
    free(font->characters);
    free(font);
}

void console_font_put(struct console_font *font, uint32_t i, const uint8_t *rows,
                      uint32_t character)
{
    uint32_t row_bytes = (font->width + 7) / 8;

    for (uint32_t y = 0; y < font->height; y++)
        for (uint32_t x = 0; x < font->width; x++)
            if (rows[y * row_bytes + x / 8] & 0x80 >> x % 8)
                font->shapes[i].column[x] |= 1u << y;
    font->characters[i] = character;
}

struct console_font *console_font_from_bitmap(const uint8_t *bitmap, uint32_t width,
                                              uint32_t height)
{
    struct console_font *font = console_font_create(width, height, 256);

    for (uint32_t i = 0; i < font->count; i++)
        console_font_put(font, i, bitmap + (size_t)i * ((width + 7) / 8) * height,
                         console_cp437((uint8_t)i));
    return font;
}

/* ---- PSF ---- */

struct psf {
    uint32_t width, height, count, glyph_bytes;
    size_t glyphs; /* where they begin */
    bool has_table, is_second;
};

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int read_header(const uint8_t *file, size_t len, struct psf *psf, struct err *err)
{
    if (len >= PSF1_HEADER && file[0] == 0x36 && file[1] == 0x04) {
        *psf = (struct psf){.width = 8,
                            .height = file[3],
                            .count = file[2] & PSF1_512 ? 512 : 256,
                            .glyph_bytes = file[3],
                            .glyphs = PSF1_HEADER,
                            .has_table = file[2] & (PSF1_TABLE | PSF1_SEQUENCES)};
    } else if (len >= PSF2_HEADER && le32(file) == 0x864ab572) {
        *psf = (struct psf){.width = le32(file + 28),
                            .height = le32(file + 24),
                            .count = le32(file + 16),
                            .glyph_bytes = le32(file + 20),
                            .glyphs = le32(file + 8),
                            .has_table = le32(file + 12) & PSF2_TABLE,
                            .is_second = true};
    } else {
        return err_set(err, "this is no PSF font");
    }
    if (!psf->width || psf->width > CONSOLE_CELL_MAX || !psf->height ||
        psf->height > CONSOLE_CELL_MAX)
        return err_set(err, "this font's cells are %u×%u pixels, not 1…%d", psf->width, psf->height,
                       CONSOLE_CELL_MAX);
    if (!psf->count || psf->count > CONSOLE_FONT_GLYPHS_MAX)
        return err_set(err, "this font has %u glyphs, not 1…%d", psf->count,
                       CONSOLE_FONT_GLYPHS_MAX);
    if (psf->glyph_bytes != (psf->width + 7) / 8 * psf->height)
        return err_set(err, "this font's glyphs have %u bytes, which is not their size",
                       psf->glyph_bytes);
    if (psf->glyphs > len || (len - psf->glyphs) / psf->glyph_bytes < psf->count)
        return err_set(err, "this font ends amid its glyphs");
    return 0;
}

/* Whether `next` says better what a glyph shows than what is known. */
static bool is_better(uint32_t known, uint32_t next)
{
    return !known || (known >= 0x7f && next < 0x7f);
}

/* One entry of version 1's table. Returns what it takes, 0: it has no end. */
static size_t read_entry1(const uint8_t *p, size_t len, uint32_t *character)
{
    bool in_sequence = false;

    for (size_t at = 0; at + 2 <= len; at += 2) {
        uint32_t c = p[at] | (uint32_t)p[at + 1] << 8;

        if (c == PSF1_END)
            return at + 2;
        if (c == PSF1_SEQUENCE)
            in_sequence = true;
        else if (!in_sequence && is_better(*character, c))
            *character = c;
    }
    return 0;
}

static size_t read_entry2(const uint8_t *p, size_t len, uint32_t *character)
{
    bool in_sequence = false;
    uint32_t c = 0;

    for (size_t at = 0, n; at < len; at += n) {
        n = 1;
        if (p[at] == PSF2_END)
            return at + 1;
        if (p[at] == PSF2_SEQUENCE) {
            in_sequence = true;
            continue;
        }
        n = utf8_decode(p + at, len - at, &c);
        if (!n)
            return 0;
        if (!in_sequence && is_better(*character, c))
            *character = c;
    }
    return 0;
}

static int read_table(const uint8_t *p, size_t len, bool is_second, struct console_font *font,
                      struct err *err)
{
    for (uint32_t i = 0; i < font->count; i++) {
        size_t n = is_second ? read_entry2(p, len, &font->characters[i])
                             : read_entry1(p, len, &font->characters[i]);

        if (!n)
            return err_set(err, "this font's table of characters ends amid glyph %u", i);
        p += n;
        len -= n;
    }
    return 0;
}

struct console_font *console_font_from_psf(const uint8_t *file, size_t len, struct err *err)
{
    struct console_font *font;
    struct psf psf = {0};
    size_t end;

    if (len > CONSOLE_FONT_FILE_MAX) {
        err_set(err, "a font of %zu bytes is too long", len);
        return NULL;
    }
    if (read_header(file, len, &psf, err) < 0)
        return NULL;
    font = console_font_create(psf.width, psf.height, psf.count);
    for (uint32_t i = 0; i < font->count; i++)
        console_font_put(font, i, file + psf.glyphs + (size_t)i * psf.glyph_bytes,
                         psf.has_table || i > 255 ? 0 : console_cp437((uint8_t)i));
    end = psf.glyphs + (size_t)psf.count * psf.glyph_bytes;
    if (psf.has_table && read_table(file + end, len - end, psf.is_second, font, err) < 0) {
        console_font_destroy(font);
        return NULL;
    }
    return font;
}
