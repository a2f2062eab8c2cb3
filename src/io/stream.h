/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connected stream socket on the GLib loop: bytes in by callback, bytes out through a queue that
 * is counted, file descriptors both ways (Unix sockets). It knows no protocol and never blocks.
 * Listening and connecting are socket.h's.
 *
 * A stream belongs to the thread whose thread-default main context was current when it was created;
 * all calls are made there. Callbacks come from that context's dispatch only, never from inside a
 * call on the stream, and each may destroy the stream.
 */
#pragma once

#include "base/layer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IO_STREAM_FDS_MAX = 16,          /* received descriptors that wait to be taken */
    IO_STREAM_INPUT_MAX = 4 << 20,   /* bytes left unconsumed, unless set otherwise */
    IO_STREAM_QUEUE_MAX = 256 << 20, /* bytes queued for sending, unless set otherwise */
    IO_STREAM_LAYERS_MAX = 4,
    IO_STREAM_LAYER_WORDS_MAX = 64 << 10, /* bytes that layers answer by themselves, unread */
};

struct io_stream;

struct io_stream_ops {
    /*
     * Bytes have come: everything received and not consumed yet, len > 0. Returns how many of them
     * are consumed (0…len); the rest is offered again when more has come. It is called again at
     * once while it consumes something and bytes are left, so it may handle one message a call.
     */
    size_t (*data)(void *owner, const uint8_t *bytes, size_t len);
    /*
     * The connection is over: the peer closed it, an error, or a limit was passed. Called at most
     * once and last; `reason` is one clause for a log, valid during the call. What had been
     * received was offered to data() before. The owner still calls io_stream_destroy(), here or
     * later.
     */
    void (*closed)(void *owner, const char *reason);
    /*
     * The queue, which was not empty after a send, has gone out whole. May be NULL.
     */
    void (*drained)(void *owner);
    /*
     * The peer will send no more but may still read. NULL: that counts as closed.
     */
    void (*input_ended)(void *owner);
};

/* Takes over `fd`, a connected stream socket, and makes it non-blocking. `ops` must outlive it, and
   may be NULL for whoever calls io_stream_set_owner() before the loop runs. */
struct io_stream *io_stream_create(int fd, const struct io_stream_ops *ops, void *owner);
/* Callbacks go to somebody else from now on. What was not consumed is offered to the new owner. */
void io_stream_set_owner(struct io_stream *s, const struct io_stream_ops *ops, void *owner);
/* Closes the socket and every descriptor that is queued; what is queued is lost, and when nothing
   is, layers say that this is the end. NULL is fine. */
void io_stream_destroy(struct io_stream *s);

/*
 * Sends now what the socket takes and queues the rest. After the connection is over the bytes are
 * dropped. A queue longer than its limit ends the connection (closed() comes from the loop).
 */
void io_stream_send(struct io_stream *s, const void *data, size_t len);
/*
 * The same, and a duplicate of `fd` travels with the first of these bytes (len > 0; Unix sockets
 * without layers only). The caller keeps `fd` and may close it at once.
 */
void io_stream_send_fd(struct io_stream *s, const void *data, size_t len, int fd);
/* Tells the peer that nothing more comes, once the queue has gone out. Reading goes on. */
void io_stream_end_output(struct io_stream *s);

/*
 * The oldest received descriptor that nobody took yet, now the caller's (close-on-exec), or -1. It
 * is there at the latest when data() sees the byte that it was sent with. Descriptors are received
 * only after io_stream_expect_fds(); others are closed on arrival. More than IO_STREAM_FDS_MAX
 * waiting end the connection.
 */
int io_stream_take_fd(struct io_stream *s);
void io_stream_expect_fds(struct io_stream *s);

/*
 * From now on a layer (base/layer.h) stands between the socket, with the layers that are on it
 * already, and the owner. What the owner has consumed is its own; all else that has come, also what
 * the data() call that adds the layer leaves unconsumed, goes through the layer, as does all that
 * is sent from now on. The stream owns `layer` and destroys it with itself. A layer that fails ends
 * the connection with its reason. The limits count what the socket is to send and what a layer
 * leaves unconsumed. Descriptors don't pass layers: received ones are closed, sending one ends the
 * connection. At most IO_STREAM_LAYERS_MAX.
 */
void io_stream_add_layer(struct io_stream *s, const struct layer_ops *ops, void *layer);

/* Back pressure: while paused nothing is read or offered. */
void io_stream_pause_reading(struct io_stream *s, bool paused);

size_t io_stream_queued(const struct io_stream *s); /* bytes not yet given to the socket */
void io_stream_trim(struct io_stream *s);           /* empty queues take no memory */
void io_stream_set_limits(struct io_stream *s, size_t input_max, size_t queue_max);
bool io_stream_is_broken(
    const struct io_stream *s); /* a layer's failure is why it is over, or soon will be */
bool io_stream_is_open(const struct io_stream *s); /* false from closed() on */
int io_stream_fd(const struct io_stream *s);       /* for getsockopt(); stays the stream's */
