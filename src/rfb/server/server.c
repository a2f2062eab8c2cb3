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

enum {
    INTERVAL_PIXELS = 64 << 10, /* a change of as many may be a picture of a film */
    INTERVAL_US = 33 * 1000,    /* until it is known */
};

enum { REST_US = 500 * 1000 };

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
    rfb_strips_reap(&server->strips);
    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        rfb_viewer_update(c);
    if (server->strips.holds)
        g_source_set_ready_time(server->rest, g_get_monotonic_time() + REST_US);
    return G_SOURCE_CONTINUE;
}

int64_t rfb_server_now(const struct rfb_server *server)
{
    return server->clock ? server->clock(server->clock_data) : g_get_monotonic_time();
}

void rfb_server_set_clock(struct rfb_server *server, int64_t (*clock)(void *data), void *data)
{
    server->clock = clock;
    server->clock_data = data;
}

/* ---- The timer --------------------------------------------------------------------------------
 */

static gboolean sharpen_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    g_source_set_ready_time(source, -1);
    rfb_server_want_flush(data);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs sharpen_funcs = {.dispatch = sharpen_dispatch};

/* Nothing has happened for a while: what was kept for the next moment is of no use any more. */
static gboolean rest_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct rfb_server *server = data;

    (void)callback;
    g_source_set_ready_time(source, -1);
    rfb_strips_forget(&server->strips);
    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        rfb_viewer_sending_rest(c);
    mem_trim();
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs rest_funcs = {.dispatch = rest_dispatch};

void rfb_server_flush_at(struct rfb_server *server, int64_t when)
{
    int64_t set = g_source_get_ready_time(server->sharpen);

    when += g_get_monotonic_time() - rfb_server_now(server);
    if (set < 0 || set > when)
        g_source_set_ready_time(server->sharpen, when);
}

