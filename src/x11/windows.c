/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEAMLESS mode's pass over the scene: host windows appear, follow the facts and go, so that there
 * is one for each window of the guest that has one; then order, focus and what is visible. And the
 * X events that concern host windows, handed to their subjects.
 */
#include "x11/private.h"

#include <stdlib.h>

static void update(struct host_window *hw, const struct scene_window *w)
{
    bool place = w->revision[FACT_WINDOW] > hw->shown[FACT_WINDOW] ||
                 w->revision[FACT_FRAME] > hw->shown[FACT_FRAME];
    bool state = w->revision[FACT_STATE] > hw->shown[FACT_STATE];

    window_apply_facts(hw, w);
    if (state)
        state_guest_changed(hw, w);
    if (place)
        position_guest_changed(hw, w);
}

static void destroy_unstated(struct x11_sink *sink)
{
    GPtrArray *gone = g_ptr_array_new();
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
        if (!((struct host_window *)value)->stated)
            g_ptr_array_add(gone, value);
    for (guint k = 0; k < gone->len; k++)
        window_destroy(gone->pdata[k]);
    g_ptr_array_free(gone, true);
}

void windows_retitle(struct x11_sink *sink)
{
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;
        const struct scene_window *w = scene_window(sink->scene, hw->id);

        if (hw->role == ROLE_MANAGED && w)
            window_retitle(hw, w);
        display_set_text(&sink->display, hw->xid, sink->display.atom._ORIEL_MACHINE,
                         sink->scene->name);
    }
    desktop_retitle(sink);
}

/*
 * What a guest may state and a desktop could not bear: a window manager looks at all its windows
 * again and again, and the X server keeps the pixels of each.
 */
enum { HOST_WINDOWS_MAX = 1024, HOST_SCREENFULS = 64 };

struct room {
    uint32_t windows;
    uint64_t pixels;
};

static bool take_room(struct room *room, const struct x11_sink *sink, const struct scene_window *w)
{
    struct rect r = window_view(sink, w);
    uint64_t pixels = (uint64_t)r.w * (uint64_t)r.h;

    if (!room->windows || pixels > room->pixels)
        return false;
    room->windows--;
    room->pixels -= pixels;
    return true;
}

/* Bottom to top, so that a window's parent is there before it, and new ones stack as they should.
 */
static void pass(struct x11_sink *sink)
{
    const struct scene *scene = sink->scene;
    const struct display *d = &sink->display;
    struct room room = {HOST_WINDOWS_MAX, (uint64_t)d->width * d->height * HOST_SCREENFULS};
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
        ((struct host_window *)value)->stated = false;
    for (uint32_t k = 0; k < scene->stack_count; k++) {
        const struct scene_window *w = scene_window(scene, scene->stack[k]);
        struct host_window *hw = window_by_id(sink, scene->stack[k]);

        if (!window_is_shown(w) || !take_room(&room, sink, w))
            continue;
        if (hw && (hw->created != w->created || hw->role != window_role_of(w))) {
            window_destroy(hw);
            hw = NULL;
        }
        if (hw)
            update(hw, w);
        else
            hw = window_create(sink, w);
        hw->stated = true;
    }
    destroy_unstated(sink);
}

void windows_facts(struct x11_sink *sink)
{
    if (sink->scene->name_revision != sink->name_seen) {
        sink->name_seen = sink->scene->name_revision;
        windows_retitle(sink);
    }
    if (!sink->seamless)
        return;
    pass(sink);
    if (sink->scene->ack_revision != sink->ack_seen) {
        sink->ack_seen = sink->scene->ack_revision;
        sink_saw_serial(sink, sink->scene->ack_serial);
        state_acknowledged(sink);
    }
    order_guest_changed(sink);
    focus_guest_changed(sink);
    paint_find_visible(sink);
    sink->shown_before |= g_hash_table_size(sink->by_id) > 0;
}

void windows_drop(struct x11_sink *sink)
{
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
        ((struct host_window *)value)->stated = false;
    destroy_unstated(sink);
    order_finish(&sink->order);
    sink->focus = (struct focus_sync){.elsewhere = sink->focus.elsewhere};
    sink->popup_grab = (struct popup_grab){0};
    sink->shown_before = false;
}

/* ---- Events ------------------------------------------------------------------------------------
 */

