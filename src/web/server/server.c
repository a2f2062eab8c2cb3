/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection after the other, request by request; see server.h. */
#include "web/server/server.h"

#include "base/log.h"
#include "base/mem.h"
#include "io/socket.h"
#include "web/proto/answer.h"
#include "web/proto/frames.h"
#include "web/proto/handshake.h"
#include "web/proto/http.h"
#include "web/proto/site_rules.h"
#include "web/server/files.h"

#include <glib.h>
#include <stdlib.h>

enum {
    TLS_HANDSHAKE = 0x16, /* the first byte that a TLS client sends; no method begins with it */
    QUEUE_MAX = 4 << 20,  /* bytes of answers that a client has not read */
};

struct connection {
    struct web_server *server;
    struct io_stream *stream;
    GSource *patience;
    bool has_begun; /* its first byte was looked at */
    bool is_plain;  /* and there was no TLS */
    bool is_local;  /* from this host */
    bool is_last;   /* the last answer was given: what still comes is ignored */
};

struct web_server {
    struct web_server_config config;
    char **names;
    GQueue connections; /* of struct connection, the oldest first */
};

static void connection_destroy(struct connection *c)
{
    g_queue_remove(&c->server->connections, c);
    g_source_destroy(c->patience);
    g_source_unref(c->patience);
    io_stream_destroy(c->stream);
    free(c);
}

/* ---- Answers ---- */

static const char *peer_of(const struct connection *c, char peer[IO_PEER_SIZE])
{
    io_peer_name(io_stream_fd(c->stream), peer);
    return peer;
}

static void give(struct connection *c, const struct buf *out, bool is_last)
{
    io_stream_send(c->stream, out->data, out->len);
    if (is_last) {
        c->is_last = true;
        io_stream_end_output(c->stream);
    } else if (io_stream_queued(c->stream)) {
        io_stream_pause_reading(c->stream, true); /* until it has read what it asked for */
    }
}

static void refuse(struct connection *c, unsigned status, const char *sentence, bool is_head)
{
    struct buf out = BUF_INIT;
    char peer[IO_PEER_SIZE];

    log_warning("web", "a request of %s is refused: %s", peer_of(c, peer), sentence);
    http_put_refusal(&out, status, sentence, is_head);
    give(c, &out, true);
    buf_finish(&out);
}

static void send_file(struct connection *c, const struct http_request *r,
                      const struct web_file *file)
{
    struct buf out = BUF_INIT, plain = BUF_INIT;
    struct http_answer a = {.status = 200,
                            .type = file->type,
                            .etag = file->etag,
                            .body = file->gzip,
                            .len = file->len,
                            .is_gzip = r->takes_gzip,
                            .is_head = r->is_head,
                            .is_last = !r->keeps_open};

    if (http_list_has(r->if_none_match, file->etag)) {
        a = (struct http_answer){.status = 304, .etag = file->etag, .is_last = a.is_last};
    } else if (!r->takes_gzip) {
        web_file_unpack(file, &plain);
        a.body = plain.data;
        a.len = plain.len;
    }
    http_put_answer(&out, &a);
    give(c, &out, a.is_last);
    buf_finish(&plain);
    buf_finish(&out);
}

/* To the same with TLS. A page that came without it can be anybody's. */
static void send_elsewhere(struct connection *c, const struct http_request *r)
{
    g_autofree char *location = g_strdup_printf("https://%.*s%.*s", (int)r->host.len, r->host.at,
                                                (int)r->path.len, r->path.at);
    struct buf out = BUF_INIT;

    http_put_answer(&out,
                    &(struct http_answer){.status = 308, .location = location, .is_last = true});
    give(c, &out, true);
    buf_finish(&out);
}

/* ---- WebSockets ---- */

/* The connection's stream leaves the server, and the connection is no more. */
static void open_socket(struct connection *c, const struct buf *answer)
{
    struct web_server *server = c->server;
    struct io_stream *stream = steal(&c->stream);

    connection_destroy(c);
    io_stream_send(stream, answer->data, answer->len);
    io_stream_add_layer(stream, &ws_frames_ops, ws_frames_create());
    server->config.opened(server->config.owner, stream);
}

static void take_socket(struct connection *c, const struct http_request *r)
{
    struct buf out = BUF_INIT;
    unsigned status = 0;
    struct err err;

    if (!http_text_equals(r->path, WEB_SERVER_SOCKET_PATH))
        refuse(c, 404, "there is no WebSocket at this path", r->is_head);
    else if (!web_origin_is_ours(r->origin, r->host))
        refuse(c, 403, "a page of another site may not open a WebSocket here", r->is_head);
    else if (ws_handshake(r, &out, &status, &err) < 0)
        refuse(c, status, err.text, r->is_head);
    else
        open_socket(c, &out);
    buf_finish(&out);
}

