/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes the windows protocol's facts into the model and gives them back as messages. The codec has
 * checked each message by itself; the rules that need memory are checked here.
 */
#include "scene/private.h"

#include "base/arith.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where the id is, or where it would be inserted. */
static uint32_t window_index(const struct scene_private *p, uint32_t id)
{
    uint32_t low = 0, high = p->window_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct scene_window *scene_window(const struct scene *scene, uint32_t id)
{
    uint32_t i = window_index(scene->p, id);

    if (i < scene->p->window_count && scene->p->windows[i]->record.id == id)
        return scene->p->windows[i];
    return NULL;
}

struct scene_window *scene_window_at(const struct scene *scene, uint32_t i)
{
    return i < scene->p->window_count ? scene->p->windows[i] : NULL;
}

static struct scene_window *window_insert(struct scene *scene, uint32_t id)
{
    struct scene_private *p = scene->p;
    struct scene_window *w = mem_new0(struct scene_window);
    uint32_t i = window_index(p, id);

    w->record.id = id;
    w->title = mem_strdup("");
    w->app_id = mem_strdup("");
    w->instance = mem_strdup("");
    w->class_name = mem_strdup("");
    p->windows = mem_resize(p->windows, p->window_count + 1, sizeof(*p->windows));
    memmove(p->windows + i + 1, p->windows + i, (p->window_count - i) * sizeof(*p->windows));
    p->windows[i] = w;
    p->ids = mem_resize(p->ids, p->window_count + 1, sizeof(*p->ids));
    memmove(p->ids + i + 1, p->ids + i, (p->window_count - i) * sizeof(*p->ids));
    p->ids[i] = id;
    p->window_count++;
    scene->stack = mem_resize(scene->stack, scene->stack_count + 1, sizeof(*scene->stack));
    scene->stack[scene->stack_count++] = id;
    scene->stack_revision = scene_touch(scene);
    w->created = scene->revision;
    return w;
}

static size_t icon_bytes(const struct scene_window *w)
{
    return (size_t)w->icon_width * w->icon_height * 4;
}

static void window_free(struct scene_private *p, struct scene_window *w)
{
    p->icon_bytes -= icon_bytes(w);
    free(w->title);
    free(w->app_id);
    free(w->instance);
    free(w->class_name);
    free(w->icon);
    free(w->shape);
    free(w);
}

static void window_remove(struct scene *scene, uint32_t index)
{
    struct scene_private *p = scene->p;
    uint32_t id = p->windows[index]->record.id, kept = 0;

    window_free(p, p->windows[index]);
    p->window_count--;
    memmove(p->windows + index, p->windows + index + 1,
            (p->window_count - index) * sizeof(*p->windows));
    memmove(p->ids + index, p->ids + index + 1, (p->window_count - index) * sizeof(*p->ids));
    for (uint32_t i = 0; i < scene->stack_count; i++)
        if (scene->stack[i] != id)
            scene->stack[kept++] = scene->stack[i];
    scene->stack_count = kept;
    scene->stack_revision = scene_touch(scene);
    if (scene->active == id) {
        scene->active = 0;
        scene->active_revision = scene->revision;
    }
}

void scene_drop_windows(struct scene *scene)
{
    struct scene_private *p = scene->p;

    for (uint32_t i = 0; i < p->window_count; i++)
        window_free(p, p->windows[i]);
    p->syncing = false;
    if (!p->window_count && !scene->has_windows && !scene->windows_elsewhere)
        return;
    p->window_count = 0;
    scene->stack_count = 0;
    scene->stack_serial = scene->active_serial = scene->ack_serial = 0;
    scene->active = 0;
    scene->has_windows = scene->windows_elsewhere = false;
    scene->has_windows_revision = scene->stack_revision = scene->active_revision =
        scene_touch(scene);
}

void scene_set_windows_elsewhere(struct scene *scene)
{
    scene_drop_windows(scene);
    scene->windows_elsewhere = true;
    scene->has_windows_revision = scene_touch(scene);
}

static char *text_dup(struct win_text text)
{
    char *copy = mem_alloc0(text.len + 1, 1);

    memcpy(copy, text.data, text.len);
    return copy;
}

static void text_set(char **to, struct win_text text)
{
    free(*to);
    *to = text_dup(text);
}

static void apply_sync_end(struct scene *scene)
{
    struct scene_private *p = scene->p;

    if (!p->syncing)
        return;
    p->syncing = false;
    for (uint32_t i = p->window_count; i-- > 0;)
        if (p->windows[i]->revision[FACT_WINDOW] <= p->sync_from)
            window_remove(scene, i);
    if (!scene->has_windows) {
        scene->windows_elsewhere = false;
        scene->has_windows = true;
        scene->has_windows_revision = scene_touch(scene);
    }
}

static int apply_window(struct scene *scene, const struct win_window *record, struct err *err)
{
    struct scene_window *w = scene_window(scene, record->id);

    if (record->parent == record->id)
        return err_set(err, "window %u is its own parent", record->id);
    if (!w && scene->p->window_count >= WINDOW_MAX_COUNT)
        return err_set(err, "more than %d windows", WINDOW_MAX_COUNT);
    if (!w)
        w = window_insert(scene, record->id);
    w->record = *record;
    w->revision[FACT_WINDOW] = scene_touch(scene);
    return 0;
}

static int apply_gone(struct scene *scene, uint32_t id, struct err *err)
{
    uint32_t i = window_index(scene->p, id);

    if (i >= scene->p->window_count || scene->p->windows[i]->record.id != id)
        return err_set(err, "GONE for window %u, which does not exist", id);
    window_remove(scene, i);
    return 0;
}

/* The named windows in their order, then those that no STACK has named yet, on top. */
static void apply_stack(struct scene *scene, const struct win_order *order)
{
    uint32_t *old = steal(&scene->stack), old_count = scene->stack_count, n = 0;
    uint32_t *stack = mem_alloc0(old_count + 1, sizeof(*stack));
    bool *placed = mem_alloc0(scene->p->window_count + 1, sizeof(*placed));

    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t at = window_index(scene->p, order->ids[i]);

        if (at == scene->p->window_count || scene->p->ids[at] != order->ids[i] || placed[at])
            continue; /* an agent may name a window that it has just seen and not stated yet */
        placed[at] = true;
        stack[n++] = order->ids[i];
    }
    for (uint32_t i = 0; i < old_count && n < old_count; i++)
        if (!placed[window_index(scene->p, old[i])])
            stack[n++] = old[i];
    free(old);
    free(placed);
    scene->stack = stack;
    scene->stack_count = n;
    scene->stack_serial = order->serial;
    scene->stack_revision = scene_touch(scene);
}

