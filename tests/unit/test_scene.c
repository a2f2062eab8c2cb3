/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scene: what a sink hears and when, statements and their loss, the rules that need memory. */
#include "base/mem.h"
#include "check.h"
#include "scene/scene.h"

#include <stdlib.h>

struct watcher {
    struct scene_sink sink;
    int screens, facts, damages;
    pixman_box32_t last;
};

static void on_screen(struct scene_sink *s)
{
    ((struct watcher *)s)->screens++;
}

static void on_facts(struct scene_sink *s)
{
    ((struct watcher *)s)->facts++;
}

static void on_damage(struct scene_sink *s, const pixman_region32_t *region)
{
    struct watcher *w = (struct watcher *)s;

    w->damages++;
    w->last = *pixman_region32_extents((pixman_region32_t *)(uintptr_t)region);
}

static const struct scene_sink_ops watcher_ops = {on_screen, on_facts, on_damage};

static int apply(struct scene *scene, struct win_msg m)
{
    struct err err;

    return scene_apply(scene, &m, &err);
}

static struct win_msg window(uint32_t id, uint32_t parent)
{
    return (struct win_msg){WIN_WINDOW,
                            .window = {.id = id, .parent = parent, .place = {1, 2, 3, 4}}};
}

static struct win_msg stack(uint32_t count, uint32_t *ids)
{
    return (struct win_msg){WIN_STACK, .order = {7, count, ids}};
}

static void test_commit(void)
{
    struct scene *scene = scene_create();
    struct watcher w = {.sink.ops = &watcher_ops};
    struct surface *s = surface_create(100, 50);

    scene_add_sink(scene, &w.sink);
    scene_commit(scene);
    CHECK_INT(w.screens + w.facts + w.damages, 0);
    scene_set_screen(scene, s);
    surface_unref(s);
    scene_damage(scene, (struct rect){90, 40, 50, 50});
    scene_damage(scene, (struct rect){-5, 45, 10, 1});
    scene_set_leds(scene, 2);
    CHECK_INT(w.screens + w.facts + w.damages, 0);
    scene_commit(scene);
    CHECK(w.screens == 1 && w.facts == 1 && w.damages == 1);
    CHECK(w.last.x1 == 0 && w.last.y1 == 40 && w.last.x2 == 100 && w.last.y2 == 50);
    scene_set_leds(scene, 2); /* not news */
    scene_damage(scene, (struct rect){100, 0, 5, 5});
    scene_commit(scene);
    CHECK(w.screens == 1 && w.facts == 1 && w.damages == 1);
    scene_remove_sink(scene, &w.sink);
    scene_set_name(scene, "a\nb");
    CHECK_STR(scene->name, "a?b");
    scene_commit(scene);
    CHECK_INT(w.facts, 1);
    scene_destroy(scene);
}

static void test_windows(void)
{
    struct scene *scene = scene_create();
    uint64_t before;
    uint32_t ids[] = {3, 99, 1, 3};

    CHECK_INT(apply(scene, (struct win_msg){WIN_SYNC_BEGIN}), 0);
    CHECK_INT(apply(scene, window(1, 0)), 0);
    CHECK_INT(apply(scene, window(3, 1)), 0);
    CHECK_INT(apply(scene, window(2, 77)), 0); /* a parent that is not known yet */
    CHECK(!scene->has_windows);
    CHECK_INT(apply(scene, (struct win_msg){WIN_SYNC_END}), 0);
    CHECK(scene->has_windows);
    CHECK_INT(apply(scene, window(5, 5)), -1);
    CHECK_INT(apply(scene, (struct win_msg){WIN_GONE, .id = {44, 0}}), -1);
    CHECK_INT(apply(scene, (struct win_msg){WIN_TITLE, .title = {44, {"x", 1}}}), -1);
    CHECK_INT(apply(scene, (struct win_msg){WIN_CLOSE, .id = {1, 0}}), -1);

    CHECK_INT(apply(scene, stack(4, ids)), 0);
    CHECK(scene->stack_count == 3 && scene->stack[0] == 3 && scene->stack[1] == 1 &&
          scene->stack[2] == 2);
    CHECK_INT(scene->stack_serial, 7);

    before = scene->revision;
    CHECK_INT(apply(scene, (struct win_msg){WIN_TITLE, .title = {2, {"tit", 3}}}), 0);
    CHECK_STR(scene_window(scene, 2)->title, "tit");
    CHECK(scene_window(scene, 2)->revision[FACT_TITLE] > before);
    CHECK(scene_window(scene, 2)->revision[FACT_WINDOW] <= before);

    CHECK_INT(apply(scene, (struct win_msg){WIN_ACTIVE, .active = {2, 0}}), 0);
    CHECK_INT(scene->active, 2);
    /* A second statement without 2: it stays until SYNC_END and is gone then. */
    CHECK_INT(apply(scene, (struct win_msg){WIN_SYNC_BEGIN}), 0);
    CHECK_INT(apply(scene, window(3, 0)), 0);
    CHECK_INT(apply(scene, window(4, 0)), 0);
    CHECK(scene_window(scene, 2));
    CHECK_INT(apply(scene, (struct win_msg){WIN_SYNC_END}), 0);
    CHECK(!scene_window(scene, 2) && !scene_window(scene, 1) && scene_window(scene, 3));
    CHECK_INT(scene->active, 0);
    CHECK_INT(scene->stack_count, 2);
    scene_drop_windows(scene);
    CHECK(!scene->has_windows && !scene->stack_count && !scene_window(scene, 3));
    scene_destroy(scene);
}

