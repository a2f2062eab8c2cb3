/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a screen moved; see history.h. The screen at the last look and now are compared row by row,
 * for each distance that rows may have moved up. The best explanation has two parts, [0, k) moved
 * by one distance and [k, …) by another, as a look into the midst of a scroll sees it; all of the
 * screen has moved by the lesser one.
 */
#include "console/history.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLANK = 0x20,
    LONG = 8,             /* characters: such a row hardly comes twice by chance and counts twice */
    MISMATCH = 2,         /* what a row that differs costs in rows that don't */
    EVIDENCE_MIN = 2,     /* of a part */
    LOOKS_MAX = 8,        /* at a screen of which a part has moved */
    SIMILAR_PERCENT = 35, /* of the cells: it is painted again, not something else */
};

struct state {
    uint32_t columns, rows; /* 0: none yet */
    struct console_cell *cells;
    uint64_t *hashes; /* of a row's characters; 0: it is blank */
    bool has_cursor;
    uint32_t cursor_row;
};

struct console_history {
    struct console_row **rows; /* a ring */
    uint32_t rows_max, first, count;
    size_t bytes;
    bool is_after_gap; /* the next row will be */
    struct state last; /* what was seen, and has not left */
    struct state held; /* what was cleared, and may be painted again */
    uint32_t looks;    /* at parts that moved since `last` */
};

/* ---- States ---- */

static const struct console_cell *row_of(const struct state *s, uint32_t row)
{
    return s->cells + (size_t)row * s->columns;
}

static uint32_t length_of(const struct console_cell *cells, uint32_t columns)
{
    while (columns && cells[columns - 1].character == BLANK)
        columns--;
    return columns;
}

static uint64_t hash_of(const struct console_cell *cells, uint32_t columns)
{
    uint32_t length = length_of(cells, columns);
    uint64_t hash = length ? 0xcbf29ce484222325 : 0;

    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ cells[i].character) * 0x100000001b3;
    return hash;
}

static void state_finish(struct state *s)
{
    free(s->cells);
    free(s->hashes);
    *s = (struct state){0};
}

static struct state state_of(const struct console_screen *screen)
{
    size_t count = (size_t)screen->grid.columns * screen->grid.rows;
    struct state s = {
        .columns = screen->grid.columns,
        .rows = screen->grid.rows,
        .cells = mem_dup(screen->cells, count * sizeof(screen->cells[0])),
        .hashes = mem_alloc0(screen->grid.rows, sizeof(s.hashes[0])),
        .has_cursor = screen->has_cursor,
        .cursor_row = screen->cursor_row,
    };

    for (uint32_t row = 0; row < s.rows; row++)
        s.hashes[row] = hash_of(row_of(&s, row), s.columns);
    return s;
}

/* Rows up to the last that isn't blank. */
static uint32_t height_of(const struct state *s)
{
    uint32_t rows = s->rows;

    while (rows && !s->hashes[rows - 1])
        rows--;
    return rows;
}

static uint32_t ink_of(const struct state *s)
{
    uint32_t ink = 0;

    for (size_t i = 0; i < (size_t)s->columns * s->rows; i++)
        ink += s->cells[i].character != BLANK;
    return ink;
}

/* Cells that show the same, of those that aren't blank in `s`. */
static uint32_t ink_in_common(const struct state *s, const struct state *other)
{
    uint32_t common = 0;

    for (size_t i = 0; i < (size_t)s->columns * s->rows; i++)
        common +=
            s->cells[i].character != BLANK && s->cells[i].character == other->cells[i].character;
    return common;
}

static bool is_painted_again(const struct state *s, const struct state *before)
{
    return s->columns == before->columns && s->rows == before->rows &&
           100 * (uint64_t)ink_in_common(s, before) >= SIMILAR_PERCENT * (uint64_t)ink_of(s);
}

/* It is written from top to bottom: nothing is below the cursor. */
static bool is_stream(const struct state *s)
{
    return s->has_cursor ? s->cursor_row + 1 >= height_of(s) : !s->hashes[s->rows - 1];
}

/* ---- The ring ---- */

static size_t size_of(uint32_t count)
{
    return sizeof(struct console_row) + count * sizeof(struct console_cell);
}

static void drop_oldest(struct console_history *h)
{
    struct console_row *row = h->rows[h->first];

    h->bytes -= size_of(row->count);
    free(row);
    h->first = (h->first + 1) % h->rows_max;
    h->count--;
}

