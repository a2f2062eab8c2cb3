/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last lines of a serial console as text: what a guest writes goes in, in pieces of any length,
 * and what a person would read comes out, without colours and cursor movements. Not a terminal: of
 * a program that draws all over the screen the words are there, not their places.
 */
#pragma once

#include "cli/pattern.h"

#include <stddef.h>
#include <stdint.h>

enum { LINES_KEPT = 24, LINES_BYTES_MAX = 4096 }; /* a longer line is several */

struct lines {
    GQueue done;   /* of struct line, private */
    GString *open; /* the last one, which goes on */
    uint8_t state;
    bool returned; /* a carriage return: what comes next begins the line anew */
};

void lines_init(struct lines *lines);
void lines_finish(struct lines *lines);
void lines_feed(struct lines *lines, const uint8_t *bytes, size_t len);
/* Adds them to a page: at most LINES_KEPT, the last one being that which goes on. */
void lines_put(const struct lines *lines, struct page *page);
