/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts that are not x86-64: their KVM cannot run our guests; see kvm.h. */
#include "vm/kvm.h"

#include <stdio.h>

int vm_kvm_probe(char *why, size_t room)
{
    snprintf(why, room, "KVM runs x86 guests on x86 hosts only");
    return 1;
}
