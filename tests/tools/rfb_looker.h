/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stage and who looks at it, for tests of pixels on their way: a machine with a screen that the
 * test paints and an RFB server whose time is the test's, and our own client as a viewer. What
 * exactly is sent, rfb_watcher.h's viewer tells.
 */
#pragma once

#include "check.h"

#include "io/socket.h"
#include "rfb/client/client.h"
#include "rfb/server/server.h"

#include <glib.h>
#include <poll.h>

/* Runs the loop until something is so that the loop does not know of: a viewer's socket, a thread.
 */
#define UNTIL(condition)                                                                           \
    ({                                                                                             \
        int64_t late_ = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;                              \
        bool so_;                                                                                  \
        while (!(so_ = (condition)) && g_get_monotonic_time() < late_)                             \
            if (!g_main_context_iteration(NULL, FALSE))                                            \
                poll(NULL, 0, 1);                                                                  \
        so_;                                                                                       \
    })

static int64_t now_us = 1000000000;

static int64_t stage_clock(void *data)
{
    (void)data;
    return now_us;
}

struct stage {
    struct scene_source machine; /* first */
    struct scene *scene;
    struct rfb_server *server;
    unsigned keys; /* that were pressed */
};

static void stage_on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    (void)code, (void)keysym;
    ((struct stage *)source)->keys += down;
}

static void stage_init(struct stage *s, uint32_t width, uint32_t height)
{
    static const struct scene_source_ops ops = {.key = stage_on_key};
    struct surface *screen = surface_create(width, height);

    *s = (struct stage){.machine.ops = &ops, .scene = scene_create()};
    scene_add_source(s->scene, &s->machine);
    scene_set_screen(s->scene, screen);
    surface_unref(screen);
    scene_commit(s->scene);
    s->server = rfb_server_create(s->scene);
    rfb_server_set_clock(s->server, stage_clock, NULL);
}

static void stage_finish(struct stage *s)
{
    rfb_server_destroy(s->server);
    scene_remove_source(s->scene, &s->machine);
    scene_destroy(s->scene);
}

/* Gives each pixel its colour of this frame. */
static void paint(struct scene *scene, struct rect r, uint32_t frame,
                  uint32_t (*colour)(uint32_t x, uint32_t y, uint32_t frame))
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            surface_row(scene->screen, y)[x] = colour((uint32_t)x, (uint32_t)y, frame);
    scene_damage(scene, r);
}

static uint32_t colour_of_text(uint32_t x, uint32_t y, uint32_t frame)
{
    return (x / 3 * 7 + y / 2 * 5 + frame) % 11 ? 0xffffff : frame % 5 * 0x3f;
}

static void paint_text(struct scene *scene, struct rect r, uint32_t frame)
{
    paint(scene, r, frame, colour_of_text);
}

/* ---- Who looks ---- */

struct looker {
    struct scene *scene;
    struct rfb_client *client;
};

/* quality: of JPEG; 0: none. */
static struct looker looker_new(struct stage *s, int32_t encoding, unsigned quality)
{
    struct looker l = {.scene = scene_create()};
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    l.client = rfb_client_create(l.scene, fds[0], NULL, NULL);
    rfb_client_prefer(l.client, encoding);
    if (quality)
        rfb_client_allow_jpeg(l.client, quality);
    rfb_server_accept(s->server, fds[1]);
    return l;
}

static void looker_finish(struct looker *l)
{
    rfb_client_destroy(l->client);
    scene_destroy(l->scene);
}

static bool sees(const struct looker *l, const struct stage *s, struct rect r)
{
    if (!l->scene->screen || l->scene->screen->width != s->scene->screen->width)
        return false;
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            if ((surface_row(l->scene->screen, y)[x] ^ surface_row(s->scene->screen, y)[x]) &
                0xffffff)
                return false;
    return true;
}
