/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What TLS's files share: tls.c the layer, tls_identity.c a server's certificate, tls_trust.c what
 * a client makes of it. */
#pragma once

#include "rfb/auth/tls.h"

#include <gnutls/gnutls.h>

struct rfb_tls_identity {
    gnutls_certificate_credentials_t credentials;
    uint8_t sha256[RFB_TLS_SHA256];
};

struct rfb_tls_trust {
    gnutls_certificate_credentials_t credentials;
    char *ca_file;
    bool loaded;
};

void rfb_tls_trust_load(struct rfb_tls_trust *trust);
/* The certificate of the server that the handshake was with. -1 with *err: it is not taken. */
int rfb_tls_trust_judge(gnutls_session_t session, const struct rfb_security_asks *asks,
                        struct err *err);
