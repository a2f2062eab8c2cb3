/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielDisplay: a widget that shows a machine and lets a person use it, as pixels, as text, as a
 * serial terminal, or as whichever of text and pixels suits what the guest shows.
 *
 * Threads: GTK's.
 */
#pragma once

#include "oriel-connection.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define ORIEL_TYPE_DISPLAY (oriel_display_get_type())
ORIEL_API
G_DECLARE_FINAL_TYPE(OrielDisplay, oriel_display, ORIEL, DISPLAY, GtkWidget)

ORIEL_API
GtkWidget *oriel_display_new(OrielConnection *connection);

ORIEL_API
OrielConnection *oriel_display_get_connection(OrielDisplay *self);
ORIEL_API
void oriel_display_set_connection(OrielDisplay *self, OrielConnection *connection);
ORIEL_API
OrielDisplayMode oriel_display_get_mode(OrielDisplay *self);
ORIEL_API
void oriel_display_set_mode(OrielDisplay *self, OrielDisplayMode mode);
ORIEL_API
OrielDisplayMode oriel_display_get_shown_mode(OrielDisplay *self);
ORIEL_API
OrielScaling oriel_display_get_scaling(OrielDisplay *self);
ORIEL_API
void oriel_display_set_scaling(OrielDisplay *self, OrielScaling scaling);
ORIEL_API
gboolean oriel_display_get_grab(OrielDisplay *self);
ORIEL_API
void oriel_display_set_grab(OrielDisplay *self, gboolean grab);
ORIEL_API
const char *oriel_display_get_grab_accelerator(OrielDisplay *self);
ORIEL_API
void oriel_display_set_grab_accelerator(OrielDisplay *self, const char *accelerator);
ORIEL_API
gboolean oriel_display_get_clipboard_sharing(OrielDisplay *self);
ORIEL_API
void oriel_display_set_clipboard_sharing(OrielDisplay *self, gboolean sharing);
ORIEL_API
gboolean oriel_display_get_read_only(OrielDisplay *self);
ORIEL_API
void oriel_display_set_read_only(OrielDisplay *self, gboolean read_only);
ORIEL_API
const GdkRectangle *oriel_display_get_area(OrielDisplay *self);
ORIEL_API
void oriel_display_set_area(OrielDisplay *self, const GdkRectangle *area);

ORIEL_API
gboolean oriel_display_get_pointer_locked(OrielDisplay *self);
ORIEL_API
const char *oriel_display_get_font(OrielDisplay *self);
ORIEL_API
void oriel_display_set_font(OrielDisplay *self, const char *font);
ORIEL_API
double oriel_display_get_zoom(OrielDisplay *self);
ORIEL_API
void oriel_display_set_zoom(OrielDisplay *self, double zoom);
ORIEL_API
const char *oriel_display_get_keyboard_layout(OrielDisplay *self);
ORIEL_API
void oriel_display_set_keyboard_layout(OrielDisplay *self, const char *layout);

ORIEL_API
gboolean oriel_display_send_keys(OrielDisplay *self, const guint *codes, gsize n_codes);
ORIEL_API
GdkTexture *oriel_display_take_screenshot(OrielDisplay *self);
ORIEL_API
gboolean oriel_display_type_text(OrielDisplay *self, const char *text, GError **error);
ORIEL_API
char *oriel_display_get_text(OrielDisplay *self);
ORIEL_API
void oriel_display_copy(OrielDisplay *self);
ORIEL_API
void oriel_display_paste(OrielDisplay *self);
ORIEL_API
void oriel_display_select_all(OrielDisplay *self);
ORIEL_API
void oriel_display_find(OrielDisplay *self);

G_END_DECLS
