/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was typed beside what appeared. It remembers a text screen as it was before the first
 * character, and tells of any later one how much of the typed text is on it, and whether something
 * else is where the next character belongs. The text may wrap over rows, scroll, be drawn anew at
 * another place or scroll sideways within a field; a field of asterisks is recognised as one. It
 * neither types nor waits: typist.h does.
 *
 * What can't be seen: how many blanks the end has while no cursor is shown, and characters lost out
 * of a row of equal ones that is longer than its field.
 */
#pragma once

#include "console/screen.h"

enum {
    ECHO_CONTEXT = 16,     /* characters before the next one that must still be there */
    ECHO_SURPLUS_MAX = 64, /* more than these nobody takes back */
};

struct echo {
    uint32_t columns, rows;
    /* The characters before the first was typed, moved along when the screen scrolls, and those of
       the look before this one. NULL: the screen was another one, or none. */
    uint32_t *before, *last;
    bool has_cursor;
    uint32_t cursor; /* as an index of cells, moved along as well */
    size_t confirmed;
    bool is_masked;
    bool has_place;
    uint32_t place; /* the cell in which the next character belongs */
};

/* What a look found. */
struct echo_look {
    size_t confirmed; /* characters that are on the screen; never fewer than before */
    bool is_wrong;    /* something else is where the next character belongs, or behind the last */
    bool is_masked;   /* they are shown as asterisks */
};

void echo_init(struct echo *echo);
void echo_finish(struct echo *echo);

/* Before the first character is typed; `screen` NULL: there is no text. */
void echo_begin(struct echo *echo, const struct console_screen *screen);

/* typed[0 … count): all that has been typed since echo_begin(). */
struct echo_look echo_look(struct echo *echo, const struct console_screen *screen,
                           const uint32_t *typed, size_t count);

/*
 * After a look that found something wrong: how many characters there are from where the next one
 * belongs to the cursor. False: that isn't known.
 */
bool echo_surplus(const struct echo *echo, const struct console_screen *screen, uint32_t *count);

/*
 * For people: what is on the screen from some characters before that place on, as UTF-8 of at most
 * room - 1 bytes. "" where no place is known.
 */
void echo_shown(const struct echo *echo, const struct console_screen *screen, char *out,
                size_t room);
