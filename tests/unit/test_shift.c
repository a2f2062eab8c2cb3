/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scrolling found in two pictures, and what only looks like it. */
#include "check.h"

#include "pixel/shift.h"

#include <stdlib.h>

enum { W = 100, H = 120, STRIDE = 128 };

static uint32_t before[STRIDE * H], now[STRIDE * H];

static void noise(uint32_t *to, uint32_t seed)
{
    for (uint32_t i = 0; i < STRIDE * H; i++)
        to[i] = (i * 2654435761u ^ seed * 40503u) >> 8;
}

/* Rows 0…H-1 of now are those of before moved down by dy (up: negative), new where none came. */
static void move_rows(int dy)
{
    noise(now, 99);
    for (int y = 0; y < H; y++)
        if (y - dy >= 0 && y - dy < H)
            memcpy(now + y * STRIDE, before + (y - dy) * STRIDE, W * 4);
}

static bool find(struct pixel_shift *s)
{
    return pixel_shift_guess(now, STRIDE, before, STRIDE, W, H, s);
}

static void check_distances(void)
{
    struct pixel_shift s;

    noise(before, 1);
    for (int dy = -H + 1; dy < H; dy++) {
        uint32_t rows = (uint32_t)(H - abs(dy));
        bool found;

        move_rows(dy);
        s = (struct pixel_shift){0};
        found = find(&s);
        if (dy == 0 || rows < PIXEL_SHIFT_ROWS_MIN) {
            CHECK(!found);
            continue;
        }
        CHECK(found);
        CHECK_INT(s.rows, rows);
        CHECK_INT(s.to, dy > 0 ? dy : 0);
        CHECK_INT(s.from, dy > 0 ? 0 : -dy);
    }
}

/* Every row twice, as on a screen whose pixels are four each: a row is never alone. */
static void check_doubled(void)
{
    struct pixel_shift s = {0};

    noise(before, 5);
    for (int y = 1; y < H; y += 2)
        memcpy(before + y * STRIDE, before + (y - 1) * STRIDE, W * 4);
    for (int dy = -30; dy <= 30; dy += 6) {
        bool found;

        move_rows(dy);
        found = find(&s);
        CHECK_INT(found, dy != 0);
        if (!found)
            continue;
        CHECK_INT((int)s.to - (int)s.from, dy);
        CHECK_INT(s.rows, H - abs(dy));
    }
}

static void check_text(void)
{
    struct pixel_shift s;

    /* Lines of text with empty lines between: most rows look alike. */
    memset(before, 0, sizeof(before));
    for (int y = 0; y < H; y++)
        for (int x = 0; y % 13 < 5 && x < W; x++)
            before[y * STRIDE + x] = (uint32_t)(y / 13 * 7 + x * (y % 13)) & 8 ? 0xffffff : 0;
    memset(now, 0, sizeof(now));
    memcpy(now, before + 13 * STRIDE, (H - 13) * STRIDE * 4);
    CHECK(find(&s));
    CHECK_INT(s.from - s.to, 13);
    CHECK(s.rows >= H - 13 - 13);

    /* A row in the middle that did not move does not end the run; a third of the rows does. */
    noise(before, 1);
    move_rows(-10);
    now[40 * STRIDE + 50] ^= 1;
    CHECK(find(&s));
    CHECK_INT(s.to, 0);
    CHECK_INT(s.from, 10);
    CHECK_INT(s.rows, H - 10);
    for (int y = 10; y < 50; y++)
        now[y * STRIDE + 50] ^= 2;
    CHECK(find(&s));
    CHECK_INT(s.to, 50);
    CHECK_INT(s.from, 60);
    CHECK_INT(s.rows, H - 10 - 50);
}

static void check_top_bytes(void)
{
    struct pixel_shift s;

    noise(before, 1);
    move_rows(7);
    for (int i = 0; i < STRIDE * H; i++)
        now[i] |= 0x77000000u * (uint32_t)(i % 3);
    CHECK(find(&s));
    CHECK_INT(s.rows, H - 7);
}

static void check_nothing(void)
{
    struct pixel_shift s;

    noise(before, 1);
    memcpy(now, before, sizeof(now));
    CHECK(!find(&s)); /* nothing moved */
    memset(before, 0, sizeof(before));
    memset(now, 0, sizeof(now));
    CHECK(!find(&s)); /* one colour */
    noise(now, 5);
    CHECK(!find(&s));
}

int main(void)
{
    check_distances();
    check_doubled();
    check_text();
    check_top_bytes();
    check_nothing();
    return check_result();
}
