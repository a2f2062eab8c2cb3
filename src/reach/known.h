/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file of known servers says: "HOST KIND SHA256", a line each; the first one of a host and a
 * kind of key counts, and lines of another form are nobody's. Bytes only: trust.h reads the file.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

enum { KNOWN_DIGEST_SIZE = 64 + 1 }; /* hexadecimal, and a NUL */

/* False: none is known, and nothing is written. */
bool known_find(const struct buf *file, const char *host, const char *kind,
                char digest[KNOWN_DIGEST_SIZE]);

/* Another line at the end; no word is empty or has a blank in it. */
void known_add(struct buf *file, const char *host, const char *kind, const char *digest);
