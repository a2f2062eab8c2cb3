/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types, our client's end against our server's: each in every version, cut and stopped at
 * every byte.
 */
#include "check.h"
#include "rfb_wire.h"

#include "base/arith.h"

/* ---- A type that puts a layer on the stream ---------------------------------------------------
 * Both say "Y", then everything is xored; through that the server says "yes".
 */

static int xors;

static int xor_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                       struct buf *plain, struct buf *wire, struct err *err)
{
    uint8_t *to = buf_extend(plain, len);

    (void)wire, (void)err;
    for (size_t i = 0; i < len; i++)
        to[i] = bytes[i] ^ *(uint8_t *)layer;
    *used = len;
    return 0;
}

static int xor_send(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err)
{
    size_t used;

    return len ? xor_receive(layer, data, len, &used, wire, NULL, err) : 0;
}

static void xor_destroy(void *layer)
{
    xors--;
    free(layer);
}

static const struct layer_ops xor_ops = {xor_receive, xor_send, xor_destroy};

struct toy {
    unsigned step;
};

static void *toy_create(const void *config)
{
    (void)config;
    return mem_new0(struct toy);
}

static void toy_take_layer(void *state, struct rfb_security_layer *layer)
{
    (void)state;
    xors++;
    *layer = (struct rfb_security_layer){&xor_ops, mem_dup("\x5a", 1)};
}

static enum rfb_security_answer toy_server(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    (void)err;
    if (t->step == 1) {
        buf_append(out, "yes", 3);
        return RFB_SECURITY_PASSED;
    }
    if (!len)
        return RFB_SECURITY_NEEDS_MORE;
    *used = 1;
    t->step++;
    buf_append(out, "Y", 1);
    return data[0] == 'Y' ? RFB_SECURITY_LAYER : RFB_SECURITY_REFUSED;
}

static enum rfb_security_answer toy_client(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    if (!t->step++)
        buf_append(out, "Y", 1);
    if (t->step < 3 && len && data[0] == 'Y') {
        t->step = 3;
        *used = 1;
        return RFB_SECURITY_LAYER;
    }
    if (t->step < 3)
        t->step = 1;
    else if (len >= 3) {
        *used = 3;
        if (!memcmp(data, "yes", 3))
            return RFB_SECURITY_PASSED;
        err_set(err, "that was no yes");
        return RFB_SECURITY_REFUSED;
    }
    return RFB_SECURITY_NEEDS_MORE;
}

static const struct rfb_security toy_security = {(enum rfb_security_type)77, toy_create, toy_server,
                                                 free, toy_take_layer};
static const struct rfb_security toy_security_client = {(enum rfb_security_type)77, toy_create,
                                                        toy_client, free, toy_take_layer};

/* ---- Every type ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct rfb_security_offer offers[1], takes[1];
} types[] = {
    {"None", {{&rfb_security_none, NULL}}, {{&rfb_security_none_client, NULL}}},
    {"a toy with a layer", {{&toy_security, NULL}}, {{&toy_security_client, NULL}}},
};

static void check_pieces(size_t type)
{
    struct wire w;
    size_t whole = 0;

    for (size_t piece = 1; piece <= 64; piece++) {
        wire_begin(&w, types[type].offers, 1, types[type].takes, 1);
        whole = wire_run(&w, piece, SIZE_MAX);
        if (w.server.inits != 1 || w.client.connects != 1)
            fprintf(stderr, "%s in pieces of %zu: %s, %s\n", types[type].name, piece,
                    w.server.err.text, w.client.err.text);
        CHECK_INT(w.server.inits, 1);
        CHECK_INT(w.client.connects, 1);
        CHECK(!w.server.over && !w.client.over);
        wire_finish(&w);
    }
    for (size_t limit = 0; limit < whole; limit++) { /* the wire is cut for good */
        wire_begin(&w, types[type].offers, 1, types[type].takes, 1);
        CHECK_INT(wire_run(&w, SIZE_MAX, limit), limit);
        wire_finish(&w);
    }
    CHECK_INT(xors, 0);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        check_pieces(i);
    return check_result();
}
