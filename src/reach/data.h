/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What oriel keeps for good, under $XDG_DATA_HOME/oriel (0700, files 0600): the key and certificate
 * of the VNC server, and the keys of servers that were seen; and small files that people name.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum { DATA_FILE_MAX = 1 << 20 };

/* "…/oriel/FILE"; the caller frees it. Makes nothing. */
char *data_path(const char *file);
/* Makes the directory, and waits until nobody else has the lock on it; closing the descriptor lets
   go. -1 with *err. */
int data_lock(struct err *err);
/* Appends a whole file. 1: there is none (*err says so too); -1 with *err. */
int data_read(const char *path, struct buf *out, struct err *err);
/* Replaces a file in one step; 0600. -1 with *err. */
int data_write(const char *path, const struct buf *text, struct err *err);
/* The first line of a file that nobody else may read, without its end; for passwords. -1 with
 *err; `room` includes the NUL. */
int data_read_secret(const char *path, char *line, size_t room, struct err *err);
