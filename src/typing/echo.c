/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search for what was typed; see echo.h. A screen is one line of cells here, so text that wraps
 * needs no care. Scrolling is undone by looking for the number of rows by which the screen of the
 * last look has to move to be most like this one.
 */
#include "typing/echo.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLANK = ' ',
    LOW_LINE = '_',
    NO_BREAK_SPACE = 0xa0,
    SHOWN_BEFORE = 12,
    SHOWN_AFTER = 12,
    SURE = 3
};

/* One look. */
struct look {
    const struct echo *echo;
    const struct console_screen *screen;
    uint32_t cells;
    const uint32_t *typed;
    size_t count;
};

/* ---- Cells ---- */

static uint32_t plain(uint32_t character)
{
    return character == NO_BREAK_SPACE ? BLANK : character;
}

static uint32_t cell(const struct look *l, uint32_t at)
{
    return plain(l->screen->cells[at].character);
}

static bool has_before(const struct look *l)
{
    return l->echo->before != NULL;
}

static uint32_t before(const struct look *l, uint32_t at)
{
    return plain(l->echo->before[at]);
}

static bool is_new(const struct look *l, uint32_t at)
{
    return !has_before(l) || cell(l, at) != before(l, at);
}

/* Something is there that was not. A blank is nothing, and what looks like a low line or no
   character may be a cursor. */
static bool is_something(const struct look *l, uint32_t at)
{
    return at < l->cells && cell(l, at) && cell(l, at) != BLANK && cell(l, at) != LOW_LINE &&
           has_before(l) && is_new(l, at);
}

/* What is no known character may be any: its font isn't found, or has no glyph for it. */
static bool is_same(uint32_t shown, uint32_t typed)
{
    return shown == plain(typed) || !shown;
}

static bool cursor_was(const struct look *l, uint32_t *at)
{
    if (!has_before(l) || !l->echo->has_cursor)
        return false;
    *at = l->echo->cursor;
    return true;
}

static bool cursor_is(const struct look *l, uint32_t at)
{
    const struct console_screen *s = l->screen;

    return (s->has_cursor && s->cursor_row * s->grid.columns + s->cursor_column == at) ||
           (at < l->cells && cell(l, at) == LOW_LINE && is_new(l, at));
}

/* ---- Scrolling ---- */

static uint32_t rows_alike(const struct echo *e, const struct console_screen *screen,
                           uint32_t scrolled)
{
    uint32_t alike = 0;

    for (uint32_t row = 0; row + scrolled < e->rows; row++) {
        const uint32_t *old = e->last + (size_t)(row + scrolled) * e->columns;
        const struct console_cell *now = screen->cells + (size_t)row * e->columns;
        bool is_blank = true;
        uint32_t x = 0;

        for (; x < e->columns && old[x] == now[x].character; x++)
            is_blank = is_blank && old[x] == BLANK;
        alike += x == e->columns && !is_blank;
    }
    return alike;
}

static uint32_t find_scrolling(const struct echo *e, const struct console_screen *screen)
{
    uint32_t best = 0, most = rows_alike(e, screen, 0);

    for (uint32_t rows = 1; rows < e->rows; rows++) {
        uint32_t alike = rows_alike(e, screen, rows);

        if (alike > most) {
            most = alike;
            best = rows;
        }
    }
    return best;
}

/* What is known of the screen moves with it. */
static void scroll(struct echo *e, uint32_t rows)
{
    size_t gone = (size_t)rows * e->columns, cells = (size_t)e->rows * e->columns;

    memmove(e->before, e->before + gone, (cells - gone) * sizeof(*e->before));
    for (size_t i = cells - gone; i < cells; i++)
        e->before[i] = BLANK;
    e->has_cursor = e->has_cursor && e->cursor >= gone;
    e->has_place = e->has_place && e->place >= gone;
    e->cursor -= e->has_cursor ? (uint32_t)gone : 0;
    e->place -= e->has_place ? (uint32_t)gone : 0;
}

static void remember(uint32_t *characters, const struct console_screen *screen)
{
    for (uint32_t i = 0; i < screen->grid.columns * screen->grid.rows; i++)
        characters[i] = screen->cells[i].character;
}

static void follow(struct echo *e, const struct console_screen *screen)
{
    uint32_t rows = find_scrolling(e, screen);

    if (rows)
        scroll(e, rows);
    remember(e->last, screen);
}

/* ---- The search ---- */

