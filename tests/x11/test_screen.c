/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window of DESKTOP mode as a viewer of other people's screens needs it: pixel for pixel and at
 * whole factors, a screen that follows the window, a pointer that knows only motion, the keyboard
 * alone, and the note while the connection is away.
 */
#include "check.h"
#include "fixture.h"

#include <linux/input-event-codes.h>

static void set_screen(uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h);

    surface_unref(guest.screen);
    guest.screen = s;
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            surface_row(s, (int32_t)y)[x] = (x * 977 + y * 131071) & 0xffffff;
    scene_set_screen(guest.scene, s);
    scene_commit(guest.scene);
}

static bool window_is(int w, int h)
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
    WAIT_FOR(window_is(w, h));
}

/* Does the window show the screen's pixel (sx, sy) at (x, y)? */
static bool shows(int x, int y, int sx, int sy)
{
    uint32_t *pixel = rig_pixels(&rig, rig_desktop_window(&rig), (struct rect){x, y, 1, 1});
    bool yes = pixel && *pixel == (surface_row(guest.screen, sy)[sx] & 0xffffff);

    g_free(pixel);
    return yes;
}

static bool is_black(int x, int y)
{
    uint32_t *pixel = rig_pixels(&rig, rig_desktop_window(&rig), (struct rect){x, y, 1, 1});
    bool yes = pixel && !*pixel;

    g_free(pixel);
    return yes;
}

static bool title_is(const char *want)
{
    char *title = rig_text(&rig, rig_desktop_window(&rig), "_NET_WM_NAME");
    bool yes = !strcmp(title, want);

    g_free(title);
    return yes;
}

static void chord(uint32_t key)
{
    const uint32_t codes[] = {KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, key};

    for (int i = 0; i < 4; i++)
        rig_key(&rig, codes[i], true);
    for (int i = 4; i-- > 0;)
        rig_key(&rig, codes[i], false);
}

static void focus(void)
{
    if (fixture_has_manager())
        WAIT_FOR(rig_active(&rig) == rig_desktop_window(&rig));
    xcb_set_input_focus(rig.c, XCB_INPUT_FOCUS_PARENT, rig_desktop_window(&rig), XCB_CURRENT_TIME);
    xcb_flush(rig.c);
    rig_quiet(&rig);
}

static void move_pointer(int x, int y) /* to a place in the window */
{
    struct rect at = rig_place(&rig, rig_desktop_window(&rig));

    rig_pointer(&rig, at.x + x, at.y + y);
}

/* ---- Scaling ---- */

static void test_pixel_for_pixel(void)
{
    fixture_start(&(struct x11_options){.scale = X11_SCALE_NONE});
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    WAIT_FOR(shows(399, 299, 399, 299));
    resize(601, 401); /* in the middle, bars around it */
    WAIT_FOR(shows(100, 50, 0, 0) && shows(499, 349, 399, 299) && is_black(99, 50));
    resize(200, 100); /* a part, which the pointer chooses */
    move_pointer(0, 0);
    WAIT_FOR(shows(0, 0, 0, 0) && shows(199, 99, 199, 99));
    move_pointer(199, 99);
    WAIT_FOR(shows(0, 0, 200, 200) && shows(199, 99, 399, 299));
    WAIT_FOR(guest.pointer_x == 399 && guest.pointer_y == 299);
    move_pointer(100, 0);
    WAIT_FOR(guest.pointer_x == 200 && guest.pointer_y == 0);
    surface_row(guest.screen, 10)[200] ^= 0xffffff;
    scene_damage(guest.scene, (struct rect){200, 10, 1, 1});
    scene_commit(guest.scene);
    WAIT_FOR(shows(100, 10, 200, 10));
    CHECK(fixture_stop());
}

static void test_whole_factors(void)
{
    fixture_start(&(struct x11_options){.scale = X11_SCALE_WHOLE});
    set_screen(200, 150);
    WAIT_FOR(window_is(200, 150));
    resize(510, 380); /* 2.5 times: twice */
    WAIT_FOR(shows(55, 40, 0, 0) && shows(56, 41, 0, 0) && shows(57, 42, 1, 1) && is_black(54, 40));
    resize(150, 100); /* less than once: a part */
    move_pointer(149, 99);
    WAIT_FOR(shows(149, 99, 199, 149));
    CHECK(fixture_stop());
}

