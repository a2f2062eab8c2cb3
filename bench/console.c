/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What reading text from pixels costs: microseconds a screen when all of it has changed, for
 * screens full of random text in random colours, of a log in one colour, and of none at all; and
 * one row. The font is made up, so nothing but this program is needed. Prints the median of the
 * rounds and the quartiles, and beside it what reading each pixel of the screen costs.
 * bench_console [rounds]
 */
#include "ruler.h"

#include "base/mem.h"
#include "console/screen.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 1000, GLYPHS = 256 };

static struct console_font *make_font(uint32_t width, uint32_t height)
{
    size_t n = (width + 7) / 8 * height;
    uint8_t *bitmap = mem_alloc0(GLYPHS, n);
    struct console_font *font;

    for (size_t i = 0; i < GLYPHS * n; i++)
        bitmap[i] = i / n == ' ' || i % n == 0 ? 0 : (uint8_t)(random_next() >> 12);
    font = console_font_from_bitmap(bitmap, width, height);
    free(bitmap);
    return font;
}

static void paint(struct surface *s, const struct console_font *font, uint32_t pitch, uint32_t x,
                  uint32_t y, uint32_t glyph, uint32_t fore, uint32_t back)
{
    for (uint32_t dy = 0; dy < font->height; dy++)
        for (uint32_t dx = 0; dx < pitch; dx++) {
            bool ink = dx < font->width && font->shapes[glyph].column[dx] >> dy & 1;

            surface_row(s, (int32_t)(y + dy))[x + dx] = ink ? fore : back;
        }
}

enum kind { LOG, RANDOM, PICTURE };

static void fill(struct surface *s, const struct console_font *font, uint32_t pitch, enum kind kind)
{
    for (uint32_t y = 0; y + font->height <= s->height; y += font->height) {
        uint32_t end = kind == LOG ? random_next() % s->width : s->width;

        for (uint32_t x = 0; x + pitch <= s->width; x += pitch)
            paint(s, font, pitch, x, y, x < end ? '!' + (random_next() >> 10) % 94 : ' ',
                  kind == RANDOM ? random_next() : 0xaaaaaa,
                  kind == RANDOM ? random_next() & 0x3f3f3f : 0);
    }
    for (uint32_t y = 0; kind == PICTURE && y < s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            surface_row(s, (int32_t)y)[x] = x * 120 / s->width << 16 | (random_next() & 0x0f0f);
}

static uint32_t read_pixels(const struct surface *s)
{
    uint32_t sum = 0;

    for (uint32_t y = 0; y < s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            sum += surface_row(s, (int32_t)y)[x];
    return sum;
}

struct times {
    double us[ROUNDS_MAX];
};

static void print_times(const char *what, struct times *t, int rounds)
{
    sort_times(t->us, rounds);
    printf("  %-28s %8.1f us (%.1f to %.1f)\n", what, t->us[rounds / 2], t->us[rounds / 4],
           t->us[rounds * 3 / 4]);
}

static void measure(const char *name, enum kind kind, const uint32_t *size, int rounds)
{
    static struct times all, row, floor_of;
    struct console_font *font = make_font(size[0], size[1]);
    struct surface *s = surface_create(size[3], size[4]);
    struct console_glyphs glyphs;
    struct console_screen screen;
    pixman_region32_t damage, one;
    volatile uint32_t sum = 0;

    console_glyphs_init(&glyphs);
    console_glyphs_add(&glyphs, font);
    console_screen_init(&screen);
    fill(s, font, size[2], kind);
    pixman_region32_init_rect(&damage, 0, 0, s->width, s->height);
    pixman_region32_init_rect(&one, 0, 0, s->width, size[1]);
    console_screen_update(&screen, &glyphs, s, &damage);
    printf("%ux%u, cells of %ux%u, %s: %u cells, %u of them unknown\n", s->width, s->height,
           size[2], size[1], name, screen.grid.columns * screen.grid.rows, screen.unknown);
    for (int i = 0; i < rounds; i++) {
        double start = now_us();

        console_screen_update(&screen, &glyphs, s, &damage);
        all.us[i] = now_us() - start;
        start = now_us();
        console_screen_update(&screen, &glyphs, s, &one);
        row.us[i] = now_us() - start;
        start = now_us();
        sum += read_pixels(s);
        floor_of.us[i] = now_us() - start;
    }
    print_times("all of it", &all, rounds);
    print_times("one row of cells", &row, rounds);
    print_times("reading the pixels", &floor_of, rounds);
    pixman_region32_fini(&damage);
    pixman_region32_fini(&one);
    console_screen_finish(&screen);
    console_glyphs_finish(&glyphs);
    console_font_destroy(font);
    surface_unref(s);
}

int main(int argc, char **argv)
{
    static const uint32_t vga[] = {8, 16, 9, 720, 400}, linux_console[] = {8, 16, 8, 1920, 1080};
    static const uint32_t large[] = {16, 32, 16, 3840, 2160};
    int rounds = argc > 1 ? atoi(argv[1]) : 200;

    if (rounds < 4 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_console [rounds, 4…%d]\n", ROUNDS_MAX);
        return 2;
    }
    measure("a log", LOG, vga, rounds);
    measure("random text and colours", RANDOM, vga, rounds);
    measure("a log", LOG, linux_console, rounds);
    measure("random text and colours", RANDOM, linux_console, rounds);
    measure("a picture", PICTURE, linux_console, rounds);
    measure("random text and colours", RANDOM, large, rounds);
    return 0;
}
