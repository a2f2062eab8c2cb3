/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TLS as a layer, over GnuTLS, for VeNCrypt and for whoever else puts it on a stream: with a
 * server's certificate, or anonymous, which keeps those out who only listen. TLS 1.2 and 1.3; there
 * is no anonymous 1.3. Bytes only: certificates come and go as PEM text, and where they are kept is
 * the caller's business.
 */
#pragma once

#include "rfb/auth/security.h"

enum {
    RFB_TLS_KEPT_MAX = 64 << 10, /* bytes that wait for the end of the handshake */
    RFB_TLS_SHA256 = 32,
};

/* ---- The server -------------------------------------------------------------------------------
 */

struct rfb_tls_identity; /* a certificate and its key */

/* Makes a key and a certificate of its own for `host`, as PEM text; now_s: seconds of the epoch.
   Negative with *err. */
int rfb_tls_identity_make(const char *host, uint64_t now_s, struct buf *certificate,
                          struct buf *key, struct err *err);
/* NULL with *err: they are not PEM, or don't belong together. */
struct rfb_tls_identity *rfb_tls_identity_create(const struct buf *certificate,
                                                 const struct buf *key, struct err *err);
void rfb_tls_identity_destroy(struct rfb_tls_identity *identity); /* takes NULL */
/* Of the certificate; RFB_TLS_SHA256 bytes. */
const uint8_t *rfb_tls_identity_sha256(const struct rfb_tls_identity *identity);

/* identity NULL: anonymous. It outlives the layer. */
void rfb_tls_server_layer(const struct rfb_tls_identity *identity,
                          struct rfb_security_layer *layer);

/* ---- The client -------------------------------------------------------------------------------
 */

struct rfb_tls_trust; /* certificate authorities, read when they are first needed */

/* ca_file: PEM, instead of those that this system trusts; NULL: the system's. */
struct rfb_tls_trust *rfb_tls_trust_create(const char *ca_file);
void rfb_tls_trust_destroy(struct rfb_tls_trust *trust); /* takes NULL */

/* What the client says first, once the server has proven who it is; -1 with *err. */
typedef int (*rfb_tls_words)(const struct rfb_security_asks *asks, struct buf *out,
                             struct err *err);

/*
 * trust NULL: anonymous. words NULL: none. The server's certificate is judged by asks->server_key()
 * before anything else is said. trust and asks outlive the layer.
 */
void rfb_tls_client_layer(struct rfb_tls_trust *trust, const struct rfb_security_asks *asks,
                          rfb_tls_words words, struct rfb_security_layer *layer);

/* "SHA256:0a:1b:…" for people; needs RFB_FINGERPRINT_SIZE bytes. */
enum { RFB_FINGERPRINT_SIZE = 7 + 32 * 3 };
void rfb_fingerprint_format(const uint8_t sha256[RFB_TLS_SHA256], char text[RFB_FINGERPRINT_SIZE]);
