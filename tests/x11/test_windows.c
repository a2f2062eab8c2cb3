/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Windows of a scripted guest on a real X server under a real window manager (the argument, or
 * "none"): they appear with the right facts, place and pixels, follow the guest, and the guest
 * follows the host.
 */
#include "check.h"
#include "fixture.h"

#include <stdlib.h>

/* Two windows that overlap, window 2 on top and active. */
static const struct rect place_1 = {100, 120, 300, 200}, place_2 = {250, 200, 320, 240};

static void add_two(void)
{
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, place_1);
    guest_title(&guest, 1, "first");
    guest_class(&guest, 1, "xterm", "XTerm");
    guest_add(&guest, 2, WINDOW_TOPLEVEL, 0, 0, place_2);
    guest_title(&guest, 2, "second – größer");
    guest_class(&guest, 2, "gedit", "Gedit");
    guest_open(&guest);
    guest_activate(&guest, 2);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 1) && rig_window(&rig, 2));
    rig_quiet(&rig);
}

static bool text_is(uint32_t id, const char *property, const char *want)
{
    char *text = rig_text(&rig, rig_window(&rig, id), property);
    bool same = !strcmp(text, want);

    if (!same)
        fprintf(stderr, "%s of %u is \"%s\"\n", property, id, text);
    g_free(text);
    return same;
}

static void test_appear(void)
{
    uint32_t parent = 0;

    fixture_start(NULL);
    add_two();
    CHECK(rig_is_at(&rig, 1, place_1));
    CHECK(rig_is_at(&rig, 2, place_2));
    CHECK(text_is(1, "_NET_WM_NAME", "first — box"));
    CHECK(text_is(2, "_NET_WM_NAME", "second – größer — box"));
    CHECK(text_is(1, "WM_CLASS", "xterm/XTerm"));
    CHECK(text_is(1, "_ORIEL_MACHINE", "box"));
    CHECK(rig_is_above(&rig, 2, 1));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 2) == 0);
    guest_add(&guest, 3, WINDOW_DIALOG, 2, WINDOW_OWN_FRAME, (struct rect){300, 300, 150, 100});
    guest_set_state(&guest, 3, WINDOW_MODAL);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 3));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 3) == 0);
    CHECK(rig_is_at(&rig, 3, (struct rect){300, 300, 150, 100}));
    rig_property(&rig, rig_window(&rig, 3), "WM_TRANSIENT_FOR", &parent, 1);
    CHECK_INT(parent, rig_window(&rig, 2));
    CHECK(rig_has_atom(&rig, rig_window(&rig, 3), "_NET_WM_WINDOW_TYPE",
                       "_NET_WM_WINDOW_TYPE_DIALOG"));
    if (fixture_has_manager())
        WAIT_FOR(rig_has_atom(&rig, rig_window(&rig, 3), "_NET_WM_STATE", "_NET_WM_STATE_MODAL"));
    CHECK_INT(guest_got_count(&guest, WIN_CONFIGURE), 0); /* nobody disagreed */
    CHECK_INT(guest.asked_width, 1280);
    CHECK_INT(guest_got(&guest, WIN_SET_DESKTOP, 0)->set_desktop.flags,
              WIN_SEAMLESS | WIN_HOST_FRAMES);
    CHECK(fixture_stop());
}

static bool places_agree(uint32_t id)
{
    return rig_is_at(&rig, id, guest_window(&guest, id)->record.place);
}

static void test_guest_moves(void)
{
    struct rect to = {400, 260, 300, 200};

    fixture_start(NULL);
    add_two();
    for (int i = 0; i < 40; i++) { /* a drag in the guest */
        to.x += 3;
        to.y += 1;
        guest_move(&guest, 1, to);
        guest_commit(&guest);
        rig_turn();
    }
    WAIT_FOR(rig_is_at(&rig, 1, to));
    rig_quiet(&rig);
    CHECK_INT(guest_got_count(&guest, WIN_CONFIGURE), 0); /* no feedback */
    CHECK(places_agree(1));
    to.w = 411;
    to.h = 307;
    guest_move(&guest, 1, to);
    guest_commit(&guest);
    WAIT_FOR(rig_is_at(&rig, 1, to));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    to = (struct rect){-60, 500, 411, 307}; /* partly off the screen: metacity refuses */
    guest_move(&guest, 1, to);
    guest_commit(&guest);
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    CHECK(fixture_stop());
}

