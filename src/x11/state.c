/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Minimised, maximised and full screen: both sides may change them, so they go through agree.h's
 * machine. The other states (modal, above, below, urgent, not in the taskbar) are the guest's alone
 * and are only passed on.
 *
 * The protocol answers SET_STATE by an ACK. A guest that obeyed may state its new STATE after that,
 * so at the ACK a guest that said nothing else is taken at our word; what it states later is its
 * own change.
 */
#include "x11/private.h"

#include "base/arith.h"

enum { STATE_ASK_MS = 500, STATE_SETTLE_MS = 80, WM_STATE_ICONIC = 3 };

enum { ONE_WAY = WINDOW_MODAL | WINDOW_URGENT | WINDOW_ABOVE | WINDOW_BELOW | WINDOW_SKIP_TASKBAR };

struct state_atom {
    uint32_t bit;
    size_t offset;
};

#define STATE_ROW(bit, name)                                                                       \
    {                                                                                              \
        bit, offsetof(struct display_atoms, name)                                                  \
    }
static const struct state_atom state_atoms[] = {
    STATE_ROW(WINDOW_MAXIMIZED_H, _NET_WM_STATE_MAXIMIZED_HORZ),
    STATE_ROW(WINDOW_MAXIMIZED_V, _NET_WM_STATE_MAXIMIZED_VERT),
    STATE_ROW(WINDOW_FULLSCREEN, _NET_WM_STATE_FULLSCREEN),
    STATE_ROW(WINDOW_MODAL, _NET_WM_STATE_MODAL),
    STATE_ROW(WINDOW_URGENT, _NET_WM_STATE_DEMANDS_ATTENTION),
    STATE_ROW(WINDOW_ABOVE, _NET_WM_STATE_ABOVE),
    STATE_ROW(WINDOW_BELOW, _NET_WM_STATE_BELOW),
    STATE_ROW(WINDOW_SKIP_TASKBAR, _NET_WM_STATE_SKIP_TASKBAR),
};

static xcb_atom_t atom_at(const struct display *d, size_t i)
{
    return *(const xcb_atom_t *)(const void *)((const char *)&d->atom + state_atoms[i].offset);
}

void state_before_map(struct host_window *hw, const struct scene_window *w)
{
    struct display *d = &hw->sink->display;
    uint32_t atoms[ARRAY_LEN(state_atoms)], count = 0;

    for (size_t i = 0; i < ARRAY_LEN(state_atoms); i++)
        if (w->state & state_atoms[i].bit)
            atoms[count++] = atom_at(d, i);
    display_set_property(d, hw->xid, d->atom._NET_WM_STATE, XCB_ATOM_ATOM, count, atoms);
    hw->state.host = hw->state.guest = hw->state.asked = w->state & STATE_SYNCED;
    hw->state.one_way = w->state & ONE_WAY;
    agree_asked(&hw->state.agree);
    hw->state.deadline = sink_deadline(hw->sink, 4 * STATE_ASK_MS);
}

/* Sends one message a pair of atoms, as maximising both ways at once wants it. */
static void change_state(struct host_window *hw, uint32_t change, uint32_t bits)
{
    struct display *d = &hw->sink->display;
    uint32_t both = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;
    bool together = (change & both) == both && ((bits & both) == both || !(bits & both));

    for (size_t i = 0; i < ARRAY_LEN(state_atoms); i++) {
        uint32_t bit = state_atoms[i].bit, second = XCB_NONE;

        if (!(change & bit) || (together && bit == WINDOW_MAXIMIZED_V))
            continue;
        if (together && bit == WINDOW_MAXIMIZED_H)
            second = d->atom._NET_WM_STATE_MAXIMIZED_VERT;
        display_tell_manager(d, hw->xid, d->atom._NET_WM_STATE,
                             (uint32_t[5]){!!(bits & bit), atom_at(d, i), second, 1, 0});
    }
}

static void minimize(struct host_window *hw, bool on)
{
    struct display *d = &hw->sink->display;

    if (!on)
        xcb_map_window(d->c, hw->xid);
    else if (d->has_manager)
        display_tell_manager(d, hw->xid, d->atom.WM_CHANGE_STATE,
                             (uint32_t[5]){WM_STATE_ICONIC, 0, 0, 0, 0});
    else
        xcb_unmap_window(d->c, hw->xid);
}

static void ask_host(struct host_window *hw)
{
    struct state_sync *s = &hw->state;
    uint32_t change = s->host ^ s->guest;

    if (!change)
        return;
    s->asked = s->guest;
    if (change & WINDOW_MINIMIZED)
        minimize(hw, s->guest & WINDOW_MINIMIZED);
    if (!hw->sink->display.has_manager) {
        s->host = s->guest; /* nobody else keeps states here */
        return;
    }
    change_state(hw, change & ~(uint32_t)WINDOW_MINIMIZED, s->guest);
    agree_asked(&s->agree);
    s->deadline = sink_deadline(hw->sink, STATE_ASK_MS);
}

