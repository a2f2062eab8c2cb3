/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For tests of the RFB client against other people's servers: a scene with a sink that counts, the
 * client in it, and waiting on the loop with a limit. Not a viewer for anybody's eyes.
 */
#pragma once

#include "check.h"
#include "rfb/client/client.h"
#include "rfb/registry.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

struct viewer {
    struct scene *scene;
    struct scene_sink sink;
    struct rfb_client *client;
    bool connected, closed, done;
    unsigned screens, damages;
};

/* A child without input and output. */
static inline pid_t spawn(const char *const *argv)
{
    pid_t pid = fork();

    if (!pid) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 0), dup2(null, 1), dup2(null, 2);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static void viewer_on_screen(struct scene_sink *sink)
{
    ((struct viewer *)((char *)sink - offsetof(struct viewer, sink)))->screens++;
}

static void viewer_on_facts(struct scene_sink *sink)
{
    (void)sink;
}

static void viewer_on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    CHECK(pixman_region32_not_empty((pixman_region32_t *)region));
    ((struct viewer *)((char *)sink - offsetof(struct viewer, sink)))->damages++;
}

static const struct scene_sink_ops viewer_sink_ops = {viewer_on_screen, viewer_on_facts,
                                                      viewer_on_damage};

static void viewer_on_connected(void *owner)
{
    ((struct viewer *)owner)->connected = true;
}

static void viewer_on_closed(void *owner, const char *reason)
{
    CHECK(reason[0]);
    ((struct viewer *)owner)->closed = true;
}

static const struct rfb_client_ops viewer_client_ops = {viewer_on_connected, viewer_on_closed};

static gboolean wait_is_late(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static gboolean wait_is_ready(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd, (void)condition, (void)data;
    return G_SOURCE_CONTINUE;
}

/* Runs the loop, woken by the client's socket and by fd (-1: none), until `test` says yes. */
static bool wait_for(bool (*test)(void *data), void *data, int fd)
{
    bool late = false;
    guint timer = g_timeout_add_seconds(PATIENCE_S, wait_is_late, &late);
    guint watch = fd < 0 ? 0 : g_unix_fd_add(fd, G_IO_IN, wait_is_ready, NULL);
    bool yes;

    while (!(yes = test(data)) && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(timer);
    if (watch)
        g_source_remove(watch);
    return yes;
}

static bool is_true(void *data)
{
    return *(bool *)data;
}

static unsigned viewer_quality; /* 1…9: JPEG is welcome */

static bool viewer_only; /* no other encoding than the one of viewer_open() */

/* RFB_COPY_RECT: the client's own choice of encodings. True once the handshake is over. */
static bool viewer_open(struct viewer *w, int fd, int32_t encoding)
{
    *w = (struct viewer){.scene = scene_create(), .sink = {.ops = &viewer_sink_ops}};
    scene_add_sink(w->scene, &w->sink);
    w->client = rfb_client_create(w->scene, fd, &viewer_client_ops, w);
    if (viewer_only)
        rfb_client_only(w->client, encoding);
    else
        rfb_client_prefer(w->client, encoding);
    rfb_client_allow_jpeg(w->client, viewer_quality);
    return wait_for(is_true, &w->connected, -1);
}

static void viewer_close(struct viewer *w)
{
    rfb_client_destroy(w->client);
    scene_remove_sink(w->scene, &w->sink);
    scene_destroy(w->scene);
}
