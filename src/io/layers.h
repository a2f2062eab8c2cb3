/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layers of one stream, in a stack: bytes of the socket in at the bottom, the owner's bytes out
 * at the top, and the other way round. Buffers only; the socket and the callbacks are stream.c's.
 */
#pragma once

#include "base/layer.h"
#include "io/stream.h"

struct io_layer {
    const struct layer_ops *ops;
    void *layer;
    struct buf in;   /* from below, not consumed by it yet */
    struct buf wire; /* what it has just written, on its way down */
};

struct io_layers {
    struct io_layer at[IO_STREAM_LAYERS_MAX]; /* the first is next to the socket */
    unsigned count;
};

void io_layers_finish(struct io_layers *l); /* destroys them, the topmost first */
/* Puts one on top and takes it over. What it says first is appended to `wire`, for the socket. */
int io_layers_add(struct io_layers *l, const struct layer_ops *ops, void *layer, struct buf *wire,
                  struct err *err);
/* Where bytes from below `layer` belong: 0 is the socket's place. */
struct buf *io_layers_input(struct io_layers *l, unsigned layer);
/*
 * Takes what has come up through all layers into `plain`; what they have to send themselves is
 * appended to `wire`. -1 with *err: a layer failed, or left more than `limit` bytes unconsumed. 1,
 * with *err too: the peer ended the connection through a layer.
 */
int io_layers_receive(struct io_layers *l, size_t limit, struct buf *plain, struct buf *wire,
                      struct err *err);
/* The layers' last words, the topmost's first, appended to `wire`. Only io_layers_finish() follows.
 */
void io_layers_end(struct io_layers *l, struct buf *wire);
/* The owner's bytes down through all layers, appended to `wire`. */
int io_layers_send(struct io_layers *l, const void *data, size_t len, struct buf *wire,
                   struct err *err);
