/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `oriel expect` waits for, and the search for it in rows of text. A text is found as a person
 * would find it: any number of blanks is one, lines that draw boxes are blanks as well, and it may
 * go on in the next row, be it wrapped at a word or amid one. A regular expression sees the rows as
 * they are, with a line's end between them; "(?i)" at its
 * beginning makes case of no matter.
 */
#pragma once

#include "base/err.h"

#include <glib.h>
#include <stdbool.h>

struct pattern;

/* NULL with *err, which says what is wrong with it. */
struct pattern *pattern_create(const char *text, bool is_regex, struct err *err);
void pattern_destroy(struct pattern *pattern);           /* takes NULL */
const char *pattern_text(const struct pattern *pattern); /* as it was given */

/* Rows without the blanks at their end, in valid UTF-8. */
struct page {
    GPtrArray *rows; /* of char *, owned */
    GArray *goes_on; /* of bool: the row is full, so that the next may be the same line */
};

void page_init(struct page *page);
void page_finish(struct page *page);
void page_clear(struct page *page);
/* Takes over `row`, from g_malloc(); blanks at its end go. */
void page_add(struct page *page, char *row, bool goes_on);

/* Whether it is there, and in which row it begins. */
bool pattern_find(const struct pattern *pattern, const struct page *page, unsigned *row);