static void mapped(struct host_window *hw, bool on)
{
    hw->viewable = on;
    if (!on)
        return;
    hw->sink->order.changed |= !hw->sink->display.has_stacking;
    position_event(hw, &(xcb_generic_event_t){.response_type = XCB_MAP_NOTIFY});
    focus_window_mapped(hw);
    popup_mapped(hw);
}

static void learn_frame(struct host_window *hw)
{
    struct display *d = &hw->sink->display;
    uint32_t e[4];

    if (hw->bare || hw->role == ROLE_POPUP ||
        display_get_property(d, hw->xid, d->atom._NET_FRAME_EXTENTS, XCB_ATOM_CARDINAL, e, 4) != 4)
        return;
    hw->sink->frame = (struct extents){(int32_t)e[0], (int32_t)e[1], (int32_t)e[2], (int32_t)e[3]};
    sink_announce(hw->sink);
}

static void property_changed(struct host_window *hw, xcb_atom_t atom)
{
    const struct display_atoms *a = &hw->sink->display.atom;

    if (atom == a->WM_STATE || atom == a->_NET_WM_STATE)
        hw->state_changed = hw->sink->any_state_changed = true;
    else if (atom == a->_NET_FRAME_EXTENTS && rect_is_empty(hw->sink->max_content))
        learn_frame(hw);
}

static void client_message(struct host_window *hw, const xcb_client_message_event_t *e)
{
    struct win_msg m = {WIN_CLOSE, .id = {hw->id, 0}};
    const struct display_atoms *a = &hw->sink->display.atom;

    if (e->type == a->WM_PROTOCOLS && e->data.data32[0] == a->WM_DELETE_WINDOW)
        sink_send(hw->sink, &m);
}

void windows_event(struct x11_sink *sink, const xcb_generic_event_t *event)
{
    const void *e = event;
    const xcb_expose_event_t *expose = e;
    struct host_window *hw;

    /* The window is the first field of these, and the second of the StructureNotify family, whose
       first is the same one because no parent's events are selected. */
    hw = window_by_xid(sink, expose->window);
    if (!hw)
        return;
    switch (event->response_type & 0x7f) {
    case XCB_EXPOSE:
        paint_exposed(hw, (struct rect){expose->x, expose->y, expose->width, expose->height});
        break;
    case XCB_MAP_NOTIFY:
    case XCB_UNMAP_NOTIFY:
        mapped(hw, (event->response_type & 0x7f) == XCB_MAP_NOTIFY);
        break;
    case XCB_CONFIGURE_NOTIFY:
    case XCB_REPARENT_NOTIFY:
        position_event(hw, event);
        break;
    case XCB_PROPERTY_NOTIFY:
        property_changed(hw, ((const xcb_property_notify_event_t *)e)->atom);
        break;
    case XCB_CLIENT_MESSAGE:
        client_message(hw, e);
        break;
    }
}

void windows_settle(struct x11_sink *sink)
{
    GHashTableIter i;
    gpointer value;

    if (sink->any_state_changed) {
        sink->any_state_changed = false;
        for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
            if (((struct host_window *)value)->state_changed)
                state_settle(value);
    }
    position_settle(sink);
    order_settle(sink);
    focus_settle(sink);
}

void windows_deadlines(struct x11_sink *sink, int64_t now)
{
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        position_deadline(value, now);
        state_deadline(value, now);
    }
    order_deadline(sink, now);
    focus_deadline(sink, now);
    desktop_deadline(sink, now);
}

/* The earliest deadline that stands, 0: none. */
int64_t windows_next_deadline(const struct x11_sink *sink)
{
    int64_t all[] = {sink->order.deadline, sink->focus.deadline, sink->focus.none_deadline,
                     sink->desktop.resize_deadline};
    int64_t next = 0;
    GHashTableIter i;
    gpointer value;

    for (size_t k = 0; k < G_N_ELEMENTS(all); k++)
        if (all[k] && (!next || all[k] < next))
            next = all[k];
    g_hash_table_iter_init(&i, sink->by_id);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct host_window *hw = value;

        if (hw->place_deadline && (!next || hw->place_deadline < next))
            next = hw->place_deadline;
        if (hw->state.deadline && (!next || hw->state.deadline < next))
            next = hw->state.deadline;
    }
    return next;
}
