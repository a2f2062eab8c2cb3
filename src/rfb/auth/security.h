/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types, the server's side: how a client proves that it may come in. One file a type; a
 * server offers a list of them. Pure: bytes in, bytes out.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum rfb_security_type {
    RFB_SECURITY_INVALID = 0,
    RFB_SECURITY_NONE = 1,
    RFB_SECURITY_VNC_AUTH = 2,
};

enum rfb_security_answer {
    RFB_SECURITY_REFUSED = -1, /* err says why, in words fit for the client and the log */
    RFB_SECURITY_NEEDS_MORE = 0,
    RFB_SECURITY_PASSED = 1,
};

struct rfb_security {
    enum rfb_security_type type;
    /* The state of one client's attempt; config is the server's for this type. NULL: none. */
    void *(*create)(const void *config);
    /* Called first with no data (the server may speak first), then with what has come. *used
       counts what it has consumed; it keeps no input itself. */
    enum rfb_security_answer (*step)(void *state, const uint8_t *data, size_t len, size_t *used,
                                     struct buf *out, struct err *err);
    void (*destroy)(void *state); /* NULL where create is */
};

/* A type as a server offers it. */
struct rfb_security_offer {
    const struct rfb_security *security;
    const void *config; /* lives as long as the server's sessions */
};

extern const struct rfb_security rfb_security_none;
