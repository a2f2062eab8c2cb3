/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's fonts; see font.h, and "GRUB font file format" in GRUB's manual for developers: sections
 * of a name, a length and big-endian numbers; an index of characters, and glyphs that are as large
 * as their ink, with the place of that.
 */
#include "console/font.h"

#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC_BYTES = 12, INDEX_BYTES = 9, GLYPH_BYTES = 10 };

struct pf2 {
    const uint8_t *file, *index;
    size_t len;
    uint32_t count;
    uint16_t height, ascent;
};

struct glyph {
    uint32_t character;
    uint16_t width, height; /* of the ink */
    int32_t x, y;           /* of its left and lower edge, from the base line on */
    int32_t pitch;
    const uint8_t *bits; /* row by row, with nothing between them */
};

static int read_sections(struct pf2 *pf2, struct err *err)
{
    struct wire_reader r = wire_reader_of(pf2->file, pf2->len);

    wire_skip(&r, MAGIC_BYTES);
    for (;;) {
        const uint8_t *name = wire_get_bytes(&r, 4), *content;
        uint32_t len = wire_get_u32(&r);
        struct wire_reader field;

        if (r.failed)
            return err_set(err, "this font ends amid its sections");
        if (!memcmp(name, "DATA", 4))
            break;
        content = wire_get_bytes(&r, len);
        field = wire_reader_of(content, content ? len : 0);
        if (!memcmp(name, "MAXH", 4))
            pf2->height = wire_get_u16(&field);
        else if (!memcmp(name, "ASCE", 4))
            pf2->ascent = wire_get_u16(&field);
        else if (!memcmp(name, "CHIX", 4)) {
            pf2->index = content;
            pf2->count = len / INDEX_BYTES;
        }
    }
    if (!pf2->height || pf2->height > CONSOLE_CELL_MAX || pf2->ascent > pf2->height)
        return err_set(err, "this font's lines are %u pixels high, not 1…%d", pf2->height,
                       CONSOLE_CELL_MAX);
    if (!pf2->index || !pf2->count || pf2->count > CONSOLE_FONT_GLYPHS_MAX)
        return err_set(err, "this font has %u glyphs, not 1…%d", pf2->count,
                       CONSOLE_FONT_GLYPHS_MAX);
    return 0;
}

/* False: it isn't in the file, or packed. */
static bool read_glyph(const struct pf2 *pf2, uint32_t i, struct glyph *glyph)
{
    struct wire_reader r = wire_reader_of(pf2->index + (size_t)i * INDEX_BYTES, INDEX_BYTES);
    uint32_t flags, offset;

    glyph->character = wire_get_u32(&r);
    flags = wire_get_u8(&r);
    offset = wire_get_u32(&r);
    if (flags || offset > pf2->len)
        return false;
    r = wire_reader_of(pf2->file + offset, pf2->len - offset);
    glyph->width = wire_get_u16(&r);
    glyph->height = wire_get_u16(&r);
    glyph->x = (int16_t)wire_get_u16(&r);
    glyph->y = (int16_t)wire_get_u16(&r);
    glyph->pitch = (int16_t)wire_get_u16(&r);
    glyph->bits = wire_get_bytes(&r, ((size_t)glyph->width * glyph->height + 7) / 8);
    return !r.failed;
}

static uint32_t cell_width(const struct pf2 *pf2)
{
    struct glyph g;
    int32_t width = 0;

    for (uint32_t i = 0; i < pf2->count; i++)
        if (read_glyph(pf2, i, &g) && g.character >= 0x20 && g.character < 0x7f && g.pitch > width)
            width = g.pitch;
    return (uint32_t)width;
}

/* What is larger than a cell is left out. */
static void put_glyph(struct console_font *font, const struct pf2 *pf2, uint32_t i,
                      const struct glyph *g)
{
    int32_t top = pf2->ascent - g->y - g->height;
    struct console_shape *shape = &font->shapes[i];

    if ((uint32_t)g->pitch != font->width || g->x < 0 || top < 0 ||
        (uint32_t)g->x + g->width > font->width || (uint32_t)top + g->height > font->height)
        return;
    for (uint32_t bit = 0; bit < (uint32_t)g->width * g->height; bit++)
        if (g->bits[bit / 8] & 0x80 >> bit % 8)
            shape->column[(uint32_t)g->x + bit % g->width] |= 1u
                                                              << ((uint32_t)top + bit / g->width);
    font->characters[i] = g->character;
}

struct console_font *console_font_from_pf2(const uint8_t *file, size_t len, struct err *err)
{
    struct pf2 pf2 = {.file = file, .len = len};
    struct console_font *font;
    uint32_t width;
    struct glyph g;

    if (len < MAGIC_BYTES || memcmp(file, "FILE\0\0\0\4PFF2", MAGIC_BYTES) != 0) {
        err_set(err, "this is no PF2 font");
        return NULL;
    }
    if (read_sections(&pf2, err) < 0)
        return NULL;
    width = cell_width(&pf2);
    if (!width || width > CONSOLE_CELL_MAX) {
        err_set(err, "this font's cells are %u pixels wide, not 1…%d", width, CONSOLE_CELL_MAX);
        return NULL;
    }
    font = console_font_create(width, pf2.height, pf2.count);
    for (uint32_t i = 0; i < pf2.count; i++)
        if (read_glyph(&pf2, i, &g))
            put_glyph(font, &pf2, i, &g);
    return font;
}

struct console_font *console_font_from_file(const uint8_t *file, size_t len, struct err *err)
{
    return len && file[0] == 'F' ? console_font_from_pf2(file, len, err)
                                 : console_font_from_psf(file, len, err);
}
