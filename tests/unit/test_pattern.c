/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `oriel expect` finds in rows of a screen, and what it makes of the bytes of a serial
 * console: wrapped text, boxes, blanks, escape sequences, cut at every position.
 */
#include "base/arith.h"
#include "check.h"
#include "cli/lines.h"
#include "cli/pattern.h"

/* Rows with "\n" between; one that goes on in the next ends with "\\\n". */
static void page_of(struct page *page, const char *text)
{
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);

    page_init(page);
    for (guint i = 0; rows[i]; i++) {
        bool goes_on = g_str_has_suffix(rows[i], "\\");

        page_add(page, g_strndup(rows[i], strlen(rows[i]) - goes_on), goes_on);
    }
}

static void test_finding(void)
{
    static const struct {
        const char *page, *text;
        bool is_regex;
        int row; /* -1: it isn't there */
    } cases[] = {
        {"one\ntwo login: ", "login:", false, 1},
        {"guest login:", "login: ", false, 0},
        {"one  two", "one two", false, 0},
        {"one two", "one   two", false, 0},
        {"onetwo", "one two", false, -1},
        {"one\n\n\ntwo", "one two", false, 0},
        {"amid a wo\\\nrd", "word", false, 0},
        {"amid a wo\nrd", "word", false, -1},
        {"one full\\\nrow", "full row", false, 0},
        {"a\n┌──┤ Title ├──┐\n│ Please choose │\n│ the language. │\n└───┘",
         "Please choose the language.", false, 2},
        {"┌──┤ Title ├──┐", "Title", false, 0},
        {"unknown: \uFFFD\uFFFD!", "unknown: !", false, 0},
        {"größer", "größer", false, 0},
        {"one\ntwo 12\nthree", "^two \\d+$", true, 1},
        {"one\nLOGIN:", "(?i)login:$", true, 1},
        {"wra\\\npped", "^wrapped$", true, 0},
        {"wra\\\npped", "^pped$", true, 1},
        {"one\ntwo", "one\\stwo", true, 0},
        {"one", "two", true, -1},
        {"", "x", false, -1},
        {"a.b", "a?b", false, -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {""};
        struct pattern *p = pattern_create(cases[i].text, cases[i].is_regex, &err);
        struct page page;
        unsigned row = 99;

        CHECK_STR(err.text, "");
        CHECK_STR(pattern_text(p), cases[i].text);
        page_of(&page, cases[i].page);
        CHECK_INT(pattern_find(p, &page, &row) ? (int)row : -1, cases[i].row);
        page_finish(&page);
        pattern_destroy(p);
    }
}

static void test_wrong_patterns(void)
{
    struct err err = {""};

    CHECK(!pattern_create("", false, &err) && strstr(err.text, "empty"));
    CHECK(!pattern_create("\xff", false, &err) && strstr(err.text, "UTF-8"));
    CHECK(!pattern_create("(", true, &err) && strstr(err.text, "regular expression"));
}

/* ---- The serial console ---- */

/* The lines with "|" between, and "+" where one goes on. */
static char *lines_of(const char *bytes, size_t len, size_t cut)
{
    struct lines lines;
    struct page page;
    GString *out = g_string_new(NULL);

    lines_init(&lines);
    page_init(&page);
    lines_feed(&lines, (const uint8_t *)bytes, cut);
    lines_feed(&lines, (const uint8_t *)bytes + cut, len - cut);
    lines_put(&lines, &page);
    for (guint i = 0; i < page.rows->len; i++)
        g_string_append_printf(out, "%s%s", i ? "|" : "", (const char *)page.rows->pdata[i]);
    page_finish(&page);
    lines_finish(&lines);
    return g_string_free(out, FALSE);
}

static void test_lines(void)
{
    static const struct {
        const char *bytes, *lines;
    } cases[] = {
        {"one\r\ntwo\r\nlogin: ", "one|two|login:"},
        {"\033[1;31mred\033[0m and \033[38;5;4mblue\033[m", "red and blue"},
        {"\033]0;a title\a\033]8;;http://x\033\\link\033]8;;\033\\", "link"},
        {"\033Pstring\033\\after\033(Bmore\033=", "aftermore"},
        {"10%\r20%\r30%", "30%"},
        {"helpo\b\blo", "hello"},
        {"b\303\244\bc", "bc"},
        {"one\033[2;1Htwo\033[3Cthree", "one|two three"},
        {"tab\there", "tab here"},
        {"\303\274ber \377", "\303\274ber \357\277\275"},
        {"a\177b\001c", "abc"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t cut = 0; cut <= strlen(cases[i].bytes); cut++) {
            g_autofree char *got = lines_of(cases[i].bytes, strlen(cases[i].bytes), cut);

            CHECK_STR(got, cases[i].lines);
        }
}

/* However long a line is, and however many there are, only so much is kept. */
static void test_bounds(void)
{
    struct lines lines;
    struct page page;
    size_t bytes = 0;

    lines_init(&lines);
    page_init(&page);
    for (unsigned i = 0; i < 100000; i++)
        lines_feed(&lines, (const uint8_t *)"no end in sight ", 16);
    for (unsigned i = 0; i < 100; i++)
        lines_feed(&lines, (const uint8_t *)"\033]a string without an end", 25);
    lines_put(&lines, &page);
    CHECK_INT(page.rows->len, LINES_KEPT);
    for (guint i = 0; i < page.rows->len; i++)
        bytes += strlen(page.rows->pdata[i]);
    CHECK(bytes <= LINES_KEPT * (LINES_BYTES_MAX + 4));
    CHECK(bytes > (LINES_KEPT - 2) * LINES_BYTES_MAX);
    CHECK(g_array_index(page.goes_on, bool, 0));
    page_finish(&page);
    lines_finish(&lines);
}

int main(void)
{
    test_finding();
    test_wrong_patterns();
    test_lines();
    test_bounds();
    return check_result();
}