/* ---- The connection ---- */

static void take_request(struct connection *c, const struct http_request *r)
{
    const struct web_server *server = c->server;
    const struct web_file *file = web_file_find(r->path);

    g_source_set_ready_time(c->patience,
                            g_get_monotonic_time() + WEB_SERVER_REQUEST_SECONDS * G_USEC_PER_SEC);
    if (!web_host_is_ours(r->host, (const char *const *)server->names, server->config.name_count)) {
        refuse(c, 421, "this is not the site that was asked for; name it with --web-name if it is",
               r->is_head);
    } else if (c->is_plain && server->config.tls_elsewhere && !c->is_local) {
        send_elsewhere(c, r);
    } else if (ws_is_asked_for(r)) {
        take_socket(c, r);
    } else if (file) {
        send_file(c, r, file);
    } else {
        refuse(c, 404, "there is no such file here", r->is_head);
    }
}

/* The connection begins with TLS: its layer goes on, or the connection away. */
static void begin_tls(struct connection *c)
{
    const struct web_server_config *config = &c->server->config;
    const struct layer_ops *ops;
    void *layer = config->tls ? config->tls(config->owner, &ops) : NULL;
    char peer[IO_PEER_SIZE];

    if (layer) {
        io_stream_add_layer(c->stream, ops, layer);
        return;
    }
    log_warning("web", "a connection of %s is closed: TLS is not spoken here", peer_of(c, peer));
    connection_destroy(c);
}

static size_t stream_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct connection *c = owner;
    bool has_begun = c->has_begun;
    struct http_request request;
    unsigned status = 0;
    struct err err;
    size_t used = 0;

    c->has_begun = true;
    if (c->is_last)
        return len;
    if (!has_begun && bytes[0] == TLS_HANDSHAKE) {
        begin_tls(c);
        return 0; /* the layer's */
    }
    c->is_plain = c->is_plain || !has_begun;
    switch (http_request_parse(bytes, len, &used, &request, &status, &err)) {
    case HTTP_NEEDS_MORE:
        return 0;
    case HTTP_REQUEST:
        take_request(c, &request);
        return used;
    case HTTP_INVALID:
        break;
    }
    refuse(c, status, err.text, false);
    return len;
}

static void stream_drained(void *owner)
{
    struct connection *c = owner;

    io_stream_pause_reading(c->stream, false);
}

static void stream_closed(void *owner, const char *reason)
{
    log_debug("web", "a connection is over: %s", reason);
    connection_destroy(owner);
}

static const struct io_stream_ops stream_ops = {
    .data = stream_data, .closed = stream_closed, .drained = stream_drained};

static gboolean out_of_patience(gpointer data)
{
    log_debug("web", "a connection is closed: nothing was asked in time");
    connection_destroy(data);
    return G_SOURCE_REMOVE;
}

void web_server_accept(void *data, int fd)
{
    struct web_server *server = data;
    struct connection *c = mem_new0(struct connection);

    if (g_queue_get_length(&server->connections) >= WEB_SERVER_CONNECTIONS_MAX)
        connection_destroy(g_queue_peek_head(&server->connections));
    g_queue_push_tail(&server->connections, c);
    c->server = server;
    c->is_local = io_is_loopback(fd);
    c->stream = io_stream_create(fd, &stream_ops, c);
    io_stream_set_limits(c->stream, HTTP_HEAD_MAX, QUEUE_MAX);
    c->patience = g_timeout_source_new_seconds(WEB_SERVER_REQUEST_SECONDS);
    g_source_set_callback(c->patience, out_of_patience, c, NULL);
    g_source_attach(c->patience, g_main_context_get_thread_default());
}

unsigned web_server_connection_count(const struct web_server *server)
{
    return g_queue_get_length((GQueue *)&server->connections);
}

struct web_server *web_server_create(const struct web_server_config *config)
{
    struct web_server *server = mem_new0(struct web_server);

    server->config = *config;
    server->names = g_new0(char *, config->name_count + 1);
    for (size_t i = 0; i < config->name_count; i++)
        server->names[i] = g_strdup(config->names[i]);
    g_queue_init(&server->connections);
    return server;
}

void web_server_destroy(struct web_server *server)
{
    if (!server)
        return;
    while (!g_queue_is_empty(&server->connections))
        connection_destroy(g_queue_peek_head(&server->connections));
    g_strfreev(server->names);
    free(server);
}
