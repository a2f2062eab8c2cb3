/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text out of pixels: screens are painted here from made-up fonts, so every cell is known. Real
 * firmware's and Linux's screens are compared elsewhere, with the guest's own memory.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "check.h"
#include "console/find.h"
#include "console/screen.h"

#include <stdlib.h>

enum { GLYPHS = 256 };

static uint32_t seed;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* ---- Fonts -------------------------------------------------------------------------------------
 */

/* Rows of bytes; the glyph of a blank is blank, no two are alike or each other's inverse, and none
   has a row that is all foreground (so that a cursor's bar is a bar). */
static uint8_t *make_bitmap(uint32_t width, uint32_t height)
{
    uint32_t row = (width + 7) / 8;
    uint8_t *bitmap = mem_alloc0(GLYPHS, (size_t)row * height);

    for (uint32_t i = 0; i < GLYPHS; i++)
        for (uint32_t y = 1; y + 1 < height && i != 0 && i != ' ' && i != 0xff; y++)
            for (uint32_t x = 1; x + 1 < width; x++)
                if (random_next() & 0x400000)
                    bitmap[(i * height + y) * row + x / 8] |= (uint8_t)(0x80 >> x % 8);
    return bitmap;
}

static void put_le32(struct buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        buf_append(b, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

/* With a table in which glyph i is U+0100 + i, and then ASCII where i is. */
static struct buf make_psf2(uint32_t width, uint32_t height, const uint8_t *bitmap)
{
    uint32_t bytes = (width + 7) / 8 * height;
    const uint32_t header[] = {0x864ab572, 0, 32, 1, GLYPHS, bytes, height, width};
    struct buf b = BUF_INIT;

    for (size_t i = 0; i < 8; i++)
        put_le32(&b, header[i]);
    buf_append(&b, bitmap, (size_t)GLYPHS * bytes);
    for (uint32_t i = 0; i < GLYPHS; i++) {
        uint8_t entry[] = {(uint8_t)(0xc4 + i / 64), (uint8_t)(0x80 + i % 64), (uint8_t)i};

        buf_append(&b, entry, i >= 0x20 && i < 0x7f ? 3 : 2);
        buf_append(&b,
                   "\xfe"
                   "e\xcc\x81\xff",
                   5); /* a sequence, which is no character */
    }
    return b;
}

static struct buf make_psf1(const uint8_t *bitmap)
{
    struct buf b = BUF_INIT;

    buf_append(&b, "\x36\x04\x02\x10", 4);
    buf_append(&b, bitmap, GLYPHS * 16);
    for (uint32_t i = 0; i < GLYPHS; i++) {
        uint8_t entry[] = {(uint8_t)i, 1, (uint8_t)i, 0, 0xfe, 0xff, 'e', 0, 1, 3, 0xff, 0xff};

        if (i >= 0x20 && i < 0x7f) {
            buf_append(&b, entry, sizeof(entry));
        } else {
            buf_append(&b, entry, 2);
            buf_append(&b, "\xff\xff", 2);
        }
    }
    return b;
}

static uint32_t character_of(uint32_t glyph)
{
    return glyph >= 0x20 && glyph < 0x7f ? glyph : 0x100 + glyph;
}

static void test_psf(void)
{
    uint8_t *bitmap = make_bitmap(8, 16), *wide = make_bitmap(12, 22);
    struct buf files[] = {make_psf1(bitmap), make_psf2(8, 16, bitmap), make_psf2(12, 22, wide)};
    const uint32_t sizes[][2] = {{8, 16}, {8, 16}, {12, 22}};

    for (size_t f = 0; f < 3; f++) {
        struct err err = {0};
        struct console_font *font = console_font_from_psf(files[f].data, files[f].len, &err);

        CHECK_STR(err.text, "");
        CHECK_INT(font->width, sizes[f][0]);
        CHECK_INT(font->height, sizes[f][1]);
        CHECK_INT(font->count, GLYPHS);
        for (uint32_t i = 0; i < GLYPHS; i++)
            CHECK_INT(font->characters[i], character_of(i));
        console_font_destroy(font);
        for (size_t len = 0; len < files[f].len; len++) {
            /* Where it ends too early it is none. */
            uint8_t *part = mem_dup(files[f].data, len ? len : 1);

            CHECK(!console_font_from_psf(part, len, &err));
            free(part);
        }
        buf_finish(&files[f]);
    }
    free(bitmap);
    free(wide);
}

static void test_psf_lies(void)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } cases[] = {
        {0, 1, "this is no PSF font"},
        {28, 0, "this font's cells are 0×16 pixels, not 1…32"},
        {24, 33, "this font's cells are 8×33 pixels, not 1…32"},
        {16, 0, "this font has 0 glyphs, not 1…65536"},
        {16, 65537, "this font has 65537 glyphs, not 1…65536"},
        {20, 17, "this font's glyphs have 17 bytes, which is not their size"},
        {8, 0xffffffff, "this font ends amid its glyphs"},
        {16, 65536, "this font ends amid its glyphs"},
    };
    uint8_t *bitmap = make_bitmap(8, 16);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf file = make_psf2(8, 16, bitmap);
        struct err err = {0};

        for (int byte = 0; byte < 4; byte++)
            file.data[cases[i].at + (size_t)byte] = (uint8_t)(cases[i].value >> 8 * byte);
        CHECK(!console_font_from_psf(file.data, file.len, &err));
        CHECK_STR(err.text, cases[i].says);
        buf_finish(&file);
    }
    free(bitmap);
}

