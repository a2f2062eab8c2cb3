/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of a picture that moved, found in two pictures, and what only looks like it. */
#include "check.h"

#include "pixel/motion.h"

#include <stdlib.h>

enum { W = 300, H = 220, STRIDE = 320, WINDOW_W = 120, WINDOW_H = 90 };

static uint32_t before[STRIDE * H], now[STRIDE * H];

static uint32_t background(int32_t x, int32_t y)
{
    uint32_t h = (uint32_t)(x * 31 + y * 57011) * 2654435761u;

    return (h ^ h >> 15) * 2246822519u >> 8;
}

/* Text: most of it one colour, and lines that begin alike. */
static uint32_t window(int32_t x, int32_t y)
{
    uint32_t letter = (uint32_t)(x / 7 + y / 12 * 41) * 2654435761u;

    return x % 7 < 6 && y % 12 < 9 && letter >> (x % 7 + y % 9) & 1 ? 0 : 0xf0f0f0;
}

static void paint(uint32_t *to, int32_t wx, int32_t wy)
{
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++) {
            bool in = x >= wx && x < wx + WINDOW_W && y >= wy && y < wy + WINDOW_H;

            to[y * STRIDE + x] = (in ? window(x - wx, y - wy) : background(x, y)) & 0xffffff;
        }
}

static bool find(struct pixel_motion *m)
{
    return pixel_motion_guess(now, STRIDE, before, STRIDE, W, H, m);
}

static void check_found(int32_t dx, int32_t dy)
{
    struct pixel_motion m = {{0, 0, 0, 0}, 0, 0};

    paint(before, 70, 60);
    paint(now, 70 + dx, 60 + dy);
    for (int32_t i = 0; i < STRIDE * H; i++)
        now[i] |= 0x5a000000u * (uint32_t)(i % 2);
    CHECK(find(&m));
    CHECK_INT(m.dx, dx);
    CHECK_INT(m.dy, dy);
    CHECK(rect_contains(m.to, (struct rect){72 + dx, 62 + dy, WINDOW_W - 4, WINDOW_H - 4}));
    CHECK(rect_contains((struct rect){69 + dx, 59 + dy, WINDOW_W + 2, WINDOW_H + 2}, m.to));
}

/* A wallpaper of tiles is found again everywhere; the window is found all the same. */
static void check_wallpaper(void)
{
    struct pixel_motion m;

    paint(before, 70, 60);
    paint(now, 90, 65);
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++) {
            uint32_t tile = background(x % 40, y % 40) & 0xffffff;

            if (x < 70 || x >= 70 + WINDOW_W || y < 60 || y >= 60 + WINDOW_H)
                before[y * STRIDE + x] = tile;
            if (x < 90 || x >= 90 + WINDOW_W || y < 65 || y >= 65 + WINDOW_H)
                now[y * STRIDE + x] = tile;
        }
    CHECK(find(&m));
    CHECK_INT(m.dx, 20);
    CHECK_INT(m.dy, 5);
}

/* In a large block not all rows are looked at. */
static void check_large(void)
{
    enum { LARGE_W = 1000, LARGE_H = 1100, PART_W = 300, PART_H = 200 };
    uint32_t *old = calloc(LARGE_W * LARGE_H, 4), *new = calloc(LARGE_W * LARGE_H, 4);
    struct pixel_motion m;

    for (int32_t i = 0; i < 40; i++) {
        int32_t dx = i * 7 % 23 - 11, dy = i - 20;

        for (int32_t y = 0; y < LARGE_H; y++)
            for (int32_t x = 0; x < LARGE_W; x++)
                old[y * LARGE_W + x] = new[y * LARGE_W + x] = background(x, y) & 0xffffff;
        for (int32_t y = 0; y < PART_H; y++)
            for (int32_t x = 0; x < PART_W; x++) {
                old[(400 + y) * LARGE_W + 300 + x] = window(x, y) & 0xffffff;
                new[(400 + dy + y) * LARGE_W + 300 + dx + x] = window(x, y) & 0xffffff;
            }
        if (!dx && !dy)
            continue;
        CHECK(pixel_motion_guess(new, LARGE_W, old, LARGE_W, LARGE_W, LARGE_H, &m));
        CHECK_INT(m.dx, dx);
        CHECK_INT(m.dy, dy);
        CHECK(rect_contains(m.to, (struct rect){302 + dx, 402 + dy, PART_W - 4, PART_H - 4}));
    }
    free(old);
    free(new);
}

