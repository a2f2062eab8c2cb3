/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which window has the keyboard, on the host and in the guest, through agree.h's machine. The value
 * is the id of the window, 0 when it is none of ours. While the person is among other programs'
 * windows the guest may activate what it likes, its window only asks for attention. Focus that
 * moves between two windows of the guest is told to it as one change, never as a loss.
 */
#include "x11/private.h"

enum { FOCUS_ASK_MS = 400, FOCUS_NONE_MS = 100 };

/* The guest's active window if it is one of ours that can be active here. */
static uint32_t guest_active(const struct x11_sink *sink)
{
    const struct host_window *hw = window_by_id(sink, sink->scene->active);

    return hw && hw->role == ROLE_MANAGED ? hw->id : 0;
}

static void activate(struct x11_sink *sink, struct host_window *hw)
{
    struct display *d = &sink->display;

    if (d->has_active) {
        display_tell_manager(d, hw->xid, d->atom._NET_ACTIVE_WINDOW,
                             (uint32_t[5]){2, sink->user_time, 0, 0, 0});
    } else {
        xcb_set_input_focus(d->c, XCB_INPUT_FOCUS_PARENT, hw->xid, XCB_CURRENT_TIME);
        order_raise(sink, hw);
    }
}

static void ask_host(struct x11_sink *sink)
{
    struct focus_sync *f = &sink->focus;
    struct host_window *hw = window_by_id(sink, guest_active(sink));

    if (!hw)
        return;
    if (!hw->viewable) {
        f->when_mapped = hw->id;
        return;
    }
    f->asked = hw->id;
    activate(sink, hw);
    agree_asked(&f->agree);
    f->deadline = sink_deadline(sink, FOCUS_ASK_MS);
}

static void tell_guest(struct x11_sink *sink)
{
    struct focus_sync *f = &sink->focus;
    struct win_msg m = {WIN_ACTIVATE};

    f->told = f->host;
    agree_told(&f->agree, sink_next_serial(sink));
    m.activate = (struct win_activate){f->host, f->agree.open};
    sink_send(sink, &m);
}

static void act(struct x11_sink *sink, enum agree_action action)
{
    if (action == AGREE_TELL_GUEST)
        tell_guest(sink);
    else if (action == AGREE_ASK_HOST)
        ask_host(sink);
    if (!sink->focus.agree.asking)
        sink->focus.deadline = 0;
}

static void demand_attention(struct x11_sink *sink, struct host_window *hw)
{
    struct display *d = &sink->display;

    display_tell_manager(d, hw->xid, d->atom._NET_WM_STATE,
                         (uint32_t[5]){1, d->atom._NET_WM_STATE_DEMANDS_ATTENTION, XCB_NONE, 1, 0});
}

void focus_guest_changed(struct x11_sink *sink)
{
    struct focus_sync *f = &sink->focus;
    uint32_t guest = guest_active(sink), serial = sink->scene->active_serial;
    struct host_window *hw = window_by_id(sink, guest);
    bool answer = f->agree.open && agree_answers(serial, f->agree.open);

    if (sink->scene->active_revision == f->seen)
        return;
    f->seen = sink->scene->active_revision;
    sink_saw_serial(sink, serial);
    if (answer) /* without the person here any answer is good, as is none of its windows */
        act(sink, agree_guest(&f->agree, serial, false, !f->host || !guest || guest == f->host));
    else if (guest && !f->elsewhere)
        act(sink, agree_guest(&f->agree, serial, guest == f->asked, guest == f->host));
    else if (hw && sink->shown_before && !f->agree.open)
        demand_attention(sink, hw);
}

static void set_focus(struct x11_sink *sink, uint32_t id)
{
    struct focus_sync *f = &sink->focus;
    uint32_t before = f->host;

    f->none_deadline = 0;
    if (id == f->host && !(f->agree.asking && id == f->asked))
        return;
    f->host = id;
    act(sink, agree_host(&f->agree, id == f->asked,
                         id == (f->agree.open ? f->told : sink->scene->active)));
    if (!id && before)
        popup_dismiss(sink);
}

void focus_click(struct host_window *hw)
{
    xcb_set_input_focus(hw->sink->display.c, XCB_INPUT_FOCUS_PARENT, hw->xid, XCB_CURRENT_TIME);
    order_raise(hw->sink, hw);
    set_focus(hw->sink, hw->id);
}

/*
 * The server's own focus events come before the press that a manager held back while it moved the
 * focus, its property after it: only so the guest's window is active when the press arrives there.
 * What the focus goes to when it leaves, the property tells better.
 */
void focus_event(struct x11_sink *sink, struct host_window *hw, bool in)
{
    if (in)
        set_focus(sink, hw->id);
    else if (!sink->display.has_active)
        sink->focus.none_deadline = sink_deadline(sink, FOCUS_NONE_MS);
}

void focus_settle(struct x11_sink *sink)
{
    struct display *d = &sink->display;
    struct host_window *hw;
    uint32_t xid = XCB_NONE;

    if (!sink->focus.changed)
        return;
    sink->focus.changed = false;
    display_get_property(d, d->root, d->atom._NET_ACTIVE_WINDOW, XCB_ATOM_WINDOW, &xid, 1);
    hw = window_by_xid(sink, xid);
    sink->focus.elsewhere = xid && !hw && xid != sink->desktop.xid;
    if (xid)
        set_focus(sink, hw ? hw->id : 0);
    else if (sink->focus.host) /* managers pass through "none" on the way from window to window */
        sink->focus.none_deadline = sink_deadline(sink, FOCUS_NONE_MS);
}

void focus_deadline(struct x11_sink *sink, int64_t now)
{
    struct focus_sync *f = &sink->focus;

    if (f->none_deadline && now >= f->none_deadline) {
        f->none_deadline = 0;
        set_focus(sink, 0);
    }
    if (f->deadline && now >= f->deadline) {
        f->deadline = 0;
        act(sink, agree_deadline(&f->agree, !f->host || f->host == sink->scene->active));
    }
}

void focus_window_mapped(struct host_window *hw)
{
    struct focus_sync *f = &hw->sink->focus;

    if (f->when_mapped != hw->id)
        return;
    f->when_mapped = 0;
    if (hw->sink->scene->active == hw->id && !f->elsewhere && f->host != hw->id && !f->agree.open)
        ask_host(hw->sink);
}

void focus_forget(struct x11_sink *sink, uint32_t id)
{
    struct focus_sync *f = &sink->focus;

    if (f->when_mapped == id)
        f->when_mapped = 0;
    if (f->asked == id)
        f->asked = 0;
    /* The host stays "among our windows" until its manager names the next active one. */
    if (f->host == id && !f->none_deadline)
        f->none_deadline = sink_deadline(sink, 2 * FOCUS_NONE_MS);
}
