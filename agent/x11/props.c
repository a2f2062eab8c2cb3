/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a window says of itself: the properties and the geometry of one win, fetched when an event
 * made them doubtful, compared with what was known, and marked dirty where they differ. The bytes
 * are read in props_parse.c.
 */
#include "agent.h"

#include "base/arith.h"
#include "base/mem.h"
#include "props_parse.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>

enum {
    TEXT_ITEMS = WINDOW_MAX_TEXT, /* 32-bit items to ask for: any encoding of the longest text */
    STATES_MAX = 32,
};

void props_finish(struct win *w)
{
    free(w->title);
    free(w->instance);
    free(w->class_name);
    free(w->app_id);
}

uint64_t props_hash(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash ? hash : 1;
}

static unsigned fetch_of_atom(const struct agent *a, xcb_atom_t atom)
{
    if (atom == a->atom[ATOM__NET_WM_NAME] || atom == XCB_ATOM_WM_NAME)
        return FETCH_TITLE;
    if (atom == XCB_ATOM_WM_CLASS || atom == a->atom[ATOM__NET_WM_PID] ||
        atom == a->atom[ATOM__GTK_APPLICATION_ID] || atom == a->atom[ATOM__NET_WM_DESKTOP_FILE])
        return FETCH_APP;
    if (atom == a->atom[ATOM__NET_WM_ICON])
        return FETCH_ICON;
    if (atom == XCB_ATOM_WM_HINTS)
        return FETCH_STATE | FETCH_ICON;
    if (atom == a->atom[ATOM__NET_WM_STATE] || atom == a->atom[ATOM_WM_PROTOCOLS])
        return FETCH_STATE;
    if (atom == XCB_ATOM_WM_NORMAL_HINTS)
        return FETCH_LIMITS;
    if (atom == a->atom[ATOM__NET_WM_WINDOW_TYPE] || atom == XCB_ATOM_WM_TRANSIENT_FOR)
        return FETCH_KIND;
    if (atom == a->atom[ATOM__GTK_FRAME_EXTENTS] || atom == a->atom[ATOM__NET_FRAME_EXTENTS])
        return FETCH_PLACE;
    if (atom == a->atom[ATOM__MOTIF_WM_HINTS])
        return FETCH_MOTIF;
    return 0;
}

void props_event(struct agent *a, const xcb_property_notify_event_t *event)
{
    struct win *w;

    if (event->atom == a->atom[ATOM__NET_FRAME_EXTENTS] && event->state == XCB_PROPERTY_NEW_VALUE)
        manager_answered(a, event->window);
    if (event->window == a->root) {
        if (event->atom == a->atom[ATOM__NET_SUPPORTED] ||
            event->atom == a->atom[ATOM__NET_SUPPORTING_WM_CHECK])
            manager_refresh(a);
        else if (event->atom == a->atom[ATOM__NET_WORKAREA] ||
                 event->atom == a->atom[ATOM__NET_CURRENT_DESKTOP])
            a->desktop_check = true;
        else if (event->atom == a->atom[ATOM__NET_ACTIVE_WINDOW])
            a->focus_check = true;
    } else if ((w = tree_win_of(a, event->window))) {
        w->fetch |= fetch_of_atom(a, event->atom);
    }
}

/* Takes the new text; true when it is another one. */
static bool take_text(char **field, char *text)
{
    bool other = strcmp(*field ? *field : "", text) != 0;

    free(*field);
    *field = text;
    return other;
}

static char *text_of(struct agent *a, const xcb_get_property_reply_t *reply)
{
    enum text_encoding encoding = TEXT_LATIN1;

    if (!reply || reply->format != 8)
        return mem_strdup("");
    if (reply->type == a->atom[ATOM_UTF8_STRING])
        encoding = TEXT_UTF8;
    else if (reply->type == a->atom[ATOM_COMPOUND_TEXT])
        encoding = TEXT_COMPOUND;
    return parse_text(xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply),
                      encoding);
}

static void refresh_title(struct agent *a, struct win *w)
{
    xcb_get_property_cookie_t net = x_ask(a, w->xid, a->atom[ATOM__NET_WM_NAME], TEXT_ITEMS);
    xcb_get_property_cookie_t old = x_ask(a, w->xid, XCB_ATOM_WM_NAME, TEXT_ITEMS);
    xcb_get_property_reply_t *net_reply = x_answer(a, net), *old_reply = x_answer(a, old);

    if (take_text(&w->title, text_of(a, net_reply ? net_reply : old_reply)))
        w->dirty |= FACT_TITLE;
    free(net_reply);
    free(old_reply);
}

