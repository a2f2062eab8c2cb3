/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's end of one RFB connection up to where messages flow, and their stream afterwards.
 * Pure: bytes in, events out through callbacks, bytes to send appended to a buffer. It speaks 3.3,
 * 3.7 and 3.8, and understands what others announce: 3.4 to 3.6 are 3.3, everything newer is 3.8,
 * and Apple's 3.889 leaves ClientInit and the result of None out.
 *
 * It keeps no input: what was not consumed is offered again with more behind it. Splitting the
 * input never changes what happens.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "rfb/auth/security.h"
#include "rfb/msg/client.h"
#include "rfb/msg/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_UNAUTHENTICATED_MAX = 4096, /* bytes that a client may send before it is let in */
    RFB_SECURITY_OFFERS_MAX = 16,
};

enum rfb_server_state {
    RFB_SERVER_VERSION, /* in the order in which they are passed */
    RFB_SERVER_SECURITY_CHOICE,
    RFB_SERVER_SECURITY,
    RFB_SERVER_CLIENT_INIT,
    RFB_SERVER_MESSAGES,
    RFB_SERVER_BROKEN, /* feed() returned -1; the connection is to be closed once `out` is sent */
};

struct rfb_server_session_ops {
    /* Send `out` and clear it, then put the layer on the connection: what feed() is given from now
       on comes through it. May be NULL when no offered type has layers. */
    void (*add_layer)(void *owner, struct buf *out, const struct rfb_security_layer *layer);
    /* The client is in and says whether others may stay; fills what it is to be told. The name
       lives until the function's caller is done. */
    void (*init)(void *owner, bool shared, struct rfb_server_init *init);
    /* A valid message; valid during the call. Returns 0, or -1 with the rule it broke. */
    int (*message)(void *owner, const struct rfb_client_msg *msg, struct err *err);
};

struct rfb_server_session;

/* `offers` in the order of preference, at least one; copied. Appends the version to out. */
struct rfb_server_session *rfb_server_session_create(const struct rfb_security_offer *offers,
                                                     size_t count,
                                                     const struct rfb_server_session_ops *ops,
                                                     void *owner, struct buf *out);
void rfb_server_session_destroy(struct rfb_server_session *session); /* takes NULL */

enum rfb_server_state rfb_server_session_state(const struct rfb_server_session *session);

/* What changes the meaning of messages; the owner sets it when the client was told. */
struct rfb_client_agreed *rfb_server_session_agreed(struct rfb_server_session *session);

/*
 * Consumes what is complete and sets *used; what is left when add_layer() was called is to come
 * through the layer. Returns 0, or -1 with one reason when the client broke
 * a rule or was refused (out then ends with what the protocol has to say about that).
 */
int rfb_server_session_feed(struct rfb_server_session *session, const uint8_t *data, size_t len,
                            size_t *used, struct buf *out, struct err *err);