static void host_moves(uint32_t id, struct rect r)
{
    xcb_window_t w = rig_window(&rig, id);

    if (fixture_has_manager())
        rig_message(&rig, w, "_NET_MOVERESIZE_WINDOW", 10 | 15 << 8 | 2 << 12, (uint32_t)r.x,
                    (uint32_t)r.y, (uint32_t)r.w, (uint32_t)r.h);
    else
        xcb_configure_window(
            rig.c, w, 15,
            (uint32_t[4]){(uint32_t)r.x, (uint32_t)r.y, (uint32_t)r.w, (uint32_t)r.h});
    xcb_flush(rig.c);
}

static void test_host_moves(void)
{
    struct rect to = {300, 200, 300, 200};

    fixture_start(NULL);
    add_two();
    guest.delay_ms = 20;
    for (int i = 0; i < 40; i++) {
        to.x += 5;
        to.y += 2;
        host_moves(1, to);
        rig_turn();
    }
    WAIT_FOR(rect_equal(guest_window(&guest, 1)->record.place, to));
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    CHECK(rig_is_at(&rig, 1, to));
    CHECK(guest_got_count(&guest, WIN_CONFIGURE) <= 41);
    to.w = 333;
    to.h = 222;
    host_moves(1, to);
    WAIT_FOR(rect_equal(guest_window(&guest, 1)->record.place, to));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    guest.inc_w = 10; /* a terminal: its size is what both end with */
    guest.inc_h = 20;
    to.w = 407;
    to.h = 313;
    host_moves(1, to);
    WAIT_FOR(rig_is_at(&rig, 1, (struct rect){to.x, to.y, 400, 300}));
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    CHECK(fixture_stop());
}

static void host_raises(uint32_t id, uint32_t above)
{
    xcb_window_t w = rig_window(&rig, id), sibling = rig_window(&rig, above);
    xcb_configure_request_event_t e = {.response_type = XCB_CONFIGURE_REQUEST,
                                       .stack_mode = XCB_STACK_MODE_BELOW,
                                       .parent = rig.root,
                                       .window = sibling,
                                       .sibling = w,
                                       .value_mask = XCB_CONFIG_WINDOW_SIBLING |
                                                     XCB_CONFIG_WINDOW_STACK_MODE};

    xcb_send_event(rig.c, false, rig.root,
                   XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                   (const char *)&e);
    xcb_flush(rig.c);
}

static bool guest_has_above(uint32_t upper, uint32_t lower)
{
    return guest_window(&guest, upper) > guest_window(&guest, lower);
}

static bool orders_agree(uint32_t count)
{
    for (uint32_t a = 1; a <= count; a++)
        for (uint32_t b = 1; b <= count; b++)
            if (a != b && rig_is_above(&rig, a, b) != guest_has_above(a, b))
                return false;
    return true;
}

static void test_order(void)
{
    fixture_start(NULL);
    add_two();
    guest_add(&guest, 3, WINDOW_TOPLEVEL, 0, 0, (struct rect){330, 150, 200, 200});
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 3));
    rig_quiet(&rig);
    guest_raise(&guest, 1); /* by the guest */
    guest_commit(&guest);
    WAIT_FOR(rig_is_above(&rig, 1, 2) && rig_is_above(&rig, 1, 3));
    rig_quiet(&rig);
    CHECK(guest_has_above(1, 2) && guest_has_above(1, 3));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    host_raises(2, 1); /* by the host: 1 goes just below 2 */
    if (fixture_has_manager()) {
        WAIT_FOR(rig_is_above(&rig, 2, 1));
        WAIT_FOR(guest_has_above(2, 1));
        rig_quiet(&rig);
        CHECK(rig_is_above(&rig, 2, 1) && guest_has_above(2, 1));
        CHECK(rig_is_above(&rig, 2, 3) == guest_has_above(2, 3));
        WAIT_FOR(guest_wrong_pixels(&guest, &rig, 2) == 0);
    }
    for (int i = 0; i < 30; i++) { /* many changes end in agreement */
        guest_raise(&guest, 1 + (uint32_t)i % 3);
        guest_commit(&guest);
        rig_turn();
    }
    rig_quiet(&rig);
    WAIT_FOR(orders_agree(3));
    CHECK(fixture_stop());
}

/* A viewer that starts finds the guest's order; that a manager likes new windows elsewhere (below
 * the active one) is nobody's wish and changes nothing there. */
static void test_order_at_start(void)
{
    fixture_start(NULL);
    for (uint32_t id = 1; id <= 5; id++)
        guest_add(&guest, id, WINDOW_TOPLEVEL, 0, 0,
                  (struct rect){60 * (int)id, 50 * (int)id, 300, 200});
    guest_open(&guest);
    guest_activate(&guest, 5);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 1) && rig_window(&rig, 5));
    rig_quiet(&rig);
    WAIT_FOR(orders_agree(5));
    for (uint32_t id = 1; id < 5; id++)
        CHECK(guest_has_above(id + 1, id));
    CHECK_INT(guest_got_count(&guest, WIN_RESTACK), 0);
    CHECK(fixture_stop());
}

