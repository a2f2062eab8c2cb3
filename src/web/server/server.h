/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The web server: on one port a small page with noVNC, and the WebSocket behind it whose bytes are
 * somebody else's business. It serves the table of files.h and nothing else; it opens no port.
 *
 * A browser must not become an attacker's way to a machine that listens on loopback: requests for
 * names that are not ours and WebSockets of other sites' pages are refused
 * (web/proto/site_rules.h).
 *
 * Threads: one, whose thread-default main context runs it. Nothing runs while nothing happens.
 */
#pragma once

#include "base/layer.h"
#include "io/stream.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    WEB_SERVER_CONNECTIONS_MAX = 32, /* without WebSockets; for one more the oldest goes */
    WEB_SERVER_REQUEST_SECONDS = 30, /* for each request, and between two */
};

/* Where the WebSocket is. noVNC's own pages look for it here as well. */
#define WEB_SERVER_SOCKET_PATH "/websockify"

struct web_server;

struct web_server_config {
    /* Names beside "localhost" and addresses by which browsers may know us; copied. */
    const char *const *names;
    size_t name_count;
    /* A WebSocket was opened; its stream, which carries only the payload, is the owner's, who calls
       io_stream_set_owner() at once. */
    void (*opened)(void *owner, struct io_stream *stream);
    /* A layer for a connection that begins with TLS. NULL: those are closed. */
    void *(*tls)(void *owner, const struct layer_ops **ops);
    /* Connections from other hosts must be TLS: whoever begins otherwise is sent to https://. */
    bool tls_elsewhere;
    void *owner;
};

struct web_server *web_server_create(const struct web_server_config *config);
/* Closes what is not a WebSocket yet. Takes NULL. */
void web_server_destroy(struct web_server *server);

/* Takes over `fd`, a connected TCP or Unix stream socket. An io_accept_fn. */
void web_server_accept(void *server, int fd);

/* Those that are no WebSockets yet. */
unsigned web_server_connection_count(const struct web_server *server);
