/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VeNCrypt's sub-types and what each end needs for them; see vencrypt.c. */
#pragma once

#include "rfb/auth/account.h"
#include "rfb/auth/tls.h"

enum rfb_vencrypt_type {
    RFB_VENCRYPT_PLAIN = 256, /* without TLS */
    RFB_VENCRYPT_TLS_NONE,    /* TLS: anonymous */
    RFB_VENCRYPT_TLS_VNC,
    RFB_VENCRYPT_TLS_PLAIN,
    RFB_VENCRYPT_X509_NONE, /* X509: TLS with a certificate */
    RFB_VENCRYPT_X509_VNC,
    RFB_VENCRYPT_X509_PLAIN,
};

enum { RFB_VENCRYPT_TYPES = 7 };

/* Both ends: what is offered or taken, in the order of preference, at least one. */
struct rfb_vencrypt_types {
    uint32_t types[RFB_VENCRYPT_TYPES];
    size_t count;
};

struct rfb_vencrypt_server {
    struct rfb_vencrypt_types offers;
    const struct rfb_account *account;       /* for Vnc and Plain */
    const struct rfb_tls_identity *identity; /* for X509 */
};

struct rfb_vencrypt_client {
    struct rfb_vencrypt_types takes;
    const struct rfb_security_asks *asks;
    struct rfb_tls_trust *trust; /* for X509 */
};
