/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's memory, shared by its files: the connection, memory.c, input.c and clipboard.c. */
#pragma once

#include "io/stream.h"
#include "rfb/client/client.h"
#include "rfb/session/client.h"
#include "rfb/session/link.h"
#include "scene/clipboard.h"

#include <gio/gio.h>

enum {
    CLIENT_KEYS = 768,          /* evdev codes that are remembered as held */
    CLIENT_BACKLOG = 16 * 1024, /* bytes queued from which motion is put together */
};

/* Somebody who waits for the pixels of now. */
struct client_wait {
    struct rfb_client *client;
    struct client_wait *next;
    uint32_t id; /* of its fence */
    GSource *timeout;
    void (*done)(void *data);
    void *data;
};

struct rfb_client {
    struct scene_source source; /* first */
    struct scene *scene;
    const struct rfb_client_ops *ops;
    void *owner;
    struct io_stream *stream; /* NULL: the connection is over */
    struct rfb_client_session *session;
    GSource *patience; /* with the handshake; NULL once it is over */
    unsigned busy;     /* calls into us that are under way: not to be freed now */
    bool destroyed;    /* by its owner, while busy */
    bool local;        /* a Unix socket of this host */
    unsigned quality;  /* asked for, 0: without loss */
    unsigned compression;
    GCancellable *h264; /* what decodes films was asked for */
    bool adapts;        /* the quality follows the link */
    struct rfb_link link;
    size_t unused; /* bytes of the last on_data() that the session left */
    bool lost;     /* the connection broke off */

    bool news;            /* an update has ended that the sinks have not heard of */
    int64_t commit_ended; /* the last one, µs */
    int64_t commit_took;
    GSource *commit; /* the next one, when it has to wait; NULL otherwise */

    struct client_wait *waits; /* oldest first */
    uint32_t last_fence;
    /* What a person holds: the keysym that went with each key, plus one. */
    uint64_t held[CLIENT_KEYS];
    uint32_t buttons;
    int32_t x, y;
    bool has_motion; /* x, y are not sent yet */

    struct scene_clipboard_peer clipboard;
    struct scene_paste paste; /* the text that is on its way to the server */
    bool owes_text;           /* … which asked while it had not read what it was sent before */
};

extern const struct scene_source_ops client_source_ops;

/* Sends what the session has to say. */
void client_flush(struct rfb_client *c);
void client_send_motion(struct rfb_client *c);
void client_release_all(struct rfb_client *c);
/* The fence `id` was answered: it and all before it. */
void client_waits_done(struct rfb_client *c, uint32_t id);
void client_waits_finish(struct rfb_client *c); /* all, at once */

/* clipboard.c */
void client_clipboard_join(struct rfb_client *c);
void client_on_clipboard(void *owner, bool has);
void client_on_clipboard_text(void *owner, const char *text, size_t len);
void client_on_clipboard_wanted(void *owner);

struct surface *client_make_surface(uint32_t width, uint32_t height);
/* Takes over fd. NULL with *err. */
struct surface *client_map_surface(int fd, const struct rfb_shared_surface *shared,
                                   struct err *err);
