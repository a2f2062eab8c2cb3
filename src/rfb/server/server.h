/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RFB server: a sink of a scene that shows it to any number of VNC viewers. Each is told the
 * newest state as fast as it reads and no faster; a viewer that breaks a rule or stops reading is
 * cut off with one line in the log, and nobody else notices.
 *
 * Extensions of ours: the windows protocol inside RFB, and the screen's shared memory over Unix
 * sockets (docs/windows-protocol.md). Where it listens is the caller's business: nothing here opens
 * a port.
 *
 * Threads: the scene's one, whose thread-default main context runs it, and a few that encode large
 * changes for it (pool.h). Nothing runs while nothing happens: there is a timer for viewers that do
 * not finish their handshake, one while something that went as JPEG is to be sharpened, and one
 * once, two seconds after much was encoded.
 */
#pragma once

#include "io/stream.h"
#include "rfb/auth/security.h"
#include "scene/scene.h"

enum {
    RFB_SERVER_CLIENTS_MAX = 64, /* more are closed as they come */
    RFB_SERVER_HANDSHAKE_SECONDS = 30,
    /* In their handshake at a time; one more costs the oldest of them its place. */
    RFB_SERVER_STRANGERS_MAX = 16,
    /* Processor time for handshakes: what may be spent at once, and what comes back a second. While
       there is none left, who comes is turned away; who needs no secrets is let in all the same. */
    RFB_SERVER_STRANGERS_US = 250 * 1000,
    RFB_SERVER_STRANGERS_US_PER_SECOND = 100 * 1000,
};

struct rfb_server;

/* Adds itself to the scene, which outlives it. */
struct rfb_server *rfb_server_create(struct scene *scene);
/* Cuts all viewers off and leaves the scene; what they held pressed is released. Takes NULL. */
void rfb_server_destroy(struct rfb_server *server);

/*
 * Takes over `fd`, a connected Unix or TCP stream socket, as a new viewer. An io_accept_fn:
 *     io_listen_unix(path, rfb_server_accept, server, &err);
 */
void rfb_server_accept(void *server, int fd);
/*
 * The same for a door at which viewers are asked who they are: `offers` in the order of preference,
 * 1 to RFB_SECURITY_OFFERS_MAX, copied; what their configs point to outlives the server.
 * rfb_server_accept() offers None.
 */
void rfb_server_accept_secured(struct rfb_server *server, int fd,
                               const struct rfb_security_offer *offers, size_t count);

/* The same with a stream, which may have layers. It may be destroyed at once. */
void rfb_server_accept_stream(struct rfb_server *server, struct io_stream *stream,
                              const struct rfb_security_offer *offers, size_t count);

unsigned rfb_server_client_count(const struct rfb_server *server);

/* ---- For tests --------------------------------------------------------------------------------
 */

/* Takes the time (microseconds, any beginning) from there. */
void rfb_server_set_clock(struct rfb_server *server, int64_t (*clock)(void *data), void *data);
/* Whether anything will happen by itself. */
bool rfb_server_has_timer(const struct rfb_server *server);
