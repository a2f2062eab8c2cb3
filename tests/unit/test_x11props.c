/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What X clients write into properties, sensible or not, as values within the protocol's limits. */
#include "base/arith.h"
#include "base/utf8.h"
#include "check.h"
#include "props_parse.h"

#include <stdlib.h>

static void check_text(const char *bytes, size_t len, enum text_encoding encoding, const char *want)
{
    char *got = parse_text(bytes, len, encoding);

    CHECK_STR(got, want);
    free(got);
}

static void test_text(void)
{
    static char long_text[3 * WINDOW_MAX_TEXT];
    char *got;

    check_text("plain", 5, TEXT_LATIN1, "plain");
    check_text("\xe4\xf6", 2, TEXT_LATIN1, "äö");
    check_text("ä\tb", 4, TEXT_UTF8, "ä?b");
    check_text("a\xff", 2, TEXT_UTF8, "a?");
    check_text("a\0b", 3, TEXT_UTF8, "a");
    check_text("", 0, TEXT_UTF8, "");
    check_text("caf\xe9", 4, TEXT_COMPOUND, "café");
    check_text("x\x1b%G\xe6\x97\xa5\x1b%@y", 11, TEXT_COMPOUND, "x日y");
    check_text("\x1b$(BAB\x1b(Bz", 10, TEXT_COMPOUND, "??z");
    check_text("\x1b", 1, TEXT_COMPOUND, "");
    memset(long_text, 0xe9, sizeof long_text);
    got = parse_text(long_text, sizeof long_text, TEXT_LATIN1);
    CHECK_INT(strlen(got), WINDOW_MAX_TEXT);
    CHECK(utf8_is_clean(got, strlen(got)));
    free(got);
}

static void check_class(const char *bytes, size_t len, const char *instance, const char *class_name)
{
    char *p, *q;

    parse_class(bytes, len, &p, &q);
    CHECK_STR(p, instance);
    CHECK_STR(q, class_name);
    free(p);
    free(q);
}

static void test_class(void)
{
    check_class("xterm\0XTerm", 12, "xterm", "XTerm");
    check_class("xterm\0XTerm", 11, "xterm", "XTerm");
    check_class("xterm", 5, "xterm", "");
    check_class("", 0, "", "");
    check_class("\0", 1, "", "");
    check_class("a\0\xe4", 3, "a", "ä");
}

static void test_limits(void)
{
    uint32_t all[18] = {1 << 4 | 1 << 5 | 1 << 6 | 1 << 8,
                        0,
                        0,
                        0,
                        0,
                        60,
                        50,
                        900,
                        800,
                        7,
                        13,
                        0,
                        0,
                        0,
                        0,
                        10,
                        20,
                        1};
    struct window_limits l = parse_normal_hints(all, 18, (struct extents){5, 5, 3, 7});
    int32_t w = 501, h = 403;

    CHECK_INT(l.min_w, 50);
    CHECK_INT(l.min_h, 40);
    CHECK_INT(l.max_w, 890);
    CHECK_INT(l.inc_h, 13);
    CHECK_INT(l.base_h, 10);
    l = parse_normal_hints(all, 15, (struct extents){0}); /* an old client has no base size */
    CHECK_INT(l.base_w, 60);
    CHECK_INT(l.min_w, 60);
    all[7] = 30; /* the largest below the smallest */
    l = parse_normal_hints(all, 18, (struct extents){0});
    CHECK(l.max_w >= l.min_w);
    all[5] = 0x80000000, all[8] = 0x7fffffff;
    l = parse_normal_hints(all, 18, (struct extents){0});
    CHECK_INT(l.min_w, 0);
    CHECK_INT(l.max_h, RECT_SIZE_MAX);
    CHECK_INT(parse_normal_hints(NULL, 0, (struct extents){0}).min_w, 0);
    l = (struct window_limits){.min_w = 20, .base_w = 4, .inc_w = 10, .max_h = 100};
    limits_snap(&l, &w, &h);
    CHECK_INT(w, 494);
    CHECK_INT(h, 100);
    w = 3, h = -5;
    limits_snap(&l, &w, &h);
    CHECK_INT(w, 24); /* the first step that is not below the smallest */
    CHECK_INT(h, 1);
}

