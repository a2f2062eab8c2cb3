/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sink and who is there; see server.h. What the scene says is only noted here, and one source
 * of the loop then lets each viewer have its update: so the facts and the pixels of one commit go
 * out together, however many calls they came in.
 */
#include "rfb/server/private.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scene *rfb_server_scene(const struct rfb_server *server)
{
    return server->sink.scene;
}

void rfb_server_want_flush(struct rfb_server *server)
{
    g_source_set_ready_time(server->flush, 0);
}

static gboolean flush_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct rfb_server *server = data;

    (void)callback;
    g_source_set_ready_time(source, -1);
    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        rfb_viewer_update(c);
    return G_SOURCE_CONTINUE;
}

/* GLib dispatches a source only with a callback; the work is in flush_dispatch. */
static gboolean flush_callback(gpointer data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs flush_funcs = {.dispatch = flush_dispatch};

/* ---- Pixels -----------------------------------------------------------------------------------
 */

const uint32_t *rfb_server_snapshot(struct rfb_server *server, struct rect r)
{
    const struct surface *screen = server->sink.scene->screen;
    size_t room = (size_t)r.w * (size_t)r.h;
    struct rect inside;

    if (server->snapshot_room < room) {
        server->snapshot = mem_resize(server->snapshot, room, sizeof(*server->snapshot));
        server->snapshot_room = room;
    }
    inside = screen ? rect_intersect(r, surface_bounds(screen)) : (struct rect){0};
    if (!rect_equal(inside, r))
        memset(server->snapshot, 0, room * sizeof(*server->snapshot));
    for (int32_t y = inside.y; y < inside.y + inside.h; y++) {
        const uint32_t *from = surface_row(screen, y) + inside.x;
        uint32_t *to = server->snapshot + (size_t)(y - r.y) * (size_t)r.w;

        for (int32_t x = 0; x < inside.w; x++)
            to[x] = from[x] & 0xffffff;
    }
    return server->snapshot;
}

/* ---- The sink ---------------------------------------------------------------------------------
 */

static void sink_screen(struct scene_sink *sink)
{
    struct rfb_server *server = (struct rfb_server *)sink;

    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        rfb_viewer_damage_all(c);
    rfb_server_want_flush(server);
}

static void sink_facts(struct scene_sink *sink)
{
    struct rfb_server *server = (struct rfb_server *)sink;
    struct rfb_move moves[RFB_VIEWER_MOVES];
    uint32_t n = rfb_moves_look(&server->moves, sink->scene, moves, RFB_VIEWER_MOVES);

    for (struct rfb_viewer *c = server->clients; n && c; c = c->next)
        rfb_viewer_note_moves(c, moves, n);
    rfb_server_want_flush(server);
}

static void sink_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct rfb_server *server = (struct rfb_server *)sink;

    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        pixman_region32_union(&c->damage, &c->damage, region);
    rfb_server_want_flush(server);
}

static const struct scene_sink_ops sink_ops = {
    .screen = sink_screen, .facts = sink_facts, .damage = sink_damage};

/* ---- Life -------------------------------------------------------------------------------------
 */

struct rfb_server *rfb_server_create(struct scene *scene)
{
    struct rfb_server *server = mem_new0(struct rfb_server);

    server->sink.ops = &sink_ops;
    scene_add_sink(scene, &server->sink);
    server->flush = g_source_new(&flush_funcs, sizeof(GSource));
    /* Above the rest of the loop: a change goes out before the next event is looked at. */
    g_source_set_priority(server->flush, G_PRIORITY_HIGH);
    g_source_set_callback(server->flush, flush_callback, server, NULL);
    g_source_set_static_name(server->flush, "rfb_server");
    g_source_attach(server->flush, g_main_context_get_thread_default());
    return server;
}

void rfb_server_destroy(struct rfb_server *server)
{
    if (!server)
        return;
    while (server->clients)
        rfb_viewer_destroy(server->clients);
    g_source_destroy(server->flush);
    g_source_unref(server->flush);
    scene_remove_sink(server->sink.scene, &server->sink);
    free(server->snapshot);
    rfb_moves_finish(&server->moves);
    free(server);
}

void rfb_server_accept(void *data, int fd)
{
    struct rfb_server *server = data;
    struct rfb_viewer *client;

    if (server->count >= RFB_SERVER_CLIENTS_MAX) {
        log_warning("rfb", "a viewer is turned away: %u are connected", server->count);
        close(fd);
        return;
    }
    client = rfb_viewer_create(server, fd, ++server->next_number);
    client->next = server->clients;
    server->clients = client;
    server->count++;
}

void rfb_server_forget(struct rfb_server *server, struct rfb_viewer *client)
{
    struct rfb_viewer **at = &server->clients;

    while (*at && *at != client)
        at = &(*at)->next;
    if (*at) {
        *at = client->next;
        server->count--;
    }
    if (!server->clients) {
        free(server->snapshot);
        server->snapshot = NULL;
        server->snapshot_room = 0;
    }
}

unsigned rfb_server_client_count(const struct rfb_server *server)
{
    return server->count;
}