static void test_limits(void)
{
    struct scene *scene = scene_create();

    for (uint32_t i = 1; i <= WINDOW_MAX_COUNT; i++)
        CHECK_INT(apply(scene, window(i * 7919 % 65537, 0)), 0);
    CHECK_INT(apply(scene, window(70000, 0)), -1);
    CHECK_INT(apply(scene, (struct win_msg){WIN_GONE, .id = {7919, 0}}), 0);
    CHECK_INT(apply(scene, window(70000, 0)), 0);
    scene_destroy(scene);
}

static void test_facts_round_trip(void)
{
    struct scene *scene = scene_create();
    struct rect rects[2] = {{0, 0, 1, 1}, {1, 1, 2, 2}};
    uint32_t pixels[2] = {5, 6};
    struct win_msg m;

    apply(scene, window(1, 0));
    apply(scene, (struct win_msg){WIN_SHAPE, .shape = {1, 2, rects}});
    apply(scene, (struct win_msg){WIN_ICON, .icon = {1, 2, 1, pixels}});
    rects[1].w = 99;
    scene_window_fact(scene_window(scene, 1), FACT_SHAPE, &m);
    CHECK(m.type == WIN_SHAPE && m.shape.count == 2 && m.shape.rects[1].w == 2);
    scene_window_fact(scene_window(scene, 1), FACT_ICON, &m);
    CHECK(m.type == WIN_ICON && m.icon.width == 2 && m.icon.pixels[1] == 6);
    scene_window_fact(scene_window(scene, 1), FACT_WINDOW, &m);
    CHECK(m.type == WIN_WINDOW && rect_equal(m.window.place, (struct rect){1, 2, 3, 4}));
    scene_destroy(scene);
}

/* A grid of 2 × count bars: few rectangles, many boxes. */
static struct rect *grid(uint32_t count)
{
    struct rect *rects = mem_alloc0(2 * (size_t)count, sizeof(struct rect));

    for (uint32_t i = 0; i < count; i++) {
        rects[i] = (struct rect){(int32_t)i * 2, 0, 1, (int32_t)count * 2};
        rects[count + i] = (struct rect){0, (int32_t)i * 2, (int32_t)count * 2, 1};
    }
    return rects;
}

/* What a guest states is kept as far as it makes sense, and no further. */
static void test_excess(void)
{
    struct rect wide[2] = {{0, 0, 16384, 1}, {16384, 0, 1, 1}}, *fine = grid(2048);
    uint32_t *pixels = mem_alloc0(256 * 256, 4), kept = 0;
    struct scene *scene = scene_create();
    struct win_icon icon = {1, 256, 256, pixels};

    apply(scene, window(1, 0));
    apply(scene, (struct win_msg){WIN_SHAPE, .shape = {1, 4096, fine}});
    CHECK_INT(scene_window(scene, 1)->shape_count, 0);
    apply(scene, (struct win_msg){WIN_SHAPE, .shape = {1, 32, fine}});
    CHECK_INT(scene_window(scene, 1)->shape_count, 32);
    apply(scene, (struct win_msg){WIN_SHAPE, .shape = {1, 2, wide}});
    CHECK_INT(scene_window(scene, 1)->shape_count, 0);
    for (icon.id = 1; icon.id <= 300; icon.id++) {
        apply(scene, window(icon.id, 0));
        apply(scene, (struct win_msg){WIN_ICON, .icon = icon});
        kept += scene_window(scene, icon.id)->icon != NULL;
    }
    CHECK_INT(kept, SCENE_ICON_BYTES / (256 * 256 * 4));
    CHECK(!scene_window(scene, 300)->icon && !scene_window(scene, 300)->icon_width);
    apply(scene, (struct win_msg){WIN_GONE, .id = {1, 0}});
    icon.id = 300;
    apply(scene, (struct win_msg){WIN_ICON, .icon = icon});
    CHECK(scene_window(scene, 300)->icon);
    scene_destroy(scene);
    free(fine);
    free(pixels);
}

struct asked {
    struct scene_source source;
    int keys;
};

static void on_key(struct scene_source *s, uint32_t code, uint32_t keysym, bool down)
{
    (void)code, (void)keysym, (void)down;
    ((struct asked *)s)->keys++;
}

static void set_flag(void *data)
{
    *(bool *)data = true;
}

static void test_sources(void)
{
    static const struct scene_source_ops none = {0}, keys = {.key = on_key};
    struct scene *scene = scene_create();
    struct asked a = {.source.ops = &none}, b = {.source.ops = &keys}, c = b;
    bool done = false;

    CHECK(!scene_send_key(scene, 30, 0, true));
    scene_add_source(scene, &a.source);
    scene_add_source(scene, &b.source);
    scene_add_source(scene, &c.source);
    CHECK(scene_send_key(scene, 30, 0, true));
    CHECK(a.keys == 0 && b.keys == 1 && c.keys == 0);
    scene_after_pixels(scene, set_flag, &done);
    CHECK(done);
    scene_remove_source(scene, &b.source);
    CHECK(scene_send_key(scene, 30, 0, false) && c.keys == 1);
    scene_remove_source(scene, &c.source);
    scene_remove_source(scene, &a.source);
    scene_destroy(scene);
}

int main(void)
{
    test_commit();
    test_windows();
    test_limits();
    test_facts_round_trip();
    test_excess();
    test_sources();
    return check_result();
}
