/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pixels on their way: encoded in threads while the loop goes on, once for several viewers, as much
 * at a time as a viewer's path holds, as JPEG while they move and as they are when they have
 * stopped. The time is the test's own; threads are held up where the order matters.
 */
#define WATCHER_WIDTH 640
#define WATCHER_HEIGHT 480
#include "check.h"
#include "rfb_looker.h"
#include "rfb_watcher.h"

#include "io/shm.h"
#include "rfb/server/private.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

/* What a camera would see at this moment: no colour stays, and no two frames are alike. */
static uint32_t colour_of_photo(uint32_t x, uint32_t y, uint32_t frame)
{
    return ((x + frame * 3) & 255) << 16 | ((y * 2 + x) & 255) << 8 |
           ((x * 3 + y + frame * 7) & 255);
}

static void paint_photo(struct scene *scene, struct rect r, uint32_t frame)
{
    paint(scene, r, frame, colour_of_photo);
}

static const struct rect whole = {0, 0, W, H};

static struct viewer viewer_on_stage(struct stage *s)
{
    stage_init(s, W, H);
    return viewer_new(s->server);
}

/* ---- Threads ----------------------------------------------------------------------------------
 */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(struct rfb_job *job, void **states)
{
    (void)job, (void)states;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void count_finished(void *data)
{
    __atomic_add_fetch((unsigned *)data, 1, __ATOMIC_RELAXED);
}

static void check_pool(void)
{
    struct rfb_job jobs[20] = {0};
    unsigned finished = 0;
    struct rfb_pool *pool = rfb_pool_create(2, count_finished, &finished);

    for (int i = 0; i < 20; i++) {
        jobs[i].run = wait_at_gate;
        rfb_pool_add(pool, &jobs[i]);
    }
    for (int i = 0; i < 20; i++)
        while (!rfb_job_is_done(&jobs[i]))
            poll(NULL, 0, 1);
    rfb_pool_destroy(pool);
    CHECK(finished >= 10 && finished <= 20); /* of two that are done it may tell at once */

    /* What waits when the pool ends is never done, what runs is. */
    pthread_mutex_lock(&gate);
    pool = rfb_pool_create(1, count_finished, &finished);
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 3; i++) {
        jobs[i].run = wait_at_gate;
        rfb_pool_add(pool, &jobs[i]);
    }
    pthread_mutex_unlock(&gate);
    rfb_pool_destroy(pool);
    CHECK(!rfb_job_is_done(&jobs[2]) || rfb_job_is_done(&jobs[0]));
}

static bool has(struct viewer *v, unsigned updates)
{
    receive(v);
    while (v->in.len && note_message(v))
        ;
    return v->updates >= updates;
}

#define ENCODINGS(v, ...)                                                                          \
    rfb_put_set_encodings(&(v)->out, (int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / 4)

static void send_out_of(struct viewer *v)
{
    CHECK_INT(send(v->fd, v->out.data, v->out.len, MSG_NOSIGNAL), v->out.len);
    buf_clear(&v->out);
}

/* Has the threads wait at the gate, which is closed. */
static void hold_threads(struct stage *s, struct rfb_job *jobs)
{
    CHECK(s->server->strips.pool != NULL);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < RFB_POOL_THREADS_MAX; i++) {
        jobs[i] = (struct rfb_job){.run = wait_at_gate};
        rfb_pool_add(s->server->strips.pool, &jobs[i]);
    }
}

static void release_threads(struct rfb_job *jobs)
{
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < RFB_POOL_THREADS_MAX; i++)
        while (!rfb_job_is_done(&jobs[i]))
            poll(NULL, 0, 1);
}

/*
 * While a large picture is being encoded the loop goes on: a key arrives. Other messages wait for
 * the update's end, and what they change does not reach into it.
 */
