/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the RFB server's update engine costs: a server around a synthetic screen in a child process,
 * a viewer that decodes in the parent, over TCP. Prints for each workload frames a second, bytes
 * and the server's processor time a frame (without the painting), and the time from a key press to
 * its pixel. Not a comparison with other servers: that is bench/rfb.
 *
 *     bench_engine [WORKLOAD [SECONDS [ENCODINGS [VIEWERS [MBIT MS]]]]]
 *     workloads: scroll, drag, noise, type; encodings: zrle, tight, jpeg, raw
 *
 * Of several viewers the first decodes, the others take what they are sent. With MBIT and MS the
 * first one's connection goes through a process that passes bytes on at that rate, and so many
 * milliseconds late in each direction.
 */
#include "rfb/client/client.h"
#include "rfb/msg/client.h"
#include "rfb/registry.h"
#include "rfb/server/server.h"

#include <arpa/inet.h>
#include <glib.h>
#include <linux/input-event-codes.h>
#include <linux/tcp.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { W = 1920, H = 1080, MARK = 32, LINE = 14, KEYS_MAX = 4096 };

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- The machine ------------------------------------------------------------------------------
 */

struct machine {
    struct scene_source source;
    struct scene *scene;
    const char *work;
    uint32_t frame, key, random;
    uint32_t *photos[4];
    double painting; /* ms of processor time */
    int32_t x, y, dx, dy;
};

static double thread_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint32_t random_next(struct machine *m)
{
    m->random = m->random * 1664525 + 1013904223;
    return m->random >> 8;
}

/* Smooth shapes with a little grain: what a camera sees. */
static uint32_t *make_photo(struct machine *m, int seed)
{
    uint32_t *p = malloc((size_t)W * H * 4);

    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            int v = 0;

            for (int c = 0; c < 3; c++) {
                double s = 128 + 60 * sin((x + seed * 97) / (70.0 + 31 * c)) +
                           50 * cos((y + x * 0.3 + seed * 53) / (43.0 + 17 * c));

                v = v << 8 | CLAMP((int)s + (int)(random_next(m) % 9) - 4, 0, 255);
            }
            p[y * W + x] = (uint32_t)v;
        }
    return p;
}

static void put_line(struct machine *m, int32_t x0, int32_t w, int32_t y, uint32_t *to,
                     size_t stride)
{
    static const uint32_t colours[] = {0xc0c0c0, 0x80ff80, 0xffff80, 0x8080ff};
    int chars = 20 + (int)(random_next(m) % (uint32_t)(w / 8 - 20));

    for (int32_t i = 0; i < LINE; i++)
        for (int32_t x = 0; x < w; x++)
            to[(size_t)(y + i) * stride + (size_t)(x0 + x)] = 0x101018;
    for (int32_t c = 0; c < chars; c++) {
        uint32_t glyph = random_next(m) % 70, colour = colours[random_next(m) % 16 ? 0 : glyph % 4];

        if (glyph < 10)
            continue;
        for (int32_t i = 2; i < 11; i++)
            for (int32_t x = 0; x < 6; x++)
                if ((glyph * 2654435761u >> ((i * 5 + x) % 29)) & 1)
                    to[(size_t)(y + i) * stride + (size_t)(x0 + c * 8 + x)] = colour;
    }
}

static void paint_mark(struct machine *m)
{
    struct surface *s = m->scene->screen;

    for (int32_t y = 0; y < MARK; y++)
        for (int32_t x = 0; x < 2 * MARK; x++)
            surface_row(s, y)[x] =
                x < MARK ? m->frame & 0xffffff : (m->key % 16 * 16 + 8) * 0x10101;
    scene_damage(m->scene, (struct rect){0, 0, 2 * MARK, MARK});
}

static void paint_scroll(struct machine *m)
{
    struct surface *s = m->scene->screen;
    int32_t top = MARK, rows = (H - MARK) / LINE * LINE;

    memmove(surface_row(s, top), surface_row(s, top + LINE), (size_t)(rows - LINE) * s->stride);
    put_line(m, 0, W, top + rows - LINE, (uint32_t *)(void *)s->data, s->stride / 4);
    scene_damage(m->scene, (struct rect){0, top, W, rows});
}

static uint32_t window_pixels[800 * 600];

