/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a film is, and whether it is worth a stream of its own; see film.h. */
#include "rfb/server/film.h"

#include "base/mem.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/load.h"
#include "rfb/server/private.h"

#include <stdlib.h>

enum {
    GRID = 16,       /* a film's sides: what encoders cut pictures into */
    STEADY = 4,      /* updates in which it is at the same place before it is one */
    SAMPLE_ROWS = 8, /* one in so many */
};

static int64_t area_of(struct rect r)
{
    return (int64_t)r.w * r.h;
}

/* ---- Whether --------------------------------------------------------------------------------
 */

/*
 * Where JPEG, even at its worst (a tenth of a byte a pixel, by and large), keeps the path busy for
 * a third of the time between two pictures, a stream is worth it: it takes a fifth of the bytes or
 * less. Elsewhere it is not, since it takes half as much more of the processor's time and cannot be
 * shared. What is not measured is no slow path.
 */
static bool is_slow(struct rfb_viewer *c, struct rect at)
{
    const struct rfb_flow *flow = &c->sending.flow;
    double rate = c->continuous && flow->answers && !flow->grows ? rfb_flow_rate(flow) : 0;
    double most = c->film.is_slow ? 0.005 : 0.010; /* seconds a picture */

    c->film.is_slow = rate > 0 && (double)area_of(at) / 10 / rate > most;
    return c->film.is_slow;
}

static bool is_allowed(const struct rfb_viewer *c)
{
    unsigned open = 0;

    if (c->film.is_open)
        return true;
    for (const struct rfb_viewer *o = c->server->clients; o; o = o->next)
        open += o->film.is_open;
    return open < RFB_FILMS_MAX;
}

/* What a camera saw has few runs of a colour (as in Tight's encoder, which looks for JPEG). */
static bool is_photo(const struct rfb_picture *p, struct rect r)
{
    int64_t changes = 0, pixels = 0;

    for (int32_t y = r.y; y < r.y + r.h; y += SAMPLE_ROWS) {
        const uint32_t *row = p->pixels + (size_t)y * p->width + r.x;

        for (int32_t x = 1; x < r.w; x++)
            changes += row[x] != row[x - 1];
        pixels += r.w;
    }
    return changes * 2 > pixels;
}

/* ---- Where ----------------------------------------------------------------------------------
 */

struct tiles {
    uint32_t columns, rows;
    uint8_t *hot; /* by place: what is part of the film and was not counted yet */
    uint32_t *queue;
};

static struct tiles find_hot(const struct rfb_picture *p, const pixman_region32_t *region)
{
    struct rect all = {0, 0, (int32_t)p->width, (int32_t)p->height};
    struct tiles t = {p->tile_columns, p->tile_rows, NULL, NULL};

    t.hot = mem_alloc0((size_t)t.columns * t.rows, 1);
    t.queue = mem_alloc0((size_t)t.columns * t.rows, sizeof(*t.queue));
    for (uint32_t i = 0; i < t.columns * t.rows; i++) {
        int32_t x = (int32_t)(i % t.columns) * RFB_TILE, y = (int32_t)(i / t.columns) * RFB_TILE;
        pixman_box32_t box = {x, y, x + RFB_TILE, y + RFB_TILE};

        t.hot[i] = p->tiles[i].heat >= RFB_TILE_HOT &&
                   pixman_region32_contains_rectangle((pixman_region32_t *)region, &box) !=
                       PIXMAN_REGION_OUT &&
                   is_photo(p, rect_intersect((struct rect){x, y, RFB_TILE, RFB_TILE}, all));
    }
    return t;
}

/* The tiles that hang together with this one: their box, in tiles. They are not hot any more. */
static struct rect take_group(struct tiles *t, uint32_t first, uint32_t *count)
{
    struct rect box = {0};
    uint32_t n = 0;

    t->hot[first] = 0;
    t->queue[n++] = first;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t x = t->queue[k] % t->columns, y = t->queue[k] / t->columns;
        const uint32_t next[4] = {x > 0 ? t->queue[k] - 1 : first,
                                  x + 1 < t->columns ? t->queue[k] + 1 : first,
                                  y > 0 ? t->queue[k] - t->columns : first,
                                  y + 1 < t->rows ? t->queue[k] + t->columns : first};

        box = rect_union(box, (struct rect){(int32_t)x, (int32_t)y, 1, 1});
        for (int i = 0; i < 4; i++)
            if (t->hot[next[i]]) {
                t->hot[next[i]] = 0;
                t->queue[n++] = next[i];
            }
    }
    *count = n;
    return box;
}

