/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a host window says about itself: the guest's facts as X properties. One way only, from the
 * scene to the server; what both sides may change (place, state, order, focus) has its own files.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>

/* ---- Title and application ---------------------------------------------------------------------
 */

static void append_text(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

/* The format with its %t and %n; a lone separator in front or behind is left out by the caller. */
static void format_title(const char *format, const char *title, const char *name, struct buf *out)
{
    for (const char *p = format; *p; p++) {
        if (*p != '%' || !p[1]) {
            buf_append(out, p, 1);
            continue;
        }
        p++;
        if (*p == 't')
            append_text(out, title);
        else if (*p == 'n')
            append_text(out, name);
        else
            buf_append(out, p, 1);
    }
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

void window_retitle(struct host_window *hw, const struct scene_window *w)
{
    struct display *d = &hw->sink->display;
    const char *title = *w->title ? w->title : w->class_name, *name = hw->sink->scene->name;
    struct buf text = BUF_INIT;
    char *note;

    if (*name)
        format_title(hw->sink->title_format, title, name, &text);
    else
        append_text(&text, title);
    note = grab_note(hw->sink, false);
    if (note) {
        buf_append(&text, " (", 2);
        append_text(&text, note);
        buf_append(&text, ")", 1);
    }
    g_free(note);
    buf_append(&text, "", 1);
    display_set_text(d, hw->xid, d->atom._NET_WM_NAME, (char *)text.data);
    display_set_text(d, hw->xid, d->atom._NET_WM_ICON_NAME, (char *)text.data);
    xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, hw->xid, XCB_ATOM_WM_NAME,
                        is_ascii((char *)text.data) ? XCB_ATOM_STRING : d->atom.UTF8_STRING, 8,
                        (uint32_t)text.len - 1, text.data);
    buf_finish(&text);
}

static void set_class(struct host_window *hw, const struct scene_window *w)
{
    struct buf text = BUF_INIT;
    const char *class_name = *w->class_name ? w->class_name : "Oriel";

    append_text(&text, *w->instance ? w->instance : "oriel");
    buf_append(&text, "", 1);
    append_text(&text, class_name);
    buf_append(&text, "", 1);
    xcb_change_property(hw->sink->display.c, XCB_PROP_MODE_REPLACE, hw->xid, XCB_ATOM_WM_CLASS,
                        XCB_ATOM_STRING, 8, (uint32_t)text.len, text.data);
    buf_finish(&text);
}

static void set_icon(struct host_window *hw, const struct scene_window *w)
{
    struct display *d = &hw->sink->display;
    size_t pixels = (size_t)w->icon_width * w->icon_height;
    uint32_t *words;

    if (!pixels) {
        xcb_delete_property(d->c, hw->xid, d->atom._NET_WM_ICON);
        return;
    }
    words = malloc((pixels + 2) * sizeof(*words));
    if (!words)
        return;
    words[0] = w->icon_width;
    words[1] = w->icon_height;
    memcpy(words + 2, w->icon, pixels * sizeof(*words));
    display_set_property(d, hw->xid, d->atom._NET_WM_ICON, XCB_ATOM_CARDINAL, (uint32_t)pixels + 2,
                         words);
    free(words);
}

/* ---- Kind, frame, limits -----------------------------------------------------------------------
 */

static xcb_atom_t type_of(const struct display *d, const struct host_window *hw)
{
    switch (hw->kind) {
    case WINDOW_DIALOG:
        return d->atom._NET_WM_WINDOW_TYPE_DIALOG;
    case WINDOW_UTILITY:
    case WINDOW_SPLASH: /* the type SPLASH is moved about by every window manager */
        return d->atom._NET_WM_WINDOW_TYPE_UTILITY;
    case WINDOW_MENU:
        return d->atom._NET_WM_WINDOW_TYPE_POPUP_MENU;
    case WINDOW_TOOLTIP:
        return d->atom._NET_WM_WINDOW_TYPE_TOOLTIP;
    case WINDOW_DND:
        return d->atom._NET_WM_WINDOW_TYPE_DND;
    case WINDOW_NOTIFICATION:
        return d->atom._NET_WM_WINDOW_TYPE_NOTIFICATION;
    case WINDOW_POPUP:
        return d->atom._NET_WM_WINDOW_TYPE_COMBO;
    default:
        return d->atom._NET_WM_WINDOW_TYPE_NORMAL;
    }
}

static void set_kind(struct host_window *hw, const struct scene_window *w)
{
    struct display *d = &hw->sink->display;
    uint32_t type, motif[5] = {2, 0, 0, 0, 0}; /* flags: decorations; none */

    hw->kind = w->record.kind;
    type = type_of(d, hw);
    display_set_property(d, hw->xid, d->atom._NET_WM_WINDOW_TYPE, XCB_ATOM_ATOM, 1, &type);
    hw->bare = hw->sink->decorations == X11_GUEST_DECORATIONS || hw->kind == WINDOW_SPLASH ||
               (w->record.flags & WINDOW_OWN_FRAME);
    if (hw->bare)
        display_set_property(d, hw->xid, d->atom._MOTIF_WM_HINTS, d->atom._MOTIF_WM_HINTS, 5,
                             motif);
    else
        xcb_delete_property(d->c, hw->xid, d->atom._MOTIF_WM_HINTS);
}

static void set_parent(struct host_window *hw, const struct scene_window *w)
{
    struct host_window *parent = window_by_id(hw->sink, w->record.parent);
    xcb_window_t xid = parent ? parent->xid : XCB_NONE;

    hw->parent = w->record.parent;
    if (xid == hw->transient_for)
        return;
    hw->transient_for = xid;
    if (xid)
        display_set_property(&hw->sink->display, hw->xid, XCB_ATOM_WM_TRANSIENT_FOR,
                             XCB_ATOM_WINDOW, 1, &xid);
    else
        xcb_delete_property(hw->sink->display.c, hw->xid, XCB_ATOM_WM_TRANSIENT_FOR);
}

/* WM_SIZE_HINTS: position and size chosen by the user, so that managers take them as they are. */
static void set_limits(struct host_window *hw, const struct scene_window *w)
{
    enum { US_POSITION = 1, US_SIZE = 2, MIN = 16, MAX = 32, INC = 64, BASE = 256, GRAVITY = 512 };
    const struct window_limits *l = &w->limits;
    struct rect at = hw->place.host, view = window_view(hw->sink, w);
    uint32_t more_w = (uint32_t)(view.w - w->record.place.w);
    uint32_t more_h = (uint32_t)(view.h - w->record.place.h);
    uint32_t h[18] = {US_POSITION | US_SIZE | GRAVITY, (uint32_t)at.x, (uint32_t)at.y,
                      (uint32_t)at.w, (uint32_t)at.h};

    if (l->min_w || l->min_h) {
        h[0] |= MIN;
        h[5] = MAX_OF(l->min_w, 1) + more_w;
        h[6] = MAX_OF(l->min_h, 1) + more_h;
    }
    if (l->max_w || l->max_h) {
        h[0] |= MAX;
        h[7] = (l->max_w ? l->max_w : RECT_SIZE_MAX) + more_w;
        h[8] = (l->max_h ? l->max_h : RECT_SIZE_MAX) + more_h;
    }
    if (l->inc_w > 1 || l->inc_h > 1) {
        h[0] |= INC | BASE;
        h[9] = MAX_OF(l->inc_w, 1);
        h[10] = MAX_OF(l->inc_h, 1);
        h[15] = l->base_w + more_w;
        h[16] = l->base_h + more_h;
    }
    h[17] = XCB_GRAVITY_STATIC;
    display_set_property(&hw->sink->display, hw->xid, XCB_ATOM_WM_NORMAL_HINTS,
                         XCB_ATOM_WM_SIZE_HINTS, 18, h);
}

static void set_hints(struct host_window *hw, const struct scene_window *w)
{
    enum { INPUT = 1, STATE = 2, URGENT = 256, NORMAL_STATE = 1, ICONIC_STATE = 3 };
    uint32_t h[9] = {INPUT | STATE, !(w->record.flags & WINDOW_NO_FOCUS),
                     w->state & WINDOW_MINIMIZED ? ICONIC_STATE : NORMAL_STATE};

    if (w->state & WINDOW_URGENT)
        h[0] |= URGENT;
    display_set_property(&hw->sink->display, hw->xid, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, 9, h);
}

/* ---- Shape -------------------------------------------------------------------------------------
 */

static void set_shape(struct host_window *hw, const struct scene_window *w)
{
    struct display *d = &hw->sink->display;
    struct rect view = window_view(hw->sink, w);
    int16_t dx = (int16_t)(w->record.place.x - view.x), dy = (int16_t)(w->record.place.y - view.y);
    xcb_rectangle_t *rects;

    if (!d->has_shape)
        return;
    if (!w->shape_count) {
        xcb_shape_mask(d->c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, hw->xid, 0, 0, XCB_NONE);
        return;
    }
    rects = malloc(w->shape_count * sizeof(*rects));
    for (uint32_t i = 0; rects && i < w->shape_count; i++) {
        struct rect r = w->shape[i];

        rects[i] = (xcb_rectangle_t){(int16_t)r.x, (int16_t)r.y, (uint16_t)r.w, (uint16_t)r.h};
    }
    if (rects)
        xcb_shape_rectangles(d->c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING,
                             XCB_CLIP_ORDERING_UNSORTED, hw->xid, dx, dy, w->shape_count, rects);
    free(rects);
}

/* ---- All of them -------------------------------------------------------------------------------
 */

static bool is_new(struct host_window *hw, const struct scene_window *w, enum scene_fact fact)
{
    return w->revision[fact] > hw->shown[fact];
}

static void apply_managed_facts(struct host_window *hw, const struct scene_window *w, bool first)
{
    bool frame = is_new(hw, w, FACT_FRAME), record = first || is_new(hw, w, FACT_WINDOW);

    if (first || is_new(hw, w, FACT_TITLE) || (is_new(hw, w, FACT_APP) && !*w->title))
        window_retitle(hw, w);
    if (is_new(hw, w, FACT_ICON))
        set_icon(hw, w);
    if (first || is_new(hw, w, FACT_LIMITS) || frame)
        set_limits(hw, w);
    if (record || is_new(hw, w, FACT_STATE))
        set_hints(hw, w);
}

void window_apply_facts(struct host_window *hw, const struct scene_window *w)
{
    bool first = !hw->shown[FACT_WINDOW];

    if (hw->role == ROLE_MANAGED)
        apply_managed_facts(hw, w, first);
    if (first || is_new(hw, w, FACT_APP))
        set_class(hw, w);
    if (first || is_new(hw, w, FACT_WINDOW))
        set_kind(hw, w);
    set_parent(hw, w); /* the parent may have appeared only now */
    if (is_new(hw, w, FACT_SHAPE) || (w->shape_count && is_new(hw, w, FACT_FRAME)))
        set_shape(hw, w);
    for (unsigned i = 0; i < FACT_COUNT; i++)
        hw->shown[i] = w->revision[i];
}
