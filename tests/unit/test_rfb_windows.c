/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a viewer is told about windows: a scripted scene, and a second scene that takes what was
 * said. However the story goes and wherever a slow viewer's pieces are cut, the second must end as
 * the first.
 */
#include "check.h"

#include "base/mem.h"
#include "rfb/server/windows.h"

#include <stdlib.h>

enum { ALL = 1 << 30 };

/* ---- A scene that talks, and one that listens -------------------------------------------------
 */

static void apply(struct scene *scene, struct win_msg msg)
{
    struct err err = {""};

    if (scene_apply(scene, &msg, &err) < 0)
        fprintf(stderr, "refused: %s\n", err.text);
    CHECK(!err.text[0]);
}

static void sync_scene(struct scene *scene, enum win_type type)
{
    apply(scene, (struct win_msg){type, .sync = {1}});
}

static void window(struct scene *scene, uint32_t id, int32_t x)
{
    apply(scene, (struct win_msg){
                     WIN_WINDOW,
                     .window = {.id = id, .place = {x, 10, 100, 50}, .source = {x, 10, 100, 50}}});
}

static void title(struct scene *scene, uint32_t id, const char *text)
{
    apply(scene, (struct win_msg){WIN_TITLE, .title = {id, {text, strlen(text)}}});
}

static void icon(struct scene *scene, uint32_t id, uint32_t side, uint32_t colour)
{
    uint32_t *pixels = mem_alloc0((size_t)side * side, 4);

    for (uint32_t i = 0; i < side * side; i++)
        pixels[i] = colour + i;
    apply(scene, (struct win_msg){WIN_ICON, .icon = {id, side, side, pixels}});
    free(pixels);
}

static void stack(struct scene *scene, uint32_t a, uint32_t b)
{
    uint32_t ids[] = {a, b};

    apply(scene, (struct win_msg){WIN_STACK, .order = {7, 2, ids}});
}

static void gone(struct scene *scene, uint32_t id)
{
    apply(scene, (struct win_msg){WIN_GONE, .id = {id, 0}});
}

struct listener {
    struct rfb_windows_told told;
    struct scene *scene;
    char said[512]; /* the types of the last messages, "SYNC_BEGIN WINDOW …" */
};

static void take(struct listener *l, const struct buf *b)
{
    size_t done = 0;

    while (done < b->len) {
        struct win_msg msg;
        struct err err = {""};
        size_t used = 0, len = strlen(l->said);

        CHECK_INT(win_msg_decode(b->data + done, b->len - done, &used, &msg, &err), WIN_MESSAGE);
        if (err.text[0])
            fprintf(stderr, "%s\n", err.text);
        snprintf(l->said + len, sizeof(l->said) - len, "%s%s", len ? " " : "",
                 win_type_name(msg.type));
        if (msg.type == WIN_SYNC_END && msg.sync.epoch == WIN_EPOCH_NONE)
            scene_drop_windows(l->scene);
        else if (msg.type == WIN_SYNC_END && msg.sync.epoch == WIN_EPOCH_ELSEWHERE)
            scene_set_windows_elsewhere(l->scene);
        else if (scene_apply(l->scene, &msg, &err) < 0)
            fprintf(stderr, "the viewer refuses: %s\n", err.text);
        CHECK(!err.text[0]);
        win_msg_finish(&msg);
        done += used;
        if (!used)
            return;
    }
}

static void listen_to(struct listener *l, const struct scene *scene, size_t budget)
{
    struct buf b = BUF_INIT;

    l->said[0] = 0;
    while (rfb_windows_is_news(&l->told, scene)) {
        size_t before = b.len;

        rfb_windows_put(&l->told, scene, budget, &b);
        CHECK(b.len > before || !rfb_windows_is_news(&l->told, scene));
    }
    take(l, &b);
    buf_finish(&b);
}

static struct listener listener_new(void)
{
    struct listener l = {.scene = scene_create()};

    rfb_windows_told_init(&l.told);
    return l;
}

