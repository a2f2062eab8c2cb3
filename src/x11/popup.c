/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Menus, tooltips and whatever else stands free of a window manager. They stand where their parent
 * stands on the host, at the same offset as in the guest, so they are right even when the host has
 * put the parent elsewhere. While a menu is open the pointer is grabbed with owner events: clicks
 * in windows of the guest go there as usual, one outside closes the guest's menus.
 */
#include "x11/private.h"

#include <stdlib.h>

enum { DEPTH_MAX = 16 }; /* of popups on popups; a guest could state a ring */

struct rect popup_place(const struct x11_sink *sink, const struct scene_window *w)
{
    const struct host_window *parent = window_by_id(sink, w->record.parent);
    struct rect at = window_view(sink, w);

    if (!parent)
        parent = window_by_id(sink, sink->focus.host);
    if (!parent)
        return at;
    at.x += parent->place.host.x - parent->place.guest.x;
    at.y += parent->place.host.y - parent->place.guest.y;
    return place_clamp(at);
}

static void follow(struct host_window *parent, int depth)
{
    struct x11_sink *sink = parent->sink;
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;
        const struct scene_window *w;
        struct rect at;

        if (hw->role != ROLE_POPUP || hw->parent != parent->id)
            continue;
        w = scene_window(sink->scene, hw->id);
        at = w ? popup_place(sink, w) : hw->place.host;
        if (rect_equal(at, hw->place.host))
            continue;
        hw->place.host = at;
        window_configure(hw, at);
        if (depth < DEPTH_MAX)
            follow(hw, depth + 1);
    }
}

void popup_follow(struct host_window *parent)
{
    follow(parent, 0);
}

static void grab(struct x11_sink *sink, struct host_window *hw)
{
    struct display *d = &sink->display;
    xcb_grab_pointer_reply_t *r = xcb_grab_pointer_reply(
        d->c,
        xcb_grab_pointer(d->c, true, hw->xid,
                         XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                             XCB_EVENT_MASK_POINTER_MOTION,
                         XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, XCB_NONE, XCB_NONE,
                         XCB_CURRENT_TIME),
        NULL);

    if (r && r->status == XCB_GRAB_STATUS_SUCCESS)
        sink->popup_grab.window = hw->xid;
    free(r);
}

static void ungrab(struct x11_sink *sink)
{
    if (sink->popup_grab.window)
        xcb_ungrab_pointer(sink->display.c, XCB_CURRENT_TIME);
    sink->popup_grab.window = XCB_NONE;
}

void popup_mapped(struct host_window *hw)
{
    struct x11_sink *sink = hw->sink;

    if (hw->kind == WINDOW_MENU && !sink->popup_grab.window && !sink->popup_grab.dismissed)
        grab(sink, hw);
}

void popup_gone(struct x11_sink *sink, struct host_window *gone)
{
    struct host_window *other = NULL;
    GHashTableIter i;
    gpointer value;

    if (gone->kind != WINDOW_MENU)
        return;
    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;

        if (hw != gone && hw->kind == WINDOW_MENU && hw->viewable)
            other = hw;
    }
    if (sink->popup_grab.window == gone->xid) {
        ungrab(sink);
        if (other && !sink->popup_grab.dismissed)
            grab(sink, other);
    }
    if (!other)
        sink->popup_grab.dismissed = false;
}

/* The pointer is given back at once: a guest that does not answer must not keep it. */
void popup_dismiss(struct x11_sink *sink)
{
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value, *parent = window_by_id(sink, hw->parent);
        struct win_msg m = {WIN_DISMISS, .id = {hw->id, 0}};

        if (hw->kind != WINDOW_MENU || (parent && parent->kind == WINDOW_MENU))
            continue;
        sink->popup_grab.dismissed = true;
        sink_send(sink, &m);
    }
    ungrab(sink);
}

bool popup_click_outside(struct x11_sink *sink, const xcb_button_press_event_t *e)
{
    const struct host_window *hw;

    if (!sink->popup_grab.window || e->event != sink->popup_grab.window || sink->input.buttons)
        return false;
    hw = window_by_xid(sink, e->event);
    if (!hw || rect_has_point(hw->place.host, e->root_x, e->root_y))
        return false;
    popup_dismiss(sink);
    return true;
}
