/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking the keyboard and the pointer for the guest alone. The keyboard, when the person wants
 * that, for as long as one of our windows has the focus: then the desktop's own keys (Alt+Tab,
 * Super) go to the guest as well. The pointer, when the guest's knows only motion and no places: a
 * click into the window takes it, and what it does then is measured by moving the host's pointer
 * back to the middle again and again. A key gives both back, and the title says which.
 *
 * Without the pointer taken, such a guest gets none of its motion: it would run away from the
 * host's.
 */
#include "x11/private.h"

#include <stdlib.h>

/* ---- The keyboard ------------------------------------------------------------------------------
 */

static void give_keyboard_back(struct x11_sink *sink)
{
    if (!sink->grab.keyboard)
        return;
    sink->grab.keyboard = XCB_NONE;
    xcb_ungrab_keyboard(sink->display.c, XCB_CURRENT_TIME);
}

static void take_keyboard(struct x11_sink *sink, xcb_window_t window)
{
    xcb_connection_t *c = sink->display.c;
    xcb_grab_keyboard_reply_t *r =
        xcb_grab_keyboard_reply(c,
                                xcb_grab_keyboard(c, true, window, XCB_CURRENT_TIME,
                                                  XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
                                NULL);

    if (r && r->status == XCB_GRAB_STATUS_SUCCESS)
        sink->grab.keyboard = window;
    free(r);
}

/* ---- The pointer -------------------------------------------------------------------------------
 */

static bool wants_pointer(const struct x11_sink *sink)
{
    return !sink->scene->pointer_is_absolute && sink->scene->screen && !sink->note;
}

static void to_the_middle(struct x11_sink *sink)
{
    const struct desktop *desktop = &sink->desktop;

    sink->grab.warped = true;
    xcb_warp_pointer(sink->display.c, XCB_NONE, desktop->xid, 0, 0, 0, 0,
                     (int16_t)(desktop->width / 2), (int16_t)(desktop->height / 2));
}

static void give_pointer_back(struct x11_sink *sink)
{
    if (!sink->grab.pointer)
        return;
    sink->grab.pointer = false;
    xcb_ungrab_pointer(sink->display.c, XCB_CURRENT_TIME);
    if (sink->input.buttons)
        scene_send_pointer_relative(sink->scene, 0, 0, 0);
    sink->input.buttons = 0;
    desktop_retitle(sink);
}

/* After a click into the window of DESKTOP mode. Another program may have it: then nothing happens.
 */
static void take_pointer(struct x11_sink *sink, const xcb_button_press_event_t *e)
{
    xcb_connection_t *c = sink->display.c;
    xcb_window_t window = sink->desktop.xid;
    uint16_t events =
        XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION;
    xcb_cursor_t hidden = cursor_hidden(&sink->display);
    xcb_grab_pointer_reply_t *r =
        xcb_grab_pointer_reply(c,
                               xcb_grab_pointer(c, false, window, events, XCB_GRAB_MODE_ASYNC,
                                                XCB_GRAB_MODE_ASYNC, window, hidden, e->time),
                               NULL);

    sink->grab.pointer = r && r->status == XCB_GRAB_STATUS_SUCCESS;
    free(r);
    xcb_free_cursor(c, hidden);
    if (!sink->grab.pointer)
        return;
    sink->grab.last_x = e->event_x;
    sink->grab.last_y = e->event_y;
    to_the_middle(sink);
    desktop_retitle(sink);
}

bool grab_motion(struct x11_sink *sink, const xcb_motion_notify_event_t *e)
{
    struct grab *g = &sink->grab;
    int32_t middle_x = (int32_t)sink->desktop.width / 2, dx = e->event_x - g->last_x;
    int32_t middle_y = (int32_t)sink->desktop.height / 2, dy = e->event_y - g->last_y;

    if (!g->pointer)
        return false;
    g->last_x = e->event_x;
    g->last_y = e->event_y;
    if (g->warped && e->event_x == middle_x && e->event_y == middle_y) {
        g->warped = false; /* that was us */
        return true;
    }
    if (dx || dy)
        scene_send_pointer_relative(sink->scene, dx, dy, sink->input.buttons);
    if (!g->warped &&
        (abs(e->event_x - middle_x) > middle_x / 2 || abs(e->event_y - middle_y) > middle_y / 2))
        to_the_middle(sink);
    return true;
}

bool grab_button(struct x11_sink *sink, const xcb_button_press_event_t *e, bool down)
{
    if (e->event != sink->desktop.xid || !wants_pointer(sink))
        return false;
    if (sink->grab.pointer) {
        scene_send_pointer_relative(sink->scene, 0, 0, sink->input.buttons);
        return true;
    }
    if (down)
        take_pointer(sink, e);
    sink->input.buttons = 0; /* the click was for us, and so is its release */
    return true;
}

/* ---- Both --------------------------------------------------------------------------------------
 */

void grab_focus(struct x11_sink *sink, xcb_window_t window, bool in)
{
    if (in && sink->grab.wanted && !sink->grab.keyboard)
        take_keyboard(sink, window);
    else if (!in)
        grab_release(sink);
    if (in)
        sink->grab.focus = window;
    else if (sink->grab.focus == window)
        sink->grab.focus = XCB_NONE;
}

void grab_switch(struct x11_sink *sink)
{
    if (sink->grab.pointer && !sink->grab.wanted) {
        give_pointer_back(sink);
        return;
    }
    sink->grab.wanted = !sink->grab.wanted;
    if (!sink->grab.wanted)
        grab_release(sink);
    else if (sink->grab.focus)
        take_keyboard(sink, sink->grab.focus);
    windows_retitle(sink);
}

void grab_release(struct x11_sink *sink)
{
    give_keyboard_back(sink);
    give_pointer_back(sink);
}

void grab_facts(struct x11_sink *sink)
{
    if (sink->grab.pointer && !wants_pointer(sink))
        give_pointer_back(sink);
    if (sink->scene->pointer_mode_revision != sink->grab.mode_seen && sink->desktop.xid)
        desktop_retitle(sink);
    sink->grab.mode_seen = sink->scene->pointer_mode_revision;
}

/* What the title of a window says of it; the caller frees it. NULL: nothing. */
char *grab_note(const struct x11_sink *sink, bool desktop)
{
    const struct grab *g = &sink->grab;

    if (sink->command.text)
        return g_strdup(sink->command.text);
    if (desktop && wants_pointer(sink) && !g->pointer)
        return g_strdup("click to give it the pointer");
    if (g->wanted || (desktop && g->pointer))
        return g_strdup_printf("%s gives the %s back", g->key_text,
                               g->wanted ? "keyboard" : "pointer");
    return NULL;
}
