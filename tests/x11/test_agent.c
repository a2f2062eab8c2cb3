/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The X11 agent against a real X server and a real window manager: what the host is told, and that
 * what the host asks for comes about. `test_agent AGENT MANAGER`; 77 (skipped) when a program
 * lacks.
 */
#include "agent_rig.h"

#include <signal.h>
#include <stdlib.h>
#include <xcb/shape.h>

static struct rig rig, *r = &rig;
static bool managed;

static bool place_is_true(const char *title, xcb_window_t w)
{
    const struct host_window *h = host_window(r, title);

    return h && rect_equal(h->record.place, client_place(r, w));
}

static xcb_window_t shown(const char *title, struct rect place)
{
    xcb_window_t w = client_window(r, title, place, false);

    client_map(r, w);
    WAIT(r, host_window(r, title) && host_level(r, title) >= 0 && place_is_true(title, w));
    return w;
}

static void gone(const char *title, xcb_window_t w)
{
    client_destroy(r, w);
    WAIT(r, !host_window(r, title));
}

static void test_facts(void)
{
    xcb_window_t w = shown("facts", (struct rect){100, 120, 300, 200});
    const struct host_window *h = host_window(r, "facts");
    uint32_t hints[18] = {
        1 << 4 | 1 << 5 | 1 << 6 | 1 << 8, 0, 0, 0, 0, 50, 40, 900, 800, 7, 13, 0, 0, 0, 0, 10, 20};
    uint32_t icon[2 + 32 * 32] = {32, 32}, pid = 4711;

    if (!h)
        return;
    CHECK_STR(h->instance, "rig");
    CHECK_STR(h->class_name, "Rig");
    CHECK_INT(h->record.kind, WINDOW_TOPLEVEL);
    CHECK_INT(h->record.flags & WINDOW_UNMANAGED, 0);
    CHECK(rect_equal(h->record.source, h->record.place));
    WAIT(r, !managed || host_window(r, "facts")->frame.frame.top > 0);
    client_set_cards(r, w, "WM_NORMAL_HINTS", "WM_SIZE_HINTS", hints, 18);
    client_set_cards(r, w, "_NET_WM_ICON", "CARDINAL", icon, 2 + 32 * 32);
    client_set_cards(r, w, "_NET_WM_PID", "CARDINAL", &pid, 1);
    WAIT(r, host_window(r, "facts")->icon_w == 32);
    WAIT(r, host_window(r, "facts")->pid == 4711);
    if (managed) {
        WAIT(r, host_window(r, "facts")->limits.min_w == 50);
        h = host_window(r, "facts");
        CHECK_INT(h->limits.max_h, 800);
        CHECK_INT(h->limits.inc_w, 7);
        CHECK_INT(h->limits.base_h, 20);
    }
    client_set_title(r, w, "facts — änder\t日");
    WAIT(r, host_window(r, "facts — änder?日"));
    gone("facts — änder?日", w);
}

static void test_client_moves(void)
{
    xcb_window_t w = shown("mover", (struct rect){80, 90, 240, 180});
    uint32_t values[4] = {200, 210, 333, 222};

    xcb_configure_window(r->x, w, 15, values);
    WAIT(r, place_is_true("mover", w) && host_window(r, "mover")->record.place.w == 333);
    CHECK_INT(host_window(r, "mover")->record.place.h, 222);
    gone("mover", w);
}

