/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs of cells of the same colours, drawn; see text-row.h. */
#include "gtk/text-row.h"

#include "gtk/text-boxes.h"

#include <math.h>

enum { BLANK = 0x20 };

struct drawing {
    const struct text_row *row;
    struct text_font *font;
    const struct text_colours *colours;
    GtkSnapshot *snapshot;
};

static GdkRGBA rgba_of(uint32_t colour)
{
    return (GdkRGBA){(float)(colour >> 16 & 255) / 255, (float)(colour >> 8 & 255) / 255,
                     (float)(colour & 255) / 255, 1};
}

static uint32_t background_of(const struct drawing *d, uint32_t column)
{
    switch (d->row->marks ? d->row->marks[column] : TEXT_PLAIN) {
    case TEXT_SELECTED:
        return d->colours->selected;
    case TEXT_FOUND:
        return d->colours->found;
    default:
        return d->row->cells[column].background;
    }
}

static uint32_t foreground_of(const struct drawing *d, uint32_t column)
{
    switch (d->row->marks ? d->row->marks[column] : TEXT_PLAIN) {
    case TEXT_SELECTED:
        return d->colours->on_selected;
    case TEXT_FOUND:
        return d->colours->on_found;
    default:
        return d->row->cells[column].foreground;
    }
}

static graphene_rect_t cells_area(const struct text_font *font, uint32_t first, uint32_t end)
{
    return GRAPHENE_RECT_INIT((float)(first * font->cell_width), 0,
                              (float)((end - first) * font->cell_width), (float)font->cell_height);
}

static void draw_backgrounds(const struct drawing *d)
{
    for (uint32_t first = 0, end; first < d->row->columns; first = end) {
        uint32_t colour = background_of(d, first);
        graphene_rect_t area;
        GdkRGBA rgba = rgba_of(colour);

        for (end = first + 1; end < d->row->columns && background_of(d, end) == colour;)
            end++;
        area = cells_area(d->font, first, end);
        gtk_snapshot_append_color(d->snapshot, &rgba, &area);
    }
}

static void draw_pictures(const struct drawing *d)
{
    double pitch = d->font->cell_width;
    graphene_rect_t whole = cells_area(d->font, 0, d->row->columns);

    for (uint32_t first = 0, end; first < d->row->columns; first = end) {
        graphene_rect_t area;

        for (end = first; end < d->row->columns && !d->row->cells[end].character;)
            end++;
        if (end == first) {
            end++;
            continue;
        }
        area = GRAPHENE_RECT_INIT((float)(first * pitch), 0, (float)((end - first) * pitch),
                                  (float)d->font->cell_height);
        gtk_snapshot_push_clip(d->snapshot, &area);
        gtk_snapshot_append_texture(d->snapshot, d->row->picture, &whole);
        gtk_snapshot_pop(d->snapshot);
    }
}

/* ---- Characters ---- */

/* Boxes from `first` on; returns where they end. */
static uint32_t draw_box(const struct drawing *d, uint32_t first)
{
    uint32_t character = d->row->cells[first].character, end = first + 1;
    uint32_t fore = foreground_of(d, first), back = background_of(d, first);
    struct text_box box = {
        .x = first * d->font->cell_width,
        .height = d->font->cell_height,
        .stroke = d->font->stroke,
        .device = d->font->device,
        .colour = rgba_of(fore),
        .background = rgba_of(back),
    };

    while (text_boxes_is_even(character) && end < d->row->columns &&
           d->row->cells[end].character == character && foreground_of(d, end) == fore &&
           background_of(d, end) == back)
        end++;
    box.width = (end - first) * d->font->cell_width;
    text_boxes_draw(d->snapshot, character, &box);
    return end;
}

static bool is_drawn_by_font(uint32_t character)
{
    return character && character != BLANK && !text_boxes_has(character);
}

static void append_glyphs(const struct drawing *d, PangoFont *font, uint32_t first,
                          PangoGlyphString *glyphs)
{
    GdkRGBA colour = rgba_of(foreground_of(d, first));
    graphene_point_t at = {(float)(first * d->font->cell_width), (float)d->font->baseline};
    GskRenderNode *node = gsk_text_node_new(font, glyphs, &colour, &at);

    if (!node)
        return;
    gtk_snapshot_append_node(d->snapshot, node);
    gsk_render_node_unref(node);
}

/*
 * Characters of one colour and font from `first` on, which is one; blanks between them belong to
 * them. Returns where they end.
 */
