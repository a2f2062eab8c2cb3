/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The QEMU source against a QEMU made of a GDBus server, which does what the real one does, in the
 * worst order: updates that don't fit, sizes that are old news, answers withheld, lies, ends.
 */
#include "check.h"
#include "fake_qemu.h"
#include "scene/audio.h"
#include "source/qemu/qemu.h"
#include "wait.h"

#include <linux/input-event-codes.h>
#include <unistd.h>

struct world {
    struct fake_qemu *qemu;
    struct scene *scene;
    struct scene_sink sink;
    struct source_qemu *source;
    bool ready, lost;
    struct err reason;
    unsigned screens, damages, done;
    pixman_region32_t damage; /* since it was cleared */
};

/* ---- A sink and an owner that write down what they hear ----------------------------------------
 */

static struct world *world_of(struct scene_sink *sink)
{
    return (struct world *)(void *)((char *)sink - offsetof(struct world, sink));
}

static void on_screen(struct scene_sink *sink)
{
    world_of(sink)->screens++;
}

static void on_facts(struct scene_sink *sink)
{
    (void)sink;
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct world *w = world_of(sink);

    w->damages++;
    pixman_region32_union(&w->damage, &w->damage, region);
}

static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};

static void on_ready(void *owner)
{
    ((struct world *)owner)->ready = true;
}

static void on_lost(void *owner, const struct err *reason)
{
    struct world *w = owner;

    CHECK(!w->lost);
    w->lost = true;
    w->reason = *reason;
}

static const struct source_qemu_ops ops = {on_ready, on_lost};

static void on_done(void *data)
{
    ((struct world *)data)->done++;
}

static void world_begin(struct world *w)
{
    struct err err = {0};
    int fd;

    *w = (struct world){.qemu = fake_qemu_create(&fd), .scene = scene_create()};
    pixman_region32_init(&w->damage);
    w->sink.ops = &sink_ops;
    scene_add_sink(w->scene, &w->sink);
    w->source = source_qemu_create(w->scene, fd, &ops, w, &err);
    CHECK(w->source);
}

static void world_start(struct world *w)
{
    world_begin(w);
    CHECK(WAIT_FOR(w->ready && fake_qemu_has_listener(w->qemu)));
    CHECK(!w->lost);
}

static void world_end(struct world *w)
{
    source_qemu_destroy(w->source);
    scene_remove_sink(w->scene, &w->sink);
    scene_destroy(w->scene);
    pixman_region32_fini(&w->damage);
    fake_qemu_destroy(w->qemu);
}

/* All that QEMU has sent is in the scene. On a busy machine the deadline may come first: again. */
static void settle(struct world *w)
{
    for (int tries = 0; tries < 100; tries++) {
        unsigned before = w->done;
        int64_t start = g_get_monotonic_time();

        scene_after_pixels(w->scene, on_done, w);
        CHECK_INT(w->done, before);
        CHECK(WAIT_FOR(w->done > before));
        if (g_get_monotonic_time() - start < 40000)
            return;
    }
    CHECK(!"settled");
}

static uint32_t pixel(const struct world *w, int32_t x, int32_t y)
{
    return surface_row(w->scene->screen, y)[x] & 0xffffff;
}

static bool has_size(const struct world *w, uint32_t width, uint32_t height)
{
    return w->scene->screen && w->scene->screen->width == width &&
           w->scene->screen->height == height;
}

/* ---- Pictures ----------------------------------------------------------------------------------
 */

static void test_start_and_pictures(void)
{
    struct world w;
    pixman_box32_t *box;

    world_start(&w);
    CHECK_STR(w.scene->name, "fake");
    CHECK_INT(w.scene->leds, 2);
    CHECK(!w.scene->pointer_is_absolute);
    fake_qemu_scanout(w.qemu, 640, 480, 0x112233);
    settle(&w);
    CHECK(has_size(&w, 640, 480));
    CHECK_INT(pixel(&w, 0, 0), 0x112233);
    CHECK_INT(pixel(&w, 639, 479), 0x112233);
    CHECK(w.scene->screen->handle >= 0);
    fake_qemu_update(w.qemu, 10, 20, 30, 40, 0x445566);
    settle(&w);
    CHECK_INT(w.screens, 1);
    box = pixman_region32_extents(&w.damage);
    CHECK(box->x1 == 10 && box->y1 == 20 && box->x2 == 40 && box->y2 == 60);
    CHECK_INT(pixel(&w, 10, 20), 0x445566);
    CHECK_INT(pixel(&w, 39, 59), 0x445566);
    CHECK_INT(pixel(&w, 40, 59), 0x112233);
    /* The same again is no news. */
    w.damages = 0;
    fake_qemu_update(w.qemu, 10, 20, 30, 40, 0x445566);
    fake_qemu_scanout(w.qemu, 640, 480, 0);
    fake_qemu_scanout(w.qemu, 640, 480, 0);
    settle(&w);
    CHECK(w.damages >= 1);
    w.damages = 0;
    fake_qemu_scanout(w.qemu, 640, 480, 0);
    settle(&w);
    CHECK_INT(w.damages, 0);
    CHECK_INT(w.screens, 1);
    world_end(&w);
}

