/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a screen has been seen; see glance.h. */
#include "cli/glance.h"

#include "cli/aim.h"
#include "cli/command.h"

#include <glib.h>

enum {
    /*
     * A server may leave out what it knows to be black already. So this long after the first pixels
     * the picture counts as whole, and this long after the connection an unpainted screen as black.
     */
    PIXELS_MS = 2000,
    SCREEN_MS = 5000,
};

struct wait {
    struct scene_sink sink; /* first */
    struct scene *scene;
    GMainLoop *loop;
    struct glance *glance;
    pixman_region32_t seen;
    guint patience;
    bool needs_windows;
    bool is_up, has_pixels, is_looking;
    bool is_over; /* the keeper has said why */
    int status;
};

static void end_patience(struct wait *w)
{
    if (w->patience)
        g_source_remove(w->patience);
    w->patience = 0;
}

static gboolean waited_enough(gpointer owner)
{
    struct wait *w = owner;

    w->patience = 0;
    g_main_loop_quit(w->loop);
    return G_SOURCE_REMOVE;
}

static void wait_at_most(struct wait *w, guint ms)
{
    end_patience(w);
    w->patience = g_timeout_add(ms, waited_enough, w);
}

/* The windows may be told in the update after the one with the pixels. */
static void quit_when_whole(struct wait *w)
{
    const struct surface *screen = w->scene->screen;
    pixman_box32_t all;

    if (!screen || (w->needs_windows && !w->scene->has_windows))
        return;
    all = (pixman_box32_t){0, 0, (int32_t)screen->width, (int32_t)screen->height};
    if (pixman_region32_contains_rectangle(&w->seen, &all) == PIXMAN_REGION_IN)
        g_main_loop_quit(w->loop);
}

static void on_screen(struct scene_sink *sink)
{
    struct wait *w = (struct wait *)sink;

    pixman_region32_clear(&w->seen);
}

static void on_facts(struct scene_sink *sink)
{
    quit_when_whole((struct wait *)sink);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct wait *w = (struct wait *)sink;

    pixman_region32_union(&w->seen, &w->seen, (pixman_region32_t *)region);
    if (!w->has_pixels)
        wait_at_most(w, PIXELS_MS);
    w->has_pixels = true;
    quit_when_whole(w);
}

static void on_status(void *owner, const char *note, const char *why)
{
    struct wait *w = owner;

    aim_tell_loss(why);
    if (w->is_looking)
        return;
    if (!note && !w->is_up) {
        w->is_up = true;
        wait_at_most(w, SCREEN_MS);
    } else if (note && w->is_up) { /* lost */
        w->is_over = true;
        w->status = CLI_FAILED;
        g_main_loop_quit(w->loop);
    }
}

static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct wait *w = owner;

    aim_tell_end(end, why);
    if (w->is_looking && w->glance->ended)
        w->glance->ended(w->glance->owner);
    w->is_over = true;
    w->status = CLI_FAILED; /* before there was a picture, however it ended */
    g_main_loop_quit(w->loop);
}

static int wait_and_look(struct glance *g, const struct route *route)
{
    static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};
    static const struct keeper_ops keeper_ops = {on_status, on_over, NULL};
    struct wait w = {.sink.ops = &sink_ops, .needs_windows = g->needs_windows, .glance = g};
    struct keeper *keeper;

    w.scene = scene_create();
    w.loop = g_main_loop_new(NULL, FALSE);
    pixman_region32_init(&w.seen);
    scene_add_sink(w.scene, &w.sink);
    keeper = keeper_create(w.scene, route, &g->keep, &keeper_ops, &w);
    g_main_loop_run(w.loop);
    end_patience(&w);
    w.is_looking = true;
    scene_remove_sink(w.scene, &w.sink);
    if (!w.is_over)
        w.status = g->look(g->owner, w.scene, route);
    keeper_destroy(keeper);
    pixman_region32_fini(&w.seen);
    scene_destroy(w.scene);
    g_main_loop_unref(w.loop);
    return w.status;
}

int glance_run(struct glance *g)
{
    struct trust *trust = NULL;
    struct route route;
    int status = aim_take(g->where, &g->trust, NULL, NULL, &route, &trust);

    if (status)
        return status;
    g->keep.trust = trust;
    status = wait_and_look(g, &route);
    trust_destroy(trust);
    route_finish(&route);
    return status;
}