static void paint_drag(struct machine *m)
{
    struct surface *s = m->scene->screen;
    int32_t ox = m->x, oy = m->y;

    if (!m->x || m->x + m->dx < 10 || m->x + m->dx + 810 > W)
        m->dx = m->x ? -m->dx : 7;
    if (!m->y || m->y + m->dy < MARK + 4 || m->y + m->dy + 604 > H)
        m->dy = m->y ? -m->dy : 5;
    m->x = (m->x ? m->x : 200) + m->dx;
    m->y = (m->y ? m->y : 200) + m->dy;
    for (int32_t y = 0; ox && y < 600; y++)
        memcpy(surface_row(s, oy + y) + ox, m->photos[0] + (size_t)(oy + y) * W + ox, 800 * 4);
    for (int32_t y = 0; y < 600; y++)
        memcpy(surface_row(s, m->y + y) + m->x, window_pixels + (size_t)y * 800, 800 * 4);
    scene_damage(m->scene, rect_union((struct rect){ox ? ox : m->x, oy ? oy : m->y, 800, 600},
                                      (struct rect){m->x, m->y, 800, 600}));
}

static void paint_noise(struct machine *m)
{
    struct surface *s = m->scene->screen;
    const uint32_t *p = m->photos[m->frame % 4];

    for (int32_t y = 0; y < H; y++)
        memcpy(surface_row(s, y), p + (size_t)y * W, (size_t)W * 4);
    scene_damage(m->scene, surface_bounds(s));
}

static gboolean tick(gpointer data)
{
    struct machine *m = data;
    double before = thread_ms();

    m->frame++;
    if (!strcmp(m->work, "scroll"))
        paint_scroll(m);
    else if (!strcmp(m->work, "drag"))
        paint_drag(m);
    else if (!strcmp(m->work, "noise"))
        paint_noise(m);
    paint_mark(m);
    m->painting += thread_ms() - before;
    scene_commit(m->scene);
    return G_SOURCE_CONTINUE;
}

static void on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    struct machine *m = (struct machine *)source;

    (void)code, (void)keysym;
    if (!down)
        return;
    m->key++;
    paint_mark(m);
    scene_commit(m->scene);
}

static const struct scene_source_ops machine_ops = {.key = on_key};

static struct machine machine;
static GMainLoop *loop;
static int ends[2]; /* a pipe: the machine ends when nobody holds ends[1] */

static gboolean stop(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static gboolean may_end(GIOChannel *c, GIOCondition condition, gpointer data)
{
    (void)c, (void)condition;
    return stop(data);
}

struct result {
    double cpu, painting, frames, bytes; /* of one viewer */
    long rss;
};

/* Tells its port and, once `ends` is closed, what it cost. */
static void machine_run(const char *work, int says)
{
    struct machine *m = &machine;
    struct surface *screen = surface_create(W, H);
    struct rfb_server *server;
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    struct rusage r0, r;
    struct result result;
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, viewer = -1;
    struct tcp_info tcp0, tcp;
    GIOChannel *c;

    m->work = work;
    m->random = 5;
    for (int i = 0; i < (strcmp(work, "noise") ? 1 : 4); i++)
        m->photos[i] = make_photo(m, i);
    m->scene = scene_create();
    m->source.ops = &machine_ops;
    scene_add_source(m->scene, &m->source);
    memcpy(screen->data, m->photos[0], screen->size);
    for (int32_t y = 0; y + LINE <= 600; y += LINE)
        put_line(m, 0, 800, y, window_pixels, 800);
    if (!strcmp(work, "scroll"))
        for (int32_t y = MARK; y + LINE <= H; y += LINE)
            put_line(m, 0, W, y, (uint32_t *)(void *)screen->data, W);
    scene_set_screen(m->scene, screen);
    scene_commit(m->scene);
    server = rfb_server_create(m->scene);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64))
        exit(1);
    getsockname(fd, (struct sockaddr *)&a, &len);
    if (write(says, &a, sizeof(a)) != sizeof(a))
        exit(1);
    for (char more; read(ends[0], &more, 1) == 1 && more == 'v';) {
        int next = accept(fd, NULL, NULL);

        viewer = viewer < 0 ? next : viewer;
        rfb_server_accept(server, next);
    }
    loop = g_main_loop_new(NULL, FALSE);
    if (strcmp(work, "type"))
        g_timeout_add(16, tick, m);
    len = sizeof(tcp);
    /* The first second is for the first picture. */
    g_timeout_add(1000, stop, loop);
    g_main_loop_run(loop);
    m->frame = 0;
    m->painting = 0;
    getrusage(RUSAGE_SELF, &r0);
    getsockopt(viewer, IPPROTO_TCP, TCP_INFO, &tcp0, &len);
    c = g_io_channel_unix_new(ends[0]);
    g_io_add_watch(c, G_IO_IN | G_IO_HUP, may_end, loop);
    g_main_loop_run(loop);
    getrusage(RUSAGE_SELF, &r);
    getsockopt(viewer, IPPROTO_TCP, TCP_INFO, &tcp, &len);
    result.bytes = (double)(tcp.tcpi_bytes_acked - tcp0.tcpi_bytes_acked);
    result.cpu =
        (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec - r0.ru_utime.tv_sec - r0.ru_stime.tv_sec) *
            1e3 +
        (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec - r0.ru_utime.tv_usec -
                 r0.ru_stime.tv_usec) /
            1e3;
    result.painting = m->painting;
    result.frames = m->frame;
    result.rss = r.ru_maxrss;
    if (write(says, &result, sizeof(result)) != sizeof(result))
        exit(1);
    exit(0);
}

