/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A layer: what stands between a connection's bytes on the wire and the bytes that its owner means
 * (TLS, RSA-AES, WebSocket frames). Bytes in, bytes out; it knows no descriptor and no loop.
 * io_stream_add_layer() puts one on a stream, several may be stacked, and the tests drive them with
 * buffers. In base, because protocols make layers and know no io.
 *
 * A layer's functions must not call the stream that it is on, nor bring about its destruction.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct layer_ops {
    /*
     * Bytes have come from below: all that was not consumed yet, len > 0. *used of them are
     * consumed (it is 0 on entry); the rest is offered again with more behind it, and at once while
     * some are consumed. What they say for above is appended to `plain`, what the layer itself has
     * to send (a handshake's answer, a pong) to `wire`. 0; -1 with the reason for which the
     * connection is over; 1 when that is that the peer ended it in good order (*err says so):
     * `plain` and `wire` are still passed on then. Splitting the input never changes the meaning.
     */
    int (*receive)(void *layer, const uint8_t *bytes, size_t len, size_t *used, struct buf *plain,
                   struct buf *wire, struct err *err);
    /*
     * Bytes for the peer, all taken: appended to `wire` as they travel, or kept until the layer's
     * handshake lets them go (how many it keeps at most is the layer's to limit). Called once with
     * len 0 when the layer is put on, so that it may speak first. 0, or -1 with the reason.
     */
    int (*send)(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err);
    void (*destroy)(void *layer);
    /*
     * The owner closes the connection in good order: its last words are appended to `wire`. Only
     * destroy() follows. NULL: it says none.
     */
    void (*end)(void *layer, struct buf *wire);
};
