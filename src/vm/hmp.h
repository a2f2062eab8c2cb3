/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's monitor for people (HMP): the names of its commands, out of what its "help" prints. Pure.
 */
#pragma once

#include "vm/config.h"

/*
 * Appends the names in the text of "help" or "help info", a line each: "c|cont  -- resume …" has
 * two; behind "info " only what follows it counts. Lines that are no description are skipped.
 */
void hmp_add_names(const char *help, struct vm_strings *names);

/* Does this answer say that the command was refused? QEMU has only words for that. */
bool hmp_is_refusal(const char *answer);
