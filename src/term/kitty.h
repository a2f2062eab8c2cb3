/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture by kitty's graphics protocol: pixels as they are, compressed by zlib, in base64, in
 * pieces of 4 KiB. A picture has a number; sent again under the same number it replaces the old
 * one.
 */
#pragma once

#include "base/buf.h"
#include "pixel/surface.h"

/* Appends a part of the surface, which lies inside of it and isn't empty, as picture `id` (not 0),
   to be drawn where the terminal's cursor is, which stays there. */
void kitty_put(struct buf *out, const struct surface *surface, struct rect part, uint32_t id);

/* Appends the end of all pictures. */
void kitty_remove_all(struct buf *out);

/* Appends the question whether the terminal knows this protocol at all. */
void kitty_ask(struct buf *out);
