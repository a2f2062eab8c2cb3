/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A WebSocket's frames: the payload wherever they are split, and every rule that a peer can break,
 * each cut off with one reason and the right Close.
 */
#include "check.h"

#include "web/proto/frames.h"

#include <stdbool.h>
#include <stdlib.h>

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

/* A client's frame: first byte, and the length written in 0 (shortest), 2 or 8 bytes. */
static void put(struct buf *b, uint8_t first, const void *data, size_t len, int width)
{
    if (!width)
        width = len > 65535 ? 8 : len > 125 ? 2 : 1;
    buf_append(b,
               (uint8_t[]){first, (uint8_t)(0x80 | (width == 8   ? 127
                                                    : width == 2 ? 126
                                                                 : (int)len))},
               2);
    for (int i = width == 1 ? 0 : width; i > 0; i--)
        buf_append(b, (uint8_t[]){(uint8_t)((uint64_t)len >> (8 * (i - 1)))}, 1);
    buf_append(b, mask, 4);
    for (size_t i = 0; i < len; i++)
        buf_append(b, (uint8_t[]){((const uint8_t *)data)[i] ^ mask[i & 3]}, 1);
}

struct heard {
    struct buf plain, wire;
    int rc;
    struct err err;
};

/* All of it, in two parts when `split` is inside, byte by byte when it is behind the end. */
static struct heard hear(const struct buf *in, size_t split)
{
    struct ws_frames *f = ws_frames_create();
    struct heard h = {.rc = 0};

    for (size_t at = 0; at < in->len && !h.rc;) {
        size_t n = split > in->len ? 1 : at < split ? split - at : in->len - at, used = 0;
        uint8_t *exact = malloc(n);

        memcpy(exact, in->data + at, n);
        h.rc = ws_frames_ops.receive(f, exact, n, &used, &h.plain, &h.wire, &h.err);
        free(exact);
        CHECK(h.rc < 0 || used == n);
        at += n;
    }
    if (h.rc < 0) { /* and it stays over */
        size_t used = 0, wire = h.wire.len;
        struct err err;

        CHECK(ws_frames_ops.receive(f, mask, 1, &used, &h.plain, &h.wire, &err) < 0);
        CHECK_INT(ws_frames_ops.send(f, mask, 4, &h.wire, &err), 0);
        CHECK_INT(h.wire.len, wire);
    }
    ws_frames_ops.destroy(f);
    return h;
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

static void heard_finish(struct heard *h)
{
    buf_finish(&h->plain);
    buf_finish(&h->wire);
}

/* Heard in any pieces it is the same. */
static struct heard hear_split(const struct buf *in)
{
    struct heard whole = hear(in, in->len);

    for (size_t split = 1; split <= in->len + 1; split++) {
        struct heard h = hear(in, split);

        CHECK(same(&h.plain, &whole.plain) && same(&h.wire, &whole.wire));
        CHECK_INT(h.rc, whole.rc);
        CHECK_STR(h.err.text, whole.err.text);
        heard_finish(&h);
    }
    return whole;
}

static void check_messages(void)
{
    struct buf in = BUF_INIT;
    struct heard h;

    put(&in, 0x82, "RFB 003.008\n", 12, 0);
    put(&in, 0x82, "", 0, 0);
    put(&in, 0x02, "ab", 2, 0);   /* a message in three fragments */
    put(&in, 0x89, "ping", 4, 0); /* between which control frames may come */
    put(&in, 0x00, "", 0, 0);
    put(&in, 0x8a, "unasked", 7, 0);
    put(&in, 0x80, "cde", 3, 0);
    put(&in, 0x89, "", 0, 0);
    put(&in, 0x82, "f", 1, 0);
    h = hear_split(&in);
    CHECK_INT(h.rc, 0);
    CHECK_INT(h.plain.len, 18);
    CHECK(!memcmp(h.plain.data, "RFB 003.008\nabcdef", 18));
    CHECK_INT(h.wire.len, 8);
    CHECK(!memcmp(h.wire.data, "\x8a\x04ping\x8a\0", 8));
    heard_finish(&h);
    buf_finish(&in);
}

static void check_lengths(void)
{
    static const size_t lengths[] = {1, 125, 126, 127, 128, 65535, 65536, 100000};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        size_t len = lengths[i], head = len > 65535 ? 10 : len > 125 ? 4 : 2;
        uint8_t *data = malloc(len);
        struct ws_frames *f = ws_frames_create();
        struct buf in = BUF_INIT, out = BUF_INIT;
        struct heard h;
        struct err err;

        for (size_t n = 0; n < len; n++)
            data[n] = (uint8_t)(n * 7 + n / 251);
        put(&in, 0x82, data, len, 0);
        for (size_t split = 1; split < 20; split++) {
            h = hear(&in, split);
            CHECK_INT(h.rc, 0);
            CHECK(h.plain.len == len && !memcmp(h.plain.data, data, len));
            heard_finish(&h);
        }
        CHECK_INT(ws_frames_ops.send(f, data, len, &out, &err), 0);
        CHECK_INT(out.len, head + len);
        CHECK_INT(out.data[0], 0x82);
        CHECK_INT(out.data[1], len > 65535 ? 127 : len > 125 ? 126 : len);
        CHECK(!memcmp(out.data + head, data, len));
        CHECK(head == 2 || out.data[head - 1] == (len & 255));
        buf_finish(&in);
        buf_finish(&out);
        ws_frames_ops.destroy(f);
        free(data);
    }
}

