/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Standard input and output on the GLib loop, whatever they are: a terminal that is raw meanwhile
 * and restored on every way out (signals, a crash of ours, an ordinary end), pipes, files, sockets.
 * Nothing here waits for a slow reader: what it does not take is queued, and then dropped and
 * counted. It knows nothing of what the bytes mean.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STDINOUT_QUEUE_MAX = 1 << 20 }; /* bytes for a reader who does not read */

struct stdinout;

struct stdinout_ops {
    void (*input)(void *owner, const uint8_t *bytes, size_t len);
    void (*input_ended)(void *owner);
    /* The terminal has another size; NULL: nobody cares. */
    void (*resized)(void *owner);
    /* A signal tells us to end, or nobody reads what we write (SIGPIPE); called once. */
    void (*told_to_end)(void *owner);
};

/* One a process. `raw`: a terminal at standard input passes keys as they are, also Ctrl-C. */
struct stdinout *stdinout_create(const struct stdinout_ops *ops, void *owner, bool raw);
/* Puts everything back as it was, and writes what is queued, to a terminal as long as it goes on.
   NULL is fine. */
void stdinout_destroy(struct stdinout *s);

bool stdinout_input_is_terminal(const struct stdinout *s);
bool stdinout_output_is_terminal(const struct stdinout *s);
/* The terminal's size in characters; false when there is none. */
bool stdinout_get_size(const struct stdinout *s, unsigned *columns, unsigned *rows);

/* Writes now what is taken and queues the rest; all of it or nothing is dropped. */
void stdinout_write(struct stdinout *s, const void *bytes, size_t len);
/* Forgets what is queued. */
void stdinout_discard(struct stdinout *s);
/* Bytes that were dropped since the last call, once there is room again; else 0. */
size_t stdinout_take_dropped(struct stdinout *s);
void stdinout_pause_input(struct stdinout *s, bool paused);

/* The signal that told us to end, or 0. */
int stdinout_signal(const struct stdinout *s);
/* After stdinout_destroy(): ends the process by that signal, so that a shell sees the convention.
 */
void stdinout_die_of(int signal);
