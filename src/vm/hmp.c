/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of HMP's commands; see hmp.h. */
#include "vm/hmp.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 60, NAMES_MAX = 2000 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* "a|b" as two names; false when it is none. */
static bool add_alternatives(const char *text, size_t len, struct vm_strings *names)
{
    for (size_t i = 0; i <= len;) {
        size_t n = strspn(text + i, letters);
        char name[NAME_MAX_BYTES + 1];

        if (!n || n > NAME_MAX_BYTES || i + n > len || (i + n < len && text[i + n] != '|'))
            return false;
        memcpy(name, text + i, n);
        name[n] = 0;
        if (names->count < NAMES_MAX)
            vm_strings_add(names, name);
        i += n + 1;
    }
    return true;
}

void hmp_add_names(const char *help, struct vm_strings *names)
{
    while (*help) {
        size_t len = strcspn(help, "\r\n");
        cleanup_free char *line = mem_dup(help, len + 1);
        char *text = line, *description;

        line[len] = 0;
        description = strstr(line, " -- ");
        if (description) {
            *description = 0;
            if (!strncmp(text, "info ", 5) && text[5] && text[5] != ' ' && text[5] != '[')
                text += 5;
            add_alternatives(text, strcspn(text, " "), names);
        }
        help += len;
        help += strspn(help, "\r\n");
    }
}

bool hmp_is_refusal(const char *answer)
{
    static const char *const starts[] = {"Error: ", "unknown command: ", "invalid parameter"};
    size_t len = strlen(answer);

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (!strncmp(answer, starts[i], strlen(starts[i])))
            return true;
    /* "name: what is wrong with the words" and where help is. */
    return len > 10 && strstr(answer, "Try \"help ") != NULL;
}
