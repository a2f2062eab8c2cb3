/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Films on their way: which parts of the screen go as H.264, to whom, on which paths; that the rest
 * and what comes after is as it was; and that a film that cannot be encoded is seen all the same.
 */
#include "check.h"
#include "rfb_looker.h"

#include "rfb/h264/module.h"
#include "rfb/server/private.h"

#include <pthread.h>
#include <stdlib.h>

enum { W = 800, H = 600 };

static const struct rect whole = {0, 0, W, H}, film = {100, 100, 352, 288},
                         text = {520, 100, 200, 192};

/* What a camera sees that pans. */
static uint32_t colour_of_photo(uint32_t x, uint32_t y, uint32_t frame)
{
    return ((x + frame * 3) & 255) << 16 | ((y + x) / 2 & 255) << 8 | ((y / 2 + frame * 5) & 255);
}

static void paint_photo(struct scene *scene, struct rect r, uint32_t frame)
{
    paint(scene, r, frame, colour_of_photo);
}

/* As a film is: no channel is far off, on the whole. */
static bool resembles(const struct looker *l, const struct stage *s, struct rect r)
{
    int64_t sum = 0;

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            for (unsigned shift = 0; shift < 24; shift += 8)
                sum += abs((int)(surface_row(l->scene->screen, y)[x] >> shift & 255) -
                           (int)(surface_row(s->scene->screen, y)[x] >> shift & 255));
    return sum < (int64_t)r.w * r.h * 3 * 12;
}

static bool is_done(struct stage *s)
{
    pixman_box32_t all = {0, 0, W, H};

    for (struct rfb_viewer *c = s->server->clients; c; c = c->next)
        if (c->sending.open || c->owed.move_count ||
            pixman_region32_contains_rectangle(&c->owed.pixels, &all) != PIXMAN_REGION_OUT)
            return false;
    return !s->server->strips.running_count && !pixman_region32_not_empty(&s->server->unread);
}

/* A path as it was measured: bytes a second. */
static void set_paths(struct stage *s, double rate)
{
    for (struct rfb_viewer *c = s->server->clients; c; c = c->next) {
        c->sending.flow.answers = true;
        c->sending.flow.grows = false;
        c->sending.flow.rate = c->sending.flow.rate_before = rate / 1e6;
    }
}

enum { SLOW = 200000, FAST = 100000000 };

static uint32_t frame;

/* So many pictures of a film, with text beside it. */
static void play(struct stage *s, struct rect at, double rate, int pictures)
{
    while (pictures--) {
        now_us += 33000;
        frame++;
        paint_photo(s->scene, at, frame);
        paint_text(s->scene, text, frame);
        set_paths(s, rate);
        scene_commit(s->scene);
        CHECK(UNTIL(is_done(s)));
    }
}

static void become_calm(struct stage *s, struct looker *l)
{
    now_us += 1000 * RFB_TILE_CALM_MS;
    rfb_server_want_flush(s->server);
    CHECK(UNTIL(sees(l, s, whole)));
    CHECK(UNTIL(!s->server->clients->film.is_open && is_done(s)));
}

/* Most of it: its edges may lie in tiles that are mostly something else. */
static bool covers(struct rect at, struct rect r)
{
    struct rect both = rect_intersect(at, r);

    return both.w * both.h * 10 >= r.w * r.h * 8;
}

/* ---- The tests ---- */

static void check_film(void)
{
    struct rect moved = {320, 300, 352, 288};
    struct stage s;
    struct looker l;
    uint64_t drawn;

    stage_init(&s, W, H);
    l = looker_new(&s, RFB_TIGHT, 5);
    CHECK(UNTIL(sees(&l, &s, whole)));
    play(&s, film, SLOW, 12);
    CHECK(UNTIL(sees(&l, &s, text))); /* which stays what it is */
    drawn = rfb_client_drawn(l.client, RFB_OPEN_H264);
    CHECK(drawn >= 4);
    CHECK(!sees(&l, &s, film));
    CHECK(UNTIL(resembles(&l, &s, film)));
    CHECK(s.server->clients->film.is_open);
    CHECK(covers(s.server->clients->film.at, film));
    CHECK(rect_is_empty(rect_intersect(s.server->clients->film.at, text)));
    /* Elsewhere: its old place is sharpened, its new one is a film soon. */
    paint_text(s.scene, film, frame);
    now_us += 1000 * RFB_TILE_CALM_MS;
    play(&s, moved, SLOW, 12);
    CHECK(rfb_client_drawn(l.client, RFB_OPEN_H264) >= drawn + 4);
    CHECK(covers(s.server->clients->film.at, moved));
    CHECK(UNTIL(resembles(&l, &s, moved)));
    CHECK(sees(&l, &s, film) || !rect_is_empty(rect_intersect(film, moved)));
    /* It stops, is what it should be to the pixel, and the encoder goes. */
    become_calm(&s, &l);
    CHECK(!s.server->clients->streams->states[rfb_codec_index(RFB_OPEN_H264)]);
    /* Another one. */
    drawn = rfb_client_drawn(l.client, RFB_OPEN_H264);
    play(&s, film, SLOW, 12);
    CHECK(rfb_client_drawn(l.client, RFB_OPEN_H264) >= drawn + 4);
    become_calm(&s, &l);
    looker_finish(&l);
    stage_finish(&s);
}

/* Not on a path that takes JPEG, not without losses, not what is no photograph, not what is small.
 */