static void test_popups(void)
{
    xcb_window_t w = shown("owner", (struct rect){100, 100, 400, 300});
    xcb_window_t menu = client_window(r, "menu", (struct rect){150, 150, 100, 160}, true);
    xcb_window_t tip = client_window(r, "tip", (struct rect){300, 200, 80, 20}, true);
    xcb_window_t dialog = client_window(r, "dialog", (struct rect){200, 200, 150, 100}, false);
    uint32_t popup_menu[2] = {client_atom(r, "_UNKNOWN_TYPE"),
                              client_atom(r, "_NET_WM_WINDOW_TYPE_POPUP_MENU")};
    uint32_t tooltip = client_atom(r, "_NET_WM_WINDOW_TYPE_TOOLTIP");
    uint32_t owner = host_id(r, "owner");

    client_set_cards(r, menu, "_NET_WM_WINDOW_TYPE", "ATOM", popup_menu, 2);
    client_set_cards(r, menu, "WM_TRANSIENT_FOR", "WINDOW", &w, 1);
    client_map(r, menu);
    WAIT(r, host_window(r, "menu"));
    CHECK_INT(host_window(r, "menu")->record.kind, WINDOW_MENU);
    CHECK_INT(host_window(r, "menu")->record.parent, owner);
    CHECK(host_window(r, "menu")->record.flags & WINDOW_UNMANAGED);
    CHECK(rect_equal(host_window(r, "menu")->record.place, (struct rect){150, 150, 100, 160}));
    WAIT(r, host_level(r, "menu") > host_level(r, "owner"));
    xcb_unmap_window(r->x, menu);
    WAIT(r, !host_window(r, "menu"));
    client_set_cards(r, tip, "_NET_WM_WINDOW_TYPE", "ATOM", &tooltip, 1);
    client_map(r, tip);
    WAIT(r, host_window(r, "tip"));
    CHECK_INT(host_window(r, "tip")->record.kind, WINDOW_TOOLTIP);
    CHECK_INT(host_window(r, "tip")->record.parent, owner);
    gone("tip", tip);
    client_set_cards(r, dialog, "WM_TRANSIENT_FOR", "WINDOW", &w, 1);
    client_map(r, dialog);
    WAIT(r, host_window(r, "dialog") && host_window(r, "dialog")->record.parent == owner);
    CHECK_INT(host_window(r, "dialog")->record.kind, managed ? WINDOW_DIALOG : WINDOW_TOPLEVEL);
    gone("dialog", dialog);
    client_destroy(r, menu);
    gone("owner", w);
}

/* A menu of an old toolkit says nothing of itself: the press that opened it tells. */
static void test_untyped_menu(void)
{
    xcb_window_t w = shown("athena", (struct rect){100, 100, 200, 150});
    xcb_window_t menu = client_window(r, "simple menu", (struct rect){150, 150, 100, 100}, true);
    uint32_t id = host_id(r, "athena");

    r->buttons = 0;
    host_pointer(r, id, 150, 150, 1, 0);
    WAIT(r, r->buttons == 1);
    client_map(r, menu);
    WAIT(r, host_window(r, "simple menu"));
    CHECK_INT(host_window(r, "simple menu")->record.kind, WINDOW_MENU);
    CHECK_INT(host_window(r, "simple menu")->record.parent, id);
    host_pointer(r, id, 150, 150, 0, 0);
    gone("simple menu", menu);
    gone("athena", w);
}

