/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Surfaces and cursors: updates tell exactly what changed, copies clip, references end lives. */
#include "check.h"
#include "pixel/cursor.h"
#include "pixel/surface.h"

static int released;

static void count_release(struct surface *s)
{
    (void)s;
    released++;
}

static void test_update(void)
{
    struct surface *s = surface_create(64, 48);
    uint32_t block[16 * 8] = {0};
    struct rect at = {10, 20, 16, 8}, r;

    r = surface_update(s, at, (const uint8_t *)block, 16 * 4);
    CHECK(rect_is_empty(r)); /* zeros over zeros */
    block[3 * 16 + 5] = 1;
    block[6 * 16 + 2] = 2;
    r = surface_update(s, at, (const uint8_t *)block, 16 * 4);
    CHECK(rect_equal(r, (struct rect){12, 23, 4, 4}));
    CHECK_INT(surface_row(s, 23)[15], 1);
    CHECK_INT(surface_row(s, 26)[12], 2);
    CHECK(rect_is_empty(surface_update(s, at, (const uint8_t *)block, 16 * 4)));
    block[0] = block[16 * 8 - 1] = 9;
    r = surface_update(s, at, (const uint8_t *)block, 16 * 4);
    CHECK(rect_equal(r, at));
    surface_unref(s);
}

static void test_copy_and_life(void)
{
    struct surface *a = surface_create(8, 8), *b = surface_create(6, 9);
    uint32_t memory[4 * 4] = {0};
    struct surface *w =
        surface_wrap(4, 4, 16, (uint8_t *)memory, sizeof(memory), -1, count_release);

    surface_row(a, 7)[5] = 7;
    surface_row(a, 7)[6] = 8;
    surface_copy(b, a, (struct rect){-5, -5, 100, 100});
    CHECK_INT(surface_row(b, 7)[5], 7);
    CHECK_INT(surface_row(b, 8)[5], 0);
    surface_unref(a);
    surface_unref(b);
    surface_unref(surface_ref(w));
    CHECK_INT(released, 0);
    surface_unref(w);
    CHECK_INT(released, 1);
    surface_unref(NULL);
}

static void test_cursor(void)
{
    uint32_t pixels[4] = {1, 2, 3, 4};
    struct cursor *c = cursor_create(2, 2, 9, 1, pixels);

    CHECK_INT(c->hot_x, 1);
    CHECK_INT(c->hot_y, 1);
    pixels[3] = 0;
    CHECK_INT(c->pixels[3], 4);
    cursor_unref(cursor_ref(c));
    cursor_unref(c);
    c = cursor_create(0, 0, 3, 3, pixels);
    CHECK_INT(c->hot_x, 0);
    cursor_unref(c);
}

int main(void)
{
    test_update();
    test_copy_and_life();
    test_cursor();
    return check_result();
}
