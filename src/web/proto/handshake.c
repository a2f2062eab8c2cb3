/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The opening handshake; see handshake.h. SHA-1 and Base64 are Nettle's. */
#include "web/proto/handshake.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

enum {
    KEY_SIZE = 24, /* Base64 of 16 bytes */
    ACCEPT_SIZE = BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE),
};

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const char subprotocol[] = "binary";

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

bool ws_is_asked_for(const struct http_request *request)
{
    return request->upgrade.len > 0 || request->ws_key.len > 0;
}

static bool is_key(struct http_text key)
{
    struct base64_decode_ctx ctx;
    uint8_t bytes[BASE64_DECODE_LENGTH(KEY_SIZE)];
    size_t n = sizeof(bytes);

    if (key.len != KEY_SIZE)
        return false;
    base64_decode_init(&ctx);
    return base64_decode_update(&ctx, &n, bytes, key.len, key.at) && n == 16 &&
           base64_decode_final(&ctx);
}

/* Proves that the key was understood. */
static void put_accept(struct buf *out, struct http_text key)
{
    struct sha1_ctx ctx;
    uint8_t digest[SHA1_DIGEST_SIZE];

    sha1_init(&ctx);
    sha1_update(&ctx, key.len, (const uint8_t *)key.at);
    sha1_update(&ctx, sizeof(guid) - 1, (const uint8_t *)guid);
    sha1_digest(&ctx, sizeof(digest), digest);
    base64_encode_raw((char *)buf_extend(out, ACCEPT_SIZE), sizeof(digest), digest);
}

static int refuse(unsigned *status, unsigned value, struct err *err, const char *why)
{
    *status = value;
    return err_set(err, "%s", why);
}

int ws_handshake(const struct http_request *r, struct buf *out, unsigned *status, struct err *err)
{
    if (r->is_head || !r->connection_upgrade || !http_list_has(r->upgrade, "websocket"))
        return refuse(status, 400, err, "an upgrade to something other than a WebSocket");
    if (!http_text_equals(r->ws_version, "13"))
        return refuse(status, 426, err, "a version of WebSocket other than 13");
    if (!is_key(r->ws_key))
        return refuse(status, 400, err, "a WebSocket key that is not 16 bytes in Base64");
    if (r->ws_protocols.len && !http_list_has(r->ws_protocols, subprotocol))
        return refuse(status, 400, err, "no subprotocol that is spoken here, \"binary\" is");
    put(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: ");
    put_accept(out, r->ws_key);
    if (r->ws_protocols.len) {
        put(out, "\r\nSec-WebSocket-Protocol: ");
        put(out, subprotocol);
    }
    put(out, "\r\n\r\n");
    return 0;
}
