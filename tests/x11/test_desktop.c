/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DESKTOP mode and what surrounds the modes: the whole screen in one window, exact at whole
 * factors; the key that switches; the guest's own decorations; 200 windows that come and go at
 * random and leave nothing; and the loss of the display.
 */
#include "check.h"
#include "fixture.h"

#include <dirent.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

static int wrong_pixels(int factor)
{
    xcb_window_t w = rig_desktop_window(&rig);
    int width = (int)guest.screen->width * factor, height = (int)guest.screen->height * factor;
    uint32_t *pixels = w ? rig_pixels(&rig, w, (struct rect){0, 0, width, height}) : NULL;
    int wrong = 0;

    if (!pixels)
        return -1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            wrong += pixels[y * width + x] !=
                     (surface_row(guest.screen, y / factor)[x / factor] & 0xffffff);
    g_free(pixels);
    return wrong;
}

static void small_screen(uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h); /* no descriptor: goes through the socket */

    surface_unref(guest.screen);
    guest.screen = s;
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            surface_row(s, (int32_t)y)[x] = (x * 977 + y * 131071) & 0xffffff;
    scene_set_screen(guest.scene, s);
    scene_commit(guest.scene);
}

static bool desktop_is(int w, int h)
{
    xcb_window_t window = rig_desktop_window(&rig);
    struct rect r = window ? rig_place(&rig, window) : (struct rect){0};

    return r.w == w && r.h == h;
}

static void resize(int w, int h)
{
    xcb_configure_window(rig.c, rig_desktop_window(&rig),
                         XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                         (uint32_t[2]){(uint32_t)w, (uint32_t)h});
    xcb_flush(rig.c);
}

static void test_desktop(void)
{
    char *title;

    fixture_start(NULL);
    small_screen(320, 200); /* as firmware and boot do it, one size after another */
    WAIT_FOR(desktop_is(320, 200));
    WAIT_FOR(wrong_pixels(1) == 0);
    title = rig_text(&rig, rig_desktop_window(&rig), "_NET_WM_NAME");
    CHECK_STR(title, "box");
    g_free(title);
    small_screen(400, 300);
    WAIT_FOR(desktop_is(400, 300));
    WAIT_FOR(wrong_pixels(1) == 0);
    surface_row(guest.screen, 150)[200] ^= 0xffffff;
    scene_damage(guest.scene, (struct rect){200, 150, 1, 1});
    scene_commit(guest.scene);
    WAIT_FOR(wrong_pixels(1) == 0);
    resize(800, 600);
    WAIT_FOR(wrong_pixels(2) == 0);
    surface_row(guest.screen, 10)[20] ^= 0xffffff;
    scene_damage(guest.scene, (struct rect){20, 10, 1, 1});
    scene_commit(guest.scene);
    WAIT_FOR(wrong_pixels(2) == 0);
    resize(900, 600); /* bars at the sides */
    WAIT_FOR(desktop_is(900, 600));
    rig_quiet(&rig);
    uint32_t *bar = rig_pixels(&rig, rig_desktop_window(&rig), (struct rect){49, 300, 2, 1});
    CHECK_INT(bar[0], 0);
    CHECK_INT(bar[1], surface_row(guest.screen, 150)[0] & 0xffffff);
    g_free(bar);
    CHECK(fixture_stop());
}

