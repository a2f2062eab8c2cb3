/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a serial port has said since its machine started, in files of the runtime directory. The
 * first VM_SERIAL_LOG_START bytes, with how the machine came up, are kept as long as it lives in
 * the file "PATH"; of what follows the last VM_SERIAL_LOG_PART to twice as much, in files "PATH.N",
 * where N is the position of their first byte. Whoever reads is told what lies between. The files
 * go with the runtime directory, which is often in memory.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { VM_SERIAL_LOG_START = 16 << 20, VM_SERIAL_LOG_PART = 8 << 20 }; /* bytes; 32 MiB in all */

struct vm_serial_log;

/* NULL with *err filled when the file cannot be made. */
struct vm_serial_log *vm_serial_log_create(const char *path, struct err *err);
void vm_serial_log_destroy(struct vm_serial_log *log); /* NULL is fine; the files stay */
/* When the disk is full the log ends there, with a line in the machine's own log. */
void vm_serial_log_append(struct vm_serial_log *log, const void *bytes, size_t len);

struct vm_serial_log_reader {
    void (*bytes)(void *owner, const uint8_t *bytes, size_t len);
    void (*gap)(void *owner, uint64_t len); /* so many bytes are kept no more */
};

/* Reads all that is kept, while it is written or not. Negative with *err filled. */
int vm_serial_log_read(const char *path, const struct vm_serial_log_reader *reader, void *owner,
                       struct err *err);
