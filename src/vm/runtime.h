/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runtime directory: $XDG_RUNTIME_DIR/oriel/NAME/ (0700) while the machine NAME lives, and the
 * list of machines. A lock on the directory itself tells life: its supervisor holds it, the kernel
 * lets go when it dies. What a dead one left is removed by its guard, a tiny process that waits for
 * nothing else, and failing that by the next oriel command.
 */
#pragma once

#include "base/err.h"
#include "vm/config.h"

#include <sys/types.h>

struct vm_runtime {
    char *path; /* the machine's directory */
    int lock;   /* the directory, locked */
    int guard;  /* our end of the guard's pipe */
    pid_t guard_pid;
};

#define VM_RUNTIME_INIT ((struct vm_runtime){NULL, -1, -1, 0})

/*
 * Makes the directory of a new machine and starts its guard. To be called before there are threads.
 * 0; 1 when a living machine has the name; negative when it cannot be made (*err filled for both).
 */
int vm_runtime_claim(const char *name, struct vm_runtime *out, struct err *err);
/* Tells the guard whom to end if we die. */
void vm_runtime_set_qemu(struct vm_runtime *rt, pid_t pid);
/* Removes the directory with all in it and ends the guard. */
void vm_runtime_release(struct vm_runtime *rt);

/* "path/file" in the directory; the caller frees it. */
char *vm_runtime_file(const struct vm_runtime *rt, const char *file);
/* Replaces a file in one step, so that readers see the old or the new one. */
int vm_runtime_write(const struct vm_runtime *rt, const char *file, const char *text,
                     struct err *err);

/* Removes what dead supervisors left and appends the names of living machines, sorted. */
int vm_runtime_list(struct vm_strings *names, struct err *err);
/* The path of a file of a living machine, or NULL with *err filled. The caller frees it. */
char *vm_runtime_find(const char *name, const char *file, struct err *err);
/* Waits until nothing is left of a machine whose supervisor has ended. */
void vm_runtime_wait(const char *name);
/* A whole small file (at most 64 KiB) with a NUL behind it; NULL when it cannot be read. */
char *vm_runtime_read(const char *name, const char *file);