/* As every font in code page 437's order has them. */
static uint8_t *make_pc_bitmap(uint32_t width, uint32_t height)
{
    uint8_t *bitmap = make_bitmap(width, height);
    size_t row = (width + 7) / 8, n = row * height;

    for (size_t i = 0; i < n; i++) {
        uint8_t full = (uint8_t)(i % row == row - 1 ? 0xff << (row * 8 - width) : 0xff);

        bitmap[0xdb * n + i] = full;
        bitmap[0xdc * n + i] = i / row < height / 2 ? 0 : full;
        bitmap[0xdf * n + i] = i / row < height / 2 ? full : 0;
        bitmap[0xb3 * n + i] = i % row ? 0 : 0x18;
    }
    return bitmap;
}

static void test_find(void)
{
    static const uint32_t cases[][2] = {{8, 16}, {8, 8},  {8, 14},  {6, 10},  {6, 8},
                                        {6, 11}, {7, 14}, {16, 32}, {10, 18}, {12, 22}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t width = cases[i][0], height = cases[i][1];
        uint8_t *bitmap = make_pc_bitmap(width, height);
        size_t bytes = (width + 7) / 8 * height * GLYPHS, at = 0, space = 4000;
        uint8_t *dump = mem_alloc0(1, 3 * space + 2 * bytes);
        struct console_font *font;

        /* Two of them, between other bytes, the second at the very end. */
        for (size_t j = 0; j < 3 * space + bytes; j++)
            dump[j] = random_next() & 0x700000 ? 0xff : 0xfc;
        memcpy(dump + space, bitmap, bytes);
        memcpy(dump + 3 * space + bytes, bitmap, bytes);
        for (int k = 0; k < 2; k++) {
            font = console_font_find(dump, 3 * space + 2 * bytes, &at);
            CHECK(font);
            if (!font)
                break;
            CHECK_INT(font->width, width);
            CHECK_INT(font->height, height);
            CHECK_INT(font->characters[0xc4], 0x2500);
            CHECK_INT(font->shapes[0xdb].column[width - 1],
                      height == 32 ? 0xffffffff : (1u << height) - 1);
            console_font_destroy(font);
        }
        CHECK(!console_font_find(dump, 3 * space + 2 * bytes, &at));
        /* One byte less of it, at either end, and there is none. */
        at = 0;
        CHECK(!console_font_find(bitmap, bytes - 1, &at));
        at = 0;
        CHECK(!console_font_find(bitmap + 1, bytes - 1, &at));
        free(bitmap);
        free(dump);
    }
}

