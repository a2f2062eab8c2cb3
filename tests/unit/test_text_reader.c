/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reader of a scene's text: what it says and when, and that fonts come from a thread. The font
 * is a file made up here; a machine's memory is read in tests/e2e/text.py.
 */
#include "base/mem.h"
#include "check.h"
#include "text/reader.h"
#include "wait.h"

#include <glib/gstdio.h>
#include <stdlib.h>

enum { WIDTH = 8, HEIGHT = 16, COLUMNS = 40, ROWS = 10, WHITE = 0xaaaaaa };

/* Glyph i has the bits of i in four rows of its own, so no two are alike or each other's inverse.
 */
static uint8_t glyph_row(uint32_t character, uint32_t y)
{
    return character == ' ' || y < 4 || y >= 8 ? 0 : (uint8_t)((character >> 2 * (y - 4) & 3) << 2);
}

struct world {
    char *folder;
    const char *folders[2];
    struct scene *scene;
    struct text_reader *reader;
    int changes, modes, settlings;
    bool is_text;
    pixman_box32_t last;
};

/* ---- The font's file ---- */

static void write_font(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "test.psf", NULL);
    uint8_t file[4 + 256 * HEIGHT] = {0x36, 0x04, 0, HEIGHT};

    for (uint32_t i = 0; i < 256; i++)
        for (uint32_t y = 0; y < HEIGHT; y++)
            file[4 + i * HEIGHT + y] = glyph_row(i, y);
    CHECK(g_file_set_contents(path, (const char *)file, sizeof(file), NULL));
}

static void remove_font(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "test.psf", NULL);

    g_unlink(path);
}

/* ---- The scene ---- */

static void set_screen(struct scene *scene, uint32_t width, uint32_t height)
{
    struct surface *s = surface_create(width, height);

    scene_set_screen(scene, s);
    scene_damage(scene, surface_bounds(s));
    surface_unref(s);
}

static void paint(struct scene *scene, uint32_t column, uint32_t row, const char *text)
{
    struct rect r = {(int32_t)column * WIDTH, (int32_t)row * HEIGHT, (int32_t)strlen(text) * WIDTH,
                     HEIGHT};

    for (uint32_t i = 0; text[i]; i++)
        for (uint32_t y = 0; y < HEIGHT; y++)
            for (uint32_t x = 0; x < WIDTH; x++)
                surface_row(scene->screen, r.y + (int32_t)y)[(column + i) * WIDTH + x] =
                    glyph_row((uint8_t)text[i], y) & 0x80 >> x ? WHITE : 0;
    scene_damage(scene, r);
}

static void paint_noise(struct scene *scene)
{
    uint32_t seed = 1;

    for (uint32_t y = 0; y < scene->screen->height; y++)
        for (uint32_t x = 0; x < scene->screen->width; x++)
            surface_row(scene->screen, (int32_t)y)[x] = seed = seed * 1664525 + 1013904223;
    scene_damage(scene, surface_bounds(scene->screen));
}

/* ---- What is heard ---- */

static void on_changed(void *owner, const pixman_region32_t *cells)
{
    struct world *w = owner;

    w->changes++;
    w->last = *pixman_region32_extents((pixman_region32_t *)(uintptr_t)cells);
}

static void on_mode(void *owner, bool is_text)
{
    struct world *w = owner;

    w->modes++;
    w->is_text = is_text;
}

static void on_settled(void *owner)
{
    ((struct world *)owner)->settlings++;
}

static const struct text_reader_ops ops = {on_changed, on_mode, on_settled};

static void world_init(struct world *w)
{
    *w = (struct world){.folder = g_dir_make_tmp("oriel-fonts-XXXXXX", NULL),
                        .scene = scene_create()};
    w->folders[0] = w->folder;
    write_font(w->folder);
    w->reader =
        text_reader_create(w->scene, &(struct text_reader_options){.folders = w->folders}, &ops, w);
}

