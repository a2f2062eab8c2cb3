/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pointer, wheel and touch; see pointer.h. */
#include "gtk/pointer.h"

#include "base/mem.h"
#include "gtk/lock.h"

#include <math.h>
#include <stdlib.h>

enum {
    WHEEL_STEP = 120,
    TOUCHPAD_PIXELS = 10
}; /* of a surface: one step of a wheel, as Wayland's */

struct pointer {
    GtkWidget *widget;
    GtkEventController *events;
    const struct pointer_ops *ops;
    void *owner;
    struct scene *scene;
    bool reactive;
    uint32_t buttons;        /* as the scene counts them */
    int32_t x, y;            /* the guest's, last sent */
    double wheel_x, wheel_y; /* what is left of a 1/120 */
    GdkEventSequence *finger;
    struct lock *lock; /* NULL: there is none */
    bool swallows;     /* the click that made the lock, until it is released */
};

static uint32_t button_bit(guint button)
{
    switch (button) {
    case GDK_BUTTON_PRIMARY:
        return 1 << 0;
    case GDK_BUTTON_MIDDLE:
        return 1 << 1;
    case GDK_BUTTON_SECONDARY:
        return 1 << 2;
    case 8:
        return 1 << 3;
    case 9:
        return 1 << 4;
    default:
        return 0;
    }
}

/* ---- Sending ---- */

static void look_up(struct pointer *p, GdkEvent *event)
{
    GtkNative *native = gtk_widget_get_native(p->widget);
    double x, y, native_x, native_y;

    if (!gdk_event_get_position(event, &x, &y))
        return;
    gtk_native_get_surface_transform(native, &native_x, &native_y);
    if (gtk_widget_translate_coordinates(GTK_WIDGET(native), p->widget, x - native_x, y - native_y,
                                         &x, &y))
        p->ops->place(p->owner, x, y, &p->x, &p->y);
}

static bool send(struct pointer *p)
{
    if (p->scene->pointer_is_absolute)
        return scene_send_pointer(p->scene, p->x, p->y, p->buttons);
    return p->lock && scene_send_pointer_relative(p->scene, 0, 0, p->buttons);
}

/* ---- Lock: for a guest whose pointer knows no places -------------------------------------------
 */

static void on_moved(void *owner, int32_t dx, int32_t dy)
{
    struct pointer *p = owner;

    if (p->scene && p->reactive)
        scene_send_pointer_relative(p->scene, dx, dy, p->buttons);
}

static void unlock(struct pointer *p)
{
    if (!p->lock)
        return;
    lock_end(p->lock);
    p->lock = NULL;
    p->ops->lock_changed(p->owner);
}

/* A click takes the pointer, and is not the guest's; without a lock such a guest gets none of its
   motion, as its pointer would run away from the host's. */
static bool take_lock(struct pointer *p, bool down)
{
    static const struct lock_ops ops = {on_moved};

    if (p->scene->pointer_is_absolute || (p->lock && !p->swallows))
        return false;
    if (down && !p->lock) {
        p->lock = lock_begin(p->widget, &ops, p);
        p->swallows = p->lock != NULL;
        if (p->lock)
            p->ops->lock_changed(p->owner);
    } else if (!down) {
        p->swallows = false;
    }
    return true;
}

/* ---- Events ------------------------------------------------------------------------------------
 */

static bool button(struct pointer *p, GdkEvent *event, bool down)
{
    uint32_t bit = button_bit(gdk_button_event_get_button(event));

    if (down)
        gtk_widget_grab_focus(p->widget);
    if (take_lock(p, down))
        return true;
    if (!bit)
        return false;
    p->buttons = down ? p->buttons | bit : p->buttons & ~bit;
    look_up(p, event);
    return send(p);
}

static bool motion(struct pointer *p, GdkEvent *event)
{
    if (p->lock)
        lock_look(p->lock);
    if (!p->scene->pointer_is_absolute)
        return p->lock != NULL;
    look_up(p, event);
    return send(p);
}

/* What comes is in steps of a wheel or in pixels, and may be a small part of either. */
static int32_t whole_part(double *sum, double add)
{
    int32_t whole;

    *sum += add;
    whole = (int32_t)*sum;
    *sum -= whole;
    return whole;
}