/* EDK II's, with a hole behind ASCII, amid other bytes. */
static void test_find_narrow(void)
{
    enum { COUNT = 120, BYTES = COUNT * 22, BEFORE = 1000 };
    uint8_t *dump = mem_alloc0(1, BEFORE + BYTES + BEFORE);
    struct console_font *font;
    size_t at = 0;

    for (size_t i = 0; i < BEFORE + BYTES + BEFORE; i++)
        dump[i] = (uint8_t)(random_next() >> 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *record = dump + BEFORE + (size_t)i * 22;
        uint32_t c = i < 95 ? ' ' + i : 0xa0 + i;

        record[0] = (uint8_t)c;
        record[1] = (uint8_t)(c >> 8);
        record[2] = 0;
        memset(record + 3, i ? (int)i : 0, 19);
    }
    memset(dump + BEFORE + BYTES, 0xff, 3); /* nothing that goes on */
    font = console_font_find(dump, BEFORE + BYTES + BEFORE, &at);
    CHECK(font);
    if (font) {
        CHECK_INT(font->width, 8);
        CHECK_INT(font->height, 19);
        CHECK_INT(font->count, COUNT);
        CHECK(font->is_found);
        CHECK_INT(font->characters['A' - ' '], 'A');
        CHECK_INT(font->characters[100], 0xa0 + 100);
        CHECK_INT(font->shapes[1].column[7], (1u << 19) - 1);
        CHECK_INT(font->shapes[1].column[6], 0);
    }
    console_font_destroy(font);
    CHECK(!console_font_find(dump, BEFORE + BYTES + BEFORE, &at));
    /* Not all of ASCII: none. */
    at = 0;
    CHECK(!console_font_find(dump, BEFORE + 94 * 22, &at));
    dump[BEFORE + 40 * 22] ^= 1;
    at = 0;
    CHECK(!console_font_find(dump, BEFORE + BYTES + BEFORE, &at));
    free(dump);
}

/* ---- GRUB's ---- */

static void put_be(struct buf *b, uint32_t v, int bytes)
{
    while (bytes--)
        buf_append(b, &(uint8_t){(uint8_t)(v >> 8 * bytes)}, 1);
}

static void put_section(struct buf *b, const char *name, uint32_t value, uint32_t bytes)
{
    buf_append(b, name, 4);
    put_be(b, bytes, 4);
    put_be(b, value, (int)bytes);
}

/* All of ASCII 8 pixels wide, each a box of 3×5 at (2, -1) but for a 16 pixels wide one. */
static struct buf make_pf2(uint32_t height, uint32_t ascent)
{
    enum { COUNT = 96 };
    struct buf b = BUF_INIT;
    uint32_t glyphs;

    buf_append(&b, "FILE\0\0\0\4PFF2", 12);
    put_section(&b, "MAXH", height, 2);
    put_section(&b, "ASCE", ascent, 2);
    buf_append(&b, "CHIX", 4);
    put_be(&b, COUNT * 9, 4);
    glyphs = (uint32_t)b.len + COUNT * 9 + 8;
    for (uint32_t i = 0; i < COUNT; i++) {
        put_be(&b, i < 95 ? ' ' + i : 0x4e00, 4);
        put_be(&b, 0, 1);
        put_be(&b, glyphs + i * 12, 4);
    }
    buf_append(&b, "DATA\xff\xff\xff\xff", 8);
    for (uint32_t i = 0; i < COUNT; i++) {
        put_be(&b, 3, 2);
        put_be(&b, 5, 2);
        put_be(&b, 2, 2);
        put_be(&b, 0xffff, 2);
        put_be(&b, i < 95 ? 8 : 16, 2);
        put_be(&b, 0xa001 | i << 1, 2);
    }
    return b;
}