static void test_scale_key(void)
{
    fixture_start(NULL);
    set_screen(200, 150);
    WAIT_FOR(window_is(200, 150));
    resize(500, 375);
    focus();
    WAIT_FOR(!is_black(2, 2));
    chord(KEY_F); /* fit, whole factors, pixel for pixel, fit */
    WAIT_FOR(is_black(49, 37) && shows(50, 37, 0, 0));
    chord(KEY_F);
    WAIT_FOR(is_black(149, 112) && shows(150, 112, 0, 0) && shows(349, 261, 199, 149));
    chord(KEY_F);
    WAIT_FOR(!is_black(2, 2));
    rig_quiet(&rig);
    for (int i = 0; i < guest.key_count; i++)
        CHECK(guest.keys[i] >> 1 != KEY_F);
    CHECK(fixture_stop());
}

/* ---- Sizes ---- */

static void test_remote_resize(void)
{
    gint64 answers_are_over;

    fixture_start(&(struct x11_options){.resize = X11_RESIZE_WINDOW});
    CHECK_INT(guest.asked_width, 0); /* never this host's */
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    rig_quiet(&rig);
    CHECK_INT(guest.asked_width, 0);                         /* following the guest is no wish */
    answers_are_over = g_get_monotonic_time() + 1100 * 1000; /* a manager's: sooner is no person */
    WAIT_FOR(g_get_monotonic_time() > answers_are_over);
    resize(520, 390);
    WAIT_FOR(guest.asked_width == 520 && guest.asked_height == 390);
    set_screen(520, 390);
    WAIT_FOR(shows(519, 389, 519, 389));
    CHECK(window_is(520, 390));
    CHECK(fixture_stop());
    fixture_start(&(struct x11_options){.resize = X11_RESIZE_SEAMLESS});
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    rig_quiet(&rig);
    CHECK_INT(guest.asked_width, 0);
    guest_open(&guest); /* windows share their coordinates with the host */
    guest_commit(&guest);
    WAIT_FOR(guest.asked_width == 1280 && guest.asked_height == 800);
    CHECK(fixture_stop());
}

/* ---- The pointer ---- */

static void test_motion(void)
{
    fixture_start(NULL);
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    WAIT_FOR(shows(399, 299, 399, 299));
    focus();
    WAIT_FOR(title_is("box"));
    scene_set_pointer_mode(guest.scene, false);
    scene_commit(guest.scene);
    WAIT_FOR(title_is("box (click to give it the pointer)"));
    move_pointer(100, 100);
    rig_quiet(&rig);
    CHECK(!guest.moved_x && !guest.moved_y);
    rig_button(&rig, 1, true); /* the click is for us */
    rig_button(&rig, 1, false);
    WAIT_FOR(title_is("box (ctrl+alt+shift+g gives the pointer back)"));
    rig_quiet(&rig); /* it is in the middle now */
    CHECK(!guest.moved_x && !guest.pointer_buttons);
    move_pointer(210, 145);
    WAIT_FOR(guest.moved_x == 10 && guest.moved_y == -5);
    for (int i = 1; i <= 20; i++) { /* far beyond the window, and the screen */
        struct rect at = rig_place(&rig, rig_desktop_window(&rig));

        rig_pointer(&rig, at.x + 390, at.y + 150);
        WAIT_FOR(guest.moved_x >= 10 + i * 180);
        rig_quiet(&rig);
    }
    rig_button(&rig, 3, true);
    WAIT_FOR(guest.pointer_buttons == 4);
    rig_button(&rig, 3, false);
    WAIT_FOR(guest.pointer_buttons == 0);
    rig_button(&rig, 1, true);
    WAIT_FOR(guest.pointer_buttons == 1);
    chord(KEY_G); /* with a button held: it is released there */
    WAIT_FOR(title_is("box (click to give it the pointer)") && guest.pointer_buttons == 0);
    rig_button(&rig, 1, false);
    rig_quiet(&rig);
    CHECK_INT(guest.pointer_buttons, 0);
    rig_button(&rig, 1, true);
    rig_button(&rig, 1, false);
    WAIT_FOR(title_is("box (ctrl+alt+shift+g gives the pointer back)"));
    scene_set_pointer_mode(guest.scene, true); /* the guest's driver is there */
    scene_commit(guest.scene);
    WAIT_FOR(title_is("box"));
    move_pointer(50, 60);
    WAIT_FOR(guest.pointer_x == 50 && guest.pointer_y == 60);
    CHECK(fixture_stop());
}

/* ---- The keyboard ---- */

