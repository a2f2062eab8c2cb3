/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DESKTOP mode: the whole screen in one window, scaled to fit, with black bars where the aspect
 * differs. Until the person resizes it the window follows the screen's size, as far as the host's
 * work area has room. At its own size the screen is put straight from its memory; otherwise only
 * the damaged part is scaled, into a buffer that the server reads.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/buf.h"
#include "pixel/scale.h"

#include <string.h>

/* What changes the size so soon after our own request is the manager's answer to it, not a person.
 */
enum { ANSWER_US = 1000 * 1000 };

enum { RESIZE_MS = 200 }; /* from the last step of a resize to asking the guest */

enum { FRAME_WIDTH = 16, FRAME_HEIGHT = 64 };

enum { INITIAL_WIDTH = 720, INITIAL_HEIGHT = 400 }; /* a machine's text screen, until it has one */

static void initial_size(const struct x11_sink *sink, uint32_t *width, uint32_t *height)
{
    const struct surface *screen = sink->scene->screen;
    uint32_t w = screen ? screen->width : INITIAL_WIDTH;
    uint32_t h = screen ? screen->height : INITIAL_HEIGHT;
    /* The frame is not known before there is one, and a window without room for it is maximised by
       some managers. */
    uint32_t room_w = (uint32_t)MAX_OF(1, sink->display.work_area.w - FRAME_WIDTH);
    uint32_t room_h = (uint32_t)MAX_OF(1, sink->display.work_area.h - FRAME_HEIGHT);

    if (w > room_w || h > room_h) {
        struct rect fit = scale_fit(w, h, room_w, room_h);

        w = (uint32_t)fit.w;
        h = (uint32_t)fit.h;
    }
    *width = w;
    *height = h;
}

/* Where `size` begins in `room`: in the middle, or, when it is larger, so that the pointer going
   from one end of the room to the other goes from one end of the picture to the other. */
static int32_t place_along(uint32_t size, uint32_t room, int32_t pan)
{
    if (size <= room)
        return (int32_t)(room - size) / 2;
    return -(int32_t)((int64_t)(size - room) * pan / MAX_OF((int64_t)room - 1, 1));
}

static struct rect picture_place(const struct x11_sink *sink)
{
    const struct surface *screen = sink->scene->screen;
    const struct desktop *d = &sink->desktop;
    uint32_t factor = 1;

    if (sink->scale == X11_SCALE_FIT)
        return scale_fit(screen->width, screen->height, d->width, d->height);
    if (sink->scale == X11_SCALE_WHOLE)
        factor = MAX_OF(1u, MIN_OF(d->width / screen->width, d->height / screen->height));
    return (struct rect){place_along(screen->width * factor, d->width, d->pan_x),
                         place_along(screen->height * factor, d->height, d->pan_y),
                         (int32_t)(screen->width * factor), (int32_t)(screen->height * factor)};
}

/* At its own size, or smaller than the window by bars alone. */
static bool is_unscaled(const struct surface *screen, struct rect at)
{
    return (uint32_t)at.w == screen->width && (uint32_t)at.h == screen->height;
}

void desktop_retitle(struct x11_sink *sink)
{
    struct display *d = &sink->display;
    const char *name = *sink->scene->name ? sink->scene->name : "Oriel";
    bool elsewhere = sink->scene->windows_elsewhere && !sink->wants_desktop;
    g_autofree char *title = NULL, *grab = NULL;

    if (!sink->desktop.xid)
        return;
    grab = grab_note(sink, true);
    title = g_strconcat(name, sink->note ? " — " : "", sink->note ? sink->note : "",
                        elsewhere ? " (another viewer has its windows)" : "", grab ? " (" : "",
                        grab ? grab : "", grab ? ")" : "", NULL);
    display_set_text(d, sink->desktop.xid, d->atom._NET_WM_NAME, title);
    display_set_text(d, sink->desktop.xid, XCB_ATOM_WM_NAME, title);
    display_set_text(d, sink->desktop.xid, d->atom._ORIEL_MACHINE, sink->scene->name);
}