static void test_pf2(void)
{
    struct buf file = make_pf2(16, 14);
    struct err err = {0};
    struct console_font *font = console_font_from_file(file.data, file.len, &err);

    CHECK_STR(err.text, "");
    CHECK_INT(font->width, 8);
    CHECK_INT(font->height, 16);
    CHECK_INT(font->characters['A' - ' '], 'A');
    CHECK_INT(font->characters[95], 0); /* two cells wide */
    /* 1 0 1 in the first row, which is 14 - (-1) - 5 from the top; the last bit is none. */
    CHECK_INT(font->shapes[0].column[2], 1 << 10);
    CHECK_INT(font->shapes[0].column[3], 0);
    CHECK_INT(font->shapes[0].column[4], 1 << 10);
    CHECK_INT(font->shapes[8].column[4], 1 << 10 | 1 << 13); /* 8 << 1 is the twelfth bit */
    console_font_destroy(font);
    for (size_t len = 0; len < file.len; len++) {
        uint8_t *part = mem_dup(file.data, len ? len : 1);

        /* What is beyond the end is left out; without ASCII it is no font. */
        font = console_font_from_pf2(part, len, &err);
        CHECK(!font || len > file.len - 96 * 12);
        console_font_destroy(font);
        free(part);
    }
    buf_finish(&file);
    file = make_pf2(33, 14);
    CHECK(!console_font_from_pf2(file.data, file.len, &err));
    CHECK_STR(err.text, "this font's lines are 33 pixels high, not 1…32");
    buf_finish(&file);
    file = make_pf2(16, 17);
    CHECK(!console_font_from_pf2(file.data, file.len, &err));
    buf_finish(&file);
    file = make_pf2(16, 2); /* what would be above the cell isn't there */
    font = console_font_from_pf2(file.data, file.len, &err);
    CHECK(font);
    CHECK_INT(font ? font->characters['A' - ' '] : 1, 0);
    console_font_destroy(font);
    buf_finish(&file);
}

/* ---- Screens -----------------------------------------------------------------------------------
 */

struct world {
    struct console_font *font;
    struct console_glyphs glyphs;
    struct surface *surface;
    struct console_screen screen;
    uint32_t x, y, pitch, columns, rows;
    uint32_t *shown; /* glyphs */
};

static void world_init(struct world *w, uint32_t font_width, uint32_t font_height, uint32_t pitch,
                       uint32_t width, uint32_t height, uint32_t x, uint32_t y)
{
    uint8_t *bitmap = make_bitmap(font_width, font_height);
    struct buf file = make_psf2(font_width, font_height, bitmap);
    struct err err;

    *w = (struct world){.x = x, .y = y, .pitch = pitch};
    w->font = console_font_from_psf(file.data, file.len, &err);
    console_glyphs_init(&w->glyphs);
    console_glyphs_add(&w->glyphs, w->font);
    w->surface = surface_create(width, height);
    w->columns = (width - x) / pitch;
    w->rows = (height - y) / font_height;
    w->shown = mem_alloc0((size_t)w->columns * w->rows, sizeof(w->shown[0]));
    console_screen_init(&w->screen);
    buf_finish(&file);
    free(bitmap);
}

static void world_finish(struct world *w)
{
    console_screen_finish(&w->screen);
    console_glyphs_finish(&w->glyphs);
    console_font_destroy(w->font);
    surface_unref(w->surface);
    free(w->shown);
}

static void paint(struct world *w, uint32_t column, uint32_t row, uint32_t glyph, uint32_t fore,
                  uint32_t back)
{
    w->shown[row * w->columns + column] = glyph;
    for (uint32_t y = 0; y < w->font->height; y++)
        for (uint32_t x = 0; x < w->pitch; x++) {
            bool ink = x < w->font->width && w->font->shapes[glyph].column[x] >> y & 1;

            /* The highest byte means nothing. */
            surface_row(w->surface,
                        (int32_t)(w->y + row * w->font->height + y))[w->x + column * w->pitch + x] =
                (ink ? fore : back) | random_next() << 24;
        }
}

