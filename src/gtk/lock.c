/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which way there is to lock the pointer; see lock.h. */
#include "gtk/lock.h"

struct lock *lock_begin(GtkWidget *widget, const struct lock_ops *ops, void *owner)
{
    const struct lock_backend *backends[] = {lock_on_x11, lock_on_wayland};
    GdkDisplay *display = gtk_widget_get_display(widget);

    for (size_t i = 0; i < G_N_ELEMENTS(backends); i++)
        if (backends[i] && backends[i]->fits(display))
            return backends[i]->begin(widget, ops, owner);
    return NULL;
}

void lock_look(struct lock *lock)
{
    if (lock->backend->look)
        lock->backend->look(lock);
}

void lock_end(struct lock *lock)
{
    if (lock)
        lock->backend->end(lock);
}
