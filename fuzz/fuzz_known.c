/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of known servers: the first line is a host and a kind of key, what follows is a file.
 * Whatever is in it, a key that is added to it is found, unless another one was known before it.
 */
#include "base/mem.h"
#include "reach/known.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void check(const char *host, const char *kind, struct buf *file)
{
    char before[KNOWN_DIGEST_SIZE], after[KNOWN_DIGEST_SIZE], added[KNOWN_DIGEST_SIZE];
    bool had = known_find(file, host, kind, before);

    claim(!had || strlen(before) == KNOWN_DIGEST_SIZE - 1);
    memset(added, 'a', sizeof(added) - 1);
    added[sizeof(added) - 1] = 0;
    known_add(file, host, kind, added);
    claim(known_find(file, host, kind, after));
    claim(!strcmp(after, had ? before : added));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    struct buf file = BUF_INIT;
    char *words, *kind;

    if (!end)
        return 0;
    words = mem_alloc0(1, (size_t)(end - data) + 1);
    memcpy(words, data, (size_t)(end - data));
    kind = strchr(words, ' ');
    if (kind) {
        *kind++ = 0;
        buf_append(&file, end + 1, size - (size_t)(end + 1 - data));
        if (words[0] && kind[0] && !strchr(kind, ' '))
            check(words, kind, &file);
    }
    buf_finish(&file);
    free(words);
    return 0;
}
