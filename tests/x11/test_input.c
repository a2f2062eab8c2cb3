/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person does to the windows reaches the guest as it should: keys by scan code, once a
 * press; the pointer in the guest's coordinates; and the pointer's image comes back.
 */
#include "check.h"
#include "fixture.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <xcb/xfixes.h>

static const struct rect place_1 = {100, 120, 300, 200}, place_2 = {250, 200, 320, 240};

static void add_two(void)
{
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, place_1);
    guest_add(&guest, 2, WINDOW_TOPLEVEL, 0, 0, place_2);
    guest_open(&guest);
    guest_activate(&guest, 2);
    guest_commit(&guest);
    rig_wait(rig_window(&rig, 1) && rig_window(&rig, 2));
    rig_quiet(&rig);
}

static void focus(uint32_t id)
{
    struct rect at = rig_place(&rig, rig_window(&rig, id));

    if (fixture_has_manager()) {
        rig_message(&rig, rig_window(&rig, id), "_NET_ACTIVE_WINDOW", 2, 0, 0, 0, 0);
        WAIT_FOR(rig_active(&rig) == rig_window(&rig, id));
    } else {
        rig_pointer(&rig, at.x + (id == 1 ? 5 : at.w - 5), at.y + (id == 1 ? 5 : at.h - 5));
        rig_button(&rig, 1, true);
        rig_button(&rig, 1, false);
    }
    WAIT_FOR(guest.active == id);
    rig_quiet(&rig);
}

static void tap(uint32_t code)
{
    rig_key(&rig, code, true);
    rig_key(&rig, code, false);
}

static bool keys_are(const uint32_t *keys, int count)
{
    return guest.key_count == count && !memcmp(guest.keys, keys, (size_t)count * sizeof(*keys));
}

static void test_keys(void)
{
    static const uint32_t typed[] = {KEY_LEFTSHIFT << 1 | 1, KEY_A << 1 | 1,     KEY_A << 1,
                                     KEY_LEFTSHIFT << 1,     KEY_102ND << 1 | 1, KEY_102ND << 1};
    xcb_window_t other;

    fixture_start(NULL);
    add_two();
    focus(1);
    rig_key(&rig, KEY_LEFTSHIFT, true);
    tap(KEY_A);
    rig_key(&rig, KEY_LEFTSHIFT, false);
    tap(KEY_102ND);
    WAIT_FOR(guest.key_count == 6);
    CHECK(keys_are(typed, 6));
    CHECK_INT(guest_got(&guest, WIN_KEY_EVENT, 0)->key.id, 1);
    CHECK_INT(guest.got[guest.got_count - 4].key.keysym, 'A');
    focus(2);
    guest.key_count = 0;
    tap(KEY_B);
    WAIT_FOR(guest.key_count == 2);
    CHECK_INT(guest_got(&guest, WIN_KEY_EVENT, 0)->key.id, 2);
    guest.key_count = 0; /* a key that is held when the person goes elsewhere does not stay down */
    rig_key(&rig, KEY_C, true);
    WAIT_FOR(guest.key_count == 1);
    if (fixture_has_manager()) {
        other = rig_other_window(&rig, (struct rect){800, 500, 200, 100});
        rig_message(&rig, other, "_NET_ACTIVE_WINDOW", 2, 0, 0, 0, 0);
        WAIT_FOR(guest.key_count == 2);
        CHECK_INT(guest.keys[1], KEY_C << 1);
        xcb_destroy_window(rig.c, other);
    }
    rig_key(&rig, KEY_C, false);
    rig_quiet(&rig);
    CHECK_INT(guest.key_count, 2);
    CHECK(fixture_stop());
}

