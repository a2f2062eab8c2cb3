/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From damage of the screen to the host windows that show it. A window is a cut-out of the guest's
 * screen, so only what the guest's own stacking leaves visible of it is ever put; the rest keeps
 * the pixels it had. Damage collects while the server is busy with the last batch, so a slow server
 * gets fewer and larger batches, never a queue.
 *
 * While the guest has not answered where the host put a window, what is at its old place on the
 * screen may be half moved already: the window keeps what it shows and is repainted whole at the
 * answer, which comes with its pixels.
 */
#include "x11/private.h"

/* ---- What is visible ---------------------------------------------------------------------------
 */

/* Windows on a desktop make some hundred; beyond, all that they enclose counts as covered. */
enum { COVER_BOXES_MAX = 2048 };

/* Is it seen through? With a frame of the guest's around it a shape says nothing about the whole.
 */
static bool is_shaped(const struct scene_window *w)
{
    return w->shape_count && !w->frame.frame.top;
}

/* The window's shape on the guest's desktop; the caller finishes it. */
static void shape_init(pixman_region32_t *region, const struct scene_window *w)
{
    pixman_box32_t boxes[SCENE_SHAPE_BOXES];

    for (uint32_t i = 0; i < w->shape_count; i++) {
        struct rect s = w->shape[i];

        boxes[i] = (pixman_box32_t){s.x, s.y, s.x + s.w, s.y + s.h};
    }
    pixman_region32_init_rects(region, boxes, (int)w->shape_count);
    pixman_region32_translate(region, w->record.place.x, w->record.place.y);
}

