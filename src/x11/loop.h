/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An X connection in the GLib loop: a source without a timer, awake only when the server speaks. */
#pragma once

#include <glib.h>

struct display;

GSource *loop_attach(struct display *d);
void loop_detach(GSource *source); /* takes NULL */
