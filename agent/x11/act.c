/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host asks for. A managed window is asked for through the window manager, in EWMH's words
 * and as a pager (source 2), so that nothing is refused as focus stealing; any other window is
 * changed directly. Every request is answered with what really came about: the answer waits for a
 * barrier (manager.c). The order of windows is restack.c's business.
 */
#include "agent.h"

#include "base/arith.h"
#include "props_parse.h"

#include <stdlib.h>

enum {
    SOURCE_PAGER = 2,
    /* µs for a client that takes the focus itself. Keys wait for it, and would go astray after it,
       so it is long enough for an emulated guest on a busy host. */
    ACTIVATION_PATIENCE = 1500000,
    POPUP_PATIENCE = 500000, /* µs for a toolkit that closes its menu */
    STATE_REMOVE = 0,
    STATE_ADD = 1,
    ICONIC = 3,
    PLACE_TRIES = 4,
};

static void configure(struct agent *a, xcb_window_t xid, uint16_t mask, const struct rect *r,
                      uint32_t stack_mode)
{
    uint32_t values[5], n = 0;

    if (mask & XCB_CONFIG_WINDOW_X)
        values[n++] = (uint32_t)r->x;
    if (mask & XCB_CONFIG_WINDOW_Y)
        values[n++] = (uint32_t)r->y;
    if (mask & XCB_CONFIG_WINDOW_WIDTH)
        values[n++] = (uint32_t)MAX_OF(1, r->w);
    if (mask & XCB_CONFIG_WINDOW_HEIGHT)
        values[n++] = (uint32_t)MAX_OF(1, r->h);
    if (mask & XCB_CONFIG_WINDOW_STACK_MODE)
        values[n++] = stack_mode;
    xcb_configure_window(a->x, xid, mask, values);
}

static void ask_for_place(struct agent *a, struct win *w, struct rect place)
{
    enum { MOVE = 3, RESIZE = 12, STATIC_GRAVITY = 10 };
    struct rect r;
    /* A mere move names no size, or increments would round it. While something is under way the
       known place may be out of date, and everything is named. */
    bool move = w->wanted_ticket || place.x != w->place.x || place.y != w->place.y;
    bool resize = w->wanted_ticket || place.w != w->place.w || place.h != w->place.h;
    uint32_t mask = (move ? MOVE : 0) | (resize ? RESIZE : 0);
    const struct top *t = tree_top(a, w->top);

    if (!mask)
        return;
    if (resize && !w->override_redirect)
        limits_snap(&w->limits, &place.w, &place.h); /* some managers don't (xfwm4) */
    r = rect_grow(place, w->shadow);
    if (w->managed && a->wm.running && a->wm.moveresize) {
        uint32_t data[5] = {STATIC_GRAVITY | mask << 8 | SOURCE_PAGER << 12,
                            (uint32_t)(r.x - w->nudge_x), (uint32_t)(r.y - w->nudge_y),
                            (uint32_t)r.w, (uint32_t)r.h};

        x_tell_manager(a, w->xid, ATOM__NET_MOVERESIZE_WINDOW, data);
        return;
    }
    if (w->managed && a->wm.running) {
        r.x -= w->frame.left; /* the place of the frame that the manager will put there */
        r.y -= w->frame.top;
    } else if (t) {
        r.w -= 2 * t->border;
        r.h -= 2 * t->border;
    }
    configure(a, w->xid, (uint16_t)mask, &r, 0);
}

void act_place(struct agent *a, struct win *w, struct rect place)
{
    ask_for_place(a, w, place);
    w->wanted = place;
    w->wanted_ticket = w->managed ? manager_barrier(a) : a->wm.done;
    w->place_tries = 1;
}

/*
 * Managers err. Some count in a border (openbox: the client's own, which it has taken away), so a
 * window that is a little off is asked for again, as much to the other side, which is remembered
 * while it helps. Some believe that a window is already there (openbox, when the frame has just
 * come back), so it is asked to go elsewhere first. Returns false when there is no more to try.
 */