/* The part of the guest's screen that the window covers, frame and shadow included. */
static void add_cover(pixman_region32_t *covered, const struct scene_window *w)
{
    struct rect r = rect_grow(rect_grow(w->record.place, w->frame.frame), w->frame.shadow);
    pixman_region32_t shape;

    if (w->state & WINDOW_MINIMIZED)
        return;
    if (is_shaped(w)) {
        shape_init(&shape, w);
        pixman_region32_union(covered, covered, &shape);
        pixman_region32_fini(&shape);
    } else {
        pixman_region32_union_rect(covered, covered, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    }
    if (pixman_region32_n_rects(covered) > COVER_BOXES_MAX) {
        pixman_box32_t all = *pixman_region32_extents(covered);

        pixman_region32_reset(covered, &all);
    }
}

/* The part of r, which the window shows, that is its own: no other window's pixels are kept. */
static void own_region(pixman_region32_t *region, const struct scene_window *w, struct rect r)
{
    pixman_region32_t shape;

    pixman_region32_union_rect(region, region, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    if (!is_shaped(w))
        return;
    shape_init(&shape, w);
    pixman_region32_intersect(region, region, &shape);
    pixman_region32_fini(&shape);
}

/*
 * Sets the window's visible region, and asks for the part of it that was not visible before. A
 * window that the guest moved is asked for whole: the pixels of the move may have come a moment
 * before the news of it, and were then put as if they belonged to the old place.
 */
static void find_one(struct host_window *hw, const struct scene_window *w, struct rect screen,
                     pixman_region32_t *covered)
{
    struct rect view = window_view(hw->sink, w), r = rect_intersect(view, screen);
    struct rect cut = {w->record.source.x + view.x - w->record.place.x,
                       w->record.source.y + view.y - w->record.place.y, view.w, view.h};
    pixman_region32_t now, news;

    if (!rect_equal(hw->cut, cut))
        pixman_region32_clear(&hw->visible);
    hw->cut = cut;
    pixman_region32_init(&now);
    pixman_region32_init(&news);
    if (!rect_is_empty(r) && !(w->state & WINDOW_MINIMIZED) && w->record.surface == 0) {
        own_region(&now, w, r);
        pixman_region32_subtract(&now, &now, covered);
        pixman_region32_translate(&now, -view.x, -view.y);
    }
    pixman_region32_subtract(&news, &now, &hw->visible);
    pixman_region32_union(&hw->pending, &hw->pending, &news);
    hw->sink->paint.due |= pixman_region32_not_empty(&news);
    pixman_region32_copy(&hw->visible, &now);
    pixman_region32_fini(&now);
    pixman_region32_fini(&news);
}

void paint_find_visible(struct x11_sink *sink)
{
    const struct scene *scene = sink->scene;
    struct rect screen = scene->screen ? surface_bounds(scene->screen) : (struct rect){0};
    pixman_region32_t covered;

    pixman_region32_init(&covered);
    for (uint32_t i = scene->stack_count; i-- > 0;) {
        const struct scene_window *w = scene_window(scene, scene->stack[i]);
        struct host_window *hw = window_by_id(sink, scene->stack[i]);

        if (hw)
            find_one(hw, w, screen, &covered);
        add_cover(&covered, w);
    }
    pixman_region32_fini(&covered);
}

/* ---- What is to be painted ---------------------------------------------------------------------
 */

void paint_damage(struct x11_sink *sink, const pixman_region32_t *region)
{
    GHashTableIter i;
    gpointer value;
    pixman_region32_t part;

    pixman_region32_init(&part);
    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;
        pixman_box32_t *e = pixman_region32_extents((pixman_region32_t *)region);

        if (e->x1 >= hw->cut.x + hw->cut.w || e->x2 <= hw->cut.x ||
            e->y1 >= hw->cut.y + hw->cut.h || e->y2 <= hw->cut.y)
            continue;
        pixman_region32_copy(&part, (pixman_region32_t *)region);
        pixman_region32_translate(&part, -hw->cut.x, -hw->cut.y);
        pixman_region32_intersect(&part, &part, &hw->visible);
        pixman_region32_union(&hw->pending, &hw->pending, &part);
        sink->paint.due |= pixman_region32_not_empty(&part);
    }
    pixman_region32_fini(&part);
}

void paint_exposed(struct host_window *hw, struct rect r)
{
    pixman_region32_union_rect(&hw->pending, &hw->pending, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    hw->sink->paint.due = true;
}

/* ---- Painting ----------------------------------------------------------------------------------
 */

static bool is_held(const struct host_window *hw)
{
    return !hw->viewable || (place_is_open(&hw->place) && !hw->repaint);
}

/* Puts what is pending; the last put of the whole batch is the one that asks for a completion. */
static bool paint_window(struct host_window *hw, bool notify)
{
    struct picture *screen = &hw->sink->paint.screen;
    struct rect bounds = surface_bounds(screen->surface);
    pixman_box32_t *boxes;
    bool answered = false;
    int count;

    if (hw->repaint)
        pixman_region32_copy(&hw->pending, &hw->visible);
    hw->repaint = false;
    pixman_region32_intersect(&hw->pending, &hw->pending, &hw->visible);
    boxes = pixman_region32_rectangles(&hw->pending, &count);
    for (int i = 0; i < count; i++) {
        struct rect from = {boxes[i].x1 + hw->cut.x, boxes[i].y1 + hw->cut.y,
                            boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1};

        from = rect_intersect(from, bounds);
        if (!rect_is_empty(from))
            answered |= picture_put(&hw->sink->display, screen, hw->xid, from, from.x - hw->cut.x,
                                    from.y - hw->cut.y, notify && i == count - 1);
    }
    pixman_region32_clear(&hw->pending);
    return answered;
}

static bool paint_windows(struct x11_sink *sink)
{
    struct host_window *last = NULL;
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);) {
        struct host_window *hw = value;

        if (is_held(hw) || (!hw->repaint && !pixman_region32_not_empty(&hw->pending)))
            continue;
        if (last)
            paint_window(last, false);
        last = hw;
    }
    return last && paint_window(last, true);
}

void paint_flush(struct x11_sink *sink)
{
    struct paint *p = &sink->paint;

    if (!p->due || p->busy || !p->screen.surface)
        return;
    p->due = false;
    p->busy = sink->seamless ? paint_windows(sink) : desktop_paint(sink);
}