static void create(struct x11_sink *sink)
{
    static const char wm_class[] = "oriel\0Oriel";
    struct display *d = &sink->display;
    struct desktop *desktop = &sink->desktop;
    uint32_t delete_window = d->atom.WM_DELETE_WINDOW;
    uint32_t hints[9] = {1 | 2, 1, 1}; /* takes input, starts as a normal window */
    uint32_t values[] = {0, 0, XCB_GRAVITY_NORTH_WEST,
                         XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_EXPOSURE |
                             XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_KEY_PRESS |
                             XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |
                             XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION |
                             XCB_EVENT_MASK_PROPERTY_CHANGE,
                         sink->cursor};

    desktop->xid = xcb_generate_id(d->c);
    xcb_create_window(d->c, XCB_COPY_FROM_PARENT, desktop->xid, d->root, 0, 0,
                      (uint16_t)desktop->width, (uint16_t)desktop->height, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, d->visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_BIT_GRAVITY |
                          XCB_CW_EVENT_MASK | XCB_CW_CURSOR,
                      values);
    xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, desktop->xid, XCB_ATOM_WM_CLASS,
                        XCB_ATOM_STRING, 8, sizeof(wm_class), wm_class);
    display_set_property(d, desktop->xid, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, 9, hints);
    display_set_property(d, desktop->xid, d->atom.WM_PROTOCOLS, XCB_ATOM_ATOM, 1, &delete_window);
    desktop_retitle(sink);
    xcb_map_window(d->c, desktop->xid);
}

bool desktop_is_shown(const struct x11_sink *sink)
{
    return sink->desktop.xid || sink->desktop.by_owner;
}

void desktop_show(struct x11_sink *sink)
{
    struct desktop *desktop = &sink->desktop;

    if (desktop_is_shown(sink))
        return;
    desktop->by_owner = sink->ops->whole && sink->ops->whole(sink->owner, true);
    if (desktop->by_owner)
        return;
    initial_size(sink, &desktop->width, &desktop->height);
    desktop->followed_width = desktop->width;
    desktop->followed_height = desktop->height;
    desktop->asked_at = g_get_monotonic_time();
    pixman_region32_init(&desktop->pending);
    create(sink);
}

void desktop_hide(struct x11_sink *sink)
{
    struct desktop *desktop = &sink->desktop;

    if (desktop->by_owner) {
        desktop->by_owner = false;
        sink->ops->whole(sink->owner, false);
    }
    if (!desktop->xid)
        return;
    grab_release(sink);
    bubble_lost(sink, desktop->xid);
    xcb_destroy_window(sink->display.c, desktop->xid);
    if (desktop->dimming)
        xcb_free_gc(sink->display.c, desktop->dimming);
    picture_set(&sink->display, &desktop->scaled, NULL);
    pixman_region32_fini(&desktop->pending);
    *desktop = (struct desktop){0};
}

static void repaint(struct x11_sink *sink)
{
    struct desktop *desktop = &sink->desktop;
    const struct surface *screen = sink->scene->screen;

    if (!screen)
        return;
    pixman_region32_union_rect(&desktop->pending, &desktop->pending, 0, 0, screen->width,
                               screen->height);
    sink->paint.due = true;
}

void desktop_note_changed(struct x11_sink *sink)
{
    desktop_retitle(sink);
    bubble_update(sink);
    if (sink->desktop.xid)
        repaint(sink);
}

/* False once a person has given the window another size. */
static bool is_followed(const struct desktop *desktop)
{
    return (desktop->width == desktop->followed_width &&
            desktop->height == desktop->followed_height) ||
           g_get_monotonic_time() < desktop->asked_at + ANSWER_US;
}

static void resized(struct x11_sink *sink, uint32_t width, uint32_t height)
{
    struct desktop *desktop = &sink->desktop;
    bool answer = g_get_monotonic_time() < desktop->asked_at + ANSWER_US;

    if (width == desktop->width && height == desktop->height)
        return;
    desktop->width = width;
    desktop->height = height;
    if (answer) {
        desktop->followed_width = width;
        desktop->followed_height = height;
    } else if (sink->resize == X11_RESIZE_WINDOW) {
        desktop->resize_deadline = sink_deadline(sink, RESIZE_MS);
    }
    xcb_clear_area(sink->display.c, false, desktop->xid, 0, 0, 0, 0); /* the bars are elsewhere */
    bubble_update(sink);
    repaint(sink);
}

