/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The socket "control" in a machine's runtime directory: how one `oriel` asks another that
 * supervises a machine. A request is a line: "stop SECONDS" or "kill". The answer is lines: "say …"
 * for what happens meanwhile, at last "ok …" or "error …" when the machine is gone, with nothing
 * of it left but the supervisor that is about to leave. "size PORT COLUMNS ROWS" tells of a
 * viewer's terminal at a serial port and is not answered; who asks nothing hears of the end as
 * well.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct control;

struct control_ops {
    void (*stop)(void *owner, unsigned seconds);
    void (*kill)(void *owner);
    void (*size)(void *owner, unsigned port, unsigned columns, unsigned rows); /* up to 65535 */
};

/* Listens on `path`; NULL with *err filled when it cannot. */
struct control *control_create(const char *path, const struct control_ops *ops, void *owner,
                               struct err *err);
/* No new requests; who asked waits on. */
void control_stop_listening(struct control *c);
/* A line for everybody who asked; "say", "ok" or "error" in front. */
void control_tell(struct control *c, const char *kind, const char *text);
void control_destroy(struct control *c); /* NULL is fine */

/*
 * The other side: asks the machine `name` and prints what it says on standard output until it is
 * gone and its supervisor too; with `insist` a supervisor that says nothing for five seconds is
 * killed. Returns an exit status.
 */
int control_ask(const char *name, const char *request, bool insist);
