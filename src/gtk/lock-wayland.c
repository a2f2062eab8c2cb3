/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointer lock on Wayland, by two protocols of the compositor's on GDK's own connection. What the
 * compositor has is told by its registry, later; until then, and where it has not both, nothing
 * moves.
 */
#include "gtk/lock.h"

#include "base/mem.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"

#include <gdk/wayland/gdkwayland.h>
#include <stdlib.h>
#include <string.h>

struct wayland_lock {
    struct lock base;
    const struct lock_ops *ops;
    void *owner;
    struct wl_registry *registry;
    struct zwp_pointer_constraints_v1 *constraints;
    struct zwp_relative_pointer_manager_v1 *manager;
    struct wl_surface *surface;
    struct wl_pointer *pointer;
    struct zwp_locked_pointer_v1 *locked;
    struct zwp_relative_pointer_v1 *relative;
    double left_x, left_y; /* of a pixel */
};

static bool fits(GdkDisplay *display)
{
    return GDK_IS_WAYLAND_DISPLAY(display);
}

static int32_t whole_part(double *sum, wl_fixed_t add)
{
    int32_t whole;

    *sum += wl_fixed_to_double(add);
    whole = (int32_t)*sum;
    *sum -= whole;
    return whole;
}

static void on_relative_motion(void *data, struct zwp_relative_pointer_v1 *relative, uint32_t high,
                               uint32_t low, wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t raw_dx,
                               wl_fixed_t raw_dy)
{
    struct wayland_lock *l = data;
    int32_t x = whole_part(&l->left_x, dx), y = whole_part(&l->left_y, dy);

    (void)relative;
    (void)high;
    (void)low;
    (void)raw_dx;
    (void)raw_dy;
    if (x || y)
        l->ops->moved(l->owner, x, y);
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {on_relative_motion};

static void take(struct wayland_lock *l)
{
    if (!l->constraints || !l->manager || l->locked)
        return;
    l->locked =
        zwp_pointer_constraints_v1_lock_pointer(l->constraints, l->surface, l->pointer, NULL,
                                                ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
    l->relative = zwp_relative_pointer_manager_v1_get_relative_pointer(l->manager, l->pointer);
    zwp_relative_pointer_v1_add_listener(l->relative, &relative_listener, l);
}

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
                      const char *interface, uint32_t version)
{
    struct wayland_lock *l = data;

    (void)version;
    if (!strcmp(interface, zwp_pointer_constraints_v1_interface.name) && !l->constraints)
        l->constraints = wl_registry_bind(registry, name, &zwp_pointer_constraints_v1_interface, 1);
    else if (!strcmp(interface, zwp_relative_pointer_manager_v1_interface.name) && !l->manager)
        l->manager =
            wl_registry_bind(registry, name, &zwp_relative_pointer_manager_v1_interface, 1);
    take(l);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    (void)data;
    (void)registry;
    (void)name;
}

static struct lock *begin(GtkWidget *widget, const struct lock_ops *ops, void *owner)
{
    static const struct wl_registry_listener listener = {on_global, on_global_remove};
    GdkDisplay *display = gtk_widget_get_display(widget);
    GdkSurface *surface = gtk_native_get_surface(gtk_widget_get_native(widget));
    GdkDevice *device = gdk_seat_get_pointer(gdk_display_get_default_seat(display));
    struct wayland_lock *l;

    if (!device)
        return NULL;
    l = mem_new0(struct wayland_lock);
    l->base.backend = lock_on_wayland;
    l->ops = ops;
    l->owner = owner;
    l->surface = gdk_wayland_surface_get_wl_surface(surface);
    l->pointer = gdk_wayland_device_get_wl_pointer(device);
    l->registry = wl_display_get_registry(gdk_wayland_display_get_wl_display(display));
    wl_registry_add_listener(l->registry, &listener, l);
    return &l->base;
}

static void end(struct lock *lock)
{
    struct wayland_lock *l = (struct wayland_lock *)lock;

    if (l->locked) {
        zwp_relative_pointer_v1_destroy(l->relative);
        zwp_locked_pointer_v1_destroy(l->locked);
    }
    if (l->constraints)
        zwp_pointer_constraints_v1_destroy(l->constraints);
    if (l->manager)
        zwp_relative_pointer_manager_v1_destroy(l->manager);
    wl_registry_destroy(l->registry);
    free(l);
}

static const struct lock_backend backend = {fits, begin, NULL, end};
const struct lock_backend *const lock_on_wayland = &backend;