static void check_busy_threads(void)
{
    struct rfb_job jobs[RFB_POOL_THREADS_MAX];
    struct pixel_format swapped = pixel_format_native;
    struct stage s;
    struct viewer v = viewer_on_stage(&s);

    paint_photo(s.scene, whole, 1);
    scene_commit(s.scene);
    ENCODINGS(&v, RFB_RAW);
    request(&v, false);
    send_out_of(&v);
    CHECK(UNTIL(has(&v, 1)));
    CHECK(picture_is_right(&v, s.scene));

    hold_threads(&s, jobs);
    paint_photo(s.scene, whole, 2);
    scene_commit(s.scene);
    request(&v, true);
    CHECK_STR(talk(&v), "");
    rfb_put_key_event(&v.out, true, 'a');
    rfb_put_client_fence(&v.out, RFB_FENCE_REQUEST | RFB_FENCE_SYNC_NEXT, "x", 1);
    swapped.red_shift = 0;
    swapped.blue_shift = 16;
    rfb_put_set_pixel_format(&v.out, &swapped);
    request(&v, true);
    CHECK_STR(talk(&v), "");
    CHECK_INT(s.keys, 1);
    release_threads(jobs);
    CHECK(UNTIL(has(&v, 2)));
    /* What was being encoded in the old format, and then all in the new one. */
    CHECK_INT(surface_row(v.picture, 5)[7], surface_row(s.scene->screen, 5)[7]);
    CHECK(UNTIL(has(&v, 3)));
    CHECK(strstr(v.said->str, "] fence(4) ["));
    CHECK_INT(surface_row(v.picture, 5)[7] & 0xff, surface_row(s.scene->screen, 5)[7] >> 16 & 0xff);

    /* A viewer that leaves in the middle, and the server's end. */
    hold_threads(&s, jobs);
    paint_photo(s.scene, whole, 3);
    scene_commit(s.scene);
    request(&v, true);
    CHECK_STR(talk(&v), "");
    viewer_finish(&v);
    CHECK_INT(rfb_server_client_count(s.server), 0);
    release_threads(jobs);
    stage_finish(&s);
}

/* ---- The path ---------------------------------------------------------------------------------
 */

/* A photograph is shown to a viewer that answers fences; its encodings are not sent yet. */
static struct viewer viewer_on_path(struct stage *s)
{
    struct viewer v = viewer_on_stage(s);

    paint_photo(s->scene, whole, 1);
    scene_commit(s->scene);
    v.answers_fences = true;
    ENCODINGS(&v, RFB_RAW, RFB_FENCE, RFB_CONTINUOUS_UPDATES);
    return v;
}

static void check_window(void)
{
    struct stage s;
    struct viewer v = viewer_on_path(&s);
    unsigned updates;

    talk(&v);
    rfb_put_enable_continuous_updates(&v.out, true, whole);
    v.answers_fences = false;
    talk(&v); /* with the greeting's answer */
    CHECK(UNTIL(has(&v, 1) && v.fences == 2));
    /* The window is full, and stays so until a fence is answered. */
    updates = v.updates;
    paint_photo(s.scene, whole, 2);
    scene_commit(s.scene);
    talk(&v);
    CHECK_INT(v.updates, updates);
    CHECK(!picture_is_right(&v, s.scene));
    /* But what is small passes, without the rest. */
    paint_text(s.scene, (struct rect){300, 200, 8, 6}, 3);
    scene_commit(s.scene);
    CHECK(strstr(talk(&v), "[raw(300,200 8x6)] fence"));
    CHECK_INT(surface_row(v.picture, 203)[303], surface_row(s.scene->screen, 203)[303]);
    CHECK_INT(v.updates, updates + 1);
    CHECK(!picture_is_right(&v, s.scene));
    rfb_put_client_fence(&v.out, 0, "orf1\0\0\0\0", 8);
    v.answers_fences = true;
    for (int i = 0; i < 2000 && !picture_is_right(&v, s.scene); i++) {
        now_us += 5000;
        talk(&v);
        poll(NULL, 0, s.server->strips.running_count ? 1 : 0);
    }
    CHECK(picture_is_right(&v, s.scene));
    CHECK(v.fences >= 3);
    viewer_finish(&v);
    stage_finish(&s);
}

/* Sends and answers until the viewer's picture is the screen; true: these pixels always were. */
static bool watch(struct stage *s, struct viewer *v, struct rect r)
{
    bool right = true;

    for (int i = 0; i < 4000 && !picture_is_right(v, s->scene); i++) {
        now_us += 1000;
        talk(v);
        for (int32_t y = r.y; y < r.y + r.h; y++)
            right = right && !memcmp(surface_row(v->picture, y) + r.x,
                                     surface_row(s->scene->screen, y) + r.x, (size_t)r.w * 4);
        poll(NULL, 0, s->server->strips.running_count ? 1 : 0);
    }
    talk(v); /* the last answers */
    CHECK(picture_is_right(v, s->scene));
    return right;
}