static void listener_finish(struct listener *l)
{
    rfb_windows_told_finish(&l->told);
    scene_destroy(l->scene);
}

static bool window_equal(const struct scene_window *a, const struct scene_window *b)
{
    return rect_equal(a->record.place, b->record.place) && a->record.parent == b->record.parent &&
           !strcmp(a->title, b->title) && a->icon_width == b->icon_width &&
           (!a->icon_width ||
            !memcmp(a->icon, b->icon, (size_t)a->icon_width * a->icon_height * 4)) &&
           a->state == b->state;
}

static void check_equal(const struct scene *told, const struct scene *truth)
{
    CHECK_INT(told->has_windows, truth->has_windows);
    if (!truth->has_windows) {
        CHECK_INT(told->stack_count, 0);
        return;
    }
    CHECK_INT(told->stack_count, truth->stack_count);
    CHECK_INT(told->active, truth->active);
    for (uint32_t i = 0; i < truth->stack_count && i < told->stack_count; i++) {
        CHECK_INT(told->stack[i], truth->stack[i]);
        if (told->stack[i] == truth->stack[i])
            CHECK(window_equal(scene_window(told, told->stack[i]),
                               scene_window(truth, truth->stack[i])));
    }
}

/* ---- Stories ----------------------------------------------------------------------------------
 */

static void first_statement(struct scene *scene)
{
    sync_scene(scene, WIN_SYNC_BEGIN);
    apply(scene, (struct win_msg){WIN_DESKTOP, .desktop = {800, 600, {0, 0, 800, 600}, 120}});
    window(scene, 5, 0);
    window(scene, 3, 40);
    title(scene, 3, "three");
    stack(scene, 3, 5);
    apply(scene, (struct win_msg){WIN_ACTIVE, .active = {3, 0}});
    sync_scene(scene, WIN_SYNC_END);
}

static void check_what_is_said(void)
{
    struct scene *scene = scene_create();
    struct listener l = listener_new();

    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN SYNC_END"); /* nobody knows about windows */
    first_statement(scene);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN DESKTOP WINDOW WINDOW TITLE STACK ACTIVE SYNC_END");
    check_equal(l.scene, scene);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "");

    /* Only what is new, and of that only the newest. */
    window(scene, 3, 41);
    window(scene, 3, 42);
    title(scene, 5, "five");
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "WINDOW TITLE");
    check_equal(l.scene, scene);

    /* Comes and goes unseen; goes; and an id that another window takes. */
    window(scene, 9, 1);
    gone(scene, 9);
    gone(scene, 5);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "GONE STACK");
    check_equal(l.scene, scene);
    gone(scene, 3);
    window(scene, 3, 77);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "GONE ACTIVE WINDOW STACK");
    check_equal(l.scene, scene);
    CHECK_STR(scene_window(l.scene, 3)->title, "");

    /* The agent goes and comes back; between, its windows are stated but not complete. */
    scene_drop_windows(scene);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN SYNC_END");
    sync_scene(scene, WIN_SYNC_BEGIN);
    window(scene, 3, 5);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "");
    sync_scene(scene, WIN_SYNC_END);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN DESKTOP ACTIVE WINDOW STACK SYNC_END");
    check_equal(l.scene, scene);

    /* The same, but so fast that the viewer sees only the end. */
    scene_drop_windows(scene);
    first_statement(scene);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN GONE DESKTOP WINDOW WINDOW TITLE STACK ACTIVE SYNC_END");
    check_equal(l.scene, scene);
    listener_finish(&l);
    scene_destroy(scene);
}

