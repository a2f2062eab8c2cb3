/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One sentence for a person: what went wrong and what to do. Functions that can fail for a reason
 * that a person should read take a `struct err *` (never NULL), fill it, and return a negative
 * number. Not for control flow: an answer that a caller acts on is a positive return value.
 */
#pragma once

#include <stdarg.h>

struct err {
    char text[512]; /* NUL-terminated, no newline at its end; "" while nothing has failed */
};

/* Fills *err and returns -1, so that `return err_set(err, …);` is the whole error path. */
int err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of the text that is there; returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
