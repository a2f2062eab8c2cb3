/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pointer. A position goes to the guest in its own desktop's coordinates: the host's, moved by
 * the difference between where the window under the pointer stands here and there. That difference
 * is frozen while a button is held, so a window that follows the pointer does not feed back on
 * itself. The motion of one turn of the loop is sent once, at its end.
 *
 * A press names the window it was meant for; what follows while the button is held belongs to
 * whoever has the guest's own grab and names none.
 */
#include "x11/private.h"

#include "base/arith.h"

enum { WHEEL_STEP = 120, FIRST_WHEEL = 4, LAST_WHEEL = 7 };

static uint32_t button_bit(xcb_button_t button)
{
    switch (button) {
    case 1:
        return 1 << 0;
    case 2:
        return 1 << 1;
    case 3:
        return 1 << 2;
    case 8:
        return 1 << 3;
    case 9:
        return 1 << 4;
    default:
        return 0;
    }
}

/* A guest may state a place so far away from the host's that the difference leaves every desktop.
 */
static int32_t on_a_desktop(int32_t v)
{
    return MAX_OF(-RECT_PLACE_MAX, MIN_OF(v, RECT_PLACE_MAX));
}

static void send_pointer(struct x11_sink *sink, struct host_window *hw, int32_t root_x,
                         int32_t root_y, bool held, int32_t wheel_x, int32_t wheel_y)
{
    struct input *in = &sink->input;
    int32_t dx = hw->place.guest.x - hw->place.host.x, dy = hw->place.guest.y - hw->place.host.y;
    struct win_msg m = {WIN_POINTER_EVENT};

    if (held) {
        dx = in->held_dx;
        dy = in->held_dy;
    } else if (in->buttons) {
        in->held_dx = dx;
        in->held_dy = dy;
    }
    m.pointer = (struct win_pointer){.id = held ? 0 : hw->id,
                                     .x = on_a_desktop(root_x + dx),
                                     .y = on_a_desktop(root_y + dy),
                                     .buttons = in->buttons,
                                     .wheel_x = (int16_t)wheel_x,
                                     .wheel_y = (int16_t)wheel_y};
    sink_send(sink, &m);
}

static void flush_motion(struct x11_sink *sink)
{
    const xcb_motion_notify_event_t *e = &sink->input.last_motion;
    struct host_window *hw = window_by_xid(sink, e->event);

    if (!sink->input.motion)
        return;
    sink->input.motion = false;
    if (hw)
        send_pointer(sink, hw, e->root_x, e->root_y, sink->input.buttons, 0, 0);
    else if (e->event == sink->desktop.xid)
        desktop_pointer(sink, e->event_x, e->event_y, sink->input.buttons);
}

static void wheel(struct x11_sink *sink, struct host_window *hw, const xcb_button_press_event_t *e)
{
    int32_t step = e->detail % 2 ? WHEEL_STEP : -WHEEL_STEP; /* 4 up, 5 down, 6 left, 7 right */
    int32_t x = e->detail > 5 ? step : 0, y = e->detail > 5 ? 0 : step;

    if (hw)
        send_pointer(sink, hw, e->root_x, e->root_y, sink->input.buttons, x, y);
    else
        scene_send_wheel(sink->scene, x, y);
}

static void button(struct x11_sink *sink, const xcb_button_press_event_t *e, bool down)
{
    struct input *in = &sink->input;
    struct host_window *hw = window_by_xid(sink, e->event);
    uint32_t bit = button_bit(e->detail), before = in->buttons;

    sink->user_time = e->time;
    if (sink->note)
        return;
    if (down && sink->command.text)
        command_end(sink);
    if (down && popup_click_outside(sink, e))
        return;
    if (e->detail >= FIRST_WHEEL && e->detail <= LAST_WHEEL) {
        if (down)
            wheel(sink, hw, e);
        return;
    }
    if (!bit || !!(before & bit) == down)
        return;
    if (down && hw && !sink->display.has_manager && hw->role == ROLE_MANAGED)
        focus_click(hw);
    in->buttons = down ? before | bit : before & ~bit;
    if (hw)
        send_pointer(sink, hw, e->root_x, e->root_y, before, 0, 0);
    else if (!grab_button(sink, e, down))
        desktop_pointer(sink, e->event_x, e->event_y, in->buttons);
}

static bool is_of_a_grab(const xcb_focus_in_event_t *e)
{
    return e->mode == XCB_NOTIFY_MODE_GRAB || e->mode == XCB_NOTIFY_MODE_UNGRAB;
}

static void focus_changed(struct x11_sink *sink, const xcb_focus_in_event_t *e, bool in)
{
    struct host_window *hw = window_by_xid(sink, e->event);

    if (e->detail == XCB_NOTIFY_DETAIL_POINTER || e->detail == XCB_NOTIFY_DETAIL_INFERIOR)
        return;
    if (!in) {
        keys_release_all(sink);
        sink->input.taken = 0;
        if (sink->command.is_open && !is_of_a_grab(e))
            command_end(sink);
    }
    if (!sink->grab.keyboard || !is_of_a_grab(e)) /* our own is announced as well */
        grab_focus(sink, e->event, in);
    if (hw)
        focus_event(sink, hw, in);
}

bool input_event(struct x11_sink *sink, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    const void *e = event;

    if (type != XCB_MOTION_NOTIFY &&
        (type == XCB_KEY_PRESS || type == XCB_KEY_RELEASE || type == XCB_BUTTON_PRESS ||
         type == XCB_BUTTON_RELEASE || type == XCB_FOCUS_OUT))
        flush_motion(sink);
    switch (type) {
    case XCB_MOTION_NOTIFY:
        if (grab_motion(sink, e))
            return true;
        if (sink->input.motion &&
            sink->input.last_motion.event != ((const xcb_motion_notify_event_t *)e)->event)
            flush_motion(sink);
        sink->input.last_motion = *(const xcb_motion_notify_event_t *)e;
        sink->input.motion = true;
        return true;
    case XCB_BUTTON_PRESS:
    case XCB_BUTTON_RELEASE:
        button(sink, e, type == XCB_BUTTON_PRESS);
        return true;
    case XCB_KEY_PRESS:
    case XCB_KEY_RELEASE:
        keys_event(sink, e, type == XCB_KEY_PRESS);
        return true;
    case XCB_FOCUS_IN:
    case XCB_FOCUS_OUT:
        focus_changed(sink, e, type == XCB_FOCUS_IN);
        return true;
    case XCB_MAPPING_NOTIFY:
        display_load_keysyms(&sink->display);
        return true;
    default:
        return false;
    }
}

void input_release_buttons(struct x11_sink *sink)
{
    if (sink->input.buttons && sink->desktop.xid)
        desktop_pointer(sink, sink->input.last_motion.event_x, sink->input.last_motion.event_y, 0);
    sink->input.buttons = 0;
}

void input_settle(struct x11_sink *sink)
{
    flush_motion(sink);
}
