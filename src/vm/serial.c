/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A serial port; see serial.h. */
#include "vm/serial.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/serial_log.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 16,
    CLIENT_QUEUE = 1 << 20, /* one that reads more slowly is let go */
    AT_ONCE = 4 << 10,      /* bytes that wait for nothing */
    MOMENT_MS = 1,
    TYPED_AHEAD = 64 << 10, /* then clients are not read until the guest has taken some */
};

struct client {
    struct vm_serial *serial;
    struct io_stream *stream;
};

struct vm_serial {
    struct io_stream *guest;
    struct io_listener *listener;
    struct buf said; /* and not passed on yet */
    int64_t passed;  /* when, in µs */
    guint late;      /* GLib source that does; 0: nothing waits for it */
    struct vm_serial_log *log;
    struct buf history;
    bool history_is_cut;
    GPtrArray *clients;    /* of struct client */
    struct client *typist; /* who typed last, or answered first; NULL: nobody who is still here */
};

const char *vm_serial_file(unsigned port, char name[VM_SERIAL_FILE_SIZE])
{
    snprintf(name, VM_SERIAL_FILE_SIZE, port ? "serial%u" : "serial", port);
    return name;
}

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

    size_t skip = s->typist && s->typist != c ? terminal_answers_len(bytes, len) : 0;

    if (skip == len)
        return len;
    s->typist = c;
    io_stream_send(s->guest, bytes + skip, len - skip);
    if (io_stream_queued(s->guest) > TYPED_AHEAD)
        pause_clients(s, true);
    return len;
}

static void client_closed(void *owner, const char *reason)
{
    struct client *c = owner;

    (void)reason;
    if (c->serial->typist == c)
        c->serial->typist = NULL;
    g_ptr_array_remove_fast(c->serial->clients, c);
}

static const struct io_stream_ops client_ops = {.data = client_data, .closed = client_closed};

/* To everybody, and where it is kept. */
static void pass_on(struct vm_serial *s)
{
    const uint8_t *bytes = s->said.data;
    size_t len = s->said.len, keep = len < VM_SERIAL_HISTORY ? len : VM_SERIAL_HISTORY;

    if (!len)
        return;
    for (guint i = 0; i < s->clients->len; i++)
        io_stream_send(((struct client *)s->clients->pdata[i])->stream, bytes, len);
    vm_serial_log_append(s->log, bytes, len);
    if (s->history.len + len > VM_SERIAL_HISTORY) {
        buf_consume(&s->history, s->history.len + keep - VM_SERIAL_HISTORY);
        s->history_is_cut = true;
    }
    buf_append(&s->history, bytes + (len - keep), keep);
    buf_clear(&s->said);
    s->passed = g_get_monotonic_time();
}

static gboolean pass_on_late(gpointer data)
{
    struct vm_serial *s = data;

    s->late = 0;
    pass_on(s);
    return G_SOURCE_REMOVE;
}

/*
 * A UART gives each byte away by itself, hundreds of thousands a second. What comes after a pause
 * is passed on at once, as what somebody typed and sees again; what follows within the moment goes
 * as one. The guest is read all the while.
 */
static size_t guest_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct vm_serial *s = owner;

    buf_append(&s->said, bytes, len);
    if (s->said.len >= AT_ONCE || g_get_monotonic_time() - s->passed > MOMENT_MS * 1000)
        pass_on(s);
    else if (!s->late)
        s->late = g_timeout_add(MOMENT_MS, pass_on_late, s);
    return len;
}

/* From the start of a line, if there are lines: nobody is to see the end of a sequence. */
static void send_history(const struct vm_serial *s, struct client *c)
{
    const uint8_t *newline =
        s->history_is_cut ? memchr(s->history.data, '\n', s->history.len) : NULL;
    size_t skip = newline ? (size_t)(newline + 1 - s->history.data) : 0;
    struct terminal_filter filter;
    struct buf harmless = BUF_INIT;

    if (!s->history.len)
        return;
    terminal_filter_init(&filter);
    terminal_filter_feed(&filter, s->history.data + skip, s->history.len - skip, &harmless);
    io_stream_send(c->stream, harmless.data, harmless.len);
    buf_finish(&harmless);
}

/* QEMU has gone; the supervisor hears of it elsewhere. */
static void guest_closed(void *owner, const char *reason)
{
    (void)reason;
    pass_on(owner);
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
    send_history(s, c);
}

struct vm_serial *vm_serial_create(int fd, const char *path, struct err *err)
{
    struct vm_serial *s = mem_new0(struct vm_serial);
    g_autofree char *log = g_strconcat(path, ".log", NULL);

    s->log = vm_serial_log_create(log, err);
    if (s->log)
        s->listener = io_listen_unix(path, accepted, s, err);
    if (!s->listener) {
        close(fd);
        vm_serial_log_destroy(s->log);
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
    pass_on(s);
    if (s->late)
        g_source_remove(s->late);
    io_listener_destroy(s->listener);
    g_ptr_array_unref(s->clients);
    io_stream_destroy(s->guest);
    vm_serial_log_destroy(s->log);
    buf_finish(&s->history);
    buf_finish(&s->said);
    free(s);
}