/* The host closes a menu: Escape where that is known to help, a click beside it otherwise. */
static void test_dismiss(void)
{
    xcb_window_t w = shown("popping", (struct rect){100, 100, 200, 150});
    xcb_window_t menu = client_window(r, "popped", (struct rect){150, 150, 100, 100}, true);
    uint32_t type = client_atom(r, "_NET_WM_WINDOW_TYPE_POPUP_MENU");

    client_set_cards(r, menu, "_NET_WM_WINDOW_TYPE", "ATOM", &type, 1);
    client_map(r, menu);
    WAIT(r, host_window(r, "popped"));
    free(xcb_grab_keyboard_reply(r->x,
                                 xcb_grab_keyboard(r->x, 0, menu, XCB_CURRENT_TIME,
                                                   XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
                                 NULL));
    r->keys = 0;
    host_say(r, &(struct win_msg){.type = WIN_DISMISS, .id = {.id = host_id(r, "popped")}});
    WAIT(r, r->keys == 1);
    CHECK_INT(r->key_window, menu);
    xcb_ungrab_keyboard(r->x, XCB_CURRENT_TIME);
    gone("popped", menu);
    WAIT(r, r->ack_serial == r->serial);
    CHECK_INT(r->ack_result, 0);
    menu = client_window(r, "stubborn", (struct rect){150, 150, 100, 100}, true);
    client_set_cards(r, menu, "_NET_WM_WINDOW_TYPE", "ATOM", &type, 1);
    client_map(r, menu);
    WAIT(r, host_window(r, "stubborn"));
    host_say(r, &(struct win_msg){.type = WIN_DISMISS, .id = {.id = host_id(r, "stubborn")}});
    WAIT(r, r->ack_serial == r->serial);
    CHECK_INT(r->ack_result, 2);
    gone("stubborn", menu);
    gone("popping", w);
}

static void test_shape(void)
{
    xcb_window_t w = client_window(r, "shaped", (struct rect){100, 100, 200, 150}, true);
    xcb_rectangle_t cross[2] = {{50, 0, 100, 150}, {0, 50, 200, 50}};

    xcb_shape_rectangles(r->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, 0, w, 0, 0, 2, cross);
    client_map(r, w);
    WAIT(r, host_window(r, "shaped") && host_window(r, "shaped")->shape_count == 3);
    xcb_shape_mask(r->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, w, 0, 0, XCB_NONE);
    WAIT(r, host_window(r, "shaped")->shape_count == 0);
    gone("shaped", w);
}

static void test_close(void)
{
    xcb_window_t w = shown("closing", (struct rect){100, 100, 200, 150});

    host_say(r, &(struct win_msg){.type = WIN_CLOSE, .id = {.id = host_id(r, "closing")}});
    WAIT(r, r->delete_window == w);
    WAIT(r, r->ack_serial == r->serial);
    CHECK_INT(r->ack_result, 0);
    gone("closing", w);
    host_say(r, &(struct win_msg){.type = WIN_CLOSE, .id = {.id = 0xfffffff0}});
    WAIT(r, r->ack_serial == r->serial);
    CHECK_INT(r->ack_result, 1);
}

static void restack(uint32_t *ids, uint32_t count)
{
    host_say(r, &(struct win_msg){.type = WIN_RESTACK, .order = {.count = count, .ids = ids}});
    WAIT(r, r->stack_serial == r->serial);
}

static void test_order_and_focus(void)
{
    xcb_window_t one = shown("one", (struct rect){100, 100, 300, 200});
    xcb_window_t two = shown("two", (struct rect){140, 140, 300, 200});
    xcb_window_t three = shown("three", (struct rect){180, 180, 300, 200});
    uint32_t a = host_id(r, "one"), b = host_id(r, "two"), c = host_id(r, "three");
    static const uint8_t orders[6][3] = {{2, 1, 0}, {1, 0, 2}, {0, 1, 2},
                                         {2, 0, 1}, {1, 2, 0}, {0, 2, 1}};
    static const char *const names[3] = {"one", "two", "three"};

    for (int i = 0; i < 6; i++) {
        uint32_t all[3] = {a, b, c}, ids[3];

        for (int k = 0; k < 3; k++)
            ids[k] = all[orders[i][k]];
        restack(ids, 3);
        WAIT(r, host_level(r, names[orders[i][0]]) < host_level(r, names[orders[i][1]]) &&
                    host_level(r, names[orders[i][1]]) < host_level(r, names[orders[i][2]]));
    }
    host_say(r, &(struct win_msg){.type = WIN_ACTIVATE, .activate = {.id = a}});
    WAIT(r, r->active_serial == r->serial);
    CHECK_INT(r->active, a);
    WAIT(r, host_level(r, "one") > host_level(r, "two") &&
                host_level(r, "one") > host_level(r, "three"));
    host_say(r, &(struct win_msg){.type = WIN_ACTIVATE, .activate = {.id = b}});
    WAIT(r, r->active_serial == r->serial);
    CHECK_INT(r->active, b);
    gone("one", one);
    gone("two", two);
    gone("three", three);
}

static void configure(const char *title, struct rect place)
{
    uint32_t id = host_id(r, title);

    host_say(r, &(struct win_msg){.type = WIN_CONFIGURE, .configure = {.id = id, .place = place}});
    WAIT(r, host_by_id(r, id) && host_by_id(r, id)->record.serial == r->serial);
}

static void test_configure(void)
{
    xcb_window_t w = shown("told", (struct rect){100, 100, 300, 200});
    struct rect wish = {333, 244, 411, 307};

    configure("told", wish);
    CHECK(rect_equal(host_window(r, "told")->record.place, wish));
    CHECK(place_is_true("told", w));
    configure("told", wish); /* nothing changes, and it is answered all the same */
    wish.x += 17;
    configure("told", wish);
    CHECK(rect_equal(host_window(r, "told")->record.place, wish));
    for (int i = 0; i < 60; i++) { /* a drag */
        wish.x = 200 + i * 3;
        wish.y = 150 + i * 2;
        host_say(r, &(struct win_msg){.type = WIN_CONFIGURE,
                                      .configure = {.id = host_id(r, "told"), .place = wish}});
    }
    WAIT(r, host_window(r, "told")->record.serial == r->serial);
    CHECK(rect_equal(host_window(r, "told")->record.place, wish));
    gone("told", w);
}

static void set_desktop(uint32_t w, uint32_t h, uint32_t flags, struct rect area)
{
    host_say(r,
             &(struct win_msg){.type = WIN_SET_DESKTOP, .set_desktop = {w, h, 120, flags, area}});
}

static bool frame_is_bare(const char *title)
{
    const struct extents e = host_window(r, title)->frame.frame;

    return !e.left && !e.right && !e.top && !e.bottom;
}

static void test_terminal(void)
{
    int pid = rig_spawn(r, (const char *const[]){"xterm", "-T", "terminal", "-e", "cat", NULL});
    const struct host_window *h;
    struct rect wish = {150, 130, 501, 403};
    uint32_t w, ht;

    WAIT(r, host_window(r, "terminal") && host_window(r, "terminal")->limits.inc_w > 1);
    h = host_window(r, "terminal");
    if (!h) {
        rig_end(&pid, SIGKILL);
        return;
    }
    CHECK_STR(h->class_name, "XTerm");
    WAIT(r, host_window(r, "terminal")->icon_w > 0); /* by WM_HINTS' pixmap alone */
    h = host_window(r, "terminal");
    configure("terminal", wish);
    h = host_window(r, "terminal");
    w = (uint32_t)h->record.place.w, ht = (uint32_t)h->record.place.h;
    CHECK_INT(h->record.place.x, wish.x);
    CHECK_INT(h->record.place.y, wish.y);
    if (managed) {
        CHECK_INT((w - h->limits.base_w) % h->limits.inc_w, 0);
        CHECK_INT((ht - h->limits.base_h) % h->limits.inc_h, 0);
        CHECK(w <= 501 && w + h->limits.inc_w > 501);
        wish = h->record.place;
        for (int i = 0; i < 4; i++) { /* the frame goes and comes, the content stays */
            set_desktop(0, 0, i & 1 ? 0 : WIN_HOST_FRAMES, (struct rect){0});
            WAIT(r, frame_is_bare("terminal") == !(i & 1));
            WAIT(r, rect_equal(host_window(r, "terminal")->record.place, wish));
        }
    }
    rig_end(&pid, SIGTERM);
    WAIT(r, !host_window(r, "terminal"));
}

static void test_input(void)
{
    xcb_window_t below = shown("below", (struct rect){100, 100, 300, 200});
    xcb_window_t above = shown("above", (struct rect){150, 130, 300, 200});
    uint32_t lower = host_id(r, "below"), upper = host_id(r, "above");
    uint32_t order[2] = {lower, upper};

    for (int i = 0; i < 4; i++) {
        uint32_t id = i & 1 ? upper : lower;

        r->keys = 0;
        for (int k = 0; k < 5; k++) {
            host_key(r, id, 30, true);
            host_key(r, id, 30, false);
        }
        WAIT(r, r->keys == 5);
        CHECK_INT(r->key_window, i & 1 ? above : below);
    }
    restack(order, 2);
    r->buttons = 0;
    host_pointer(r, lower, 200, 180, 0, 0);
    host_pointer(r, lower, 200, 180, 1, 0); /* the upper one covers this point */
    host_pointer(r, lower, 200, 180, 0, 0);
    WAIT(r, r->buttons == 1);
    CHECK_INT(r->button_window, below);
    restack(order, 2);
    host_pointer(r, lower, 210, 190, 0, 60);
    host_pointer(r, lower, 210, 190, 0, 60); /* two halves make one notch */
    WAIT(r, r->buttons == 2);
    CHECK_INT(r->button_window, below);
    CHECK_INT(r->last_button, 5);
    gone("above", above);
    gone("below", below);
}

static void set_state(const char *title, uint32_t mask, uint32_t bits)
{
    host_say(r,
             &(struct win_msg){.type = WIN_SET_STATE,
                               .set_state = {.id = host_id(r, title), .mask = mask, .bits = bits}});
    WAIT(r, r->ack_serial == r->serial);
}

static void test_state(void)
{
    const uint32_t maximized = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;
    xcb_window_t w = shown("state", (struct rect){100, 100, 300, 200});

    set_state("state", maximized, maximized);
    CHECK_INT(r->ack_result, managed ? 0 : 2);
    if (managed) {
        WAIT(r, (host_window(r, "state")->state & maximized) == maximized);
        WAIT(r, host_window(r, "state")->record.place.w == 1600);
        set_state("state", maximized, 0);
        WAIT(r, !(host_window(r, "state")->state & maximized));
        set_state("state", WINDOW_MINIMIZED, WINDOW_MINIMIZED);
        WAIT(r, host_window(r, "state")->state & WINDOW_MINIMIZED);
        set_state("state", WINDOW_MINIMIZED, 0);
        WAIT(r, !(host_window(r, "state")->state & WINDOW_MINIMIZED));
        set_state("state", WINDOW_FULLSCREEN, WINDOW_FULLSCREEN);
        WAIT(r, rect_equal(host_window(r, "state")->record.place, (struct rect){0, 0, 1600, 1200}));
    }
    gone("state", w);
}

static void test_host_frames(void)
{
    xcb_window_t w = shown("framed", (struct rect){200, 200, 300, 200}), late;
    struct rect before, elsewhere = {420, 310, 200, 100};

    if (!managed) {
        gone("framed", w);
        return;
    }
    WAIT(r, !frame_is_bare("framed"));
    before = host_window(r, "framed")->record.place;
    set_desktop(0, 0, WIN_HOST_FRAMES, (struct rect){0});
    WAIT(r, frame_is_bare("framed") && rect_equal(host_window(r, "framed")->record.place, before));
    WAIT(r, rect_equal(client_place(r, w), before));
    CHECK(!(host_window(r, "framed")->record.flags & WINDOW_OWN_FRAME));
    late = shown("late", (struct rect){300, 260, 200, 100});
    WAIT(r, frame_is_bare("late"));
    configure("late", elsewhere);
    WAIT(r, rect_equal(host_window(r, "late")->record.place, elsewhere));
    set_desktop(0, 0, 0, (struct rect){0});
    WAIT(r, !frame_is_bare("framed") && rect_equal(host_window(r, "framed")->record.place, before));
    WAIT(r, !client_has_property(r, w, "_MOTIF_WM_HINTS"));
    CHECK(!client_has_property(r, w, "_ORIEL_SAVED_MOTIF_HINTS"));
    WAIT(r, !frame_is_bare("late") && !client_has_property(r, late, "_MOTIF_WM_HINTS"));
    set_desktop(0, 0, WIN_HOST_FRAMES, (struct rect){0});
    WAIT(r, frame_is_bare("late") && rect_equal(host_window(r, "late")->record.place, elsewhere));
    rig_agent_kill(r); /* the next agent gives the frames back */
    rig_agent_start(r);
    WAIT(r, r->synced && frame_is_bare("late") &&
                rect_equal(host_window(r, "late")->record.place, elsewhere));
    set_desktop(0, 0, 0, (struct rect){0});
    WAIT(r, !frame_is_bare("late") && !client_has_property(r, late, "_ORIEL_SAVED_MOTIF_HINTS"));
    WAIT(r, rect_equal(host_window(r, "late")->record.place, elsewhere));
    gone("late", late);
    gone("framed", w);
}

/* As often as a person likes, and whatever border the client came with (xterm has one). */
static void test_frames_again(void)
{
    xcb_window_t w = client_window(r, "bordered", (struct rect){240, 260, 300, 200}, false);
    uint32_t border = 1;
    struct rect before;

    if (!managed)
        return;
    xcb_configure_window(r->x, w, XCB_CONFIG_WINDOW_BORDER_WIDTH, &border);
    client_map(r, w);
    WAIT(r,
         host_window(r, "bordered") && place_is_true("bordered", w) && !frame_is_bare("bordered"));
    configure("bordered", (struct rect){320, 300, 260, 180});
    WAIT(r, place_is_true("bordered", w));
    before = client_place(r, w);
    for (int i = 0; i < 12; i++) {
        set_desktop(0, 0, i % 2 ? 0 : WIN_HOST_FRAMES, (struct rect){0});
        WAIT(r, frame_is_bare("bordered") == (i % 2 == 0) &&
                    rect_equal(host_window(r, "bordered")->record.place, before));
        WAIT(r, rect_equal(client_place(r, w), before));
    }
    for (int i = 0; i < 12; i++) /* without waiting for anything */
        set_desktop(0, 0, i % 2 ? 0 : WIN_HOST_FRAMES, (struct rect){0});
    WAIT(r, !client_has_property(r, w, "_ORIEL_SAVED_MOTIF_HINTS") && !frame_is_bare("bordered") &&
                rect_equal(host_window(r, "bordered")->record.place, before));
    WAIT(r, rect_equal(client_place(r, w), before));
    set_desktop(0, 0, 0, (struct rect){0});
    gone("bordered", w);
}

static void test_desktop(void)
{
    static const uint32_t sizes[][2] = {{1400, 1050}, {1366, 768}, {801, 603}, {1600, 1200}};
    struct rect area = {0, 40, 1600, 1110};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_desktop(sizes[i][0], sizes[i][1], 0, (struct rect){0});
        WAIT(r, r->desktop.width == sizes[i][0] && r->desktop.height == sizes[i][1]);
    }
    if (managed) {
        set_desktop(0, 0, 0, area);
        WAIT(r, rect_equal(r->desktop.work_area, area));
        set_desktop(0, 0, 0, (struct rect){0});
        WAIT(r, rect_equal(r->desktop.work_area, (struct rect){0, 0, 1600, 1200}));
    }
}