static bool update(struct world *w, int x, int y, uint32_t width, uint32_t height)
{
    pixman_region32_t damage;
    bool changed;

    pixman_region32_init_rect(&damage, x, y, width, height);
    changed = console_screen_update(&w->screen, &w->glyphs, w->surface, &damage);
    pixman_region32_fini(&damage);
    return changed;
}

static bool update_all(struct world *w)
{
    return update(w, 0, 0, w->surface->width, w->surface->height);
}

static uint32_t wrong_cells(const struct world *w)
{
    uint32_t wrong = 0;

    if (w->screen.grid.columns != w->columns || w->screen.grid.rows != w->rows)
        return w->columns * w->rows;
    for (uint32_t i = 0; i < w->columns * w->rows; i++) {
        uint32_t glyph = w->shown[i], want = glyph && glyph != 0xff ? character_of(glyph) : ' ';

        wrong += w->screen.cells[i].character != want;
    }
    return wrong;
}

static void test_sizes(void)
{
    static const uint32_t cases[][7] = {
        /* font, pitch, screen, place */
        {8, 16, 9, 720, 400, 0, 0},    /* VGA's text, 80×25 */
        {8, 8, 9, 720, 400, 0, 0},     /* 80×50 */
        {8, 14, 8, 640, 350, 0, 0},    /* EGA's */
        {8, 16, 8, 1056, 400, 0, 0},   /* 132 columns */
        {8, 16, 8, 1280, 800, 0, 0},   /* Linux */
        {8, 16, 8, 1366, 768, 0, 0},   /* a size that isn't whole cells */
        {6, 10, 6, 800, 600, 0, 0},    /* small */
        {10, 18, 10, 1024, 768, 0, 0}, /* wide */
        {12, 22, 12, 1920, 1080, 0, 0},
        {16, 32, 16, 3840, 2160, 0, 0}, /* Terminus, on a screen of many pixels */
        {8, 19, 8, 800, 600, 0, 5},     /* EDK II: in the middle */
        {8, 19, 8, 1024, 768, 0, 4},
        {8, 16, 8, 800, 600, 10, 10}, /* GRUB */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t *c = cases[i];
        struct world w;

        world_init(&w, c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
        for (uint32_t cell = 0; cell < w.columns * w.rows; cell++)
            paint(&w, cell % w.columns, cell / w.columns, random_next() % GLYPHS,
                  random_next() & 0xffffff, 0x100000 | (random_next() & 0xfffff));
        CHECK(update_all(&w));
        CHECK_INT(wrong_cells(&w), 0);
        CHECK(console_screen_is_text(&w.screen));
        CHECK_INT(w.screen.unknown, 0);
        world_finish(&w);
    }
}

static void type(struct world *w, uint32_t column, uint32_t row, const char *text)
{
    for (; *text; text++)
        paint(w, column++, row, (uint8_t)*text, 0xaaaaaa, 0);
}

static void test_damage(void)
{
    struct world w;

    world_init(&w, 8, 16, 8, 640, 400, 0, 0);
    CHECK(!update_all(&w)); /* black: nobody knows what it will be */
    CHECK(!console_screen_is_text(&w.screen));
    type(&w, 0, 0, "ab");
    CHECK(!update_all(&w)); /* it might be anything */
    type(&w, 0, 0, "Booting from the disk");
    CHECK(update(&w, 0, 0, 168, 16));
    CHECK_INT(wrong_cells(&w), 0);
    CHECK(!update_all(&w));
    type(&w, 3, 7, "more");
    CHECK(!update(&w, 0, 0, 640, 7 * 16)); /* what isn't said to have changed isn't read */
    CHECK(update(&w, 3 * 8 + 7, 8 * 16 - 1, 4 * 8 - 14, 1));
    CHECK_INT(pixman_region32_n_rects(&w.screen.changed), 1);
    CHECK_INT(pixman_region32_extents(&w.screen.changed)->x1, 3);
    CHECK_INT(pixman_region32_extents(&w.screen.changed)->x2, 7);
    CHECK_INT(pixman_region32_extents(&w.screen.changed)->y1, 7);
    CHECK_INT(wrong_cells(&w), 0);
    world_finish(&w);
}

/* Colours go where the cells' are, and an inverse glyph is a glyph. */
static void test_colours(void)
{
    struct world w;
    const struct console_cell *cells;

    world_init(&w, 8, 16, 9, 720, 400, 0, 0);
    type(&w, 0, 0, "colours");
    paint(&w, 0, 1, 'x', 0xff0000, 0x0000ff);
    paint(&w, 1, 1, 'y', 0x0000ff, 0xff0000);
    paint(&w, 2, 1, ' ', 0, 0x00ff00);
    paint(&w, 3, 1, 'z', 0xffffff, 0x00ff00);
    CHECK(update_all(&w));
    CHECK_INT(wrong_cells(&w), 0);
    cells = w.screen.cells + w.columns;
    CHECK_INT(cells[0].foreground, 0xff0000);
    CHECK_INT(cells[0].background, 0x0000ff);
    CHECK_INT(cells[1].foreground, 0x0000ff);
    CHECK_INT(cells[1].background, 0xff0000);
    CHECK_INT(cells[2].background, 0x00ff00);
    CHECK_INT(cells[3].foreground, 0xffffff);
    CHECK_INT(cells[3].background, 0x00ff00);
    world_finish(&w);
}

static void paint_bar(struct world *w, uint32_t column, uint32_t row, uint32_t top, uint32_t bottom)
{
    for (uint32_t y = top; y <= bottom; y++)
        for (uint32_t x = 0; x < w->pitch; x++)
            surface_row(w->surface, (int32_t)(row * w->font->height + y))[column * w->pitch + x] =
                0xaaaaaa;
}

static void test_cursor(void)
{
    struct world w;

    world_init(&w, 8, 16, 9, 720, 400, 0, 0);
    type(&w, 0, 3, "login: root");
    paint_bar(&w, 11, 3, 13, 14);
    CHECK(update_all(&w));
    CHECK_INT(wrong_cells(&w), 0);
    CHECK(w.screen.has_cursor);
    CHECK_INT(w.screen.cursor_column, 11);
    CHECK_INT(w.screen.cursor_row, 3);
    CHECK_INT(w.screen.cursor_bar.top, 13);
    CHECK_INT(w.screen.cursor_bar.bottom, 14);
    CHECK(w.screen.cursor_is_lit);
    /* When it blinks that is told once, and it is where it was; on a character it hides nothing
       that could not be told. */
    paint(&w, 11, 3, ' ', 0xaaaaaa, 0);
    CHECK(update(&w, 99, 48, 9, 16));
    CHECK(w.screen.has_cursor);
    CHECK(!w.screen.cursor_is_lit);
    CHECK(!update(&w, 99, 48, 9, 16));
    CHECK_INT(w.screen.cursor_column, 11);
    paint_bar(&w, 8, 3, 14, 15);
    CHECK(update(&w, 72, 48, 9, 16));
    CHECK_INT(wrong_cells(&w), 0);
    CHECK_INT(w.screen.cursor_column, 8);
    world_finish(&w);
}

static void paint_picture(struct surface *s, struct rect r, bool noisy)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            surface_row(s, y)[x] = noisy ? random_next() & 0xffffff
                                         : (uint32_t)(x * 255 / (r.x + r.w)) << 16 | (uint32_t)y;
}

