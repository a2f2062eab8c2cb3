/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desktop's clipboard and a scene's (scene/clipboard.h), joined: what was copied on one side
 * can be pasted on the other. Text only. Nothing is transferred before somebody pastes it, and
 * neither side learns of what is copied on the other while the person is elsewhere: it is told on
 * the way back.
 *
 * Threads: GTK's.
 */
#pragma once

#include "scene/scene.h"

#include <gtk/gtk.h>

struct clipboard;

/* For the display on which the widget is; that and the scene must outlive it. */
struct clipboard *clipboard_create(GtkWidget *widget, struct scene *scene);
/* What the guest had offered is gone from the desktop's, and the other way round. Takes NULL. */
void clipboard_destroy(struct clipboard *clipboard);
/* Whether the person is, by the focus; at first not. */
void clipboard_set_here(struct clipboard *clipboard, bool is_here);
