/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to be typed, made ready: a text or keys by name as a list of strokes, each with the
 * character that is to appear. All of it is looked up before anything is typed, so what a layout
 * can't type is known in time. Typing it is typing/typist.h's.
 */
#pragma once

#include "layout/layout.h"

struct strokes_item {
    uint32_t character; /* that appears; 0: none, this is a key */
    uint32_t count;     /* of strokes, 1…STROKES_PER_CHARACTER */
    struct stroke strokes[STROKES_PER_CHARACTER];
};

struct strokes {
    struct strokes_item *items;
    size_t count;
};

#define STROKES_INIT ((struct strokes){NULL, 0})

void strokes_finish(struct strokes *strokes); /* is as STROKES_INIT afterwards */

/*
 * Each appends, or appends nothing and returns -1 with *err: the text is no UTF-8, has a character
 * that the layout can't type, or a key or an escape that there isn't.
 */

/* As it is. A line's end, also \r\n, is Enter, a tab is Tab. */
int strokes_add_text(struct strokes *strokes, const struct layout *layout, const char *text,
                     size_t len, struct err *err);

/*
 * With escapes: \n and \r are Enter, \t Tab, \b Backspace, \e Escape, \\ a backslash, and \<KEY> a
 * key as keys.h has them, as in "ls\n", "\<f2>" or "\<ctrl+alt+del>". Everything else stands for
 * itself, "<" as well.
 */
int strokes_add_escaped(struct strokes *strokes, const struct layout *layout, const char *text,
                        size_t len, struct err *err);

/* One key, as keys.h has them. */
int strokes_add_key(struct strokes *strokes, const struct layout *layout, const char *text,
                    struct err *err);
