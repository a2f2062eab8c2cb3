/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Box drawing and block elements (U+2500…U+259F) as rectangles that reach from edge to edge of
 * their cells: a font's own leave gaps as soon as cells are higher than it would have them.
 */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>
#include <stdint.h>

struct text_box {
    double x, y, width, height; /* of the cell, or of a row of them that all show the same */
    double stroke;              /* a light line's thickness */
    double device;              /* one of the device's pixels */
    GdkRGBA colour, background;
};

/* It is drawn here, not by a font. */
bool text_boxes_has(uint32_t character);
/* Any number of it in a row are one, only wider. */
bool text_boxes_is_even(uint32_t character);
void text_boxes_draw(GtkSnapshot *snapshot, uint32_t character, const struct text_box *box);
