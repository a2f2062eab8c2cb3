/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom a viewer trusts and how it shows who it is: what it was told to, what a person answers, and
 * the keys of servers that were seen before ($XDG_DATA_HOME/oriel/known-servers: HOST
 * KIND SHA256, a line each). A key is known for one host and port; it vouches for nobody else.
 */
#pragma once

#include "base/err.h"
#include "reach/route.h"
#include "reach/security.h"

#include <stdbool.h>
#include <stddef.h>

struct trust;

/* As on the command line; NULL: not said. Shared by a program's connections. */
struct trust_options {
    const char *security;      /* names of types in the order of preference, commas between */
    const char *user;          /* for types that ask for a name */
    const char *password_file; /* instead of asking */
    const char *ca_file;       /* PEM: authorities, instead of those of the system */
    const char *fingerprint;   /* "SHA256:…": of the one certificate or key that is taken */
};

/*
 * A question to a person, a sentence or more; what is answered isn't shown unless `echo`. `room`
 * includes the NUL. -1 with *err: there is nobody to ask, or no answer (yet). It may block; who may
 * not answers -1, gets the answer meanwhile and connects once more.
 */
typedef int (*trust_ask_fn)(void *owner, const char *question, bool echo, char *answer, size_t room,
                            struct err *err);

/* 0; 1 with *err when the options make no sense. The options and the route outlive it. */
int trust_create(const struct trust_options *options, const struct route *route, trust_ask_fn ask,
                 void *owner, struct trust **out, struct err *err);
void trust_destroy(struct trust *trust); /* takes NULL */

/* What rfb_client_take_security() takes; the trust's, which outlives the client. */
const struct rfb_security_offer *trust_takes(const struct trust *trust, size_t *count);
/* What to do about a server that has none of them; the trust's, or NULL. */
const char *trust_hint(const struct trust *trust);
