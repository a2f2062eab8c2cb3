/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's side of a window's way: from the bytes that the guest's agent writes to a mapped
 * window of the X server that shows the right pixels. Everything of ours between is the real thing,
 * in two processes as in life: agent source, scene, RFB server over a Unix socket with shared
 * memory, then RFB client, scene, X11 sink. QEMU's part is played by a surface that is painted
 * before the agent speaks.
 *
 * Run it on a display ($DISPLAY) with or without a window manager:  bench_path [WINDOWS]
 * It prints min, p50, p90, p99 and max. The observer asks the X server again and again once the
 * window is mapped, so one round trip to the X server is part of every figure.
 */
#include "base/mem.h"
#include "io/shm.h"
#include "io/socket.h"
#include "rfb/client/client.h"
#include "rfb/server/server.h"
#include "source/agent/agent.h"
#include "winproto/link.h"
#include "x11/sink.h"

#include <glib-unix.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xcb/xcb.h>

enum { WIDTH = 1280, HEIGHT = 800, WINDOW_W = 480, WINDOW_H = 320, PLACE_X = 120, PLACE_Y = 96 };

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_path: %s: %s\n", what, why);
    exit(1);
}

/* ---- the viewer's process ----------------------------------------------------------------------
 */

static void viewer_closed(void *loop, const char *reason)
{
    (void)reason;
    g_main_loop_quit(loop);
}

static _Noreturn void run_viewer(int fd)
{
    static const struct rfb_client_ops client_ops = {.closed = viewer_closed};
    static const struct x11_sink_ops sink_ops = {0};
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    struct scene *scene = scene_create();
    struct err err = {0};
    struct rfb_client *client = rfb_client_create(scene, fd, &client_ops, loop);
    struct x11_sink *sink = x11_sink_create(scene, &(struct x11_options){0}, &sink_ops, NULL, &err);

    if (!sink)
        fail("the X11 sink", err.text);
    g_main_loop_run(loop);
    x11_sink_destroy(sink);
    rfb_client_destroy(client);
    scene_destroy(scene);
    g_main_loop_unref(loop);
    exit(0);
}

/* ---- the machine's side, on a thread ------------------------------------------------------------
 */

struct machine {
    struct io_shm memory;
    int agent_fd, viewer_fd;
};

static gpointer run_machine(gpointer data)
{
    struct machine *m = data;
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    struct scene *scene = scene_create();
    struct surface *screen =
        surface_wrap(WIDTH, HEIGHT, WIDTH * 4, m->memory.data, m->memory.size, m->memory.fd, NULL);
    struct source_agent *agent;
    struct rfb_server *server;

    g_main_context_push_thread_default(context);
    scene_set_name(scene, "bench");
    scene_set_screen(scene, screen);
    surface_unref(screen);
    agent = source_agent_create(scene);
    server = rfb_server_create(scene);
    scene_commit(scene);
    source_agent_set_channel(agent, m->agent_fd);
    rfb_server_accept(server, m->viewer_fd);
    g_main_loop_run(loop); /* until the process ends */
    rfb_server_destroy(server);
    source_agent_destroy(agent);
    return NULL;
}

/* ---- the guest's agent
 * --------------------------------------------------------------------------- */

struct guest {
    int fd;
    struct win_link *link;
    struct buf out;
    bool opened;
};

static void guest_send(struct guest *g, struct win_msg m)
{
    win_msg_encode(&g->out, &m);
}

static void guest_flush(struct guest *g)
{
    while (g->out.len) {
        ssize_t n = write(g->fd, g->out.data, g->out.len);

        if (n > 0)
            buf_consume(&g->out, (size_t)n);
        else
            poll(&(struct pollfd){g->fd, POLLOUT, 0}, 1, 1000);
    }
}

static void guest_opened(void *owner, const struct win_hello *hello)
{
    struct guest *g = owner;

    (void)hello;
    g->opened = true;
    guest_send(g, (struct win_msg){WIN_SYNC_BEGIN, .sync = {1}});
    guest_send(
        g, (struct win_msg){WIN_DESKTOP, .desktop = {WIDTH, HEIGHT, {0, 0, WIDTH, HEIGHT}, 120}});
    guest_send(g, (struct win_msg){WIN_SYNC_END, .sync = {1}});
}

static void guest_message(void *owner, const struct win_msg *m)
{
    (void)owner, (void)m; /* requests of the viewer: this guest does as it likes */
}

static void guest_take(struct guest *g, int timeout_ms)
{
    struct pollfd p = {g->fd, POLLIN, 0};
    uint8_t bytes[65536];
    struct err err;
    ssize_t n;

    while (poll(&p, 1, timeout_ms) > 0 && (n = read(g->fd, bytes, sizeof(bytes))) > 0) {
        if (win_link_feed(g->link, bytes, (size_t)n, now_us(), &g->out, &err) < 0)
            fail("the host's messages", err.text);
        guest_flush(g);
        timeout_ms = 0;
    }
}

/* ---- the observer
 * -------------------------------------------------------------------------------- */

static xcb_connection_t *x;
static xcb_screen_t *root;

static uint32_t pattern(int32_t px, int32_t py, uint32_t seed)
{
    uint32_t v = (uint32_t)(px / 5) * 2654435761u ^ (uint32_t)(py / 3) * 40503u ^ seed * 977u;

    return (v ^ v >> 15) & 0xffffff;
}