static void test_pictures(void)
{
    struct world w;
    uint32_t beside = 0;

    world_init(&w, 8, 16, 8, 800, 600, 0, 0);
    paint_picture(w.surface, surface_bounds(w.surface), true);
    CHECK(!update_all(&w));
    paint_picture(w.surface, surface_bounds(w.surface), false);
    CHECK(!update_all(&w));
    CHECK(!console_screen_is_text(&w.screen));

    /* Four letters beside a picture, and the picture's cells are none. */
    memset(w.surface->data, 0, w.surface->size);
    paint_picture(w.surface, (struct rect){400, 0, 400, 600}, true);
    type(&w, 2, 2, "text");
    CHECK(update_all(&w));
    CHECK_INT(w.screen.cells[2 * w.columns + 3].character, 'e');
    for (uint32_t row = 0; row < w.rows; row++)
        for (uint32_t column = 50; column < w.columns; column++)
            beside += w.screen.cells[row * w.columns + column].character != 0;
    CHECK_INT(beside, 0);
    CHECK(!console_screen_is_text(&w.screen));
    world_finish(&w);
}

/* Another font, in the same mode: `setfont`. And another mode. */
static void test_changes(void)
{
    struct world small, w;

    world_init(&small, 8, 8, 8, 640, 400, 0, 0);
    world_init(&w, 8, 16, 8, 640, 400, 0, 0);
    console_glyphs_add(&w.glyphs, small.font);
    for (uint32_t row = 0; row < w.rows; row++)
        type(&w, 0, row, "The quick brown fox jumps over the lazy dog");
    CHECK(update_all(&w));
    CHECK_INT(wrong_cells(&w), 0);
    for (uint32_t row = 0; row < small.rows; row++)
        type(&small, 0, row, "The quick brown fox jumps over the lazy dog");
    surface_copy(w.surface, small.surface, surface_bounds(w.surface));
    CHECK(update_all(&w));
    CHECK_INT(w.screen.grid.rows, 50);
    CHECK_INT(w.screen.unknown, 0);
    CHECK_INT(w.screen.cells[49 * 80 + 4].character, 'q');

    surface_unref(w.surface);
    w.surface = surface_create(800, 600);
    CHECK(update_all(&w)); /* what was there is gone */
    CHECK_INT(w.screen.grid.columns, 0);
    world_finish(&small);
    world_finish(&w);
}

