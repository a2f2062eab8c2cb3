/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory. Every size that a peer can influence is capped before it gets here, so running out of
 * memory is a failure of the machine, not of a peer: these abort with a message, as GLib's do, and
 * never return NULL for a size above 0. Memory is freed with free().
 */
#pragma once

#include <stddef.h>

void *mem_alloc0(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
void *mem_resize(void *old, size_t count, size_t size) __attribute__((warn_unused_result));
void *mem_dup(const void *data, size_t len) __attribute__((warn_unused_result));
char *mem_strdup(const char *text) __attribute__((malloc, warn_unused_result));

/* What was freed goes back to the system, as far as the C library can do that: takes about a
   millisecond, for when nothing happens. */
void mem_trim(void);

/* A zeroed object of a type. */
#define mem_new0(type) ((type *)mem_alloc0(1, sizeof(type)))

/* Owning locals: `cleanup_free char *name = …`; steal() hands the ownership on. */
void mem_free_pointer(void *pointer_to_pointer);
#define cleanup_free __attribute__((cleanup(mem_free_pointer)))
#define steal(pp)                                                                                  \
    ({                                                                                             \
        __typeof__(*(pp)) stolen_ = *(pp);                                                         \
        *(pp) = NULL;                                                                              \
        stolen_;                                                                                   \
    })
