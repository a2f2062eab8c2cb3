/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fonts in memory: a machine's own, found in a dump of its adapter's ROM or of its RAM, where the
 * kernel or its firmware has those that it draws with. A font in code page 437's order is known by
 * what each has at the same places (blanks, blocks and lines), EDK II's by its characters' numbers.
 * What they are used for is glyphs.h's.
 */
#pragma once

#include "console/font.h"

/*
 * The next font in bytes[*at … len), NULL: there is none. *at becomes where the search goes on; a
 * font that begins before a dump's end and doesn't end in it isn't found, so dumps overlap by
 * CONSOLE_FONT_DUMP_OVERLAP.
 */
struct console_font *console_font_find(const uint8_t *bytes, size_t len, size_t *at);

enum { CONSOLE_FONT_DUMP_OVERLAP = 256 * 2 * 32 };
