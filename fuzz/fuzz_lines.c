/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest writes to its serial console, as `oriel expect --serial` reads it: valid UTF-8
 * without control characters, a bounded number of lines, and the same in one piece as in two.
 */
#include "cli/lines.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void read_in_two(struct page *page, const uint8_t *data, size_t size, size_t cut)
{
    struct lines lines;

    lines_init(&lines);
    page_init(page);
    lines_feed(&lines, data, cut);
    lines_feed(&lines, data + cut, size - cut);
    lines_put(&lines, page);
    lines_finish(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pattern *pattern;
    struct page whole, cut;
    struct err err;
    unsigned row = 0;

    if (!pattern)
        pattern = pattern_create("login: a", false, &err);
    read_in_two(&whole, data, size, 0);
    read_in_two(&cut, data, size, size ? data[0] % size : 0);
    claim(whole.rows->len <= LINES_KEPT && whole.rows->len == cut.rows->len);
    for (guint i = 0; i < whole.rows->len; i++) {
        const char *line = whole.rows->pdata[i];

        claim(!strcmp(line, cut.rows->pdata[i]) && g_utf8_validate(line, -1, NULL));
        for (; *line; line++)
            claim((uint8_t)*line >= ' ' && *line != 0x7f);
    }
    if (pattern_find(pattern, &whole, &row))
        claim(row < whole.rows->len);
    page_finish(&whole);
    page_finish(&cut);
    return 0;
}
