/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scaling: exact at whole factors, right at the edges elsewhere, and a part is like the whole. */
#include "check.h"

#include "pixel/scale.h"

#include <stdlib.h>

static struct surface *picture(uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h);

    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            surface_row(s, (int32_t)y)[x] = (x * 7 + y * 131) * 2654435761u & 0xffffff;
    return s;
}

static void test_fit(void)
{
    CHECK(rect_equal(scale_fit(100, 50, 200, 200), (struct rect){0, 50, 200, 100}));
    CHECK(rect_equal(scale_fit(50, 100, 200, 200), (struct rect){50, 0, 100, 200}));
    CHECK(rect_equal(scale_fit(1400, 1050, 1400, 1050), (struct rect){0, 0, 1400, 1050}));
    CHECK(rect_equal(scale_fit(16384, 1, 10, 10), (struct rect){0, 4, 10, 1}));
}

static void test_whole_factors(void)
{
    struct surface *from = picture(683, 41);

    for (int32_t k = 1; k <= 5; k++) {
        struct rect at = {3, 2, 683 * k, 41 * k};
        struct surface *to = surface_create(683 * 5 + 6, 41 * 5 + 4);
        int wrong = 0;

        scale_paint(to, at, from, at);
        for (int32_t y = 0; y < at.h; y++)
            for (int32_t x = 0; x < at.w; x++)
                wrong += (surface_row(to, y + 2)[x + 3] & 0xffffff) !=
                         (surface_row(from, y / k)[x / k] & 0xffffff);
        CHECK_INT(wrong, 0);
        CHECK_INT(surface_row(to, 1)[5] & 0xffffff, 0); /* nothing outside */
        surface_unref(to);
    }
    surface_unref(from);
}

static void test_smooth(void)
{
    struct surface *from = surface_create(2, 1), *to = surface_create(7, 1);
    struct rect at = {0, 0, 7, 1};

    surface_row(from, 0)[1] = 0xffffff;
    scale_paint(to, at, from, at);
    CHECK_INT(surface_row(to, 0)[0] & 0xff, 0);
    CHECK_INT(surface_row(to, 0)[6] & 0xff, 0xff);
    for (int x = 1; x < 7; x++)
        CHECK((surface_row(to, 0)[x] & 0xff) >= (surface_row(to, 0)[x - 1] & 0xff));
    surface_unref(from);
    surface_unref(to);
}

/* Repainting what a change affects gives the same picture as painting everything. */
static void test_parts(void)
{
    struct surface *from = picture(201, 97);

    for (int trial = 0; trial < 200; trial++) {
        struct rect at = {rand() % 20, rand() % 20, 60 + rand() % 400, 60 + rand() % 300};
        struct rect changed = {rand() % 190, rand() % 90, 1 + rand() % 10, 1 + rand() % 6};
        struct surface *whole = surface_create(500, 400), *part = surface_create(500, 400);

        scale_paint(part, at, from, at);
        for (int32_t y = changed.y; y < changed.y + changed.h; y++)
            for (int32_t x = changed.x; x < changed.x + changed.w; x++)
                surface_row(from, y)[x] ^= 0xffffff;
        scale_paint(part, at, from, scale_affected(changed, 201, 97, at));
        scale_paint(whole, at, from, at);
        CHECK(!memcmp(whole->data, part->data, whole->size));
        surface_unref(whole);
        surface_unref(part);
    }
    surface_unref(from);
}

static void test_points(void)
{
    CHECK_INT(scale_point(10, 10, 100, 50), 0);
    CHECK_INT(scale_point(109, 10, 100, 50), 49);
    CHECK_INT(scale_point(-5, 10, 100, 50), 0);
    CHECK_INT(scale_point(5000, 10, 100, 50), 49);
}

int main(void)
{
    test_fit();
    test_whole_factors();
    test_smooth();
    test_parts();
    test_points();
    return check_result();
}
