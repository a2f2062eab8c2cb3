/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CopyRect, and what is not sent twice: a viewer that keeps its own picture must have the server's
 * after every update, whatever scrolled, moved or stayed.
 */
#include "check.h"
#include "rfb_watcher.h"

#include <stdlib.h>

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 10) % n;
}

static void paint(struct scene *scene, struct rect r, uint32_t seed)
{
    struct surface *s = scene->screen;

    r = rect_intersect(r, surface_bounds(s));
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            surface_row(s, y)[x] =
                ((uint32_t)(x * 7919 + y * 104729) ^ seed * 2654435761u) >> 3 | 0x55000000;
    scene_damage(scene, r);
}

/* The pixels of r come from (x, y) of the same picture. */
static void move(struct scene *scene, struct rect r, int32_t x, int32_t y)
{
    struct surface *s = scene->screen, *old = surface_create(s->width, s->height);

    surface_copy(old, s, surface_bounds(s));
    for (int32_t i = 0; i < r.h; i++)
        memcpy(surface_row(s, r.y + i) + r.x, surface_row(old, y + i) + x, (size_t)r.w * 4);
    surface_unref(old);
    scene_damage(scene, r);
}

struct stage {
    struct scene *scene;
    struct rfb_server *server;
    struct viewer v;
};

static struct stage stage_new(void)
{
    int32_t encodings[] = {RFB_COPY_RECT, RFB_RAW, RFB_CONTINUOUS_UPDATES};
    struct surface *screen = surface_create(W, H);
    struct stage s = {.scene = scene_create()};

    scene_set_screen(s.scene, screen);
    surface_unref(screen);
    paint(s.scene, surface_bounds(s.scene->screen), 1);
    scene_commit(s.scene);
    s.server = rfb_server_create(s.scene);
    s.v = viewer_new(s.server);
    rfb_put_set_encodings(&s.v.out, encodings, 3);
    request(&s.v, false);
    talk(&s.v);
    rfb_put_enable_continuous_updates(&s.v.out, true, (struct rect){0, 0, W, H});
    talk(&s.v);
    CHECK(picture_is_right(&s.v, s.scene));
    return s;
}

static void stage_finish(struct stage *s)
{
    viewer_finish(&s->v);
    rfb_server_destroy(s->server);
    scene_destroy(s->scene);
}

static void check_scroll(void)
{
    struct stage s = stage_new();
    struct pixel_format other;

    move(s.scene, (struct rect){0, 0, W, H - 8}, 0, 8);
    paint(s.scene, (struct rect){0, H - 8, W, 8}, 2);
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "[copy(0,0 64x40 from 0,8) raw(0,40 64x8)]");
    CHECK(picture_is_right(&s.v, s.scene));

    /* Painted again, but the same: nothing goes out. And what stayed is left out. */
    scene_damage(s.scene, surface_bounds(s.scene->screen));
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "");
    paint(s.scene, (struct rect){5, 20, 3, 2}, 9);
    scene_damage(s.scene, surface_bounds(s.scene->screen));
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "[raw(5,20 3x2)]");
    /* Unless the viewer wants it all. */
    request(&s.v, false);
    CHECK_STR(talk(&s.v), "[raw(0,0 64x48)]");

    /* The same pixel format again changes nothing; after another all of before has to go again. */
    rfb_put_set_pixel_format(&s.v.out, &pixel_format_native);
    CHECK_STR(talk(&s.v), "");
    other = pixel_format_native;
    other.red_shift = 0;
    other.blue_shift = 16;
    rfb_put_set_pixel_format(&s.v.out, &other);
    CHECK_STR(talk(&s.v), "[raw(0,0 64x48)]");
    stage_finish(&s);
}

static void window(struct scene *scene, int32_t x, int32_t y)
{
    struct rect place = {x, y, 20, 15};
    struct win_msg msg = {WIN_WINDOW, .window = {.id = 1, .place = place, .source = place}};
    struct err err;

    CHECK_INT(scene_apply(scene, &msg, &err), 0);
}

