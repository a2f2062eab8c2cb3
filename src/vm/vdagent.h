/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The port through which SPICE's agent in a guest copies and pastes: QEMU's own end of it is a
 * chardev that not every QEMU has, so it is plugged in when the machine runs, and lacking it is no
 * reason not to. What goes through it, QEMU's display tells (src/source/qemu/clipboard.c).
 *
 * A machine that has it cannot be saved or migrated by QEMU before 10.1.
 */
#pragma once

#include "vm/config.h"
#include "vm/monitor.h"

/* Nothing, when the words for QEMU have such a port already. */
void vm_vdagent_plug(struct vm_monitor *monitor, const struct vm_config *config);
