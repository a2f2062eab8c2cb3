/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hostile agent can cost the host: it states as many windows as there may be, each with a
 * shape of 4,096 rectangles and the largest icon, and then changes their order, or moves them, as
 * often as its budget lets it. Printed are the processor time and the memory of the machine's side
 * and of the viewer, which are two processes of ours in the same roles as in life (QEMU's part is
 * an unchanging screen), and the X server's memory as far as $ORIEL_X_PID names it.
 *
 * Run it on a display ($DISPLAY) with or without a window manager:
 *     bench_flood [restack|move|title] [WINDOWS] [SECONDS]
 */
#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/shm.h"
#include "io/socket.h"
#include "rfb/client/client.h"
#include "rfb/server/server.h"
#include "source/agent/agent.h"
#include "winproto/link.h"
#include "x11/sink.h"

#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 1280, HEIGHT = 800, BURST = 38000, RATE = 1980 };

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_flood: %s: %s\n", what, why);
    exit(1);
}

/* ---- The two processes ------------------------------------------------------------------------
 */

static void viewer_closed(void *loop, const char *reason)
{
    fprintf(stderr, "bench_flood: the viewer's connection: %s\n", reason);
    g_main_loop_quit(loop);
}

static void run_viewer(int fd)
{
    static const struct rfb_client_ops client_ops = {.closed = viewer_closed};
    static const struct x11_sink_ops sink_ops = {0};
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    struct scene *scene = scene_create();
    struct err err = {0};

    rfb_client_create(scene, fd, &client_ops, loop);
    if (!x11_sink_create(scene, &(struct x11_options){0}, &sink_ops, NULL, &err))
        fail("the X11 sink", err.text);
    g_main_loop_run(loop);
}

static void run_machine(int viewer, int agent)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    struct io_shm memory = IO_SHM_INIT;
    struct scene *scene = scene_create();
    struct source_agent *source;
    struct surface *screen;
    struct err err;

    if (io_shm_create((size_t)WIDTH * HEIGHT * 4, "bench", &memory, &err))
        fail("the screen", err.text);
    screen = surface_wrap(WIDTH, HEIGHT, WIDTH * 4, memory.data, memory.size, memory.fd, NULL);
    scene_set_screen(scene, screen);
    surface_unref(screen);
    source = source_agent_create(scene);
    rfb_server_accept(rfb_server_create(scene), viewer);
    scene_commit(scene);
    source_agent_set_channel(source, agent);
    g_main_loop_run(loop);
}

/* Runs one of them; the descriptors that are not its own are closed. */
static pid_t start_process(bool viewer, const int *rfb, const int *agent)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    close(agent[1]);
    close(rfb[viewer ? 0 : 1]);
    if (viewer)
        run_viewer(rfb[1]);
    else
        run_machine(rfb[0], agent[0]);
    exit(0);
}

/* ---- The agent --------------------------------------------------------------------------------
 */

struct guest {
    int fd;
    struct win_link *link;
    struct buf out;
    bool opened;
    int64_t start; /* µs */
    uint64_t spent;
};

static void guest_opened(void *owner, const struct win_hello *hello)
{
    (void)hello;
    ((struct guest *)owner)->opened = true;
}

static void guest_message(void *owner, const struct win_msg *m)
{
    (void)owner, (void)m; /* it does as it likes */
}

static const struct win_link_ops link_ops = {guest_opened, guest_message};

static void take(struct guest *g, int timeout_ms)
{
    struct pollfd p = {g->fd, POLLIN, 0};
    uint8_t bytes[65536];
    struct err err;
    ssize_t n;

    while (poll(&p, 1, timeout_ms) > 0 && (n = read(g->fd, bytes, sizeof(bytes))) > 0) {
        if (win_link_feed(g->link, bytes, (size_t)n, 1, &g->out, &err) < 0)
            fail("the host's messages", err.text);
        timeout_ms = 0;
    }
}

