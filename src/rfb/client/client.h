/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RFB client: a source that fills a scene from any VNC server and sends it what a person does.
 * From a server of ours it also has the windows and, over a Unix socket, the screen's own memory
 * (docs/windows-protocol.md). Where to connect is the caller's business: it gets a socket.
 *
 * All that one FramebufferUpdate says, pixels and facts, is in the scene with one commit. Surfaces
 * made here lie in shared memory, so that a sink on this host can hand them on by descriptor:
 * surface->handle, whose offset 0 is the surface's first byte, or -1 when that is not so.
 *
 * Threads: the scene's one, whose thread-default main context runs it. Nothing runs while nothing
 * happens; the one timer is for servers that do not finish their handshake.
 */
#pragma once

#include "rfb/auth/security.h"
#include "scene/scene.h"

#include <stdbool.h>

struct rfb_client;

enum { RFB_CLIENT_HANDSHAKE_SECONDS = 30 };

/* Any may be NULL; each may destroy the client. */
struct rfb_client_ops {
    /* The server has let us in; the scene has its name and, if it has one, a black screen. */
    void (*connected)(void *owner);
    /*
     * The connection is over, once and last; `reason` is one clause, valid during the call. The
     * windows are gone from the scene, the screen's last picture stays. The client is still to be
     * destroyed.
     */
    void (*closed)(void *owner, const char *reason);
    /* The server has refused what was asked of its machine; a clause for people. */
    void (*refused)(void *owner, const char *what);
};

/* Takes over `fd`, a connected Unix or TCP stream socket, and adds itself to the scene. */
struct rfb_client *rfb_client_create(struct scene *scene, int fd, const struct rfb_client_ops *ops,
                                     void *owner);
/*
 * The encoding (enum rfb_encoding, one of rfb_codecs) to ask for before others; before the
 * loop runs. Without it, Raw over a Unix socket and Tight over TCP.
 */
void rfb_client_prefer(struct rfb_client *client, int32_t encoding);
/* The server is a recording of one (rfb/msg/fbs.h), which hears nothing of what it is told: its
   pixels are in its own format. Before the loop runs. */
void rfb_client_treat_as_recording(struct rfb_client *client);
/* Only looks: another viewer keeps the windows that it has, and this one is told of them as well.
   Before the loop runs. */
void rfb_client_watch(struct rfb_client *client);
/* The same, and for no other but Raw, which every server may send. */
void rfb_client_only(struct rfb_client *client, int32_t encoding);
/* Pictures may come as JPEG and films as H.264, at this quality level, 1…9; 0: never, as without
 * it. */
void rfb_client_allow_jpeg(struct rfb_client *client, unsigned quality);
/* Quality and compression follow the link, as measured (rfb/session/link.h); not on this host,
   where pixels come as they are. Before the loop runs. */
void rfb_client_follow_link(struct rfb_client *client);
/* How many rectangles of an encoding have come: servers choose among what is listed. */
uint64_t rfb_client_drawn(const struct rfb_client *client, int32_t encoding);
/* The security types that are taken, the first that the server offers; the client's ends of them,
   at most RFB_CLIENT_SECURITY_MAX, copied, and what their configs point to outlives the client.
   hint: what to do about a server that has none of them, or NULL; outlives the client. Before the
   loop runs. Without it, None. */
void rfb_client_take_security(struct rfb_client *client, const struct rfb_security_offer *security,
                              size_t count, const char *hint);
/* The socket leads off this host although it looks local (a program carries it): no descriptors,
   and pixels are worth compressing. Before the loop runs. */
void rfb_client_treat_as_remote(struct rfb_client *client);
/* Releases what is held pressed, and leaves the scene as closed() does. May be called from inside
   any callback, the scene's too. Takes NULL. */
void rfb_client_destroy(struct rfb_client *client);

/* True once the server has said that it tells of windows and takes requests for them. */
bool rfb_client_has_windows(const struct rfb_client *client);
/* In closed() and after it: the connection broke off, or the server did not answer in time. False:
   the server broke a rule or refused us, and would again. */
bool rfb_client_was_lost(const struct rfb_client *client);
/* True while the screen is the server's own memory. */
bool rfb_client_is_shared(const struct rfb_client *client);
