/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointer lock on X11. The pointer is put into the middle of the widget; each time it moves it is
 * asked for its place, and moved back by as much. Moving back is relative, so that nothing is lost
 * of what happens in between, and barriers around the widget hold what is too quick for that.
 */
#include "gtk/lock.h"

#include "base/mem.h"

#include <X11/Xlib-xcb.h>
#include <gdk/x11/gdkx.h>
#include <stdlib.h>
#include <xcb/xfixes.h>

enum { BARRIERS = 4 };

struct x11_lock {
    struct lock base;
    const struct lock_ops *ops;
    void *owner;
    xcb_connection_t *c;
    xcb_window_t root;
    int16_t x, y; /* of the middle, on the root */
    xcb_xfixes_barrier_t barriers[BARRIERS];
};

static bool fits(GdkDisplay *display)
{
    return GDK_IS_X11_DISPLAY(display);
}

static void add_barriers(struct x11_lock *l, int left, int top, int right, int bottom)
{
    const int lines[BARRIERS][4] = {{left, top, right, top},
                                    {left, bottom, right, bottom},
                                    {left, top, left, bottom},
                                    {right, top, right, bottom}};

    free(xcb_xfixes_query_version_reply(l->c, xcb_xfixes_query_version(l->c, 5, 0), NULL));
    for (int i = 0; i < BARRIERS; i++) {
        l->barriers[i] = xcb_generate_id(l->c);
        xcb_xfixes_create_pointer_barrier(l->c, l->barriers[i], l->root, (uint16_t)lines[i][0],
                                          (uint16_t)lines[i][1], (uint16_t)lines[i][2],
                                          (uint16_t)lines[i][3], 0, 0, NULL);
    }
}

/* Where the widget is on the root, in pixels. False: it is not on any. */
static bool find_place(struct x11_lock *l, GtkWidget *widget, xcb_window_t window, int *x, int *y)
{
    GtkNative *native = gtk_widget_get_native(widget);
    int scale = gtk_widget_get_scale_factor(widget);
    double native_x, native_y, widget_x, widget_y;
    xcb_translate_coordinates_reply_t *r;

    gtk_native_get_surface_transform(native, &native_x, &native_y);
    if (!gtk_widget_translate_coordinates(widget, GTK_WIDGET(native), 0, 0, &widget_x, &widget_y))
        return false;
    r = xcb_translate_coordinates_reply(
        l->c,
        xcb_translate_coordinates(l->c, window, l->root, (int16_t)((native_x + widget_x) * scale),
                                  (int16_t)((native_y + widget_y) * scale)),
        NULL);
    if (!r)
        return false;
    *x = r->dst_x;
    *y = r->dst_y;
    free(r);
    return true;
}

static struct lock *begin(GtkWidget *widget, const struct lock_ops *ops, void *owner)
{
    GdkDisplay *display = gtk_widget_get_display(widget);
    GdkSurface *surface = gtk_native_get_surface(gtk_widget_get_native(widget));
    int scale = gtk_widget_get_scale_factor(widget), x, y;
    int width = gtk_widget_get_width(widget) * scale,
        height = gtk_widget_get_height(widget) * scale;
    struct x11_lock *l = mem_new0(struct x11_lock);

    l->base.backend = lock_on_x11;
    l->ops = ops;
    l->owner = owner;
    l->c = XGetXCBConnection(gdk_x11_display_get_xdisplay(display));
    l->root = (xcb_window_t)gdk_x11_display_get_xrootwindow(display);
    if (!find_place(l, widget, (xcb_window_t)gdk_x11_surface_get_xid(surface), &x, &y)) {
        free(l);
        return NULL;
    }
    l->x = (int16_t)(x + width / 2);
    l->y = (int16_t)(y + height / 2);
    xcb_warp_pointer(l->c, XCB_NONE, l->root, 0, 0, 0, 0, l->x, l->y);
    add_barriers(l, MAX(0, x), MAX(0, y), MAX(0, x + width - 1), MAX(0, y + height - 1));
    xcb_flush(l->c);
    return &l->base;
}

static void look(struct lock *lock)
{
    struct x11_lock *l = (struct x11_lock *)lock;
    xcb_query_pointer_reply_t *r =
        xcb_query_pointer_reply(l->c, xcb_query_pointer(l->c, l->root), NULL);
    int dx = r ? r->root_x - l->x : 0, dy = r ? r->root_y - l->y : 0;

    free(r);
    if (!dx && !dy)
        return;
    xcb_warp_pointer(l->c, XCB_NONE, XCB_NONE, 0, 0, 0, 0, (int16_t)-dx, (int16_t)-dy);
    xcb_flush(l->c);
    l->ops->moved(l->owner, dx, dy);
}

static void end(struct lock *lock)
{
    struct x11_lock *l = (struct x11_lock *)lock;

    for (int i = 0; i < BARRIERS; i++)
        xcb_xfixes_delete_pointer_barrier(l->c, l->barriers[i]);
    xcb_flush(l->c);
    free(l);
}

static const struct lock_backend backend = {fits, begin, look, end};
const struct lock_backend *const lock_on_x11 = &backend;