static bool place_again(struct agent *a, struct win *w, int32_t dx, int32_t dy)
{
    const int32_t little = 16;
    struct rect beside = w->wanted;

    if (!w->managed || (!dx && !dy))
        return false;
    if (w->place_tries >= PLACE_TRIES) {
        w->nudge_x = w->nudge_y = 0;
        return false;
    }
    if (abs(dx) <= little && abs(dy) <= little) {
        w->nudge_x += dx;
        w->nudge_y += dy;
    } else {
        w->nudge_x = w->nudge_y = 0;
        beside.x += 1;
        ask_for_place(a, w, beside);
    }
    ask_for_place(a, w, w->wanted);
    w->wanted_ticket = manager_barrier(a);
    w->place_tries++;
    return true;
}

/* Answers a CONFIGURE with the place as it has really become. */
static void settle_place(struct agent *a, struct win *w)
{
    w->fetch |= FETCH_PLACE;
    props_refresh(a, w);
    if (place_again(a, w, w->place.x - w->wanted.x, w->place.y - w->wanted.y))
        return;
    w->wanted_ticket = 0;
    w->keeping = false;
    w->serial = w->wanted_serial;
    w->dirty |= FACT_WINDOW;
}

void act_places(struct agent *a)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (!w->gone && w->wanted_ticket && manager_passed(a, w->wanted_ticket))
            settle_place(a, w);
}

static void act_configure(struct agent *a, const struct win_configure *c)
{
    struct win *w = tree_win(a, c->id);

    if (!w)
        return;
    if (w->keep_ticket)
        w->keep = c->place;
    w->keeping = false;
    w->wanted_serial = c->serial;
    act_place(a, w, c->place);
}

void act_raise(struct agent *a, struct win *w)
{
    if (w->managed && a->wm.running && a->wm.restack) {
        uint32_t data[5] = {SOURCE_PAGER, 0, XCB_STACK_MODE_ABOVE, 0, 0};

        x_tell_manager(a, w->xid, ATOM__NET_RESTACK_WINDOW, data);
    } else {
        configure(a, w->xid, XCB_CONFIG_WINDOW_STACK_MODE, NULL, XCB_STACK_MODE_ABOVE);
    }
}

void act_activate(struct agent *a, struct win *w, uint32_t serial)
{
    struct activation *act = &a->activation;

    if (w->managed && a->wm.running && a->wm.active) {
        uint32_t data[5] = {SOURCE_PAGER, XCB_CURRENT_TIME, 0, 0, 0};

        x_tell_manager(a, w->xid, ATOM__NET_ACTIVE_WINDOW, data);
        if (a->wm.restack)
            act_raise(a, w);
    } else {
        act_raise(a, w);
        if (!w->override_redirect) {
            xcb_map_window(a->x, w->xid);
            xcb_set_input_focus(a->x, XCB_INPUT_FOCUS_PARENT, w->xid, XCB_CURRENT_TIME);
        }
    }
    *act = (struct activation){w->id, serial ? serial : act->serial, manager_barrier(a),
                               a->now + ACTIVATION_PATIENCE};
}

static void activation_done(struct agent *a, uint32_t serial)
{
    a->activation = (struct activation){0};
    if (serial) {
        a->active_serial = serial;
        a->active_dirty = true;
    }
}

static void take_activate(struct agent *a, const struct win_activate *m)
{
    struct win *w = tree_win(a, m->id);

    if (!m->id)
        input_release(a);
    if (w)
        act_activate(a, w, m->serial);
    else
        activation_done(a, m->serial);
}

static void ack_later(struct agent *a, struct waiting_ack ack)
{
    if (a->ack_count == ACKS_MAX)
        report_ack(a, ack.serial, 0);
    else
        a->acks[a->ack_count++] = ack;
}

static bool has_protocol(struct agent *a, xcb_window_t xid, enum atom_name protocol)
{
    xcb_get_property_reply_t *reply = x_answer(a, x_ask(a, xid, a->atom[ATOM_WM_PROTOCOLS], 64));
    size_t count;
    const uint32_t *atoms = x_items(reply, &count);
    bool found = false;

    for (size_t i = 0; i < count; i++)
        found |= atoms[i] == a->atom[protocol];
    free(reply);
    return found;
}

