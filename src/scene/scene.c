/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The meeting place: who the sources and sinks are, the screen, the pointer, and the commit that
 * tells sinks what is new. What the windows protocol states is taken in by facts.c.
 */
#include "scene/private.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

struct scene *scene_create(void)
{
    struct scene *scene = mem_new0(struct scene);

    scene->p = mem_new0(struct scene_private);
    scene->p->clipboard.limit = SCENE_CLIPBOARD_BYTES;
    scene->name = mem_strdup("");
    scene->pointer_is_absolute = true;
    pixman_region32_init(&scene->p->damage);
    return scene;
}

void scene_destroy(struct scene *scene)
{
    if (!scene)
        return;
    assert(!scene->p->sources && !scene->p->sinks);
    scene_drop_windows(scene);
    scene_clipboard_finish(&scene->p->clipboard);
    free(scene->p->windows);
    free(scene->p->ids);
    free(scene->stack);
    surface_unref(scene->screen);
    cursor_unref(scene->cursor);
    free(scene->name);
    pixman_region32_fini(&scene->p->damage);
    free(scene->p);
    free(scene);
}

uint64_t scene_touch(struct scene *scene)
{
    scene->p->facts_changed = true;
    return ++scene->revision;
}

void scene_add_source(struct scene *scene, struct scene_source *source)
{
    struct scene_source **at = &scene->p->sources;

    while (*at)
        at = &(*at)->next;
    source->scene = scene;
    source->next = NULL;
    *at = source;
}

void scene_remove_source(struct scene *scene, struct scene_source *source)
{
    struct scene_source **at = &scene->p->sources;

    while (*at && *at != source)
        at = &(*at)->next;
    if (*at)
        *at = source->next;
}

void scene_add_sink(struct scene *scene, struct scene_sink *sink)
{
    sink->scene = scene;
    sink->next = scene->p->sinks;
    scene->p->sinks = sink;
}

void scene_remove_sink(struct scene *scene, struct scene_sink *sink)
{
    struct scene_sink **at = &scene->p->sinks;

    while (*at && *at != sink)
        at = &(*at)->next;
    if (*at)
        *at = sink->next;
}

/* ---- What sources say -------------------------------------------------------------------------
 */

void scene_set_screen(struct scene *scene, struct surface *screen)
{
    if (screen)
        surface_ref(screen);
    surface_unref(scene->screen);
    scene->screen = screen;
    scene->p->screen_changed = true;
    pixman_region32_clear(&scene->p->damage);
}

void scene_damage(struct scene *scene, struct rect r)
{
    if (!scene->screen)
        return;
    r = rect_intersect(r, surface_bounds(scene->screen));
    if (!rect_is_empty(r))
        pixman_region32_union_rect(&scene->p->damage, &scene->p->damage, r.x, r.y, (unsigned)r.w,
                                   (unsigned)r.h);
}

void scene_set_cursor(struct scene *scene, struct cursor *cursor)
{
    if (cursor)
        cursor_ref(cursor);
    cursor_unref(scene->cursor);
    scene->cursor = cursor;
    scene->cursor_revision = scene_touch(scene);
}

void scene_set_pointer(struct scene *scene, int32_t x, int32_t y)
{
    if (scene->pointer_revision && scene->pointer_x == x && scene->pointer_y == y)
        return;
    scene->pointer_x = x;
    scene->pointer_y = y;
    scene->pointer_revision = scene_touch(scene);
}

void scene_set_pointer_mode(struct scene *scene, bool absolute)
{
    if (scene->pointer_is_absolute == absolute)
        return;
    scene->pointer_is_absolute = absolute;
    scene->pointer_mode_revision = scene_touch(scene);
}

void scene_set_leds(struct scene *scene, uint32_t leds)
{
    if (scene->leds_revision && scene->leds == leds)
        return;
    scene->leds = leds;
    scene->leds_revision = scene_touch(scene);
}

