/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells by hand, and a plain way to draw them; see screen.h. */
#include "screen.h"

#include "base/mem.h"
#include "gtk/text-boxes.h"

#include <pango/pangocairo.h>
#include <stdlib.h>

static const struct console_table table = {.width = 8, .height = 16};

static void clear(struct console_cell *cells, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        cells[i] = (struct console_cell){' ', SCREEN_GREY, SCREEN_BLACK};
}

void screen_init(struct console_screen *screen, uint32_t columns, uint32_t rows)
{
    console_screen_init(screen);
    screen->grid = (struct console_grid){0, 0, 8, columns, rows, &table};
    screen->width = columns * 8;
    screen->height = rows * 16;
    screen->cells = mem_alloc0(columns * rows, sizeof(screen->cells[0]));
    clear(screen->cells, columns * rows);
}

void screen_finish(struct console_screen *screen)
{
    console_screen_finish(screen);
}

void screen_put(struct console_screen *screen, uint32_t column, uint32_t row, const char *text,
                uint32_t foreground, uint32_t background)
{
    uint32_t at = row * screen->grid.columns + column;

    for (; *text && at < screen->grid.columns * screen->grid.rows; text = g_utf8_next_char(text))
        screen->cells[at++] = (struct console_cell){g_utf8_get_char(text), foreground, background};
}

void screen_set_cursor(struct console_screen *screen, uint32_t column, uint32_t row)
{
    screen->has_cursor = screen->cursor_is_lit = true;
    screen->cursor_column = column;
    screen->cursor_row = row;
    screen->cursor_bar = (struct console_bar){14, 15};
}

void screen_scroll(struct console_screen *screen)
{
    uint32_t columns = screen->grid.columns, kept = columns * (screen->grid.rows - 1);

    memmove(screen->cells, screen->cells + columns, kept * sizeof(screen->cells[0]));
    clear(screen->cells + kept, columns);
}

void screen_paint_sampler(struct console_screen *s)
{
    screen_put(s, 0, 0, "Debian GNU/Linux 12 demo tty1   The quick brown fox jumps over it.",
               SCREEN_GREY, SCREEN_BLACK);
    screen_put(s, 0, 1, "root@demo:~# ls -la äöüß ÀÉ ½ → λ Ж © µ ¬ ▁▂▃▄▅▆▇█ ░▒▓ ▌▐▀▄ ▖▗▘▙▚▛▜▝▞▟",
               0x55ff55, SCREEN_BLACK);
    screen_put(s, 0, 2, "┌──────────┬────────┐ ╔══════╦═════╗ ┏━━━━┳━━━┓ ╭────╮ ╒═╤═╕ ╓─╥─╖ ┝┞┟┠┡┢",
               0xffffff, SCREEN_BLUE);
    screen_put(s, 0, 3, "│ left     │ right  │ ║ dbl  ║ x   ║ ┃    ┃   ┃ │arc │ │ │ │ ║ ║ ║ ┄┅┆┇┈┉",
               0xffffff, SCREEN_BLUE);
    screen_put(s, 0, 4, "├──────────┼────────┤ ╠══════╬═════╣ ┣━━━━╋━━━┫ │    │ ╞═╪═╡ ╟─╫─╢ ┊┋╌╍╎╏",
               0xffffff, SCREEN_BLUE);
    screen_put(s, 0, 5, "│          │        │ ║      ║     ║ ┃    ┃   ┃ │    │ │ │ │ ║ ║ ║ ╴╵╶╷╼╽",
               0xffffff, SCREEN_BLUE);
    screen_put(s, 0, 6, "└──────────┴────────┘ ╚══════╩═════╝ ┗━━━━┻━━━┛ ╰────╯ ╘═╧═╛ ╙─╨─╜ ╸╹╺╻╾╿",
               0xffffff, SCREEN_BLUE);
    for (uint32_t i = 0; i < 16; i++) {
        char number[8];

        g_snprintf(number, sizeof(number), "%02u  ", i);
        screen_put(s, i * 5, 8, number, i ? SCREEN_BLACK : SCREEN_GREY,
                   (i & 1 ? 0xaa : 0) | (i & 2 ? 0xaa00u : 0) | (i & 4 ? 0xaa0000u : 0) |
                       (i & 8 ? 0x555555u : 0));
    }
    for (uint32_t row = 10; row < s->grid.rows - 1; row++)
        screen_put(s, 0, row, "Hello, World! 0O1lI |{}[]() <=> != && -- ++ $$ @ ~ ^ ` ' \" , . ; :",
                   SCREEN_GREY, SCREEN_BLACK);
    screen_put(s, 0, s->grid.rows - 1, "login: ", SCREEN_GREY, SCREEN_BLACK);
    screen_set_cursor(s, 7, s->grid.rows - 1);
}

/* ---- The reference ---- */

static void set_colour(cairo_t *cr, uint32_t c)
{
    cairo_set_source_rgb(cr, (c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0, (c & 255) / 255.0);
}

static void draw_cell(cairo_t *cr, PangoLayout *layout, const struct text_font *font, double x,
                      double y, const struct console_cell *cell)
{
    char text[8] = "";
    PangoRectangle logical;

    set_colour(cr, cell->background);
    cairo_rectangle(cr, x, y, font->cell_width, font->cell_height);
    cairo_fill(cr);
    text[g_unichar_to_utf8(cell->character, text)] = 0;
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_extents(layout, NULL, &logical);
    set_colour(cr, cell->foreground);
    cairo_move_to(cr, x + round((font->cell_width - logical.width / (double)PANGO_SCALE) / 2),
                  y + font->baseline - pango_layout_get_baseline(layout) / (double)PANGO_SCALE);
    if (cell->character != ' ' && !text_boxes_has(cell->character))
        pango_cairo_show_layout(cr, layout);
}

static void draw_bar(cairo_t *cr, const struct console_screen *s, const struct text_font *font,
                     double x, double y)
{
    double unit = font->cell_height / s->grid.table->height / font->device;
    double top = floor(s->cursor_bar.top * unit) * font->device;
    double bottom = round((s->cursor_bar.bottom + 1) * unit) * font->device;
    const struct console_cell *cell = s->cells + s->cursor_row * s->grid.columns + s->cursor_column;

    set_colour(cr, cell->foreground);
    cairo_rectangle(cr, x + s->cursor_column * font->cell_width,
                    y + s->cursor_row * font->cell_height + top, font->cell_width, bottom - top);
    cairo_fill(cr);
}

uint32_t *screen_draw(const struct console_screen *s, OrielTextView *view, int width, int height,
                      int scale)
{
    const struct text_font *font = &view->font;
    uint32_t *pixels = g_new0(uint32_t, (size_t)width * (size_t)height);
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, width, height, width * 4);
    cairo_t *cr = cairo_create(surface);
    PangoLayout *layout = pango_layout_new(font->context);
    PangoFontDescription *sized = pango_font_description_copy(font->description);

    cairo_scale(cr, scale, scale);
    pango_font_description_set_absolute_size(sized, font->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, sized);
    for (uint32_t i = 0; i < s->grid.columns * s->grid.rows; i++)
        draw_cell(cr, layout, font, view->x + i % s->grid.columns * font->cell_width,
                  view->y + i / s->grid.columns * font->cell_height, &s->cells[i]);
    draw_bar(cr, s, font, view->x, view->y);
    pango_font_description_free(sized);
    g_object_unref(layout);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return pixels;
}
