/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielConnection: the way to a machine, and what is known of it while it is there. Not a widget;
 * OrielDisplay shows it, and several may show the same.
 *
 * Threads: that of the default main context (GTK's). Nothing here blocks it.
 */
#pragma once

#include "oriel-types.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define ORIEL_TYPE_CONNECTION (oriel_connection_get_type())
ORIEL_API
G_DECLARE_FINAL_TYPE(OrielConnection, oriel_connection, ORIEL, CONNECTION, GObject)

ORIEL_API
OrielConnection *oriel_connection_new(const char *where);
ORIEL_API
void oriel_connection_open(OrielConnection *self);
ORIEL_API
void oriel_connection_close(OrielConnection *self);
ORIEL_API
void oriel_connection_answer(OrielConnection *self, const char *answer);

ORIEL_API
const char *oriel_connection_get_where(OrielConnection *self);
ORIEL_API
const char *oriel_connection_get_name(OrielConnection *self);
ORIEL_API
OrielConnectionState oriel_connection_get_state(OrielConnection *self);
ORIEL_API
const char *oriel_connection_get_note(OrielConnection *self);
ORIEL_API
const char *oriel_connection_get_error(OrielConnection *self);
ORIEL_API
int oriel_connection_get_screen_width(OrielConnection *self);
ORIEL_API
int oriel_connection_get_screen_height(OrielConnection *self);
ORIEL_API
gboolean oriel_connection_get_can_power(OrielConnection *self);

ORIEL_API
gboolean oriel_connection_power(OrielConnection *self, OrielPower what);
ORIEL_API
gboolean oriel_connection_send_keys(OrielConnection *self, const guint *codes, gsize n_codes);
ORIEL_API
GdkTexture *oriel_connection_take_screenshot(OrielConnection *self, const GdkRectangle *area);

G_END_DECLS