static void check_pieces(void)
{
    struct scene *scene = scene_create();
    struct listener l = listener_new();
    struct buf b = BUF_INIT;
    unsigned pieces = 0;

    sync_scene(scene, WIN_SYNC_BEGIN);
    for (uint32_t id = 1; id <= 40; id++) {
        window(scene, id, (int32_t)id);
        icon(scene, id, 64, id << 8);
    }
    sync_scene(scene, WIN_SYNC_END);
    while (rfb_windows_is_news(&l.told, scene)) {
        buf_clear(&b);
        rfb_windows_put(&l.told, scene, 100000, &b);
        CHECK(b.len < 100000 + 64 * 64 * 4 + 100);
        CHECK(!l.scene->has_windows);
        take(&l, &b);
        /* Meanwhile things go on. */
        if (pieces++ == 2) {
            gone(scene, 2);
            gone(scene, 39);
            window(scene, 4, 400);
        }
    }
    CHECK(pieces >= 6);
    check_equal(l.scene, scene);

    /* The agent is lost in the middle of the next full statement. */
    scene_drop_windows(scene);
    first_statement(scene);
    icon(scene, 5, 64, 1);
    icon(scene, 3, 64, 1);
    buf_clear(&b);
    rfb_windows_put(&l.told, scene, 1, &b);
    take(&l, &b);
    scene_drop_windows(scene);
    listen_to(&l, scene, ALL);
    check_equal(l.scene, scene);
    buf_finish(&b);
    listener_finish(&l);
    scene_destroy(scene);
}

/* Another viewer takes the windows and gives them back; the agent dies meanwhile, too. */
static void check_elsewhere(void)
{
    struct scene *scene = scene_create();
    struct listener l = listener_new();

    first_statement(scene);
    listen_to(&l, scene, ALL);
    check_equal(l.scene, scene);
    l.told.elsewhere = true;
    CHECK(rfb_windows_is_news(&l.told, scene));
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN SYNC_END");
    CHECK(l.scene->windows_elsewhere && !l.scene->has_windows);
    window(scene, 3, 7); /* goes on, and is nothing to this viewer */
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "");
    l.told.elsewhere = false;
    listen_to(&l, scene, ALL);
    check_equal(l.scene, scene);
    l.told.elsewhere = true;
    scene_drop_windows(scene);
    listen_to(&l, scene, ALL);
    CHECK_STR(l.said, "SYNC_BEGIN SYNC_END");
    CHECK(!l.scene->windows_elsewhere && !l.scene->has_windows);
    listener_finish(&l);
    scene_destroy(scene);
}

/* Random stories, told to a fast viewer, to slow ones and to one that comes late. */
static void check_random(void)
{
    struct scene *scene = scene_create();
    struct listener viewers[4];
    uint32_t random = 1;

    for (int i = 0; i < 4; i++)
        viewers[i] = listener_new();
    for (int step = 0; step < 20000; step++) {
        uint32_t id, what, x;

        random = random * 1664525 + 1013904223;
        what = random >> 28;
        id = 1 + (random >> 20) % 12;
        x = random >> 8 & 511;
        if (what < 5)
            window(scene, id, (int32_t)x);
        else if (what < 7 && scene_window(scene, id))
            gone(scene, id);
        else if (what < 9 && scene_window(scene, id))
            title(scene, id, x & 1 ? "odd" : "even");
        else if (what == 9 && scene_window(scene, id))
            icon(scene, id, 1 + x % 16, x);
        else if (what == 10)
            stack(scene, id, 1 + x % 12);
        else if (what == 11)
            apply(scene, (struct win_msg){WIN_ACTIVE, .active = {id, 0}});
        else if (what == 12 && x % 8 == 0)
            scene_drop_windows(scene);
        else if (what == 13)
            sync_scene(scene, x % 2 ? WIN_SYNC_BEGIN : WIN_SYNC_END);
        listen_to(&viewers[0], scene, ALL);
        check_equal(viewers[0].scene, scene);
        if (random >> 16 & 1)
            listen_to(&viewers[1], scene, 1 + x);
        if (step % 37 == 0)
            listen_to(&viewers[2], scene, 60);
    }
    for (int i = 0; i < 4; i++) {
        listen_to(&viewers[i], scene, 1);
        check_equal(viewers[i].scene, scene);
        listener_finish(&viewers[i]);
    }
    scene_destroy(scene);
}

int main(void)
{
    check_what_is_said();
    check_pieces();
    check_elsewhere();
    check_random();
    return check_result();
}
