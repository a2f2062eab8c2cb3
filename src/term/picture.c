/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tiles; see picture.h. */
#include "term/picture.h"

#include "base/arith.h"
#include "base/mem.h"
#include "pixel/scale.h"
#include "term/kitty.h"
#include "term/sixel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILE_COLUMNS = 16, TILE_ROWS = 4, FIRST_ID = 1000 };

struct picture {
    struct picture_area area;
    uint32_t width, height;        /* of the screen */
    struct rect at;                /* the screen's pixels, in `fresh` and `shown` */
    struct surface *fresh, *shown; /* as large as its cells; NULL: nothing yet */
    pixman_region32_t stale;       /* of `fresh` */
    bool is_forgotten;             /* what is shown is in no `shown` */
};

static struct rect place_of(uint32_t width, uint32_t height, const struct picture_area *area)
{
    uint32_t w = area->columns * area->cell_width, h = area->rows * area->cell_height;
    struct rect at = {0, 0, (int32_t)width, (int32_t)height};

    if (width > w || height > h) {
        at = scale_fit(width, height, w, h);
        at.x = at.y = 0;
    }
    return at;
}

void picture_size(uint32_t width, uint32_t height, const struct picture_area *area,
                  uint32_t *columns, uint32_t *rows)
{
    struct rect at = place_of(width, height, area);

    *columns = ((uint32_t)at.w + area->cell_width - 1) / area->cell_width;
    *rows = ((uint32_t)at.h + area->cell_height - 1) / area->cell_height;
}

static void resize(struct picture *p, const struct picture_area *area, const struct surface *screen)
{
    uint32_t columns, rows;

    p->area = *area;
    p->width = screen->width;
    p->height = screen->height;
    p->at = place_of(p->width, p->height, area);
    picture_size(p->width, p->height, area, &columns, &rows);
    surface_unref(p->fresh);
    surface_unref(p->shown);
    p->fresh = surface_create(columns * area->cell_width, rows * area->cell_height);
    p->shown = surface_create(p->fresh->width, p->fresh->height);
    p->is_forgotten = true;
}

static bool is_same_area(const struct picture_area *a, const struct picture_area *b)
{
    return a->columns == b->columns && a->rows == b->rows && a->cell_width == b->cell_width &&
           a->cell_height == b->cell_height;
}

static void scale_box(struct picture *p, const struct surface *screen, struct rect r)
{
    r = rect_intersect(r, surface_bounds(screen));
    if (rect_is_empty(r))
        return;
    r = rect_intersect(scale_affected(r, screen->width, screen->height, p->at),
                       surface_bounds(p->fresh));
    if (rect_is_empty(r))
        return;
    scale_paint(p->fresh, p->at, screen, r);
    pixman_region32_union_rect(&p->stale, &p->stale, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
}

static void scale(struct picture *p, const struct surface *screen, const pixman_region32_t *changed)
{
    int n;
    const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)changed, &n);

    pixman_region32_clear(&p->stale);
    if (p->is_forgotten)
        scale_box(p, screen, surface_bounds(screen));
    for (int i = 0; i < n && !p->is_forgotten; i++)
        scale_box(p, screen,
                  (struct rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                                boxes[i].y2 - boxes[i].y1});
}

static bool differs(const struct picture *p, struct rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        if (memcmp(surface_row(p->fresh, y) + r.x, surface_row(p->shown, y) + r.x,
                   (size_t)r.w * sizeof(uint32_t)))
            return true;
    return false;
}

static void put_tile(struct picture *p, enum picture_kind kind, uint32_t registers, uint32_t i,
                     struct rect r, struct buf *out)
{
    char place[32];

    snprintf(place, sizeof(place), "\033[%u;%uH", (uint32_t)r.y / p->area.cell_height + 1,
             (uint32_t)r.x / p->area.cell_width + 1);
    buf_append(out, place, strlen(place));
    if (kind == PICTURE_KITTY)
        kitty_put(out, p->fresh, r, FIRST_ID + i);
    else
        sixel_put(out, p->fresh, r, registers);
    surface_copy(p->shown, p->fresh, r);
}

static void put_tiles(struct picture *p, enum picture_kind kind, uint32_t registers,
                      struct buf *out)
{
    int32_t w = (int32_t)(TILE_COLUMNS * p->area.cell_width);
    int32_t h = (int32_t)(TILE_ROWS * p->area.cell_height);
    uint32_t i = 0;

    for (int32_t y = 0; y < (int32_t)p->fresh->height; y += h)
        for (int32_t x = 0; x < (int32_t)p->fresh->width; x += w, i++) {
            struct rect r = rect_intersect((struct rect){x, y, w, h}, surface_bounds(p->fresh));
            pixman_box32_t box = {r.x, r.y, r.x + r.w, r.y + r.h};

            if (p->is_forgotten ||
                (pixman_region32_contains_rectangle(&p->stale, &box) != PIXMAN_REGION_OUT &&
                 differs(p, r)))
                put_tile(p, kind, registers, i, r, out);
        }
}

void picture_draw(struct picture *p, enum picture_kind kind, uint32_t registers,
                  const struct picture_area *area, const struct surface *screen,
                  const pixman_region32_t *changed, struct buf *out)
{
    if (!p->fresh || !is_same_area(&p->area, area) || p->width != screen->width ||
        p->height != screen->height)
        resize(p, area, screen);
    if (p->is_forgotten && kind == PICTURE_KITTY)
        kitty_remove_all(out);
    scale(p, screen, changed);
    put_tiles(p, kind, registers, out);
    p->is_forgotten = false;
}

void picture_forget(struct picture *p)
{
    p->is_forgotten = true;
}

struct picture *picture_create(void)
{
    struct picture *p = mem_new0(struct picture);

    pixman_region32_init(&p->stale);
    return p;
}

void picture_destroy(struct picture *p)
{
    if (!p)
        return;
    surface_unref(p->fresh);
    surface_unref(p->shown);
    pixman_region32_fini(&p->stale);
    free(p);
}
