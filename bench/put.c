/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the viewer's process pays for pixels: full updates of a 1920×1080 screen whose one window
 * fills it, and of a 200×200 part, from the scene's commit to the X server, as processor time of
 * this process a commit. The pixels lie in shared memory, as the machine's do; with "socket" as the
 * argument in the heap, as from a server far away.
 *
 * Run it on a display of at least that size ($DISPLAY), best without a window manager.
 */
#include "io/shm.h"
#include "x11/sink.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WIDTH = 1920, HEIGHT = 1080, SMALL = 200, COMMITS = 300, SPACING_MS = 5 };

static double cpu_ms(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static gboolean quit(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static void rest(int ms)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);

    g_timeout_add((guint)ms, quit, loop);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
}

static void closed(void *owner)
{
    (void)owner;
}

static void lost(void *owner, const struct err *err)
{
    (void)owner;
    fprintf(stderr, "bench_put: %s\n", err->text);
    exit(1);
}

static void apply(struct scene *scene, const struct win_msg *m)
{
    struct err err;

    if (scene_apply(scene, m, &err) < 0)
        lost(NULL, &err);
}

static void add_window(struct scene *scene)
{
    struct rect all = {0, 0, WIDTH, HEIGHT};

    apply(scene, &(struct win_msg){WIN_SYNC_BEGIN});
    apply(scene, &(struct win_msg){WIN_WINDOW, .window = {1, 0, WINDOW_TOPLEVEL, WINDOW_OWN_FRAME,
                                                          all, 0, all, 0}});
    apply(scene, &(struct win_msg){WIN_SYNC_END});
    scene_commit(scene);
    rest(500);
}

/* The loop's own cost, which every commit has beside it, is measured first and taken off. */
static void measure(struct scene *scene, const char *name, struct rect part)
{
    double start = cpu_ms(), idle, busy;

    for (int i = 0; i < COMMITS; i++)
        rest(SPACING_MS);
    idle = cpu_ms() - start;
    start = cpu_ms();
    for (int i = 0; i < COMMITS; i++) {
        scene_damage(scene, part);
        scene_commit(scene);
        rest(SPACING_MS);
    }
    busy = cpu_ms() - start;
    printf("%s: %.3f ms of this process a commit (%d commits)\n", name, (busy - idle) / COMMITS,
           COMMITS);
}

int main(int argc, char **argv)
{
    static const struct x11_sink_ops ops = {closed, lost};
    bool socket = argc > 1 && !strcmp(argv[1], "socket");
    size_t stride = WIDTH * 4, size = stride * HEIGHT;
    struct scene *scene = scene_create();
    struct io_shm shm = IO_SHM_INIT;
    struct surface *screen;
    struct x11_sink *sink;
    struct err err;

    if (!socket && io_shm_create(size, "bench", &shm, &err) < 0)
        lost(NULL, &err);
    screen = socket ? surface_create(WIDTH, HEIGHT)
                    : surface_wrap(WIDTH, HEIGHT, stride, shm.data, size, shm.fd, NULL);
    scene_set_screen(scene, screen);
    sink = x11_sink_create(scene, &(struct x11_options){0}, &ops, NULL, &err);
    if (!sink)
        lost(NULL, &err);
    add_window(scene);
    measure(scene, "1920x1080", (struct rect){0, 0, WIDTH, HEIGHT});
    measure(scene, "200x200", (struct rect){500, 300, SMALL, SMALL});
    x11_sink_destroy(sink);
    scene_destroy(scene);
    surface_unref(screen);
    io_shm_finish(&shm);
    return 0;
}
