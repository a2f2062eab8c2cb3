/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The automatic mode: text while the machine shows text, pixels when it turns graphical, and text
 * again on a panic screen, by itself; what is typed goes to the guest in each; what is said of a
 * lost connection lies over whichever is shown; and text that is typed by the program. The font is
 * a file made up here.
 */
#include "check.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <linux/input-event-codes.h>

enum { WIDTH = 8, HEIGHT = 16, COLUMNS = 80, ROWS = 25, WHITE = 0xaaaaaa };

/* No two glyphs are alike or each other's inverse. */
static uint8_t glyph_row(uint32_t character, uint32_t y)
{
    return character == ' ' || y < 4 || y >= 8 ? 0 : (uint8_t)((character >> 2 * (y - 4) & 3) << 2);
}

static void write_font(const char *path)
{
    uint8_t file[4 + 256 * HEIGHT] = {0x36, 0x04, 0, HEIGHT};

    for (uint32_t i = 0; i < 256; i++)
        for (uint32_t y = 0; y < HEIGHT; y++)
            file[4 + i * HEIGHT + y] = glyph_row(i, y);
    CHECK(g_file_set_contents(path, (const char *)file, sizeof(file), NULL));
}

static void show_text(const char *text)
{
    machine_resize(COLUMNS * WIDTH, ROWS * HEIGHT);
    for (uint32_t y = 0; y < machine.screen->height; y++)
        memset(surface_row(machine.screen, (int32_t)y), 0, machine.screen->stride);
    for (uint32_t i = 0; text[i]; i++)
        for (uint32_t y = 0; y < HEIGHT; y++)
            for (uint32_t x = 0; x < WIDTH; x++)
                surface_row(machine.screen,
                            (int32_t)(i / COLUMNS * HEIGHT + y))[i % COLUMNS * WIDTH + x] =
                    glyph_row((uint8_t)text[i], y) & 0x80 >> x ? WHITE : 0;
    scene_damage(machine.scene, surface_bounds(machine.screen));
    scene_commit(machine.scene);
}

static OrielDisplayMode shown(void)
{
    return oriel_display_get_shown_mode(ORIEL_DISPLAY(display));
}

static bool text_begins_with(const char *start)
{
    g_autofree char *text = oriel_display_get_text(ORIEL_DISPLAY(display));

    return text && g_str_has_prefix(text, start);
}

/* In the mode that is shown now, with the focus where it came by itself. */
static void check_key(void)
{
    machine.key_count = 0;
    rig_key(&rig, KEY_A, true);
    rig_key(&rig, KEY_A, false);
    WAIT_FOR(machine.key_count == 2);
    CHECK_INT(machine.keys[0], KEY_A);
}

static void test_automatic(void)
{
    show_text("login: panic");
    WAIT_FOR(shown() == ORIEL_DISPLAY_MODE_TEXT);
    WAIT_FOR(text_begins_with("login: panic\n"));
    check_key();
    machine_resize(640, 480);
    WAIT_FOR(shown() == ORIEL_DISPLAY_MODE_PIXELS);
    check_key();
    CHECK(!oriel_display_get_text(ORIEL_DISPLAY(display)));
    show_text("Kernel panic - not syncing");
    WAIT_FOR(shown() == ORIEL_DISPLAY_MODE_TEXT);
    WAIT_FOR(text_begins_with("Kernel panic - not syncing\n"));
    rig_quiet(&rig);
    window_keep("automatic-text");
    check_key();
    oriel_display_set_mode(ORIEL_DISPLAY(display), ORIEL_DISPLAY_MODE_PIXELS);
    CHECK_INT(shown(), ORIEL_DISPLAY_MODE_PIXELS);
    check_key();
    oriel_display_set_mode(ORIEL_DISPLAY(display), ORIEL_DISPLAY_MODE_AUTOMATIC);
    WAIT_FOR(shown() == ORIEL_DISPLAY_MODE_TEXT);
}

/* A pixel of the window, in 0xRRGGBB. */
static uint32_t corner(void)
{
    uint32_t *pixels = rig_pixels(&rig, window_xid(), (struct rect){600, 470, 1, 1}), p = *pixels;

    g_free(pixels);
    return p & 0xffffff;
}

static void test_note(void)
{
    uint32_t before;

    machine_resize(640, 480);
    WAIT_FOR(shown() == ORIEL_DISPLAY_MODE_PIXELS);
    rig_quiet(&rig);
    before = corner();
    oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_LOST, "connection lost");
    WAIT_FOR(corner() != before);
    window_keep("lost");
    CHECK((corner() >> 8 & 255) < (before >> 8 & 255)); /* darker */
    oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_CONNECTED, NULL);
    WAIT_FOR(corner() == before);
}

static void test_typing(void)
{
    static const uint32_t want[] = {
        KEY_LEFTSHIFT,      KEY_L,     KEY_L | MACHINE_UP,    KEY_LEFTSHIFT | MACHINE_UP, KEY_S,
        KEY_S | MACHINE_UP, KEY_ENTER, KEY_ENTER | MACHINE_UP};
    OrielDisplay *self = ORIEL_DISPLAY(display);
    GError *error = NULL;

    machine.key_count = 0;
    if (!oriel_display_type_text(self, "Ls\n", &error)) {
        fprintf(stderr, "not typed: %s\n", error->message);
        g_clear_error(&error);
        return; /* xkb-data is not installed */
    }
    WAIT_FOR(machine.key_count >= 6);
    machine_paint((struct rect){0, 0, 8, 8}, 2); /* it has appeared */
    WAIT_FOR(machine.key_count == (int)G_N_ELEMENTS(want));
    CHECK(!memcmp(machine.keys, want, sizeof(want)));
    CHECK(!oriel_display_type_text(self, "\xff", &error));
    CHECK(error != NULL);
    g_clear_error(&error);
    oriel_display_set_keyboard_layout(self, "de");
    machine.key_count = 0;
    CHECK(oriel_display_type_text(self, "y", NULL));
    WAIT_FOR(machine.key_count == 2);
    CHECK_INT(machine.keys[0], KEY_Z);
    oriel_display_set_keyboard_layout(self, "no such layout");
    CHECK(!oriel_display_type_text(self, "y", &error));
    CHECK(error != NULL);
    g_clear_error(&error);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("oriel-test-XXXXXX", NULL);
    g_autofree char *font = g_build_filename(folder, "test.psf", NULL);
    const char *const folders[] = {folder, NULL};

    if (!fixture_start("openbox", "cairo"))
        return 77;
    write_font(font);
    machine_start(640, 480);
    oriel_connection_set_fonts(connection, folders);
    window_open(640, 480);
    gtk_widget_grab_focus(display);
    WAIT_FOR(gtk_window_is_active(GTK_WINDOW(window)));
    test_automatic();
    test_note();
    test_typing();
    window_close();
    machine_finish();
    g_unlink(font);
    g_rmdir(folder);
    fixture_finish();
    return check_result();
}
