/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to the person at the terminal, whatever standard input and output are. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the question and waits for a line, which is not shown unless `echo`; `room` includes the
 * NUL. Ctrl-C and Ctrl-D give up. -1 with *err: there is no terminal, or no answer.
 */
int ask(const char *question, bool echo, char *line, size_t room, struct err *err);
/* Is there a terminal to ask at? */
bool ask_has_terminal(void);
