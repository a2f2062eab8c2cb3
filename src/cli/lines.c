/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text out of what goes to a terminal; see lines.h. */
#include "cli/lines.h"

#include <string.h>

enum { NORMAL, ESCAPE, CHARSET, SEQUENCE, STRING, STRING_ESCAPE };

struct line {
    char *text;
    bool goes_on;
};

static void line_free(gpointer data)
{
    struct line *line = data;

    g_free(line->text);
    g_free(line);
}

void lines_init(struct lines *l)
{
    *l = (struct lines){.open = g_string_new(NULL)};
    g_queue_init(&l->done);
}

void lines_finish(struct lines *l)
{
    g_queue_clear_full(&l->done, line_free);
    g_string_free(l->open, TRUE);
}

static void end_line(struct lines *l, bool goes_on)
{
    struct line *line = g_new(struct line, 1);

    *line = (struct line){g_strdup(l->open->str), goes_on};
    g_queue_push_tail(&l->done, line);
    if (l->done.length >= LINES_KEPT)
        line_free(g_queue_pop_head(&l->done));
    g_string_truncate(l->open, 0);
    l->returned = false;
}

static void put(struct lines *l, uint8_t byte)
{
    if (l->returned)
        g_string_truncate(l->open, 0);
    l->returned = false;
    if (l->open->len >= LINES_BYTES_MAX && (byte & 0xc0) != 0x80)
        end_line(l, true);
    if (l->open->len < LINES_BYTES_MAX + 4)
        g_string_append_c(l->open, (char)byte);
}

static void take_back(struct lines *l)
{
    while (l->open->len && (l->open->str[l->open->len - 1] & 0xc0) == 0x80)
        g_string_truncate(l->open, l->open->len - 1);
    if (l->open->len)
        g_string_truncate(l->open, l->open->len - 1);
}

static uint8_t take_normal(struct lines *l, uint8_t byte)
{
    if (byte == '\033')
        return ESCAPE;
    if (byte == '\n')
        end_line(l, false);
    else if (byte == '\r')
        l->returned = true;
    else if (byte == '\b')
        take_back(l);
    else if (byte == '\t')
        put(l, ' ');
    else if (byte >= ' ' && byte != 0x7f)
        put(l, byte);
    return NORMAL;
}

static uint8_t take_escape(uint8_t byte)
{
    if (byte == '[')
        return SEQUENCE;
    if (byte && strchr("]PX^_", byte))
        return STRING;
    return byte && strchr("()*+-./ #%", byte) ? CHARSET : NORMAL;
}

/* Where the cursor goes elsewhere, words end. */
static uint8_t take_sequence(struct lines *l, uint8_t byte)
{
    if (byte == '\033')
        return ESCAPE;
    if (byte < 0x40 || byte > 0x7e)
        return SEQUENCE;
    if (byte == 'C')
        put(l, ' ');
    else if (strchr("HfdABEF", byte) && l->open->len)
        end_line(l, false);
    return NORMAL;
}

void lines_feed(struct lines *l, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = bytes[i];

        switch (l->state) {
        case NORMAL:
            l->state = take_normal(l, byte);
            break;
        case ESCAPE:
            l->state = take_escape(byte);
            break;
        case SEQUENCE:
            l->state = take_sequence(l, byte);
            break;
        case STRING:
            l->state = byte == '\033' ? STRING_ESCAPE : byte == '\a' ? NORMAL : STRING;
            break;
        case STRING_ESCAPE:
            l->state = byte == '\\' ? NORMAL : take_escape(byte);
            break;
        default: /* CHARSET */
            l->state = NORMAL;
        }
    }
}

void lines_put(const struct lines *l, struct page *page)
{
    for (const GList *i = l->done.head; i; i = i->next) {
        const struct line *line = i->data;

        page_add(page, g_utf8_make_valid(line->text, -1), line->goes_on);
    }
    page_add(page, g_utf8_make_valid(l->open->str, (gssize)l->open->len), false);
}