static void keep_row(struct console_history *h, const struct state *s, uint32_t at)
{
    const struct console_cell *cells = row_of(s, at);
    uint32_t fill = cells[s->columns - 1].background, count = s->columns;
    struct console_row *row;

    while (count && cells[count - 1].character == BLANK && cells[count - 1].background == fill)
        count--;
    while (h->count &&
           (h->count == h->rows_max || h->bytes + size_of(count) > CONSOLE_HISTORY_BYTES))
        drop_oldest(h);
    row = mem_alloc0(1, size_of(count));
    row->columns = s->columns;
    row->count = count;
    row->fill = fill;
    row->after_gap = h->is_after_gap;
    memcpy(row->cells, cells, count * sizeof(cells[0]));
    h->is_after_gap = false;
    h->rows[(h->first + h->count++) % h->rows_max] = row;
    h->bytes += size_of(count);
}

static uint32_t keep_rows(struct console_history *h, const struct state *s, uint32_t count)
{
    for (uint32_t row = 0; row < count; row++)
        keep_row(h, s, row);
    return count;
}

/* ---- Moves ---- */

struct move {
    uint32_t upper, lower; /* rows that [0, split) and [split, …) have moved up */
    uint32_t split;
    int score;
};

/* A row that was and what it may have become: a command was typed on it. */
static bool has_become(const struct state *was, uint32_t from, const struct state *is, uint32_t to)
{
    const struct console_cell *a = row_of(was, from), *b = row_of(is, to);
    uint32_t length;

    if (was->hashes[from] == is->hashes[to])
        return true;
    length = length_of(a, was->columns);
    for (uint32_t i = 0; i < length; i++)
        if (a[i].character != b[i].character)
            return false;
    return length;
}

/* What it says for a distance that row `to` came from that far below; 0: nothing, there was
   nothing yet. */
static int score_of(const struct state *was, const struct state *is, uint32_t distance, uint32_t to)
{
    int weight;

    if (to + distance >= was->rows || !was->hashes[to + distance])
        return 0;
    weight = length_of(row_of(was, to + distance), was->columns) < LONG ? 1 : 2;
    return has_become(was, to + distance, is, to) ? weight : -MISMATCH * weight;
}

/* For each split the distance that explains the rows above it best (below it: from_below). */
static void find_parts(const struct state *was, const struct state *is, bool from_below,
                       uint32_t *distances, int *scores)
{
    uint32_t rows = is->rows;

    for (uint32_t i = 0; i <= rows; i++)
        scores[i] = INT16_MIN;
    for (uint32_t distance = 0; distance < rows; distance++) {
        int score = 0;

        for (uint32_t n = 0; n <= rows; n++) {
            uint32_t split = from_below ? rows - n : n;

            if (n)
                score += score_of(was, is, distance, from_below ? split : split - 1);
            if (score > scores[split]) {
                scores[split] = score;
                distances[split] = distance;
            }
        }
    }
}

static struct move find_move(const struct state *was, const struct state *is)
{
    uint32_t n = is->rows + 1;
    uint32_t *upper = mem_alloc0(n, 2 * sizeof(*upper)), *lower = upper + n;
    int *above = mem_alloc0(n, 2 * sizeof(*above)), *below = above + n;
    struct move best = {.score = INT32_MIN};

    find_parts(was, is, false, upper, above);
    find_parts(was, is, true, lower, below);
    for (uint32_t split = 0; split < n; split++) {
        bool is_one = split == 0 || split == is->rows;
        int score = above[split] + below[split];

        if (!is_one && MIN_OF(above[split], below[split]) < EVIDENCE_MIN)
            continue;
        if (score > best.score)
            best = (struct move){split ? upper[split] : lower[0],
                                 split < is->rows ? lower[split] : upper[split], split, score};
    }
    free(upper);
    free(above);
    return best;
}

/* All the rows moved but for the last, which tells of them, as vi's does. */
static bool has_status_row(const struct state *was, const struct state *is, uint32_t distance)
{
    const uint32_t last = was->rows - 1;
    uint32_t ink = 0, common = 0;

    if (is_stream(was) || !was->hashes[last] || has_become(was, last, is, last - distance))
        return false;
    for (uint32_t i = 0; i < was->columns; i++) {
        uint32_t c = row_of(was, last)[i].character;

        ink += c != BLANK;
        common += c != BLANK && c == row_of(is, last)[i].character;
    }
    return 2 * common >= ink;
}

/* ---- Following ---- */

