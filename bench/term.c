/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs in oriel term, once the screen's text is read (bench/console.c): microseconds
 * for finding what scrolled off, for painting cells into a terminal's bytes, and for pictures as
 * half blocks, sixels and kitty's; and how many bytes the terminal gets. Medians and quartiles.
 * bench_term [rounds]
 */
#include "ruler.h"

#include "base/mem.h"
#include "console/history.h"
#include "term/blocks.h"
#include "term/cells.h"
#include "term/picture.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 1000 };

static double times[ROUNDS_MAX];
static size_t bytes;

static void print_times(const char *what, int rounds)
{
    sort_times(times, rounds);
    printf("  %-34s %9.1f us (%.1f to %.1f) %9zu bytes\n", what, times[rounds / 2],
           times[rounds / 4], times[rounds * 3 / 4], bytes / (size_t)rounds);
    bytes = 0;
}

static void put_line(struct console_cell *cells, uint32_t columns)
{
    uint32_t end = columns / 4 + random_next() % (columns / 2);

    for (uint32_t i = 0; i < columns; i++)
        cells[i] = (struct console_cell){i < end ? '!' + random_next() % 94 : ' ', 0xaaaaaa, 0};
}

static void show(struct term_cells *cells, const struct console_screen *s)
{
    for (size_t i = 0; i < (size_t)s->grid.columns * s->grid.rows; i++)
        cells->want[i] = (struct term_cell){s->cells[i].character, s->cells[i].foreground,
                                            s->cells[i].background, 0};
}

/* A log goes by, a line a frame; and one cell changes. */
static void measure_text(uint32_t columns, uint32_t rows, int rounds)
{
    const struct term_look look = {TERM_TRUE, true};
    struct console_history *history = console_history_create(CONSOLE_HISTORY_ROWS);
    struct console_screen s;
    struct term_cells cells;
    struct buf out = BUF_INIT;

    console_screen_init(&s);
    s.grid.columns = columns;
    s.grid.rows = rows;
    s.cells = mem_alloc0((size_t)columns * rows, sizeof(s.cells[0]));
    for (uint32_t y = 0; y < rows; y++)
        put_line(s.cells + (size_t)y * columns, columns);
    term_cells_init(&cells);
    term_cells_resize(&cells, columns, rows);
    printf("%ux%u cells\n", columns, rows);
    for (int what = 0; what < 3; what++) {
        for (int i = 0; i < rounds; i++) {
            double start;

            if (what < 2) {
                memmove(s.cells, s.cells + columns,
                        (size_t)columns * (rows - 1) * sizeof(s.cells[0]));
                put_line(s.cells + (size_t)columns * (rows - 1), columns);
            } else {
                s.cells[columns * (rows / 2)].character = 'a' + (uint32_t)i % 2;
            }
            start = now_us();
            if (what == 0) {
                console_history_follow(history, &s);
            } else {
                show(&cells, &s);
                term_cells_paint(&cells, &look, &out);
            }
            times[i] = now_us() - start;
            bytes += out.len;
            buf_clear(&out);
        }
        print_times(what == 0   ? "a line scrolls: what left"
                    : what == 1 ? "a line scrolls: painted"
                                : "one cell changes: painted",
                    rounds);
    }
    buf_finish(&out);
    term_cells_finish(&cells);
    console_history_destroy(history);
    console_screen_finish(&s);
}

static struct surface *make_photograph(uint32_t width, uint32_t height)
{
    struct surface *s = surface_create(width, height);

    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            surface_row(s, (int32_t)y)[x] =
                (x * 255 / width) << 16 | (y * 255 / height) << 8 | (random_next() & 0x1f);
    return s;
}

static void measure_blocks(const struct surface *s, uint32_t columns, uint32_t rows, int rounds)
{
    const struct term_look look = {TERM_TRUE, true};
    struct term_cells cells;
    struct buf out = BUF_INIT;

    term_cells_init(&cells);
    term_cells_resize(&cells, columns, rows);
    for (int i = 0; i < rounds; i++) {
        double start = now_us();

        for (uint32_t y = 0; y < rows; y++)
            for (uint32_t x = 0; x < columns; x++) {
                int32_t left, right, top, bottom;

                blocks_span(s->width, columns, x, &left, &right);
                blocks_span(s->height, rows, y, &top, &bottom);
                cells.want[y * columns + x] =
                    blocks_cell(s, (struct rect){left, top, right - left, bottom - top});
            }
        term_cells_forget(&cells);
        term_cells_paint(&cells, &look, &out);
        times[i] = now_us() - start;
        bytes += out.len;
        buf_clear(&out);
    }
    print_times("all of it, half blocks", rounds);
    buf_finish(&out);
    term_cells_finish(&cells);
}

static void measure_picture(struct surface *s, enum picture_kind kind, bool is_tile, int rounds)
{
    const struct picture_area area = {s->width / 8, s->height / 16, 8, 16};
    struct picture *picture = picture_create();
    struct buf out = BUF_INIT;
    pixman_region32_t changed;

    pixman_region32_init_rect(&changed, 0, 0, is_tile ? 16 : s->width, is_tile ? 16 : s->height);
    picture_draw(picture, kind, 256, &area, s, &changed, &out);
    for (int i = 0; i < rounds; i++) {
        double start;

        buf_clear(&out);
        surface_row(s, 0)[0] ^= 0xff;
        if (!is_tile)
            picture_forget(picture);
        start = now_us();
        picture_draw(picture, kind, 256, &area, s, &changed, &out);
        times[i] = now_us() - start;
        bytes += out.len;
    }
    print_times(kind == PICTURE_KITTY ? is_tile ? "one tile, kitty's" : "all of it, kitty's"
                : is_tile             ? "one tile, sixels"
                                      : "all of it, sixels",
                rounds);
    pixman_region32_fini(&changed);
    picture_destroy(picture);
    buf_finish(&out);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 100;
    struct surface *s = make_photograph(640, 480);

    setlocale(LC_CTYPE, "C.UTF-8");
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    measure_text(80, 25, rounds);
    measure_text(240, 67, rounds);
    printf("a photograph of 640x480\n");
    measure_blocks(s, 80, 30, rounds);
    for (int tile = 0; tile < 2; tile++) {
        measure_picture(s, PICTURE_SIXEL, tile, rounds);
        measure_picture(s, PICTURE_KITTY, tile, rounds);
    }
    surface_unref(s);
    return 0;
}