static void test_restarts(void)
{
    xcb_window_t one = shown("stays", (struct rect){100, 100, 300, 200});
    xcb_window_t two = shown("goes", (struct rect){200, 200, 300, 200});
    uint32_t id = host_id(r, "stays");

    rig_host_leave(r);
    WAIT(r, r->synced);
    CHECK_INT(host_id(r, "stays"), id);
    CHECK(host_window(r, "goes") != NULL);
    rig_agent_kill(r);
    client_destroy(r, two);
    rig_agent_start(r);
    WAIT(r, host_id(r, "stays") == id);
    CHECK(!host_window(r, "goes"));
    gone("stays", one);
}

static void test_many(void)
{
    enum { MANY = 200 };
    xcb_window_t windows[MANY] = {0};
    size_t before = r->count;
    unsigned seed = 7;

    for (int i = 0; i < 3 * MANY; i++) {
        xcb_window_t *w = &windows[rand_r(&seed) % MANY];

        if (*w) {
            xcb_destroy_window(r->x, *w);
            *w = 0;
        } else {
            struct rect place = {rand_r(&seed) % 1200, rand_r(&seed) % 900, 120, 90};

            *w = client_window(r, "one of many", place, rand_r(&seed) % 3 == 0);
            xcb_map_window(r->x, *w);
        }
        rig_patience(r, 0);
        while (rig_pump(r))
            ;
    }
    WAIT(r, r->count > before);
    for (int i = 0; i < MANY; i++)
        if (windows[i])
            xcb_destroy_window(r->x, windows[i]);
    WAIT(r, !host_window(r, "one of many"));
    WAIT(r, r->count == before && r->stack_count == before);
}

