/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recorded sessions: the file's blocks split at every byte; a scene recorded and played ends with
 * the same pixels, size, pointer and name; recordings in other formats than ours, and broken ones.
 */
#include "base/arith.h"
#include "base/wire.h"
#include "check.h"
#include "pixel/format.h"
#include "reach/player.h"
#include "record/session.h"
#include "rfb/client/client.h"
#include "rfb/msg/fbs.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

static uint32_t seed = 5;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* ---- The file ---- */

static void test_blocks(void)
{
    struct buf b = BUF_INIT;
    struct fbs_block block;
    struct err err = {0};
    size_t used, begin;

    fbs_put_version(&b);
    for (size_t len = 0; len < FBS_VERSION_BYTES; len++)
        CHECK_INT(fbs_read_version(b.data, len, &used, &err), 0);
    CHECK_INT(fbs_read_version(b.data, b.len, &used, &err), 1);
    CHECK_INT(used, FBS_VERSION_BYTES);
    CHECK_INT(fbs_read_version((const uint8_t *)"FBS 002", 7, &used, &err), -1);
    for (size_t len = 0; len < 9; len++) {
        begin = b.len;
        fbs_put_block(&b, "abcdefgh", len, 1000 + (uint32_t)len);
        CHECK_INT(b.len % 4, 0);
        for (size_t there = 0; there < b.len - begin; there++)
            CHECK_INT(fbs_read_block(b.data + begin, there, &used, &block, &err), 0);
        CHECK_INT(fbs_read_block(b.data + begin, b.len - begin, &used, &block, &err), 1);
        CHECK_INT(used, b.len - begin);
        CHECK_INT(block.ms, 1000 + len);
        CHECK(block.len == len && !memcmp(block.data, "abcdefgh", len));
    }
    CHECK_INT(fbs_read_block((const uint8_t *)"\0\x40\0\0", 4, &used, &block, &err), 0);
    CHECK_INT(fbs_read_block((const uint8_t *)"\0\x40\0\1", 4, &used, &block, &err), -1);
    CHECK_INT(fbs_read_block((const uint8_t *)"\xff\xff\xff\xff", 4, &used, &block, &err), -1);
    buf_finish(&b);
}

/* ---- Playing ---- */

struct play {
    struct scene *scene;
    struct rfb_client *client;
    struct player *player;
    bool over, late;
    char reason[512];
};

static void on_closed(void *owner, const char *reason)
{
    struct play *p = owner;

    snprintf(p->reason, sizeof(p->reason), "%s", reason);
    p->over = true;
}

static gboolean on_late(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

/* Plays the file to its end; false: it cannot be played at all. */
static bool play(struct play *p, const char *path)
{
    static const struct rfb_client_ops ops = {.closed = on_closed};
    struct err err = {0};
    guint timer;
    int fd;

    *p = (struct play){.scene = scene_create()};
    p->player = player_start(path, &fd, &err);
    if (!p->player) {
        snprintf(p->reason, sizeof(p->reason), "%s", err.text);
        return false;
    }
    p->client = rfb_client_create(p->scene, fd, &ops, p);
    rfb_client_treat_as_remote(p->client);
    rfb_client_treat_as_recording(p->client);
    timer = g_timeout_add_seconds(PATIENCE_S, on_late, &p->late);
    while (!p->over && !p->late)
        g_main_context_iteration(NULL, TRUE);
    if (!p->late)
        g_source_remove(timer);
    CHECK(p->over);
    return true;
}

static void play_finish(struct play *p)
{
    rfb_client_destroy(p->client);
    player_destroy(p->player);
    scene_destroy(p->scene);
}

/* ---- Recording ---- */

static void on_failed(void *owner, const struct err *err)
{
    snprintf(owner, 256, "%.200s", err->text);
}

/* What was committed is in the file once that has grown and nothing more is under way. */
static void wait_for_growth(const struct record_session *r, uint64_t than)
{
    bool late = false;
    guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, &late);

    while (record_session_bytes(r) <= than && !late)
        g_main_context_iteration(NULL, TRUE);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    CHECK(!late);
    if (!late)
        g_source_remove(timer);
}

static void paint(struct scene *scene, struct rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            surface_row(scene->screen, y)[x] = x % 50 < 25 ? random_next() : 0x204060;
    scene_damage(scene, r);
}

static void set_screen(struct scene *scene, uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h);

    scene_set_screen(scene, s);
    surface_unref(s);
    paint(scene, (struct rect){0, 0, (int32_t)w, (int32_t)h});
}

static void record_something(struct scene *scene, int fd)
{
    static const uint32_t arrow[4] = {0xffffffff, 0xff000000, 0, 0xff00ff00};
    char why[256] = "";
    struct cursor *cursor = cursor_create(2, 2, 1, 0, arrow);
    struct record_session *r;
    uint64_t before = 0;

    scene_set_name(scene, "tape");
    set_screen(scene, 150, 100);
    scene_commit(scene);
    r = record_session_create(scene, fd, on_failed, why);
    wait_for_growth(r, FBS_VERSION_BYTES + 200);
    for (int i = 0; i < 20; i++) {
        before = record_session_bytes(r);
        if (i == 10)
            set_screen(scene, 200, 120);
        if (i == 15)
            scene_set_cursor(scene, cursor);
        paint(scene, (struct rect){i * 3, i * 2, 20 + i, 9});
        scene_commit(scene);
        wait_for_growth(r, before);
    }
    CHECK_STR(why, "");
    record_session_destroy(r);
    cursor_unref(cursor);
}