static void world_finish(struct world *w)
{
    text_reader_destroy(w->reader);
    scene_destroy(w->scene);
    remove_font(w->folder);
    g_rmdir(w->folder);
    g_free(w->folder);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static const struct console_cell *cell_at(const struct world *w, uint32_t column, uint32_t row)
{
    const struct console_screen *s = text_reader_screen(w->reader);

    return &s->cells[row * s->grid.columns + column];
}

/* ---- Tests ---- */

static void test_text(void)
{
    struct world w;

    world_init(&w);
    CHECK(WAIT_FOR(text_reader_is_settled(w.reader))); /* there is nothing yet to be read */
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    scene_commit(w.scene);
    CHECK(!w.is_text && text_reader_is_settled(w.reader)); /* blank */

    paint(w.scene, 0, 0, "Hello, 40x10");
    scene_commit(w.scene);
    CHECK(!w.changes && !text_reader_is_settled(w.reader)); /* no font is known before the loop */
    CHECK(WAIT_FOR(w.is_text && text_reader_is_settled(w.reader)));
    CHECK_INT(w.changes, 1);
    CHECK_INT(w.last.x2, COLUMNS);
    CHECK_INT(w.last.y2, ROWS);
    CHECK_INT(w.settlings, 2);
    CHECK_INT(cell_at(&w, 4, 0)->character, 'o');
    CHECK_INT(text_reader_screen(w.reader)->unknown, 0);

    paint(w.scene, 3, 2, "more");
    scene_commit(w.scene);
    CHECK_INT(w.changes, 2);
    CHECK(w.last.x1 == 3 && w.last.x2 == 7 && w.last.y1 == 2 && w.last.y2 == 3);
    scene_damage(w.scene, surface_bounds(w.scene->screen));
    scene_commit(w.scene);
    CHECK_INT(w.changes, 2); /* a repaint is no change */
    world_finish(&w);
}

static void test_modes(void)
{
    struct world w;

    world_init(&w);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 0, 0, "text to begin with");
    scene_commit(w.scene);
    CHECK(WAIT_FOR(w.is_text));

    /* Blank, and of another size, and blank still: as before. */
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    scene_commit(w.scene);
    set_screen(w.scene, 300, 200);
    scene_commit(w.scene);
    CHECK(w.is_text && w.modes == 1 && !text_reader_screen(w.reader)->grid.columns);

    /* For a moment there is something else. */
    paint_noise(w.scene);
    scene_commit(w.scene);
    CHECK(w.is_text);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 0, 0, "and text again");
    scene_commit(w.scene);
    CHECK(WAIT_FOR(text_reader_is_settled(w.reader)));
    CHECK_INT(w.modes, 1);

    /* For good. */
    paint_noise(w.scene);
    scene_commit(w.scene);
    CHECK(w.is_text);
    CHECK(WAIT_FOR(!w.is_text));
    CHECK_INT(w.modes, 2);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 5, 5, "a panic's screen");
    scene_commit(w.scene);
    CHECK(w.is_text && w.modes == 3);
    world_finish(&w);
}

static void test_inactive(void)
{
    struct world w;

    world_init(&w);
    text_reader_set_active(w.reader, false);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 0, 0, "nobody looks");
    scene_commit(w.scene);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    CHECK(!w.changes && !w.modes);
    text_reader_set_active(w.reader, true);
    CHECK(WAIT_FOR(w.is_text && w.changes == 1));
    text_reader_set_active(w.reader, false);
    paint_noise(w.scene);
    scene_commit(w.scene);
    CHECK(w.changes == 1 && w.is_text);
    text_reader_set_active(w.reader, true);
    CHECK(WAIT_FOR(!w.is_text));
    world_finish(&w);
}

/* Another font is loaded while the reader runs. */
static void test_another_font(void)
{
    struct world w;

    world_init(&w);
    remove_font(w.folder);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 0, 0, "a font nobody has");
    scene_commit(w.scene);
    CHECK(WAIT_FOR(w.settlings == 1));
    CHECK(!w.is_text && text_reader_is_settled(w.reader));
    write_font(w.folder);
    CHECK(!g_main_context_pending(NULL)); /* while nothing changes, nothing is searched */
    paint(w.scene, 0, 1, "but now");
    scene_commit(w.scene);
    CHECK(WAIT_FOR(w.is_text));
    world_finish(&w);
}

static void test_end_during_search(void)
{
    struct world w;

    world_init(&w);
    set_screen(w.scene, COLUMNS * WIDTH, ROWS * HEIGHT);
    paint(w.scene, 0, 0, "too late");
    scene_commit(w.scene);
    CHECK(!text_reader_is_settled(w.reader));
    world_finish(&w);
}

int main(void)
{
    test_text();
    test_modes();
    test_inactive();
    test_another_font();
    test_end_during_search();
    return check_result();
}
