/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's pointer image as the host's cursor over our windows, by Render's ARGB cursors. Hidden
 * in the guest is hidden here; an image that is not known is the host's own pointer.
 */
#include "x11/private.h"

xcb_cursor_t cursor_hidden(struct display *d)
{
    xcb_cursor_t cursor = xcb_generate_id(d->c);
    xcb_pixmap_t dot = xcb_generate_id(d->c);
    xcb_gcontext_t gc = xcb_generate_id(d->c);

    xcb_create_pixmap(d->c, 1, dot, d->root, 1, 1);
    xcb_create_gc(d->c, gc, dot, XCB_GC_FOREGROUND, (uint32_t[1]){0});
    xcb_poly_fill_rectangle(d->c, dot, gc, 1, &(xcb_rectangle_t){0, 0, 1, 1});
    xcb_create_cursor(d->c, cursor, dot, dot, 0, 0, 0, 0, 0, 0, 0, 0);
    xcb_free_gc(d->c, gc);
    xcb_free_pixmap(d->c, dot);
    return cursor;
}

static xcb_cursor_t image_cursor(struct display *d, const struct cursor *image)
{
    xcb_cursor_t cursor = xcb_generate_id(d->c);
    xcb_pixmap_t pixmap = xcb_generate_id(d->c);
    xcb_render_picture_t picture = xcb_generate_id(d->c);
    xcb_gcontext_t gc = xcb_generate_id(d->c);
    uint32_t row = image->width * 4, rows = 128 * 1024 / row + 1;

    xcb_create_pixmap(d->c, 32, pixmap, d->root, (uint16_t)image->width, (uint16_t)image->height);
    xcb_create_gc(d->c, gc, pixmap, 0, NULL);
    for (uint32_t y = 0; y < image->height; y += rows) {
        uint32_t n = image->height - y < rows ? image->height - y : rows;

        xcb_put_image(d->c, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc, (uint16_t)image->width,
                      (uint16_t)n, 0, (int16_t)y, 0, 32, n * row,
                      (const uint8_t *)(image->pixels + (size_t)y * image->width));
    }
    xcb_render_create_picture(d->c, picture, pixmap, d->argb, 0, NULL);
    xcb_render_create_cursor(d->c, cursor, picture, (uint16_t)image->hot_x, (uint16_t)image->hot_y);
    xcb_render_free_picture(d->c, picture);
    xcb_free_gc(d->c, gc);
    xcb_free_pixmap(d->c, pixmap);
    return cursor;
}

static xcb_cursor_t make_cursor(struct display *d, const struct cursor *image)
{
    if (!image)
        return XCB_NONE;
    if (!image->width || !image->height)
        return cursor_hidden(d);
    return d->argb ? image_cursor(d, image) : XCB_NONE;
}

static void set_cursor(struct x11_sink *sink, xcb_window_t xid)
{
    xcb_change_window_attributes(sink->display.c, xid, XCB_CW_CURSOR, &sink->cursor);
}

void cursor_update(struct x11_sink *sink)
{
    struct display *d = &sink->display;
    xcb_cursor_t old = sink->cursor;
    GHashTableIter i;
    gpointer value;

    if (sink->scene->cursor_revision == sink->cursor_seen)
        return;
    sink->cursor_seen = sink->scene->cursor_revision;
    sink->cursor = make_cursor(d, sink->scene->cursor);
    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
        set_cursor(sink, ((struct host_window *)value)->xid);
    if (sink->desktop.xid)
        set_cursor(sink, sink->desktop.xid);
    if (old)
        xcb_free_cursor(d->c, old);
}