static void test_icon(void)
{
    static uint32_t items[2 + 16 * 16 + 2 + 64 * 64 + 2 + 512 * 256];
    const size_t big = 2 + 16 * 16 + 2 + 64 * 64;
    struct icon_choice choice;
    uint32_t w, h, *pixels;

    items[0] = items[1] = 16;
    CHECK(parse_icon(items, 2 + 16 * 16, &choice));
    CHECK_INT(choice.width, 16);
    CHECK(!parse_icon(items, 2 + 16 * 16 - 1, &choice)); /* cut short */
    items[258] = items[259] = 64;
    items[big] = 512, items[big + 1] = 256;
    items[big + 2] = 0xff112233;
    CHECK(parse_icon(items, ARRAY_LEN(items), &choice));
    CHECK_INT(choice.width, 64); /* large enough and no larger */
    CHECK(parse_icon(items + big, ARRAY_LEN(items) - big, &choice));
    pixels = icon_scale(&choice, &w, &h);
    CHECK_INT(w, 256);
    CHECK_INT(h, 128);
    CHECK_INT(pixels[0], 0xff112233);
    free(pixels);
    items[0] = 0xffffffff, items[1] = 0xffffffff;
    CHECK(!parse_icon(items, ARRAY_LEN(items), &choice));
    CHECK(!parse_icon(NULL, 0, &choice));
    CHECK(!parse_icon(items, 1, &choice));
}

static void test_icon_pixmap(void)
{
    static const uint8_t colours[2 * 2 * 4] = {1, 2, 3, 9, 4, 5, 6, 9, 0, 0, 0, 0, 7, 8, 9, 0};
    static const uint8_t bits[2 * 4] = {0x01, 0, 0, 0, 0x02, 0, 0, 0};
    struct icon_pixmap picture = {colours, sizeof colours, 2, 2, 24, false}, none = {0};
    struct icon_pixmap mask = {bits, sizeof bits, 2, 2, 1, false};
    uint32_t *pixels = parse_icon_pixmap(&picture, &none);

    CHECK_INT(pixels[0], 0xff030201);
    CHECK_INT(pixels[3], 0xff090807);
    free(pixels);
    pixels = parse_icon_pixmap(&picture, &mask);
    CHECK_INT(pixels[0], 0xff030201);
    CHECK_INT(pixels[1], 0);
    CHECK_INT(pixels[3], 0xff090807);
    free(pixels);
    pixels = parse_icon_pixmap(&mask, &none);
    CHECK_INT(pixels[0], 0xff000000);
    CHECK_INT(pixels[1], 0xffffffff);
    free(pixels);
    picture.len--;
    CHECK(!parse_icon_pixmap(&picture, &none));
    picture.depth = 16;
    CHECK(!parse_icon_pixmap(&picture, &none));
}

static void test_shape(void)
{
    struct shape_rect whole = {-2, -2, 104, 54}, two[2] = {{0, 0, 10, 10}, {90, 40, 50, 50}};
    struct rect *rects;
    struct shape_rect *many = calloc(WINDOW_MAX_SHAPE + 1, sizeof *many);

    CHECK_INT(parse_shape(&whole, 1, 0, 0, 100, 50, &rects), 0);
    CHECK(!rects);
    CHECK_INT(parse_shape(two, 2, 0, 0, 100, 50, &rects), 2);
    CHECK(rect_equal(rects[1], (struct rect){90, 40, 10, 10}));
    free(rects);
    CHECK_INT(parse_shape(two, 2, -5, 0, 80, 50, &rects), 1);
    CHECK(rect_equal(rects[0], (struct rect){0, 0, 5, 10}));
    free(rects);
    CHECK_INT(parse_shape(NULL, 0, 0, 0, 100, 50, &rects), 1); /* shaped away */
    CHECK(rect_equal(rects[0], (struct rect){0, 0, 1, 1}));
    free(rects);
    for (int i = 0; i <= WINDOW_MAX_SHAPE; i++)
        many[i] = (struct shape_rect){(int16_t)(i % 90), (int16_t)(i % 40), 1, 1};
    CHECK_INT(parse_shape(many, WINDOW_MAX_SHAPE + 1, 0, 0, 100, 50, &rects), 1);
    CHECK(rect_equal(rects[0], (struct rect){0, 0, 90, 40}));
    free(rects);
    free(many);
}

static void test_hints(void)
{
    uint32_t bare[5] = {2, 0, 0, 0, 0}, full[5] = {2, 0, 1, 0, 0}, wide[4] = {14, 2000, 0, 7};

    CHECK(parse_motif_bare(bare, 5));
    CHECK(!parse_motif_bare(bare, 2));
    CHECK(!parse_motif_bare(full, 5));
    CHECK(!parse_motif_bare(NULL, 0));
    CHECK_INT(parse_extents(wide, 4).left, 14);
    CHECK_INT(parse_extents(wide, 4).right, 1024);
    CHECK_INT(parse_extents(wide, 3).left, 0);
}

int main(void)
{
    test_text();
    test_class();
    test_limits();
    test_icon();
    test_icon_pixmap();
    test_shape();
    test_hints();
    return check_result();
}