/* The server repeats a held key after 660 ms; the guest must hear of one press. */
static void test_repeat(void)
{
    gint64 end;

    fixture_start(NULL);
    add_two();
    focus(1);
    rig_key(&rig, KEY_X, true);
    end = g_get_monotonic_time() + G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end)
        rig_turn();
    CHECK_INT(guest.key_count, 1);
    rig_key(&rig, KEY_X, false);
    WAIT_FOR(guest.key_count == 2);
    CHECK_INT(guest.keys[1], KEY_X << 1);
    CHECK(fixture_stop());
}

static void test_pointer(void)
{
    const struct win_msg *m;

    fixture_start(NULL);
    add_two();
    rig_pointer(&rig, 120, 140);
    WAIT_FOR(guest.pointer_x == 120 && guest.pointer_y == 140);
    CHECK_INT(guest_got(&guest, WIN_POINTER_EVENT, 0)->pointer.id, 1);
    rig_pointer(&rig, 500, 400);
    WAIT_FOR(guest.pointer_x == 500 && guest.pointer_y == 400);
    CHECK_INT(guest_got(&guest, WIN_POINTER_EVENT, 0)->pointer.id, 2);
    rig_button(&rig, 3, true);
    WAIT_FOR(guest.pointer_buttons == 4);
    CHECK_INT(guest_got(&guest, WIN_POINTER_EVENT, 0)->pointer.id, 2);
    rig_pointer(&rig, 30, 40); /* a drag goes on outside, and is whoever's the guest says */
    WAIT_FOR(guest.pointer_x == 30 && guest.pointer_y == 40);
    m = guest_got(&guest, WIN_POINTER_EVENT, 0);
    CHECK_INT(m->pointer.id, 0);
    CHECK_INT(m->pointer.buttons, 4);
    rig_button(&rig, 3, false);
    WAIT_FOR(guest.pointer_buttons == 0);
    rig_pointer(&rig, 500, 400);
    rig_button(&rig, 5, true);
    rig_button(&rig, 5, false);
    WAIT_FOR(guest.wheel_y == 120);
    rig_button(&rig, 4, true);
    rig_button(&rig, 4, false);
    rig_button(&rig, 4, true);
    rig_button(&rig, 4, false);
    WAIT_FOR(guest.wheel_y == -120);
    CHECK(fixture_stop());
}

/* A click on a window that is not active: the guest makes it active before it hears of the press,
 * or a menu that the press opens would close again. */
/* A guest that states a place far away from where the host has the window. */
static void test_pointer_far_away(void)
{
    struct buf valid = BUF_INIT;
    const struct win_msg *m;
    xcb_window_t w;

    fixture_start(NULL);
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, place_1);
    guest_open(&guest);
    guest_commit(&guest);
    WAIT_FOR((w = rig_window(&rig, 1)));
    rig_quiet(&rig);
    guest.deaf = true;
    rig_pointer(&rig, 5, 5);
    guest_window(&guest, 1)->record.place.x = guest_window(&guest, 1)->record.source.x = 32767;
    guest_apply(&guest, &(struct win_msg){WIN_WINDOW, .window = guest_window(&guest, 1)->record});
    scene_commit(guest.scene);
    rig_quiet(&rig);
    xcb_configure_window(rig.c, w, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y,
                         (uint32_t[2]){200, 200});
    rig_quiet(&rig);
    rig_pointer(&rig, 350, 300);
    if (rig_wait((m = guest_got(&guest, WIN_POINTER_EVENT, 0)))) {
        CHECK(m->pointer.x <= RECT_PLACE_MAX);
        win_msg_encode(&valid, m);
    }
    buf_finish(&valid);
    CHECK(fixture_stop());
}

