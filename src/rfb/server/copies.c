/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CopyRects of an update: windows that were moved and areas that scrolled, found by comparing with
 * the picture that the viewer has. See private.h.
 */
#include "rfb/server/private.h"

enum {
    SCROLL_WIDTH_MIN = 48, /* smaller areas are sent as they are */
    SCROLL_HEIGHT_MIN = 2 * 16,
    SCROLLS_MAX = 3, /* areas of an update that are looked at */
};

/* A window that moved again before the viewer heard of it came from where it was at first. */
void rfb_viewer_note_moves(struct rfb_viewer *c, const struct rfb_move *moves, uint32_t count)
{
    for (uint32_t i = 0; c->shadow.width && i < count; i++) {
        struct rfb_move m = moves[i];
        uint32_t k = 0;

        while (k < c->move_count &&
               !(c->moves[k].to.x == m.to.x - m.dx && c->moves[k].to.y == m.to.y - m.dy &&
                 c->moves[k].to.w == m.to.w && c->moves[k].to.h == m.to.h))
            k++;
        if (k == RFB_VIEWER_MOVES)
            return;
        if (k < c->move_count) {
            m.dx += c->moves[k].dx;
            m.dy += c->moves[k].dy;
        } else {
            c->move_count++;
        }
        c->moves[k] = m;
    }
}

/* The viewer has the pixels of r now. */
static void subtract(struct rfb_viewer *c, pixman_region32_t *region, struct rect r)
{
    pixman_region32_t done;

    pixman_region32_init_rect(&done, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_subtract(region, region, &done);
    pixman_region32_subtract(&c->damage, &c->damage, &done);
    pixman_region32_fini(&done);
}

static bool meets(pixman_region32_t *region, struct rect r)
{
    pixman_box32_t box = {r.x, r.y, r.x + r.w, r.y + r.h};

    return pixman_region32_contains_rectangle(region, &box) != PIXMAN_REGION_OUT;
}

static unsigned put_moves(struct rfb_viewer *c, pixman_region32_t *region, struct buf *out)
{
    struct rect bounds = {0, 0, c->width, c->height};
    unsigned n = 0;

    for (uint32_t i = 0; i < c->move_count; i++) {
        const struct rfb_move *m = &c->moves[i];
        struct rect came_from = {bounds.x + m->dx, bounds.y + m->dy, bounds.w, bounds.h};
        struct rect to = rect_intersect(rect_intersect(m->to, bounds), came_from);

        if (rect_is_empty(to) || !meets(region, to) ||
            !rfb_shadow_try_move(&c->shadow, to, to.x - m->dx, to.y - m->dy,
                                 rfb_server_snapshot(c->server, to)))
            continue;
        rfb_put_copy_rect(out, to, to.x - m->dx, to.y - m->dy);
        subtract(c, region, to);
        n++;
    }
    c->move_count = 0;
    return n;
}

/* The largest box of the region below that area, if it is worth a look; else false. */
static bool largest_box(const pixman_region32_t *region, int64_t below, struct rect *largest)
{
    pixman_box32_t *boxes;
    int64_t most = 0;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        struct rect r = {boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                         boxes[i].y2 - boxes[i].y1};

        if (r.w < SCROLL_WIDTH_MIN || r.h < SCROLL_HEIGHT_MIN || (int64_t)r.w * r.h <= most ||
            (int64_t)r.w * r.h >= below)
            continue;
        most = (int64_t)r.w * r.h;
        *largest = r;
    }
    return most > 0;
}

unsigned rfb_viewer_put_copies(struct rfb_viewer *c, pixman_region32_t *region, struct buf *out)
{
    struct rfb_shadow_copy copy;
    int64_t below = INT64_MAX;
    struct rect box;
    unsigned n = put_moves(c, region, out);

    for (int i = 0; i < SCROLLS_MAX && largest_box(region, below, &box); i++) {
        below = (int64_t)box.w * box.h;
        if (!rfb_shadow_find_scroll(&c->shadow, box, rfb_server_snapshot(c->server, box), &copy))
            continue;
        rfb_put_copy_rect(out, copy.to, copy.from_x, copy.from_y);
        subtract(c, region, copy.to);
        n++;
    }
    return n;
}
