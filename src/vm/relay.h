/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The socket "qmp" in a machine's runtime directory: QMP for any number of programs at once. QEMU's
 * monitors take one client each; the supervisor has one for itself, and another one's commands and
 * answers are shared out here. A client speaks QMP as with QEMU: it is greeted, negotiates (no
 * out-of-band commands are offered; negotiating twice is no mistake), gets the answers to its own
 * commands in their order, and every event. Descriptors travel with getfd and add-fd. What commands
 * do to the machine is not looked at.
 *
 * Since there is one monitor behind it, the names of getfd are everybody's.
 */
#pragma once

#include "base/err.h"

struct vm_relay;

/*
 * Takes over `fd`, our end of a QEMU monitor's socket, and listens on `path`. NULL with *err filled
 * when it cannot listen; `fd` is closed then.
 */
struct vm_relay *vm_relay_create(int fd, const char *path, struct err *err);
void vm_relay_destroy(struct vm_relay *r); /* NULL is fine */