bool rfb_server_has_timer(const struct rfb_server *server)
{
    return g_source_get_ready_time(server->sharpen) >= 0;
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

bool rfb_viewer_gets_pixels(const struct rfb_viewer *c)
{
    return rfb_viewer_is_in(c) && !c->shared;
}

static bool anyone_gets_pixels(const struct rfb_server *server)
{
    for (const struct rfb_viewer *c = server->clients; c; c = c->next)
        if (rfb_viewer_gets_pixels(c))
            return true;
    return false;
}

static bool anyone_copies(const struct rfb_server *server)
{
    for (const struct rfb_viewer *c = server->clients; c; c = c->next)
        if (rfb_viewer_gets_pixels(c) && c->wants.copy_rect)
            return true;
    return false;
}

static void drop_picture(struct rfb_server *server)
{
    rfb_strips_forget(&server->strips);
    rfb_picture_resize(&server->picture, 0, 0);
    pixman_region32_clear(&server->unread);
    pixman_region32_clear(&server->urgent);
    server->move_count = 0;
}

static void picture_moved(void *data, const struct rfb_move *move)
{
    struct rfb_server *server = data;

    for (struct rfb_viewer *c = server->clients; c; c = c->next) {
        if (!rfb_viewer_gets_pixels(c))
            continue;
        if (c->wants.copy_rect)
            rfb_owed_moved(&c->owed, move);
        else
            rfb_owed_changed_rect(&c->owed, move->to);
    }
}

static void picture_changed(void *data, const pixman_region32_t *region)
{
    struct rfb_server *server = data;

    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        if (rfb_viewer_gets_pixels(c))
            rfb_owed_changed(&c->owed, region);
}

void rfb_server_read_screen(struct rfb_server *server)
{
    const struct surface *screen = server->sink.scene->screen;
    const struct rfb_picture_news news = {picture_moved, picture_changed, server};
    struct rfb_picture *p = &server->picture;

    if (!screen) {
        drop_picture(server);
        return;
    }
    if (p->width != screen->width || p->height != screen->height) {
        rfb_picture_resize(p, screen->width, screen->height);
        pixman_region32_union_rect(&server->unread, &server->unread, 0, 0, screen->width,
                                   screen->height);
        for (struct rfb_viewer *c = server->clients; c; c = c->next)
            if (rfb_viewer_gets_pixels(c))
                rfb_owed_all(&c->owed);
    }
    pixman_region32_intersect_rect(&server->unread, &server->unread, 0, 0, screen->width,
                                   screen->height);
    if (!pixman_region32_not_empty(&server->unread))
        return;
    rfb_picture_read(p, screen, &server->unread, server->moves, server->move_count,
                     anyone_copies(server), rfb_server_now(server) / 1000, &news);
    pixman_region32_clear(&server->unread);
    pixman_region32_clear(&server->urgent);
    server->move_count = 0;
    server->read_at = rfb_server_now(server);
}

void rfb_server_read_urgent(struct rfb_server *server)
{
    const struct surface *screen = server->sink.scene->screen;
    const struct rfb_picture_news news = {picture_moved, picture_changed, server};
    struct rfb_picture *p = &server->picture;

    pixman_region32_intersect(&server->urgent, &server->urgent, &server->unread);
    if (screen && p->width == screen->width && p->height == screen->height &&
        pixman_region32_not_empty(&server->urgent)) {
        pixman_region32_subtract(&server->unread, &server->unread, &server->urgent);
        rfb_picture_read(p, screen, &server->urgent, NULL, 0, false, rfb_server_now(server) / 1000,
                         &news);
    }
    pixman_region32_clear(&server->urgent);
}

/* A window that moved again before it was looked at came from where it was at first. */
static void note_move(struct rfb_server *server, struct rfb_move m)
{
    uint32_t k = 0;

    while (k < server->move_count &&
           !(server->moves[k].to.x == m.to.x - m.dx && server->moves[k].to.y == m.to.y - m.dy &&
             server->moves[k].to.w == m.to.w && server->moves[k].to.h == m.to.h))
        k++;
    if (k == RFB_SERVER_MOVES)
        return;
    if (k < server->move_count) {
        m.dx += server->moves[k].dx;
        m.dy += server->moves[k].dy;
    } else {
        server->move_count++;
    }
    server->moves[k] = m;
}

/* ---- The sink ---------------------------------------------------------------------------------
 */

static void sink_screen(struct scene_sink *sink)
{
    struct rfb_server *server = (struct rfb_server *)sink;

    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        if (c->shared || !sink->scene->screen)
            rfb_owed_all(&c->owed);
    /* Another surface of the same size may show nearly the same: what differs is found by reading.
     */
    pixman_region32_fini(&server->unread);
    pixman_region32_init_rect(&server->unread, 0, 0, RECT_SIZE_MAX, RECT_SIZE_MAX);
    rfb_server_want_flush(server);
}

static void sink_facts(struct scene_sink *sink)
{
    struct rfb_server *server = (struct rfb_server *)sink;
    struct rfb_move moves[RFB_SERVER_MOVES];
    uint32_t n = rfb_moves_look(&server->windows, sink->scene, moves, RFB_SERVER_MOVES);

    for (uint32_t i = 0; server->picture.width && i < n; i++)
        note_move(server, moves[i]);
    rfb_server_want_flush(server);
}

/* A small change, as of a key that was pressed, may pass what moves all the time. */
static void note_urgent(struct rfb_server *server, const pixman_region32_t *region)
{
    pixman_box32_t e = *pixman_region32_extents((pixman_region32_t *)region);
    struct rect r = {e.x1, e.y1, e.x2 - e.x1, e.y2 - e.y1};

    if (r.w * r.h > RFB_URGENT)
        return;
    pixman_region32_union(&server->urgent, &server->urgent, (pixman_region32_t *)region);
    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        c->sending.urgent = rect_union(c->sending.urgent, r);
}

/* How fast large changes follow one another, while they do. */
static void note_interval(struct rfb_server *server, const pixman_region32_t *region)
{
    pixman_box32_t e = *pixman_region32_extents((pixman_region32_t *)region);
    int64_t now, since;

    if ((int64_t)(e.x2 - e.x1) * (e.y2 - e.y1) < INTERVAL_PIXELS)
        return;
    now = rfb_server_now(server);
    since = now - server->painted_at;
    server->painted_at = now;
    if (since < 1000 * RFB_TILE_FRAME_MS || since > 1000 * RFB_TILE_CALM_MS)
        return;
    server->interval += (since - server->interval) / 8;
}

int64_t rfb_server_frame_interval(const struct rfb_server *server)
{
    return server->interval;
}

static void sink_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct rfb_server *server = (struct rfb_server *)sink;

    for (struct rfb_viewer *c = server->clients; c; c = c->next)
        if (c->shared)
            rfb_owed_changed(&c->owed, region);
    if (anyone_gets_pixels(server))
        pixman_region32_union(&server->unread, &server->unread, (pixman_region32_t *)region);
    else
        drop_picture(server);
    note_urgent(server, region);
    note_interval(server, region);
    rfb_server_want_flush(server);
}

static const struct scene_sink_ops sink_ops = {
    .screen = sink_screen, .facts = sink_facts, .damage = sink_damage};

/* ---- Life -------------------------------------------------------------------------------------
 */

/* In a thread of the pool. */
static void strip_finished(void *data)
{
    rfb_server_want_flush(data);
}

