/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may say to a person's terminal. Bytes of a serial line or a monitor go in in pieces
 * of any length; what draws on a screen comes out byte for byte: text in UTF-8, colours, the
 * cursor, VT100's and xterm's ways to draw, modes of the keyboard and the mouse that programs need.
 * Nothing else does: a sequence that is not known to be harmless is dropped, whatever it means. So
 * no title, clipboard, palette, link, notification or file transfer, no printer, no resized window,
 * no report of what is on the screen, no other character set and no 8-bit control. Not an emulator:
 * it knows where sequences end, not what the screen looks like.
 *
 * Strings may be of any length: they are skipped as they come, and a sequence that is no string has
 * at most TERMINAL_HELD_MAX bytes. Cutting the input never changes the output.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TERMINAL_HELD_MAX = 128 };

struct terminal_filter {
    /* Set by the owner before the first byte. */
    bool answers; /* questions that a terminal answers with numbers pass: where the cursor is, and
                     what it is; without it they are dropped */
    bool ascii;   /* the terminal knows no UTF-8: each character outside of ASCII becomes '?' */

    /* Counts, for the owner to read and to set back. */
    unsigned size_asked; /* questions for the screen's size; each wants terminal_put_size() */
    uint64_t dropped;    /* sequences and bytes that did not pass */

    /* private */
    uint8_t state;
    uint8_t held_len;
    uint8_t utf8_left; /* bytes that the character still wants */
    uint8_t utf8_low, utf8_high;
    uint8_t held[TERMINAL_HELD_MAX]; /* of the sequence or character that is not whole */
    uint64_t left_on;                /* what has passed and would stay after us */
};

/* A filter that has seen nothing, and lets no questions pass. */
void terminal_filter_init(struct terminal_filter *f);
/* Appends what may pass. A sequence or character that is not whole waits for its rest. */
void terminal_filter_feed(struct terminal_filter *f, const uint8_t *bytes, size_t len,
                          struct buf *out);
/*
 * Appends what brings the terminal back from all that has passed: modes, margins, colours, the
 * other screen. What was begun is forgotten; the filter is as at its start.
 */
void terminal_filter_reset(struct terminal_filter *f, struct buf *out);

/* The answer to a question for the screen's size, as a terminal gives it. */
void terminal_put_size(struct buf *out, unsigned columns, unsigned rows);

/* How many bytes at the start are what a terminal answers to questions, and no key that somebody
   pressed. */
size_t terminal_answers_len(const uint8_t *bytes, size_t len);
