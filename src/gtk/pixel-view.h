/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielPixelView: the guest's screen, or a part of it, as it is, in whatever scaling; the pointer
 * over it is the guest's. Keys are the display's (keyboard.h), and so is what lies over it when the
 * connection is lost.
 *
 * Threads: GTK's.
 */
#pragma once

#include "gtk/oriel-types.h"
#include "scene/scene.h"

#include <gtk/gtk.h>

#define ORIEL_TYPE_PIXEL_VIEW (oriel_pixel_view_get_type())
G_DECLARE_FINAL_TYPE(OrielPixelView, oriel_pixel_view, ORIEL, PIXEL_VIEW, GtkWidget)

GtkWidget *oriel_pixel_view_new(void);
/* NULL: none any more. The scene is left before it is destroyed. */
void oriel_pixel_view_set_scene(OrielPixelView *self, struct scene *scene);
void oriel_pixel_view_set_scaling(OrielPixelView *self, OrielScaling scaling);
/* The part of the screen that is shown, in its pixels; empty: all of it. */
void oriel_pixel_view_set_area(OrielPixelView *self, struct rect area);
/* Whether the host's pointer is locked, for a guest whose pointer knows no places; the signal
   "lock-changed" tells when that changes. */
bool oriel_pixel_view_is_locked(OrielPixelView *self);
/* Gives the host's pointer back, and releases buttons that are pressed. */
void oriel_pixel_view_release_pointer(OrielPixelView *self);
/* Whether pointer, wheel and touch go to the guest. */
void oriel_pixel_view_set_reactive(OrielPixelView *self, bool reactive);