/*
 * How much of typed[first …) is there from a cell on. Unknown characters at its end may be a cursor
 * and what is behind it, unless the cursor is seen there.
 */
static size_t length_at(const struct look *l, uint32_t at, size_t first)
{
    size_t n = 0;

    while (first + n < l->count && at + n < l->cells &&
           is_same(cell(l, at + (uint32_t)n), l->typed[first + n]))
        n++;
    while (n && !cell(l, at + (uint32_t)n - 1) && first + n > l->echo->confirmed &&
           !cursor_is(l, at + (uint32_t)n))
        n--;
    return n;
}

static bool any_new(const struct look *l, uint32_t at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_new(l, at + (uint32_t)i))
            return true;
    return false;
}

/* Of a few characters there may be others like them: these count only before a cursor. */
static bool is_sure(const struct look *l, uint32_t at, size_t len)
{
    return len >= SURE || l->echo->confirmed || !l->screen->has_cursor ||
           cursor_is(l, at + (uint32_t)len);
}

/* Finds the place with the most of it; false: there is none. Of equally good ones that before a
   cursor counts, then the last. */
static bool find(const struct look *l, size_t first, uint32_t *place, size_t *len)
{
    size_t need = MAX_OF(l->echo->confirmed - first, 1), best = 0;
    bool is_best_at_cursor = false;

    for (uint32_t at = 0; at < l->cells; at++) {
        size_t n = length_at(l, at, first);
        bool at_cursor = n && cursor_is(l, at + (uint32_t)n);

        if (n < need || n < best || (n == best && is_best_at_cursor && !at_cursor) ||
            !any_new(l, at, n) || !is_sure(l, at, n))
            continue;
        best = n;
        *place = at;
        is_best_at_cursor = at_cursor;
    }
    *len = best;
    return best > 0;
}

/* Where the last look found it, it is still, and maybe more of it. */
static bool goes_on(const struct look *l, size_t first, uint32_t *place, size_t *len)
{
    size_t known = l->echo->confirmed - first;

    if (!l->echo->confirmed || !l->echo->has_place || l->echo->place < known)
        return false;
    *place = l->echo->place - (uint32_t)known;
    *len = length_at(l, *place, first);
    if (*len < known)
        *len = 0;
    return *len > 0;
}

/* It doesn't go on there, so that may be the wrong place. */
static bool is_elsewhere(const struct look *l, size_t first, uint32_t place, size_t len)
{
    return first + len < l->count && is_something(l, place + (uint32_t)len);
}

/* A blank that was typed last looks like nothing; the cursor behind it tells. */
static size_t without_blanks(const struct look *l, size_t first, uint32_t place, size_t len)
{
    size_t n = len;

    if (cursor_is(l, place + (uint32_t)len))
        return len;
    while (n && first + n > l->echo->confirmed && l->typed[first + n - 1] == BLANK &&
           !is_new(l, place + (uint32_t)n - 1))
        n--;
    return n;
}

/* From where the cursor was on is the first character only once. */
static bool begins_rightly(const struct look *l, uint32_t place)
{
    uint32_t at;

    if (!cursor_was(l, &at) || at >= place || place - at > ECHO_CONTEXT)
        return true;
    for (; at < place; at++)
        if (!is_something(l, at) || !is_same(cell(l, at), l->typed[0]))
            return true;
    return false;
}

/* Behind the last character is what was there before, or what was pushed on by it. */
static bool ends_rightly(const struct look *l, uint32_t end)
{
    return end >= l->cells || !is_something(l, end) || cursor_is(l, end) ||
           (l->count <= end && cell(l, end) == before(l, end - (uint32_t)l->count));
}

static bool find_text(const struct look *l, struct echo *echo, struct echo_look *out)
{
    size_t first = echo->confirmed - MIN_OF(echo->confirmed, ECHO_CONTEXT), len = 0;
    uint32_t place = 0;

    if (!goes_on(l, first, &place, &len) || is_elsewhere(l, first, place, len)) {
        size_t there = 0;

        if (find(l, first, &place, &there))
            len = there;
        else if (!len)
            return echo->has_place = false;
    }
    echo->has_place = true;
    len = without_blanks(l, first, place, len);
    echo->confirmed = MAX_OF(first + len, echo->confirmed);
    echo->place = place + (uint32_t)len;
    if (echo->confirmed < l->count)
        out->is_wrong = is_something(l, echo->place);
    else
        out->is_wrong = !ends_rightly(l, echo->place);
    out->is_wrong = out->is_wrong || (!first && len && !begins_rightly(l, place));
    return echo->confirmed > 0;
}

