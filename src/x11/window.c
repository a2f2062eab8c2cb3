/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host window's life: which guest windows get one, its creation in the order that every window
 * manager places it exactly (properties before mapping, static gravity, a position that the "user"
 * chose), and its end. What it says about itself is in facts.c.
 *
 * The window asks the server to keep its hidden pixels (backing store): what the guest has covered
 * has no pixels of its own, so what the server keeps is all there is of it. Where the server keeps
 * nothing, an exposed part that the guest covers stays black until the guest uncovers it, which it
 * does one round trip later because the host's order is mirrored there. A second copy in this
 * process would cost every window's memory to fill that instant and is not kept.
 */
#include "x11/private.h"

#include "base/mem.h"

#include <stdlib.h>

bool window_is_shown(const struct scene_window *w)
{
    return w->record.kind != WINDOW_DESKTOP && w->record.kind != WINDOW_DOCK;
}

enum window_role window_role_of(const struct scene_window *w)
{
    switch (w->record.kind) {
    case WINDOW_MENU:
    case WINDOW_TOOLTIP:
    case WINDOW_DND:
    case WINDOW_NOTIFICATION:
    case WINDOW_POPUP:
        return ROLE_POPUP;
    default:
        return w->record.flags & WINDOW_UNMANAGED ? ROLE_POPUP : ROLE_MANAGED;
    }
}

/* With the guest's decorations its frame is part of the picture. */
static struct extents shown_frame(const struct x11_sink *sink, const struct scene_window *w)
{
    if (sink->decorations == X11_HOST_DECORATIONS || window_role_of(w) == ROLE_POPUP)
        return (struct extents){0};
    return w->frame.frame;
}

struct rect window_view(const struct x11_sink *sink, const struct scene_window *w)
{
    return rect_grow(w->record.place, shown_frame(sink, w));
}

struct host_window *window_by_id(const struct x11_sink *sink, uint32_t id)
{
    return g_hash_table_lookup(sink->by_id, GUINT_TO_POINTER(id));
}

struct host_window *window_by_xid(const struct x11_sink *sink, xcb_window_t xid)
{
    return g_hash_table_lookup(sink->by_xid, GUINT_TO_POINTER(xid));
}

static void create_on_server(struct host_window *hw, struct rect at)
{
    struct display *d = &hw->sink->display;
    bool popup = hw->role == ROLE_POPUP;
    uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE |
                      XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_EXPOSURE |
                      XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                      XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                      XCB_EVENT_MASK_POINTER_MOTION;
    uint32_t values[] = {0,     0,      XCB_GRAVITY_NORTH_WEST, XCB_BACKING_STORE_ALWAYS, popup,
                         popup, events, hw->sink->cursor};

    hw->xid = xcb_generate_id(d->c);
    xcb_create_window(d->c, XCB_COPY_FROM_PARENT, hw->xid, d->root, (int16_t)at.x, (int16_t)at.y,
                      (uint16_t)at.w, (uint16_t)at.h, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, d->visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_BIT_GRAVITY |
                          XCB_CW_BACKING_STORE | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_SAVE_UNDER |
                          XCB_CW_EVENT_MASK | XCB_CW_CURSOR,
                      values);
}

/* The guest's active window may take the keyboard unless the person is among other programs'
 * windows, or if the whole desktop of the guest has just appeared; no other new window may. */
static void set_user_time(struct host_window *hw)
{
    struct x11_sink *sink = hw->sink;
    bool may_focus =
        sink->scene->active == hw->id && (!sink->focus.elsewhere || !sink->shown_before);
    uint32_t never = 0;

    if (!may_focus)
        display_set_property(&sink->display, hw->xid, sink->display.atom._NET_WM_USER_TIME,
                             XCB_ATOM_CARDINAL, 1, &never);
    else if (sink->user_time)
        display_set_property(&sink->display, hw->xid, sink->display.atom._NET_WM_USER_TIME,
                             XCB_ATOM_CARDINAL, 1, &sink->user_time);
}

static void set_identity(struct host_window *hw)
{
    struct display *d = &hw->sink->display;
    uint32_t delete_window = d->atom.WM_DELETE_WINDOW;

    display_set_property(d, hw->xid, d->atom._ORIEL_WINDOW, XCB_ATOM_CARDINAL, 1, &hw->id);
    display_set_text(d, hw->xid, d->atom._ORIEL_MACHINE, hw->sink->scene->name);
    if (hw->role == ROLE_MANAGED)
        display_set_property(d, hw->xid, d->atom.WM_PROTOCOLS, XCB_ATOM_ATOM, 1, &delete_window);
}

/*
 * Where the window is created. A maximised one is made to fit where the host will maximise it: as
 * large as the whole screen, which it may be in the guest until that knows our work area, some
 * managers take it for full screen.
 */
static struct rect first_place(const struct x11_sink *sink, const struct scene_window *w)
{
    const uint32_t both = WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V;
    const struct extents some = {8, 8, 40, 8}, *frame = &sink->frame;

    if (window_role_of(w) == ROLE_POPUP)
        return popup_place(sink, w);
    if ((w->state & (both | WINDOW_FULLSCREEN)) != both)
        return window_view(sink, w);
    return rect_shrink(sink->display.work_area, frame->top ? *frame : some);
}

struct host_window *window_create(struct x11_sink *sink, const struct scene_window *w)
{
    struct host_window *hw = mem_new0(struct host_window);

    hw->sink = sink;
    hw->id = w->record.id;
    hw->created = w->created;
    hw->role = window_role_of(w);
    hw->kind = w->record.kind;
    hw->parent = w->record.parent;
    pixman_region32_init(&hw->visible);
    pixman_region32_init(&hw->pending);
    place_start(&hw->place, window_view(sink, w));
    hw->place.host = first_place(sink, w);
    sink_saw_serial(sink, w->record.serial);
    create_on_server(hw, place_clamp(hw->place.host));
    g_hash_table_insert(sink->by_id, GUINT_TO_POINTER(hw->id), hw);
    g_hash_table_insert(sink->by_xid, GUINT_TO_POINTER(hw->xid), hw);
    set_identity(hw);
    window_apply_facts(hw, w);
    if (hw->role == ROLE_MANAGED) {
        state_before_map(hw, w);
        set_user_time(hw);
    }
    hw->place_deadline = sink_deadline(sink, 2 * PLACE_ASK_MS);
    xcb_map_window(sink->display.c, hw->xid);
    return hw;
}

void window_destroy(struct host_window *hw)
{
    struct x11_sink *sink = hw->sink;

    g_hash_table_remove(sink->by_id, GUINT_TO_POINTER(hw->id));
    g_hash_table_remove(sink->by_xid, GUINT_TO_POINTER(hw->xid));
    popup_gone(sink, hw);
    order_forget(sink, hw->id);
    focus_forget(sink, hw->id);
    if (sink->input.held_id == hw->id)
        sink->input.held_id = 0;
    if (sink->input.key_window == hw->id)
        sink->input.key_window = 0;
    xcb_destroy_window(sink->display.c, hw->xid);
    pixman_region32_fini(&hw->visible);
    pixman_region32_fini(&hw->pending);
    free(hw);
}

void window_configure(struct host_window *hw, struct rect place)
{
    uint32_t values[] = {(uint32_t)place.x, (uint32_t)place.y, (uint32_t)place.w,
                         (uint32_t)place.h};

    xcb_configure_window(hw->sink->display.c, hw->xid,
                         XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                             XCB_CONFIG_WINDOW_HEIGHT,
                         values);
}
