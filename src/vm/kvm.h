/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can KVM really run a guest here? A /dev/kvm that opens proves little: in nested or paravirtual
 * set-ups it may refuse vCPUs, or emulate the guest's kernel instruction by instruction, thousands
 * of times too slowly. So a tiny 64-bit guest is run: paging, CPUID, an MSR, an exception and its
 * return, a cleared megabyte and four million turns of a loop, all in kernel mode.
 */
#pragma once

#include <stddef.h>

enum { VM_KVM_PROBE_MS = 500 }; /* a processor that works needs about 10 ms */

/*
 * 0 when KVM runs the guest in time; 1 when it does not, with a clause for a person in `why`.
 * Blocks for at most about VM_KVM_PROBE_MS; a child process takes the risk of hanging.
 */
int vm_kvm_probe(char *why, size_t room);
