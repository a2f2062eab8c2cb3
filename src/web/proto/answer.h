/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP/1.1 answers, composed. Every one carries the headers that keep a browser from doing more
 * with our page than showing it: nothing is loaded from elsewhere, nobody frames it, nothing is
 * guessed.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct http_answer {
    unsigned status;
    const char *type;     /* of the body; NULL: there is none */
    const char *etag;     /* with its quotes, or NULL */
    const char *location; /* of a redirection, or NULL */
    const void *body;
    size_t len;
    bool is_gzip; /* the body is compressed */
    bool is_head; /* the request was HEAD: the length is told, the body is not sent */
    bool is_last; /* the connection is closed behind it */
};

void http_put_answer(struct buf *out, const struct http_answer *answer);
/* A refusal with one sentence as its text, the connection's last answer. */
void http_put_refusal(struct buf *out, unsigned status, const char *sentence, bool is_head);
