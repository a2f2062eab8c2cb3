/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A WebSocket's frames (RFC 6455, section 5), the server's side, as a layer of a stream: the bytes
 * of binary messages in and out, whatever frames they come in. Messages are no units here: RFB is a
 * stream of bytes. Pings are answered and a Close is. No extensions, no text.
 *
 * A frame's payload is handed on as it comes, so no length that a peer states costs memory.
 */
#pragma once

#include "base/layer.h"

enum {
    WS_CONTROL_MAX = 125,   /* bytes of a control frame's payload */
    WS_CLOSE_NORMAL = 1000, /* what a Close says, as far as we say or expect it */
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNSUPPORTED = 1003,
};

struct ws_frames;

/* Given to a stream, whose it is then; ws_frames_ops destroys it. */
struct ws_frames *ws_frames_create(void);

/*
 * receive() consumes all that has come. It fails with one reason when the peer closes the WebSocket
 * or breaks a rule, and `wire` then ends with the Close that answers it. send() makes one binary
 * message of the data, none of no data.
 */
extern const struct layer_ops ws_frames_ops;
