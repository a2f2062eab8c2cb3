/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to QEMU's monitor: commands with their answers, and events. On the GLib loop of the
 * thread that creates it.
 */
#pragma once

#include "vm/json.h"

struct vm_monitor;

struct vm_monitor_ops {
    /* Capabilities are negotiated: from now on commands may be given. */
    void (*ready)(void *owner);
    /* `data` may be NULL; valid during the call. May be NULL itself. */
    void (*event)(void *owner, const char *name, const struct json *data);
    /* The connection is over; every command that waited was answered with an error before. */
    void (*closed)(void *owner, const char *reason);
};

/* `value` on success with `error` NULL, else NULL and one sentence. Valid during the call. */
typedef void (*vm_reply_fn)(void *owner, const struct json *value, const char *error);

/* Takes over `fd`, a connected socket. */
struct vm_monitor *vm_monitor_create(int fd, const struct vm_monitor_ops *ops, void *owner);
/* Commands that wait are forgotten: their reply functions are not called. NULL is fine. */
void vm_monitor_destroy(struct vm_monitor *m);

/*
 * Sends a command; `arguments` is the text of a JSON object or NULL. `reply` (may be NULL) is
 * called once from the loop, unless the connection is over already. `fd` >= 0 travels with it (for
 * getfd); the caller keeps it.
 */
void vm_monitor_call(struct vm_monitor *m, const char *command, const char *arguments,
                     vm_reply_fn reply, void *owner);
void vm_monitor_call_fd(struct vm_monitor *m, const char *command, const char *arguments, int fd,
                        vm_reply_fn reply, void *owner);
