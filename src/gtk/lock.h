/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointer lock, which GTK 4.8 has not: the host's pointer stays where it is, and its motion is told
 * instead, for guests whose pointer knows no places. On X11 by moving it back after each motion; on
 * Wayland by the protocols pointer-constraints and relative-pointer, where the compositor has them.
 * Who hides the pointer's image, and when there is a lock, is pointer.h's.
 *
 * Threads: GTK's.
 */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>
#include <stdint.h>

struct lock_ops {
    /* In pixels of the monitor, or in what the compositor counts in; right and down. */
    void (*moved)(void *owner, int32_t dx, int32_t dy);
};

/* One for each of GDK's backends; a lock's struct begins with its backend. */
struct lock_backend {
    bool (*fits)(GdkDisplay *display);
    struct lock *(*begin)(GtkWidget *widget, const struct lock_ops *ops, void *owner);
    void (*look)(struct lock *lock);
    void (*end)(struct lock *lock);
};

struct lock {
    const struct lock_backend *backend;
};

/* Of backends that were not built it is NULL. */
extern const struct lock_backend *const lock_on_x11;
extern const struct lock_backend *const lock_on_wayland;

/* For a mapped widget that has the pointer. NULL: the pointer cannot be locked here. */
struct lock *lock_begin(GtkWidget *widget, const struct lock_ops *ops, void *owner);
/* To be called for each motion event, whose place means nothing. */
void lock_look(struct lock *lock);
void lock_end(struct lock *lock); /* takes NULL */