static void set_app(struct scene_window *w, const struct win_app *app)
{
    text_set(&w->app_id, app->app_id);
    text_set(&w->instance, app->instance);
    text_set(&w->class_name, app->class_name);
    w->pid = app->pid;
}

static void set_icon(struct scene_private *p, struct scene_window *w, const struct win_icon *icon)
{
    size_t bytes = (size_t)icon->width * icon->height * 4;

    free(steal(&w->icon));
    p->icon_bytes -= icon_bytes(w);
    w->icon_width = w->icon_height = 0;
    if (!bytes || bytes > SCENE_ICON_BYTES - p->icon_bytes)
        return;
    w->icon_width = icon->width;
    w->icon_height = icon->height;
    w->icon = mem_dup(icon->pixels, bytes);
    p->icon_bytes += bytes;
}

/*
 * The union of the rectangles; false when it is too fine. A few at a time, so that this is known
 * before much is spent on it.
 */
static bool shape_region(const struct win_shape *shape, pixman_region32_t *region)
{
    enum { AT_ONCE = 64 };
    pixman_box32_t boxes[AT_ONCE];
    pixman_region32_t part;

    for (uint32_t done = 0, n; done < shape->count; done += n) {
        n = MIN_OF(AT_ONCE, shape->count - done);
        for (uint32_t i = 0; i < n; i++) {
            struct rect r = shape->rects[done + i];

            boxes[i] = (pixman_box32_t){r.x, r.y, r.x + r.w, r.y + r.h};
        }
        pixman_region32_init_rects(&part, boxes, (int)n);
        pixman_region32_union(region, region, &part);
        pixman_region32_fini(&part);
        if (pixman_region32_n_rects(region) > SCENE_SHAPE_BOXES)
            return false;
    }
    return true;
}

/* Where two rectangles grow together the result may be larger than any window. */
static bool box_is_valid(const pixman_box32_t *b)
{
    return b->x2 - b->x1 <= RECT_SIZE_MAX && b->y2 - b->y1 <= RECT_SIZE_MAX &&
           MAX_OF(b->x1, b->y1) <= RECT_PLACE_MAX;
}

