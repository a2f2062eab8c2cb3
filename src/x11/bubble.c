/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few lines of text over what is shown: the commands that can be chosen, what became of one, and
 * why there is no connection. Titles say it too, but they are narrow and not everybody has them. A
 * small window with a core font, which every X server has: in the window of DESKTOP mode, or by
 * itself at the top of the work area. It takes no input.
 */
#include "x11/private.h"

#include "base/arith.h"

#include <stdlib.h>
#include <string.h>

enum { MARGIN = 12, LINE_GAP = 2, INK = 0xf0f0f0, PAPER = 0x202428 };

/* One that is good to read, else the one that is always there. */
static void find_font(struct x11_sink *sink)
{
    static const char *const names[] = {"9x15", "fixed"};
    struct display *d = &sink->display;
    struct bubble *b = &sink->bubble;
    xcb_query_font_reply_t *r = NULL;

    for (size_t i = 0; i < ARRAY_LEN(names) && !r; i++) {
        b->font = xcb_generate_id(d->c);
        xcb_open_font(d->c, b->font, (uint16_t)strlen(names[i]), names[i]);
        r = xcb_query_font_reply(d->c, xcb_query_font(d->c, b->font), NULL);
    }
    b->ascent = r ? (uint32_t)r->font_ascent : 11;
    b->height = (r ? (uint32_t)(r->font_ascent + r->font_descent) : 13) + LINE_GAP;
    b->width = r ? (uint32_t)r->max_bounds.character_width : 6;
    free(r);
}

static void hide(struct x11_sink *sink)
{
    struct bubble *b = &sink->bubble;

    if (b->xid)
        xcb_destroy_window(sink->display.c, b->xid);
    b->xid = XCB_NONE;
}

static struct rect place_of(const struct x11_sink *sink, const char *const *lines)
{
    const struct bubble *b = &sink->bubble;
    const struct desktop *desktop = &sink->desktop;
    struct rect room = sink->display.work_area;
    size_t columns = 0, count = 0;
    struct rect r;

    if (desktop->xid)
        room = (struct rect){0, 0, (int32_t)desktop->width, (int32_t)desktop->height};
    for (; lines[count]; count++)
        columns = MAX_OF(columns, strlen(lines[count]));
    r.w = (int32_t)(columns * b->width) + 2 * MARGIN;
    r.h = (int32_t)(count * b->height) + 2 * MARGIN;
    r.x = room.x + (room.w - r.w) / 2;
    r.y = room.y + MAX_OF(0, MIN_OF(room.h / 8, room.h - r.h));
    return r;
}

static void draw(struct x11_sink *sink, const char *const *lines)
{
    struct display *d = &sink->display;
    struct bubble *b = &sink->bubble;

    xcb_change_gc(d->c, b->gc, XCB_GC_FOREGROUND | XCB_GC_BACKGROUND, (uint32_t[2]){INK, PAPER});
    for (int i = 0; lines[i]; i++)
        xcb_image_text_8(d->c, (uint8_t)MIN_OF(strlen(lines[i]), (size_t)255), b->xid, b->gc,
                         MARGIN, (int16_t)(MARGIN + (int)b->ascent + i * (int)b->height), lines[i]);
}

static void show(struct x11_sink *sink, const char *const *lines)
{
    struct display *d = &sink->display;
    struct bubble *b = &sink->bubble;
    xcb_window_t parent = sink->desktop.xid ? sink->desktop.xid : d->root;
    struct rect r;

    if (b->parent != parent)
        hide(sink);
    if (!b->font)
        find_font(sink);
    r = place_of(sink, lines);
    if (!b->xid) {
        b->parent = parent;
        b->xid = xcb_generate_id(d->c);
        xcb_create_window(d->c, XCB_COPY_FROM_PARENT, b->xid, parent, (int16_t)r.x, (int16_t)r.y,
                          (uint16_t)r.w, (uint16_t)r.h, 1, XCB_WINDOW_CLASS_INPUT_OUTPUT, d->visual,
                          XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_OVERRIDE_REDIRECT |
                              XCB_CW_EVENT_MASK,
                          (uint32_t[]){PAPER, INK, true, XCB_EVENT_MASK_EXPOSURE});
    }
    if (!b->gc) {
        b->gc = xcb_generate_id(d->c);
        xcb_create_gc(d->c, b->gc, b->xid, XCB_GC_FONT, &b->font);
    }
    xcb_configure_window(d->c, b->xid,
                         XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                             XCB_CONFIG_WINDOW_HEIGHT | XCB_CONFIG_WINDOW_STACK_MODE,
                         (uint32_t[]){(uint32_t)r.x, (uint32_t)r.y, (uint32_t)r.w, (uint32_t)r.h,
                                      XCB_STACK_MODE_ABOVE});
    xcb_clear_area(d->c, true, b->xid, 0, 0, 0, 0); /* an exposure draws it */
    xcb_map_window(d->c, b->xid);
}

/* Which lines there are to show, the last NULL; NULL: none. `one` has room for one of them. */
static const char *const *lines_of(const struct x11_sink *sink, const char *one[2])
{
    one[0] = sink->command.text ? sink->command.text : sink->note;
    one[1] = NULL;
    if (sink->command.is_open)
        return command_lines;
    return one[0] ? one : NULL;
}

void bubble_update(struct x11_sink *sink)
{
    const char *one[2];
    const char *const *lines = lines_of(sink, one);

    if (lines && !sink->waits)
        show(sink, lines);
    else
        hide(sink);
}

void bubble_lost(struct x11_sink *sink, xcb_window_t parent)
{
    if (sink->bubble.parent == parent)
        sink->bubble.xid = XCB_NONE;
}

bool bubble_event(struct x11_sink *sink, const xcb_generic_event_t *event)
{
    const xcb_expose_event_t *e = (const void *)event;
    const char *one[2];
    const char *const *lines;

    if ((event->response_type & 0x7f) != XCB_EXPOSE || !sink->bubble.xid ||
        e->window != sink->bubble.xid)
        return false;
    lines = lines_of(sink, one);
    if (lines && !e->count)
        draw(sink, lines);
    return true;
}