/* The largest group, if it fills its box by and large. In pixels. */
static struct rect largest_group(const struct rfb_picture *p, const pixman_region32_t *region)
{
    struct tiles t = find_hot(p, region);
    struct rect found = {0};
    uint32_t most = 0, count;

    for (uint32_t i = 0; i < t.columns * t.rows; i++) {
        struct rect box;

        if (!t.hot[i])
            continue;
        box = take_group(&t, i, &count);
        if (count <= most)
            continue;
        most = count;
        found = (int64_t)count * 3 >= area_of(box) * 2 ? box : (struct rect){0};
    }
    free(t.hot);
    free(t.queue);
    return (struct rect){found.x * RFB_TILE, found.y * RFB_TILE, found.w * RFB_TILE,
                         found.h * RFB_TILE};
}

/* What of the region is hot and hangs together, as a rectangle: empty, or worth looking at. */
static struct rect find_film(struct rfb_viewer *c, const pixman_region32_t *region)
{
    const struct rfb_picture *p = &c->server->picture;
    struct rect r = largest_group(p, region), bounds = {0, 0, c->width, c->height};
    pixman_region32_t part;
    pixman_box32_t e;
    int64_t area;

    if (rect_is_empty(r))
        return r;
    pixman_region32_init_rect(&part, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_intersect(&part, &part, (pixman_region32_t *)region);
    e = *pixman_region32_extents(&part);
    area = (int64_t)rfb_region_area(&part);
    pixman_region32_fini(&part);
    r.x = e.x1 / GRID * GRID;
    r.y = e.y1 / GRID * GRID;
    r.w = (e.x2 - r.x + GRID - 1) / GRID * GRID;
    r.h = (e.y2 - r.y + GRID - 1) / GRID * GRID;
    r = rect_intersect(r, bounds);
    /* Half a picture at least is new; else the parts are better sent as such. */
    if (area * 2 < area_of(r) || area_of(r) < RFB_FILM_PIXELS_LEAST || area_of(r) > RFB_FILM_PIXELS)
        return (struct rect){0};
    return r;
}

/*
 * A film stays where it is as long as what is new lies there by and large: what does not goes in
 * another way. It moves when that was elsewhere for a while.
 */
static bool settle(struct rfb_film *f, struct rect r)
{
    struct rect both = rect_intersect(f->at, r);
    bool stays = area_of(both) * 4 >= area_of(r) * 3 && area_of(both) * 2 >= area_of(f->at);

    if (stays && rect_equal(both, r)) {
        f->seen = 0;
        return true;
    }
    if (!f->seen || area_of(rect_union(f->next, r)) * 4 > area_of(r) * 5) {
        f->next = r;
        f->seen = 0;
    }
    f->next = rect_union(f->next, r);
    if (++f->seen < STEADY)
        return stays;
    f->at = f->next;
    f->seen = 0;
    return true;
}

struct rect rfb_viewer_film(struct rfb_viewer *c, const pixman_region32_t *region,
                            struct rect wanted)
{
    static const struct rect none;
    struct rfb_film *f = &c->film;
    struct rect r;

    if (!c->wants.open_h264 || !c->wants.quality || f->failed ||
        c->server->picture.width != c->width || c->server->picture.height != c->height)
        return none;
    r = find_film(c, region);
    if (rect_is_empty(r) || !is_slow(c, r) || !settle(f, r) || !rect_contains(wanted, f->at) ||
        !is_allowed(c))
        return none;
    if (!f->is_asked)
        rfb_h264_load_encoder(NULL, NULL, NULL);
    f->is_asked = true;
    if (!rfb_h264_encodes())
        return none;
    if (!f->is_open) { /* the encoder's memory takes the place of what was for JPEG */
        rfb_strips_forget(&c->server->strips);
        mem_trim();
    }
    f->is_open = true;
    return f->at;
}

void rfb_viewer_film_failed(struct rfb_viewer *c, struct rect at)
{
    c->film.failed = true;
    rfb_owed_changed_rect(&c->owed, at);
}

unsigned rfb_viewer_close_film(struct rfb_viewer *c, struct buf *out)
{
    struct rfb_film *f = &c->film;
    struct rect at = f->at;
    pixman_box32_t box = {at.x, at.y, at.x + at.w, at.y + at.h};

    if (!f->is_open || pixman_region32_contains_rectangle(&c->owed.lossy, &box) ||
        !rfb_streams_close(c->streams, rfb_codec_index(RFB_OPEN_H264)))
        return 0;
    *f = (struct rfb_film){.failed = f->failed, .is_asked = true};
    if (!c->wants.open_h264)
        return 0;
    rfb_put_h264_reset_all(out, at);
    return 1;
}