static void refresh_app(struct agent *a, struct win *w)
{
    xcb_get_property_cookie_t class_cookie = x_ask(a, w->xid, XCB_ATOM_WM_CLASS, TEXT_ITEMS);
    xcb_get_property_cookie_t gtk_cookie =
        x_ask(a, w->xid, a->atom[ATOM__GTK_APPLICATION_ID], TEXT_ITEMS);
    xcb_get_property_cookie_t file_cookie =
        x_ask(a, w->xid, a->atom[ATOM__NET_WM_DESKTOP_FILE], TEXT_ITEMS);
    xcb_get_property_reply_t *class_reply = x_answer(a, class_cookie);
    xcb_get_property_reply_t *gtk_reply = x_answer(a, gtk_cookie);
    xcb_get_property_reply_t *file_reply = x_answer(a, file_cookie);
    uint32_t pid = x_card(a, w->xid, a->atom[ATOM__NET_WM_PID]);
    char *instance, *class_name;
    bool other;

    parse_class(class_reply ? xcb_get_property_value(class_reply) : "",
                class_reply ? (size_t)xcb_get_property_value_length(class_reply) : 0, &instance,
                &class_name);
    other = take_text(&w->instance, instance);
    other |= take_text(&w->class_name, class_name);
    other |= take_text(&w->app_id, text_of(a, gtk_reply ? gtk_reply : file_reply));
    if (other || pid != w->pid)
        w->dirty |= FACT_APP;
    w->pid = pid;
    free(class_reply);
    free(gtk_reply);
    free(file_reply);
}

static uint32_t net_state(struct agent *a, const uint32_t *atoms, size_t count)
{
    static const struct {
        enum atom_name atom;
        uint32_t bit;
    } table[] = {
        {ATOM__NET_WM_STATE_HIDDEN, WINDOW_MINIMIZED},
        {ATOM__NET_WM_STATE_MAXIMIZED_HORZ, WINDOW_MAXIMIZED_H},
        {ATOM__NET_WM_STATE_MAXIMIZED_VERT, WINDOW_MAXIMIZED_V},
        {ATOM__NET_WM_STATE_FULLSCREEN, WINDOW_FULLSCREEN},
        {ATOM__NET_WM_STATE_MODAL, WINDOW_MODAL},
        {ATOM__NET_WM_STATE_DEMANDS_ATTENTION, WINDOW_URGENT},
        {ATOM__NET_WM_STATE_ABOVE, WINDOW_ABOVE},
        {ATOM__NET_WM_STATE_BELOW, WINDOW_BELOW},
        {ATOM__NET_WM_STATE_SKIP_TASKBAR, WINDOW_SKIP_TASKBAR},
    };
    uint32_t bits = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < ARRAY_LEN(table); k++)
            if (atoms[i] == a->atom[table[k].atom])
                bits |= table[k].bit;
    return bits;
}

/* WM_HINTS and WM_PROTOCOLS together: does the window never take the keyboard? */
static bool refuses_focus(struct agent *a, const uint32_t *hints, size_t hint_count,
                          const xcb_get_property_reply_t *protocols)
{
    size_t count;
    const uint32_t *atoms = x_items(protocols, &count);

    if (hint_count < 2 || !(hints[0] & 1) || hints[1])
        return false;
    for (size_t i = 0; i < count; i++)
        if (atoms[i] == a->atom[ATOM_WM_TAKE_FOCUS])
            return false;
    return true;
}

static void set_flags(struct win *w, uint32_t flags)
{
    if (w->flags != flags)
        w->dirty |= FACT_WINDOW;
    w->flags = flags;
}

/*
 * Not on the screen though managed: minimised, or on another of the guest's desktops. A frame that
 * left the screen while the manager still calls its window normal may just as well belong to one
 * that is being closed: then the manager is about to say so, and is waited for. Hosts minimise a
 * dialog together with its parents, so a wrong word here is felt.
 */
static bool is_off_screen(struct agent *a, struct win *w)
{
    const struct top *t = tree_top(a, w->top);
    bool hidden = w->managed && t && !t->mapped;

    if (!hidden)
        w->hide_ticket = 0;
    else if (!w->hide_ticket && w->wm_state != 3)
        w->hide_ticket = manager_barrier(a);
    if (w->managed && w->wm_state == 3)
        return true;
    return hidden && (manager_passed(a, w->hide_ticket) || w->state & WINDOW_MINIMIZED);
}

void props_settle(struct agent *a)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (w->hide_ticket && !w->gone && !(w->state & WINDOW_MINIMIZED) &&
            manager_passed(a, w->hide_ticket))
            w->fetch |= FETCH_STATE;
}