static void tell_guest(struct host_window *hw)
{
    struct state_sync *s = &hw->state;
    struct win_msg m = {WIN_SET_STATE};

    s->told = s->host;
    s->told_revision = hw->sink->scene->revision;
    agree_told(&s->agree, sink_next_serial(hw->sink));
    m.set_state = (struct win_set_state){hw->id, s->agree.open, s->host ^ s->guest, s->host};
    sink_send(hw->sink, &m);
}

static void act(struct host_window *hw, enum agree_action action)
{
    if (action == AGREE_TELL_GUEST)
        tell_guest(hw);
    else if (action == AGREE_ASK_HOST)
        ask_host(hw);
    if (!hw->state.agree.asking)
        hw->state.deadline = 0;
}

void state_guest_changed(struct host_window *hw, const struct scene_window *w)
{
    struct state_sync *s = &hw->state;
    uint32_t one_way = w->state & ONE_WAY;

    if (hw->role == ROLE_POPUP)
        return;
    if (one_way != s->one_way)
        change_state(hw, one_way ^ s->one_way, one_way);
    s->one_way = one_way;
    s->guest = w->state & STATE_SYNCED;
    if (!s->agree.open) /* while a request is open its ACK is awaited, see state_acknowledged() */
        act(hw, agree_guest(&s->agree, 0, s->guest == s->asked, s->guest == s->host));
}

void state_acknowledged(struct x11_sink *sink)
{
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;
        struct state_sync *s = &hw->state;
        const struct scene_window *w = scene_window(sink->scene, hw->id);

        if (!s->agree.open || !agree_answers(sink->scene->ack_serial, s->agree.open) || !w)
            continue;
        if (w->revision[FACT_STATE] <= s->told_revision)
            s->guest = s->told;
        act(hw, agree_guest(&s->agree, sink->scene->ack_serial, false, s->guest == s->host));
    }
}

/* The host's state now; false while the manager has not taken the window in. */
static bool read_host(struct host_window *hw, uint32_t *bits)
{
    struct display *d = &hw->sink->display;
    uint32_t atoms[32], wm_state[2], count;

    if (!display_get_property(d, hw->xid, d->atom.WM_STATE, d->atom.WM_STATE, wm_state, 2))
        return false;
    count = display_get_property(d, hw->xid, d->atom._NET_WM_STATE, XCB_ATOM_ATOM, atoms,
                                 ARRAY_LEN(atoms));
    *bits = wm_state[0] == WM_STATE_ICONIC ? WINDOW_MINIMIZED : 0;
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < ARRAY_LEN(state_atoms); k++)
            if (atoms[i] == atom_at(d, k))
                *bits |= state_atoms[k].bit & STATE_SYNCED;
    return wm_state[0] != 0;
}

/*
 * Where a maximised window's content goes is what the guest has to know for its own maximising. The
 * state and the place change in two events of no certain order, so a place counts only when it
 * fills the work area up to what can be a frame.
 */
void state_learn_work_area(struct host_window *hw)
{
    enum { FRAME_MAX = 96 };
    uint32_t both = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;
    struct rect r = hw->place.host;
    struct extents frame = {FRAME_MAX, FRAME_MAX, FRAME_MAX, FRAME_MAX};

    if ((hw->state.host & (both | WINDOW_FULLSCREEN)) != both || hw->bare || !hw->viewable ||
        !rect_contains(r, rect_shrink(hw->sink->display.work_area, frame)))
        return;
    hw->sink->max_content = r;
    sink_announce(hw->sink);
}

void state_settle(struct host_window *hw)
{
    struct state_sync *s = &hw->state;
    uint32_t bits;

    hw->state_changed = false;
    if (hw->role == ROLE_POPUP || !read_host(hw, &bits))
        return;
    if (bits == s->host && !(s->agree.asking && bits == s->asked))
        return;
    s->host = bits;
    act(hw, agree_host(&s->agree, bits == s->asked, bits == (s->agree.open ? s->told : s->guest)));
    if (s->agree.asking) {
        int64_t settle = sink_deadline(hw->sink, STATE_SETTLE_MS);

        s->deadline = MIN_OF(s->deadline, settle);
    }
    state_learn_work_area(hw);
}

void state_deadline(struct host_window *hw, int64_t now)
{
    if (!hw->state.deadline || now < hw->state.deadline)
        return;
    hw->state.deadline = 0;
    act(hw, agree_deadline(&hw->state.agree, hw->state.host == hw->state.guest));
}
