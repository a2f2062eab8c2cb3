/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of `oriel monitor` share: monitor.c the command and QEMU's monitor for people
 * (HMP), monitor_edit.c its lines at a terminal, monitor_qmp.c QMP as it is.
 */
#pragma once

#include "vm/config.h"

#include <stdbool.h>

struct witness;

/* HMP, one command at a time. */
struct monitor;

/* Runs a command line and prints its answer. False when QEMU refused it, or nothing can be asked
   any more. */
bool monitor_run(struct monitor *m, const char *line);
bool monitor_is_over(const struct monitor *m);
const char *monitor_name(const struct monitor *m); /* the machine's */
/* The names of commands, or of what "info" can show; asked for once, owned by the monitor. */
const struct vm_strings *monitor_commands(struct monitor *m, bool of_info);

/* Says on standard error how the machine ended; negative when it runs on. */
int monitor_tell_end(struct witness *witness, const char *machine);

/* Reads lines at the terminal, with editing, completion and a history, until Ctrl-D or the end. */
void monitor_edit(struct monitor *m);

/*
 * QMP on `fd`, a socket that was connected: the one command `json` with its answer, or with NULL
 * lines of standard input with all answers and events. Returns an exit status.
 */
int monitor_speak_qmp(const char *name, int fd, const char *json, struct witness *witness);