static void test_click_activates_first(void)
{
    int activated = -1, pressed = -1;

    if (!fixture_has_manager())
        return;
    fixture_start(NULL);
    add_two();
    focus(2);
    guest.got_count = 0;
    rig_pointer(&rig, 110, 130);
    rig_button(&rig, 1, true);
    rig_button(&rig, 1, false);
    WAIT_FOR(guest.active == 1);
    rig_quiet(&rig);
    for (int i = guest.got_count; i-- > 0;) {
        if (guest.got[i].type == WIN_ACTIVATE && guest.got[i].activate.id == 1)
            activated = i;
        if (guest.got[i].type == WIN_POINTER_EVENT && guest.got[i].pointer.buttons)
            pressed = i;
    }
    CHECK(activated >= 0 && pressed > activated);
    CHECK(fixture_stop());
}

/* A window that the guest moves under the held pointer: the coordinates do not feed back. */
static void test_drag_in_guest(void)
{
    struct rect place = place_2;

    fixture_start(NULL);
    add_two();
    rig_pointer(&rig, 400, 220);
    rig_button(&rig, 1, true);
    WAIT_FOR(guest.pointer_buttons == 1);
    for (int i = 1; i <= 30; i++) {
        rig_pointer(&rig, 400 + 6 * i, 220 + 3 * i);
        WAIT_FOR(guest.pointer_x == 400u + 6u * (unsigned)i);
        place.x = place_2.x + (int)guest.pointer_x - 400;
        place.y = place_2.y + (int)guest.pointer_y - 220;
        guest_move(&guest, 2, place);
        guest_commit(&guest);
    }
    rig_button(&rig, 1, false);
    WAIT_FOR(guest.pointer_buttons == 0);
    WAIT_FOR(rig_is_at(&rig, 2, place));
    CHECK_INT(place.x, place_2.x + 180);
    rig_quiet(&rig);
    CHECK_INT(guest_got_count(&guest, WIN_CONFIGURE), 0);
    CHECK(guest_wrong_pixels(&guest, &rig, 2) == 0);
    CHECK(fixture_stop());
}

static bool cursor_is(uint32_t width, uint32_t height, uint32_t hot_x, uint32_t pixel)
{
    xcb_xfixes_get_cursor_image_reply_t *r =
        xcb_xfixes_get_cursor_image_reply(rig.c, xcb_xfixes_get_cursor_image(rig.c), NULL);
    bool is = r && r->width == width && r->height == height && r->xhot == hot_x &&
              xcb_xfixes_get_cursor_image_cursor_image(r)[1] == pixel;

    free(r);
    return is;
}

static void test_cursor(void)
{
    uint32_t pixels[20 * 24] = {0, 0x80402010};
    struct cursor *image = cursor_create(20, 24, 3, 4, pixels);
    struct cursor *hidden = cursor_create(0, 0, 0, 0, NULL);

    free(xcb_xfixes_query_version_reply(rig.c, xcb_xfixes_query_version(rig.c, 4, 0), NULL));
    fixture_start(NULL);
    add_two();
    rig_pointer(&rig, 400, 300);
    WAIT_FOR(guest.pointer_x == 400 && guest.pointer_y == 300);
    scene_set_cursor(guest.scene, image);
    guest_commit(&guest);
    WAIT_FOR(cursor_is(20, 24, 3, 0x80402010));
    scene_set_cursor(guest.scene, hidden);
    guest_commit(&guest);
    WAIT_FOR(!cursor_is(20, 24, 3, 0x80402010));
    scene_set_cursor(guest.scene, NULL);
    guest_commit(&guest);
    rig_quiet(&rig);
    cursor_unref(image);
    cursor_unref(hidden);
    CHECK(fixture_stop());
}

int main(int argc, char **argv)
{
    static const struct fixture_test tests[] = {
        FIXTURE_TEST(test_keys),
        FIXTURE_TEST(test_repeat),
        FIXTURE_TEST(test_pointer),
        FIXTURE_TEST(test_pointer_far_away),
        FIXTURE_TEST(test_click_activates_first),
        FIXTURE_TEST(test_drag_in_guest),
        FIXTURE_TEST(test_cursor),
        {NULL, NULL},
    };

    return fixture_run(argc, argv, tests, &check_failures) ? 77 : check_result();
}
