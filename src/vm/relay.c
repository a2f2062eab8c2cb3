/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QMP for several clients; see relay.h. QEMU answers in the order of the commands, so that nothing
 * is written anew: who is next in the queue gets the next answer as it came.
 */
#include "vm/relay.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/json.h"
#include "vm/qmp.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 16,
    CLIENT_QUEUE = 16 << 20, /* bytes; one that reads more slowly is let go */
    WAITING_MAX = 32,        /* commands of one client that wait; then it is not read */
    EVENT_MAX = 64 << 10,    /* bytes; longer lines are answers */
};

struct client {
    struct vm_relay *relay;
    struct io_stream *stream;
    bool is_greeted, may_command;
    unsigned waiting;
};

struct vm_relay {
    struct io_stream *qemu;
    struct io_listener *listener;
    GPtrArray *clients; /* of struct client */
    GQueue calls;       /* who waits for an answer, by turns: a client, or NULL: it left, or we */
    struct buf greeting;
    bool is_ready; /* QEMU takes commands */
};

/* ---- Clients ---- */

static void client_destroy(gpointer data)
{
    struct client *c = data;

    for (GList *l = c->relay->calls.head; l; l = l->next)
        if (l->data == c)
            l->data = NULL;
    io_stream_destroy(c->stream);
    free(c);
}

static void greet(struct client *c)
{
    c->is_greeted = true;
    io_stream_send(c->stream, c->relay->greeting.data, c->relay->greeting.len);
}

/* An answer of our own; `command` may be NULL. */
static void answer(struct client *c, const struct json *command, const char *error,
                   const char *sentence)
{
    const struct json *id = json_member(command, "id");
    struct buf out = BUF_INIT;
    char number[32];

    json_put_raw(&out, "{");
    if (error) {
        json_put_raw(&out, "\"error\": {\"class\": ");
        json_put_string(&out, error);
        json_put_raw(&out, ", \"desc\": ");
        json_put_string(&out, sentence);
        json_put_raw(&out, "}");
    } else {
        json_put_raw(&out, "\"return\": {}");
    }
    if (id && id->type == JSON_STRING) {
        json_put_raw(&out, ", \"id\": ");
        json_put_string(&out, id->text);
    } else if (id && id->type == JSON_NUMBER) {
        g_snprintf(number, sizeof(number), ", \"id\": %.15g", id->number);
        json_put_raw(&out, number);
    }
    json_put_raw(&out, "}\r\n");
    io_stream_send(c->stream, out.data, out.len);
    buf_finish(&out);
}

static void forward(struct client *c, const char *what, const uint8_t *bytes, size_t len)
{
    struct vm_relay *r = c->relay;
    bool wants_fd = !strcmp(what, "getfd") || !strcmp(what, "add-fd");
    int fd = wants_fd ? io_stream_take_fd(c->stream) : -1;

    g_queue_push_tail(&r->calls, c);
    if (fd >= 0) {
        io_stream_send_fd(r->qemu, bytes, len, fd);
        close(fd);
    } else {
        io_stream_send(r->qemu, bytes, len);
    }
    io_stream_send(r->qemu, "\n", 1);
    if (++c->waiting >= WAITING_MAX)
        io_stream_pause_reading(c->stream, true);
}

static void handle_command(struct client *c, const uint8_t *bytes, size_t len)
{
    struct json_document *document = json_parse(bytes, len);
    const struct json *command = document ? json_root(document) : NULL;
    const char *what = json_text(json_member(command, "execute"), "");

    if (!command) {
        answer(c, NULL, "GenericError", "This is no JSON");
    } else if (!strcmp(what, "qmp_capabilities")) {
        c->may_command = true;
        answer(c, command, NULL, NULL);
    } else if (!c->may_command) {
        answer(c, command, "CommandNotFound",
               "Expecting capabilities negotiation with 'qmp_capabilities'");
    } else {
        forward(c, what, bytes, len);
    }
    json_document_destroy(document);
}

static size_t client_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct client *c = owner;
    long n = qmp_frame(bytes, len);

    if (n > 0) {
        const uint8_t *start = memchr(bytes, '{', (size_t)n);

        handle_command(c, start, (size_t)(bytes + n - start));
        return (size_t)n;
    }
    if (n < 0) {
        const uint8_t *newline = memchr(bytes, '\n', len);

        answer(c, NULL, "GenericError", "A command is a JSON object");
        return newline ? (size_t)(newline + 1 - bytes) : len;
    }
    return 0;
}

