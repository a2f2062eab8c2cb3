/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A WebSocket's opening handshake (RFC 6455, section 4.2), the server's side: is this request one,
 * and what is answered. Subprotocol "binary" or none; no extensions. Who may ask is site_rules.h's.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "web/proto/http.h"

/* Does the request want another protocol than HTTP? Then ws_handshake() has to answer it. */
bool ws_is_asked_for(const struct http_request *request);

/*
 * 0: it is a handshake, and its answer was appended to *out; what follows are frames. Negative:
 * *status is the refusal (426 wants http_answer.ws_version), *err the reason.
 */
int ws_handshake(const struct http_request *request, struct buf *out, unsigned *status,
                 struct err *err);
