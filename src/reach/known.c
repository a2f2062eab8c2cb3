/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of three words; see known.h. */
#include "reach/known.h"

#include <string.h>

struct word {
    const char *at;
    size_t len;
};

static bool is_word(struct word word, const char *text)
{
    return word.len == strlen(text) && !memcmp(word.at, text, word.len);
}

/* What is before the next blank, or the end; *at goes behind that. */
static struct word next_word(const char **at, const char *end)
{
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    struct word word = {*at, (size_t)((blank ? blank : end) - *at)};

    *at = blank ? blank + 1 : NULL;
    return word;
}

static bool read_line(const char *line, const char *end, struct word words[3])
{
    for (int i = 0; i < 3; i++) {
        if (!line)
            return false;
        words[i] = next_word(&line, end);
    }
    return !line;
}

bool known_find(const struct buf *file, const char *host, const char *kind,
                char digest[KNOWN_DIGEST_SIZE])
{
    const char *at = (const char *)file->data, *end = file->len ? at + file->len : at;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        struct word words[3];

        if (read_line(at, line_end, words) && is_word(words[0], host) && is_word(words[1], kind) &&
            words[2].len == KNOWN_DIGEST_SIZE - 1 && !memchr(words[2].at, 0, words[2].len)) {
            memcpy(digest, words[2].at, words[2].len);
            digest[words[2].len] = 0;
            return true;
        }
        at = line_end + 1;
    }
    return false;
}

void known_add(struct buf *file, const char *host, const char *kind, const char *digest)
{
    const char *words[] = {host, " ", kind, " ", digest, "\n"};

    if (file->len && file->data[file->len - 1] != '\n')
        buf_append(file, "\n", 1);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        buf_append(file, words[i], strlen(words[i]));
}