/* Rows were only written on; others may be of a scroll that isn't through. */
static bool nothing_was_replaced(const struct state *was, const struct state *is)
{
    for (uint32_t row = 0; row < was->rows; row++)
        if (was->hashes[row] && !has_become(was, row, is, row))
            return false;
    return true;
}

static void see(struct console_history *h, struct state *is)
{
    state_finish(&h->last);
    h->last = *is;
    *is = (struct state){0};
    h->looks = 0;
}

static uint32_t keep_held(struct console_history *h)
{
    uint32_t count = keep_rows(h, &h->held, height_of(&h->held));

    state_finish(&h->held);
    return count;
}

/* Nothing of what was there has stayed. */
static uint32_t replace(struct console_history *h, struct state *is)
{
    bool is_cleared = 2 * ink_of(is) < ink_of(&h->last);
    uint32_t count = 0;

    if (height_of(&h->last) && (is_cleared || !is_painted_again(is, &h->last))) {
        count += keep_held(h);
        if (is_cleared && is_stream(&h->last)) {
            h->held = h->last;
            h->last = (struct state){0};
        } else if (is_stream(&h->last)) {
            count += keep_rows(h, &h->last, height_of(&h->last));
            h->is_after_gap = is_stream(is) && height_of(is) + 1 >= is->rows;
        }
    }
    see(h, is);
    return count;
}

/* A look at something whole, as far as that can be told: all of it has moved. */
static bool is_whole(const struct state *was, const struct state *is, const struct move *m)
{
    if (m->upper != m->lower)
        return false;
    return m->upper && (!was->hashes[m->upper] || has_become(was, m->upper, is, 0));
}

/*
 * As long as a look is at parts, the next one decides. If it is so for long, it is a part of the
 * screen that scrolls; but what is written from top to bottom has no rows that stay, so there the
 * upper part tells.
 */
static uint32_t move(struct console_history *h, struct state *is, const struct move *m)
{
    bool whole = is_whole(&h->last, is, m);
    uint32_t count = 0;

    if (!whole && ++h->looks <= LOOKS_MAX)
        return 0;
    if (m->upper && (whole ? !has_status_row(&h->last, is, m->upper) : is_stream(&h->last)))
        count = keep_held(h) + keep_rows(h, &h->last, m->upper);
    see(h, is);
    return count;
}

/* Whether what was cleared has been painted again, or something else has. */
static uint32_t judge_held(struct console_history *h)
{
    if (!h->held.rows || 2 * ink_of(&h->last) < ink_of(&h->held))
        return 0;
    if (!is_painted_again(&h->last, &h->held))
        return keep_held(h);
    state_finish(&h->held);
    return 0;
}

static uint32_t follow(struct console_history *h, struct state *is)
{
    struct move m;

    if (!h->last.rows) {
        see(h, is);
        return 0;
    }
    if (is->columns != h->last.columns || is->rows != h->last.rows) {
        uint32_t count = keep_held(h);

        if (is_stream(&h->last))
            count += keep_rows(h, &h->last, height_of(&h->last));
        see(h, is);
        return count;
    }
    if (nothing_was_replaced(&h->last, is)) { /* typing, mostly */
        see(h, is);
        return 0;
    }
    m = find_move(&h->last, is);
    if (m.score >= (m.upper || m.lower ? EVIDENCE_MIN : 1))
        return move(h, is, &m);
    return replace(h, is);
}

uint32_t console_history_follow(struct console_history *h, const struct console_screen *screen)
{
    struct state is;
    uint32_t count;

    if (!screen->grid.columns)
        return 0;
    is = state_of(screen);
    count = follow(h, &is);
    state_finish(&is);
    return count + judge_held(h);
}

uint32_t console_history_settle(struct console_history *h)
{
    return keep_held(h);
}

/* ---- Life ---- */

uint32_t console_history_count(const struct console_history *h)
{
    return h->count;
}

const struct console_row *console_history_row(const struct console_history *h, uint32_t i)
{
    return h->rows[(h->first + i) % h->rows_max];
}

struct console_history *console_history_create(uint32_t rows_max)
{
    struct console_history *h = mem_new0(struct console_history);

    h->rows_max = rows_max;
    h->rows = mem_alloc0(rows_max, sizeof(struct console_row *));
    return h;
}

void console_history_destroy(struct console_history *h)
{
    if (!h)
        return;
    while (h->count)
        drop_oldest(h);
    state_finish(&h->last);
    state_finish(&h->held);
    free(h->rows);
    free(h);
}
