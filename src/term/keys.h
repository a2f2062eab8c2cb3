/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a terminal sends: characters, keys in the dialects of xterm, rxvt and the Linux console, the
 * wheel, pasted text, and answers to what it was asked. Which keys of a guest's keyboard make a
 * character is layout/layout.h's.
 */
#pragma once

#include "layout/layout.h"

#include <stdbool.h>

enum term_event_kind {
    TERM_NOTHING,   /* not understood, or nobody's */
    TERM_CHARACTER, /* with `modifiers`: Ctrl and Alt */
    TERM_KEY,       /* `code` with `modifiers` */
    TERM_WHEEL,     /* `wheel` notches, + down */
    TERM_PASTED,    /* a piece of text[0 … len), from anywhere: not checked */
    TERM_PASTE_END,
    TERM_ANSWER /* `final` with `mark` and numbers; or, of kitty's pictures, 'G' with text */
};

enum { TERM_NUMBERS_MAX = 16 };

struct term_event {
    enum term_event_kind kind;
    uint32_t character, code;
    uint32_t modifiers; /* enum stroke_modifier */
    int wheel;
    const char *text; /* in the input */
    size_t len;
    char mark, final; /* 0, '?', '>' or '<'; the letter */
    uint32_t numbers[TERM_NUMBERS_MAX], count;
};

struct term_keys {
    bool backspace_is_8; /* the owner's: the key sends that, and not 0x7f */
    bool is_pasting;
};

enum { TERM_ESCAPE_MS = 40 }; /* so long after an Escape nothing belongs to it any more */

/*
 * The first event in the input. Returns how many bytes it takes; 0: more are needed, which with
 * `is_late` (nothing has come for TERM_ESCAPE_MS) is never said of one or more bytes.
 */
size_t term_keys_next(struct term_keys *keys, const uint8_t *bytes, size_t len, bool is_late,
                      struct term_event *event);
