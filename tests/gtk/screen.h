/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text screen made by hand, for tests of what shows one: cells are written, not read out of
 * pixels. With it what a text view should look like, drawn once more in the plainest way.
 */
#pragma once

#include "console/screen.h"
#include "gtk/text-view-private.h"

#include <glib.h>

enum { SCREEN_GREY = 0xaaaaaa, SCREEN_BLACK = 0x000000, SCREEN_BLUE = 0x0000aa };

/* Blank, with cells of 8 × 16 pixels. */
void screen_init(struct console_screen *screen, uint32_t columns, uint32_t rows);
void screen_finish(struct console_screen *screen);
/* UTF-8; goes on in the next row. */
void screen_put(struct console_screen *screen, uint32_t column, uint32_t row, const char *text,
                uint32_t foreground, uint32_t background);
void screen_set_cursor(struct console_screen *screen, uint32_t column, uint32_t row);
/* The rows move up by one, the last is blank. */
void screen_scroll(struct console_screen *screen);
/* Something of everything: prose, colours, lines, blocks, signs of other fonts. */
void screen_paint_sampler(struct console_screen *screen);

/* How the widget should look: backgrounds and characters one by one with Pango and cairo, at the
   cells' size that the view chose, for a monitor of that scale factor. Lines and blocks are left
   out. width × height of 0xRRGGBB; g_free(). */
uint32_t *screen_draw(const struct console_screen *screen, OrielTextView *view, int width,
                      int height, int scale);
