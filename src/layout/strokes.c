/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts and keys as strokes; see strokes.h. */
#include "layout/strokes.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "layout/keys.h"

#include <stdlib.h>
#include <string.h>

void strokes_finish(struct strokes *s)
{
    free(s->items);
    *s = STROKES_INIT;
}

static void add(struct strokes *s, const struct strokes_item *item)
{
    if ((s->count & (s->count - 1)) == 0)
        s->items = mem_resize(s->items, MAX_OF(2 * s->count, 16), sizeof(*s->items));
    s->items[s->count++] = *item;
}

static int add_character(struct strokes *s, const struct layout *layout, uint32_t character,
                         struct err *err)
{
    struct strokes_item item = {.character = character >= ' ' ? character : 0};

    item.count = (uint32_t)layout_find(layout, character, item.strokes);
    if (!item.count && character < ' ')
        return err_set(err,
                       "the control character U+%04X can't be typed; a key has a name, as "
                       "\\<ctrl+c>",
                       character);
    if (!item.count)
        return err_set(err, "the keyboard layout has no key for U+%04X; --layout takes another one",
                       character);
    add(s, &item);
    return 0;
}

/* ---- Escapes ---- */

static int add_named(struct strokes *s, const struct layout *layout, const char *name, size_t len,
                     struct err *err)
{
    struct strokes_item item = {.count = 1};

    if (keys_parse(layout, name, len, &item.strokes[0], err) < 0)
        return -1;
    add(s, &item);
    return 0;
}

/* Of what follows a backslash; *used: how much of it. */
static int add_escape(struct strokes *s, const struct layout *layout, const char *text, size_t len,
                      size_t *used, struct err *err)
{
    static const char letters[] = "nrtbe\\", characters[] = "\n\r\t\b\033\\";
    const char *letter = len && *text ? strchr(letters, *text) : NULL, *end;

    if (letter) {
        *used = 1;
        return add_character(s, layout, (uint8_t)characters[letter - letters], err);
    }
    /* The key ">" itself is written \<>>, or with modifiers before it. */
    end = len > 2 && *text == '<' ? memchr(text + 2, '>', len - 2) : NULL;
    if (!end)
        return err_set(err, "a backslash is followed by n, r, t, b, e, another backslash or a key "
                            "as in \\<ctrl+c>; double it where it stands for itself");
    if ((size_t)(end - text) + 1 < len && end[1] == '>' && end[-1] == '+')
        end++;
    *used = (size_t)(end - text) + 1;
    return add_named(s, layout, text + 1, *used - 2, err);
}

/* ---- Texts ---- */

static int add_all(struct strokes *s, const struct layout *layout, const char *text, size_t len,
                   bool has_escapes, struct err *err)
{
    for (size_t at = 0, used; at < len; at += used) {
        uint32_t character = 0;
        int rc;

        used = utf8_decode(text + at, len - at, &character);
        if (!used)
            return err_set(err, "what is to be typed is no valid UTF-8 from byte %zu on", at + 1);
        if (has_escapes && character == '\\') {
            rc = add_escape(s, layout, text + at + 1, len - at - 1, &used, err);
            used++;
        } else if (character == '\r' && at + 1 < len && text[at + 1] == '\n') {
            continue; /* the newline is the Enter */
        } else {
            rc = add_character(s, layout, character, err);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int add_or_nothing(struct strokes *s, const struct layout *layout, const char *text,
                          size_t len, bool has_escapes, struct err *err)
{
    struct strokes added = STROKES_INIT;
    int rc = add_all(&added, layout, text, len, has_escapes, err);

    for (size_t i = 0; !rc && i < added.count; i++)
        add(s, &added.items[i]);
    strokes_finish(&added);
    return rc;
}

int strokes_add_text(struct strokes *s, const struct layout *layout, const char *text, size_t len,
                     struct err *err)
{
    return add_or_nothing(s, layout, text, len, false, err);
}

int strokes_add_escaped(struct strokes *s, const struct layout *layout, const char *text,
                        size_t len, struct err *err)
{
    return add_or_nothing(s, layout, text, len, true, err);
}

int strokes_add_key(struct strokes *s, const struct layout *layout, const char *text,
                    struct err *err)
{
    return add_named(s, layout, text, strlen(text), err);
}