/*
 * A small change passes what is being encoded, even what it is painted over, and is never painted
 * over itself by what was read before it.
 */
static void check_passing(void)
{
    const struct rect small = {300, 200, 8, 6}, none = {0};
    struct rfb_job jobs[RFB_POOL_THREADS_MAX];
    struct stage s;
    struct viewer v = viewer_on_path(&s);
    unsigned updates;

    rfb_put_enable_continuous_updates(&v.out, true, whole);
    watch(&s, &v, none);

    hold_threads(&s, jobs);
    paint_photo(s.scene, whole, 2);
    scene_commit(s.scene);
    updates = v.updates;
    talk(&v);
    CHECK_INT(v.updates, updates);
    CHECK_INT(s.server->clients->sending.pending_count, RFB_SENDING_STRIPS);
    paint_text(s.scene, small, 3);
    scene_commit(s.scene);
    CHECK(strstr(talk(&v), "[raw(300,200 8x6)] fence"));
    CHECK_INT(v.updates, updates + 1);
    CHECK_INT(s.server->clients->sending.pending_count, RFB_SENDING_STRIPS);
    release_threads(jobs);
    CHECK(watch(&s, &v, small));
    CHECK(v.updates > updates + 2);

    viewer_finish(&v);
    stage_finish(&s);
}

/* Who never answers a fence has the queue to the network instead, and a limit to it. */
static void check_no_answers(void)
{
    struct stage s;
    struct viewer v = viewer_on_stage(&s);
    size_t most = 0;

    ENCODINGS(&v, RFB_RAW, RFB_FENCE, RFB_CONTINUOUS_UPDATES);
    rfb_put_enable_continuous_updates(&v.out, true, whole);
    send_out_of(&v);
    settle();
    /* It does not read either: one picture waits for it, whatever happens. */
    for (uint32_t i = 0; i < 50; i++) {
        paint_photo(s.scene, whole, i);
        scene_commit(s.scene);
        CHECK(UNTIL((settle(), !s.server->clients->sending.open)));
        most = MAX(most, io_stream_queued(s.server->clients->stream));
    }
    CHECK(most > 0 && most < (size_t)W * H * 4 + 4096);
    CHECK(UNTIL((talk(&v), picture_is_right(&v, s.scene))));
    CHECK_INT(v.fences, 1);
    viewer_finish(&v);
    stage_finish(&s);
}

/* ---- Several viewers --------------------------------------------------------------------------
 */

/* Small and large changes in turn, so that blocks of the client's own streams and others mix. */
static void check_sharing(int32_t encoding)
{
    struct stage s;
    struct looker l[3];
    uint64_t encoded;

    stage_init(&s, W, H);
    for (int i = 0; i < 3; i++)
        l[i] = looker_new(&s, encoding, 0);
    for (uint32_t k = 0; k < 24; k++) {
        struct rect part = {(int32_t)(k * 37 % 500), (int32_t)(k * 53 % 400), 60, 50};

        if (k % 3)
            paint_text(s.scene, part, k);
        else
            paint_photo(s.scene, k % 2 ? whole : part, k);
        now_us += 100000;
        scene_commit(s.scene);
        for (int i = 0; i < (k > 11 && k <= 17 ? 1 : 3); i++)
            CHECK(UNTIL(sees(&l[i], &s, whole)));
        if (k == 11) /* from here on a viewer is alone, and its own streams go on */
            for (int i = 1; i < 3; i++)
                looker_finish(&l[i]);
        if (k == 17)
            for (int i = 1; i < 3; i++)
                l[i] = looker_new(&s, encoding, 0);
    }
    encoded = s.server->strips.encoded;
    CHECK(s.server->strips.shared > 10);
    CHECK(encoded > 24);
    for (int i = 0; i < 3; i++)
        looker_finish(&l[i]);
    settle();
    stage_finish(&s);
}

/* ---- Moving pictures --------------------------------------------------------------------------
 */

