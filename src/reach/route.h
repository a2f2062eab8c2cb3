/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a viewer is to connect, as people write it. Only the words: connecting is dial.h's.
 *
 *     NAME                             a running machine of this host and user
 *     unix:/path                       a Unix socket
 *     HOST:N, [ADDRESS]:N              N below 100 is a display, port 5900 + N; else the port
 *     HOST::PORT                       a port, whatever its number
 *     vnc://[USER@]HOST[:PORT]         a port, 5900 if there is none (RFC 7869)
 *     file:PATH, NAME.fbs              a recorded session
 *     ssh://[USER@]HOST[:PORT]/NAME    the machine NAME of another host, through ssh's own
 *                                      connection; PORT is ssh's
 *
 * An IPv6 address stands in brackets.
 */
#pragma once

#include "base/err.h"

enum route_kind { ROUTE_MACHINE, ROUTE_UNIX, ROUTE_TCP, ROUTE_SSH, ROUTE_FILE };

enum { ROUTE_PORT = 5900, ROUTE_DISPLAYS = 100 };

struct route {
    enum route_kind kind;
    char *name;    /* for titles and messages; always there */
    char *machine; /* MACHINE, SSH */
    char *path;    /* UNIX, FILE */
    char *host;    /* TCP, SSH; without brackets */
    char *user;    /* TCP, SSH; NULL: not said */
    unsigned port; /* TCP: 1…65535; SSH: 0 is ssh's own default */
};

/* -1 with *err, which says how to write it. */
int route_parse(const char *text, struct route *out, struct err *err);
void route_finish(struct route *route);
