/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys that a person presses while a widget, or a child of it, has the focus, sent to a guest by
 * scan code, whatever the layouts. The guest repeats held keys itself, so repeats are dropped. What
 * is down is released when the focus goes, the widget is unmapped, the keyboard is no longer the
 * guest's or another machine's, or the connection was made anew.
 *
 * With the grab the window's and the desktop's own keys go to the guest as well, as far as the
 * desktop lets them, for as long as the focus is here; a key of its own switches that.
 *
 * Threads: GTK's.
 */
#pragma once

#include "scene/scene.h"

#include <gtk/gtk.h>

struct keyboard_ops {
    /* The person has pressed the key that switches the grab. */
    void (*grab_key)(void *owner);
    /* The focus has come to the widget or a child of it, or gone. */
    void (*focus)(void *owner, bool has_focus);
};

struct keyboard;

/* Of the widget, which owns it: to be destroyed in its dispose(). */
struct keyboard *keyboard_create(GtkWidget *widget, const struct keyboard_ops *ops, void *owner);
void keyboard_destroy(struct keyboard *k);                        /* takes NULL */
void keyboard_set_scene(struct keyboard *k, struct scene *scene); /* NULL: none */
/* Whether keys go to the guest. */
void keyboard_set_reactive(struct keyboard *k, bool reactive);
void keyboard_set_grab(struct keyboard *k, bool grab);
/* keyval 0: there is no such key. */
void keyboard_set_grab_key(struct keyboard *k, guint keyval, GdkModifierType modifiers);
void keyboard_release(struct keyboard *k); /* all that is down */
bool keyboard_has_focus(const struct keyboard *k);
