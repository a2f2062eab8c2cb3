/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The serial console: what the guest writes is always taken, so that it never blocks, and kept in a
 * bounded history; anybody who connects to the socket sees the history, then the present, and types
 * into the same line. Not a terminal: bytes are passed as they are.
 */
#pragma once

#include "base/err.h"

enum { VM_SERIAL_HISTORY = 256 << 10 }; /* bytes kept */

struct vm_serial;

/*
 * Takes over `fd`, our end of QEMU's character device, and listens on `path`. NULL with *err filled
 * when it cannot listen; `fd` is closed then.
 */
struct vm_serial *vm_serial_create(int fd, const char *path, struct err *err);
void vm_serial_destroy(struct vm_serial *serial); /* NULL is fine */
