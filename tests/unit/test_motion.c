/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of a picture that moved, found in two pictures, and what only looks like it. */
#include "check.h"

#include "pixel/motion.h"

#include <stdlib.h>

enum { W = 300, H = 220, STRIDE = 320, WINDOW_W = 120, WINDOW_H = 90 };

static uint32_t before[STRIDE * H], now[STRIDE * H];

static uint32_t background(int32_t x, int32_t y)
{
    return ((uint32_t)(x * 31 + y * 57) * 2654435761u) >> 8;
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
    check_not_found();
    return check_result();
}