static void paint(struct machine *m, uint32_t seed)
{
    uint32_t *pixels = m->memory.data;

    for (int32_t py = 0; py < WINDOW_H; py++)
        for (int32_t px = 0; px < WINDOW_W; px++)
            pixels[(PLACE_Y + py) * WIDTH + PLACE_X + px] = pattern(px, py, seed);
}

/* One row in eight and the corners' columns tell as well as all of them, and cost the server less.
 */
static bool shows(uint32_t seed)
{
    xcb_get_image_reply_t *image =
        xcb_get_image_reply(x,
                            xcb_get_image(x, XCB_IMAGE_FORMAT_Z_PIXMAP, root->root, PLACE_X,
                                          PLACE_Y, WINDOW_W, WINDOW_H, ~0u),
                            NULL);
    bool same = image;

    for (int32_t py = 0; same && py < WINDOW_H; py++) {
        const uint32_t *row =
            (const uint32_t *)(const void *)xcb_get_image_data(image) + py * WINDOW_W;

        for (int32_t px = 0; same && px < WINDOW_W; px++)
            same = (row[px] & 0xffffff) == pattern(px, py, seed);
    }
    free(image);
    return same;
}

static void settle(uint8_t type)
{
    xcb_generic_event_t *e;
    uint64_t end = now_us() + 5000000;

    for (bool seen = false; !seen;) {
        while (!seen && (e = xcb_poll_for_event(x))) {
            seen = (e->response_type & 127) == type;
            free(e);
        }
        if (now_us() > end)
            fail("the window", type == XCB_MAP_NOTIFY ? "was not mapped within 5 s"
                                                      : "did not vanish within 5 s");
        if (!seen)
            poll(&(struct pollfd){xcb_get_file_descriptor(x), POLLIN, 0}, 1, 100);
    }
}

static uint64_t one_window(struct machine *m, struct guest *g, uint32_t id)
{
    const struct rect place = {PLACE_X, PLACE_Y, WINDOW_W, WINDOW_H};
    uint64_t start, took;

    paint(m, id);
    guest_send(g,
               (struct win_msg){WIN_WINDOW, .window = {.id = id, .place = place, .source = place}});
    guest_send(g, (struct win_msg){WIN_TITLE, .title = {id, {"bench", 5}}});
    guest_send(g, (struct win_msg){WIN_APP, .app = {id, {"", 0}, {"bench", 5}, {"Bench", 5}, 1}});
    guest_send(g, (struct win_msg){WIN_STACK, .order = {0, 1, &id}});
    start = now_us();
    guest_flush(g);
    settle(XCB_MAP_NOTIFY);
    while (!shows(id))
        if (now_us() - start > 5000000)
            fail("the window", "never had the right pixels");
    took = now_us() - start;
    guest_take(g, 0);
    guest_send(g, (struct win_msg){WIN_GONE, .id = {id, 0}});
    guest_flush(g);
    settle(XCB_UNMAP_NOTIFY);
    while (shows(id)) /* until the root or the next thing below is seen again */
        if (now_us() - start > 10000000)
            fail("the window", "stayed on the screen");
    guest_take(g, 20);
    return took;
}

static int compare(const void *a, const void *b)
{
    uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;

    return (l > r) - (l < r);
}

static void watch_display(void)
{
    x = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(x))
        fail("the X display", "there is none; set DISPLAY");
    root = xcb_setup_roots_iterator(xcb_get_setup(x)).data;
    xcb_change_window_attributes(x, root->root, XCB_CW_EVENT_MASK,
                                 &(uint32_t){XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY});
    xcb_flush(x);
}

int main(int argc, char **argv)
{
    static const struct win_link_ops ops = {guest_opened, guest_message};
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 200;
    struct machine m = {.memory = IO_SHM_INIT};
    struct guest g = {.out = BUF_INIT};
    int viewer[2], agent[2];
    struct err err = {0};
    uint64_t *took = mem_alloc0(count + 1, sizeof(*took));
    pid_t child;

    if (!count || io_socket_pair(viewer, &err) || io_socket_pair(agent, &err) ||
        io_shm_create((size_t)WIDTH * HEIGHT * 4, "bench", &m.memory, &err))
        fail("set-up", count ? err.text : "the number of windows is at least 1");
    child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        close(viewer[0]), close(agent[0]), close(agent[1]);
        run_viewer(viewer[1]);
    }
    close(viewer[1]);
    m.viewer_fd = viewer[0];
    m.agent_fd = agent[0];
    g.fd = agent[1];
    g.link = win_link_create(WIN_GUEST, "bench", &ops, &g);
    win_link_start(g.link, 0x1234567, &g.out);
    watch_display();
    g_thread_unref(g_thread_new("machine", run_machine, &m));
    guest_flush(&g);
    while (!g.opened)
        guest_take(&g, 5000);
    guest_take(&g, 500);
    one_window(&m, &g, 1); /* the first pays for atoms and pages */
    for (uint32_t i = 0; i < count; i++)
        took[i] = one_window(&m, &g, i + 2);
    qsort(took, count, sizeof(*took), compare);
    printf("agent's bytes to right pixels, %" PRIu32 " windows of %dx%d, ms: "
           "min %.2f p50 %.2f p90 %.2f p99 %.2f max %.2f\n",
           count, WINDOW_W, WINDOW_H, (double)took[0] / 1e3, (double)took[count / 2] / 1e3,
           (double)took[count * 9 / 10] / 1e3, (double)took[count * 99 / 100] / 1e3,
           (double)took[count - 1] / 1e3);
    fflush(stdout);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    _exit(0); /* the machine's thread is still in its loop */
}