static void close_window(struct agent *a, struct win *w)
{
    if (has_protocol(a, w->xid, ATOM_WM_DELETE_WINDOW)) {
        xcb_client_message_event_t event = {
            .response_type = XCB_CLIENT_MESSAGE,
            .format = 32,
            .window = w->xid,
            .type = a->atom[ATOM_WM_PROTOCOLS],
            .data.data32 = {a->atom[ATOM_WM_DELETE_WINDOW], XCB_CURRENT_TIME},
        };

        xcb_send_event(a->x, 0, w->xid, 0, (const char *)&event);
    } else if (w->managed && a->wm.running && a->wm.close) {
        uint32_t data[5] = {XCB_CURRENT_TIME, SOURCE_PAGER, 0, 0, 0};

        x_tell_manager(a, w->xid, ATOM__NET_CLOSE_WINDOW, data);
    } else {
        xcb_kill_client(a->x, w->xid); /* as any manager would; it cannot be asked */
    }
}

/* ---- DISMISS ----------------------------------------------------------------------------------
 */

/* How many menus are open in the chain above and including this one. */
static unsigned chain_length(struct agent *a, const struct win *menu)
{
    unsigned length = 1;

    for (const struct win *w = a->wins; w && length < 16; w = w->next) {
        if (!w->gone && w->parent == menu->id && w->kind == WINDOW_MENU && w != menu) {
            length += chain_length(a, w);
            break;
        }
    }
    return length;
}

/*
 * Menus of old toolkits end with the press that opened them; the others know Escape, one a level.
 * Escape is not sent to what only looks like a menu, nor while nobody has grabbed the keyboard: it
 * would be typed into a program.
 */
