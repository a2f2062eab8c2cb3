/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys by scan code, and the grab; see keyboard.h. */
#include "gtk/keyboard.h"

#include "base/keycodes.h"
#include "base/mem.h"

#include <stdlib.h>

enum { EVDEV_OFFSET = 8 }; /* of GDK's hardware key codes on X11 and on Wayland */

struct keyboard {
    GtkWidget *widget;
    GtkEventController *keys, *focus;
    GtkWidget *root; /* whose keys are caught first, while there is a grab; NULL: none */
    GtkEventController *catcher;
    const struct keyboard_ops *ops;
    void *owner;
    struct scene *scene;
    bool reactive, grab, has_focus;
    guint grab_keyval;
    GdkModifierType grab_modifiers;
    guint taken;                    /* the hardware code of a key that is ours, while it is down */
    bool down[KEYCODE_MAX + 1];     /* by evdev code */
    guint keyvals[KEYCODE_MAX + 1]; /* with which it was pressed */
};

void keyboard_release(struct keyboard *k)
{
    for (uint32_t code = 0; code <= KEYCODE_MAX; code++) {
        if (!k->down[code])
            continue;
        k->down[code] = false;
        if (k->scene)
            scene_send_key(k->scene, code, k->keyvals[code], false);
    }
}

/* ---- The grab ---- */

static GdkToplevel *toplevel_of(GtkWidget *widget)
{
    GtkNative *native = gtk_widget_get_native(widget);
    GdkSurface *surface = native ? gtk_native_get_surface(native) : NULL;

    return surface && GDK_IS_TOPLEVEL(surface) ? GDK_TOPLEVEL(surface) : NULL;
}

static void add_keys(struct keyboard *k, GtkWidget *widget, GtkEventController *keys);

static void let_go(struct keyboard *k)
{
    GdkToplevel *toplevel;

    if (!k->root)
        return;
    toplevel = toplevel_of(k->root);
    if (toplevel)
        gdk_toplevel_restore_system_shortcuts(toplevel);
    gtk_widget_remove_controller(k->root, k->catcher);
    g_object_remove_weak_pointer(G_OBJECT(k->root), (gpointer *)&k->root);
    k->root = NULL;
}

static void take(struct keyboard *k)
{
    GtkRoot *root = gtk_widget_get_root(k->widget);
    GdkToplevel *toplevel = toplevel_of(k->widget);

    if (k->root || !root || !toplevel)
        return;
    k->root = GTK_WIDGET(root);
    g_object_add_weak_pointer(G_OBJECT(root), (gpointer *)&k->root);
    k->catcher = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(k->catcher, GTK_PHASE_CAPTURE);
    add_keys(k, k->root, k->catcher);
    gdk_toplevel_inhibit_system_shortcuts(toplevel, NULL);
}

static void settle_grab(struct keyboard *k)
{
    if (k->grab && k->has_focus && k->reactive && k->scene)
        take(k);
    else
        let_go(k);
}

/* ---- Keys ---- */

static bool is_grab_key(const struct keyboard *k, guint keyval, GdkModifierType state)
{
    GdkModifierType all = gtk_accelerator_get_default_mod_mask();

    return k->grab_keyval && (state & all) == k->grab_modifiers &&
           gdk_keyval_to_lower(keyval) == gdk_keyval_to_lower(k->grab_keyval);
}

static gboolean on_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                           GdkModifierType state, gpointer owner)
{
    struct keyboard *k = owner;
    guint code = keycode - EVDEV_OFFSET;

    (void)controller;
    if (keycode == k->taken)
        return GDK_EVENT_STOP;
    if (is_grab_key(k, keyval, state)) {
        k->taken = keycode;
        keyboard_release(k);
        k->ops->grab_key(k->owner);
        return GDK_EVENT_STOP;
    }
    if (!k->scene || !k->reactive || keycode < EVDEV_OFFSET || code > KEYCODE_MAX)
        return GDK_EVENT_PROPAGATE;
    if (k->down[code])
        return GDK_EVENT_STOP;
    if (!scene_send_key(k->scene, code, keyval, true))
        return GDK_EVENT_PROPAGATE;
    k->down[code] = true;
    k->keyvals[code] = keyval;
    return GDK_EVENT_STOP;
}

static void on_released(GtkEventControllerKey *controller, guint keyval, guint keycode,
                        GdkModifierType state, gpointer owner)
{
    struct keyboard *k = owner;
    guint code = keycode - EVDEV_OFFSET;

    (void)controller;
    (void)keyval;
    (void)state;
    if (keycode == k->taken)
        k->taken = 0;
    if (keycode < EVDEV_OFFSET || code > KEYCODE_MAX || !k->down[code])
        return;
    k->down[code] = false;
    if (k->scene)
        scene_send_key(k->scene, code, k->keyvals[code], false);
}

static void add_keys(struct keyboard *k, GtkWidget *widget, GtkEventController *keys)
{
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_pressed), k);
    g_signal_connect(keys, "key-released", G_CALLBACK(on_released), k);
    gtk_widget_add_controller(widget, keys);
}

/* ---- The focus ---- */

static void on_enter(GtkEventControllerFocus *controller, gpointer owner)
{
    struct keyboard *k = owner;

    (void)controller;
    k->has_focus = true;
    settle_grab(k);
    k->ops->focus(k->owner, true);
}

static void on_leave(GtkEventControllerFocus *controller, gpointer owner)
{
    struct keyboard *k = owner;

    (void)controller;
    k->has_focus = false;
    k->taken = 0;
    keyboard_release(k);
    settle_grab(k);
    k->ops->focus(k->owner, false);
}

static void on_unmap(GtkWidget *widget, gpointer owner)
{
    (void)widget;
    on_leave(NULL, owner);
}

/* ---- What is so ---- */

void keyboard_set_scene(struct keyboard *k, struct scene *scene)
{
    if (k->scene == scene)
        return;
    keyboard_release(k);
    k->scene = scene;
    settle_grab(k);
}

void keyboard_set_reactive(struct keyboard *k, bool reactive)
{
    if (!reactive)
        keyboard_release(k);
    k->reactive = reactive;
    settle_grab(k);
}

void keyboard_set_grab(struct keyboard *k, bool grab)
{
    k->grab = grab;
    settle_grab(k);
}

void keyboard_set_grab_key(struct keyboard *k, guint keyval, GdkModifierType modifiers)
{
    k->grab_keyval = keyval;
    k->grab_modifiers = modifiers;
}

struct keyboard *keyboard_create(GtkWidget *widget, const struct keyboard_ops *ops, void *owner)
{
    struct keyboard *k = mem_new0(struct keyboard);

    k->widget = widget;
    k->ops = ops;
    k->owner = owner;
    k->reactive = true;
    k->keys = gtk_event_controller_key_new();
    add_keys(k, widget, k->keys);
    k->focus = gtk_event_controller_focus_new();
    g_signal_connect(k->focus, "enter", G_CALLBACK(on_enter), k);
    g_signal_connect(k->focus, "leave", G_CALLBACK(on_leave), k);
    gtk_widget_add_controller(widget, k->focus);
    g_signal_connect(widget, "unmap", G_CALLBACK(on_unmap), k);
    return k;
}

void keyboard_destroy(struct keyboard *k)
{
    if (!k)
        return;
    keyboard_release(k);
    let_go(k);
    g_signal_handlers_disconnect_by_data(k->widget, k);
    gtk_widget_remove_controller(k->widget, k->keys);
    gtk_widget_remove_controller(k->widget, k->focus);
    free(k);
}

bool keyboard_has_focus(const struct keyboard *k)
{
    return k->has_focus;
}
