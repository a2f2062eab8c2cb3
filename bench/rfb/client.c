/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb's client: a viewer that decodes all that it gets with our own client session and looks
 * for the markers in it, and more viewers that only read (skim.h). A frame counts when its number
 * was decoded; a key's way ends when the pixels of its marker were. It tells its own processor
 * time, so that a row in which the client was the limit can be seen.
 *
 *     client ADDRESS STATS [--encoding tight] [--quality 8] [--compression 2] [--viewers 1]
 *            [--keys PER_SECOND] [--pid PID]…
 *
 * It prints "ready" once each viewer has had the screen. Commands: "measure FRAME WARMUP SECONDS"
 * waits for that frame and then answers with one line of JSON; "check WORKLOAD FRAME KEYS TIME
 * SECONDS" waits until the first viewer has exactly that picture, at most so long, and answers with
 * one line of JSON.
 */
#include "rfb/msg/client.h"
#include "base/arith.h"
#include "base/mem.h"
#include "client_options.h"
#include "difference.h"
#include "gauge.h"
#include "io/socket.h"
#include "painter.h"
#include "rfb/h264/load.h"
#include "rfb/session/client.h"
#include "skim.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    INPUT_ROOM = 4 << 20,
    READ_PIECE = 512 << 10,
    KEYS_MAX = 64,        /* that are under way */
    TIMES_MAX = 64 << 10, /* of a measurement */
    KEYSYM_A = 'a',
    KEY_A = 30,
};

static const int64_t DRAIN_NS = 5 * (int64_t)1000000000; /* for the last keys */
static const int64_t PICTURE_NS = 60 * (int64_t)1000000000;

struct times {
    double ms[TIMES_MAX];
    size_t count;
};

struct viewer {
    struct bench *bench;
    int fd;
    struct rfb_client_session *session;
    uint8_t *in;
    size_t in_len;
    bool asked; /* for our encodings */
    bool skims;
    struct skim skim;
    struct picture_marks marks;
    uint64_t bytes, updates, frames;
};