/* Whatever a font says: what is printed on a terminal is no control character. */
static void test_controls(void)
{
    uint8_t bitmap[256 * 8] = {0};
    const uint32_t controls[] = {1, 0x1b, 0x7f, 0x9b};
    struct console_font *font;
    struct console_glyphs glyphs;

    for (int i = 0; i < 256; i++)
        bitmap[i * 8 + 3] = (uint8_t)i;
    font = console_font_from_bitmap(bitmap, 8, 8);
    for (int i = 0; i < 4; i++)
        font->characters[i + 1] = controls[i];
    console_glyphs_init(&glyphs);
    console_glyphs_add(&glyphs, font);
    for (int i = 0; i < 4; i++)
        CHECK_INT(console_table_find(&glyphs.tables[0], &font->shapes[i + 1]), 0);
    CHECK_INT(console_meaning_in(&glyphs.tables[0],
                                 console_table_find(&glyphs.tables[0], &font->shapes['x']), 0),
              'x');
    console_glyphs_finish(&glyphs);
    console_font_destroy(font);
}

/* The same shapes, of which some glyphs are said to be something else or aren't there. */
static void add_variant(struct world *w, const char *others, const char *lacks, bool is_found)
{
    uint32_t characters[GLYPHS];

    memcpy(characters, w->font->characters, sizeof(characters));
    for (const char *c = others; *c; c++)
        w->font->characters[(uint8_t)*c] = 0x3b1;
    for (const char *c = lacks; *c; c++)
        w->font->characters[(uint8_t)*c] = 0;
    w->font->is_found = is_found;
    console_glyphs_add(&w->glyphs, w->font);
    memcpy(w->font->characters, characters, sizeof(characters));
}

static uint32_t character_at(const struct world *w, uint32_t column)
{
    return w->screen.grid.columns ? w->screen.cells[column].character : 0;
}

