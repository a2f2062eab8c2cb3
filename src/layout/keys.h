/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys as people write them: "enter", "f2", "ctrl+alt+del", "ctrl+c". A key's name is looked up
 * here; what a character's key is says the layout. Case does not matter, so "Ctrl+C" is "ctrl+c",
 * and Shift is said where it is meant.
 */
#pragma once

#include "layout/layout.h"

/*
 * text[0 … len) as one stroke: any number of modifiers (shift, ctrl, alt, altgr, super) with "+"
 * behind each, then a key's name or one character that is a single stroke of the layout. A modifier
 * alone is a key as well. -1 with *err, which says how to write it.
 */
int keys_parse(const struct layout *layout, const char *text, size_t len, struct stroke *out,
               struct err *err);

/* The keysym of a key that stands for no character; 0: it is none of those. */
uint32_t keys_keysym(uint32_t code);