static void check_sharpening(void)
{
    const struct rect film = {100, 100, 256, 192}, text = {400, 100, 200, 192};
    struct rect moved = film;
    struct stage s;
    struct looker l;
    uint64_t encoded;

    stage_init(&s, W, H);
    l = looker_new(&s, RFB_TIGHT, 3);
    CHECK(UNTIL(sees(&l, &s, whole)));
    CHECK(!rfb_server_has_timer(s.server));
    for (uint32_t k = 0; k < 8; k++) {
        now_us += 16000;
        paint_photo(s.scene, film, k);
        paint_text(s.scene, text, k);
        scene_commit(s.scene);
        CHECK(UNTIL(sees(&l, &s, text))); /* which is never JPEG */
        CHECK(UNTIL(!s.server->clients->sending.open && !s.server->strips.running_count));
    }
    CHECK(UNTIL(rfb_server_has_timer(s.server)));
    CHECK(!sees(&l, &s, film));
    /* What moves on stays what it was. */
    moved.y += 20;
    for (int32_t y = film.h - 1; y >= 0; y--)
        memcpy(surface_row(s.scene->screen, moved.y + y) + film.x,
               surface_row(s.scene->screen, film.y + y) + film.x, (size_t)film.w * 4);
    scene_damage(s.scene, rect_union(film, moved));
    now_us += 16000;
    scene_commit(s.scene);
    CHECK(UNTIL(rfb_server_has_timer(s.server)));
    CHECK(UNTIL((settle(), pixman_region32_not_empty(&s.server->clients->owed.lossy))));
    CHECK(!sees(&l, &s, moved));
    /* When it has been calm it is sharpened, and then nothing is left to do. */
    now_us += 1000 * RFB_TILE_CALM_MS;
    rfb_server_want_flush(s.server);
    CHECK(UNTIL(sees(&l, &s, whole)));
    CHECK(UNTIL(!s.server->clients->sending.open &&
                !pixman_region32_not_empty(&s.server->clients->owed.lossy)));
    /* The same painted again costs nothing. */
    encoded = s.server->strips.encoded;
    scene_damage(s.scene, whole);
    scene_commit(s.scene);
    settle();
    CHECK_INT(s.server->strips.encoded, encoded);
    CHECK(UNTIL(!rfb_server_has_timer(s.server)));
    looker_finish(&l);
    settle();
    stage_finish(&s);
}

/* Without a quality nothing is ever anything but right. */
static void check_lossless(void)
{
    struct stage s;
    struct looker l;

    stage_init(&s, W, H);
    l = looker_new(&s, RFB_TIGHT, 0);
    for (uint32_t k = 0; k < 8; k++) {
        now_us += 16000;
        paint_photo(s.scene, whole, k);
        scene_commit(s.scene);
        CHECK(UNTIL(sees(&l, &s, whole)));
    }
    CHECK(!rfb_server_has_timer(s.server));
    /* Nor is memory held for long. */
    CHECK(UNTIL(!s.server->strips.holds));
    CHECK(!s.server->strips.spare_pixels_count && !s.server->strips.spare_out_count);
    looker_finish(&l);
    settle();
    stage_finish(&s);
}

static void release_shared(struct surface *s)
{
    struct io_shm shm = {s->data, s->size, s->handle};

    io_shm_finish(&shm);
}

/* The screen becomes one that can be shared while pixels are under way, none of which may come
   after that. */
static void check_shared_in_between(int32_t encoding)
{
    struct surface *shared;
    struct io_shm shm;
    struct stage s;
    struct looker l;
    struct err err;

    CHECK_INT(io_shm_create((size_t)W * H * 4, "test", &shm, &err), 0);
    shared = surface_wrap(W, H, (size_t)W * 4, shm.data, shm.size, shm.fd, release_shared);
    stage_init(&s, W, H);
    l = looker_new(&s, encoding, 0);
    CHECK(UNTIL(sees(&l, &s, whole)));
    paint_photo(s.scene, whole, 1);
    scene_commit(s.scene);
    CHECK(UNTIL(s.server->clients->sending.pending_count));
    scene_set_screen(s.scene, shared);
    paint_photo(s.scene, whole, 2);
    scene_commit(s.scene);
    CHECK(UNTIL(rfb_client_is_shared(l.client) && sees(&l, &s, whole)));
    surface_unref(shared);
    looker_finish(&l);
    settle();
    stage_finish(&s);
}

int main(void)
{
    check_shared_in_between(RFB_RAW);
    check_shared_in_between(RFB_ZRLE);
    check_shared_in_between(RFB_TIGHT);
    check_pool();
    check_busy_threads();
    check_window();
    check_passing();
    check_no_answers();
    check_sharing(RFB_RAW);
    check_sharing(RFB_ZRLE);
    check_sharing(RFB_TIGHT);
    check_sharing(RFB_ZLIB);
    check_sharpening();
    check_lossless();
    return check_result();
}
