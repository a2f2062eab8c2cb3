/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines, and what is selected and found in them; see text-lines.h. */
#include "gtk/text-lines.h"

enum { BLANK = 0x20, NO_TEXT = 0xfffd };

bool text_lines_follow(struct text_lines *lines)
{
    uint32_t came =
        lines->history && lines->screen ? console_history_follow(lines->history, lines->screen) : 0;

    lines->gone += came;
    return came;
}

bool text_lines_settle(struct text_lines *lines)
{
    uint32_t came = lines->history ? console_history_settle(lines->history) : 0;

    lines->gone += came;
    return came;
}

int64_t text_lines_first(const struct text_lines *lines)
{
    return lines->gone - (lines->history ? console_history_count(lines->history) : 0);
}

int64_t text_lines_of_screen(const struct text_lines *lines)
{
    return lines->gone;
}

int64_t text_lines_end(const struct text_lines *lines)
{
    return text_lines_of_screen(lines) + (lines->screen ? lines->screen->grid.rows : 0);
}

const struct console_cell *text_lines_cells(const struct text_lines *lines, int64_t line,
                                            uint32_t *columns)
{
    int64_t row = line - text_lines_of_screen(lines);
    const struct console_row *old;

    *columns = 0;
    if (line < text_lines_first(lines) || line >= text_lines_end(lines))
        return NULL;
    if (row < 0) {
        old = console_history_row(lines->history, (uint32_t)(line - text_lines_first(lines)));
        *columns = old->count;
        return old->cells;
    }
    *columns = lines->screen->grid.columns;
    return lines->screen->cells + (size_t)row * *columns;
}

struct console_cell text_lines_blank(const struct text_lines *lines, int64_t line)
{
    int64_t first = text_lines_first(lines);
    uint32_t back = 0;

    if (line >= first && line < text_lines_of_screen(lines))
        back = console_history_row(lines->history, (uint32_t)(line - first))->fill;
    return (struct console_cell){BLANK, back, back};
}

int text_place_compare(struct text_place a, struct text_place b)
{
    if (a.line != b.line)
        return a.line < b.line ? -1 : 1;
    return a.column < b.column ? -1 : a.column > b.column;
}

/* ---- Selecting ---- */

static bool is_of_word(uint32_t c)
{
    return g_unichar_isalnum(c) || (c && c < 0x80 && strchr("_-./~:+@%?&=#", (int)c));
}

/* The cells around `column` that are of the same sort. */
static struct text_span word_at(const struct text_lines *lines, struct text_place at)
{
    uint32_t columns;
    const struct console_cell *cells = text_lines_cells(lines, at.line, &columns);
    struct text_span word = {at.column, at.column};
    bool sort;

    if (!columns)
        return word;
    word.first = word.end = MIN(at.column, columns - 1);
    if (cells[word.first].character != BLANK && !is_of_word(cells[word.first].character))
        return (struct text_span){word.first, word.first + 1};
    sort = is_of_word(cells[word.first].character);
    while (word.first && is_of_word(cells[word.first - 1].character) == sort &&
           (sort || cells[word.first - 1].character == BLANK))
        word.first--;
    while (word.end < columns && is_of_word(cells[word.end].character) == sort &&
           (sort || cells[word.end].character == BLANK))
        word.end++;
    return word;
}

struct text_span text_selection_span(const struct text_selection *selection,
                                     const struct text_lines *lines, int64_t line)
{
    bool forward = text_place_compare(selection->anchor, selection->head) <= 0;
    struct text_place from = forward ? selection->anchor : selection->head;
    struct text_place to = forward ? selection->head : selection->anchor;
    struct text_span span = {0, 0};

    if (!selection->any || line < from.line || line > to.line)
        return span;
    text_lines_cells(lines, line, &span.end);
    if (selection->unit == TEXT_LINE)
        return span;
    if (selection->unit == TEXT_BLOCK) {
        span.first = MIN(from.column, to.column);
        span.end = MIN(MAX(from.column, to.column), span.end);
        return span;
    }
    if (line == from.line)
        span.first = selection->unit == TEXT_WORD ? word_at(lines, from).first : from.column;
    if (line == to.line)
        span.end = MIN(selection->unit == TEXT_WORD ? word_at(lines, to).end : to.column, span.end);
    return span;
}

static bool is_span_empty(struct text_span span)
{
    return span.first >= span.end;
}

/* The lines of it that there are. */
static void lines_of(const struct text_selection *s, const struct text_lines *lines, int64_t *first,
                     int64_t *end)
{
    *first = MAX(MIN(s->anchor.line, s->head.line), text_lines_first(lines));
    *end = MIN(MAX(s->anchor.line, s->head.line) + 1, text_lines_end(lines));
}