static void set_shape(struct scene_window *w, const struct win_shape *shape)
{
    pixman_region32_t region;
    pixman_box32_t *boxes;
    bool valid;
    int count;

    pixman_region32_init(&region);
    valid = shape_region(shape, &region);
    boxes = pixman_region32_rectangles(&region, &count);
    for (int i = 0; i < count && valid; i++)
        valid = box_is_valid(&boxes[i]);
    free(steal(&w->shape));
    w->shape_count = valid ? (uint32_t)count : 0;
    if (w->shape_count)
        w->shape = mem_alloc0(w->shape_count, sizeof(*w->shape));
    for (uint32_t i = 0; i < w->shape_count; i++)
        w->shape[i] = (struct rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                                    boxes[i].y2 - boxes[i].y1};
    pixman_region32_fini(&region);
}

/* The facts of one window, which all start with its id. */
static int apply_window_fact(struct scene *scene, const struct win_msg *m, struct err *err)
{
    uint32_t id = m->title.id;
    struct scene_window *w = scene_window(scene, id);
    enum scene_fact fact;

    if (!w)
        return err_set(err, "%s for window %u, which does not exist", win_type_name(m->type), id);
    switch (m->type) {
    case WIN_TITLE:
        fact = FACT_TITLE;
        text_set(&w->title, m->title.text);
        break;
    case WIN_APP:
        fact = FACT_APP;
        set_app(w, &m->app);
        break;
    case WIN_ICON:
        fact = FACT_ICON;
        set_icon(scene->p, w, &m->icon);
        break;
    case WIN_STATE:
        fact = FACT_STATE;
        w->state = m->state.bits;
        break;
    case WIN_LIMITS:
        fact = FACT_LIMITS;
        w->limits = m->limits.limits;
        break;
    case WIN_SHAPE:
        fact = FACT_SHAPE;
        set_shape(w, &m->shape);
        break;
    case WIN_FRAME:
        fact = FACT_FRAME;
        w->frame = m->frame.frame;
        break;
    default:
        return err_set(err, "a %s is not a fact", win_type_name(m->type));
    }
    w->revision[fact] = scene_touch(scene);
    return 0;
}

int scene_apply(struct scene *scene, const struct win_msg *m, struct err *err)
{
    switch (m->type) {
    case WIN_SYNC_BEGIN:
        scene->p->syncing = true;
        scene->p->sync_from = scene->revision;
        return 0;
    case WIN_SYNC_END:
        apply_sync_end(scene);
        return 0;
    case WIN_DESKTOP:
        scene->desktop = m->desktop;
        scene->desktop_revision = scene_touch(scene);
        return 0;
    case WIN_WINDOW:
        return apply_window(scene, &m->window, err);
    case WIN_GONE:
        return apply_gone(scene, m->id.id, err);
    case WIN_STACK:
        apply_stack(scene, &m->order);
        return 0;
    case WIN_ACTIVE:
        scene->active = scene_window(scene, m->active.id) ? m->active.id : 0;
        scene->active_serial = m->active.serial;
        scene->active_revision = scene_touch(scene);
        return 0;
    case WIN_ACK:
        scene->ack_serial = m->ack.serial;
        scene->ack_revision = scene_touch(scene);
        return 0;
    default:
        return apply_window_fact(scene, m, err);
    }
}

static struct win_text text_of(const char *s)
{
    return (struct win_text){s, strlen(s)};
}

void scene_window_fact(const struct scene_window *w, enum scene_fact fact, struct win_msg *m)
{
    uint32_t id = w->record.id;

    switch (fact) {
    case FACT_WINDOW:
        *m = (struct win_msg){WIN_WINDOW, .window = w->record};
        return;
    case FACT_TITLE:
        *m = (struct win_msg){WIN_TITLE, .title = {id, text_of(w->title)}};
        return;
    case FACT_APP:
        *m = (struct win_msg){WIN_APP, .app = {id, text_of(w->app_id), text_of(w->instance),
                                               text_of(w->class_name), w->pid}};
        return;
    case FACT_ICON:
        *m = (struct win_msg){WIN_ICON, .icon = {id, w->icon_width, w->icon_height, w->icon}};
        return;
    case FACT_STATE:
        *m = (struct win_msg){WIN_STATE, .state = {id, w->state}};
        return;
    case FACT_LIMITS:
        *m = (struct win_msg){WIN_LIMITS, .limits = {id, w->limits}};
        return;
    case FACT_SHAPE:
        *m = (struct win_msg){WIN_SHAPE, .shape = {id, w->shape_count, w->shape}};
        return;
    case FACT_FRAME:
        *m = (struct win_msg){WIN_FRAME, .frame = {id, w->frame}};
        return;
    case FACT_COUNT:
        break;
    }
    assert(0 && "a fact that exists");
}
