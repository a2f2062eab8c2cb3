/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carries out what place.h's machine decides for a window: reads the true position back from the
 * server, configures the window, tells the guest. Popups are not negotiated: they stand where their
 * parent stands, and popup.c computes where that is.
 *
 * The server's ConfigureNotify of a window inside a manager's frame is relative to that frame; only
 * a manager's synthetic one tells the position on the root. Where it did not, one
 * TranslateCoordinates a window is asked for after all the events at hand, all of them at once.
 */
#include "x11/private.h"

#include "base/arith.h"

#include <stdlib.h>

static void tell_guest(struct host_window *hw)
{
    const struct scene_window *w = scene_window(hw->sink->scene, hw->id);
    struct rect view, told = hw->place.told;
    struct win_msg m = {WIN_CONFIGURE, .configure = {hw->id, hw->place.agree.open, {0}}};

    if (!w)
        return;
    view = window_view(hw->sink, w);
    m.configure.place = place_clamp((struct rect){
        told.x + w->record.place.x - view.x, told.y + w->record.place.y - view.y,
        told.w - (view.w - w->record.place.w), told.h - (view.h - w->record.place.h)});
    sink_send(hw->sink, &m);
}

static void act(struct host_window *hw, enum agree_action action)
{
    if (action == AGREE_TELL_GUEST) {
        hw->sink->serial++; /* the one that the machine was offered */
        tell_guest(hw);
    } else if (action == AGREE_ASK_HOST) {
        window_configure(hw, hw->place.asked);
        hw->place_deadline = sink_deadline(hw->sink, PLACE_ASK_MS);
    }
    if (!hw->place.agree.asking)
        hw->place_deadline = 0;
}

void position_guest_changed(struct host_window *hw, const struct scene_window *w)
{
    struct rect view = window_view(hw->sink, w);
    bool was_open = place_is_open(&hw->place);
    uint32_t open = hw->place.agree.open;

    sink_saw_serial(hw->sink, w->record.serial);
    if (hw->role == ROLE_POPUP) {
        struct rect at = popup_place(hw->sink, w);

        hw->place.guest = view;
        if (!rect_equal(at, hw->place.host))
            window_configure(hw, at);
        hw->place.host = at;
        return;
    }
    act(hw, place_guest(&hw->place, view, w->record.serial, hw->sink->serial + 1));
    if (was_open && hw->place.agree.open != open)
        hw->repaint = hw->sink->paint.due = true;
    popup_follow(hw);
}

void position_event(struct host_window *hw, const xcb_generic_event_t *event)
{
    const xcb_configure_notify_event_t *c = (const void *)event;

    switch (event->response_type & 0x7f) {
    case XCB_CONFIGURE_NOTIFY:
        hw->seen.w = c->width;
        hw->seen.h = c->height;
        hw->position_known = (event->response_type & 0x80) || !hw->reparented;
        if (hw->position_known) {
            hw->seen.x = c->x;
            hw->seen.y = c->y;
        }
        break;
    case XCB_REPARENT_NOTIFY:
        hw->reparented = ((const xcb_reparent_notify_event_t *)(const void *)event)->parent !=
                         hw->sink->display.root;
        /* fall through */
    case XCB_MAP_NOTIFY:
        if (rect_is_empty(hw->seen))
            hw->seen = hw->place.host;
        hw->position_known = false;
        break;
    }
    hw->moved = hw->sink->any_moved = true;
}

static void take_position(struct host_window *hw)
{
    /* News may be a step on the way, the rest is close behind. What is said again may be a refusal
       or an older answer's echo. */
    bool news = !rect_equal(hw->seen, hw->place.host);
    int64_t settle;

    hw->moved = false;
    act(hw, place_host(&hw->place, hw->seen, hw->sink->serial + 1));
    state_learn_work_area(hw);
    popup_follow(hw);
    if (!hw->place.agree.asking || !hw->viewable)
        return;
    settle = sink_deadline(hw->sink, news ? PLACE_SETTLE_MS : PLACE_REPEATED_MS);
    hw->place_deadline = MIN_OF(hw->place_deadline, settle);
}

void position_settle(struct x11_sink *sink)
{
    struct display *d = &sink->display;
    GHashTableIter i;
    gpointer value;
    GArray *asked;

    if (!sink->any_moved)
        return;
    sink->any_moved = false;
    asked = g_array_new(false, false, sizeof(xcb_translate_coordinates_cookie_t));
    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;

        if (hw->moved && !hw->position_known && hw->role == ROLE_MANAGED) {
            xcb_translate_coordinates_cookie_t cookie =
                xcb_translate_coordinates(d->c, hw->xid, d->root, 0, 0);
            g_array_append_val(asked, cookie);
        }
    }
    guint next = 0;
    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;

        if (!hw->moved || hw->role != ROLE_MANAGED)
            continue;
        if (!hw->position_known) {
            xcb_translate_coordinates_reply_t *r = xcb_translate_coordinates_reply(
                d->c, g_array_index(asked, xcb_translate_coordinates_cookie_t, next++), NULL);

            if (r) {
                hw->seen.x = r->dst_x;
                hw->seen.y = r->dst_y;
            }
            free(r);
        }
        take_position(hw);
    }
    g_array_free(asked, true);
}

void position_deadline(struct host_window *hw, int64_t now)
{
    if (!hw->place_deadline || now < hw->place_deadline)
        return;
    hw->place_deadline = 0;
    if (hw->role == ROLE_MANAGED)
        act(hw, place_deadline(&hw->place, hw->sink->serial + 1));
}