/* ---- The path ---------------------------------------------------------------------------------
 */

enum { PATH_CHUNK = 1448, PATH_CHUNKS = 1 << 16, PATH_QUEUE = 256 << 10 };

/* One direction: chunks that have left, each with the time at which it arrives. */
struct way {
    int from, to;
    double rate, delay, free_at; /* bytes a ms, ms */
    struct {
        double at;
        size_t len;
        uint8_t bytes[PATH_CHUNK];
    } * chunks;
    unsigned first, count;
};

static void way_take(struct way *w)
{
    double now = now_ms();
    ssize_t n;

    while (w->count < PATH_CHUNKS && (w->free_at - now) * w->rate < PATH_QUEUE) {
        unsigned i = (w->first + w->count) % PATH_CHUNKS;

        n = recv(w->from, w->chunks[i].bytes, PATH_CHUNK, MSG_DONTWAIT);
        if (!n)
            _exit(0);
        if (n < 0)
            return;
        w->free_at = fmax(w->free_at, now) + (double)n / w->rate;
        w->chunks[i].len = (size_t)n;
        w->chunks[i].at = w->free_at + w->delay;
        w->count++;
    }
}

static void way_give(struct way *w)
{
    double now = now_ms();

    while (w->count && w->chunks[w->first].at <= now) {
        if (send(w->to, w->chunks[w->first].bytes, w->chunks[w->first].len, MSG_NOSIGNAL) < 0)
            _exit(0);
        w->first = (w->first + 1) % PATH_CHUNKS;
        w->count--;
    }
}

