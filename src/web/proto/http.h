/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP/1.1 requests as a small server of files and WebSockets takes them: GET and HEAD, no bodies,
 * nothing percent-encoded. Pure: a request's head in, its meaning or the status of a refusal out.
 * Strict where leniency has let attackers in elsewhere: lines end in CR LF, no folded lines, no
 * space before a colon, one Host.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_MAX = 16 << 10, /* bytes of a request; a browser's cookies for "localhost" are many */
    HTTP_TARGET_MAX = 1024,
    HTTP_FIELDS_MAX = 64,
};

/* A piece of the request: valid as long as the bytes it was parsed from. len is 0 where the request
   does not have it. */
struct http_text {
    const char *at;
    size_t len;
};

struct http_request {
    bool is_head;    /* HEAD instead of GET */
    bool keeps_open; /* the client wants to send more requests */
    bool takes_gzip;
    struct http_text path;          /* begins with a slash; without "?" and what follows */
    struct http_text host;          /* with its port where there is one */
    struct http_text origin;        /* who made the browser ask */
    struct http_text if_none_match; /* as it came, a list of ETags */
    /* What a WebSocket handshake consists of; handshake.h judges it. */
    bool connection_upgrade; /* Connection names "upgrade" */
    struct http_text upgrade, ws_version, ws_key, ws_protocols;
};

enum http_parsed { HTTP_INVALID = -1, HTTP_NEEDS_MORE = 0, HTTP_REQUEST = 1 };

/*
 * Parses one request. HTTP_REQUEST: *used bytes are it, and *request is filled. HTTP_INVALID:
 * *status is the HTTP status to answer with before the connection is closed, and *err one reason.
 */
enum http_parsed http_request_parse(const uint8_t *data, size_t len, size_t *used,
                                    struct http_request *request, unsigned *status,
                                    struct err *err);

/* Is it this text, letters of either case being equal? */
bool http_text_is(struct http_text text, const char *what);
/* The same, each letter as it is. */
bool http_text_equals(struct http_text text, const char *what);
/* Is `what` an element of the comma-separated list? Parameters behind a ";" do not count. */
bool http_list_has(struct http_text list, const char *what);
