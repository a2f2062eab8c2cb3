/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: our RFB server around a plain framebuffer that the workloads are painted into. It is
 * told what was damaged and nothing else, as it is by a machine's screen.
 *     serve_oriel WIDTH HEIGHT ADDRESS STATS       it prints "listening ADDRESS"
 */
#include "io/socket.h"
#include "painter.h"
#include "rfb/server/server.h"

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>

struct bench {
    struct scene_source source; /* first */
    struct scene *scene;
    struct painter painter;
    GMainLoop *loop;
    GSource *ticks;
};

static void pass_on(struct bench *b, const struct painter_change *change)
{
    struct rect rects[2 * PICTURE_OPS_MAX];
    unsigned n = painter_damage(&b->painter, change, rects);

    for (unsigned i = 0; i < n; i++)
        scene_damage(b->scene, rects[i]);
    scene_commit(b->scene);
}

static void await_tick(struct bench *b)
{
    int64_t next = b->painter.next_ns;

    g_source_set_ready_time(b->ticks, next == INT64_MAX ? -1 : next / 1000 + 1);
}

static gboolean tick_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static gboolean tick(gpointer data)
{
    struct bench *b = data;
    struct painter_change change;

    if (painter_tick(&b->painter, &change))
        pass_on(b, &change);
    await_tick(b);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs tick_funcs = {.dispatch = tick_dispatch};

static gboolean input_ready(gint fd, GIOCondition condition, gpointer data)
{
    struct bench *b = data;
    struct painter_change change;

    (void)fd, (void)condition;
    if (!painter_read_command(&b->painter, &change)) {
        g_main_loop_quit(b->loop);
        return G_SOURCE_REMOVE;
    }
    pass_on(b, &change);
    await_tick(b);
    return G_SOURCE_CONTINUE;
}

static void on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    struct bench *b = (struct bench *)source;
    struct painter_change change;

    (void)code, (void)keysym;
    if (!down)
        return;
    painter_key(&b->painter, &change);
    pass_on(b, &change);
}

static const struct scene_source_ops source_ops = {.key = on_key};

static void run(struct bench *b)
{
    b->ticks = g_source_new(&tick_funcs, sizeof(GSource));
    g_source_set_callback(b->ticks, tick, b, NULL);
    g_source_attach(b->ticks, NULL);
    g_unix_fd_add(0, G_IO_IN | G_IO_HUP, input_ready, b);
    g_main_loop_run(b->loop);
    g_source_destroy(b->ticks);
    g_source_unref(b->ticks);
}

int main(int argc, char **argv)
{
    struct bench b = {.source.ops = &source_ops};
    struct io_listener *listener;
    struct rfb_server *server;
    struct surface *screen;
    struct err err;

    if (argc != 5) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT ADDRESS STATS\n", argv[0]);
        return 2;
    }
    screen = surface_create((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
    painter_init(&b.painter, (int32_t)screen->width, (int32_t)screen->height,
                 surface_row(screen, 0), screen->stride / 4, argv[4], true);
    b.scene = scene_create();
    b.loop = g_main_loop_new(NULL, FALSE);
    scene_add_source(b.scene, &b.source);
    scene_set_screen(b.scene, screen);
    scene_commit(b.scene);
    server = rfb_server_create(b.scene);
    listener = io_listen_tcp(argv[3], true, rfb_server_accept, server, &err);
    if (!listener) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("listening %s\n", io_listener_address(listener));
    run(&b);
    io_listener_destroy(listener);
    rfb_server_destroy(server);
    scene_remove_source(b.scene, &b.source);
    scene_destroy(b.scene);
    surface_unref(screen);
    painter_finish(&b.painter);
    g_main_loop_unref(b.loop);
    return 0;
}
