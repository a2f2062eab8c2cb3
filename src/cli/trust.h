/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom a viewer trusts and how it shows who it is: the options of `oriel view`, what the terminal
 * answers, and the keys of servers that were seen before ($XDG_DATA_HOME/oriel/known-servers: HOST
 * KIND SHA256, a line each). A key is known for one host and port; it vouches for nobody else.
 */
#pragma once

#include "base/err.h"
#include "cli/route.h"
#include "cli/security.h"

struct trust;

/* As on the command line; NULL: not said. */
struct trust_options {
    const char *security;      /* names of types in the order of preference, commas between */
    const char *user;          /* for types that ask for a name */
    const char *password_file; /* instead of asking at the terminal */
    const char *ca_file;       /* PEM: authorities, instead of those of the system */
    const char *fingerprint;   /* "SHA256:…": of the one certificate or key that is taken */
};

/* Their rows in a command's table, and what is said by them; false: the option is another. */
enum {
    TRUST_SECURITY = 1000,
    TRUST_USER,
    TRUST_PASSWORD_FILE,
    TRUST_CA,
    TRUST_FINGERPRINT,
};
#define TRUST_CLI_OPTIONS                                                                          \
    {TRUST_SECURITY,                                                                               \
     0,                                                                                            \
     "security",                                                                                   \
     "TYPES",                                                                                      \
     "security types to take from a VNC server, the best first, with commas between",              \
     security_names},                                                                              \
        {TRUST_USER, 0, "user", "NAME", "for servers that ask for a user's name", NULL},           \
        {TRUST_PASSWORD_FILE,                                                                      \
         0,                                                                                        \
         "password-file",                                                                          \
         "FILE",                                                                                   \
         "whose first line is the password, instead of asking at the terminal",                    \
         NULL},                                                                                    \
        {TRUST_CA,                                                                                 \
         0,                                                                                        \
         "ca",                                                                                     \
         "FILE",                                                                                   \
         "certificate authorities to trust (default: this system's), PEM",                         \
         NULL},                                                                                    \
    {                                                                                              \
        TRUST_FINGERPRINT, 0, "fingerprint", "SHA256:...",                                         \
            "take the server with this certificate or key, and no other", NULL                     \
    }
bool trust_take_option(struct trust_options *options, int option, const char *value);

/* 0; 1 with *err when the options make no sense. The options and the route outlive it. */
int trust_create(const struct trust_options *options, const struct route *route, struct trust **out,
                 struct err *err);
void trust_destroy(struct trust *trust); /* takes NULL */

/* What rfb_client_take_security() takes; the trust's, which outlives the client. */
const struct rfb_security_offer *trust_takes(const struct trust *trust, size_t *count);
/* What to do about a server that has none of them; the trust's, or NULL. */
const char *trust_hint(const struct trust *trust);
