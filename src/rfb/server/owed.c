/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The algebra of moves and regions; see owed.h. */
#include "rfb/server/owed.h"

void rfb_owed_init(struct rfb_owed *o)
{
    o->move_count = 0;
    pixman_region32_init(&o->pixels);
    pixman_region32_init(&o->lossy);
}

void rfb_owed_finish(struct rfb_owed *o)
{
    pixman_region32_fini(&o->pixels);
    pixman_region32_fini(&o->lossy);
}

static void add(pixman_region32_t *region, struct rect r)
{
    if (!rect_is_empty(r))
        pixman_region32_union_rect(region, region, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
}

static void take_off(pixman_region32_t *region, struct rect r)
{
    pixman_region32_t gone;

    pixman_region32_init_rect(&gone, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_subtract(region, region, &gone);
    pixman_region32_fini(&gone);
}

static struct rect shifted(struct rect r, int32_t dx, int32_t dy)
{
    return (struct rect){r.x + dx, r.y + dy, r.w, r.h};
}

/* A property of pixels goes along with them: where they came from it stays as it was. */
static void move_along(pixman_region32_t *region, const struct rfb_move *m)
{
    struct rect from = shifted(m->to, -m->dx, -m->dy);
    pixman_region32_t came;

    pixman_region32_init_rect(&came, from.x, from.y, (unsigned)from.w, (unsigned)from.h);
    pixman_region32_intersect(&came, &came, region);
    pixman_region32_translate(&came, m->dx, m->dy);
    take_off(region, m->to);
    pixman_region32_union(region, region, &came);
    pixman_region32_fini(&came);
}

static int64_t area_of(const pixman_region32_t *region)
{
    pixman_box32_t *boxes;
    int64_t area = 0;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++)
        area += (int64_t)(boxes[i].x2 - boxes[i].x1) * (boxes[i].y2 - boxes[i].y1);
    return area;
}

/*
 * Two moves as one, when one after the other, as of a text that goes on scrolling: it takes pixels
 * directly from where they were before both. What the two did elsewhere is owed as pixels, which is
 * little more than was owed anyway; otherwise they stay two, and this returns false.
 */
static bool merge(struct rfb_owed *o, const struct rfb_move *next)
{
    struct rfb_move *last = &o->moves[o->move_count - 1];
    struct rfb_move both = {rect_intersect(next->to, shifted(last->to, next->dx, next->dy)),
                            last->dx + next->dx, last->dy + next->dy};
    pixman_region32_t more;
    bool worth;

    if (rect_is_empty(both.to))
        return false;
    pixman_region32_init(&more);
    add(&more, last->to);
    add(&more, next->to);
    take_off(&more, both.to);
    pixman_region32_subtract(&more, &more, &o->pixels);
    worth = area_of(&more) * 8 <= (int64_t)both.to.w * both.to.h;
    if (worth) {
        pixman_region32_union(&o->pixels, &o->pixels, &more);
        *last = both;
        o->move_count -= !both.dx && !both.dy; /* back where it was */
    }
    pixman_region32_fini(&more);
    return worth;
}

/* Without the moves only their targets are wrong: elsewhere the viewer has what it had. */
static void forget_moves(struct rfb_owed *o)
{
    for (unsigned i = 0; i < o->move_count; i++)
        add(&o->pixels, o->moves[i].to);
    o->move_count = 0;
}

void rfb_owed_moved(struct rfb_owed *o, const struct rfb_move *move)
{
    move_along(&o->pixels, move);
    if (o->move_count && merge(o, move))
        return;
    if (o->move_count == RFB_OWED_MOVES) {
        forget_moves(o);
        add(&o->pixels, move->to);
        return;
    }
    o->moves[o->move_count++] = *move;
}

void rfb_owed_changed(struct rfb_owed *o, const pixman_region32_t *region)
{
    pixman_region32_union(&o->pixels, &o->pixels, (pixman_region32_t *)region);
}

void rfb_owed_changed_rect(struct rfb_owed *o, struct rect r)
{
    add(&o->pixels, r);
}

void rfb_owed_all(struct rfb_owed *o)
{
    o->move_count = 0;
    pixman_region32_fini(&o->pixels);
    pixman_region32_init_rect(&o->pixels, 0, 0, UINT16_MAX, UINT16_MAX);
}

void rfb_owed_clip_moves(struct rfb_owed *o, struct rect bounds)
{
    for (unsigned i = 0; i < o->move_count; i++) {
        const struct rfb_move *m = &o->moves[i];

        if (!rect_contains(bounds, m->to) ||
            !rect_contains(bounds, shifted(m->to, -m->dx, -m->dy))) {
            forget_moves(o);
            return;
        }
    }
}

void rfb_owed_sent_move(struct rfb_owed *o, const struct rfb_move *move)
{
    move_along(&o->lossy, move);
}

void rfb_owed_sent(struct rfb_owed *o, struct rect r)
{
    take_off(&o->lossy, r);
}

void rfb_owed_sent_lossy(struct rfb_owed *o, struct rect r)
{
    add(&o->lossy, r);
}
