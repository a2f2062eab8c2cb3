/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has scrolled off a text screen, kept on our side: out of successive states of a
 * console_screen it finds the rows that left at the top. There is no stream of characters to follow
 * here, only looks at a screen, some of them halfway through a change, so it decides by what
 * stayed:
 *
 * - Rows leave where all of the screen moved up; while only a part did, be it a scrolled region or
 * a scroll that isn't through yet, nothing is kept and the next look decides.
 * - What was cleared is kept, unless nearly the same is painted again, as top and watch do.
 * - Where nothing stayed, all that was there is kept, and that rows in between were missed.
 * - A screen that is written all over (vi: the cursor is above what is written last) leaves
 * nothing.
 *
 * Not a terminal's scrollback: what came and went between two looks is lost, and said to be.
 */
#pragma once

#include "console/screen.h"

struct console_history;

/* Of a row the blank cells at its end are left out; they have the background `fill`. */
struct console_row {
    uint32_t columns; /* of the screen that it left */
    uint32_t count;   /* of cells, at most `columns` */
    uint32_t fill;
    bool after_gap; /* rows before this one were missed */
    struct console_cell cells[];
};

enum { CONSOLE_HISTORY_ROWS = 10000, CONSOLE_HISTORY_BYTES = 32 << 20 };

/* Keeps the newest rows, at most rows_max ≥ 1 and CONSOLE_HISTORY_BYTES of them. */
struct console_history *console_history_create(uint32_t rows_max);
void console_history_destroy(struct console_history *history); /* takes NULL */

/*
 * Looks at the screen's next state, after each change; one without a grid is passed over. Returns
 * how many rows have come in.
 */
uint32_t console_history_follow(struct console_history *history,
                                const struct console_screen *screen);

/* A person wants to see what there was: what was cleared just now counts as gone for good. Returns
   how many rows have come in. */
uint32_t console_history_settle(struct console_history *history);

uint32_t console_history_count(const struct console_history *history);
/* The i-th, 0 is the oldest; valid until a row comes in. */
const struct console_row *console_history_row(const struct console_history *history, uint32_t i);
