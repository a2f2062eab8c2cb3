/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a screen: what a viewer makes of the moves and changes that a reading tells of must be
 * the screen, and not much more may be called changed than is.
 */
#include "base/mem.h"
#include "check.h"
#include "rfb/server/picture.h"

#include <stdlib.h>
#include <string.h>

enum { W = 300, H = 200 };

static uint32_t random_state = 1;

static int32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (int32_t)((random_state >> 10) % n);
}

/* The viewer takes pixels of the screen only where it is told of changes. */
struct stage {
    struct surface *screen, *viewer;
    struct rfb_picture picture;
    pixman_region32_t damage;
    int64_t now;
    int moves;
    int32_t changed; /* pixels of the last reading */
};

static void paint(struct stage *s, struct rect r, uint32_t seed)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            surface_row(s->screen, y)[x] =
                ((uint32_t)(x * 7919 + y * 104729) ^ seed * 2654435761u) >> 3 | 0x55000000;
    pixman_region32_union_rect(&s->damage, &s->damage, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
}

static void move(struct surface *on, struct rect to, int32_t dx, int32_t dy)
{
    uint32_t *kept = mem_alloc0((size_t)to.w * (size_t)to.h, sizeof(*kept));

    for (int32_t y = 0; y < to.h; y++)
        memcpy(kept + y * to.w, surface_row(on, to.y - dy + y) + to.x - dx, (size_t)to.w * 4);
    for (int32_t y = 0; y < to.h; y++)
        memcpy(surface_row(on, to.y + y) + to.x, kept + y * to.w, (size_t)to.w * 4);
    free(kept);
}

static void on_moved(void *data, const struct rfb_move *m)
{
    struct stage *s = data;

    move(s->viewer, m->to, m->dx, m->dy);
    s->moves++;
}

static void on_changed(void *data, const pixman_region32_t *region)
{
    struct stage *s = data;
    pixman_box32_t *boxes;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        struct rect r = {boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                         boxes[i].y2 - boxes[i].y1};

        surface_copy(s->viewer, s->screen, r);
        s->changed += r.w * r.h;
    }
}

static void read_screen(struct stage *s, const struct rfb_move *moves, uint32_t count)
{
    const struct rfb_picture_news news = {on_moved, on_changed, s};

    s->changed = 0;
    s->now += 16;
    rfb_picture_read(&s->picture, s->screen, &s->damage, moves, count, true, s->now, &news);
    pixman_region32_clear(&s->damage);
}

static bool is_right(const struct stage *s)
{
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++) {
            uint32_t pixel = surface_row(s->screen, y)[x] & 0xffffff;

            if ((surface_row(s->viewer, y)[x] & 0xffffff) != pixel ||
                s->picture.pixels[y * W + x] != pixel)
                return false;
        }
    return true;
}

static struct stage stage_new(void)
{
    struct stage s = {.screen = surface_create(W, H), .viewer = surface_create(W, H)};

    pixman_region32_init(&s.damage);
    rfb_picture_resize(&s.picture, W, H);
    paint(&s, (struct rect){0, 0, W, H}, 1);
    read_screen(&s, NULL, 0);
    CHECK(is_right(&s));
    return s;
}

static void stage_finish(struct stage *s)
{
    surface_unref(s->screen);
    surface_unref(s->viewer);
    rfb_picture_resize(&s->picture, 0, 0);
    pixman_region32_fini(&s->damage);
}

/* A window goes right and down: what it leaves behind is a corner, not the box around that. */
static void check_corner(void)
{
    struct stage s = stage_new();
    struct rect at = {20, 10, 200, 120};

    for (int i = 0; i < 10; i++) {
        struct rect was = at;
        struct rfb_move m;

        at.x += 5;
        at.y += 3;
        m = (struct rfb_move){at, 5, 3};
        move(s.screen, at, 5, 3);
        pixman_region32_union_rect(&s.damage, &s.damage, was.x, was.y, 205, 123);
        paint(&s, (struct rect){was.x, was.y, 200, 3}, 100 + (uint32_t)i);
        paint(&s, (struct rect){was.x, was.y, 5, 120}, 100 + (uint32_t)i);
        read_screen(&s, &m, 1);
        CHECK(is_right(&s));
        CHECK(s.changed < 205 * 123 / 4);
    }
    CHECK_INT(s.moves, 10);
    stage_finish(&s);
}

static struct rect random_rect(void)
{
    struct rect r = {random_below(W), random_below(H), 1 + random_below(W), 1 + random_below(H)};

    return rect_intersect(r, (struct rect){0, 0, W, H});
}

/* Moves in all directions, announced or not, true or not, and paint upon paint. */
static void check_random(void)
{
    struct stage s = stage_new();

    for (int step = 0; step < 1500; step++) {
        struct rect r = random_rect();
        struct rfb_move m = {r, random_below(W), random_below(H)};

        m.dx = r.x - random_below((uint32_t)(W - r.w + 1));
        m.dy = random_below(3) ? r.y - random_below((uint32_t)(H - r.h + 1)) : 0;
        if (random_below(2)) {
            move(s.screen, r, m.dx, m.dy);
            pixman_region32_union_rect(&s.damage, &s.damage, r.x, r.y, (unsigned)r.w,
                                       (unsigned)r.h);
        }
        for (int i = random_below(4); i; i--) {
            struct rect some = random_rect();

            if (random_below(2))
                some = rect_intersect(some, (struct rect){some.x, some.y, 9, 9});
            paint(&s, some, (uint32_t)random_below(40));
        }
        read_screen(&s, &m, (uint32_t)random_below(2));
        CHECK(is_right(&s));
    }
    CHECK(s.moves > 300);
    stage_finish(&s);
}

int main(void)
{
    check_corner();
    check_random();
    return check_result();
}