bool text_selection_is_empty(const struct text_selection *selection, const struct text_lines *lines)
{
    int64_t line, end;

    if (!selection->any)
        return true;
    lines_of(selection, lines, &line, &end);
    for (; line < end; line++)
        if (!is_span_empty(text_selection_span(selection, lines, line)))
            return false;
    return true;
}

static void append_cells(GString *text, const struct console_cell *cells, struct text_span span)
{
    while (span.end > span.first && cells[span.end - 1].character == BLANK)
        span.end--;
    for (uint32_t i = span.first; i < span.end; i++)
        g_string_append_unichar(text, cells[i].character ? cells[i].character : NO_TEXT);
}

char *text_selection_text(const struct text_selection *selection, const struct text_lines *lines)
{
    GString *text = g_string_new(NULL);
    int64_t first, end;

    if (!selection->any)
        return g_string_free(text, FALSE);
    lines_of(selection, lines, &first, &end);
    for (int64_t line = first; line < end; line++) {
        uint32_t columns;
        const struct console_cell *cells = text_lines_cells(lines, line, &columns);

        if (line > first)
            g_string_append_c(text, '\n');
        append_cells(text, cells, text_selection_span(selection, lines, line));
    }
    return g_string_free(text, FALSE);
}

char *text_lines_text(const struct text_lines *lines, int64_t line)
{
    GString *text = g_string_new(NULL);
    struct text_span all = {0, 0};
    const struct console_cell *cells = text_lines_cells(lines, line, &all.end);

    append_cells(text, cells, all);
    return g_string_free(text, FALSE);
}

/* ---- Finding ---- */

void text_search_set(struct text_search *search, const char *text)
{
    text_search_finish(search);
    if (!text || !*text)
        return;
    search->needle = (gunichar *)g_utf8_to_ucs4_fast(text, -1, NULL);
    for (; search->needle[search->length]; search->length++)
        search->needle[search->length] = g_unichar_tolower(search->needle[search->length]);
}

void text_search_finish(struct text_search *search)
{
    g_clear_pointer(&search->needle, g_free);
    search->length = 0;
}

static bool is_here(const struct text_search *search, const struct console_cell *cells)
{
    for (uint32_t i = 0; i < search->length; i++)
        if (g_unichar_tolower(cells[i].character) != search->needle[i])
            return false;
    return true;
}

bool text_search_in_line(const struct text_search *search, const struct text_lines *lines,
                         int64_t line, uint32_t from, struct text_span *found)
{
    uint32_t columns;
    const struct console_cell *cells = text_lines_cells(lines, line, &columns);

    if (!search->length || !cells || search->length > columns)
        return false;
    for (uint32_t i = from; i <= columns - search->length; i++)
        if (is_here(search, cells + i)) {
            *found = (struct text_span){i, i + search->length};
            return true;
        }
    return false;
}

/* The last one that begins before `before`. */
static bool find_last(const struct text_search *search, const struct text_lines *lines,
                      int64_t line, uint32_t before, uint32_t *column)
{
    struct text_span span;
    bool any = false;

    for (uint32_t at = 0;
         text_search_in_line(search, lines, line, at, &span) && span.first < before;
         at = span.first + 1) {
        *column = span.first;
        any = true;
    }
    return any;
}

bool text_search_next(const struct text_search *search, const struct text_lines *lines,
                      struct text_place from, bool backward, struct text_place *found)
{
    int64_t first = text_lines_first(lines), count = text_lines_end(lines) - first;
    int64_t start = from.line;

    if (count <= 0 || !search->length)
        return false;
    if (start < first || start >= first + count) {
        start = backward ? first + count - 1 : first;
        from.column = backward ? UINT32_MAX : 0;
    }
    for (int64_t i = 0; i <= count; i++) { /* the first line again at the end, all of it */
        int64_t line = first + (start - first + (backward ? count - i % count : i)) % count;
        uint32_t column;
        struct text_span span;

        if (backward && find_last(search, lines, line, i ? UINT32_MAX : from.column, &column)) {
            *found = (struct text_place){line, column};
            return true;
        }
        if (!backward && text_search_in_line(search, lines, line, i ? 0 : from.column, &span)) {
            *found = (struct text_place){line, span.first};
            return true;
        }
    }
    return false;
}

uint32_t text_search_count(const struct text_search *search, const struct text_lines *lines)
{
    uint32_t count = 0;
    struct text_span span;

    for (int64_t line = text_lines_first(lines); line < text_lines_end(lines); line++)
        for (uint32_t at = 0; text_search_in_line(search, lines, line, at, &span); at = span.end)
            count++;
    return count;
}
