/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory by pages; see pages.h. */
#include "io/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *io_pages_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        fprintf(stderr, "oriel: out of memory (%zu bytes)\n", bytes);
        abort();
    }
    return p;
}

void io_pages_unmap(void *pages, size_t bytes)
{
    if (pages)
        munmap(pages, bytes);
}
