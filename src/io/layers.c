/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stack of a stream's layers; see layers.h. */
#include "io/layers.h"

#include <assert.h>

enum { SCRATCH_KEPT = 256 << 10 }; /* bytes of memory that a layer's wire keeps between sends */

static void scratch_clear(struct buf *b)
{
    if (b->len > SCRATCH_KEPT)
        buf_finish(b);
    else
        buf_clear(b);
}

void io_layers_finish(struct io_layers *l)
{
    while (l->count) {
        struct io_layer *top = &l->at[--l->count];

        top->ops->destroy(top->layer);
        buf_finish(&top->in);
        buf_finish(&top->wire);
    }
}

/* Bytes on their way down, from above the first `layers` of them. */
static int send_down(struct io_layers *l, unsigned layers, const uint8_t *data, size_t len,
                     struct buf *wire, struct err *err)
{
    while (layers) {
        struct io_layer *at = &l->at[--layers];
        struct buf *to = layers ? &at->wire : wire;
        int rc = at->ops->send(at->layer, data, len, to, err);

        if (layers + 1 < l->count)
            scratch_clear(&l->at[layers + 1].wire); /* where the data came from */
        if (rc < 0)
            return -1;
        data = to->data;
        len = to->len;
        if (layers && !len)
            return 0;
    }
    return 0;
}

int io_layers_add(struct io_layers *l, const struct layer_ops *ops, void *layer, struct buf *wire,
                  struct err *err)
{
    assert(l->count < IO_STREAM_LAYERS_MAX);
    l->at[l->count++] = (struct io_layer){.ops = ops, .layer = layer};
    return send_down(l, l->count, NULL, 0, wire, err);
}

struct buf *io_layers_input(struct io_layers *l, unsigned layer)
{
    assert(layer < l->count);
    return &l->at[layer].in;
}

/* One layer's turn: 0, -1, or 1 at the peer's end. */
static int receive_at(struct io_layers *l, unsigned i, struct buf *plain, struct buf *wire,
                      struct err *err)
{
    struct io_layer *at = &l->at[i];
    struct buf *up = i + 1 < l->count ? &l->at[i + 1].in : plain;

    while (at->in.len) {
        struct buf *down = i ? &at->wire : wire;
        size_t used = 0;
        int rc = at->ops->receive(at->layer, at->in.data, at->in.len, &used, up, down, err);

        if (i && at->wire.len) {
            struct err below;

            /* The first failure is the one that is told. */
            if (send_down(l, i, at->wire.data, at->wire.len, wire, rc ? &below : err) < 0 && !rc)
                rc = -1;
            scratch_clear(&at->wire);
        }
        buf_consume(&at->in, used);
        if (rc)
            return rc;
        if (!used)
            break;
    }
    return 0;
}

int io_layers_receive(struct io_layers *l, size_t limit, struct buf *plain, struct buf *wire,
                      struct err *err)
{
    int rc = 0;

    /* Also after a failure below: what had come before it goes up. */
    for (unsigned i = 0; i < l->count; i++) {
        struct err later;
        int turn = receive_at(l, i, plain, wire, rc ? &later : err);

        if (turn && !rc)
            rc = turn;
        else if (!rc && l->at[i].in.len > limit)
            rc = err_set(err, "a message longer than allowed");
    }
    return rc;
}

void io_layers_end(struct io_layers *l, struct buf *wire)
{
    for (unsigned i = l->count; i-- > 0;) {
        struct io_layer *at = &l->at[i];
        struct buf words = BUF_INIT;
        struct err err;

        if (at->ops->end)
            at->ops->end(at->layer, &words);
        if (words.len && send_down(l, i, words.data, words.len, wire, &err) < 0)
            i = 0; /* what is below cannot speak either */
        else if (words.len && !i)
            buf_append(wire, words.data, words.len);
        buf_finish(&words);
    }
}

int io_layers_send(struct io_layers *l, const void *data, size_t len, struct buf *wire,
                   struct err *err)
{
    return send_down(l, l->count, data, len, wire, err);
}