/* An Update that does not fit, and the property before, after, or never. */
static void test_growing(bool property_first)
{
    struct world w;

    world_start(&w);
    fake_qemu_scanout(w.qemu, 640, 480, 0x010101);
    settle(&w);
    CHECK(has_size(&w, 640, 480));
    if (property_first) {
        fake_qemu_set_size(w.qemu, 720, 400);
        CHECK(WAIT_FOR(has_size(&w, 720, 400)));
    }
    for (int32_t y = 0; y < 400; y += 16)
        fake_qemu_update(w.qemu, 0, y, 720, 16, 0x020000u + (uint32_t)y);
    if (!property_first) {
        settle(&w);
        CHECK(has_size(&w, 720, 480) || has_size(&w, 640, 480));
        fake_qemu_set_size(w.qemu, 720, 400);
    }
    CHECK(WAIT_FOR(has_size(&w, 720, 400)));
    settle(&w);
    for (int32_t y = 0; y < 400; y += 16)
        CHECK(pixel(&w, 0, y) == 0x020000u + (uint32_t)y &&
              pixel(&w, 719, y + 15) == 0x020000u + (uint32_t)y);
    world_end(&w);
}

/* A size that is old news crops the screen; when the right one comes, no pixel is missing. */
static void test_old_size(void)
{
    struct world w;

    world_start(&w);
    fake_qemu_scanout(w.qemu, 64, 48, 0xabcdef);
    settle(&w);
    fake_qemu_set_size(w.qemu, 32, 24);
    CHECK(WAIT_FOR(has_size(&w, 32, 24)));
    fake_qemu_update(w.qemu, 0, 0, 8, 8, 0x123456);
    settle(&w);
    fake_qemu_set_size(w.qemu, 16, 48);
    CHECK(WAIT_FOR(has_size(&w, 16, 48)));
    fake_qemu_set_size(w.qemu, 64, 48);
    CHECK(WAIT_FOR(has_size(&w, 64, 48)));
    CHECK_INT(pixel(&w, 0, 0), 0x123456);
    CHECK_INT(pixel(&w, 8, 8), 0xabcdef);
    CHECK_INT(pixel(&w, 63, 47), 0xabcdef);
    /* A Scanout that disagrees with the property makes us ask, and the answer is believed. */
    fake_qemu_scanout(w.qemu, 100, 100, 0xabcdef);
    CHECK(WAIT_FOR(has_size(&w, 100, 100)));
    CHECK(WAIT_FOR(has_size(&w, 64, 48)));
    world_end(&w);
}

static void test_lies(void)
{
    static const struct {
        int32_t x, y, w, h;
        uint32_t stride, format;
        size_t len;
    } lies[] = {
        {0, 0, 8, 8, 32, FAKE_X8R8G8B8, 255},
        {-1, 0, 8, 8, 32, FAKE_X8R8G8B8, 256},
        {16380, 0, 8, 8, 32, FAKE_X8R8G8B8, 256},
        {0, 0, 8, 0x7fffffff, 32, FAKE_X8R8G8B8, 256},
    };
    struct world w;

    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        world_start(&w);
        fake_qemu_scanout(w.qemu, 64, 48, 1);
        settle(&w);
        fake_qemu_raw_update(w.qemu, lies[i].x, lies[i].y, lies[i].w, lies[i].h, lies[i].stride,
                             lies[i].format, lies[i].len);
        CHECK(WAIT_FOR(w.lost));
        CHECK(w.reason.text[0]);
        CHECK_INT(pixel(&w, 0, 0), 1);
        world_end(&w);
    }
    /* A format that nobody shows is no reason to leave. */
    world_start(&w);
    fake_qemu_scanout(w.qemu, 64, 48, 1);
    fake_qemu_raw_update(w.qemu, 0, 0, 8, 8, 32, 0x12345678, 256);
    fake_qemu_update(w.qemu, 0, 0, 1, 1, 2);
    settle(&w);
    CHECK(!w.lost);
    CHECK_INT(pixel(&w, 0, 0), 2);
    world_end(&w);
}