/* A host that reads nothing for a while then hears the newest, not the history. */
static void test_stalled_host(void)
{
    enum { CHANGES = 5000 };
    xcb_window_t w = shown("0", (struct rect){100, 100, 200, 150}), other;
    unsigned before = r->messages;
    char title[200], last[16];

    for (int i = 1; i <= CHANGES; i++) {
        snprintf(title, sizeof title, "%180d", i);
        client_set_title(r, w, title);
        other = client_window(r, "short-lived", (struct rect){0, 0, 20, 20}, true);
        xcb_map_window(r->x, other);
        xcb_destroy_window(r->x, other);
    }
    snprintf(last, sizeof last, "%d", CHANGES);
    client_set_title(r, w, last);
    WAIT(r, host_window(r, last));
    CHECK(r->messages - before < CHANGES);
    gone(last, w);
}

/* Another manager comes: the windows are the same ones. */
static void test_manager_restart(void)
{
    xcb_window_t w = shown("survivor", (struct rect){100, 100, 200, 150});
    uint32_t id = host_id(r, "survivor");

    if (managed) {
        rig_end(&r->wm, SIGTERM);
        WAIT(r, host_window(r, "survivor") && frame_is_bare("survivor"));
        CHECK_INT(host_id(r, "survivor"), id);
        CHECK(rig_manager_start(r));
        WAIT(r, host_window(r, "survivor") && !frame_is_bare("survivor"));
        CHECK_INT(host_id(r, "survivor"), id);
    }
    gone("survivor", w);
}

static void print_memory(void)
{
    char path[64], line[256];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", r->agent);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "VmRSS", 5) || !strncmp(line, "VmHWM", 5))
            fprintf(stderr, "agent %s", line);
    if (file)
        fclose(file);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    if (!rig_start(r, argv[1], argv[2]))
        return 77;
    managed = strcmp(r->manager, "none");
    rig_agent_start(r);
    print_memory();
    test_facts();
    test_client_moves();
    test_popups();
    test_untyped_menu();
    test_dismiss();
    test_shape();
    test_close();
    test_order_and_focus();
    test_configure();
    test_terminal();
    test_input();
    test_state();
    test_restarts();
    test_host_frames();
    test_frames_again();
    test_many();
    test_stalled_host();
    test_manager_restart();
    test_desktop();
    print_memory();
    rig_finish(r);
    return check_result();
}