static void flush(struct guest *g)
{
    while (g->out.len) {
        ssize_t n = send(g->fd, g->out.data, g->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

        take(g, n > 0 ? 0 : 1);
        if (n > 0)
            buf_consume(&g->out, (size_t)n);
    }
}

/* Spends what the budget has, never more. */
static void say(struct guest *g, struct win_msg m)
{
    size_t before = g->out.len;

    win_msg_encode(&g->out, &m);
    g->spent += 1 + (g->out.len - before) / WIN_RATE_BYTES;
    flush(g);
    while ((double)g->spent >
           BURST + (double)RATE * (double)(g_get_monotonic_time() - g->start) / 1e6)
        take(g, 1);
}

static struct rect place_of(uint32_t id, uint32_t round)
{
    return (struct rect){(int32_t)((id * 37 + round) % 1200), (int32_t)(id * 53 % 700), 80, 60};
}

static void say_window(struct guest *g, uint32_t id, uint32_t round)
{
    struct rect place = place_of(id, round);

    say(g, (struct win_msg){WIN_WINDOW, .window = {.id = id, .place = place, .source = place}});
}

/* Rectangles that do not grow together, each said four times. */
static void state(struct guest *g, uint32_t windows)
{
    cleanup_free struct rect *rects = mem_alloc0(WINDOW_MAX_SHAPE, sizeof(*rects));
    cleanup_free uint32_t *pixels = mem_alloc0(256 * 256, sizeof(*pixels));

    for (uint32_t i = 0; i < WINDOW_MAX_SHAPE; i++)
        rects[i] = (struct rect){(int32_t)(i / 4 % 32) * 2, (int32_t)(i / 128) * 2, 1, 1};
    say(g, (struct win_msg){WIN_SYNC_BEGIN, .sync = {1}});
    say(g, (struct win_msg){WIN_DESKTOP, .desktop = {WIDTH, HEIGHT, {0, 0, WIDTH, HEIGHT}, 120}});
    for (uint32_t id = 1; id <= windows; id++) {
        say_window(g, id, 0);
        say(g, (struct win_msg){WIN_SHAPE, .shape = {id, WINDOW_MAX_SHAPE, rects}});
        say(g, (struct win_msg){WIN_ICON, .icon = {id, 256, 256, pixels}});
    }
    say(g, (struct win_msg){WIN_SYNC_END, .sync = {1}});
}

static void say_order(struct guest *g, uint32_t windows, uint32_t round)
{
    uint32_t ids[WINDOW_MAX_COUNT];

    for (uint32_t i = 0; i < windows; i++)
        ids[i] = round % 2 ? windows - i : i + 1;
    say(g, (struct win_msg){WIN_STACK, .order = {0, windows, ids}});
}

static void disturb(struct guest *g, const char *how, uint32_t windows, uint32_t round)
{
    if (!strcmp(how, "restack"))
        say_order(g, windows, round);
    else if (!strcmp(how, "title"))
        say(g, (struct win_msg){WIN_TITLE,
                                .title = {round % windows + 1, {"tttttttttt", round % 10}}});
    else
        say_window(g, round % windows + 1, round);
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

static double cpu_seconds(pid_t pid)
{
    unsigned long user = 0, system = 0;
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (f && fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                    &system) != 2)
        user = system = 0;
    if (f)
        fclose(f);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long mib(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        (void)sscanf(line, "VmRSS: %ld", &kib);
    if (f)
        fclose(f);
    return kib / 1024;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "restack", *server = getenv("ORIEL_X_PID");
    uint32_t windows = argc > 2 ? (uint32_t)atoi(argv[2]) : WINDOW_MAX_COUNT, round = 0;
    int seconds = argc > 3 ? atoi(argv[3]) : 10, rfb[2], agent[2];
    struct guest g = {.out = BUF_INIT, .start = g_get_monotonic_time()};
    struct err err;
    pid_t pids[3];
    double before[3];
    int64_t start;

    if (io_socket_pair(rfb, &err) || io_socket_pair(agent, &err))
        fail("set-up", err.text);
    windows = MAX_OF(1, MIN_OF(windows, WINDOW_MAX_COUNT));
    pids[0] = start_process(false, rfb, agent);
    pids[1] = start_process(true, rfb, agent);
    pids[2] = server ? atoi(server) : 1;
    close(rfb[0]), close(rfb[1]), close(agent[0]);
    g.fd = agent[1];
    g.link = win_link_create(WIN_GUEST, "bench", &link_ops, &g);
    win_link_start(g.link, 0x1234567, &g.out);
    flush(&g);
    while (!g.opened)
        take(&g, 100);
    flush(&g);
    state(&g, windows);
    printf("stated in %.1f s\n", (double)(g_get_monotonic_time() - g.start) / 1e6);
    for (int i = 0; i < 3; i++)
        before[i] = cpu_seconds(pids[i]);
    start = g_get_monotonic_time();
    while (g_get_monotonic_time() - start < (int64_t)seconds * 1000000)
        disturb(&g, how, windows, round++);
    for (int i = 0; i < 3; i++)
        printf("%s: %.0f %% of a processor, %ld MiB\n",
               i == 0   ? "oriel run"
               : i == 1 ? "oriel view"
                        : "X server",
               100 * (cpu_seconds(pids[i]) - before[i]) / seconds, mib(pids[i]));
    printf("%u changes of kind %s\n", round, how);
    kill(pids[0], SIGTERM);
    kill(pids[1], SIGTERM);
    while (wait(NULL) > 0)
        ;
    return 0;
}
