/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that the web server has: a table that the build makes (tools/embed) out of our page and
 * noVNC's core. There is no directory behind it, so there is nothing to climb out of.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "web/proto/http.h"

#include <stddef.h>
#include <stdint.h>

struct web_file {
    const char *path; /* as in a URL */
    const char *type;
    const char *etag;
    const uint8_t *gzip;
    size_t len, plain_len; /* compressed and not */
};

/* The build's. */
extern const struct web_file web_files[];
extern const size_t web_file_count;

/* NULL: there is none. */
const struct web_file *web_file_find(struct http_text path);
/* Appends the file as it was before it was compressed. */
void web_file_unpack(const struct web_file *file, struct buf *out);
/* Is there a page to serve? Negative with *err filled when it was left out of this program. */
int web_files_check(struct err *err);
