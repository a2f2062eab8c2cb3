/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The extended clipboard's messages; see clipboard.h. */
#include "rfb/msg/clipboard.h"

#include "base/arith.h"
#include "base/wire.h"

#include <assert.h>
#include <zlib.h>

enum {
    FORMAT_BITS = 0xffff,
    ACTION_SHIFT = 24,
    KNOWN_ACTIONS =
        RFB_CLIPBOARD_REQUEST | RFB_CLIPBOARD_PEEK | RFB_CLIPBOARD_NOTIFY | RFB_CLIPBOARD_PROVIDE,
    PIECE = 16 << 10,
};

/* ---- Reading ----------------------------------------------------------------------------------
 */

static int read_sizes(struct wire_reader *r, struct rfb_clipboard_msg *msg, struct err *err)
{
    for (unsigned i = 0; i < RFB_CLIPBOARD_FORMATS; i++)
        if (msg->formats & 1u << i)
            msg->sizes[i] = wire_get_u32(r);
    if (r->failed)
        return err_set(err, "the clipboard's caps lack a size");
    return 0;
}

int rfb_clipboard_parse(const uint8_t *data, size_t len, struct rfb_clipboard_msg *msg,
                        struct err *err)
{
    struct wire_reader r = wire_reader_of(data, len);
    struct rfb_clipboard_msg found = {0};
    uint32_t flags = wire_get_u32(&r), action = flags >> ACTION_SHIFT << ACTION_SHIFT;

    if (r.failed)
        return err_set(err, "a clipboard message of %zu bytes is too short", len);
    found.formats = flags & FORMAT_BITS;
    if (flags & RFB_CLIPBOARD_CAPS) {
        found.action = RFB_CLIPBOARD_CAPS;
        found.actions = action & ~(uint32_t)RFB_CLIPBOARD_CAPS;
        if (read_sizes(&r, &found, err) < 0)
            return -1;
    } else {
        if (action & (action - 1))
            return err_set(err, "a clipboard message has several actions (0x%x)", action);
        found.action = (enum rfb_clipboard_action)(action & KNOWN_ACTIONS);
        found.stream.len = wire_left(&r);
        found.stream.data = wire_get_bytes(&r, found.stream.len);
    }
    *msg = found;
    return 0;
}

/* Fills `to` whole, or says why not: 0, or -1. */
static int inflate_all(z_stream *z, uint8_t *to, size_t len, struct err *err)
{
    z->next_out = to;
    z->avail_out = (uInt)len;
    while (z->avail_out) {
        int rc = inflate(z, Z_SYNC_FLUSH);

        if (z->avail_out && (rc != Z_OK || !z->avail_in))
            return err_set(err, "the clipboard's data is %s",
                           rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? "cut short"
                                                                                 : "broken");
    }
    return 0;
}

/* The same into the buffer, a piece at a time: a size is believed as its bytes come. */
static int inflate_to(z_stream *z, struct buf *out, size_t len, struct err *err)
{
    while (len) {
        size_t n = MIN_OF(len, (size_t)PIECE);

        if (inflate_all(z, buf_reserve(out, n), n, err) < 0)
            return -1;
        buf_extend(out, n);
        len -= n;
    }
    return 0;
}

static int skip(z_stream *z, size_t len, struct err *err)
{
    uint8_t scratch[PIECE];

    while (len) {
        size_t n = MIN_OF(len, sizeof(scratch));

        if (inflate_all(z, scratch, n, err) < 0)
            return -1;
        len -= n;
    }
    return 0;
}

static int unpack(z_stream *z, const struct rfb_clipboard_msg *msg, uint32_t format, size_t max,
                  struct buf *out, struct err *err)
{
    for (uint32_t bit = 1; bit <= format; bit <<= 1) {
        uint8_t head[4];
        struct wire_reader r = wire_reader_of(head, sizeof(head));
        uint32_t size;

        if (!(msg->formats & bit))
            continue;
        if (inflate_all(z, head, sizeof(head), err) < 0)
            return -1;
        size = wire_get_u32(&r);
        if (size > max)
            return 0;
        if (bit == format)
            return inflate_to(z, out, size, err) < 0 ? -1 : 1;
        if (skip(z, size, err) < 0)
            return -1;
    }
    return 0;
}

int rfb_clipboard_unpack(const struct rfb_clipboard_msg *msg, enum rfb_clipboard_format format,
                         size_t max, struct buf *out, struct err *err)
{
    z_stream z = {0};
    size_t before = out->len;
    int rc;

    if (!(msg->formats & format))
        return 0;
    if (msg->stream.len > UINT32_MAX || inflateInit(&z) != Z_OK)
        return err_set(err, "the clipboard's data cannot be unpacked");
    z.next_in = (Bytef *)msg->stream.data;
    z.avail_in = (uInt)msg->stream.len;
    rc = unpack(&z, msg, format, max, out, err);
    inflateEnd(&z);
    if (rc < 0)
        out->len = before;
    return rc;
}

/* ---- Composing --------------------------------------------------------------------------------
 */

/* Returns where the length is, for put_length(). */
static size_t put_head(struct buf *out, uint8_t type, uint32_t flags)
{
    size_t at;

    assert(type == RFB_CLIENT_CUT_TEXT || type == RFB_SERVER_CUT_TEXT);
    wire_put_u8(out, type);
    wire_put_zeros(out, 3);
    at = out->len;
    wire_put_u32(out, 0);
    wire_put_u32(out, flags);
    return at;
}

static void put_length(struct buf *out, size_t at)
{
    wire_patch_u32(out, at, (uint32_t)(-(int32_t)(out->len - at - 4)));
}

void rfb_put_clipboard_caps(struct buf *out, uint8_t type)
{
    size_t at = put_head(out, type, RFB_CLIPBOARD_CAPS | KNOWN_ACTIONS | RFB_CLIPBOARD_TEXT);

    wire_put_u32(out, 0);
    put_length(out, at);
}

void rfb_put_clipboard_action(struct buf *out, uint8_t type, enum rfb_clipboard_action action,
                              uint32_t formats)
{
    put_length(out, put_head(out, type, (uint32_t)action | formats));
}

static void deflate_piece(z_stream *z, const void *data, size_t len, int flush, struct buf *out)
{
    size_t room;

    z->next_in = (Bytef *)data;
    z->avail_in = (uInt)len;
    do {
        room = PIECE;
        z->next_out = buf_reserve(out, room);
        z->avail_out = (uInt)room;
        deflate(z, flush);
        buf_extend(out, room - z->avail_out);
    } while (!z->avail_out);
}

void rfb_put_clipboard_provide(struct buf *out, uint8_t type, enum rfb_clipboard_format format,
                               const void *data, size_t len)
{
    size_t at = put_head(out, type, (uint32_t)RFB_CLIPBOARD_PROVIDE | (uint32_t)format);
    uint8_t head[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                       (uint8_t)len};
    z_stream z = {0};
    int rc = deflateInit(&z, Z_BEST_SPEED); /* input is handled on the same thread */

    assert(rc == Z_OK && len <= INT32_MAX / 2);
    (void)rc;
    deflate_piece(&z, head, sizeof(head), Z_NO_FLUSH, out);
    deflate_piece(&z, data, len, Z_FINISH, out);
    deflateEnd(&z);
    put_length(out, at);
}
