/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QMP's lines and clients' objects: the answer never depends on what follows one or on how little
 * of it has come. And names out of HMP's help, which are names whatever the text is. */
#include "vm/qmp.h"

#include "base/utf8.h"
#include "vm/hmp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text is a string that a C program may use; returns how many values there are. */
static size_t walk(const struct json *v, int depth)
{
    size_t n = 1;
    uint32_t code;

    if (depth > JSON_DEPTH_MAX)
        abort();
    if (v->type == JSON_STRING)
        for (const char *t = v->text; *t;) {
            size_t len = utf8_decode(t, strlen(t), &code);

            if (!len)
                abort();
            t += len;
        }
    for (const struct json *c = v->first; c; c = c->next)
        n += walk(c, depth + 1);
    return n;
}

/* What a client sends. */
static void frames(const uint8_t *data, size_t size)
{
    while (size) {
        long n = qmp_frame(data, size);

        if (n <= 0)
            return;
        if ((size_t)n > size || data[n - 1] == '"' || qmp_frame(data, (size_t)n) != n ||
            qmp_frame(data, (size_t)n - 1) != 0)
            abort();
        data += n;
        size -= (size_t)n;
    }
}

static void names(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct vm_strings found = {NULL, 0};

    memcpy(text, data, size);
    text[size] = 0;
    hmp_add_names(text, &found);
    for (size_t i = 0; i < found.count; i++)
        if (!found.items[i][0] || strpbrk(found.items[i], " \r\n|\33"))
            abort();
    hmp_is_refusal(text);
    vm_strings_finish(&found);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qmp_message m, again;
    struct err err;

    frames(data, size);
    names(data, size);
    while (size) {
        long n = qmp_parse(data, size, &m, &err);

        if (n <= 0) {
            if (!n && memchr(data, '\n', size))
                abort();
            return 0;
        }
        if ((size_t)n > size || data[n - 1] != '\n' || qmp_parse(data, (size_t)n - 1, &again, &err))
            abort();
        if (qmp_parse(data, (size_t)n, &again, &err) != n || again.kind != m.kind)
            abort();
        if (walk(json_root(m.document), 0) > JSON_VALUES_MAX)
            abort();
        qmp_message_finish(&again);
        qmp_message_finish(&m);
        data += n;
        size -= (size_t)n;
    }
    return 0;
}
