/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine joined to its sources and sinks: QEMU with its display and its guest's agent as sources
 * of one scene, the RFB server as its sink. The one place where the two sides meet.
 */
#pragma once

#include "base/err.h"
#include "cli/guard.h"
#include "vm/config.h"

struct machine;

/* The machine is up: whoever waits for that may go. */
typedef void (*machine_up_fn)(void *data, const struct machine *machine);

/*
 * Runs the machine until it ends, on the default GLib context, and leaves nothing behind. The
 * description is complete: named, and with an accelerator. Tells people what went wrong; returns an
 * exit status. The guard is for the addresses of VNC viewers and browsers.
 */
int machine_run(const struct vm_config *config, struct guard *guard, machine_up_fn up, void *data);

/* Prints the ways in, as lines to paste. */
void machine_print_ways_in(const struct machine *m);
/* A file in its runtime directory; the caller frees it. */
char *machine_file(const struct machine *m, const char *file);