static void refresh_state(struct agent *a, struct win *w)
{
    enum { URGENCY = 1 << 8 };
    xcb_get_property_cookie_t state_cookie =
        x_ask(a, w->xid, a->atom[ATOM__NET_WM_STATE], STATES_MAX);
    xcb_get_property_cookie_t hints_cookie = x_ask(a, w->xid, XCB_ATOM_WM_HINTS, 9);
    xcb_get_property_cookie_t protocols_cookie =
        x_ask(a, w->xid, a->atom[ATOM_WM_PROTOCOLS], STATES_MAX);
    xcb_get_property_reply_t *state_reply = x_answer(a, state_cookie);
    xcb_get_property_reply_t *hints_reply = x_answer(a, hints_cookie);
    xcb_get_property_reply_t *protocols_reply = x_answer(a, protocols_cookie);
    size_t count;
    const uint32_t *items = x_items(state_reply, &count);
    uint32_t state = net_state(a, items, count), flags = w->flags;

    items = x_items(hints_reply, &count);
    if (count && items[0] & URGENCY)
        state |= WINDOW_URGENT;
    if (is_off_screen(a, w))
        state |= WINDOW_MINIMIZED;
    if (!w->managed)
        state &= ~(uint32_t)WINDOW_MINIMIZED;
    if (state != w->state)
        w->dirty |= FACT_STATE;
    w->state = state;
    flags &= ~(uint32_t)(WINDOW_UNMANAGED | WINDOW_NO_FOCUS);
    if (w->override_redirect)
        flags |= WINDOW_UNMANAGED | WINDOW_NO_FOCUS;
    if (refuses_focus(a, items, count, protocols_reply))
        flags |= WINDOW_NO_FOCUS;
    set_flags(w, flags);
    free(state_reply);
    free(hints_reply);
    free(protocols_reply);
}

static void refresh_limits(struct agent *a, struct win *w)
{
    xcb_get_property_reply_t *reply = x_answer(a, x_ask(a, w->xid, XCB_ATOM_WM_NORMAL_HINTS, 18));
    size_t count;
    const uint32_t *items = x_items(reply, &count);
    struct window_limits limits = {0};

    if (count && !w->override_redirect)
        limits = parse_normal_hints(items, count, w->shadow);
    if (memcmp(&limits, &w->limits, sizeof limits)) {
        w->limits = limits;
        w->dirty |= FACT_LIMITS;
    }
    free(reply);
}

static void take_own_frame(struct win *w)
{
    bool shadowed = w->shadow.left || w->shadow.right || w->shadow.top || w->shadow.bottom;
    uint32_t flags = w->flags & ~(uint32_t)WINDOW_OWN_FRAME;

    set_flags(w, w->client_bare || shadowed ? flags | WINDOW_OWN_FRAME : flags);
}

static struct rect limit_place(struct rect r)
{
    r.x = MAX_OF(-RECT_PLACE_MAX, MIN_OF(r.x, RECT_PLACE_MAX));
    r.y = MAX_OF(-RECT_PLACE_MAX, MIN_OF(r.y, RECT_PLACE_MAX));
    r.w = MAX_OF(1, MIN_OF(r.w, RECT_SIZE_MAX));
    r.h = MAX_OF(1, MIN_OF(r.h, RECT_SIZE_MAX));
    return r;
}

static bool extents_equal(struct extents p, struct extents q)
{
    return p.left == q.left && p.right == q.right && p.top == q.top && p.bottom == q.bottom;
}

/* How far `outer` reaches beyond `inner`, within what the protocol can say. */
static struct extents reach(struct rect outer, struct rect inner)
{
    uint32_t side[4] = {
        (uint32_t)MAX_OF(0, inner.x - outer.x),
        (uint32_t)MAX_OF(0, outer.x + outer.w - inner.x - inner.w),
        (uint32_t)MAX_OF(0, inner.y - outer.y),
        (uint32_t)MAX_OF(0, outer.y + outer.h - inner.y - inner.h),
    };

    return parse_extents(side, 4);
}

/* What is seen of a frame: its window may reach further, to be caught by the pointer (metacity). */
static struct extents seen_of(struct extents real, struct extents said)
{
    return (struct extents){MIN_OF(real.left, said.left), MIN_OF(real.right, said.right),
                            MIN_OF(real.top, said.top), MIN_OF(real.bottom, said.bottom)};
}