static void click(int x, int y)
{
    rig_pointer(&rig, x, y);
    rig_button(&rig, 1, true);
    rig_button(&rig, 1, false);
}

static void test_focus(void)
{
    xcb_window_t other;

    if (!fixture_has_manager())
        return;
    fixture_start(NULL);
    add_two();
    WAIT_FOR(rig_active(&rig) == rig_window(&rig, 2)); /* the guest's active one, at the start */
    rig_message(&rig, rig_window(&rig, 1), "_NET_ACTIVE_WINDOW", 2, 0, 0, 0, 0);
    WAIT_FOR(guest.active == 1);
    WAIT_FOR(guest_has_above(1, 2));
    rig_quiet(&rig);
    guest_activate(&guest, 2); /* the person is among our windows: the guest may */
    guest_commit(&guest);
    WAIT_FOR(rig_active(&rig) == rig_window(&rig, 2));
    other = rig_other_window(&rig, (struct rect){800, 500, 200, 100});
    rig_message(&rig, other, "_NET_ACTIVE_WINDOW", 2, 0, 0, 0, 0);
    WAIT_FOR(rig_active(&rig) == other);
    WAIT_FOR(guest_got(&guest, WIN_ACTIVATE, 0)->activate.id == 0);
    rig_quiet(&rig);
    guest_activate(&guest, 1); /* the person is elsewhere: the guest may not */
    guest_commit(&guest);
    rig_quiet(&rig);
    CHECK_INT(rig_active(&rig), other);
    xcb_destroy_window(rig.c, other);
    xcb_flush(rig.c);
    CHECK(fixture_stop());
}

static void test_close(void)
{
    fixture_start(NULL);
    add_two();
    guest_remove(&guest, 1);
    guest_commit(&guest);
    WAIT_FOR(!rig_window(&rig, 1));
    if (fixture_has_manager()) {
        rig_message(&rig, rig_window(&rig, 2), "_NET_CLOSE_WINDOW", 0, 2, 0, 0, 0);
        WAIT_FOR(guest.count == 0);
        WAIT_FOR(rig_count(&rig) == 0);
    }
    CHECK(fixture_stop());
}

static bool host_has(uint32_t id, const char *state)
{
    return rig_has_atom(&rig, rig_window(&rig, id), "_NET_WM_STATE", state);
}

static void test_states(void)
{
    xcb_window_t w;

    if (!fixture_has_manager())
        return;
    fixture_start(NULL);
    add_two();
    guest_set_state(&guest, 1, WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V);
    guest_commit(&guest);
    WAIT_FOR(host_has(1, "_NET_WM_STATE_MAXIMIZED_HORZ"));
    WAIT_FOR(host_has(1, "_NET_WM_STATE_MAXIMIZED_VERT"));
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1)); /* the guest was told how large that is here */
    w = rig_window(&rig, 1);
    rig_message(&rig, w, "_NET_WM_STATE", 0, rig_atom(&rig, "_NET_WM_STATE_MAXIMIZED_HORZ"),
                rig_atom(&rig, "_NET_WM_STATE_MAXIMIZED_VERT"), 2, 0);
    WAIT_FOR(guest_window(&guest, 1)->state == 0);
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    rig_message(&rig, w, "_NET_WM_STATE", 1, rig_atom(&rig, "_NET_WM_STATE_FULLSCREEN"), 0, 2, 0);
    WAIT_FOR(guest_window(&guest, 1)->state == WINDOW_FULLSCREEN);
    WAIT_FOR(rect_equal(guest_window(&guest, 1)->record.place, (struct rect){0, 0, 1280, 800}));
    guest_set_state(&guest, 1, 0);
    guest_commit(&guest);
    WAIT_FOR(!host_has(1, "_NET_WM_STATE_FULLSCREEN"));
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    guest_set_state(&guest, 1, WINDOW_MINIMIZED);
    guest_commit(&guest);
    WAIT_FOR(!rig_window(&rig, 1));
    guest_set_state(&guest, 1, 0);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 1));
    rig_quiet(&rig);
    rig_message(&rig, w, "WM_CHANGE_STATE", 3, 0, 0, 0, 0);
    WAIT_FOR(guest_window(&guest, 1)->state == WINDOW_MINIMIZED);
    rig_message(&rig, w, "_NET_ACTIVE_WINDOW", 2, 0, 0, 0, 0);
    WAIT_FOR(guest_window(&guest, 1)->state == 0);
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    CHECK(fixture_stop());
}

