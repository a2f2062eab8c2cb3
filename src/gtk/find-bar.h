/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielFindBar: the little bar over a text or serial view in which a person writes what to look
 * for. It finds nothing itself: it tells its view, by the signals "sought" (the text has changed),
 * "next" (with whether it is backward) and "closed".
 */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

#define ORIEL_TYPE_FIND_BAR (oriel_find_bar_get_type())
G_DECLARE_FINAL_TYPE(OrielFindBar, oriel_find_bar, ORIEL, FIND_BAR, GtkWidget)

/* Hidden at first. */
GtkWidget *oriel_find_bar_new(void);
/* Shows it, with the keyboard in it. */
void oriel_find_bar_open(OrielFindBar *self);
bool oriel_find_bar_is_open(OrielFindBar *self);
void oriel_find_bar_close(OrielFindBar *self); /* emits "closed" when it was open */
const char *oriel_find_bar_text(OrielFindBar *self);
/* A word about what was found, "" for none; `failed` when nothing was. */
void oriel_find_bar_tell(OrielFindBar *self, const char *what, bool failed);
