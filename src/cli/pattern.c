/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search in rows; see pattern.h. */
#include "cli/pattern.h"

#include <string.h>

struct pattern {
    char *text;
    char *words;   /* of a text: as it is looked for */
    GRegex *regex; /* or this */
};

/* The rows as one text, and from which of them each byte is. */
struct hay {
    GString *text;
    GArray *row_of; /* of unsigned */
};

/* ---- Pages ---- */

void page_init(struct page *page)
{
    page->rows = g_ptr_array_new_with_free_func(g_free);
    page->goes_on = g_array_new(FALSE, FALSE, sizeof(bool));
}

void page_finish(struct page *page)
{
    g_ptr_array_unref(page->rows);
    g_array_unref(page->goes_on);
}

void page_clear(struct page *page)
{
    g_ptr_array_set_size(page->rows, 0);
    g_array_set_size(page->goes_on, 0);
}

void page_add(struct page *page, char *row, bool goes_on)
{
    g_ptr_array_add(page->rows, g_strchomp(row));
    g_array_append_val(page->goes_on, goes_on);
}

/* ---- Words ---- */

static bool is_blank(gunichar c)
{
    return g_unichar_isspace(c) || (c >= 0x2500 && c < 0x25a0) || c == 0xfffd;
}

static void put(struct hay *hay, gunichar c, unsigned row)
{
    char bytes[6];
    int len = g_unichar_to_utf8(c, bytes);

    g_string_append_len(hay->text, bytes, len);
    for (int i = 0; i < len; i++)
        g_array_append_val(hay->row_of, row);
}

static void put_blank(struct hay *hay, unsigned row)
{
    if (!hay->text->len || hay->text->str[hay->text->len - 1] != ' ')
        put(hay, ' ', row);
}

static void put_words(struct hay *hay, const char *text, unsigned row)
{
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);

        if (is_blank(c))
            put_blank(hay, row);
        else
            put(hay, c, row);
    }
}

/* ---- Hay ---- */

static struct hay hay_make(const struct page *page, bool are_words, bool joins)
{
    struct hay hay = {g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(unsigned))};

    for (unsigned i = 0; i < page->rows->len; i++) {
        const char *row = page->rows->pdata[i];

        if (are_words)
            put_words(&hay, row, i);
        for (const char *c = row; !are_words && *c; c = g_utf8_next_char(c))
            put(&hay, g_utf8_get_char(c), i);
        if (joins && g_array_index(page->goes_on, bool, i))
            continue;
        if (are_words)
            put_blank(&hay, i);
        else
            put(&hay, '\n', i);
    }
    return hay;
}

static void hay_finish(struct hay *hay)
{
    g_string_free(hay->text, TRUE);
    g_array_unref(hay->row_of);
}

static bool find_regex(const struct pattern *p, const char *text, size_t *at)
{
    g_autoptr(GMatchInfo) match = NULL;
    int start;

    if (!g_regex_match(p->regex, text, 0, &match))
        return false;
    g_match_info_fetch_pos(match, 0, &start, NULL);
    *at = (size_t)start;
    return true;
}

static bool find_words(const struct pattern *p, const char *text, size_t *at)
{
    const char *found = strstr(text, p->words);

    if (found)
        *at = (size_t)(found - text);
    return found;
}

static bool find_in(const struct pattern *p, const struct page *page, bool joins, unsigned *row)
{
    struct hay hay = hay_make(page, !p->regex, joins);
    bool found;
    size_t at = 0;

    if (p->regex)
        found = find_regex(p, hay.text->str, &at);
    else
        found = find_words(p, hay.text->str, &at);
    if (found)
        *row = at < hay.row_of->len ? g_array_index(hay.row_of, unsigned, at) : 0;
    hay_finish(&hay);
    return found;
}

bool pattern_find(const struct pattern *p, const struct page *page, unsigned *row)
{
    return find_in(p, page, false, row) || find_in(p, page, true, row);
}

/* ---- Life ---- */

static GRegex *compile(const char *text, struct err *err)
{
    g_autoptr(GError) error = NULL;
    GRegex *regex = g_regex_new(text, G_REGEX_MULTILINE, 0, &error);

    if (!regex)
        err_set(err, "this is no regular expression: %s", error->message);
    return regex;
}

struct pattern *pattern_create(const char *text, bool is_regex, struct err *err)
{
    struct pattern *p;
    GRegex *regex = NULL;
    struct hay words;

    if (!*text || !g_utf8_validate(text, -1, NULL)) {
        err_set(err, *text ? "the text to wait for is no valid UTF-8"
                           : "an empty text is on every screen; say which one to wait for");
        return NULL;
    }
    if (is_regex && !(regex = compile(text, err)))
        return NULL;
    words = (struct hay){g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(unsigned))};
    put_words(&words, text, 0);
    g_array_unref(words.row_of);
    p = g_new0(struct pattern, 1);
    *p = (struct pattern){g_strdup(text), g_string_free(words.text, FALSE), regex};
    return p;
}

void pattern_destroy(struct pattern *p)
{
    if (!p)
        return;
    g_free(p->text);
    g_free(p->words);
    if (p->regex)
        g_regex_unref(p->regex);
    g_free(p);
}

const char *pattern_text(const struct pattern *p)
{
    return p->text;
}
