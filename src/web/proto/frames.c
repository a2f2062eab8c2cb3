/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames; see frames.h. */
#include "web/proto/frames.h"

#include "base/mem.h"
#include "base/wire.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum opcode {
    OP_CONTINUATION = 0,
    OP_TEXT = 1,
    OP_BINARY = 2,
    OP_CLOSE = 8,
    OP_PING = 9,
    OP_PONG = 10,
};

enum {
    BIT_FIN = 0x80, /* of the first byte */
    BITS_RSV = 0x70,
    BIT_CONTROL = 0x08,
    BIT_MASK = 0x80, /* of the second */
    MASK_SIZE = 4,
    HEAD_MAX = 2 + 8 + MASK_SIZE,
    CLOSE_CODE_SIZE = 2,
};

struct ws_frames {
    uint8_t head[HEAD_MAX]; /* of the frame that is coming, as far as it is here */
    size_t head_len;
    bool in_payload; /* the head is whole and has been checked */
    enum opcode opcode;
    uint64_t left; /* bytes of payload that have not come */
    uint8_t mask[MASK_SIZE];
    unsigned mask_at;
    bool in_message; /* fragments of a message follow */
    uint8_t control[WS_CONTROL_MAX];
    size_t control_len;
    bool is_over;
};

struct ws_frames *ws_frames_create(void)
{
    return mem_new0(struct ws_frames);
}

static void frames_destroy(void *layer)
{
    free(layer);
}

/* ---- Out ---- */

static void put_frame(struct buf *wire, enum opcode opcode, const void *data, size_t len)
{
    wire_put_u8(wire, (uint8_t)(BIT_FIN | opcode));
    if (len <= WS_CONTROL_MAX) {
        wire_put_u8(wire, (uint8_t)len);
    } else if (len <= UINT16_MAX) {
        wire_put_u8(wire, 126);
        wire_put_u16(wire, (uint16_t)len);
    } else {
        wire_put_u8(wire, 127);
        wire_put_u64(wire, len);
    }
    buf_append(wire, data, len);
}

static int frames_send(void *layer, const uint8_t *data, size_t len, struct buf *wire,
                       struct err *err)
{
    struct ws_frames *f = layer;

    (void)err;
    if (len && !f->is_over)
        put_frame(wire, OP_BINARY, data, len);
    return 0;
}

static void put_close(struct ws_frames *f, unsigned code, struct buf *wire)
{
    uint8_t payload[CLOSE_CODE_SIZE] = {(uint8_t)(code >> 8), (uint8_t)code};

    put_frame(wire, OP_CLOSE, payload, sizeof(payload));
    f->is_over = true;
}

static int refuse(struct ws_frames *f, unsigned code, struct buf *wire, struct err *err,
                  const char *why)
{
    put_close(f, code, wire);
    return err_set(err, "WebSocket: %s", why);
}

/* ---- In: a frame's head ---- */

/* How long the head is, as far as its first bytes tell. */
static size_t head_size(const struct ws_frames *f)
{
    unsigned short_len;

    if (f->head_len < 2)
        return 2;
    short_len = f->head[1] & 0x7f;
    return 2 + (size_t)(short_len == 127 ? 8 : short_len == 126 ? 2 : 0) + MASK_SIZE;
}

static const char *fault_of_opcode(const struct ws_frames *f, uint8_t first)
{
    switch (first & 0x0f) {
    case OP_CONTINUATION:
        return f->in_message ? NULL : "a continuation of nothing";
    case OP_BINARY:
        return f->in_message ? "a message inside of another" : NULL;
    case OP_CLOSE:
    case OP_PING:
    case OP_PONG:
        return first & BIT_FIN ? NULL : "a control frame in fragments";
    default:
        return "a kind of frame that does not exist";
    }
}

/* What can be said of the first two bytes is said before more is waited for. */
static int check_start(struct ws_frames *f, struct buf *wire, struct err *err)
{
    uint8_t first = f->head[0], second = f->head[1];
    const char *fault;

    if (first & BITS_RSV)
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err,
                      "a reserved bit is set, and no extension was agreed");
    if ((first & 0x0f) == OP_TEXT)
        return refuse(f, WS_CLOSE_UNSUPPORTED, wire, err, "text; only binary is taken here");
    fault = fault_of_opcode(f, first);
    if (fault)
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, fault);
    if (!(second & BIT_MASK))
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a client's frame without a mask");
    if ((first & BIT_CONTROL) && (second & 0x7f) > WS_CONTROL_MAX)
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a control frame that is too long");
    return 0;
}

