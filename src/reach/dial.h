/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection on its way along a route (route.h), and what carries it: for ssh:// a process that
 * lives as long as the connection. Nothing here blocks the loop; a name is looked up and a host
 * waited for beside it. What is spoken on the connection is not known here.
 *
 * Threads: the loop's. Callbacks come from the default main context only, never from inside a call;
 * each may finish the dial.
 */
#pragma once

#include "base/err.h"
#include "reach/route.h"

#include <stdbool.h>

enum { DIAL_SECONDS = 20 }; /* that a host is waited for */

enum dial_end {
    DIAL_FAILED,  /* it may work later: the network, the host, ssh itself */
    DIAL_REFUSED, /* the host is there, and nobody listens */
    DIAL_GONE,    /* there is no such machine (any more); a recording is at its end */
    DIAL_HOPELESS /* trying again cannot help: there is no such program */
};

struct dial;

struct dial_ops {
    /* `fd` is the owner's. */
    void (*connected)(void *owner, int fd);
    /*
     * Nothing was connected, or the answer to dial_ask_end(). Once and last. err->text is "" when
     * there is nothing to say beyond `why`.
     */
    void (*ended)(void *owner, enum dial_end why, const struct err *err);
};

/* `ssh`: the program for ssh://, NULL for $ORIEL_SSH or "ssh". The route must outlive it. */
struct dial *dial_start(const struct route *route, const char *ssh, const struct dial_ops *ops,
                        void *owner);
/* The connection is over and closed: ended() will say what the carrier knows of it. */
void dial_ask_end(struct dial *dial);
/* Ends what is under way, and the carrier, and waits for it. Takes NULL. */
void dial_finish(struct dial *dial);

/* True when descriptors can be passed along this route: both ends are on one host. */
bool dial_is_local(const struct route *route);
