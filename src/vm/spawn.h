/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting a child process that ends with us. */
#pragma once

#include "base/err.h"
#include "vm/config.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Runs argv[0] (looked up in PATH) with its own process group, standard input from nothing,
 * standard output and error to `out`, and the descriptors of `keep` open under their own numbers.
 * It gets SIGTERM when the calling thread ends. Returns its pid, or negative with *err filled.
 */
pid_t vm_spawn(char *const *argv, const int *keep, size_t n_keep, int out, struct err *err);
