/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The font of a text view: which glyph a character is, and the size of a cell. All cells are whole
 * pixels of the device, so that backgrounds and lines join without gaps; a glyph stands in the
 * middle of its cell whatever font it came from, and one that is too wide for it comes smaller.
 * Which font it is, is monospace.h's and the view's.
 */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>
#include <stdint.h>

struct text_glyph {
    PangoFont *font; /* NULL: there is nothing to draw */
    PangoGlyph glyph;
    int offset; /* from the cell's left edge, in Pango's units */
};

/* Lengths are the widget's pixels. Read-only for everybody but text-font.c. */
struct text_font {
    double cell_width, cell_height, baseline;
    double stroke;       /* a light line's thickness */
    double device;       /* one of the device's pixels */
    double size;         /* of the characters */
    uint64_t generation; /* another one: nodes made before are of another font or size */
    PangoContext *context;
    PangoFontDescription *description;
    PangoFontset *fontset;
    GHashTable *glyphs; /* character -> struct text_glyph * */
};

void text_font_init(struct text_font *font);
void text_font_finish(struct text_font *font);

/*
 * Another font, or another screen: `context` is the widget's, `scale` its scale factor. A size
 * follows.
 */
void text_font_set(struct text_font *font, PangoContext *context,
                   const PangoFontDescription *description, int scale);

/* The size that the description has, times `zoom`. */
void text_font_use_size(struct text_font *font, double zoom);

/* The greatest size at which columns × rows fit into width × height; 4 pixels at the least. */
void text_font_fit(struct text_font *font, uint32_t columns, uint32_t rows, int width, int height);

/* Lives until the font becomes another one. */
const struct text_glyph *text_font_glyph(struct text_font *font, uint32_t character);
