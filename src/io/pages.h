/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of memory that are the system's again as soon as they are not used: for what is large and
 * lives long. malloc keeps more of all that is freed once it has seen so large a block.
 */
#pragma once

#include <stddef.h>

/* Zeroed, at least one byte; for lack of memory the program ends. */
void *io_pages_map(size_t bytes) __attribute__((malloc, warn_unused_result));
/* Of the same size; NULL is fine. */
void io_pages_unmap(void *pages, size_t bytes);
