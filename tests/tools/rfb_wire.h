/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An RFB server session and an RFB client session at the two ends of a wire made of buffers, with
 * the layers that security types put on it: handshakes without sockets, which a test can cut, stop
 * or change at every byte.
 */
#pragma once

#include "base/mem.h"
#include "io/layers.h"
#include "rfb/session/client.h"
#include "rfb/session/server.h"

#include <stdlib.h>
#include <string.h>

struct wire_end {
    struct rfb_server_session *server; /* or */
    struct rfb_client_session *client;
    struct io_layers layers;
    struct buf in;   /* for the session */
    struct buf wire; /* for the other end */
    unsigned fed;    /* layers that are past their beginning */
    bool bare;       /* layers are thrown away: their contents come as they are */
    bool over;
    struct err err; /* why */
    unsigned inits, connects;
};

struct wire {
    struct wire_end server, client;
};

static void wire_fail(struct wire_end *e, const struct err *err)
{
    if (!e->over)
        e->err = *err;
    e->over = true;
}

static void wire_send(struct wire_end *e, struct buf *out)
{
    struct err err;

    if (out->len && io_layers_send(&e->layers, out->data, out->len, &e->wire, &err) < 0)
        wire_fail(e, &err);
    if (!e->layers.count)
        buf_append(&e->wire, out->data, out->len);
    buf_clear(out);
}

static void wire_put_layer(struct wire_end *e, const struct rfb_security_layer *layer)
{
    struct err err;

    if (e->bare)
        layer->ops->destroy(layer->layer);
    else if (io_layers_add(&e->layers, layer->ops, layer->layer, &e->wire, &err) < 0)
        wire_fail(e, &err);
}

static void wire_server_layer(void *owner, struct buf *out, const struct rfb_security_layer *layer)
{
    wire_send(owner, out);
    wire_put_layer(owner, layer);
}

static void wire_client_layer(void *owner, const struct rfb_security_layer *layer)
{
    struct wire_end *e = owner;

    wire_send(e, rfb_client_session_output(e->client));
    wire_put_layer(e, layer);
}

static void wire_init(void *owner, bool shared, struct rfb_server_init *init)
{
    (void)shared;
    ((struct wire_end *)owner)->inits++;
    *init = (struct rfb_server_init){0, 0, pixel_format_native, "wire"};
}

static int wire_message(void *owner, const struct rfb_client_msg *msg, struct err *err)
{
    (void)owner, (void)msg, (void)err;
    return 0;
}

/* What comes after the handshake is not this harness's. */
static void wire_connected(void *owner)
{
    struct wire_end *e = owner;

    e->connects++;
    rfb_client_session_stop(e->client);
}

static void wire_name(void *owner, const char *name)
{
    (void)owner, (void)name;
}

static void wire_screen(void *owner, struct surface *screen)
{
    (void)owner, (void)screen;
}

static struct surface *wire_make_surface(void *owner, uint32_t width, uint32_t height)
{
    (void)owner, (void)width, (void)height;
    return surface_create(1, 1); /* nothing is drawn on it */
}

static const struct rfb_server_session_ops wire_server_ops = {wire_server_layer, wire_init,
                                                              wire_message};
static const struct rfb_client_session_ops wire_client_ops = {.add_layer = wire_client_layer,
                                                              .make_surface = wire_make_surface,
                                                              .connected = wire_connected,
                                                              .screen = wire_screen,
                                                              .name = wire_name};

static inline void wire_begin(struct wire *w, const struct rfb_security_offer *offers, size_t count,
                              const struct rfb_security_offer *takes, size_t takes_count)
{
    struct rfb_client_options options = {.security = takes, .security_count = takes_count};

    *w = (struct wire){0};
    w->server.server =
        rfb_server_session_create(offers, count, &wire_server_ops, &w->server, &w->server.wire);
    w->client.client = rfb_client_session_create(&options, &wire_client_ops, &w->client);
}

static inline void wire_finish(struct wire *w)
{
    struct wire_end *ends[] = {&w->server, &w->client};

    rfb_server_session_destroy(w->server.server);
    rfb_client_session_destroy(w->client.client);
    for (int i = 0; i < 2; i++) {
        io_layers_finish(&ends[i]->layers);
        buf_finish(&ends[i]->in);
        buf_finish(&ends[i]->wire);
    }
}

static void wire_feed(struct wire_end *e)
{
    struct buf out = BUF_INIT;
    struct err err;
    size_t used = 0;
    int rc;

    if (e->server)
        rc = rfb_server_session_feed(e->server, e->in.data, e->in.len, &used, &out, &err);
    else
        rc = rfb_client_session_feed(e->client, e->in.data, e->in.len, &used, &err);
    wire_send(e, e->server ? &out : rfb_client_session_output(e->client));
    buf_finish(&out);
    if (rc < 0)
        wire_fail(e, &err);
    else
        buf_consume(&e->in, used);
}

/* Bytes from the other end, as io/stream.c deals with them. */
static inline void wire_deliver(struct wire_end *e, const uint8_t *data, size_t len)
{
    struct err err;
    size_t before;

    if (e->over)
        return;
    buf_append(e->fed ? io_layers_input(&e->layers, 0) : &e->in, data, len);
    do {
        if (e->fed && io_layers_receive(&e->layers, 4096, &e->in, &e->wire, &err))
            wire_fail(e, &err);
        before = e->in.len;
        if (before)
            wire_feed(e);
        if (e->fed < e->layers.count) {
            buf_append(io_layers_input(&e->layers, e->fed), e->in.data, e->in.len);
            buf_clear(&e->in);
            e->fed = e->layers.count;
            before = SIZE_MAX;
        }
    } while (!e->over && before != e->in.len && (e->in.len || before == SIZE_MAX));
}

/* To and fro until nobody says anything more, at most `piece` bytes at a time; stops for good after
   `limit` bytes of both together. Returns how many went over. */
static inline size_t wire_run(struct wire *w, size_t piece, size_t limit)
{
    size_t total = 0;

    while ((w->server.wire.len || w->client.wire.len) && total < limit) {
        struct wire_end *from = w->server.wire.len ? &w->server : &w->client;
        struct wire_end *to = from == &w->server ? &w->client : &w->server;
        size_t n = from->wire.len < piece ? from->wire.len : piece;
        uint8_t *copy;

        n = n < limit - total ? n : limit - total;
        copy = mem_dup(from->wire.data, n);
        buf_consume(&from->wire, n);
        wire_deliver(to, copy, n);
        free(copy);
        total += n;
    }
    return total;
}
