/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is there or ends the program; see mem.h. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#else
#define malloc_trim(pad) ((void)(pad))
#endif

static _Noreturn void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "oriel: out of memory (%zu x %zu bytes)\n", count, size);
    abort();
}

void *mem_alloc0(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        out_of_memory(count, size);
    return p;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;
    void *p = NULL;

    if (!__builtin_mul_overflow(count, size, &bytes))
        p = realloc(old, bytes ? bytes : 1);
    if (!p)
        out_of_memory(count, size);
    return p;
}

void *mem_dup(const void *data, size_t len)
{
    void *p = mem_alloc0(len, 1);

    if (len)
        memcpy(p, data, len);
    return p;
}

char *mem_strdup(const char *text)
{
    return mem_dup(text, strlen(text) + 1);
}

void mem_trim(void)
{
    malloc_trim(0);
}

void mem_free_pointer(void *pointer_to_pointer)
{
    void *p;

    memcpy(&p, pointer_to_pointer, sizeof(p));
    free(p);
}