/* ---- What is no text of ours ---- */

static bool is_mask(uint32_t character)
{
    return character == '*' || character == 0x2022 || character == 0x25cf;
}

/* From where the cursor was: as many as characters, or something else. */
static void find_nothing(const struct look *l, struct echo *echo, struct echo_look *out)
{
    uint32_t at, n = 0;

    if (!cursor_was(l, &at) || at >= l->cells)
        return;
    echo->has_place = true;
    echo->place = at;
    out->is_wrong = is_something(l, at) && !is_same(cell(l, at), l->typed[0]);
    if (!is_mask(cell(l, at)))
        return;
    while (at + n < l->cells && cell(l, at + n) == cell(l, at) && is_new(l, at + n))
        n++;
    if (!n)
        return;
    echo->is_masked = true;
    echo->place = at + n;
    echo->confirmed = MAX_OF(MIN_OF(n, l->count), echo->confirmed);
    out->is_wrong = n > l->count;
}

/* ---- The interface ---- */

void echo_init(struct echo *echo)
{
    *echo = (struct echo){.before = NULL};
}

void echo_finish(struct echo *echo)
{
    free(echo->before);
    free(echo->last);
    echo_init(echo);
}

void echo_begin(struct echo *echo, const struct console_screen *screen)
{
    size_t cells;

    echo_finish(echo);
    if (!screen || !screen->grid.columns)
        return;
    echo->columns = screen->grid.columns;
    echo->rows = screen->grid.rows;
    cells = (size_t)echo->columns * echo->rows;
    echo->before = mem_alloc0(cells, sizeof(*echo->before));
    echo->last = mem_alloc0(cells, sizeof(*echo->last));
    remember(echo->before, screen);
    remember(echo->last, screen);
    echo->has_cursor = screen->has_cursor;
    echo->cursor = screen->cursor_row * echo->columns + screen->cursor_column;
}

/* Nothing is known of a screen with another division. */
static void forget_other(struct echo *echo, const struct console_screen *screen)
{
    if (echo->columns == screen->grid.columns && echo->rows == screen->grid.rows)
        return;
    free(echo->before);
    free(echo->last);
    echo->before = echo->last = NULL;
    echo->has_place = false;
    echo->columns = screen->grid.columns;
    echo->rows = screen->grid.rows;
}

struct echo_look echo_look(struct echo *echo, const struct console_screen *screen,
                           const uint32_t *typed, size_t count)
{
    struct echo_look out = {.confirmed = echo->confirmed};
    struct look l = {.echo = echo, .screen = screen, .typed = typed, .count = count};

    if (!screen || !screen->grid.columns)
        return out;
    forget_other(echo, screen);
    l.cells = echo->columns * echo->rows;
    if (echo->last)
        follow(echo, screen);
    if (!count)
        return out;
    if (echo->is_masked || !find_text(&l, echo, &out))
        if (!echo->confirmed || echo->is_masked)
            find_nothing(&l, echo, &out);
    out.confirmed = echo->confirmed;
    out.is_masked = echo->is_masked;
    return out;
}

bool echo_surplus(const struct echo *echo, const struct console_screen *screen, uint32_t *count)
{
    uint32_t cursor = screen->cursor_row * screen->grid.columns + screen->cursor_column;

    if (!echo->has_place || !screen->has_cursor || cursor < echo->place ||
        cursor - echo->place > ECHO_SURPLUS_MAX)
        return false;
    *count = cursor - echo->place;
    return true;
}

void echo_shown(const struct echo *echo, const struct console_screen *screen, char *out,
                size_t room)
{
    uint32_t cells = screen->grid.columns * screen->grid.rows;
    uint32_t from = echo->place - MIN_OF(echo->place % MAX_OF(echo->columns, 1), SHOWN_BEFORE);
    uint32_t end = MIN_OF(echo->place + SHOWN_AFTER, cells);
    g_autoptr(GString) text = g_string_new(NULL);

    while (echo->has_place && end > from && plain(screen->cells[end - 1].character) == BLANK)
        end--;
    for (uint32_t i = from; echo->has_place && i < end; i++)
        g_string_append_unichar(text,
                                screen->cells[i].character ? screen->cells[i].character : '?');
    utf8_sanitize(text->str, text->len, out, room);
}