static void test_desktop_input(void)
{
    struct rect at;

    fixture_start(NULL);
    small_screen(400, 300);
    WAIT_FOR(desktop_is(400, 300));
    resize(800, 600);
    WAIT_FOR(wrong_pixels(2) == 0);
    rig_quiet(&rig);
    at = rig_place(&rig, rig_desktop_window(&rig));
    rig_pointer(&rig, at.x + 201, at.y + 101);
    WAIT_FOR(guest.pointer_x == 100 && guest.pointer_y == 50);
    rig_button(&rig, 1, true);
    WAIT_FOR(guest.pointer_buttons == 1);
    rig_button(&rig, 1, false);
    rig_button(&rig, 5, true);
    rig_button(&rig, 5, false);
    WAIT_FOR(guest.wheel_y == 120);
    if (fixture_has_manager()) {
        WAIT_FOR(rig_active(&rig) == rig_desktop_window(&rig));
        rig_key(&rig, KEY_Q, true);
        rig_key(&rig, KEY_Q, false);
        WAIT_FOR(guest.key_count == 2);
        CHECK_INT(guest.keys[0], KEY_Q << 1 | 1);
        rig_message(&rig, rig_desktop_window(&rig), "_NET_CLOSE_WINDOW", 0, 2, 0, 0, 0);
        WAIT_FOR(fixture_closed);
    }
    CHECK(fixture_stop());
}

static void chord(void)
{
    static const uint32_t codes[] = {KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, KEY_S};

    for (int i = 0; i < 4; i++)
        rig_key(&rig, codes[i], true);
    for (int i = 4; i-- > 0;)
        rig_key(&rig, codes[i], false);
}

static void test_switch(void)
{
    struct rect place = {100, 120, 300, 200};

    fixture_start(NULL);
    WAIT_FOR(rig_desktop_window(&rig)); /* before the agent speaks */
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, place);
    guest_open(&guest);
    guest_activate(&guest, 1);
    guest_commit(&guest);
    WAIT_FOR(rig_is_at(&rig, 1, place));
    CHECK(!rig_desktop_window(&rig));
    rig_quiet(&rig);
    if (fixture_has_manager()) {
        WAIT_FOR(rig_active(&rig) == rig_window(&rig, 1));
        chord();
        WAIT_FOR(rig_desktop_window(&rig) && !rig_window(&rig, 1));
        WAIT_FOR(guest_got(&guest, WIN_SET_DESKTOP, 0)->set_desktop.flags == 0);
        rig_quiet(&rig);
        for (int i = 0; i < guest.key_count; i++) /* the chord itself is nobody else's */
            CHECK(guest.keys[i] >> 1 != KEY_S);
        WAIT_FOR(rig_active(&rig) == rig_desktop_window(&rig));
        chord();
        WAIT_FOR(rig_is_at(&rig, 1, place));
        CHECK(!rig_desktop_window(&rig));
        WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    }
    guest_lose_agent(&guest);
    WAIT_FOR(rig_desktop_window(&rig) && !rig_window(&rig, 1));
    CHECK(fixture_stop());
}

static void test_guest_decorations(void)
{
    struct win_frame frame = {1, {{4, 4, 22, 4}, {0}}};
    struct rect view = {96, 98, 308, 226};

    fixture_start(&(struct x11_options){.decorations = X11_GUEST_DECORATIONS, .title = "%n: %t"});
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, (struct rect){100, 120, 300, 200});
    guest_title(&guest, 1, "framed");
    guest_window(&guest, 1)->frame = frame.frame;
    guest_apply(&guest, &(struct win_msg){WIN_FRAME, .frame = frame});
    guest_open(&guest);
    guest_commit(&guest);
    WAIT_FOR(rig_is_at(&rig, 1, view));
    rig_quiet(&rig);
    char *title = rig_text(&rig, rig_window(&rig, 1), "_NET_WM_NAME");
    CHECK_STR(title, "box: framed");
    g_free(title);
    if (fixture_has_manager()) {
        rig_message(&rig, rig_window(&rig, 1), "_NET_MOVERESIZE_WINDOW", 10 | 15 << 8 | 2 << 12,
                    196, 198, 318, 236);
        WAIT_FOR(
            rect_equal(guest_window(&guest, 1)->record.place, (struct rect){200, 220, 310, 210}));
    }
    CHECK(fixture_stop());
}