/* A descriptor of a connection to the address by such a path. */
static int connect_by_path(const struct sockaddr_in *to, double mbit, double ms)
{
    int pair[2], fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, room = 64 << 10;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
        exit(1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (!mbit)
        return fd;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        exit(1);
    if (!fork()) {
        struct way ways[2] = {{fd, pair[1], mbit * 125, ms, 0, NULL, 0, 0},
                              {pair[1], fd, mbit * 125, ms, 0, NULL, 0, 0}};

        close(pair[0]);
        close(ends[1]);
        for (int i = 0; i < 2; i++)
            ways[i].chunks = calloc(PATH_CHUNKS, sizeof(*ways[i].chunks));
        for (;;) {
            for (int i = 0; i < 2; i++) {
                way_take(&ways[i]);
                way_give(&ways[i]);
            }
            usleep(300);
        }
    }
    close(pair[1]);
    close(fd);
    return pair[0];
}

/* ---- The viewers ------------------------------------------------------------------------------
 */

struct viewer {
    struct scene *scene;
    struct scene_sink sink;
    struct rfb_client *client;
    bool measures;
    uint32_t frame;
    unsigned frames, keys;
    double pressed; /* when; 0: nothing is awaited */
    double took[KEYS_MAX];
};

static void on_nothing(struct scene_sink *sink)
{
    (void)sink;
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct viewer *v = (struct viewer *)((char *)sink - offsetof(struct viewer, sink));
    const uint32_t *row = surface_row(v->scene->screen, 5);
    uint32_t frame = row[5] & 0xffffff, key = (row[MARK + 5] & 0xff) / 16;

    (void)region;
    v->frames += frame != v->frame;
    v->frame = frame;
    if (v->pressed && key == (v->keys + 1) % 16) {
        if (v->keys < KEYS_MAX)
            v->took[v->keys] = now_ms() - v->pressed;
        v->keys++;
        v->pressed = 0;
    }
}

static const struct scene_sink_ops sink_ops = {on_nothing, on_nothing, on_damage};

static gboolean press(gpointer data)
{
    struct viewer *v = data;

    if (!v->pressed) {
        v->pressed = now_ms();
        scene_send_key(v->scene, KEY_A, 'a', true);
        scene_send_key(v->scene, KEY_A, 'a', false);
    }
    return G_SOURCE_CONTINUE;
}

static void on_closed(void *owner, const char *reason)
{
    (void)owner;
    fprintf(stderr, "bench_engine: the viewer's connection: %s\n", reason);
    exit(1);
}

static const struct rfb_client_ops client_ops = {.closed = on_closed};

/* A process whose viewers only read. */
static void start_readers(const struct sockaddr_in *to, int32_t encoding, bool jpeg, int count)
{
    struct pollfd fds[64];
    static uint8_t bytes[1 << 20];

    if (!count || fork())
        return;
    close(ends[1]);
    for (int i = 0; i < count; i++) {
        int32_t list[] = {RFB_COPY_RECT, encoding, RFB_LAST_RECT, RFB_CONTINUOUS_UPDATES,
                          RFB_JPEG_QUALITY_0 + 8};
        struct buf out = BUF_INIT;

        fds[i] = (struct pollfd){connect_by_path(to, 0, 0), POLLIN, 0};
        buf_append(&out, "RFB 003.008\n\x01\x01", 14);
        rfb_put_set_encodings(&out, list, jpeg ? 5 : 4);
        rfb_put_update_request(&out, false, (struct rect){0, 0, W, H});
        rfb_put_enable_continuous_updates(&out, true, (struct rect){0, 0, W, H});
        if (write(fds[i].fd, out.data, out.len) != (ssize_t)out.len)
            _exit(1);
    }
    while (poll(fds, (nfds_t)count, -1) > 0)
        for (int i = 0; i < count; i++)
            if (fds[i].revents && read(fds[i].fd, bytes, sizeof(bytes)) <= 0)
                _exit(0);
    _exit(0);
}

static int32_t encoding_of(const char *name)
{
    return !strcmp(name, "zrle") ? RFB_ZRLE : !strcmp(name, "raw") ? RFB_RAW : RFB_TIGHT;
}

static struct viewer *viewer_new(int fd, const char *encodings)
{
    struct viewer *v = calloc(1, sizeof(*v));

    v->scene = scene_create();
    v->sink.ops = &sink_ops;
    scene_add_sink(v->scene, &v->sink);
    v->client = rfb_client_create(v->scene, fd, &client_ops, v);
    rfb_client_prefer(v->client, encoding_of(encodings));
    if (!strcmp(encodings, "jpeg"))
        rfb_client_allow_jpeg(v->client, 8);
    return v;
}

static int by_size(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
    const char *work = argc > 1 ? argv[1] : "scroll", *encodings = argc > 3 ? argv[3] : "tight";
    double mbit = argc > 6 ? atof(argv[5]) : 0, ms = argc > 6 ? atof(argv[6]) : 0;
    int seconds = argc > 2 ? atoi(argv[2]) : 5, count = argc > 4 ? atoi(argv[4]) : 1;
    int says[2];
    struct sockaddr_in address;
    struct viewer *v;
    struct result r;
    unsigned frames;

    if (pipe(ends) || pipe(says))
        return 1;
    if (!fork()) {
        close(ends[1]);
        close(says[0]);
        machine_run(work, says[1]);
    }
    close(ends[0]);
    close(says[1]);
    if (read(says[0], &address, sizeof(address)) != sizeof(address))
        return 1;
    for (int i = 0; i < count; i++)
        if (write(ends[1], "v", 1) != 1)
            return 1;
    v = viewer_new(connect_by_path(&address, mbit, ms), encodings);
    start_readers(&address, encoding_of(encodings), !strcmp(encodings, "jpeg"), count - 1);
    if (write(ends[1], ".", 1) != 1)
        return 1;
    loop = g_main_loop_new(NULL, FALSE);
    g_timeout_add(1000, stop, loop);
    g_main_loop_run(loop);
    frames = v->frames;
    g_timeout_add(97, press, v);
    g_timeout_add((guint)seconds * 1000, stop, loop);
    g_main_loop_run(loop);
    frames = v->frames - frames;
    close(ends[1]);
    if (read(says[0], &r, sizeof(r)) != sizeof(r))
        return 1;
    qsort(v->took, MIN(v->keys, KEYS_MAX), sizeof(double), by_size);
    frames = frames ? frames : 1;
    printf("%-7s %-6s %2d viewers: %5.1f frames/s, %8.1f KB/frame, %6.2f server ms/frame, "
           "key to pixel p50 %6.2f p95 %6.2f ms (%u), %ld MB\n",
           work, encodings, count, frames / (double)seconds, r.bytes / 1024 / frames,
           (r.cpu - r.painting) / frames, v->keys ? v->took[v->keys / 2] : 0,
           v->keys ? v->took[v->keys * 95 / 100] : 0, v->keys, r.rss / 1024);
    return 0;
}