struct bench {
    struct client_options options;
    struct viewer viewers[CLIENT_VIEWERS_MAX];
    const struct painter_stats *stats;
    bool measuring, measuring_keys;
    struct times paint, key;
    /* Keys under way: the number that the marker will show, and when they were sent. */
    uint32_t next_key;
    bool key_known;
    struct {
        uint32_t number;
        int64_t sent;
    } keys[KEYS_MAX];
    unsigned key_count;
    int64_t next_key_ns;
    uint32_t random;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void note_time(struct times *t, double ms)
{
    if (t->count < TIMES_MAX)
        t->ms[t->count++] = ms;
}

/* ---- What was decoded -------------------------------------------------------------------------
 */

static int16_t after(uint32_t a, uint32_t b)
{
    return (int16_t)(uint16_t)(a - b);
}

static void look_at_keys(struct bench *b, uint32_t shown)
{
    int64_t now = painter_now();
    unsigned left = 0;

    for (unsigned i = 0; i < b->key_count; i++) {
        if (after(shown, b->keys[i].number) < 0)
            b->keys[left++] = b->keys[i];
        else if (b->measuring_keys)
            note_time(&b->key, (double)(now - b->keys[i].sent) / 1e6);
    }
    b->key_count = left;
}

static void look_at_picture(struct viewer *v)
{
    struct surface *s = rfb_client_session_screen(v->session);
    struct bench *b = v->bench;
    struct picture_marks marks;

    if (!s || s->width < PICTURE_WIDTH_MIN || s->height < PICTURE_HEIGHT_MIN)
        return;
    if (picture_read_frame(surface_row(s, 0), s->stride / 4, &marks) &&
        after(marks.frame, v->marks.frame) != 0) {
        v->marks.frame = marks.frame;
        v->marks.time = marks.time;
        v->frames++;
        if (b->measuring)
            note_time(&b->paint,
                      (double)(int32_t)((uint32_t)(painter_now() / 1000) - marks.time) / 1e3);
    }
    if (picture_read_keys(surface_row(s, 0), s->stride / 4, &marks)) {
        v->marks.keys = marks.keys;
        look_at_keys(b, marks.keys);
    }
}

static void on_update_ended(void *owner)
{
    struct viewer *v = owner;

    v->updates++;
    look_at_picture(v);
}

static void on_screen(void *owner, struct surface *screen)
{
    (void)owner, (void)screen;
}

static void on_connected(void *owner)
{
    (void)owner;
}

static void on_damage(void *owner, struct rect r)
{
    (void)owner, (void)r;
}

static void on_cursor(void *owner, struct cursor *cursor)
{
    (void)owner, (void)cursor;
}

static void on_pointer(void *owner, int32_t x, int32_t y)
{
    (void)owner, (void)x, (void)y;
}

static void on_pointer_mode(void *owner, bool absolute)
{
    (void)owner, (void)absolute;
}

static void on_leds(void *owner, uint32_t leds)
{
    (void)owner, (void)leds;
}

static void on_name(void *owner, const char *name)
{
    (void)owner, (void)name;
}

static int on_fact(void *owner, const struct win_msg *fact, struct err *err)
{
    (void)owner, (void)fact, (void)err;
    return 0;
}

static void on_fence(void *owner, uint32_t id)
{
    (void)owner, (void)id;
}

static const struct rfb_client_session_ops session_ops = {
    .connected = on_connected,
    .screen = on_screen,
    .damage = on_damage,
    .cursor = on_cursor,
    .pointer = on_pointer,
    .pointer_mode = on_pointer_mode,
    .leds = on_leds,
    .name = on_name,
    .fact = on_fact,
    .update_ended = on_update_ended,
    .fence = on_fence,
};

/* ---- A viewer's connection --------------------------------------------------------------------
 */

/* The sockets block: a client of a few bytes never fills them. */
static void send_output(struct viewer *v)
{
    struct buf *out = rfb_client_session_output(v->session);

    while (out->len) {
        ssize_t n = send(v->fd, out->data, out->len, MSG_NOSIGNAL);

        if (n <= 0)
            fail("the server", n < 0 ? strerror(errno) : "closed the connection");
        buf_consume(out, (size_t)n);
    }
}

/* Instead of what the session would list: one encoding, so that every server sends the same. */
static void ask(struct viewer *v)
{
    const struct client_options *o = &v->bench->options;
    int32_t list[16] = {
        RFB_COPY_RECT, o->encoding,           RFB_LAST_RECT, RFB_DESKTOP_SIZE,
        RFB_CURSOR,    RFB_QEMU_EXTENDED_KEY, RFB_FENCE,     RFB_CONTINUOUS_UPDATES};
    struct buf *out = rfb_client_session_output(v->session);
    struct surface *screen = rfb_client_session_screen(v->session);
    size_t n = 8;

    if (o->quality >= 0)
        list[n++] = RFB_JPEG_QUALITY_0 + o->quality;
    if (o->h264)
        list[n++] = RFB_OPEN_H264;
    if (o->compression >= 0)
        list[n++] = RFB_COMPRESSION_0 + o->compression;
    buf_clear(out);
    rfb_put_set_pixel_format(out, &pixel_format_native);
    rfb_put_set_encodings(out, list, n);
    rfb_put_update_request(out, false, surface_bounds(screen));
    v->asked = true;
}

static void feed(struct viewer *v)
{
    struct surface *screen;
    struct err err;
    size_t used;
    int rc;

    if (v->skims)
        rc = skim_feed(&v->skim, v->in, v->in_len, &used, rfb_client_session_output(v->session),
                       &err);
    else
        rc = rfb_client_session_feed(v->session, v->in, v->in_len, &used, &err);
    if (rc < 0)
        fail("the server's bytes", err.text);
    v->in_len -= used;
    memmove(v->in, v->in + used, v->in_len);
    if (!v->asked && rfb_client_session_abilities(v->session) & RFB_CAN_UPDATE) {
        ask(v);
        screen = rfb_client_session_screen(v->session);
        v->skims = v != v->bench->viewers;
        v->skim =
            (struct skim){.width = (uint16_t)screen->width, .height = (uint16_t)screen->height};
    }
    if (v->skims)
        v->updates = v->skim.updates;
    send_output(v);
}

static void receive(struct viewer *v)
{
    size_t room = MIN_OF((size_t)INPUT_ROOM - v->in_len, (size_t)READ_PIECE);
    ssize_t n = recv(v->fd, v->in + v->in_len, room, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        fail("the server", n < 0 ? strerror(errno) : "closed the connection");
    v->bytes += (uint64_t)n;
    v->in_len += (size_t)n;
    feed(v);
}

static int connect_to(const char *address)
{
    struct err err;
    int fd = io_connect_tcp(address, 5000, &err), on = 1;

    if (fd < 0)
        fail(address, err.text);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void viewer_connect(struct viewer *v, struct bench *b)
{
    struct rfb_client_options options = {.preferred = b->options.encoding,
                                         .quality = (unsigned)MAX_OF(b->options.quality, 0)};

    v->bench = b;
    v->fd = connect_to(b->options.address);
    v->in = mem_alloc0(INPUT_ROOM, 1);
    v->session = rfb_client_session_create(&options, &session_ops, v);
}

/* ---- The loop ---------------------------------------------------------------------------------
 */

static void send_key(struct bench *b)
{
    struct viewer *v = b->viewers;
    double spread;

    b->random = b->random * 1664525 + 1013904223;
    spread = 0.6 + 0.8 * (double)(b->random >> 8) / (1 << 24); /* never in step with frames */
    b->next_key_ns = painter_now() + (int64_t)(1e9 / b->options.keys_per_second * spread);
    if (b->key_count == KEYS_MAX)
        return;
    b->keys[b->key_count].number = ++b->next_key;
    b->keys[b->key_count++].sent = painter_now();
    rfb_client_session_key(v->session, KEY_A, KEYSYM_A, true);
    rfb_client_session_key(v->session, KEY_A, KEYSYM_A, false);
    send_output(v);
}

/* Waits for bytes and takes them in, at most until then; keys are sent when they are due. */
static void turn(struct bench *b, int64_t until, bool with_keys)
{
    struct pollfd fds[CLIENT_VIEWERS_MAX];
    struct timespec wait;
    int64_t left;

    if (with_keys && painter_now() >= b->next_key_ns)
        send_key(b);
    left = (with_keys ? MIN_OF(until, b->next_key_ns) : until) - painter_now();
    left = MAX_OF(left, 0);
    wait = (struct timespec){left / 1000000000, left % 1000000000};
    for (unsigned i = 0; i < b->options.viewers; i++)
        fds[i] = (struct pollfd){.fd = b->viewers[i].fd, .events = POLLIN};
    if (ppoll(fds, b->options.viewers, &wait, NULL) <= 0)
        return;
    for (unsigned i = 0; i < b->options.viewers; i++)
        if (fds[i].revents)
            receive(&b->viewers[i]);
}

static void await_screens(struct bench *b)
{
    int64_t deadline = painter_now() + PICTURE_NS;

    for (unsigned i = 0; i < b->options.viewers; i++)
        while (!b->viewers[i].updates || !b->viewers[i].asked) {
            if (painter_now() > deadline)
                fail(b->options.address, "sent no picture in time");
            turn(b, deadline, false);
        }
}

/* ---- Measuring --------------------------------------------------------------------------------
 */

static uint64_t own_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct totals {
    struct gauge gauge;
    struct painter_stats stats;
    uint64_t own_ns, bytes, updates, frames; /* the first viewer's */
    uint64_t all_bytes;                      /* of all viewers */
    int64_t when;
};

static struct totals totals_now(const struct bench *b)
{
    struct totals t = {gauge_read(b->options.processes, b->options.process_count), *b->stats,
                       own_cpu_ns()};

    t.frames = b->viewers[0].frames;
    t.bytes = b->viewers[0].bytes;
    t.updates = b->viewers[0].updates;
    for (unsigned i = 0; i < b->options.viewers; i++)
        t.all_bytes += b->viewers[i].bytes;
    t.when = painter_now();
    return t;
}

static void print_times(const char *name, struct times *t)
{
    printf(", \"%s\": {\"n\": %zu, \"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f}", name, t->count,
           gauge_percentile(t->ms, t->count, 50), gauge_percentile(t->ms, t->count, 95),
           gauge_percentile(t->ms, t->count, 99));
}

static void print_result(struct bench *b, const struct totals *from, const struct totals *to)
{
    printf("{\"seconds\": %.4f, \"frames\": %llu, \"painted\": %llu",
           (double)(to->when - from->when) / 1e9, (unsigned long long)(to->frames - from->frames),
           (unsigned long long)(to->stats.frames - from->stats.frames));
    printf(", \"bytes\": %llu, \"all_bytes\": %llu, \"viewers\": %u, \"updates\": %llu",
           (unsigned long long)(to->bytes - from->bytes),
           (unsigned long long)(to->all_bytes - from->all_bytes), b->options.viewers,
           (unsigned long long)(to->updates - from->updates));
    printf(", \"server_ns\": %lld, \"paint_ns\": %llu, \"client_ns\": %llu",
           (long long)(to->gauge.cpu_ns - from->gauge.cpu_ns),
           (unsigned long long)(to->stats.paint_ns - from->stats.paint_ns),
           (unsigned long long)(to->own_ns - from->own_ns));
    printf(", \"rss_kb\": %llu, \"pss_kb\": %llu, \"picture_kb\": %llu, \"wakeups\": %llu",
           (unsigned long long)to->gauge.rss_kb, (unsigned long long)to->gauge.pss_kb,
           (unsigned long long)to->stats.bytes / 1024,
           (unsigned long long)(to->gauge.wakeups - from->gauge.wakeups));
    print_times("key_ms", &b->key);
    print_times("paint_ms", &b->paint);
    printf(", \"keys_lost\": %u}\n", b->key_count);
}

static void run_until(struct bench *b, int64_t end)
{
    bool with_keys = b->options.keys_per_second > 0;

    while (painter_now() < end)
        turn(b, end, with_keys);
}

/* Until the viewer has the workload's first picture, or a later one. */
static void await_frame(struct bench *b, uint32_t frame)
{
    int64_t deadline = painter_now() + PICTURE_NS;

    while (after(b->viewers[0].marks.frame, frame) < 0) {
        if (painter_now() > deadline)
            fail(b->options.address, "did not send the workload's first picture in time");
        turn(b, deadline, false);
    }
}

static void measure(struct bench *b, uint32_t frame, double warmup, double seconds)
{
    struct totals from, to;

    await_frame(b, frame);

    b->next_key = b->viewers[0].marks.keys;
    b->key_count = 0;
    b->next_key_ns = painter_now() + 50 * 1000000;
    run_until(b, painter_now() + (int64_t)(warmup * 1e9));
    b->measuring = b->measuring_keys = true;
    b->paint.count = b->key.count = 0;
    from = totals_now(b);
    run_until(b, painter_now() + (int64_t)(seconds * 1e9));
    to = totals_now(b);
    b->measuring = false;
    /* The last keys' pixels: a server that shows them late is not to be spared. */
    for (int64_t end = painter_now() + DRAIN_NS; b->key_count && painter_now() < end;)
        turn(b, end, false);
    b->measuring_keys = false;
    print_result(b, &from, &to);
}

/* ---- Is it the picture? -----------------------------------------------------------------------
 */

static void check(struct bench *b, enum picture_workload workload,
                  const struct picture_marks *marks, double seconds)
{
    struct surface *s = rfb_client_session_screen(b->viewers[0].session);
    uint32_t *want = mem_alloc0((size_t)s->width * s->height, 4);
    struct picture *picture = picture_create((int32_t)s->width, (int32_t)s->height, want, s->width);
    int64_t begin = painter_now(), end = begin + (int64_t)(seconds * 1e9), now = begin;
    const struct surface *screen;
    struct difference d;
    uint32_t row = 0;

    picture_draw(picture, workload, marks);
    for (;;) {
        uint64_t updates = b->viewers[0].updates;

        screen = rfb_client_session_screen(b->viewers[0].session);
        now = painter_now();
        if (difference_is_none(screen, want, &row))
            break;
        while (painter_now() < end && b->viewers[0].updates == updates)
            turn(b, end, false);
        if (b->viewers[0].updates == updates)
            break;
    }
    d = difference_between(screen, want);
    printf("{\"exact\": %s, \"wrong\": %llu, \"psnr\": %.1f, \"after_ms\": %.1f}\n",
           d.wrong ? "false" : "true", (unsigned long long)d.wrong, d.psnr,
           (double)(now - begin) / 1e6);
    picture_destroy(picture);
    free(want);
}

/* ---- Commands ---------------------------------------------------------------------------------
 */

/* Between commands the viewers go on reading, as a person's would. */
static bool read_line(struct bench *b, char *line, size_t room)
{
    size_t len = 0;

    for (;;) {
        struct pollfd in = {.fd = 0, .events = POLLIN};
        char c;

        if (poll(&in, 1, 0) <= 0) {
            turn(b, painter_now() + 2 * 1000000, false);
            continue;
        }
        if (read(0, &c, 1) <= 0)
            return false;
        if (c == '\n')
            break;
        if (len < room - 1)
            line[len++] = c;
    }
    line[len] = 0;
    return true;
}

static void obey(struct bench *b, const char *line)
{
    struct picture_marks marks;
    double warmup, seconds;
    unsigned workload, frame;

    if (sscanf(line, "measure %u %lf %lf", &frame, &warmup, &seconds) == 3)
        measure(b, frame, warmup, seconds);
    else if (sscanf(line, "check %u %u %u %u %lf", &workload, &marks.frame, &marks.keys,
                    &marks.time, &seconds) == 5 &&
             workload < PICTURE_WORKLOADS)
        check(b, (enum picture_workload)workload, &marks, seconds);
    else
        fail(line, "is no command");
}

int main(int argc, char **argv)
{
    static struct bench b = {.random = 1};
    char line[256];
    int fd;

    client_options_read(&b.options, argc, argv);
    if (b.options.h264)
        rfb_h264_load_now();
    fd = open(b.options.stats, O_RDONLY | O_CLOEXEC);
    b.stats = mmap(NULL, sizeof(*b.stats), PROT_READ, MAP_SHARED, fd, 0);
    if (fd < 0 || b.stats == MAP_FAILED)
        fail(b.options.stats, "cannot be mapped");
    setlinebuf(stdout);
    for (unsigned i = 0; i < b.options.viewers; i++)
        viewer_connect(&b.viewers[i], &b);
    await_screens(&b);
    puts("ready");
    while (read_line(&b, line, sizeof(line)))
        obey(&b, line);
    for (unsigned i = 0; i < b.options.viewers; i++) {
        close(b.viewers[i].fd);
        rfb_client_session_destroy(b.viewers[i].session);
        free(b.viewers[i].in);
    }
    return 0;
}
