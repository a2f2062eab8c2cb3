/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person does with pointer, wheel and touch over a widget that shows a guest's screen, sent
 * to the guest: places where its pointer knows places, motion where it knows only that (pointer
 * lock, lock.h). A finger is the left button. Nothing stays pressed: what is down is released when
 * the widget goes, is no longer to react, or the grab is lost.
 *
 * Threads: GTK's.
 */
#pragma once

#include "scene/scene.h"

#include <gtk/gtk.h>

struct pointer_ops {
    /* The pixel of the guest under a place of the widget; outside of the picture the nearest. */
    void (*place)(void *owner, double x, double y, int32_t *guest_x, int32_t *guest_y);
    void (*lock_changed)(void *owner);
};

struct pointer;

/* Of the widget, which owns it: to be destroyed in its dispose(). */
struct pointer *pointer_create(GtkWidget *widget, const struct pointer_ops *ops, void *owner);
void pointer_destroy(struct pointer *p);                        /* takes NULL */
void pointer_set_scene(struct pointer *p, struct scene *scene); /* NULL: none */
void pointer_set_reactive(struct pointer *p, bool reactive);
void pointer_facts_changed(struct pointer *p); /* of the scene */
/* Gives the host's pointer back, and releases what is pressed. */
void pointer_release(struct pointer *p);
bool pointer_is_locked(const struct pointer *p);