static void check_window_moves(void)
{
    struct stage s = stage_new();

    window(s.scene, 5, 6);
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "");
    move(s.scene, (struct rect){9, 7, 20, 15}, 5, 6);
    window(s.scene, 9, 7);
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "[copy(9,7 20x15 from 5,6)]");
    CHECK(picture_is_right(&s.v, s.scene));

    /* Partly over the edge; and a move that the pixels do not confirm. */
    move(s.scene, (struct rect){54, 7, 10, 15}, 9, 7);
    window(s.scene, 54, 7);
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "[copy(54,7 10x15 from 9,7)]");
    window(s.scene, 1, 1);
    paint(s.scene, (struct rect){1, 1, 20, 15}, 77);
    scene_commit(s.scene);
    CHECK_STR(talk(&s.v), "[raw(1,1 20x15)]");
    CHECK(picture_is_right(&s.v, s.scene));

    /* Two steps before the viewer hears of one. */
    move(s.scene, (struct rect){11, 1, 20, 15}, 1, 1);
    window(s.scene, 11, 1);
    scene_commit(s.scene);
    move(s.scene, (struct rect){31, 1, 20, 15}, 11, 1);
    window(s.scene, 31, 1);
    scene_commit(s.scene);
    CHECK(strstr(talk(&s.v), "copy(31,1 20x15 from 1,1)"));
    CHECK(picture_is_right(&s.v, s.scene));
    stage_finish(&s);
}

/* One of many things that may happen to a screen. */
static void disturb(struct scene *scene)
{
    struct rect r = {(int32_t)random_below(W), (int32_t)random_below(H),
                     1 + (int32_t)random_below(W), 1 + (int32_t)random_below(H)};
    int32_t dx, dy;

    r = rect_intersect(r, (struct rect){0, 0, W, H});
    dx = (int32_t)random_below((uint32_t)(W - r.w + 1));
    dy = (int32_t)random_below((uint32_t)(H - r.h + 1));
    switch (random_below(5)) {
    case 0:
        paint(scene, r, random_below(50));
        break;
    case 1:
        move(scene, r, dx, dy);
        break;
    case 2:
        window(scene, dx, dy);
        break;
    case 3:
        scene_damage(scene, r);
        break;
    default:
        r = (struct rect){0, 0, W, H - 1 - (int32_t)random_below(20)};
        if (random_below(2))
            move(scene, r, 0, H - r.h);
        else
            move(scene, (struct rect){0, H - r.h, W, r.h}, 0, 0);
        break;
    }
    scene_commit(scene);
}

static void check_random(void)
{
    struct stage s = stage_new();
    int copies = 0;

    for (int step = 0; step < 4000; step++) {
        disturb(s.scene);
        if (!random_below(6))
            request(&s.v, random_below(2));
        if (random_below(3)) {
            copies += strstr(talk(&s.v), "copy") != NULL;
            CHECK(picture_is_right(&s.v, s.scene));
        }
    }
    CHECK(copies > 100);
    stage_finish(&s);
}

/* A second viewer, which asks now and then only, gets what moved in between as few moves. */
static void check_lagging(void)
{
    int32_t encodings[] = {RFB_COPY_RECT, RFB_RAW};
    struct stage s = stage_new();
    struct viewer late = viewer_new(s.server);
    int copies = 0;

    rfb_put_set_encodings(&late.out, encodings, 2);
    request(&late, false);
    talk(&late);
    CHECK(picture_is_right(&late, s.scene));
    for (int i = 0; i < 3; i++) {
        move(s.scene, (struct rect){0, 0, W, H - 3}, 0, 3);
        paint(s.scene, (struct rect){0, H - 3, W, 3}, 60 + (uint32_t)i);
        scene_commit(s.scene);
        CHECK_STR(talk(&s.v), "[copy(0,0 64x45 from 0,3) raw(0,45 64x3)]");
    }
    request(&late, true);
    CHECK_STR(talk(&late), "[copy(0,0 64x39 from 0,9) raw(0,39 64x9)]");
    CHECK(picture_is_right(&late, s.scene));

    for (int step = 0; step < 3000; step++) {
        disturb(s.scene);
        talk(&s.v);
        if (random_below(7))
            continue;
        request(&late, true);
        copies += strstr(talk(&late), "copy") != NULL;
        CHECK(picture_is_right(&late, s.scene));
    }
    CHECK(copies > 50);
    viewer_finish(&late);
    stage_finish(&s);
}

int main(void)
{
    check_scroll();
    check_window_moves();
    check_random();
    check_lagging();
    return check_result();
}