/* Which font it is, is told by the glyphs that only one of them has. */
static void test_disagreement(void)
{
    struct console_glyphs more;
    struct world w;

    world_init(&w, 8, 16, 8, 640, 400, 0, 0);
    console_glyphs_finish(&w.glyphs);
    console_glyphs_init(&w.glyphs);
    add_variant(&w, "", "uv\x90", false);     /* font 0: glyph 0x80 is U+0180 */
    add_variant(&w, "|\x80", "w\x90", false); /* font 1: glyph 0x80 is an alpha, | as well */
    console_glyphs_init(&more);
    type(&w, 0, 0, "boot: \x80 | 123");
    CHECK(update_all(&w));
    CHECK_INT(w.screen.grid.font, 0);
    CHECK_INT(character_at(&w, 6), 0x180);
    CHECK(console_screen_wants_fonts(&w.screen));
    /* What the first one hasn't shows that it is the other one. */
    type(&w, 0, 1, "u");
    CHECK(update(&w, 0, 16, 8, 16));
    CHECK_INT(w.screen.grid.font, 1);
    CHECK_INT(w.screen.foreign, 0);
    CHECK_INT(character_at(&w, 6), 0x3b1);
    CHECK_INT(character_at(&w, 8), 0x3b1);
    CHECK_INT(pixman_region32_n_rects(&w.screen.changed), 2);
    /* A glyph of both fonts: most of the screen decides, and it isn't asked again and again. */
    type(&w, 1, 1, "w");
    CHECK(update(&w, 8, 16, 8, 16));
    CHECK_INT(w.screen.grid.font, 0);
    CHECK_INT(w.screen.foreign, 1);
    CHECK_INT(character_at(&w, 6), 0x180);
    CHECK_INT(character_at(&w, 8), '|');
    CHECK(!update_all(&w));
    /* The machine's own font is none to be doubted; what fits as well comes after it. */
    w.font->is_found = true;
    console_glyphs_add(&more, w.font);
    w.font->characters[0x80] = 0x3b2;
    console_glyphs_add(&more, w.font);
    w.font->characters[0x80] = 0x180;
    CHECK(console_glyphs_merge(&w.glyphs, &more));
    CHECK(!update_all(&w));
    CHECK_INT(w.screen.grid.font, 2);
    CHECK_INT(w.screen.foreign, 0);
    CHECK(!console_screen_wants_fonts(&w.screen));
    console_glyphs_finish(&more);
    world_finish(&w);
}

/* A cursor's bar is one, though some other font has a glyph that looks so. */
static void test_bar_is_no_glyph(void)
{
    struct world w;

    world_init(&w, 8, 16, 8, 640, 400, 0, 0);
    memset(&w.font->shapes[0x90], 0, sizeof(w.font->shapes[0]));
    for (int x = 0; x < 8; x++)
        w.font->shapes[0x90].column[x] = 0xc000;
    add_variant(&w, "", "", false);
    type(&w, 0, 0, "login: root");
    paint_bar(&w, 11, 0, 14, 15);
    CHECK(update_all(&w));
    CHECK(w.screen.has_cursor);
    CHECK_INT(w.screen.cursor_column, 11);
    CHECK_INT(character_at(&w, 11), ' ');
    world_finish(&w);
}

static void test_cp437(void)
{
    CHECK_INT(console_cp437('A'), 'A');
    CHECK_INT(console_cp437(0), ' ');
    CHECK_INT(console_cp437(0x7f), 0x2302);
    CHECK_INT(console_cp437(0xc4), 0x2500);
    CHECK_INT(console_cp437(0xdb), 0x2588);
    CHECK_INT(console_cp437(0xe1), 0xdf);
    CHECK_INT(console_cp437(0xff), 0xa0);
}

int main(void)
{
    test_cp437();
    test_controls();
    test_psf();
    test_psf_lies();
    test_find();
    test_find_narrow();
    test_pf2();
    test_sizes();
    test_damage();
    test_colours();
    test_cursor();
    test_pictures();
    test_changes();
    test_disagreement();
    test_bar_is_no_glyph();
    return check_result();
}