void scene_set_name(struct scene *scene, const char *name)
{
    char clean[NAME_MAX_BYTES];

    utf8_sanitize(name, strlen(name), clean, sizeof(clean));
    if (!strcmp(clean, scene->name))
        return;
    free(scene->name);
    scene->name = mem_strdup(clean);
    scene->name_revision = scene_touch(scene);
}

void scene_commit(struct scene *scene)
{
    struct scene_private *p = scene->p;
    bool screen = p->screen_changed, facts = p->facts_changed;
    struct scene_sink *next;
    pixman_region32_t damage;

    pixman_region32_init(&damage);
    pixman_region32_copy(&damage, &p->damage);
    pixman_region32_clear(&p->damage);
    p->screen_changed = p->facts_changed = false;
    /* A sink may remove itself in any of its functions, so each pass takes `next` first. */
    for (struct scene_sink *s = p->sinks; screen && s; s = next) {
        next = s->next;
        s->ops->screen(s);
    }
    for (struct scene_sink *s = p->sinks; facts && s; s = next) {
        next = s->next;
        s->ops->facts(s);
    }
    if (pixman_region32_not_empty(&damage))
        for (struct scene_sink *s = p->sinks; s; s = next) {
            next = s->next;
            s->ops->damage(s, &damage);
        }
    pixman_region32_fini(&damage);
}

/* ---- What sinks ask ----------------------------------------------------------------------------
 */

/* The first source that has the function, or NULL. */
#define FIRST_WITH(scene, function)                                                                \
    ({                                                                                             \
        struct scene_source *s_ = (scene)->p->sources;                                             \
        while (s_ && !s_->ops->function)                                                           \
            s_ = s_->next;                                                                         \
        s_;                                                                                        \
    })

bool scene_send_key(struct scene *scene, uint32_t code, uint32_t keysym, bool down)
{
    struct scene_source *s = FIRST_WITH(scene, key);

    if (s)
        s->ops->key(s, code, keysym, down);
    return s;
}

bool scene_send_pointer(struct scene *scene, int32_t x, int32_t y, uint32_t buttons)
{
    struct scene_source *s = FIRST_WITH(scene, pointer);

    if (s)
        s->ops->pointer(s, x, y, buttons);
    return s;
}

bool scene_send_pointer_relative(struct scene *scene, int32_t dx, int32_t dy, uint32_t buttons)
{
    struct scene_source *s = FIRST_WITH(scene, pointer_relative);

    if (s)
        s->ops->pointer_relative(s, dx, dy, buttons);
    return s;
}

bool scene_send_wheel(struct scene *scene, int32_t dx, int32_t dy)
{
    struct scene_source *s = FIRST_WITH(scene, wheel);

    if (s)
        s->ops->wheel(s, dx, dy);
    return s;
}

bool scene_send_screen_size(struct scene *scene, uint32_t width, uint32_t height, uint32_t width_mm,
                            uint32_t height_mm)
{
    struct scene_source *s = FIRST_WITH(scene, screen_size);

    if (s)
        s->ops->screen_size(s, width, height, width_mm, height_mm);
    return s;
}

bool scene_send_power(struct scene *scene, enum scene_power what)
{
    struct scene_source *s = FIRST_WITH(scene, power);

    return s && s->ops->power(s, what);
}

bool scene_has_power(const struct scene *scene)
{
    return FIRST_WITH(scene, power);
}

bool scene_send_window_request(struct scene *scene, const struct win_msg *request)
{
    struct scene_source *s = FIRST_WITH(scene, window_request);

    if (s)
        s->ops->window_request(s, request);
    return s;
}

void scene_after_pixels(struct scene *scene, void (*done)(void *data), void *data)
{
    struct scene_source *s = FIRST_WITH(scene, after_pixels);

    if (s)
        s->ops->after_pixels(s, done, data);
    else
        done(data);
}
