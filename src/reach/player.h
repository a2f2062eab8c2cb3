/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plays a recorded session (rfb/msg/fbs.h) to a viewer, at the speed at which it was recorded: the
 * server's end of a connection whose bytes come from a file. What the viewer says is dropped.
 *
 * Threads: the loop's. A timer only while the next block is not due yet.
 */
#pragma once

#include "base/err.h"

struct player;

/* *fd: the viewer's end, the caller's. It is closed when the recording is over. NULL with *err. */
struct player *player_start(const char *path, int *fd, struct err *err);
/* What ended it before its time; "" when nothing did. */
const char *player_error(const struct player *p);
void player_destroy(struct player *p); /* takes NULL */