/* `in` is cut off for `reason` and told `code`; what came before it counts. */
static void refused(struct buf *in, const char *reason, unsigned code)
{
    struct heard h;

    h = hear_split(in);
    CHECK_INT(h.rc, -1);
    CHECK_STR(h.err.text, reason);
    CHECK_INT(h.wire.len, 4);
    CHECK(h.wire.len >= 4 && h.wire.data[0] == 0x88 && h.wire.data[1] == 2 &&
          (unsigned)(h.wire.data[2] << 8 | h.wire.data[3]) == code);
    heard_finish(&h);
    buf_finish(in);
}

#define REFUSED(reason, code, ...)                                                                 \
    do {                                                                                           \
        struct buf in = BUF_INIT;                                                                  \
        __VA_ARGS__;                                                                               \
        refused(&in, "WebSocket: " reason, code);                                                  \
    } while (0)

static void check_refusals(void)
{
    static const uint8_t long_ping[126];
    static const uint8_t huge[] = {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};

    REFUSED("a reserved bit is set, and no extension was agreed", 1002, put(&in, 0xc2, "x", 1, 0));
    REFUSED("a reserved bit is set, and no extension was agreed", 1002, put(&in, 0x99, "x", 1, 0));
    REFUSED("text; only binary is taken here", 1003, put(&in, 0x81, "x", 1, 0));
    for (uint8_t op = 3; op < 16; op++)
        if (op < 8 || op > 10)
            REFUSED("a kind of frame that does not exist", 1002,
                    put(&in, (uint8_t)(0x80 | op), "x", 1, 0));
    REFUSED("a continuation of nothing", 1002, put(&in, 0x80, "x", 1, 0));
    REFUSED("a continuation of nothing", 1002, put(&in, 0x02, "", 0, 0); put(&in, 0x80, "", 0, 0);
            put(&in, 0x00, "x", 1, 0));
    REFUSED("a message inside of another", 1002, put(&in, 0x02, "", 0, 0);
            put(&in, 0x82, "x", 1, 0));
    for (uint8_t op = 8; op <= 10; op++)
        REFUSED("a control frame in fragments", 1002, put(&in, op, "", 0, 0));
    REFUSED("a client's frame without a mask", 1002, buf_append(&in, "\x82\x01x", 3));
    REFUSED("a control frame that is too long", 1002, put(&in, 0x89, long_ping, 126, 0));
    REFUSED("a length above 63 bits", 1002, buf_append(&in, huge, sizeof(huge)));
    REFUSED("a length that is not written shortest", 1002, put(&in, 0x82, long_ping, 125, 2));
    REFUSED("a length that is not written shortest", 1002, put(&in, 0x82, long_ping, 126, 8));
    REFUSED("a Close with half a code", 1002, put(&in, 0x88, "\x03", 1, 0));
    for (size_t i = 0; i < 7; i++) {
        static const unsigned codes[] = {0, 999, 1004, 1005, 1006, 1015, 5000};
        uint8_t code[] = {(uint8_t)(codes[i] >> 8), (uint8_t)codes[i]};

        REFUSED("a Close with a code that may not be sent", 1002, put(&in, 0x88, code, 2, 0));
    }
}

static void check_close(void)
{
    struct buf in = BUF_INIT;
    struct heard h;

    put(&in, 0x82, "last", 4, 0);
    put(&in, 0x88, "", 0, 0);
    h = hear_split(&in);
    CHECK_STR(h.err.text, "the peer closed the WebSocket");
    CHECK(h.plain.len == 4 && h.wire.len == 4 && !memcmp(h.wire.data, "\x88\x02\x03\xe8", 4));
    heard_finish(&h);
    buf_clear(&in);
    put(&in, 0x88, "\x0f\xa0why", 5, 0);
    h = hear_split(&in);
    CHECK_STR(h.err.text, "the peer closed the WebSocket");
    CHECK(h.wire.len == 4 && !memcmp(h.wire.data, "\x88\x02\x0f\xa0", 4));
    heard_finish(&h);
    buf_finish(&in);
}

int main(void)
{
    check_messages();
    check_lengths();
    check_refusals();
    check_close();
    return check_result();
}