static bool is_equal(const struct surface *a, const struct surface *b)
{
    if (!b || a->width != b->width || a->height != b->height)
        return false;
    for (int32_t y = 0; y < (int32_t)a->height; y++)
        for (uint32_t x = 0; x < a->width; x++)
            if ((surface_row(a, y)[x] ^ surface_row(b, y)[x]) & 0xffffff)
                return false;
    return true;
}

static void test_recording(void)
{
    struct scene *scene = scene_create();
    char path[] = "/tmp/oriel-test-record-XXXXXX";
    int fd = mkstemp(path);
    struct play p;

    record_something(scene, fd);
    CHECK(play(&p, path));
    CHECK(is_equal(scene->screen, p.scene->screen));
    CHECK(p.scene->cursor && p.scene->cursor->width == 2 && p.scene->cursor->hot_x == 1);
    CHECK_STR(p.scene->name, "tape");
    CHECK_STR(player_error(p.player), "");
    CHECK(rfb_client_was_lost(p.client)); /* it ended, and broke no rule */
    play_finish(&p);
    CHECK(!ftruncate(fd, lseek(fd, 0, SEEK_END) - 3));
    CHECK(play(&p, path));
    CHECK_STR(player_error(p.player), "the recording ends in the middle of a block");
    play_finish(&p);
    CHECK(!ftruncate(fd, 5));
    CHECK(!play(&p, path));
    CHECK(strstr(p.reason, "too short"));
    play_finish(&p);
    close(fd);
    unlink(path);
    CHECK(!play(&p, path));
    CHECK(strstr(p.reason, "cannot open"));
    play_finish(&p);
    scene_destroy(scene);
}

/* ---- Of others ---- */

/* A session of one Raw rectangle of 3 by 1, "abc" in whatever format there is. */
static struct buf made_by_hand(const struct pixel_format *f, const void *pixels)
{
    struct buf session = BUF_INIT, file = BUF_INIT;

    buf_append(&session, "RFB 003.003\n\0\0\0\1\0\3\0\1", 20);
    pixel_format_put(&session, f);
    buf_append(&session, "\0\0\0\3abc", 7);
    buf_append(&session, "\0\0\0\1\0\0\0\0\0\3\0\1\0\0\0\0", 16);
    buf_append(&session, pixels, 3 * (size_t)f->bits_per_pixel / 8);
    fbs_put_version(&file);
    for (size_t i = 0; i < session.len; i++) /* a byte a block */
        fbs_put_block(&file, session.data + i, 1, (uint32_t)i / 8);
    buf_finish(&session);
    return file;
}

static void test_formats(void)
{
    static const struct {
        struct pixel_format format;
        const char *pixels;
        uint32_t want[3];
        const char *wrong;
    } cases[] = {
        {{32, 24, true, true, 255, 255, 255, 16, 8, 0},
         "\0\1\2\3\0\xff\xff\xff\0\7\6\5",
         {0x010203, 0xffffff, 0x070605},
         NULL},
        {{16, 16, false, true, 31, 63, 31, 11, 5, 0},
         "\x00\xf8\xe0\x07\x1f\x00",
         {0xff0000, 0x00ff00, 0x0000ff},
         NULL},
        {{8, 8, false, true, 7, 7, 3, 0, 3, 6}, "\7\x38\xc0", {0xff0000, 0x00ff00, 0x0000ff}, NULL},
        {{8, 8, false, false, 0, 0, 0, 0, 0, 0}, "abc", {0}, "out of a map"},
        {{32, 24, false, true, 255, 255, 255, 16, 8, 60}, "abcabcabcabc", {0}, "colour"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char path[] = "/tmp/oriel-test-record-XXXXXX";
        struct buf file = made_by_hand(&cases[i].format, cases[i].pixels);
        int fd = mkstemp(path);
        struct play p;

        CHECK(write(fd, file.data, file.len) == (ssize_t)file.len);
        CHECK(play(&p, path));
        CHECK(rfb_client_was_lost(p.client) == !cases[i].wrong);
        if (cases[i].wrong) {
            CHECK(strstr(p.reason, cases[i].wrong));
        } else {
            for (int x = 0; x < 3; x++)
                CHECK_INT(surface_row(p.scene->screen, 0)[x] & 0xffffff, cases[i].want[x]);
        }
        if (cases[i].wrong && !strstr(p.reason, cases[i].wrong))
            fprintf(stderr, "  %s\n", p.reason);
        play_finish(&p);
        buf_finish(&file);
        close(fd);
        unlink(path);
    }
}

int main(void)
{
    test_blocks();
    test_recording();
    test_formats();
    return check_result();
}
