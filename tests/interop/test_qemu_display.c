/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The QEMU source against a real QEMU that shows its firmware's screen: the same pixels as QMP's
 * screendump, attaching again and again, and the end of QEMU.
 */
#include "check.h"
#include "guest.h"
#include "scene/scene.h"
#include "source/qemu/qemu.h"
#include "wait.h"

#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <math.h>

static unsigned frames;

struct watcher {
    struct scene *scene;
    struct source_qemu *source;
    bool ready, lost;
    struct err reason;
    unsigned done;
};

static void on_ready(void *owner)
{
    ((struct watcher *)owner)->ready = true;
}

static void on_lost(void *owner, const struct err *reason)
{
    struct watcher *w = owner;

    w->lost = true;
    w->reason = *reason;
}

static const struct source_qemu_ops ops = {on_ready, on_lost};

static void on_done(void *data)
{
    ((struct watcher *)data)->done++;
}

static void attach(struct watcher *w, struct guest *g)
{
    struct err err = {0};

    *w = (struct watcher){.scene = scene_create()};
    w->source = source_qemu_create(w->scene, guest_attach_display(g), &ops, w, &err);
    CHECK(w->source);
    CHECK(WAIT_FOR(w->ready || w->lost));
    CHECK_STR(w->reason.text, "");
    CHECK(WAIT_FOR(w->scene->screen || w->lost));
}

static void detach(struct watcher *w)
{
    source_qemu_destroy(w->source);
    scene_destroy(w->scene);
}

/* The screen as screendump's PPM, compared with the scene's; returns differing pixels or -1. */
static long compare_with_screendump(struct guest *g, const struct surface *s)
{
    char path[] = "/tmp/oriel-screendump-XXXXXX", command[256];
    int fd = mkstemp(path), width = 0, height = 0, top = 0;
    long different = -1;
    FILE *f;

    snprintf(command, sizeof(command),
             "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\"}}\n", path);
    CHECK(fd >= 0 && guest_qmp(g, command));
    f = fdopen(fd, "rb");
    if (fscanf(f, "P6 %d %d %d", &width, &height, &top) == 3 && fgetc(f) != EOF &&
        (uint32_t)width == s->width && (uint32_t)height == s->height) {
        different = 0;
        for (int32_t y = 0; y < height; y++)
            for (int32_t x = 0; x < width; x++) {
                uint8_t rgb[3];

                CHECK_INT(fread(rgb, 1, 3, f), 3);
                different += (surface_row(s, y)[x] & 0xffffff) !=
                             (uint32_t)(rgb[0] << 16 | rgb[1] << 8 | rgb[2]);
            }
    }
    fclose(f);
    unlink(path);
    return different;
}

static unsigned count_colours(const struct surface *s)
{
    unsigned n = 1;

    for (int32_t y = 0; y < (int32_t)s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            n += (surface_row(s, y)[x] & 0xffffff) != (surface_row(s, 0)[0] & 0xffffff);
    return n;
}

static void test_pixels(struct guest *g)
{
    struct watcher w;
    long different = -1;

    attach(&w, g);
    CHECK(WAIT_FOR(w.scene->screen->width == 720 && w.scene->screen->height == 400));
    /* The firmware writes and the cursor blinks, so only some moment is the same for both. */
    for (int64_t end = g_get_monotonic_time() + 10000000; different;) {
        unsigned before = w.done;

        scene_after_pixels(w.scene, on_done, &w);
        CHECK_INT(w.done, before);
        CHECK(WAIT_FOR(w.done > before));
        different = compare_with_screendump(g, w.scene->screen);
        if (g_get_monotonic_time() > end)
            break;
    }
    CHECK_INT(different, 0);
    CHECK(count_colours(w.scene->screen) > 1);
    CHECK(w.scene->screen->handle >= 0);
    detach(&w);
}

static unsigned count_descriptors(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_again_and_again(struct guest *g)
{
    struct watcher w;
    unsigned before = 0;

    for (int i = 0; i < 20; i++) {
        attach(&w, g);
        CHECK(!w.lost);
        detach(&w);
        while (g_main_context_iteration(NULL, FALSE))
            ;
        if (i == 4)
            before = count_descriptors();
    }
    CHECK(WAIT_FOR(count_descriptors() <= before));
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The barrier is a round trip to QEMU and no time-out. */
static void test_barrier(struct guest *g)
{
    enum { ROUNDS = 500 };
    static double ms[ROUNDS];
    struct watcher w;

    attach(&w, g);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned before = w.done;
        int64_t start = g_get_monotonic_time();

        scene_after_pixels(w.scene, on_done, &w);
        CHECK(WAIT_FOR(w.done > before));
        ms[i] = (double)(g_get_monotonic_time() - start) / 1000;
    }
    qsort(ms, ROUNDS, sizeof(*ms), compare_double);
    fprintf(stderr, "barrier: median %.3f ms, p99 %.3f ms, max %.3f ms\n", ms[ROUNDS / 2],
            ms[ROUNDS * 99 / 100], ms[ROUNDS - 1]);
    CHECK(ms[ROUNDS / 2] < 25);
    detach(&w);
}

/* QEMU stands still for a while: nobody waits, nothing piles up, and it goes on afterwards. */
static void test_stopped(struct guest *g)
{
    struct watcher w;

    attach(&w, g);
    CHECK(!kill(g->pid, SIGSTOP));
    scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done));
    for (int32_t i = 0; i < 100000; i++)
        scene_send_pointer_relative(w.scene, i % 3 - 1, 1, (uint32_t)i / 1000 % 2);
    CHECK(!w.lost);
    CHECK(!kill(g->pid, SIGCONT));
    w.done = 0;
    scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done));
    CHECK(!w.lost);
    detach(&w);
}