/* The person's hand has rested. What comes back, if anything, is a screen of that size. */
void desktop_deadline(struct x11_sink *sink, int64_t now)
{
    struct desktop *desktop = &sink->desktop;

    if (!desktop->resize_deadline || now < desktop->resize_deadline)
        return;
    desktop->resize_deadline = 0;
    desktop->followed_width = desktop->width;
    desktop->followed_height = desktop->height;
    scene_send_screen_size(sink->scene, MIN_OF(desktop->width, RECT_SIZE_MAX),
                           MIN_OF(desktop->height, RECT_SIZE_MAX), 0, 0);
}

void desktop_screen_changed(struct x11_sink *sink)
{
    struct desktop *desktop = &sink->desktop;
    uint32_t w, h;

    if (!desktop->xid)
        return;
    pixman_region32_clear(&desktop->pending);
    xcb_clear_area(sink->display.c, false, desktop->xid, 0, 0, 0, 0);
    initial_size(sink, &w, &h);
    if (is_followed(desktop) && (w != desktop->followed_width || h != desktop->followed_height)) {
        desktop->followed_width = w;
        desktop->followed_height = h;
        desktop->asked_at = g_get_monotonic_time();
        xcb_configure_window(sink->display.c, desktop->xid,
                             XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                             (uint32_t[2]){w, h});
    }
    repaint(sink);
}

void desktop_damage(struct x11_sink *sink, const pixman_region32_t *region)
{
    struct desktop *desktop = &sink->desktop;

    if (!desktop->xid)
        return;
    pixman_region32_union(&desktop->pending, &desktop->pending, (pixman_region32_t *)region);
    sink->paint.due = true;
}

/* Every other pixel black, over what has just been painted. */
static void dim(struct x11_sink *sink, struct rect r)
{
    static const uint8_t chequered[] = {0x55, 0, 0, 0, 0xaa, 0, 0, 0};
    struct display *d = &sink->display;
    struct desktop *desktop = &sink->desktop;

    if (!desktop->dimming) {
        xcb_pixmap_t pattern = xcb_generate_id(d->c);
        xcb_gcontext_t bits = xcb_generate_id(d->c);

        xcb_create_pixmap(d->c, 1, pattern, desktop->xid, 2, 2);
        xcb_create_gc(d->c, bits, pattern, 0, NULL);
        xcb_put_image(d->c, XCB_IMAGE_FORMAT_XY_PIXMAP, pattern, bits, 2, 2, 0, 0, 0, 1,
                      sizeof(chequered), chequered);
        xcb_free_gc(d->c, bits);
        desktop->dimming = xcb_generate_id(d->c);
        xcb_create_gc(d->c, desktop->dimming, desktop->xid,
                      XCB_GC_FOREGROUND | XCB_GC_FILL_STYLE | XCB_GC_STIPPLE,
                      (uint32_t[3]){0, XCB_FILL_STYLE_STIPPLED, pattern});
        xcb_free_pixmap(d->c, pattern);
    }
    xcb_poly_fill_rectangle(
        d->c, desktop->xid, desktop->dimming, 1,
        &(xcb_rectangle_t){(int16_t)r.x, (int16_t)r.y, (uint16_t)r.w, (uint16_t)r.h});
}

static bool paint_scaled(struct x11_sink *sink, struct rect changed, struct rect at, bool notify)
{
    struct desktop *desktop = &sink->desktop;
    const struct surface *screen = sink->scene->screen;
    struct surface *buffer = desktop->scaled.surface;
    struct rect window = {0, 0, (int32_t)desktop->width, (int32_t)desktop->height};
    struct rect r =
        rect_intersect(scale_affected(changed, screen->width, screen->height, at), window);

    if (!buffer || buffer->width != desktop->width || buffer->height != desktop->height) {
        buffer = picture_buffer(desktop->width, desktop->height);
        picture_set(&sink->display, &desktop->scaled, buffer);
        surface_unref(buffer);
    }
    scale_paint(desktop->scaled.surface, at, screen, r);
    return !rect_is_empty(r) &&
           picture_put(&sink->display, &desktop->scaled, desktop->xid, r, r.x, r.y, notify);
}

