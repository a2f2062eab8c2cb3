/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A running machine: QEMU as our child, its monitor, serial console and agent port. It starts it,
 * follows it and ends it, and never leaves it behind. What is on its screen is nobody's business
 * here: vm_add_client() hands a socket to QEMU, and others talk through it.
 *
 * One thread, that of the GLib loop. QEMU ends when the thread that called vm_create() ends.
 */
#pragma once

#include "base/err.h"
#include "vm/config.h"
#include "vm/monitor.h"
#include "vm/runtime.h"

#include <stdbool.h>
#include <sys/types.h>

struct vm;

struct vm_ops {
    /* The monitor answers: the machine runs (or waits, when -S or -incoming told it so). */
    void (*ready)(void *owner);
    /* An event of QEMU's; `data` may be NULL. */
    void (*event)(void *owner, const char *name, const struct json *data);
    /* "running", "paused", …: QEMU's own word for it has changed. */
    void (*state)(void *owner, const char *state);
    /* QEMU is gone and reaped. Called once and last; ask vm_failure() and vm_how_it_ended(). */
    void (*ended)(void *owner);
};

/*
 * Starts QEMU with the description, whose accelerator is chosen already, and listens on "qmp" and
 * "serial" in the runtime directory. `config` and `rt` must outlive it. NULL with *err filled when
 * it cannot be started; what QEMU itself refuses is told by ended().
 */
struct vm *vm_create(const struct vm_config *config, struct vm_runtime *rt,
                     const struct vm_ops *ops, void *owner, struct err *err);
/* Kills QEMU if it still runs, and waits for it. NULL is fine. */
void vm_destroy(struct vm *vm);

struct vm_monitor *vm_get_monitor(struct vm *vm);
pid_t vm_get_pid(const struct vm *vm);
/* QEMU's word for what the machine does: "starting" until it is known. */
const char *vm_get_state(const struct vm *vm);
/* The host's end of the port org.oriel.agent.0: the caller's from now on; -1 when taken already. */
int vm_take_agent(struct vm *vm);

/*
 * Hands one end of a socket pair to QEMU for `protocol` (add_client's name, as "@dbus-display");
 * `reply` tells when it has it. The caller keeps `fd` and may close it at once.
 */
void vm_add_client(struct vm *vm, const char *protocol, int fd, vm_reply_fn reply, void *owner);

/* A viewer's terminal at a serial port has another size. Told to the guest when the port is a
   virtio console and QEMU has chardev-window-size-changed; else nothing happens. */
void vm_set_serial_size(struct vm *vm, unsigned port, unsigned columns, unsigned rows);

/* Presses the power button. Nothing more: a guest may ignore it. */
void vm_power_down(struct vm *vm);
/* The same, and when the guest has switched off it is started again, in the same QEMU. */
void vm_reboot(struct vm *vm);
/* Resets the machine without asking the guest. */
void vm_reset(struct vm *vm);
/* Ends QEMU at once but in order: disks are flushed. After three seconds it is killed. */
void vm_quit(struct vm *vm);
void vm_kill(struct vm *vm);

/* After ended(): NULL when it ended as asked or the guest switched itself off, else a sentence. */
const char *vm_failure(const struct vm *vm);
const char *vm_how_it_ended(const struct vm *vm); /* a clause, as "the guest switched off" */
