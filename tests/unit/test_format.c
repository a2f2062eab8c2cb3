/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pixel formats: what is refused, and that every valid format keeps what it can hold. */
#include "base/arith.h"
#include "check.h"
#include "pixel/format.h"

static struct pixel_format make(uint8_t bits, bool big, unsigned r, unsigned rs, unsigned g,
                                unsigned gs, unsigned b, unsigned bs)
{
    return (struct pixel_format){bits,        bits,        big,         true,        (uint16_t)r,
                                 (uint16_t)g, (uint16_t)b, (uint8_t)rs, (uint8_t)gs, (uint8_t)bs};
}

static void test_validate(void)
{
    static const struct {
        uint8_t bits, depth;
        uint16_t max[3];
        uint8_t shift[3];
        bool true_colour, valid;
    } cases[] = {
        {32, 24, {255, 255, 255}, {16, 8, 0}, true, true},
        {32, 24, {255, 255, 255}, {24, 16, 8}, true, true},
        {32, 30, {1023, 1023, 1023}, {20, 10, 0}, true, true},
        {32, 32, {65535, 255, 255}, {16, 8, 0}, true, true},
        {16, 16, {31, 63, 31}, {11, 5, 0}, true, true},
        {8, 8, {7, 7, 3}, {0, 3, 6}, true, true},
        {8, 3, {1, 1, 1}, {0, 1, 2}, true, true},
        {8, 8, {0, 0, 0}, {0, 0, 0}, false, true},
        {16, 8, {0, 0, 0}, {0, 0, 0}, false, false},
        {24, 24, {255, 255, 255}, {16, 8, 0}, true, false},
        {0, 0, {255, 255, 255}, {16, 8, 0}, true, false},
        {32, 0, {255, 255, 255}, {16, 8, 0}, true, false},
        {16, 24, {31, 63, 31}, {11, 5, 0}, true, false},
        {32, 24, {254, 255, 255}, {16, 8, 0}, true, false},
        {32, 24, {255, 0, 255}, {16, 8, 0}, true, false},
        {32, 24, {255, 255, 255}, {25, 8, 0}, true, false},
        {32, 24, {255, 255, 255}, {255, 8, 0}, true, false},
        {32, 24, {255, 255, 255}, {16, 15, 0}, true, false},
        {32, 24, {65535, 255, 255}, {17, 8, 0}, true, false},
        {8, 8, {7, 7, 7}, {0, 3, 6}, true, false},
    };
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pixel_format f = {cases[i].bits,        cases[i].depth,    false,
                                 cases[i].true_colour, cases[i].max[0],   cases[i].max[1],
                                 cases[i].max[2],      cases[i].shift[0], cases[i].shift[1],
                                 cases[i].shift[2]};

        CHECK_INT(pixel_format_validate(&f, &err), cases[i].valid ? 0 : -1);
    }
    CHECK_INT(pixel_format_validate(&pixel_format_native, &err), 0);
    CHECK_INT(pixel_format_validate(&pixel_format_bgr233, &err), 0);
}

static void test_wire(void)
{
    struct pixel_format f = make(16, true, 31, 11, 63, 5, 31, 0), back;
    struct buf b = BUF_INIT;
    struct wire_reader r;

    pixel_format_put(&b, &f);
    CHECK_INT(b.len, PIXEL_FORMAT_WIRE_SIZE);
    r = wire_reader_of(b.data, b.len);
    back = pixel_format_get(&r);
    CHECK(!r.failed && !wire_left(&r) && pixel_format_equal(&f, &back));
    buf_finish(&b);
}

/* Every intensity that a field of n bits can hold survives the way to a surface and back. */
static void test_every_width(void)
{
    for (unsigned n = 1; n <= 8; n++) {
        unsigned max = (1u << n) - 1;
        struct pixel_format f = make(32, false, max, 24, max, 9, max, 1);

        for (uint32_t v = 0; v <= max; v++) {
            uint32_t value = v << 24 | (max - v) << 9 | v << 1, pixel, back;

            pixel_values_to_surface(&f, &pixel, &value, 1);
            pixel_values_from_surface(&f, &back, &pixel, 1);
            CHECK_INT(back, value);
            CHECK_INT(pixel >> 16, (v * 510 + max) / (2 * max));
        }
    }
    for (unsigned n = 8; n <= 16; n++) { /* and every colour of a surface survives the other way */
        unsigned max = (1u << n) - 1;
        struct pixel_format f = make(32, true, max, 16, 255, 8, 255, 0);

        for (uint32_t v = 0; v < 256; v++) {
            uint32_t pixel = v << 16 | (255 - v) << 8 | v, value, back;

            pixel_values_from_surface(&f, &value, &pixel, 1);
            pixel_values_to_surface(&f, &back, &value, 1);
            CHECK_INT(back, pixel);
        }
        CHECK_INT(max == 65535, n == 16);
    }
}

static void test_bytes(void)
{
    static const uint32_t pixels[] = {0xff123456, 0x00ffffff, 0xaa000000};
    struct pixel_format be = make(32, true, 255, 16, 255, 8, 255, 0),
                        rgbx = make(32, false, 255, 0, 255, 8, 255, 16),
                        rgb565 = make(16, true, 31, 11, 63, 5, 31, 0);
    uint8_t out[12];
    uint32_t back[3];

    pixel_row_to_wire(&pixel_format_native, out, pixels, 3);
    CHECK(!memcmp(out, "\x56\x34\x12\0\xff\xff\xff\0\0\0\0\0", 12));
    pixel_row_to_wire(&be, out, pixels, 3);
    CHECK(!memcmp(out, "\0\x12\x34\x56\0\xff\xff\xff\0\0\0\0", 12));
    pixel_row_from_wire(&be, back, out, 3);
    CHECK(back[0] == 0x123456 && back[1] == 0xffffff && !back[2]);
    pixel_row_to_wire(&rgbx, out, pixels, 3);
    CHECK(!memcmp(out, "\x12\x34\x56\0\xff\xff\xff\0\0\0\0\0", 12));
    pixel_row_from_wire(&rgbx, back, out, 3);
    CHECK(back[0] == 0x123456 && back[1] == 0xffffff && !back[2]);
    pixel_row_to_wire(&rgb565, out, pixels, 3);
    CHECK(!memcmp(out, "\x11\xaa\xff\xff\0\0", 6));
    pixel_row_to_wire(&pixel_format_bgr233, out, pixels, 3);
    CHECK(!memcmp(out, "\x48\xff\0", 3));
}

/* A colour map client is shown what a true-colour bgr233 one is. */
static void test_colour_map(void)
{
    for (unsigned i = 0; i < 256; i++) {
        uint16_t r, g, b;
        uint32_t pixel, value = i;

        pixel_format_bgr233_entry((uint8_t)i, &r, &g, &b);
        pixel_values_to_surface(&pixel_format_bgr233, &pixel, &value, 1);
        CHECK((r >> 8) <= (pixel >> 16) && (pixel >> 16) - (r >> 8) <= 1u);
        CHECK((g >> 8) <= (pixel >> 8 & 0xff) && (pixel >> 8 & 0xff) - (g >> 8) <= 1u);
        CHECK((b >> 8) <= (pixel & 0xff) && (pixel & 0xff) - (b >> 8) <= 1u);
    }
}

int main(void)
{
    test_validate();
    test_wire();
    test_every_width();
    test_bytes();
    test_colour_map();
    return check_result();
}