static int entries(const char *folder)
{
    DIR *d = opendir(folder);
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* Surfaces that are still mapped. */
static int surfaces(void)
{
    char *text = NULL;
    int n = 0;

    g_file_get_contents("/proc/self/maps", &text, NULL, NULL);
    for (char *p = text; p && (p = strstr(p, "/memfd:")); p++)
        n++;
    g_free(text);
    return n;
}

static void storm_step(uint32_t *next)
{
    struct rect place = {rand() % 900, 30 + rand() % 500, 40 + rand() % 300, 40 + rand() % 200};
    uint32_t some = guest.count ? guest.windows[rand() % guest.count].id : 0;

    switch (some ? rand() % 6 : 0) {
    case 0:
    case 1:
        if (guest.count < 60)
            guest_add(&guest, (*next)++, rand() % 4 ? WINDOW_TOPLEVEL : WINDOW_MENU, some, 0,
                      place);
        break;
    case 2:
        guest_remove(&guest, some);
        break;
    case 3:
        guest_move(&guest, some, place);
        break;
    case 4:
        guest_raise(&guest, some);
        break;
    default:
        guest_title(&guest, some, "another");
    }
    scene_commit(guest.scene);
}

static void test_storm(void)
{
    unsigned resources;
    uint32_t next = 1;
    int fds, mapped;

    fixture_start(NULL);
    guest_open(&guest);
    guest_commit(&guest);
    WAIT_FOR(!rig_desktop_window(&rig));
    rig_quiet(&rig);
    resources = rig_resources(&rig);
    fds = entries("/proc/self/fd");
    mapped = surfaces();
    srand(7);
    while (next <= 200) {
        storm_step(&next);
        if (next % 3 == 0)
            rig_turn();
    }
    while (guest.count) {
        guest_remove(&guest, guest.windows[rand() % guest.count].id);
        if (guest.count % 5 == 0)
            scene_commit(guest.scene);
    }
    guest_commit(&guest);
    WAIT_FOR(rig_count(&rig) == 0);
    rig_quiet(&rig);
    if (!fixture_has_manager())
        CHECK_INT(rig_resources(&rig), resources); /* a manager has its own */
    CHECK_INT(entries("/proc/self/fd"), fds);
    CHECK_INT(surfaces(), mapped);
    CHECK(fixture_stop());
}

/* Last: it ends the server. */
static void test_loss(void)
{
    fixture_start(NULL);
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, (struct rect){100, 120, 300, 200});
    guest_open(&guest);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 1));
    rig_quiet(&rig);
    rig_end_server(&rig);
    WAIT_FOR(fixture_lost);
    guest_move(&guest, 1, (struct rect){0, 0, 10, 10}); /* nothing of this may hurt */
    guest_commit(&guest);
    x11_sink_destroy(sink);
    guest_finish(&guest);
}

static void test_no_display(void)
{
    struct err err = {""};
    struct scene *scene = scene_create();
    static const struct x11_sink_ops no_ops;

    CHECK(!x11_sink_create(scene, &(struct x11_options){.display = ":987"}, &no_ops, NULL, &err));
    CHECK(strstr(err.text, ":987"));
    CHECK(!x11_sink_create(scene,
                           &(struct x11_options){.display = rig.display, .switch_key = "ctrl+"},
                           &no_ops, NULL, &err));
    CHECK(strstr(err.text, "ctrl+alt+shift+s"));
    scene_destroy(scene);
}

int main(int argc, char **argv)
{
    static const struct fixture_test tests[] = {
        FIXTURE_TEST(test_desktop),    FIXTURE_TEST(test_desktop_input),
        FIXTURE_TEST(test_switch),     FIXTURE_TEST(test_guest_decorations),
        FIXTURE_TEST(test_no_display), FIXTURE_TEST(test_storm),
        FIXTURE_TEST(test_loss),       {NULL, NULL},
    };

    return fixture_run(argc, argv, tests, &check_failures) ? 77 : check_result();
}