static bool keyboard_is_grabbed(struct agent *a)
{
    xcb_grab_keyboard_reply_t *r =
        xcb_grab_keyboard_reply(a->x,
                                xcb_grab_keyboard(a->x, 0, a->root, XCB_CURRENT_TIME,
                                                  XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
                                NULL);
    bool grabbed = r && r->status == XCB_GRAB_STATUS_ALREADY_GRABBED;

    if (r && r->status == XCB_GRAB_STATUS_SUCCESS)
        xcb_ungrab_keyboard(a->x, XCB_CURRENT_TIME);
    free(r);
    return grabbed;
}

static void dismiss(struct agent *a, const struct win *w, uint32_t serial)
{
    enum { ESCAPE = 1 };

    input_release(a);
    if (w->typed && keyboard_is_grabbed(a))
        for (unsigned i = chain_length(a, w); i > 0; i--)
            input_tap(a, ESCAPE);
    ack_later(a, (struct waiting_ack){.serial = serial,
                                      .popup = w->id,
                                      .ticket = a->wm.done,
                                      .deadline = a->now + POPUP_PATIENCE});
}

/* A click where no window is, which closes any menu and means nothing to anyone else. */
static void click_beside(struct agent *a)
{
    static const int8_t corners[4][2] = {{1, 1}, {0, 1}, {1, 0}, {0, 0}};

    for (int i = 0; i < 4; i++) {
        int16_t x = (int16_t)(corners[i][0] * (a->width - 1));
        int16_t y = (int16_t)(corners[i][1] * (a->height - 1));
        bool covered = false;

        for (size_t k = 0; k < a->top_count; k++) {
            const struct top *t = a->tops[k];

            covered |= t->mapped && rect_has_point((struct rect){t->x, t->y, t->w, t->h}, x, y);
        }
        if (!covered) {
            input_click(a, x, y);
            return;
        }
    }
}

static bool ack_settle(struct agent *a, struct waiting_ack *ack)
{
    if (!manager_passed(a, ack->ticket))
        return false;
    if (!ack->popup || !tree_win(a, ack->popup)) {
        report_ack(a, ack->serial, 0);
        return true;
    }
    if (a->now < ack->deadline)
        return false;
    if (!ack->clicked) {
        click_beside(a);
        ack->clicked = true;
        ack->deadline = a->now + POPUP_PATIENCE;
        return false;
    }
    report_ack(a, ack->serial, 2);
    return true;
}

static void take_dismiss(struct agent *a, const struct win_id *m, bool close)
{
    struct win *w = tree_win(a, m->id);

    if (!w)
        report_ack(a, m->serial, 1);
    else if (w->kind == WINDOW_MENU && w->override_redirect)
        dismiss(a, w, m->serial);
    else if (!close || w->override_redirect)
        report_ack(a, m->serial, 2); /* a tooltip goes by itself */
    else {
        close_window(a, w);
        report_ack(a, m->serial, 0);
    }
}

/* ---- SET_STATE --------------------------------------------------------------------------------
 */

static void set_net_state(struct agent *a, const struct win *w, bool add, xcb_atom_t one,
                          xcb_atom_t two)
{
    uint32_t data[5] = {add ? STATE_ADD : STATE_REMOVE, one, two, SOURCE_PAGER, 0};

    x_tell_manager(a, w->xid, ATOM__NET_WM_STATE, data);
}

static void set_minimized(struct agent *a, const struct win *w, bool minimized)
{
    uint32_t data[5] = {ICONIC, 0, 0, 0, 0};

    if (minimized)
        x_tell_manager(a, w->xid, ATOM_WM_CHANGE_STATE, data);
    else
        xcb_map_window(a->x, w->xid);
}

static void take_set_state(struct agent *a, const struct win_set_state *m)
{
    static const struct {
        uint32_t bit;
        enum atom_name atom;
    } table[] = {
        {WINDOW_FULLSCREEN, ATOM__NET_WM_STATE_FULLSCREEN},
        {WINDOW_MODAL, ATOM__NET_WM_STATE_MODAL},
        {WINDOW_URGENT, ATOM__NET_WM_STATE_DEMANDS_ATTENTION},
        {WINDOW_ABOVE, ATOM__NET_WM_STATE_ABOVE},
        {WINDOW_BELOW, ATOM__NET_WM_STATE_BELOW},
        {WINDOW_SKIP_TASKBAR, ATOM__NET_WM_STATE_SKIP_TASKBAR},
    };
    const uint32_t both = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;
    xcb_atom_t horz = a->atom[ATOM__NET_WM_STATE_MAXIMIZED_HORZ];
    xcb_atom_t vert = a->atom[ATOM__NET_WM_STATE_MAXIMIZED_VERT];
    struct win *w = tree_win(a, m->id);

    if (!w || !w->managed || !a->wm.running) {
        report_ack(a, m->serial, w ? 2 : 1);
        return;
    }
    if ((m->mask & both) == both && (!(m->bits & both) || (m->bits & both) == both)) {
        set_net_state(a, w, m->bits & both, horz, vert);
    } else {
        if (m->mask & WINDOW_MAXIMIZED_H)
            set_net_state(a, w, m->bits & WINDOW_MAXIMIZED_H, horz, 0);
        if (m->mask & WINDOW_MAXIMIZED_V)
            set_net_state(a, w, m->bits & WINDOW_MAXIMIZED_V, vert, 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (m->mask & table[i].bit)
            set_net_state(a, w, m->bits & table[i].bit, a->atom[table[i].atom], 0);
    if (m->mask & WINDOW_MINIMIZED)
        set_minimized(a, w, m->bits & WINDOW_MINIMIZED);
    ack_later(a, (struct waiting_ack){.serial = m->serial, .ticket = manager_barrier(a)});
}

/* ---- All of them ------------------------------------------------------------------------------
 */

void act_message(struct agent *a, const struct win_msg *msg)
{
    switch (msg->type) {
    case WIN_POINTER_EVENT:
    case WIN_KEY_EVENT:
        input_take(a, msg);
        return;
    case WIN_SET_DESKTOP:
        screen_set(a, &msg->set_desktop);
        return;
    default:
        break;
    }
    if (!a->wm.running)
        manager_refresh(a); /* one may have come without a word */
    switch (msg->type) {
    case WIN_CONFIGURE:
        act_configure(a, &msg->configure);
        break;
    case WIN_ACTIVATE:
        take_activate(a, &msg->activate);
        break;
    case WIN_CLOSE:
    case WIN_DISMISS:
        take_dismiss(a, &msg->id, msg->type == WIN_CLOSE);
        break;
    case WIN_SET_STATE:
        take_set_state(a, &msg->set_state);
        break;
    case WIN_RESTACK:
        restack_take(a, &msg->order);
        break;
    default:
        break;
    }
}

void act_settle(struct agent *a)
{
    struct activation *act = &a->activation;
    size_t left = 0;

    if (act->deadline && manager_passed(a, act->ticket)) {
        const struct win *w = tree_win(a, act->id);

        if (!w || a->active == act->id || w->flags & WINDOW_NO_FOCUS || a->now >= act->deadline)
            activation_done(a, act->serial);
    }
    for (size_t i = 0; i < a->ack_count; i++)
        if (!ack_settle(a, &a->acks[i]))
            a->acks[left++] = a->acks[i];
    a->ack_count = left;
}
