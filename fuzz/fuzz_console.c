/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fonts, as files and in memory, and screens drawn in any way: the first byte says which; a font
 * that is one is used for what follows, taken as pixels of four colours.
 */
#include "base/mem.h"
#include "console/find.h"
#include "console/screen.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDTH = 97, HEIGHT = 83 };

static void check_cells(const struct console_screen *s)
{
    uint32_t unknown = 0, inked = 0;

    for (uint32_t i = 0; i < s->grid.columns * s->grid.rows; i++) {
        unknown += !s->cells[i].character;
        inked += s->cells[i].character != ' ';
    }
    if (unknown != s->unknown || inked != s->inked)
        abort();
    if (s->has_cursor && (s->cursor_column >= s->grid.columns || s->cursor_row >= s->grid.rows ||
                          s->cursor_bar.top > s->cursor_bar.bottom))
        abort();
}

/* What is read piece by piece is what is read at once, as long as the division stays. */
static void read_screen(const struct console_font *font, const uint8_t *data, size_t size)
{
    static const uint32_t colours[] = {0, 0xaaaaaa, 0xff0000, 0x123456};
    struct surface *surface = surface_create(WIDTH, HEIGHT);
    struct console_glyphs glyphs;
    struct console_screen screen;
    pixman_region32_t damage;

    console_glyphs_init(&glyphs);
    console_glyphs_add(&glyphs, font);
    console_screen_init(&screen);
    for (size_t i = 0; i + 4 <= size; i += 4) {
        int x = data[i] % WIDTH, y = data[i + 1] % HEIGHT;
        const struct console_shape *shape = &font->shapes[data[i + 2] % font->count];

        for (uint32_t dx = 0; dx < font->width && x + (int)dx < WIDTH; dx++)
            for (uint32_t dy = 0; dy < font->height && y + (int)dy < HEIGHT; dy++)
                surface_row(surface, y + (int)dy)[x + (int)dx] =
                    colours[shape->column[dx] >> dy & 1 ? data[i + 3] & 3 : data[i + 3] >> 2 & 3];
        pixman_region32_init_rect(&damage, x, y, font->width, font->height);
        console_screen_update(&screen, &glyphs, surface, &damage);
        pixman_region32_fini(&damage);
        check_cells(&screen);
    }
    console_screen_finish(&screen);
    console_glyphs_finish(&glyphs);
    surface_unref(surface);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct console_font *font;
    size_t at = 0, glyphs;
    struct err err;

    if (!size)
        return 0;
    glyphs = data[0] & 1 ? size : size / 2;
    font = console_font_from_file(data + 1, glyphs - (glyphs > 0), &err);
    if (font) {
        read_screen(font, data + glyphs, size - glyphs);
        console_font_destroy(font);
    }
    while ((font = console_font_find(data, size, &at)))
        console_font_destroy(font);
    if (at > size)
        abort();
    return 0;
}