static int check_length(struct ws_frames *f, struct buf *wire, struct err *err)
{
    struct wire_reader r = wire_reader_of(f->head + 1, f->head_len - 1);
    unsigned short_len = wire_get_u8(&r) & 0x7fu;

    f->left = short_len == 127 ? wire_get_u64(&r) : short_len == 126 ? wire_get_u16(&r) : short_len;
    if (f->left > INT64_MAX)
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a length above 63 bits");
    if ((short_len == 126 && f->left <= WS_CONTROL_MAX) ||
        (short_len == 127 && f->left <= UINT16_MAX))
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a length that is not written shortest");
    memcpy(f->mask, wire_get_bytes(&r, MASK_SIZE), MASK_SIZE);
    f->mask_at = 0;
    f->control_len = 0;
    f->opcode = f->head[0] & 0x0f;
    if (!(f->opcode & BIT_CONTROL))
        f->in_message = !(f->head[0] & BIT_FIN);
    f->in_payload = true;
    return 0;
}

/* ---- In: payload ---- */

static void unmask(struct ws_frames *f, uint8_t *to, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = from[i] ^ f->mask[(f->mask_at + i) & 3];
    f->mask_at = (unsigned)((f->mask_at + len) & 3);
}

static size_t take_payload(struct ws_frames *f, const uint8_t *bytes, size_t len, struct buf *plain)
{
    size_t n = len < f->left ? len : (size_t)f->left;
    uint8_t *to;

    if (!n)
        return 0;
    if (f->opcode & BIT_CONTROL) {
        to = f->control + f->control_len; /* check_start() saw that it fits */
        f->control_len += n;
    } else {
        to = buf_extend(plain, n);
    }
    unmask(f, to, bytes, n);
    f->left -= n;
    return n;
}

/* Codes that a Close may carry; the others are reserved or mean that there was none. */
static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static int take_close(struct ws_frames *f, struct buf *wire, struct err *err)
{
    unsigned code = WS_CLOSE_NORMAL;

    if (f->control_len == 1)
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a Close with half a code");
    if (f->control_len)
        code = (unsigned)f->control[0] << 8 | f->control[1];
    if (!is_close_code(code))
        return refuse(f, WS_CLOSE_PROTOCOL, wire, err, "a Close with a code that may not be sent");
    put_close(f, code, wire);
    return err_set(err, "the peer closed the WebSocket");
}

/* The frame is whole. */
static int finish_frame(struct ws_frames *f, struct buf *wire, struct err *err)
{
    f->in_payload = false;
    f->head_len = 0;
    if (f->opcode == OP_CLOSE)
        return take_close(f, wire, err);
    if (f->opcode == OP_PING)
        put_frame(wire, OP_PONG, f->control, f->control_len);
    return 0;
}

static int frames_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                          struct buf *plain, struct buf *wire, struct err *err)
{
    struct ws_frames *f = layer;
    size_t at = 0;

    if (f->is_over)
        return err_set(err, "the WebSocket is closed");
    while (at < len || (f->in_payload && !f->left)) {
        if (f->in_payload) {
            at += take_payload(f, bytes + at, len - at, plain);
            if (!f->left && finish_frame(f, wire, err) < 0)
                return -1;
            continue;
        }
        f->head[f->head_len++] = bytes[at++];
        if (f->head_len == 2 && check_start(f, wire, err) < 0)
            return -1;
        if (f->head_len == head_size(f) && check_length(f, wire, err) < 0)
            return -1;
    }
    *used = len;
    return 0;
}

static void frames_end(void *layer, struct buf *wire)
{
    struct ws_frames *f = layer;

    if (!f->is_over)
        put_close(f, WS_CLOSE_NORMAL, wire);
}

const struct layer_ops ws_frames_ops = {
    .receive = frames_receive, .send = frames_send, .destroy = frames_destroy, .end = frames_end};
