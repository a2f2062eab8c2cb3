/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scrollback of any screens at all: sizes that jump, rows that move, a cursor anywhere. What is
 * kept stays within its bounds and is rows of the screens. Four bytes are a step.
 */
#include "base/mem.h"
#include "console/history.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_KEPT = 40, SIDE_MAX = 24 };

static void resize(struct console_screen *s, uint32_t columns, uint32_t rows)
{
    s->grid.columns = columns;
    s->grid.rows = rows;
    free(s->cells);
    s->cells = mem_alloc0((size_t)SIDE_MAX * SIDE_MAX, sizeof(s->cells[0]));
    for (uint32_t i = 0; i < SIDE_MAX * SIDE_MAX; i++)
        s->cells[i].character = ' ';
}

static void step(struct console_screen *s, const uint8_t *b)
{
    uint32_t columns = s->grid.columns, count = columns * s->grid.rows;

    if (!count)
        return;
    s->has_cursor = b[0] & 0x80;
    s->cursor_row = b[3] % s->grid.rows;
    switch (b[0] & 3) {
    case 0: /* up by a row, and a new one */
        memmove(s->cells, s->cells + columns, (count - columns) * sizeof(s->cells[0]));
        for (uint32_t i = 0; i < columns; i++)
            s->cells[count - columns + i].character = i < b[1] % (columns + 1) ? b[2] : ' ';
        break;
    case 1: /* a piece of text */
        for (uint32_t i = 0; i < 12u; i++)
            s->cells[(b[1] * 7u + i) % count].character = b[2] + i % 3;
        break;
    case 2:
        for (uint32_t i = b[1] % count; i < count; i++)
            s->cells[i].character = b[2] & 1 ? ' ' : b[2] + i * b[3] % 61;
        break;
    default:
        break;
    }
}

static void check(const struct console_history *h)
{
    if (console_history_count(h) > ROWS_KEPT)
        abort();
    for (uint32_t i = 0; i < console_history_count(h); i++) {
        const struct console_row *row = console_history_row(h, i);

        if (row->count > row->columns || row->columns > SIDE_MAX)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct console_history *h = console_history_create(ROWS_KEPT);
    struct console_screen s;

    console_screen_init(&s);
    resize(&s, 12, 10);
    for (; size >= 4; data += 4, size -= 4) {
        if ((data[0] & 0x7f) == 0x7f)
            resize(&s, data[1] % (SIDE_MAX + 1), 1u + data[2] % SIDE_MAX);
        else
            step(&s, data);
        if (!(data[0] & 4))
            console_history_follow(h, &s);
        if ((data[0] & 0x78) == 0x78)
            console_history_settle(h);
        check(h);
    }
    console_history_destroy(h);
    console_screen_finish(&s);
    return 0;
}
