/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A terminal's input, any bytes: they are all taken, and where they are cut changes nothing, but
 * for the pieces in which pasted text comes. The first byte says where they are cut.
 */
#include "base/buf.h"
#include "term/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *log, const struct term_event *e)
{
    uint32_t words[] = {e->kind,      e->character,       e->code,
                        e->modifiers, (uint32_t)e->wheel, (uint32_t)e->final,
                        e->count};

    if (e->count > TERM_NUMBERS_MAX)
        abort();
    if (e->kind == TERM_PASTED)
        buf_append(log, e->text, e->len);
    else if (e->kind != TERM_NOTHING)
        buf_append(log, words, sizeof(words));
}

/* In two parts, and then nothing more comes. */
static struct buf play(const uint8_t *data, size_t size, size_t cut)
{
    struct term_keys keys = {0};
    struct buf waiting = BUF_INIT, log = BUF_INIT;
    struct term_event e;
    size_t n;

    for (int part = 0; part < 3; part++) {
        buf_append(&waiting, part ? data + cut : data,
                   part == 0   ? cut
                   : part == 1 ? size - cut
                               : 0);
        while (waiting.len &&
               (n = term_keys_next(&keys, waiting.data, waiting.len, part == 2, &e))) {
            if (n > waiting.len)
                abort();
            note(&log, &e);
            buf_consume(&waiting, n);
        }
    }
    if (waiting.len)
        abort();
    buf_finish(&waiting);
    return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, parts;

    if (!size)
        return 0;
    whole = play(data + 1, size - 1, 0);
    parts = play(data + 1, size - 1, size > 1 ? data[0] % size : 0);
    if (whole.len != parts.len || (whole.len && memcmp(whole.data, parts.data, whole.len)))
        abort();
    buf_finish(&whole);
    buf_finish(&parts);
    return 0;
}