static void test_pointer_image(void)
{
    uint32_t image[4] = {0xff112233, 0x80402010, 0, 0xffffffff};
    struct world w;

    world_start(&w);
    CHECK(!w.scene->cursor);
    fake_qemu_cursor(w.qemu, 2, 2, 1, 0, image, sizeof(image));
    fake_qemu_mouse(w.qemu, 5, 6, 1);
    settle(&w);
    CHECK(w.scene->cursor && w.scene->cursor->width == 2 && w.scene->cursor->hot_x == 1);
    CHECK(w.scene->cursor && !memcmp(w.scene->cursor->pixels, image, sizeof(image)));
    CHECK_INT(w.scene->pointer_x, 6);
    CHECK_INT(w.scene->pointer_y, 6);
    fake_qemu_mouse(w.qemu, 0, 0, 0);
    settle(&w);
    CHECK(w.scene->cursor && w.scene->cursor->width == 0);
    CHECK_INT(w.scene->pointer_x, 6);
    fake_qemu_mouse(w.qemu, 5, 6, 1);
    settle(&w);
    CHECK(w.scene->cursor && w.scene->cursor->width == 2);
    fake_qemu_cursor(w.qemu, 2, 2, 0, 0, image, 15);
    CHECK(WAIT_FOR(w.lost));
    world_end(&w);
}

/* ---- Input -------------------------------------------------------------------------------------
 */

static void expect_calls(struct world *w, const char *calls)
{
    CHECK(WAIT_FOR(!strcmp(fake_qemu_calls(w->qemu), calls)));
    CHECK_STR(fake_qemu_calls(w->qemu), calls);
    fake_qemu_forget_calls(w->qemu);
}

static void test_keys(void)
{
    struct world w;

    world_start(&w);
    scene_send_key(w.scene, KEY_A, 0, true);
    scene_send_key(w.scene, KEY_A, 0, false);
    scene_send_key(w.scene, KEY_A, 0, false); /* is not down */
    scene_send_key(w.scene, KEY_MICMUTE, 0, true);
    scene_send_key(w.scene, UINT32_MAX, 0, true);
    scene_send_key(w.scene, KEY_UP, 0, true);
    scene_send_key(w.scene, KEY_LEFTCTRL, 0, true);
    expect_calls(&w, "Press 30 Release 30 Press 200 Press 29 ");
    fake_qemu_set_leds(w.qemu, 4);
    CHECK(WAIT_FOR(w.scene->leds == 4));
    /* Keys that are down are let go before the connection is. */
    source_qemu_destroy(w.source);
    w.source = NULL;
    expect_calls(&w, "Release 29 Release 200 ");
    world_end(&w);
}

static void test_pointer(void)
{
    struct world w;

    world_start(&w);
    fake_qemu_set_size(w.qemu, 640, 480);
    fake_qemu_scanout(w.qemu, 640, 480, 0);
    settle(&w);
    /* Relative: QEMU would refuse a place. */
    scene_send_pointer(w.scene, 100, 100, 0);
    scene_send_pointer(w.scene, 110, 95, 0);
    expect_calls(&w, "RelMotion 10 -5 ");
    scene_send_pointer_relative(w.scene, 3, 4, 1);
    expect_calls(&w, "RelMotion 3 4 Press 0 ");
    fake_qemu_set_absolute(w.qemu, true);
    CHECK(WAIT_FOR(w.scene->pointer_is_absolute));
    scene_send_pointer(w.scene, 20, 30, 0);
    expect_calls(&w, "SetAbsPosition 21 31 Release 0 ");
    scene_send_pointer(w.scene, -5, 100000, 0xffffffff);
    expect_calls(&w, "SetAbsPosition 1 479 Press 0 Press 1 Press 2 Press 5 Press 6 ");
    scene_send_pointer_relative(w.scene, 7, -9, 0);
    CHECK(WAIT_FOR(strstr(fake_qemu_calls(w.qemu), "Release 6 ")));
    fake_qemu_forget_calls(w.qemu);
    scene_send_wheel(w.scene, 0, 60);
    scene_send_wheel(w.scene, 0, 60);
    scene_send_wheel(w.scene, 240, -120);
    expect_calls(&w, "Press 4 Release 4 Press 8 Release 8 Press 8 Release 8 Press 3 Release 3 ");
    world_end(&w);
}