/*
 * Another program takes the display: the first one hears of it, and whoever comes when it has gone
 * has it. The second one need not keep it: QEMU (7.2) knows all listeners without a bus by one
 * name, so that the first one's end, when QEMU notices it late, ends the second, too.
 */
static void test_taken_away(struct guest *g)
{
    struct watcher first, second, third;

    attach(&first, g);
    attach(&second, g);
    scene_send_key(first.scene, 1, 0, true);
    CHECK(WAIT_FOR(first.lost));
    detach(&first);
    detach(&second);
    attach(&third, g);
    third.done = 0;
    scene_after_pixels(third.scene, on_done, &third);
    CHECK(WAIT_FOR(third.done));
    CHECK(!third.lost);
    detach(&third);
}

/* ---- A machine that repaints its whole screen without pause ------------------------------------
 */

static void count_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)region;
    frames++;
    (void)sink;
}

static void ignore(struct scene_sink *sink)
{
    (void)sink;
}

static const struct scene_sink_ops counter_ops = {ignore, ignore, count_damage};

/* Processor time of the listener's thread, in nanoseconds. */
static int64_t listener_time(void)
{
    GDir *dir = g_dir_open("/proc/self/task", 0, NULL);
    int64_t ns = -1;
    const char *task;

    while (dir && (task = g_dir_read_name(dir))) {
        g_autofree char *comm_path = g_strdup_printf("/proc/self/task/%s/comm", task);
        g_autofree char *stat_path = g_strdup_printf("/proc/self/task/%s/schedstat", task);
        g_autofree char *comm = NULL, *stat = NULL;

        if (g_file_get_contents(comm_path, &comm, NULL, NULL) && !strcmp(comm, "qemu-display\n") &&
            g_file_get_contents(stat_path, &stat, NULL, NULL))
            ns = g_ascii_strtoll(stat, NULL, 10);
    }
    if (dir)
        g_dir_close(dir);
    return ns;
}

static void measure_frames(struct scene *scene)
{
    struct scene_sink counter = {.ops = &counter_ops};
    int64_t start = g_get_monotonic_time(), before = listener_time();
    double seconds, ms;

    frames = 0;
    scene_add_sink(scene, &counter);
    CHECK(WAIT_FOR(frames >= 60));
    scene_remove_sink(scene, &counter);
    seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    ms = (double)(listener_time() - before) / 1e6;
    fprintf(stderr, "1920×1080: %.1f frames a second, listener %.2f ms a frame\n", frames / seconds,
            ms / frames);
}

/* Our main loop stands still: QEMU must not collect pictures for us. */
static void test_stall(const char *image)
{
    g_autofree char *drive =
        g_strdup_printf("file=%s,format=raw,if=ide,readonly=off,snapshot=on", image);
    const char *const arguments[] = {"-vga", "std", "-m", "64", "-drive", drive, NULL};
    struct guest g = {0};
    struct watcher w;
    long before, after, most = 0, least = LONG_MAX;

    CHECK(guest_start(&g, arguments));
    attach(&w, &g);
    CHECK(WAIT_FOR(w.scene->screen->width == 1920 && w.scene->screen->height == 1080));
    measure_frames(w.scene);
    before = guest_rss(&g);
    for (int i = 0; i < 30; i++) {
        g_usleep(100000);
        after = guest_rss(&g);
        most = MAX(most, after);
        if (i >= 20)
            least = MIN(least, after);
    }
    fprintf(stderr, "main loop stopped for 3 s: QEMU %ld kB before, at most %ld kB\n", before,
            most);
    /* On a busy machine our thread waits for a processor, and QEMU holds what is under way; but it
       does not go on growing (200 MB a second if nobody read): it comes down again. */
    CHECK(least - before < 60000);
    CHECK(!w.lost);
    measure_frames(w.scene);
    detach(&w);
    guest_stop(&g);
}

static void test_end(struct guest *g)
{
    struct watcher w;

    attach(&w, g);
    kill(g->pid, SIGKILL);
    CHECK(WAIT_FOR(w.lost));
    CHECK(w.reason.text[0]);
    scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done));
    CHECK(scene_send_key(w.scene, 30, 0, true));
    detach(&w);
}

/* The argument: the boot sector of paint.S. */
int main(int argc, char **argv)
{
    static const char *const arguments[] = {"-vga", "std", "-m", "64", NULL};
    struct guest g = {0};

    signal(SIGPIPE, SIG_IGN);
    if (!guest_start(&g, arguments)) {
        fprintf(stderr, "skipped: no qemu-system-x86_64 with a D-Bus display\n");
        return 77;
    }
    test_pixels(&g);
    test_again_and_again(&g);
    test_barrier(&g);
    test_stopped(&g);
    test_taken_away(&g);
    test_end(&g);
    guest_stop(&g);
    if (argc > 1)
        test_stall(argv[1]);
    return check_result();
}
