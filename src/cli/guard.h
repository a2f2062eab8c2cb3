/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may come in at a machine's VNC addresses: the options of `oriel run`, checked, and what the
 * RFB server offers because of them. The Unix socket needs no guard, it is the user's own.
 */
#pragma once

#include "base/err.h"
#include "rfb/auth/security.h"
#include "rfb/auth/tls.h"

#include <stdbool.h>

struct guard;

/* As on the command line; NULL: not said. */
struct guard_options {
    const char *security;          /* names, with commas between */
    const char *user;              /* for types that ask for a name; the one who runs it */
    const char *password_file;     /* whose first line is the password */
    const char *certificate, *key; /* PEM files; without them one is made and kept */
    const char *rsa_key;           /* a PEM file; likewise */
    bool open;                     /* addresses that others reach may let anybody in */
};

/*
 * 0; 1 with *err when the options make no sense; -1 with *err when the world is against it. Without
 * options None is offered, and with no more than a password everything that is worth one.
 */
int guard_create(const struct guard_options *options, struct guard **out, struct err *err);
void guard_destroy(struct guard *guard); /* takes NULL */

/* What rfb_server_accept_secured() takes. The guard's, and needed as long as the server lives. */
const struct rfb_security_offer *guard_offers(const struct guard *guard, size_t *count);
/*
 * The same for browsers, whose noVNC knows None, VncAuth and Plain: with a password Plain, and
 * VncAuth too for a short one. HTTPS keeps others from listening.
 */
const struct rfb_security_offer *guard_web_offers(const struct guard *guard, size_t *count);
/* A TLS layer for a browser; its certificate is made or read when it is first needed. NULL with
 *err when there is none. */
void *guard_tls_layer(struct guard *guard, const struct layer_ops **ops, struct err *err);
/* "SHA256:…" of that certificate. -1 with *err when there is none. */
int guard_certificate(struct guard *guard, char fingerprint[RFB_FINGERPRINT_SIZE], struct err *err);
/* Addresses that others can reach may be listened on. */
bool guard_allows_anywhere(const struct guard *guard);
/* "X509Plain, X509Vnc; SHA256:…" for people; the guard's. */
const char *guard_describe(const struct guard *guard);