/* Motions merge while one is unanswered, and never pass a click. */
static void test_merging(void)
{
    struct world w;

    world_start(&w);
    fake_qemu_set_size(w.qemu, 640, 480);
    fake_qemu_set_absolute(w.qemu, true);
    CHECK(WAIT_FOR(w.scene->pointer_is_absolute));
    fake_qemu_withhold(w.qemu, true);
    for (int32_t i = 0; i < 1000; i++)
        scene_send_pointer(w.scene, i % 600, 1, 0);
    scene_send_pointer(w.scene, 7, 8, 1);
    expect_calls(&w, "SetAbsPosition 1 2 SetAbsPosition 8 9 Press 0 ");
    for (int32_t i = 0; i < 2000; i++) {
        scene_send_key(w.scene, KEY_A, 0, true);
        scene_send_key(w.scene, KEY_A, 0, false);
    }
    /* What is down is let go, however many answers are missing; and it is the last call. */
    scene_send_pointer(w.scene, 7, 8, 0);
    CHECK(WAIT_FOR(strstr(fake_qemu_calls(w.qemu), "Release 0 ")));
    CHECK(fake_qemu_withheld(w.qemu) >= 500 && fake_qemu_withheld(w.qemu) <= 600);
    fake_qemu_withhold(w.qemu, false);
    fake_qemu_forget_calls(w.qemu);
    CHECK(WAIT_FOR(fake_qemu_withheld(w.qemu) == 0));
    scene_send_pointer(w.scene, 9, 9, 0);
    expect_calls(&w, "SetAbsPosition 10 10 ");
    world_end(&w);
}

static void test_screen_size(void)
{
    struct world w;

    world_start(&w);
    fake_qemu_withhold(w.qemu, true);
    for (uint32_t i = 0; i < 100; i++)
        scene_send_screen_size(w.scene, 1000 + i, 700, 70000, 200);
    scene_send_screen_size(w.scene, 0, 700, 0, 0);
    scene_send_screen_size(w.scene, 16385, 700, 0, 0);
    expect_calls(&w, "SetUIInfo 65535 200 1000 700 ");
    fake_qemu_withhold(w.qemu, false);
    expect_calls(&w, "SetUIInfo 65535 200 1099 700 ");
    fake_qemu_refuse_sizes(w.qemu);
    scene_send_screen_size(w.scene, 800, 600, 0, 0);
    expect_calls(&w, "SetUIInfo 0 0 800 600 ");
    settle(&w);
    scene_send_screen_size(w.scene, 800, 601, 0, 0);
    scene_send_key(w.scene, KEY_A, 0, true);
    expect_calls(&w, "Press 30 ");
    world_end(&w);
}

/* ---- The barrier and the end -------------------------------------------------------------------
 */

static void test_barrier(void)
{
    struct world w;

    world_start(&w);
    for (uint32_t i = 1; i <= 100; i++) {
        fake_qemu_scanout(w.qemu, 320, 200, i);
        settle(&w);
        CHECK_INT(pixel(&w, 319, 199), i);
    }
    w.done = 0;
    for (int i = 0; i < 10; i++)
        scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done == 10));
    /* Those that wait are called at the end. */
    for (int i = 0; i < 10; i++)
        scene_after_pixels(w.scene, on_done, &w);
    source_qemu_destroy(w.source);
    w.source = NULL;
    CHECK_INT(w.done, 20);
    world_end(&w);
}

/* QEMU stands still: nobody waits longer than the deadline. */
static void test_silence(void)
{
    struct world w;
    int64_t start;

    world_begin(&w);
    fake_qemu_stay_silent(w.qemu);
    CHECK(WAIT_FOR(w.ready));
    start = g_get_monotonic_time();
    scene_after_pixels(w.scene, on_done, &w);
    scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done == 2));
    CHECK(g_get_monotonic_time() - start >= 45000);
    CHECK(!w.lost);
    world_end(&w);
}

