/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types: how a client proves that it may come in, and how a server proves which one it is.
 * One file a type, with both ends side by side: rfb_security_TYPE is the server's, and
 * rfb_security_TYPE_client the client's. A server offers a list of them, a client takes the first
 * of its own list that it is offered. Pure: bytes in, bytes out.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/layer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rfb_security_type {
    RFB_SECURITY_INVALID = 0,
    RFB_SECURITY_NONE = 1,
    RFB_SECURITY_VNC_AUTH = 2,
    RFB_SECURITY_RA2 = 5,
    RFB_SECURITY_RA2NE = 6,
    RFB_SECURITY_TLS = 18,
    RFB_SECURITY_VENCRYPT = 19,
    RFB_SECURITY_APPLE_DH = 30,
    RFB_SECURITY_MSLOGON2 = 113,
    RFB_SECURITY_RA2_256 = 129,
    RFB_SECURITY_RA2NE_256 = 130,
    RFB_SECURITY_PLAIN = 256, /* inside of VeNCrypt only */
};

enum rfb_security_answer {
    RFB_SECURITY_REFUSED = -1, /* err says why, in words fit for the client and the log */
    RFB_SECURITY_NEEDS_MORE = 0,
    RFB_SECURITY_PASSED = 1,
    /* Send `out`, then put the layer that take_layer() gives on the stream, and go on: step() is
       called at once with no data, and then with what comes through the layer. */
    RFB_SECURITY_LAYER = 2,
};

/* A layer that is to be put on the stream, which takes it over. */
struct rfb_security_layer {
    const struct layer_ops *ops;
    void *layer;
};

struct rfb_security {
    enum rfb_security_type type;
    /* The state of one attempt; config is the server's or the client's for this type. NULL: none.
     */
    void *(*create)(const void *config);
    /*
     * Called first with no data (this end may speak first), then with what has come. *used, 0 on
     * entry, counts what it has consumed; it keeps no input itself. A server's PASSED is followed
     * by its SecurityResult, a client's by waiting for that.
     */
    enum rfb_security_answer (*step)(void *state, const uint8_t *data, size_t len, size_t *used,
                                     struct buf *out, struct err *err);
    void (*destroy)(void *state); /* NULL where create is */
    /* After RFB_SECURITY_LAYER, once; the layer must not need the state, which may go before it.
       NULL where that is never answered. */
    void (*take_layer)(void *state, struct rfb_security_layer *layer);
};

/* A type as one end offers or takes it. */
struct rfb_security_offer {
    const struct rfb_security *security;
    const void *config; /* lives as long as the sessions that have it */
};

/* ---- What the client's end of a type asks its owner -------------------------------------------
 */

struct rfb_rsa_key;

enum { RFB_CREDENTIAL_MAX = 1024 }; /* bytes, without the NUL */

struct rfb_credentials {
    char user[RFB_CREDENTIAL_MAX + 1];
    char password[RFB_CREDENTIAL_MAX + 1];
};

/* The key that a server has proven to hold. */
struct rfb_server_key {
    const char *kind;    /* "x509" or "rsa": one host may have one of each */
    const uint8_t *data; /* the public key alone, in an encoding that never varies */
    size_t len;
    uint8_t sha256[32]; /* what people compare: of the certificate or of the key */
    const char *shown;  /* what other programs show of a key of this kind; NULL: the same */
    /* NULL: a certificate authority that this system trusts says that it is the host's. Else one
       clause: why there is no more than the key itself to go by. */
    const char *doubt;
};

/* Each may take its time and ask a person; none may end the connection itself. `credentials` is
   never NULL. */
struct rfb_security_asks {
    void *owner;
    const char *host; /* whom certificates are to name; NULL: nobody */
    /* `user`: a user's name is wanted too, not only a password. -1 with *err: there is none. */
    int (*credentials)(void *owner, bool user, struct rfb_credentials *credentials,
                       struct err *err);
    /* 0: that is the one. -1 with *err: no. NULL: only what an authority vouches for is taken. */
    int (*server_key)(void *owner, const struct rfb_server_key *key, struct err *err);
    /* This end's pair for RSA-AES; NULL: one is made for each connection, which takes a while. */
    const struct rfb_rsa_key *rsa_key;
};

/* config: none. */
extern const struct rfb_security rfb_security_none, rfb_security_none_client;
/* config: the server's struct rfb_account (account.h); the client's struct rfb_security_asks. */
extern const struct rfb_security rfb_security_vnc_auth, rfb_security_vnc_auth_client;
extern const struct rfb_security rfb_security_plain, rfb_security_plain_client;
/* config: struct rfb_vencrypt_server and struct rfb_vencrypt_client (vencrypt.h). */
extern const struct rfb_security rfb_security_vencrypt, rfb_security_vencrypt_client;
