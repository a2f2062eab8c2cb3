/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kinds of pointer images share: cursor.c's and cursor_old.c's. Internal to this room. */
#pragma once

#include "base/err.h"
#include "base/rect.h"
#include "pixel/cursor.h"

/* The hot spot and the size; empty for none. */
struct rect rfb_cursor_rect(const struct cursor *cursor);
/* A premultiplied pixel without its alpha, as if it covered what is below. */
uint32_t rfb_cursor_opaque(uint32_t pixel);
/* -1: larger than anybody's pointer. */
int rfb_cursor_check_size(struct rect r, struct err *err);
struct cursor *rfb_cursor_of(struct rect r, const uint32_t *pixels);