static void test_ends(void)
{
    struct world w;

    world_start(&w);
    fake_qemu_close_listener(w.qemu);
    CHECK(WAIT_FOR(w.lost));
    scene_after_pixels(w.scene, on_done, &w);
    CHECK(WAIT_FOR(w.done == 1));
    world_end(&w);

    world_start(&w);
    fake_qemu_close(w.qemu);
    CHECK(WAIT_FOR(w.lost));
    scene_send_key(w.scene, KEY_A, 0, true);
    scene_send_pointer(w.scene, 1, 1, 1);
    world_end(&w);

    /* Another program took the display: the connection stays, the objects are gone. */
    world_start(&w);
    fake_qemu_unexport(w.qemu);
    scene_send_key(w.scene, KEY_A, 0, true);
    CHECK(WAIT_FOR(w.lost));
    world_end(&w);

    world_begin(&w);
    fake_qemu_have_no_graphics(w.qemu);
    CHECK(WAIT_FOR(w.lost));
    CHECK(strstr(w.reason.text, "graphics card"));
    world_end(&w);

    /* It ends before it says a word. */
    world_begin(&w);
    fake_qemu_close(w.qemu);
    CHECK(WAIT_FOR(w.lost));
    world_end(&w);
}

/* Destroyed at every stage of its start. */
static void test_interrupted_start(void)
{
    struct world w;

    for (int stop = 0; stop < 60; stop++) {
        world_begin(&w);
        for (int i = 0; i < stop && !w.ready; i++)
            g_main_context_iteration(NULL, TRUE);
        world_end(&w);
    }
}

static void test_no_socket(void)
{
    struct scene *scene = scene_create();
    struct err err = {0};
    int fds[2];

    CHECK(!source_qemu_create(scene, -1, &ops, NULL, &err));
    CHECK(err.text[0]);
    CHECK(!pipe(fds));
    CHECK(!source_qemu_create(scene, fds[0], &ops, NULL, &err));
    close(fds[1]);
    scene_destroy(scene);
}

struct ear {
    struct scene_listener listener;
    uint32_t rate;
    unsigned begun, ended;
    size_t frames;
    int16_t first[2];
};

static void on_begin(struct scene_listener *l, uint32_t rate)
{
    ((struct ear *)l)->rate = rate;
    ((struct ear *)l)->begun++;
}

static void on_samples(struct scene_listener *l, const int16_t *stereo, size_t frames)
{
    if (!((struct ear *)l)->frames)
        memcpy(((struct ear *)l)->first, stereo, 4);
    ((struct ear *)l)->frames += frames;
}

static void on_end(struct scene_listener *l)
{
    ((struct ear *)l)->ended++;
}

/* The guest's sound, while somebody listens; and a QEMU that would die of that is left alone. */
static void test_sound(bool of_today)
{
    static const struct scene_listener_ops ear_ops = {on_begin, on_samples, on_end};
    struct ear ear = {.listener = {.ops = &ear_ops}};
    struct world w;

    world_begin(&w);
    fake_qemu_have_sound(w.qemu, of_today);
    CHECK(WAIT_FOR(w.ready && fake_qemu_has_listener(w.qemu)));
    CHECK_INT(scene_has_audio(w.scene), of_today);
    CHECK(!fake_qemu_is_heard(w.qemu));
    for (int i = 0; i < 2; i++) {
        scene_listen(w.scene, &ear.listener);
        if (!of_today) {
            settle(&w);
            CHECK(!fake_qemu_is_heard(w.qemu));
            scene_unlisten(&ear.listener);
            continue;
        }
        CHECK(WAIT_FOR(fake_qemu_is_heard(w.qemu)));
        ear.frames = 0;
        fake_qemu_play(w.qemu, "\x12\x34\xff\xff\0", 5);
        CHECK(WAIT_FOR(ear.frames == 2));
        CHECK(ear.rate == 8000 && ear.first[0] == 0x1234 && ear.first[1] == 0x1234);
        fake_qemu_stop_playing(w.qemu);
        CHECK(WAIT_FOR(ear.ended == (unsigned)i + 1));
        scene_unlisten(&ear.listener);
        CHECK(WAIT_FOR(!fake_qemu_is_heard(w.qemu)));
    }
    CHECK_INT(ear.begun, of_today ? 2 : 0);
    world_end(&w);
}

int main(void)
{
    test_start_and_pictures();
    test_growing(false);
    test_growing(true);
    test_old_size();
    test_lies();
    test_pointer_image();
    test_keys();
    test_pointer();
    test_merging();
    test_screen_size();
    test_barrier();
    test_silence();
    test_ends();
    test_interrupted_start();
    test_no_socket();
    test_sound(true);
    test_sound(false);
    fake_qemu_drain();
    return check_result();
}