/* ---- Large text -------------------------------------------------------------------------------
 */

/*
 * A page of words, each pixel drawn `scale` times both ways, as for a screen of many pixels: what
 * is near a place is a part of one letter, which there are many of.
 */
struct page {
    int32_t w, h, scale;
    uint32_t ink; /* words in so many sixteenths of the places for them */
};

static uint32_t page_at(const struct page *p, int32_t x, int32_t y)
{
    int32_t px = x / p->scale, py = y / p->scale, column = px / 8, line = py / 14;
    uint32_t letter = background(column, line) % 60, word = background(column / 6 + 7, line) % 16;
    uint32_t shade = background(px % 8 + (int32_t)letter * 8, py % 14 / 2) % 8 / 3;

    if (column % 6 == 5 || word >= p->ink || px % 8 == 7 || py % 14 > 10)
        return 0xfcfcf4;
    return 0xfcfcf4 - shade * 0x303030;
}

static void put_page(const struct page *p, uint32_t *to, int32_t stride, int32_t x, int32_t y)
{
    for (int32_t j = 0; j < p->h; j++)
        for (int32_t i = 0; i < p->w; i++)
            to[(y + j) * stride + x + i] = page_at(p, i, j);
}

static void check_page(const struct page *p, int32_t dx, int32_t dy)
{
    enum { MARGIN = 48 };
    int32_t w = p->w + 2 * MARGIN, h = p->h + 2 * MARGIN;
    uint32_t *old = calloc((size_t)w * (size_t)h, 4), *new = calloc((size_t)w * (size_t)h, 4);
    struct pixel_motion m = {{0, 0, 0, 0}, 0, 0};

    for (int32_t i = 0; i < w * h; i++)
        old[i] = new[i] = background(i % w, i / w);
    put_page(p, old, w, MARGIN, MARGIN);
    put_page(p, new, w, MARGIN + dx, MARGIN + dy);
    CHECK(pixel_motion_guess(new, (size_t)w, old, (size_t)w, w, h, &m));
    CHECK_INT(m.dx, dx);
    CHECK_INT(m.dy, dy);
    CHECK(rect_contains(m.to, (struct rect){MARGIN + dx + 2, MARGIN + dy + 2, p->w - 4, p->h - 4}));
    free(old);
    free(new);
}

static void check_large_text(void)
{
    static const struct page pages[] = {{400, 300, 1, 14},  {800, 600, 2, 14},
                                        {1200, 800, 2, 14}, {1600, 1100, 3, 14},
                                        {1200, 800, 4, 14}, {1600, 1100, 2, 1}};
    static const int32_t moves[][2] = {{7, 4}, {-9, 3}, {1, 1}, {0, -5}, {31, -20}};

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        for (size_t k = 0; k < sizeof(moves) / sizeof(moves[0]); k++)
            check_page(&pages[i], moves[k][0], moves[k][1]);
}

static void check_not_found(void)
{
    struct pixel_motion m;

    paint(before, 70, 60);
    paint(now, 70, 60);
    CHECK(!find(&m));
    memset(now, 0, sizeof(now));
    CHECK(!find(&m));
    for (int32_t i = 0; i < STRIDE * H; i++)
        now[i] = (uint32_t)i * 40503u * 40503u;
    CHECK(!find(&m));
    CHECK(!pixel_motion_guess(now, STRIDE, before, STRIDE, 8, 8, &m));
}

int main(void)
{
    static const int32_t moves[][2] = {{7, 5},  {-7, 5}, {7, -5},  {-9, -3}, {1, 0},
                                       {0, -1}, {0, 40}, {60, 50}, {-64, 0}};

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
        check_found(moves[i][0], moves[i][1]);
    check_wallpaper();
    check_large();
    check_large_text();
    check_not_found();
    return check_result();
}
