/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial console; see serial.h. */
#include "vm/serial.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/socket.h"
#include "io/stream.h"

#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 16,
    CLIENT_QUEUE = 1 << 20, /* one that reads more slowly is let go */
    TYPED_AHEAD = 64 << 10, /* then clients are not read until the guest has taken some */
};

struct client {
    struct vm_serial *serial;
    struct io_stream *stream;
};

struct vm_serial {
    struct io_stream *guest;
    struct io_listener *listener;
    struct buf history;
    GPtrArray *clients; /* of struct client */
};

static void client_destroy(gpointer data)
{
    struct client *c = data;

    io_stream_destroy(c->stream);
    free(c);
}

static void pause_clients(struct vm_serial *s, bool paused)
{
    for (guint i = 0; i < s->clients->len; i++)
        io_stream_pause_reading(((struct client *)s->clients->pdata[i])->stream, paused);
}

static size_t client_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct client *c = owner;
    struct vm_serial *s = c->serial;

    io_stream_send(s->guest, bytes, len);
    if (io_stream_queued(s->guest) > TYPED_AHEAD)
        pause_clients(s, true);
    return len;
}

static void client_closed(void *owner, const char *reason)
{
    struct client *c = owner;

    (void)reason;
    g_ptr_array_remove_fast(c->serial->clients, c);
}

static const struct io_stream_ops client_ops = {.data = client_data, .closed = client_closed};

static size_t guest_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct vm_serial *s = owner;
    size_t keep = len < VM_SERIAL_HISTORY ? len : VM_SERIAL_HISTORY;

    for (guint i = 0; i < s->clients->len; i++)
        io_stream_send(((struct client *)s->clients->pdata[i])->stream, bytes, len);
    if (s->history.len + keep > VM_SERIAL_HISTORY)
        buf_consume(&s->history, s->history.len + keep - VM_SERIAL_HISTORY);
    buf_append(&s->history, bytes + (len - keep), keep);
    return len;
}

/* QEMU has gone; the supervisor hears of it elsewhere. */
static void guest_closed(void *owner, const char *reason)
{
    (void)owner, (void)reason;
}

static void guest_drained(void *owner)
{
    pause_clients(owner, false);
}

static const struct io_stream_ops guest_ops = {
    .data = guest_data, .closed = guest_closed, .drained = guest_drained};

static void accepted(void *owner, int fd)
{
    struct vm_serial *s = owner;
    struct client *c;

    if (s->clients->len >= CLIENTS_MAX) {
        close(fd);
        return;
    }
    c = mem_new0(struct client);
    c->serial = s;
    c->stream = io_stream_create(fd, &client_ops, c);
    io_stream_set_limits(c->stream, IO_STREAM_INPUT_MAX, CLIENT_QUEUE);
    io_stream_pause_reading(c->stream, io_stream_queued(s->guest) > 0);
    g_ptr_array_add(s->clients, c);
    io_stream_send(c->stream, s->history.data, s->history.len);
}

struct vm_serial *vm_serial_create(int fd, const char *path, struct err *err)
{
    struct vm_serial *s = mem_new0(struct vm_serial);

    s->listener = io_listen_unix(path, accepted, s, err);
    if (!s->listener) {
        close(fd);
        free(s);
        return NULL;
    }
    s->clients = g_ptr_array_new_with_free_func(client_destroy);
    s->guest = io_stream_create(fd, &guest_ops, s);
    return s;
}

void vm_serial_destroy(struct vm_serial *s)
{
    if (!s)
        return;
    io_listener_destroy(s->listener);
    g_ptr_array_unref(s->clients);
    io_stream_destroy(s->guest);
    buf_finish(&s->history);
    free(s);
}