static void check_no_film(void)
{
    static const struct {
        unsigned quality;
        double rate;
        struct rect at;
        bool is_text;
    } cases[] = {
        {5, FAST, {100, 100, 352, 288}},       {0, SLOW, {100, 100, 352, 288}},
        {5, SLOW, {520, 100, 200, 192}, true}, {5, SLOW, {100, 100, 352, 288}, true},
        {5, SLOW, {100, 100, 200, 200}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage s;
        struct looker l;

        stage_init(&s, W, H);
        l = looker_new(&s, RFB_TIGHT, cases[i].quality);
        CHECK(UNTIL(sees(&l, &s, whole)));
        for (int k = 0; k < 12; k++) {
            if (cases[i].is_text) {
                now_us += 33000;
                paint_text(s.scene, cases[i].at, ++frame);
                set_paths(&s, cases[i].rate);
                scene_commit(s.scene);
                CHECK(UNTIL(is_done(&s)));
            } else {
                play(&s, cases[i].at, cases[i].rate, 1);
            }
        }
        CHECK_INT(rfb_client_drawn(l.client, RFB_OPEN_H264), 0);
        CHECK(!s.server->clients->film.is_open);
        become_calm(&s, &l);
        looker_finish(&l);
        stage_finish(&s);
    }
}

/* Each has an encoder of its own, so not all have one; who leaves makes room. */
static void check_many(void)
{
    struct looker l[RFB_FILMS_MAX + 2];
    unsigned open = 0, with = 0;
    struct stage s;

    stage_init(&s, W, H);
    for (size_t i = 0; i < RFB_FILMS_MAX + 2; i++) {
        l[i] = looker_new(&s, RFB_TIGHT, 5);
        CHECK(UNTIL(sees(&l[i], &s, whole)));
    }
    play(&s, film, SLOW, 14);
    for (const struct rfb_viewer *c = s.server->clients; c; c = c->next)
        open += c->film.is_open;
    CHECK_INT(open, RFB_FILMS_MAX);
    for (size_t i = 0; i < RFB_FILMS_MAX + 2; i++) {
        CHECK(UNTIL(resembles(&l[i], &s, film)));
        with += rfb_client_drawn(l[i].client, RFB_OPEN_H264) > 0;
    }
    CHECK_INT(with, RFB_FILMS_MAX);
    for (size_t i = 0; i < RFB_FILMS_MAX; i++)
        looker_finish(&l[i]);
    CHECK(UNTIL(s.server->count == 2));
    play(&s, film, SLOW, 14);
    for (size_t i = RFB_FILMS_MAX; i < RFB_FILMS_MAX + 2; i++) {
        CHECK(rfb_client_drawn(l[i].client, RFB_OPEN_H264) > 0);
        looker_finish(&l[i]);
    }
    stage_finish(&s);
}

static bool cannot(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                   const struct rfb_h264_wish *wish, struct buf *out)
{
    (void)e, (void)pixels, (void)stride, (void)wish;
    buf_append(out, "half", 4);
    return false;
}

static void check_failure(void)
{
    struct rfb_h264_encoding library = oriel_h264_encoding;
    struct stage s;
    struct looker l;

    library.encode = cannot;
    rfb_h264_use_encoding(&library);
    stage_init(&s, W, H);
    l = looker_new(&s, RFB_TIGHT, 5);
    CHECK(UNTIL(sees(&l, &s, whole)));
    play(&s, film, SLOW, 12);
    CHECK(s.server->clients->film.failed);
    CHECK_INT(rfb_client_drawn(l.client, RFB_OPEN_H264), 0);
    CHECK(UNTIL(resembles(&l, &s, film)));
    become_calm(&s, &l);
    looker_finish(&l);
    stage_finish(&s);
    rfb_h264_use_encoding(&oriel_h264_encoding);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static bool waits(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                  const struct rfb_h264_wish *wish, struct buf *out)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return oriel_h264_encoding.encode(e, pixels, stride, wish, out);
}

/* What is small and elsewhere does not wait for the film's picture. */
static void check_passing(void)
{
    const struct rect small = {700, 500, 8, 8};
    struct rfb_h264_encoding library = oriel_h264_encoding;
    struct rfb_sending *sending;
    struct stage s;
    struct looker l;

    library.encode = waits;
    rfb_h264_use_encoding(&library);
    stage_init(&s, W, H);
    l = looker_new(&s, RFB_TIGHT, 5);
    CHECK(UNTIL(sees(&l, &s, whole)));
    play(&s, film, SLOW, 12);
    sending = &s.server->clients->sending;
    pthread_mutex_lock(&gate);
    now_us += 33000;
    paint_photo(s.scene, film, ++frame);
    scene_commit(s.scene);
    CHECK(UNTIL(sending->pending_count && sending->pending[0].part.film));
    paint_text(s.scene, small, frame);
    scene_commit(s.scene);
    CHECK(UNTIL(sees(&l, &s, small)));
    CHECK(sending->pending_count && sending->pending[0].part.film);
    /* A new format changes nothing for a stream that has gone on. */
    rfb_viewer_cut_update(s.server->clients);
    CHECK(sending->pending_count && sending->pending[0].part.film);
    pthread_mutex_unlock(&gate);
    CHECK(UNTIL(!sending->pending_count && is_done(&s)));
    play(&s, film, SLOW, 3);
    CHECK(UNTIL(resembles(&l, &s, film)));
    become_calm(&s, &l);
    looker_finish(&l);
    stage_finish(&s);
    rfb_h264_use_encoding(&oriel_h264_encoding);
}

int main(void)
{
    rfb_h264_use_encoding(&oriel_h264_encoding);
    rfb_h264_use_decoding(oriel_h264_decoding());
    if (!rfb_h264_decodes())
        return 77;
    check_film();
    check_no_film();
    check_many();
    check_failure();
    check_passing();
    return check_result();
}
