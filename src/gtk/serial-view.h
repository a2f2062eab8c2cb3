/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielSerialView: a terminal on a machine's serial port (vm/serial.h), which is a Unix socket that
 * tells its history first. It connects again by itself, for as long as it takes. What the guest
 * says goes through base/terminal.h, so that nothing but drawing reaches the terminal; and in
 * portions, so that a guest that floods its port doesn't stop the program's windows.
 *
 * Threads: GTK's.
 */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

#define ORIEL_TYPE_SERIAL_VIEW (oriel_serial_view_get_type())
G_DECLARE_FINAL_TYPE(OrielSerialView, oriel_serial_view, ORIEL, SERIAL_VIEW, GtkWidget)

GtkWidget *oriel_serial_view_new(void);

/* The socket; NULL: none. What is shown stays until another one is named. */
void oriel_serial_view_set_path(OrielSerialView *self, const char *path);
bool oriel_serial_view_is_connected(OrielSerialView *self);
/* Whether keys and pasted text go to the guest; at first they do. */
void oriel_serial_view_set_reactive(OrielSerialView *self, bool reactive);

/* As Pango names fonts; NULL: the desktop's monospace font. */
void oriel_serial_view_set_font_name(OrielSerialView *self, const char *name);
void oriel_serial_view_set_zoom(OrielSerialView *self, double zoom); /* 1: the font's own size */

bool oriel_serial_view_has_selection(OrielSerialView *self);
char *oriel_serial_view_get_text(OrielSerialView *self); /* what is visible; the caller's */
void oriel_serial_view_copy(OrielSerialView *self);
void oriel_serial_view_paste(OrielSerialView *self);
void oriel_serial_view_select_all(OrielSerialView *self);

void oriel_serial_view_open_find_bar(OrielSerialView *self);
/* Capital letters or not; NULL: nothing is looked for. */
void oriel_serial_view_search(OrielSerialView *self, const char *text);
bool oriel_serial_view_search_next(OrielSerialView *self, bool backward);
