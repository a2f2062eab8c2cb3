/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody who is there when a machine ends: a connection to its "control" socket, through which a
 * command that shows something of the machine hears how it ended, and says things in passing.
 */
#pragma once

struct witness;

struct witness *witness_create(const char *machine); /* never NULL; a lost one knows less */
void witness_destroy(struct witness *w);

/* A viewer's terminal has this size, for a port that can be told. */
void witness_tell_size(struct witness *w, unsigned port, unsigned columns, unsigned rows);

enum { WITNESS_ROOM = 700 };

/*
 * After a connection to the machine was lost: a sentence that says how the machine ended. 0;
 * negative when it has not ended, and the sentence says that.
 */
int witness_hear_end(struct witness *w, const char *machine, char sentence[WITNESS_ROOM]);
