/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types as people name them, for both sides' command lines: "X509Plain,X509Vnc,VncAuth",
 * in whatever case.
 */
#pragma once

#include "base/err.h"
#include "rfb/auth/vencrypt.h"

#include <stdbool.h>

struct security_name {
    const char *name; /* as the field spells it */
    enum rfb_security_type type;
    uint32_t subtype;    /* VeNCrypt's; 0: none */
    bool wants_password; /* whoever reaches it without one stays outside */
    bool is_short;       /* a password of at most RFB_VNC_PASSWORD_MAX bytes */
    bool has_certificate;
    bool is_private; /* who listens learns neither the password nor the pictures */
    bool has_rsa_key;
    bool is_viewers; /* a server of ours can't offer it */
};

enum { SECURITY_NAMES_MAX = 24 };

struct security_list {
    const struct security_name *items[SECURITY_NAMES_MAX]; /* in the order of preference */
    size_t count;
};

extern const char security_names[]; /* for completion: words with spaces between */

/* -1 with *err: there is no such type, or there is none in the list. */
int security_parse(const char *text, struct security_list *out, struct err *err);

/* Which of the list VeNCrypt has; in their order. */
struct rfb_vencrypt_types security_vencrypt_types(const struct security_list *list);
/* The first place of each type of RFB: what is offered or taken, in order. Returns how many. */
size_t security_types(const struct security_list *list,
                      enum rfb_security_type out[SECURITY_NAMES_MAX]);