static GSource *add_source(struct rfb_server *server, GSourceFuncs *funcs, const char *name)
{
    GSource *source = g_source_new(funcs, sizeof(GSource));

    /* Above the rest of the loop: a change goes out before the next event is looked at. */
    g_source_set_priority(source, G_PRIORITY_HIGH);
    g_source_set_callback(source, flush_callback, server, NULL);
    g_source_set_static_name(source, name);
    g_source_attach(source, g_main_context_get_thread_default());
    return source;
}

struct rfb_server *rfb_server_create(struct scene *scene)
{
    struct rfb_server *server = mem_new0(struct rfb_server);

    server->sink.ops = &sink_ops;
    server->interval = INTERVAL_US;
    pixman_region32_init(&server->unread);
    pixman_region32_init(&server->urgent);
    scene_add_sink(scene, &server->sink);
    rfb_strips_init(&server->strips, &server->picture, strip_finished, server);
    server->flush = add_source(server, &flush_funcs, "rfb_server");
    server->sharpen = add_source(server, &sharpen_funcs, "rfb_server sharpening");
    server->rest = add_source(server, &rest_funcs, "rfb_server at rest");
    return server;
}

void rfb_server_destroy(struct rfb_server *server)
{
    if (!server)
        return;
    while (server->clients)
        rfb_viewer_destroy(server->clients);
    rfb_strips_finish(&server->strips);
    g_source_destroy(server->flush);
    g_source_unref(server->flush);
    g_source_destroy(server->sharpen);
    g_source_unref(server->sharpen);
    g_source_destroy(server->rest);
    g_source_unref(server->rest);
    scene_remove_sink(server->sink.scene, &server->sink);
    drop_picture(server);
    pixman_region32_fini(&server->unread);
    pixman_region32_fini(&server->urgent);
    rfb_moves_finish(&server->windows);
    free(server);
}

static const struct rfb_security_offer only_none[] = {{&rfb_security_none, NULL}};

void rfb_server_charge(struct rfb_server *server, int64_t us)
{
    int64_t now = rfb_server_now(server), back;

    back = (now - server->strangers.since) * RFB_SERVER_STRANGERS_US_PER_SECOND / G_USEC_PER_SEC;
    server->strangers.spent = MAX(server->strangers.spent - MAX(back, 0), 0) + us;
    server->strangers.since = now;
}

/* The list has the newest first. */
static void make_room_for_strangers(struct rfb_server *server)
{
    struct rfb_viewer *oldest = NULL;
    unsigned strangers = 0;

    for (struct rfb_viewer *c = server->clients; c; c = c->next) {
        strangers += c->handshake != NULL;
        oldest = c->handshake ? c : oldest;
    }
    if (strangers < RFB_SERVER_STRANGERS_MAX)
        return;
    log_warning("rfb", "viewer %u (%s) is cut off: %u others are waiting to be let in",
                oldest->number, oldest->peer, strangers);
    rfb_viewer_destroy(oldest);
}

/* What the doors that ask for secrets may cost. */
static bool may_ask(struct rfb_server *server, const struct rfb_security_offer *offers,
                    size_t count)
{
    rfb_server_charge(server, 0);
    return server->strangers.spent < RFB_SERVER_STRANGERS_US ||
           (count == 1 && offers[0].security->type == RFB_SECURITY_NONE);
}

static void add_viewer(struct rfb_server *server, struct io_stream *stream, bool is_bare,
                       const struct rfb_security_offer *offers, size_t count)
{
    struct rfb_viewer *client;
    char peer[IO_PEER_SIZE];

    make_room_for_strangers(server);
    if (server->count >= RFB_SERVER_CLIENTS_MAX || !may_ask(server, offers, count)) {
        io_peer_name(io_stream_fd(stream), peer);
        log_warning("rfb", "a viewer (%s) is turned away: %s", peer,
                    server->count >= RFB_SERVER_CLIENTS_MAX ? "too many are connected"
                                                            : "too many tried to come in");
        io_stream_destroy(stream);
        return;
    }
    client = rfb_viewer_create(server, stream, is_bare, ++server->next_number, offers, count);
    client->next = server->clients;
    server->clients = client;
    server->count++;
}

void rfb_server_accept(void *server, int fd)
{
    add_viewer(server, io_stream_create(fd, NULL, NULL), true, only_none, 1);
}

void rfb_server_accept_secured(struct rfb_server *server, int fd,
                               const struct rfb_security_offer *offers, size_t count)
{
    add_viewer(server, io_stream_create(fd, NULL, NULL), true, offers, count);
}

void rfb_server_accept_stream(struct rfb_server *server, struct io_stream *stream,
                              const struct rfb_security_offer *offers, size_t count)
{
    add_viewer(server, stream, false, offers, count);
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
    if (!anyone_gets_pixels(server))
        drop_picture(server);
}

unsigned rfb_server_client_count(const struct rfb_server *server)
{
    return server->count;
}
