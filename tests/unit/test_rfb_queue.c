/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the server keeps of a large picture for a viewer that reads it slowly: parts of it, never
 * all, whatever the viewer can; all of it arrives nevertheless, and then nothing is kept.
 */
#define WATCHER_WIDTH 1920
#define WATCHER_HEIGHT 1080
#include "check.h"
#include "heap.h"
#include "rfb_rig.h"

#include "base/arith.h"

enum {
    PICTURE = 4 * W * H,
    SIP = 16 << 10, /* bytes that it reads at once */
    PATIENCE_S = 30,
    LEFT_BEHIND = 256 << 10,
};

struct sipper {
    struct rig rig;
    struct viewer viewer;
    size_t read, before, peak;
    gint64 end;
};

static void ask(struct sipper *s, bool incremental)
{
    struct buf *out = &s->viewer.out;

    request(&s->viewer, incremental);
    CHECK_INT(send(s->viewer.fd, out->data, out->len, MSG_NOSIGNAL), out->len);
    buf_clear(out);
}

static void start(struct sipper *s, bool last_rect)
{
    int32_t list[2] = {RFB_RAW, RFB_LAST_RECT};

    rig_start(&s->rig);
    rig_paint(&s->rig);
    /* Nobody else wants the same, which would be kept for them. */
    rfb_put_set_encodings(&s->rig.calm.out, (const int32_t[]){RFB_ZRLE}, 1);
    talk(&s->rig.calm);
    s->viewer = viewer_new(s->rig.server);
    rfb_put_set_encodings(&s->viewer.out, list, last_rect ? 2 : 1);
    s->read = 0;
    s->before = s->peak = heap_now();
    ask(s, false);
    s->end = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
}

/* Lets the server work until it has nothing to do that it could do now. */
static void let_work(struct sipper *s)
{
    for (int rests = 0; rests < 3; rests++) {
        while (g_main_context_iteration(NULL, FALSE)) {
            s->peak = MAX_OF(s->peak, heap_now());
            rests = 0;
        }
        g_thread_yield();
    }
    s->peak = MAX_OF(s->peak, heap_now());
}

static bool sip(struct sipper *s)
{
    static uint8_t bytes[SIP];
    ssize_t n = recv(s->viewer.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    s->read += n > 0 ? (size_t)n : 0;
    let_work(s);
    return n > 0;
}

/* The pixels of an update in Raw, and more where it comes in several. */
static void read_all(struct sipper *s, bool asks_again)
{
    while (s->read < PICTURE && g_get_monotonic_time() < s->end)
        if (!sip(s) && asks_again)
            ask(s, true);
    CHECK(s->read >= PICTURE);
}

/* The timer that lets go of what is not used any more runs when nothing has happened. */
static void await_rest(struct sipper *s)
{
    while (heap_now() > s->before + LEFT_BEHIND && g_get_monotonic_time() < s->end)
        if (!sip(s))
            g_usleep(1000);
    CHECK(heap_now() <= s->before + LEFT_BEHIND);
}

static void check_slow_reader(bool last_rect, size_t most)
{
    struct sipper s;

    start(&s, last_rect);
    let_work(&s);
    read_all(&s, !last_rect);
    printf("%s LastRect: %zu KiB at most\n", last_rect ? "with" : "without",
           (s.peak - s.before) >> 10);
    CHECK(s.peak - s.before <= most);
    await_rest(&s);
    viewer_finish(&s.viewer);
    rig_stop(&s.rig);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    check_slow_reader(true, 6 << 20);
    check_slow_reader(false, 18 << 20);
    return check_result();
}