static bool has_keyboard(void)
{
    xcb_grab_keyboard_reply_t *r =
        xcb_grab_keyboard_reply(rig.c,
                                xcb_grab_keyboard(rig.c, false, rig.root, XCB_CURRENT_TIME,
                                                  XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
                                NULL);
    bool ours = r && r->status == XCB_GRAB_STATUS_ALREADY_GRABBED;

    if (!ours)
        xcb_ungrab_keyboard(rig.c, XCB_CURRENT_TIME);
    xcb_flush(rig.c);
    g_free(r);
    return ours;
}

static void test_keyboard(void)
{
    xcb_window_t other;

    fixture_start(&(struct x11_options){.grab = true});
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    focus();
    WAIT_FOR(title_is("box (ctrl+alt+shift+g gives the keyboard back)"));
    WAIT_FOR(has_keyboard());
    rig_key(&rig, KEY_LEFTALT, true); /* a manager's own */
    rig_key(&rig, KEY_TAB, true);
    rig_key(&rig, KEY_TAB, false);
    rig_key(&rig, KEY_LEFTALT, false);
    WAIT_FOR(guest.key_count == 4);
    CHECK_INT(guest.keys[1], KEY_TAB << 1 | 1);
    chord(KEY_G);
    WAIT_FOR(title_is("box"));
    rig_quiet(&rig);
    CHECK(!has_keyboard());
    chord(KEY_G);
    WAIT_FOR(title_is("box (ctrl+alt+shift+g gives the keyboard back)"));
    WAIT_FOR(has_keyboard());
    rig_key(&rig, KEY_LEFTSHIFT,
            true); /* the focus goes: the key is let go and the keyboard, too */
    other = rig_other_window(&rig, (struct rect){600, 100, 200, 200});
    if (!fixture_has_manager())
        xcb_set_input_focus(rig.c, XCB_INPUT_FOCUS_PARENT, other, XCB_CURRENT_TIME);
    xcb_flush(rig.c);
    WAIT_FOR(!has_keyboard());
    WAIT_FOR(guest.keys[guest.key_count - 1] == KEY_LEFTSHIFT << 1);
    rig_key(&rig, KEY_LEFTSHIFT, false);
    CHECK(fixture_stop());
}

/* ---- Commands ---- */

static enum scene_power asked[8];
static int asked_count;
static bool takes_power;

static bool on_power(struct scene_source *source, enum scene_power what)
{
    (void)source;
    asked[asked_count++] = what;
    return takes_power;
}

static const struct scene_source_ops power_ops = {.power = on_power};

static void tap(uint32_t code)
{
    rig_key(&rig, code, true);
    rig_key(&rig, code, false);
}

/* Something with writing on it lies over the whole screen's window. */
static bool has_bubble(void)
{
    xcb_query_tree_reply_t *r =
        xcb_query_tree_reply(rig.c, xcb_query_tree(rig.c, rig_desktop_window(&rig)), NULL);
    bool yes = r && xcb_query_tree_children_length(r) == 1;
    uint32_t *pixels =
        yes ? rig_pixels(&rig, xcb_query_tree_children(r)[0], (struct rect){12, 12, 30, 12}) : NULL;
    int ink = 0;

    for (int i = 0; pixels && i < 30 * 12; i++)
        ink += pixels[i] != pixels[0];
    g_free(pixels);
    free(r);
    return ink > 10;
}

/* Is this all that the guest's keyboard has done since? */
static bool keys_are(int since, const uint32_t *codes, int count)
{
    bool same = guest.key_count == since + 2 * count;

    for (int i = 0; same && i < count; i++)
        same = guest.keys[since + i] == (codes[i] << 1 | 1) &&
               guest.keys[since + 2 * count - 1 - i] == codes[i] << 1;
    return same;
}

/* How many keys the guest has heard until now: the chord's modifiers go down and up there. */
static int open_commands(void)
{
    chord(KEY_C);
    WAIT_FOR(title_is("box (a command, or Esc for none)") && has_bubble());
    rig_quiet(&rig);
    return guest.key_count;
}

static void test_command_keys(void)
{
    struct rect place;
    int since;

    fixture_start(NULL);
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    focus();
    since = open_commands();
    tap(KEY_X); /* means nothing, and is not typed either */
    tap(KEY_D);
    WAIT_FOR(keys_are(since, (uint32_t[]){KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE}, 3));
    WAIT_FOR(title_is("box"));
    since = open_commands();
    tap(KEY_F12);
    WAIT_FOR(keys_are(since, (uint32_t[]){KEY_LEFTCTRL, KEY_LEFTALT, KEY_F12}, 3));
    since = open_commands();
    tap(KEY_TAB);
    WAIT_FOR(guest.key_count == since + 4);
    tap(KEY_ESC); /* the choice is over: this one is the guest's */
    WAIT_FOR(guest.key_count == since + 6 && guest.keys[since + 4] == (KEY_ESC << 1 | 1));
    since = open_commands();
    tap(KEY_ESC);
    WAIT_FOR(title_is("box") && !has_bubble());
    rig_quiet(&rig);
    CHECK_INT(guest.key_count, since);
    open_commands();
    place = rig_place(&rig, rig_desktop_window(&rig));
    rig_pointer(&rig, place.x + 5, place.y + 5);
    rig_button(&rig, 1, true);
    rig_button(&rig, 1, false);
    WAIT_FOR(title_is("box"));
    CHECK(fixture_stop());
}

static void test_commands_to_the_machine(void)
{
    static const struct {
        uint32_t key;
        enum scene_power what;
        const char *title;
    } steps[] = {{KEY_S, SCENE_SHUTDOWN, "box (asked to shut down)"},
                 {KEY_B, SCENE_REBOOT, "box (asked to start again)"},
                 {KEY_R, SCENE_RESET, "box (reset)"}};
    struct scene_source source = {.ops = &power_ops};

    fixture_start(NULL);
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    focus();
    open_commands();
    tap(KEY_R); /* nobody takes it */
    WAIT_FOR(title_is("box (this server does not switch its machine)"));
    tap(KEY_A); /* typed */
    WAIT_FOR(title_is("box"));
    scene_add_source(guest.scene, &source);
    takes_power = true;
    for (int i = 0; i < 3; i++) {
        int since = open_commands();

        tap(steps[i].key);
        WAIT_FOR(asked_count == i + 1);
        CHECK_INT(asked[i], steps[i].what);
        WAIT_FOR(title_is(steps[i].title));
        x11_sink_say(sink, "it does not"); /* a late answer */
        WAIT_FOR(title_is("box (it does not)") && has_bubble());
        rig_quiet(&rig);
        CHECK_INT(guest.key_count, since);
    }
    open_commands();
    x11_sink_set_note(sink, "gone");
    WAIT_FOR(title_is("box — gone") && has_bubble());
    chord(KEY_C); /* nobody to command */
    tap(KEY_R);
    rig_quiet(&rig);
    CHECK(title_is("box — gone"));
    CHECK_INT(asked_count, 3);
    scene_remove_source(guest.scene, &source);
    CHECK(fixture_stop());
}

/* ---- The note ---- */

/* Before there is a connection nobody needs a window. */
static void test_waits(void)
{
    fixture_start(&(struct x11_options){.waits = true});
    set_screen(400, 300);
    x11_sink_set_note(sink, "connecting");
    rig_quiet(&rig);
    CHECK(!rig_desktop_window(&rig));
    CHECK_INT(rig_count(&rig), 0);
    x11_sink_set_note(sink, NULL);
    WAIT_FOR(window_is(400, 300));
    WAIT_FOR(shows(100, 100, 100, 100));
    x11_sink_set_note(sink, "gone"); /* it stays */
    WAIT_FOR(title_is("box — gone"));
    CHECK(fixture_stop());
}

static void test_note(void)
{
    int before;

    fixture_start(NULL);
    set_screen(400, 300);
    WAIT_FOR(window_is(400, 300));
    focus();
    WAIT_FOR(shows(100, 100, 100, 100) && shows(101, 100, 101, 100));
    move_pointer(100, 100);
    rig_key(&rig, KEY_A, true);
    rig_button(&rig, 1, true);
    WAIT_FOR(guest.key_count == 1 && guest.pointer_buttons == 1);
    x11_sink_set_note(sink, "connection lost");
    WAIT_FOR(title_is("box — connection lost"));
    WAIT_FOR(is_black(100, 100) != is_black(101, 100));
    before = guest.key_count;
    rig_key(&rig, KEY_B, true);
    rig_key(&rig, KEY_B, false);
    rig_key(&rig, KEY_A, false);
    rig_button(&rig, 1, false);
    move_pointer(120, 100);
    rig_quiet(&rig);
    CHECK_INT(guest.key_count, before);
    x11_sink_set_note(sink, NULL);
    WAIT_FOR(title_is("box"));
    WAIT_FOR(shows(100, 100, 100, 100) && shows(101, 100, 101, 100));
    WAIT_FOR(guest.key_count == before + 1 && guest.keys[before] == KEY_A << 1);
    WAIT_FOR(guest.pointer_buttons == 0);
    rig_key(&rig, KEY_A, true); /* and it works as ever */
    rig_key(&rig, KEY_A, false);
    WAIT_FOR(guest.key_count == before + 3);
    CHECK(fixture_stop());
}

int main(int argc, char **argv)
{
    static const struct fixture_test tests[] = {
        FIXTURE_TEST(test_pixel_for_pixel),
        FIXTURE_TEST(test_whole_factors),
        FIXTURE_TEST(test_scale_key),
        FIXTURE_TEST(test_remote_resize),
        FIXTURE_TEST(test_motion),
        FIXTURE_TEST(test_keyboard),
        FIXTURE_TEST(test_command_keys),
        FIXTURE_TEST(test_commands_to_the_machine),
        FIXTURE_TEST(test_waits),
        FIXTURE_TEST(test_note),
        {NULL, NULL},
    };

    return fixture_run(argc, argv, tests, &check_failures) ? 77 : check_result();
}