/* Born maximised, as large as the screen: the guest does not know our work area yet. */
static void test_born_maximised(void)
{
    const uint32_t both = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;

    if (!fixture_has_manager())
        return;
    fixture_start(NULL);
    guest_add(&guest, 1, WINDOW_TOPLEVEL, 0, 0, (struct rect){0, 0, 1280, 800});
    guest_set_state(&guest, 1, both);
    guest_open(&guest);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 1));
    WAIT_FOR(host_has(1, "_NET_WM_STATE_MAXIMIZED_VERT"));
    CHECK(!host_has(1, "_NET_WM_STATE_FULLSCREEN"));
    rig_quiet(&rig);
    WAIT_FOR(places_agree(1));
    CHECK(guest_window(&guest, 1)->record.place.h < 800); /* the host's title bar is there */
    CHECK_INT(guest_window(&guest, 1)->state, both);
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 1) == 0);
    CHECK(fixture_stop());
}

static void test_menu(void)
{
    struct rect menu = {120, 150, 90, 140}, sub = {205, 170, 80, 100}, host;

    fixture_start(NULL);
    add_two();
    host_moves(1, (struct rect){620, 400, 300, 200});
    WAIT_FOR(places_agree(1) && guest_window(&guest, 1)->record.place.x == 620);
    guest.deaf = true; /* the guest lags behind the host: popups still open at their parent */
    host_moves(1, (struct rect){660, 430, 300, 200});
    WAIT_FOR(rig_is_at(&rig, 1, (struct rect){660, 430, 300, 200}));
    rig_quiet(&rig);
    menu.x += 520;
    menu.y += 280;
    sub.x += 520;
    sub.y += 280;
    guest_add(&guest, 8, WINDOW_MENU, 1, WINDOW_UNMANAGED, menu);
    guest_add(&guest, 9, WINDOW_MENU, 8, WINDOW_UNMANAGED, sub);
    guest_commit(&guest);
    WAIT_FOR(rig_window(&rig, 8) && rig_window(&rig, 9));
    host = rig_place(&rig, rig_window(&rig, 8));
    CHECK_INT(host.x, menu.x + 40);
    CHECK_INT(host.y, menu.y + 30);
    host = rig_place(&rig, rig_window(&rig, 9));
    CHECK_INT(host.x, sub.x + 40);
    CHECK(rig_has_atom(&rig, rig_window(&rig, 8), "_NET_WM_WINDOW_TYPE",
                       "_NET_WM_WINDOW_TYPE_POPUP_MENU"));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 8) == 0);
    guest.deaf = false;
    click(menu.x + 40 + 5, menu.y + 30 + 5); /* into the menu */
    WAIT_FOR(guest_got_count(&guest, WIN_POINTER_EVENT) >= 3);
    rig_quiet(&rig);
    CHECK_INT(guest.pointer_x, menu.x + 5);
    CHECK_INT(guest_got_count(&guest, WIN_DISMISS), 0);
    click(1100, 50); /* outside of everything */
    WAIT_FOR(guest_got(&guest, WIN_DISMISS, 8));
    CHECK_INT(guest_got_count(&guest, WIN_DISMISS), 1);
    WAIT_FOR(!rig_window(&rig, 8));
    guest_remove(&guest, 9);
    guest_commit(&guest);
    WAIT_FOR(!rig_window(&rig, 9));
    CHECK(fixture_stop());
}

static void test_tooltip(void)
{
    fixture_start(NULL);
    add_two();
    guest_add(&guest, 5, WINDOW_TOOLTIP, 2, WINDOW_UNMANAGED | WINDOW_NO_FOCUS,
              (struct rect){300, 420, 80, 30});
    guest_commit(&guest);
    WAIT_FOR(rig_is_at(&rig, 5, (struct rect){300, 420, 80, 30}));
    WAIT_FOR(guest_wrong_pixels(&guest, &rig, 5) == 0);
    if (fixture_has_manager())
        CHECK_INT(rig_active(&rig), rig_window(&rig, 2));
    guest_remove(&guest, 5);
    guest_commit(&guest);
    WAIT_FOR(!rig_window(&rig, 5));
    CHECK(fixture_stop());
}

int main(int argc, char **argv)
{
    static const struct fixture_test tests[] = {
        FIXTURE_TEST(test_appear),         FIXTURE_TEST(test_guest_moves),
        FIXTURE_TEST(test_host_moves),     FIXTURE_TEST(test_order),
        FIXTURE_TEST(test_order_at_start), FIXTURE_TEST(test_focus),
        FIXTURE_TEST(test_close),          FIXTURE_TEST(test_states),
        FIXTURE_TEST(test_born_maximised), FIXTURE_TEST(test_menu),
        FIXTURE_TEST(test_tooltip),        {NULL, NULL},
    };

    return fixture_run(argc, argv, tests, &check_failures) ? 77 : check_result();
}
