/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielTextView: a text screen in characters of the person's own font, which can be selected,
 * copied, searched, and read out by a screen reader. It shows the cells of a console_screen that
 * somebody else keeps (text/reader.h). Of the keys it takes a few with Control and Shift (C, A, F,
 * G, H, arrows); all others are the display's to send.
 *
 * Only rows that have changed are drawn anew. While nothing changes it does nothing.
 *
 * Threads: GTK's.
 */
#pragma once

#include "console/screen.h"
#include "scene/scene.h"

#include <gtk/gtk.h>
#include <stdbool.h>

#define ORIEL_TYPE_TEXT_VIEW (oriel_text_view_get_type())
G_DECLARE_FINAL_TYPE(OrielTextView, oriel_text_view, ORIEL, TEXT_VIEW, GtkWidget)

GtkWidget *oriel_text_view_new(void);

/* What is shown from now on, until it is NULL; one without columns is blank. */
void oriel_text_view_set_screen(OrielTextView *self, const struct console_screen *screen);
/* The screen has changed, in these cells; NULL: all of it. To be told before the next frame. */
void oriel_text_view_changed(OrielTextView *self, const pixman_region32_t *cells);
/* Whose screen it is: cells that are no text are shown as its pixels. NULL: they stay empty. */
void oriel_text_view_set_scene(OrielTextView *self, const struct scene *scene);

/* As Pango names fonts; NULL: the desktop's monospace font. */
void oriel_text_view_set_font_name(OrielTextView *self, const char *name);
/* At first characters are as large as fits; with a zoom above 0 as large as the font's size times
   it, and the widget wants the room for that. */
void oriel_text_view_set_zoom(OrielTextView *self, double zoom);

bool oriel_text_view_has_selection(OrielTextView *self);
char *oriel_text_view_get_selection(OrielTextView *self); /* the caller's; "" when nothing is */
void oriel_text_view_copy(OrielTextView *self);
void oriel_text_view_select_all(OrielTextView *self);
void oriel_text_view_select_none(OrielTextView *self);

void oriel_text_view_open_find_bar(OrielTextView *self);
/* Highlights it wherever it is, capital letters or not; NULL: nothing. Returns how often it is. */
guint oriel_text_view_search(OrielTextView *self, const char *text);
/* Selects the next one, or the one before; false: there is none. */
bool oriel_text_view_search_next(OrielTextView *self, bool backward);
