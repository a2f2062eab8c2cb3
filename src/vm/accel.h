/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which accelerator: KVM where it truly runs a guest, else QEMU's own emulation. The answer of the
 * probe is kept under the user's cache, by kernel, processor and KVM's modules.
 */
#pragma once

#include "vm/config.h"

#include <stddef.h>

/*
 * The accelerator to use for `wanted`, never auto. `why` gets a clause when auto had to do without
 * KVM, else "". May block for half a second; to be called before there are threads.
 */
enum vm_accel vm_accel_choose(enum vm_accel wanted, char *why, size_t room);
