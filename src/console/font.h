/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fonts of text consoles: shapes of one cell's size and the characters they stand for, and the
 * forms in which they are found: bytes as display adapters hold them, Linux's PSF (both versions,
 * uncompressed) and GRUB's PF2. Nothing here finds fonts: who asks for text brings the machine's,
 * or those of the distribution's packages. Fonts are never part of this program.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONSOLE_CELL_MAX = 32,           /* pixels, each way: the greatest that Linux's console takes */
    CONSOLE_FONT_GLYPHS_MAX = 65536, /* as many as Unicode's first plane has */
    CONSOLE_FONT_FILE_MAX = 16 << 20, /* bytes */
};

/* The foreground of a cell, column by column: bit y of column x is the pixel there. */
struct console_shape {
    uint32_t column[CONSOLE_CELL_MAX]; /* zero beyond the cell's width and height */
};

struct console_font {
    uint32_t width, height; /* of a cell in pixels, 1…CONSOLE_CELL_MAX */
    uint32_t count;
    struct console_shape *shapes;
    uint32_t *characters; /* code points; 0: none */
    bool is_found;        /* in a machine's memory, not in a file */
};

/*
 * 256 glyphs in code page 437's order as they lie in a BIOS or a kernel: rows of whole bytes, the
 * leftmost pixel in the highest bit. Sizes within 1…CONSOLE_CELL_MAX.
 */
struct console_font *console_font_from_bitmap(const uint8_t *bitmap, uint32_t width,
                                              uint32_t height);

/*
 * A PSF file's content. Of several characters that share a glyph the first is taken, but one of
 * ASCII before all others; what only stands for a sequence has no character of its own and is left
 * out. Without a table of characters the order is code page 437's.
 */
struct console_font *console_font_from_psf(const uint8_t *file, size_t len, struct err *err);

/*
 * A PF2 file's content: the glyphs that are as wide as GRUB's terminal makes its cells, which is as
 * wide as the widest character of ASCII.
 */
struct console_font *console_font_from_pf2(const uint8_t *file, size_t len, struct err *err);

/* Of either kind. */
struct console_font *console_font_from_file(const uint8_t *file, size_t len, struct err *err);

/* Empty; sizes within their limits. What is put into it: rows of whole bytes, the leftmost pixel in
   the highest bit. */
struct console_font *console_font_create(uint32_t width, uint32_t height, uint32_t count);
void console_font_put(struct console_font *font, uint32_t i, const uint8_t *rows,
                      uint32_t character);
void console_font_destroy(struct console_font *font); /* takes NULL */

/* Code page 437's character, 0x00…0xff: what PCs show, also for 0x01…0x1f. */
uint32_t console_cp437(uint8_t code);