static void client_closed(void *owner, const char *reason)
{
    struct client *c = owner;

    (void)reason;
    g_ptr_array_remove_fast(c->relay->clients, c);
}

static const struct io_stream_ops client_ops = {.data = client_data, .closed = client_closed};

static void accepted(void *owner, int fd)
{
    struct vm_relay *r = owner;
    struct client *c;

    if (r->clients->len >= CLIENTS_MAX) {
        close(fd);
        return;
    }
    c = mem_new0(struct client);
    c->relay = r;
    c->stream = io_stream_create(fd, &client_ops, c);
    io_stream_set_limits(c->stream, QMP_MESSAGE_MAX, CLIENT_QUEUE);
    io_stream_expect_fds(c->stream);
    g_ptr_array_add(r->clients, c);
    if (r->is_ready)
        greet(c);
}

/* ---- QEMU ---- */

static void become_ready(struct vm_relay *r)
{
    r->is_ready = true;
    for (guint i = 0; i < r->clients->len; i++)
        greet(r->clients->pdata[i]);
}

static bool is_event(const uint8_t *line, size_t len)
{
    struct json_document *document = len <= EVENT_MAX ? json_parse(line, len) : NULL;
    bool is = document && json_member(json_root(document), "event");

    json_document_destroy(document);
    return is;
}

static void handle_answer(struct vm_relay *r, const uint8_t *line, size_t len)
{
    struct client *c = g_queue_pop_head(&r->calls);

    if (!r->is_ready)
        become_ready(r); /* that was the answer to our own command */
    if (!c)
        return;
    io_stream_send(c->stream, line, len);
    if (c->waiting-- == WAITING_MAX)
        io_stream_pause_reading(c->stream, false);
}

/* QEMU's, but for the capabilities: none are left to be negotiated. */
static void keep_greeting(struct vm_relay *r, const uint8_t *line, size_t len)
{
    static const char list[] = "\"capabilities\": [";
    const uint8_t *start = memmem(line, len, list, sizeof(list) - 1);
    const uint8_t *end = start ? memchr(start, ']', len - (size_t)(start - line)) : NULL;

    if (end) {
        buf_append(&r->greeting, line, (size_t)(start - line) + sizeof(list) - 1);
        buf_append(&r->greeting, end, len - (size_t)(end - line));
    } else {
        buf_append(&r->greeting, line, len);
    }
}

static size_t qemu_data(void *owner, const uint8_t *bytes, size_t len)
{
    static const char negotiate[] = "{\"execute\": \"qmp_capabilities\"}\n";
    struct vm_relay *r = owner;
    const uint8_t *newline = memchr(bytes, '\n', len);
    size_t n;

    if (!newline)
        return 0;
    n = (size_t)(newline + 1 - bytes);
    if (!r->greeting.len) {
        keep_greeting(r, bytes, n);
        g_queue_push_tail(&r->calls, NULL);
        io_stream_send(r->qemu, negotiate, sizeof(negotiate) - 1);
    } else if (!is_event(bytes, n)) {
        handle_answer(r, bytes, n);
    } else {
        for (guint i = 0; i < r->clients->len; i++)
            if (((struct client *)r->clients->pdata[i])->may_command)
                io_stream_send(((struct client *)r->clients->pdata[i])->stream, bytes, n);
    }
    return n;
}

/* Clients see the end that QEMU's own socket would have. */
static void qemu_closed(void *owner, const char *reason)
{
    struct vm_relay *r = owner;

    (void)reason;
    for (guint i = 0; i < r->clients->len; i++)
        io_stream_end_output(((struct client *)r->clients->pdata[i])->stream);
}

static const struct io_stream_ops qemu_ops = {.data = qemu_data, .closed = qemu_closed};

/* ---- Life ---- */

struct vm_relay *vm_relay_create(int fd, const char *path, struct err *err)
{
    struct vm_relay *r = mem_new0(struct vm_relay);

    r->listener = io_listen_unix(path, accepted, r, err);
    if (!r->listener) {
        close(fd);
        free(r);
        return NULL;
    }
    r->clients = g_ptr_array_new_with_free_func(client_destroy);
    g_queue_init(&r->calls);
    r->qemu = io_stream_create(fd, &qemu_ops, r);
    return r;
}

void vm_relay_destroy(struct vm_relay *r)
{
    if (!r)
        return;
    io_listener_destroy(r->listener);
    g_ptr_array_unref(r->clients);
    g_queue_clear(&r->calls);
    io_stream_destroy(r->qemu);
    buf_finish(&r->greeting);
    free(r);
}
