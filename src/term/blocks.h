/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture out of characters: each cell is the upper half of a block in one colour on another,
 * which is two pixels, one above the other. For terminals that draw nothing better, and for cells
 * of a text screen that aren't text.
 */
#pragma once

#include "pixel/surface.h"
#include "term/cells.h"

/* The cell that shows a part of the surface, which is not empty and lies inside of it. */
struct term_cell blocks_cell(const struct surface *surface, struct rect part);

/* The part of a source of `size` pixels that cell i of `count` shows, as [*from, *end): never
   empty. */
void blocks_span(uint32_t size, uint32_t count, uint32_t i, int32_t *from, int32_t *end);
