/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desktop's monospace font: what the person chose, where the desktop says so, and which font
 * that is when a view was given a name of its own. No file of settings is read but the desktop's.
 */
#pragma once

#include <pango/pango.h>

/* Calls on `changed` when the person chooses another one, until monospace_destroy(). */
struct monospace;

struct monospace *monospace_create(void (*changed)(void *owner), void *owner);
void monospace_destroy(struct monospace *monospace); /* takes NULL */

/* As Pango names fonts; "Monospace 11" where the desktop says nothing. The caller's. */
PangoFontDescription *monospace_describe(const struct monospace *monospace);