bool desktop_paint(struct x11_sink *sink)
{
    struct desktop *desktop = &sink->desktop;
    const struct surface *screen = sink->paint.screen.surface;
    pixman_box32_t *boxes;
    struct rect at;
    bool answered = false;
    int count;

    if (!desktop->xid || !desktop->viewable)
        return false;
    at = picture_place(sink);
    boxes = pixman_region32_rectangles(&desktop->pending, &count);
    for (int i = 0; i < count; i++) {
        struct rect r = {boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                         boxes[i].y2 - boxes[i].y1};
        bool last = i == count - 1;

        if (is_unscaled(screen, at))
            answered |= picture_put(&sink->display, &sink->paint.screen, desktop->xid, r,
                                    r.x + at.x, r.y + at.y, last);
        else
            answered |= paint_scaled(sink, r, at, last);
    }
    if (sink->note && count)
        dim(sink, (struct rect){0, 0, (int32_t)desktop->width, (int32_t)desktop->height});
    pixman_region32_clear(&desktop->pending);
    return answered;
}

bool desktop_event(struct x11_sink *sink, const xcb_generic_event_t *event)
{
    struct desktop *desktop = &sink->desktop;
    struct display *d = &sink->display;
    const xcb_configure_notify_event_t *configure = (const void *)event;
    const xcb_client_message_event_t *message = (const void *)event;

    /* ConfigureNotify, MapNotify and UnmapNotify have the same first two windows. */
    switch (event->response_type & 0x7f) {
    case XCB_CONFIGURE_NOTIFY:
        if (!desktop->xid || configure->window != desktop->xid)
            return false;
        resized(sink, configure->width, configure->height);
        return true;
    case XCB_MAP_NOTIFY:
    case XCB_UNMAP_NOTIFY:
        if (!desktop->xid || configure->window != desktop->xid)
            return false;
        desktop->viewable = (event->response_type & 0x7f) == XCB_MAP_NOTIFY;
        return true;
    case XCB_EXPOSE:
        if (!desktop->xid ||
            ((const xcb_expose_event_t *)(const void *)event)->window != desktop->xid)
            return false;
        repaint(sink);
        return true;
    case XCB_CLIENT_MESSAGE:
        if (!desktop->xid || message->window != desktop->xid ||
            message->data.data32[0] != d->atom.WM_DELETE_WINDOW)
            return false;
        sink->ops->closed(sink->owner);
        return true;
    default:
        return false;
    }
}

static void pan(struct x11_sink *sink, int32_t x, int32_t y)
{
    struct desktop *desktop = &sink->desktop;
    struct rect before = picture_place(sink);

    desktop->pan_x = MAX_OF(0, MIN_OF(x, (int32_t)desktop->width - 1));
    desktop->pan_y = MAX_OF(0, MIN_OF(y, (int32_t)desktop->height - 1));
    if (!rect_equal(before, picture_place(sink)))
        repaint(sink);
}

void desktop_next_scale(struct x11_sink *sink)
{
    sink->scale = (sink->scale + 1) % X11_SCALE_COUNT;
    if (!sink->desktop.xid)
        return;
    xcb_clear_area(sink->display.c, false, sink->desktop.xid, 0, 0, 0, 0); /* the bars */
    repaint(sink);
}

void desktop_pointer(struct x11_sink *sink, int32_t x, int32_t y, uint32_t buttons)
{
    const struct surface *screen = sink->scene->screen;
    struct desktop *desktop = &sink->desktop;
    struct rect at;

    if (!screen || !desktop->xid)
        return;
    pan(sink, x, y);
    at = picture_place(sink);
    x = scale_point(x, at.x, at.w, screen->width);
    y = scale_point(y, at.y, at.h, screen->height);
    if (sink->scene->pointer_is_absolute) /* else grab.c's */
        scene_send_pointer(sink->scene, x, y, buttons);
}