static bool scroll(struct pointer *p, GdkEvent *event)
{
    double dx = 0, dy = 0, unit = WHEEL_STEP;
    int32_t x, y;

    switch (gdk_scroll_event_get_direction(event)) {
    case GDK_SCROLL_UP:
        dy = -1;
        break;
    case GDK_SCROLL_DOWN:
        dy = 1;
        break;
    case GDK_SCROLL_LEFT:
        dx = -1;
        break;
    case GDK_SCROLL_RIGHT:
        dx = 1;
        break;
    case GDK_SCROLL_SMOOTH:
        gdk_scroll_event_get_deltas(event, &dx, &dy);
        if (gdk_scroll_event_get_unit(event) == GDK_SCROLL_UNIT_SURFACE)
            unit /= TOUCHPAD_PIXELS;
    }
    x = whole_part(&p->wheel_x, dx * unit);
    y = whole_part(&p->wheel_y, dy * unit);
    return (x || y) && scene_send_wheel(p->scene, x, y);
}

/* The first finger is the left button; others do nothing. */
static bool touch(struct pointer *p, GdkEvent *event, GdkEventType type)
{
    GdkEventSequence *finger = gdk_event_get_event_sequence(event);

    if (type == GDK_TOUCH_BEGIN && !p->finger) {
        p->finger = finger;
        gtk_widget_grab_focus(p->widget);
        look_up(p, event);
        p->buttons = 0;
        send(p); /* it comes from nowhere: what is under it hears of it first */
        p->buttons = 1;
    } else if (finger != p->finger) {
        return false;
    } else if (type == GDK_TOUCH_UPDATE) {
        look_up(p, event);
    } else {
        p->finger = NULL;
        p->buttons = 0;
    }
    return send(p);
}

static gboolean on_event(GtkEventControllerLegacy *controller, GdkEvent *event, gpointer owner)
{
    struct pointer *p = owner;
    GdkEventType type = gdk_event_get_event_type(event);

    (void)controller;
    if (!p->scene || !p->reactive)
        return GDK_EVENT_PROPAGATE;
    switch (type) {
    case GDK_MOTION_NOTIFY:
        return motion(p, event);
    case GDK_BUTTON_PRESS:
    case GDK_BUTTON_RELEASE:
        return button(p, event, type == GDK_BUTTON_PRESS);
    case GDK_SCROLL:
        return scroll(p, event);
    case GDK_TOUCH_BEGIN:
    case GDK_TOUCH_UPDATE:
    case GDK_TOUCH_END:
    case GDK_TOUCH_CANCEL:
        return touch(p, event, type);
    case GDK_GRAB_BROKEN:
        pointer_release(p);
        return GDK_EVENT_PROPAGATE;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

/* ---- Life ---- */

void pointer_release(struct pointer *p)
{
    p->finger = NULL;
    if (p->buttons && p->scene) {
        p->buttons = 0;
        send(p);
    }
    p->buttons = 0;
    p->swallows = false;
    unlock(p);
}

bool pointer_is_locked(const struct pointer *p)
{
    return p->lock != NULL;
}

void pointer_facts_changed(struct pointer *p)
{
    if (p->lock && p->scene->pointer_is_absolute)
        pointer_release(p);
}

void pointer_set_scene(struct pointer *p, struct scene *scene)
{
    pointer_release(p);
    p->scene = scene;
}

void pointer_set_reactive(struct pointer *p, bool reactive)
{
    if (!reactive)
        pointer_release(p);
    p->reactive = reactive;
}

static void on_unmap(GtkWidget *widget, gpointer owner)
{
    (void)widget;
    pointer_release(owner);
}

struct pointer *pointer_create(GtkWidget *widget, const struct pointer_ops *ops, void *owner)
{
    struct pointer *p = mem_new0(struct pointer);

    p->widget = widget;
    p->ops = ops;
    p->owner = owner;
    p->reactive = true;
    p->events = gtk_event_controller_legacy_new();
    g_signal_connect(p->events, "event", G_CALLBACK(on_event), p);
    g_signal_connect(widget, "unmap", G_CALLBACK(on_unmap), p);
    gtk_widget_add_controller(widget, p->events);
    return p;
}

void pointer_destroy(struct pointer *p)
{
    if (!p)
        return;
    pointer_release(p);
    g_signal_handlers_disconnect_by_data(p->widget, p);
    gtk_widget_remove_controller(p->widget, p->events);
    free(p);
}
