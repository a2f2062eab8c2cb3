/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A serial port: what the guest writes is always taken, so that it never blocks, logged
 * (serial_log.h) and kept in a bounded history; anybody who connects to the socket sees the
 * history, then the present, and types into the same line. Not a terminal.
 *
 * The present is passed byte for byte, both ways. The history is what draws on a terminal
 * (base/terminal.h): a question in it has been answered long ago, and another answer would be typed
 * into the guest. Where several viewers are terminals, each answers a question of the present; the
 * guest gets the answer of the one that typed last.
 */
#pragma once

#include "base/err.h"

enum { VM_SERIAL_HISTORY = 256 << 10 }; /* bytes kept; the rest is in the log */

enum { VM_SERIAL_FILE_SIZE = 20 };

/* The name of a port's socket in the runtime directory, in `name`: "serial", "serial1", … */
const char *vm_serial_file(unsigned port, char name[VM_SERIAL_FILE_SIZE]);

struct vm_serial;

/*
 * Takes over `fd`, our end of QEMU's character device, listens on `path` and logs to `path` with
 * ".log" behind it. NULL with *err filled when it cannot; `fd` is closed then.
 */
struct vm_serial *vm_serial_create(int fd, const char *path, struct err *err);
void vm_serial_destroy(struct vm_serial *serial); /* NULL is fine */