/* said: the manager's own word on the frame; NULL when it has none. */
static void take_place(struct win *w, struct rect client, struct rect outer, struct extents shadow,
                       const struct extents *said)
{
    struct rect place = limit_place(rect_shrink(client, shadow));
    struct extents frame = {0};

    if (client.w <= shadow.left + shadow.right || client.h <= shadow.top + shadow.bottom) {
        shadow = (struct extents){0};
        place = limit_place(client);
    }
    if (!rect_equal(outer, client))
        frame = reach(outer, place);
    if (said)
        frame = seen_of(frame, *said);
    if (!rect_equal(place, w->place))
        w->dirty |= FACT_WINDOW;
    if ((place.w != w->place.w || place.h != w->place.h) && w->shape_hash)
        w->fetch |= FETCH_SHAPE;
    if (!extents_equal(shadow, w->shadow)) {
        w->fetch |= FETCH_LIMITS | FETCH_SHAPE;
        w->dirty |= FACT_FRAME;
    }
    if (!extents_equal(frame, w->frame))
        w->dirty |= FACT_FRAME;
    w->client = client;
    w->place = place;
    w->frame = frame;
    w->shadow = shadow;
    take_own_frame(w);
}

static void refresh_place(struct agent *a, struct win *w)
{
    xcb_get_geometry_cookie_t inner_cookie = xcb_get_geometry(a->x, w->xid);
    xcb_translate_coordinates_cookie_t at_cookie =
        xcb_translate_coordinates(a->x, w->xid, a->root, 0, 0);
    xcb_get_geometry_cookie_t outer_cookie = xcb_get_geometry(a->x, w->top);
    xcb_get_property_cookie_t shadow_cookie = x_ask(a, w->xid, a->atom[ATOM__GTK_FRAME_EXTENTS], 4);
    xcb_get_property_cookie_t frame_cookie = x_ask(a, w->xid, a->atom[ATOM__NET_FRAME_EXTENTS], 4);
    xcb_get_geometry_reply_t *inner = xcb_get_geometry_reply(a->x, inner_cookie, NULL);
    xcb_translate_coordinates_reply_t *at = xcb_translate_coordinates_reply(a->x, at_cookie, NULL);
    xcb_get_geometry_reply_t *outer = xcb_get_geometry_reply(a->x, outer_cookie, NULL);
    xcb_get_property_reply_t *shadow_reply = x_answer(a, shadow_cookie);
    xcb_get_property_reply_t *frame_reply = x_answer(a, frame_cookie);
    size_t count, frame_count;
    const uint32_t *items = x_items(shadow_reply, &count);
    const uint32_t *frame_items = x_items(frame_reply, &frame_count);
    struct extents said = parse_extents(frame_items, frame_count);

    if (inner && at && outer) {
        struct rect outer_rect = {outer->x, outer->y, outer->width + 2 * outer->border_width,
                                  outer->height + 2 * outer->border_width};
        struct rect client = {at->dst_x, at->dst_y, inner->width, inner->height};

        if (w->xid == w->top)
            client = outer_rect;
        take_place(w, client, outer_rect, parse_extents(items, count),
                   frame_count >= 4 ? &said : NULL);
    }
    free(inner);
    free(at);
    free(outer);
    free(shadow_reply);
    free(frame_reply);
}

uint32_t props_shape(struct agent *a, struct win *w, struct rect **rects)
{
    xcb_shape_get_rectangles_reply_t *reply;
    const struct top *t = tree_top(a, w->top);
    int32_t border = t && w->xid == w->top ? t->border : 0;
    uint32_t count = 0;

    *rects = NULL;
    if (!a->shape_event)
        return 0;
    reply = xcb_shape_get_rectangles_reply(
        a->x, xcb_shape_get_rectangles(a->x, w->xid, XCB_SHAPE_SK_BOUNDING), NULL);
    if (reply)
        count = parse_shape((const void *)xcb_shape_get_rectangles_rectangles(reply),
                            (size_t)xcb_shape_get_rectangles_rectangles_length(reply),
                            border - w->shadow.left, border - w->shadow.top, w->place.w, w->place.h,
                            rects);
    free(reply);
    return count;
}

void props_refresh(struct agent *a, struct win *w)
{
    unsigned fetch;

    if (w->fetch & FETCH_PLACE)
        refresh_place(a, w);
    fetch = w->fetch;
    w->fetch = 0;
    if (fetch & FETCH_TITLE)
        refresh_title(a, w);
    if (fetch & FETCH_APP)
        refresh_app(a, w);
    if (fetch & FETCH_STATE)
        refresh_state(a, w);
    if (fetch & FETCH_LIMITS)
        refresh_limits(a, w);
    if (fetch & FETCH_KIND)
        popup_refresh(a, w);
    if (fetch & FETCH_SHAPE)
        w->dirty |= FACT_SHAPE;
    if (fetch & FETCH_ICON)
        w->dirty |= FACT_ICON;
    if (fetch & FETCH_MOTIF) {
        frames_refresh(a, w);
        take_own_frame(w);
    }
}