static uint32_t draw_characters(const struct drawing *d, uint32_t first)
{
    const struct text_glyph *glyph = text_font_glyph(d->font, d->row->cells[first].character);
    PangoFont *font = glyph->font;
    uint32_t fore = foreground_of(d, first), used = 0, end = first;
    double width = d->font->cell_width * PANGO_SCALE;
    PangoGlyphString *glyphs;

    if (!font)
        return first + 1;
    glyphs = pango_glyph_string_new();
    pango_glyph_string_set_size(glyphs, (int)(d->row->columns - first));
    for (uint32_t i = first; i < d->row->columns; i++) {
        uint32_t character = d->row->cells[i].character;

        if (character == BLANK) /* no glyph, but room behind the one before */
            continue;
        glyph = is_drawn_by_font(character) ? text_font_glyph(d->font, character) : NULL;
        if (!glyph || glyph->font != font || foreground_of(d, i) != fore)
            break;
        if (used)
            glyphs->glyphs[used - 1].geometry.width = (int)((i + 1 - end) * width);
        glyphs->glyphs[used++] =
            (PangoGlyphInfo){.glyph = glyph->glyph, .geometry = {(int)width, glyph->offset, 0}};
        end = i + 1;
    }
    pango_glyph_string_set_size(glyphs, (int)used);
    append_glyphs(d, font, first, glyphs);
    pango_glyph_string_free(glyphs);
    return end;
}

static void draw_foreground(const struct drawing *d)
{
    for (uint32_t i = 0; i < d->row->columns;) {
        uint32_t character = d->row->cells[i].character;

        if (text_boxes_has(character))
            i = draw_box(d, i);
        else if (is_drawn_by_font(character))
            i = draw_characters(d, i);
        else
            i++;
    }
}

/* As pixels of the device. */
static GskRenderNode *flatten(const struct text_font *font, GskRenderNode *node,
                              const graphene_rect_t *area)
{
    int width = (int)ceil(area->size.width / font->device);
    int height = (int)ceil(area->size.height / font->device);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cairo_t *cr = cairo_create(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    GskRenderNode *flat;
    GdkTexture *texture;
    GBytes *bytes;

    cairo_scale(cr, 1 / font->device, 1 / font->device);
    gsk_render_node_draw(node, cr);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    bytes =
        g_bytes_new_with_free_func(cairo_image_surface_get_data(surface), stride * (size_t)height,
                                   (GDestroyNotify)cairo_surface_destroy, surface);
    texture = gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, stride);
    flat = gsk_texture_node_new(texture, area);
    g_object_unref(texture);
    g_bytes_unref(bytes);
    gsk_render_node_unref(node);
    return flat;
}

GskRenderNode *text_row_render(const struct text_row *row, struct text_font *font,
                               const struct text_colours *colours)
{
    struct drawing d = {row, font, colours, gtk_snapshot_new()};
    graphene_rect_t area = cells_area(font, 0, row->columns);
    GskRenderNode *node;

    draw_backgrounds(&d);
    if (row->picture)
        draw_pictures(&d);
    draw_foreground(&d);
    node = gtk_snapshot_free_to_node(d.snapshot);
    return row->is_flat && node ? flatten(font, node, &area) : node;
}

/* ---- The cursor ---- */

GskRenderNode *text_row_render_cursor(const struct console_cell *cell,
                                      const struct console_bar *bar, uint32_t rows,
                                      struct text_font *font)
{
    double unit = font->cell_height / MAX(rows, 1), pixel = font->device;
    double top = floor(bar->top * unit / pixel) * pixel;
    double bottom = MIN(round((bar->bottom + 1) * unit / pixel) * pixel, font->cell_height);
    struct console_cell inverse = {cell->character, cell->background, cell->foreground};
    struct text_row row = {.cells = &inverse, .columns = 1};
    struct drawing d = {&row, font, NULL, gtk_snapshot_new()};

    if (inverse.background == inverse.foreground)
        inverse.background = ~inverse.foreground & 0xffffff;
    top = MIN(top, bottom - pixel);
    gtk_snapshot_push_clip(d.snapshot, &GRAPHENE_RECT_INIT(0, (float)top, (float)font->cell_width,
                                                           (float)(bottom - top)));
    draw_backgrounds(&d);
    if (bottom - top > font->cell_height / 2) /* one that covers the character inverts it */
        draw_foreground(&d);
    gtk_snapshot_pop(d.snapshot);
    return gtk_snapshot_free_to_node(d.snapshot);
}
