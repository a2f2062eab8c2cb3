/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells out of a font's metrics, and glyphs out of all the fonts there are; see text-font.h. */
#include "gtk/text-font.h"

#include <hb.h>
#include <math.h>
#include <pango/pangocairo.h>

static const double SMALLEST = 4, LARGEST = 400, PROBED = 100;
/* Cells may be so much wider or higher than the font would have them: then the grid fills more. */
static const double STRETCH = 1.12;
/* A glyph may reach so far over its cell before it is drawn smaller. */
static const double OVERHANG = 1.25;

void text_font_init(struct text_font *font)
{
    *font = (struct text_font){.cell_width = 8, .cell_height = 16, .baseline = 12, .device = 1};
}

static void glyph_free(gpointer data)
{
    struct text_glyph *glyph = data;

    g_clear_object(&glyph->font);
    g_free(glyph);
}

void text_font_finish(struct text_font *font)
{
    g_clear_pointer(&font->glyphs, g_hash_table_unref);
    g_clear_object(&font->fontset);
    g_clear_object(&font->context);
    g_clear_pointer(&font->description, pango_font_description_free);
}

void text_font_set(struct text_font *font, PangoContext *context,
                   const PangoFontDescription *description, int scale)
{
    PangoFontDescription *copy = pango_font_description_copy(description);

    g_set_object(&font->context, context);
    g_clear_pointer(&font->description, pango_font_description_free);
    font->description = copy;
    font->device = 1.0 / MAX(scale, 1);
    font->size = 0;
}

/* ---- Sizes ---- */

/* Parts of the font's size. */
struct proportions {
    double advance, ascent, line;
};

static PangoFontset *load(const struct text_font *font, double size)
{
    PangoFontDescription *sized = pango_font_description_copy_static(font->description);
    PangoFontset *fontset;

    pango_font_description_set_absolute_size(sized, size * PANGO_SCALE);
    fontset = pango_font_map_load_fontset(pango_context_get_font_map(font->context), font->context,
                                          sized, pango_language_get_default());
    pango_font_description_free(sized);
    return fontset;
}

static bool find_glyph(PangoFontset *fontset, uint32_t character, struct text_glyph *glyph)
{
    hb_codepoint_t found;

    glyph->font = pango_fontset_get_font(fontset, character);
    if (glyph->font &&
        hb_font_get_nominal_glyph(pango_font_get_hb_font(glyph->font), character, &found)) {
        glyph->glyph = found;
        return true;
    }
    g_clear_object(&glyph->font);
    return false;
}

static int advance_of(const struct text_glyph *glyph)
{
    PangoRectangle logical;

    pango_font_get_glyph_extents(glyph->font, glyph->glyph, NULL, &logical);
    return logical.width;
}

static struct proportions proportions_of(const struct text_font *font)
{
    PangoFontset *fontset = load(font, PROBED);
    PangoFontMetrics *metrics = pango_fontset_get_metrics(fontset);
    double unit = PROBED * PANGO_SCALE;
    int ascent = pango_font_metrics_get_ascent(metrics);
    struct proportions p = {
        .advance = pango_font_metrics_get_approximate_digit_width(metrics) / unit,
        .ascent = ascent / unit,
        .line = (ascent + pango_font_metrics_get_descent(metrics)) / unit,
    };
    struct text_glyph glyph;

    if (find_glyph(fontset, '0', &glyph)) {
        p.advance = advance_of(&glyph) / unit;
        g_object_unref(glyph.font);
    }
    pango_font_metrics_unref(metrics);
    g_object_unref(fontset);
    if (p.advance <= 0 || p.line <= 0) /* no font is installed at all */
        p = (struct proportions){0.6, 0.9, 1.2};
    return p;
}

static double whole(const struct text_font *font, double length)
{
    return MAX(round(length / font->device), 1) * font->device;
}

static void use(struct text_font *font, const struct proportions *p, double size, double width,
                double height)
{
    if (size == font->size && width == font->cell_width && height == font->cell_height)
        return;
    font->size = size;
    font->cell_width = width;
    font->cell_height = height;
    font->baseline = whole(font, (height - p->line * size) / 2 + p->ascent * size);
    font->stroke = whole(font, height / 16);
    font->generation++;
    g_clear_object(&font->fontset);
    font->fontset = load(font, size);
    g_clear_pointer(&font->glyphs, g_hash_table_unref);
    font->glyphs = g_hash_table_new_full(NULL, NULL, NULL, glyph_free);
}

/* In pixels. */
static double size_of(const struct text_font *font)
{
    double size = pango_font_description_get_size(font->description) / (double)PANGO_SCALE;
    double dots = pango_cairo_context_get_resolution(font->context);

    if (size <= 0)
        size = 11;
    if (pango_font_description_get_size_is_absolute(font->description))
        return size;
    return size * (dots > 0 ? dots : 96) / 72;
}

void text_font_use_size(struct text_font *font, double zoom)
{
    struct proportions p = proportions_of(font);
    double size = CLAMP(size_of(font) * zoom, SMALLEST, LARGEST);

    use(font, &p, size, whole(font, p.advance * size), whole(font, p.line * size));
}

/* The room that a cell has, in whole pixels of the device. */
static double room_of(const struct text_font *font, int length, uint32_t count)
{
    return floor(length / font->device / MAX(count, 1)) * font->device;
}

void text_font_fit(struct text_font *font, uint32_t columns, uint32_t rows, int width, int height)
{
    struct proportions p = proportions_of(font);
    double room_x = room_of(font, width, columns), room_y = room_of(font, height, rows);
    double size = CLAMP(MIN(room_x / p.advance, room_y / p.line), SMALLEST, LARGEST);
    double cell_x = whole(font, p.advance * size), cell_y = whole(font, p.line * size);

    if (room_x > cell_x)
        cell_x = MIN(room_x, whole(font, p.advance * size * STRETCH));
    if (room_y > cell_y)
        cell_y = MIN(room_y, whole(font, p.line * size * STRETCH));
    use(font, &p, size, cell_x, cell_y);
}

/* ---- Glyphs ---- */

/* One as wide as two cells, an emoji say: as large as its cell allows. */
static void make_narrower(struct text_font *font, uint32_t character, struct text_glyph *glyph)
{
    double cell = font->cell_width * PANGO_SCALE;
    PangoFontset *fontset = load(font, font->size * cell / advance_of(glyph));
    struct text_glyph smaller;

    if (find_glyph(fontset, character, &smaller)) {
        g_object_unref(glyph->font);
        *glyph = smaller;
    }
    g_object_unref(fontset);
}

static struct text_glyph *make_glyph(struct text_font *font, uint32_t character)
{
    struct text_glyph *glyph = g_new0(struct text_glyph, 1);
    double cell = font->cell_width * PANGO_SCALE, step = font->device * PANGO_SCALE;

    if (!g_unichar_isgraph(character) || !find_glyph(font->fontset, character, glyph))
        return glyph;
    if (advance_of(glyph) > cell * OVERHANG)
        make_narrower(font, character, glyph);
    glyph->offset = (int)(round((cell - advance_of(glyph)) / 2 / step) * step);
    return glyph;
}

const struct text_glyph *text_font_glyph(struct text_font *font, uint32_t character)
{
    struct text_glyph *glyph = g_hash_table_lookup(font->glyphs, GUINT_TO_POINTER(character));

    if (!glyph) {
        glyph = make_glyph(font, character);
        g_hash_table_insert(font->glyphs, GUINT_TO_POINTER(character), glyph);
    }
    return glyph;
}
