/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes into a FramebufferUpdate: the size alone, or what is news besides pixels, moves, and a
 * plan of the pixels that the viewer is owed where it asked for them. With nothing of that owed,
 * what went as JPEG and has been calm since is sent as it is, a part at a time.
 *
 * The plan is in parts as large as is good for a thread; what is new on the screen comes before
 * what moves all the time, and that goes on where the last frame was given up. A plan holds for
 * several updates, and only when they take long the screen is read again before its end. See
 * private.h.
 */
#include "rfb/server/private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    PART_PIXELS = 64 << 10,        /* about as many in a part, */
    PART_PIXELS_LOSSY = 128 << 10, /* where a pixel takes few bytes and little time, */
    PART_PIXELS_SLOW = 32 << 10,   /* or on a path that takes long for them */
    RATE_SLOW = 10 << 20,          /* bytes a second that such a path takes at most */
    PART_ROWS = RFB_TILE,          /* its height is a multiple: the tiles of encodings */
    RECTS_MAX = 256,               /* a finer region is sent as its bounding box */
    WINDOWS_BUDGET = 512 << 10,    /* bytes of facts an update */
    SMALL = 16 << 10,              /* pixels that are encoded at once: half a millisecond */
    LARGE = 256 << 10, /* pixels from which on it pays to use threads, and to send pieces */
    QUICK = 512 << 10, /* pixels of a film up to which it does not */
    TOGETHER_US = 50 * 1000,
    FRAME_US = 100 * 1000,      /* later what was read is old, and the rest of it is read anew */
    SHARPEN_PIXELS = 128 << 10, /* an update: a change has not to wait for more */
};

size_t rfb_region_area(const pixman_region32_t *region)
{
    pixman_box32_t *boxes;
    size_t area = 0;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++)
        area += (size_t)(boxes[i].x2 - boxes[i].x1) * (size_t)(boxes[i].y2 - boxes[i].y1);
    return area;
}

/* ---- Without pixels ---------------------------------------------------------------------------
 */

static void put_shared_damage(struct rfb_viewer *c, const pixman_region32_t *region)
{
    pixman_box32_t *boxes;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        struct rect r = {boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                         boxes[i].y2 - boxes[i].y1};

        rfb_put_shared_damage(&c->sending.out, r);
        c->sending.rects++;
    }
    pixman_region32_subtract(&c->owed.pixels, &c->owed.pixels, (pixman_region32_t *)region);
}

/* The viewer gets the screen's memory, another one's, or learns that there is none to share. */
static void put_shared_surface(struct rfb_viewer *c)
{
    struct surface *screen = rfb_server_scene(c->server)->screen;
    bool share = c->is_unix && c->wants.shared_surface && screen && screen->handle >= 0 &&
                 screen->width == c->width && screen->height == c->height;
    struct rfb_shared_surface say = {0};

    if (share ? c->shared == screen : !c->shared)
        return;
    surface_unref(c->shared);
    c->shared = share ? surface_ref(screen) : NULL;
    if (share) {
        say = (struct rfb_shared_surface){c->width, c->height, 0, (uint32_t)screen->stride,
                                          screen->size};
        c->sending.fd = screen->handle;
    }
    rfb_put_shared_surface(&c->sending.out, &say);
    c->sending.rects++;
    rfb_owed_all(&c->owed);
}

static void put_windows(struct rfb_viewer *c)
{
    const struct scene *scene = rfb_server_scene(c->server);
    struct buf messages = BUF_INIT;

    c->windows.elsewhere = !c->wants.windows_watch && c->server->driver && c->server->driver != c;
    if (!c->told.windows || !rfb_windows_is_news(&c->windows, scene))
        return;
    rfb_windows_put(&c->windows, scene, WINDOWS_BUDGET, &messages);
    if (messages.len) {
        rfb_put_windows(&c->sending.out, messages.data, (uint32_t)messages.len);
        c->sending.rects++;
        c->sending.whole = true;
    }
    buf_finish(&messages);
}

void rfb_viewer_put_moves(struct rfb_viewer *c)
{
    for (unsigned i = 0; i < c->owed.move_count; i++) {
        const struct rfb_move *m = &c->owed.moves[i];

        rfb_put_copy_rect(&c->sending.out, m->to, m->to.x - m->dx, m->to.y - m->dy);
        rfb_owed_sent_move(&c->owed, m);
        c->sending.rects++;
    }
    c->owed.move_count = 0;
}

/* ---- What is owed -----------------------------------------------------------------------------
 */

static void add_area(pixman_region32_t *region, struct rect area, struct rect bounds)
{
    area = rect_intersect(area, bounds);
    if (!rect_is_empty(area))
        pixman_region32_union_rect(region, region, area.x, area.y, (unsigned)area.w,
                                   (unsigned)area.h);
}

/* What of the region lies where the viewer asked for it, in not too many rectangles. */
static void wanted_part(const struct rfb_viewer *c, const pixman_region32_t *of,
                        pixman_region32_t *region)
{
    struct rect bounds = {0, 0, c->width, c->height};

    pixman_region32_init(region);
    if (c->requested)
        add_area(region, c->request_area, bounds);
    if (c->continuous)
        add_area(region, c->continuous_area, bounds);
    pixman_region32_intersect(region, region, (pixman_region32_t *)of);
    if (pixman_region32_n_rects(region) > RECTS_MAX)
        pixman_region32_reset(region, pixman_region32_extents(region));
}

static struct rect largest_wanted(const struct rfb_viewer *c)
{
    struct rect area = c->requested ? c->request_area : c->continuous_area;

    return rect_intersect(area, (struct rect){0, 0, c->width, c->height});
}

/* ---- The plan ---------------------------------------------------------------------------------
 */

/* Most of it are tiles that change again and again. */
static bool is_hot(const struct rfb_picture *p, struct rect r)
{
    int tiles = 0, hot = 0;

    for (int32_t y = r.y / RFB_TILE * RFB_TILE; y < r.y + r.h; y += RFB_TILE)
        for (int32_t x = r.x / RFB_TILE * RFB_TILE; x < r.x + r.w; x += RFB_TILE) {
            const struct rfb_tile *t = rfb_picture_tile(p, x, y);

            tiles++;
            hot += t && t->heat >= RFB_TILE_HOT;
        }
    return hot * 2 >= tiles;
}

static void add_part(struct rfb_viewer *c, struct rect r, bool sharpen, bool large)
{
    struct rfb_sending *s = &c->sending;
    bool hot = is_hot(&c->server->picture, r);
    struct rfb_part *part;

    if (s->part_count == s->part_room) {
        s->part_room = MAX(2 * s->part_room, 16);
        s->parts = mem_resize(s->parts, s->part_room, sizeof(*s->parts));
    }
    part = &s->parts[s->part_count++];
    *part = (struct rfb_part){.at = r, .sharpen = sharpen};
    part->lossy = !sharpen && c->wants.quality && (hot || large);
    part->order = hot ? (int64_t)UINT32_MAX + (rfb_part_place(part) - s->next)
                      : (int64_t)rfb_part_place(part);
}

static int by_order(const void *a, const void *b)
{
    const struct rfb_part *p = a, *q = b;

    return (p->order > q->order) - (p->order < q->order);
}

/* How well what may be JPEG is shown; for what is planned. */
static void choose_quality(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    struct rfb_quality_demand demand = {.rate = s->flow.grows ? 0 : rfb_flow_rate(&s->flow),
                                        .interval = rfb_server_frame_interval(c->server),
                                        .now = rfb_server_now(c->server),
                                        .shared = s->by_many};
    const struct rfb_quality_level *level;

    for (size_t i = 0; i < s->part_count; i++) {
        size_t pixels = s->parts[i].lossy && !s->parts[i].film
                            ? (size_t)s->parts[i].at.w * (size_t)s->parts[i].at.h
                            : 0;

        demand.pixels += pixels;
        demand.moving += s->parts[i].order > UINT32_MAX ? pixels : 0;
    }
    if (!demand.pixels)
        return;
    s->level = rfb_quality_choose(&s->learned, &demand);
    level = &rfb_quality_levels[s->level];
    s->quality = MIN(c->wants.quality, level->quality);
    s->subsampling =
        s->level && c->wants.subsampling != RFB_GREY ? level->subsampling : c->wants.subsampling;
}

/*
 * A film's picture of less than half a million pixels: JPEG takes as long for it as threads would
 * take to be woken, and copies for them.
 */
static bool is_quick_film(const struct rfb_viewer *c, size_t area)
{
    const struct rfb_sending *s = &c->sending;
    size_t other = 0;

    for (size_t i = 0; i < s->part_count; i++)
        if (!s->parts[i].lossy || s->parts[i].film || s->parts[i].order <= UINT32_MAX)
            other += (size_t)s->parts[i].at.w * (size_t)s->parts[i].at.h;
    return s->is_jpeg && area <= QUICK && other <= SMALL;
}

static void plan(struct rfb_viewer *c, const pixman_region32_t *region, bool sharpen)
{
    struct rfb_sending *s = &c->sending;
    size_t area = rfb_region_area(region);
    bool slow =
        !s->by_many && s->flow.answers && !s->flow.grows && rfb_flow_rate(&s->flow) < RATE_SLOW;
    int32_t pixels = slow                           ? PART_PIXELS_SLOW
                     : c->wants.quality && !sharpen ? PART_PIXELS_LOSSY
                                                    : PART_PIXELS;
    pixman_box32_t *boxes;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        int32_t columns = pixels / PART_ROWS, w = MIN(boxes[i].x2 - boxes[i].x1, columns);
        int32_t rows = MAX(PART_ROWS, pixels / w / PART_ROWS * PART_ROWS), x2, y2;
        /* Cut where others cut as well, whatever they are owed besides: they may share it. */
        int32_t left = s->by_many ? 0 : boxes[i].x1 % columns;

        for (int32_t y = boxes[i].y1; y < boxes[i].y2; y = y2) {
            y2 = MIN((y / rows + 1) * rows, boxes[i].y2);
            for (int32_t x = boxes[i].x1; x < boxes[i].x2; x = x2) {
                x2 = MIN(((x - left) / columns + 1) * columns + left, boxes[i].x2);
                add_part(c, (struct rect){x, y, x2 - x, y2 - y}, sharpen, area >= LARGE);
            }
        }
    }
    qsort(s->parts, s->part_count, sizeof(*s->parts), by_order);
    choose_quality(c);
    s->small = area <= SMALL;
    s->by_threads = area >= LARGE;
    s->at_once = is_quick_film(c, area);
    s->until_last = c->wants.last_rect && area >= LARGE;
}

/* Of what was not sent yet nothing is planned any more, but moving pictures go on there. */
static void start_plan(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;

    s->next = s->next_part < s->part_count ? rfb_part_place(&s->parts[s->next_part]) : 0;
    s->part_count = s->next_part = 0;
    s->read_at = rfb_server_now(c->server);
}

/* A film goes as a whole, behind what else there is; it is taken out of the region. */
static void plan_film(struct rfb_viewer *c, pixman_region32_t *region)
{
    struct rect film = rfb_viewer_film(c, region, largest_wanted(c));
    pixman_region32_t all;

    if (rect_is_empty(film))
        return;
    add_part(c, film, false, true);
    c->sending.parts[c->sending.part_count - 1].film = true;
    c->sending.parts[c->sending.part_count - 1].order = INT64_MAX;
    pixman_region32_init_rect(&all, film.x, film.y, (unsigned)film.w, (unsigned)film.h);
    pixman_region32_subtract(region, region, &all);
    pixman_region32_fini(&all);
}

size_t rfb_viewer_plan_urgent(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    struct rect r = rect_intersect(s->urgent, largest_wanted(c));
    size_t before = s->part_count, at = s->next_part, n;
    pixman_region32_t region;
    pixman_box32_t *boxes;
    int count;

    s->urgent = (struct rect){0};
    if (c->shared || rect_is_empty(r) || r.w * r.h > RFB_URGENT)
        return 0;
    rfb_server_read_urgent(c->server);
    pixman_region32_init_rect(&region, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_intersect(&region, &region, &c->owed.pixels);
    boxes = pixman_region32_rectangles(&region, &count);
    for (int i = 0; i < count; i++)
        add_part(c,
                 (struct rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                               boxes[i].y2 - boxes[i].y1},
                 false, false);
    pixman_region32_fini(&region);
    /* To the front of what is left. */
    n = s->part_count - before;
    for (size_t i = 0; i < n; i++) {
        struct rfb_part part = s->parts[before + i];

        part.urgent = true;
        part.lossy = false;
        memmove(&s->parts[at + i + 1], &s->parts[at + i], (before - at) * sizeof(part));
        s->parts[at + i] = part;
    }
    return n;
}

/* Whether somebody else can do with the same bytes. */
static bool has_twin(const struct rfb_viewer *c)
{
    for (const struct rfb_viewer *o = c->server->clients; o; o = o->next)
        if (o != c && rfb_viewer_gets_pixels(o) && o->wants.codec == c->wants.codec &&
            o->wants.quality == c->wants.quality &&
            o->settings.compression == c->settings.compression &&
            o->settings.forgetful == c->settings.forgetful &&
            pixel_format_equal(&o->settings.format, &c->settings.format))
            return true;
    return false;
}

/*
 * While another viewer is being sent the picture as it is now, this one gets the same: the screen
 * is read again when that is done, so that all of them can share what is encoded. But nobody waits
 * for long.
 */
static bool may_read(const struct rfb_viewer *c)
{
    const struct rfb_server *server = c->server;

    if (!c->sending.by_many || rfb_server_now(server) - server->read_at > TOGETHER_US)
        return true;
    for (const struct rfb_viewer *o = server->clients; o; o = o->next)
        if (o != c && o->sending.by_many && rfb_viewer_is_busy(o))
            return false;
    return true;
}

bool rfb_viewer_take_part(struct rfb_viewer *c, const struct rfb_part *part)
{
    struct rect r = part->at;
    pixman_box32_t box = {r.x, r.y, r.x + r.w, r.y + r.h};
    pixman_region32_t done;

    if (!part->sharpen &&
        pixman_region32_contains_rectangle(&c->owed.pixels, &box) == PIXMAN_REGION_OUT)
        return false;
    pixman_region32_init_rect(&done, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
    pixman_region32_subtract(&c->owed.pixels, &c->owed.pixels, &done);
    pixman_region32_fini(&done);
    return true;
}

/* ---- Sharpening -------------------------------------------------------------------------------
 */

/* Adds the tile's share of what went as JPEG if it is calm; else notes when it will be. */
static void look_at_tile(struct rfb_viewer *c, int32_t x, int32_t y, int64_t now,
                         const pixman_region32_t *lossy, pixman_region32_t *calm, int64_t *due)
{
    const struct rfb_tile *t = rfb_picture_tile(&c->server->picture, x, y);
    pixman_box32_t box = {x, y, x + RFB_TILE, y + RFB_TILE};

    if (!t ||
        pixman_region32_contains_rectangle((pixman_region32_t *)lossy, &box) == PIXMAN_REGION_OUT)
        return;
    if (now - t->changed < RFB_TILE_CALM_MS)
        *due = MIN(*due, t->changed + RFB_TILE_CALM_MS);
    else
        pixman_region32_union_rect(calm, calm, x, y, RFB_TILE, RFB_TILE);
}

/* What can be sharpened now; for what can be later the timer is set. */
static void calm_part(struct rfb_viewer *c, const pixman_region32_t *lossy, pixman_region32_t *calm)
{
    pixman_box32_t e = *pixman_region32_extents((pixman_region32_t *)lossy);
    int64_t now = rfb_server_now(c->server) / 1000, due = INT64_MAX;

    for (int32_t y = e.y1 / RFB_TILE * RFB_TILE; y < e.y2; y += RFB_TILE)
        for (int32_t x = e.x1 / RFB_TILE * RFB_TILE; x < e.x2; x += RFB_TILE) {
            look_at_tile(c, x, y, now, lossy, calm, &due);
            if (rfb_region_area(calm) >= SHARPEN_PIXELS)
                goto enough;
        }
    if (due < INT64_MAX)
        rfb_server_flush_at(c->server, due * 1000);
enough:
    pixman_region32_intersect(calm, calm, (pixman_region32_t *)lossy);
}

static void plan_sharpening(struct rfb_viewer *c)
{
    pixman_region32_t lossy, calm;

    if (!pixman_region32_not_empty(&c->owed.lossy))
        return;
    wanted_part(c, &c->owed.lossy, &lossy);
    pixman_region32_init(&calm);
    if (pixman_region32_not_empty(&lossy))
        calm_part(c, &lossy, &calm);
    plan(c, &calm, true);
    pixman_region32_fini(&calm);
    pixman_region32_fini(&lossy);
}

/* ---- The whole --------------------------------------------------------------------------------
 */

/* The frame of before is still what there is to be sent. */
static bool frame_goes_on(const struct rfb_viewer *c)
{
    const struct rfb_sending *s = &c->sending;

    return s->next_part < s->part_count && rfb_server_now(c->server) - s->read_at < FRAME_US;
}

static void put_pixels(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    bool goes_on = s->only_urgent || (frame_goes_on(c) && !s->whole);
    pixman_region32_t region;

    s->by_many = has_twin(c);
    if (!goes_on && (s->whole || may_read(c)))
        rfb_server_read_screen(c->server);
    else
        rfb_server_read_urgent(c->server);
    rfb_owed_clip_moves(&c->owed, largest_wanted(c));
    if (!s->pending_count)
        rfb_viewer_put_moves(c);
    if (goes_on)
        return;
    start_plan(c);
    wanted_part(c, &c->owed.pixels, &region);
    if (pixman_region32_not_empty(&region)) {
        plan_film(c, &region);
        plan(c, &region, false);
    } else {
        plan_sharpening(c);
        if (!s->part_count)
            s->rects += rfb_viewer_close_film(c, &s->out);
    }
    if (s->small)
        s->urgent = (struct rect){0};
    pixman_region32_fini(&region);
}

void rfb_viewer_begin_update(struct rfb_viewer *c)
{
    struct rfb_sending *s = &c->sending;
    pixman_region32_t region;

    s->rects = rfb_viewer_put_resize(c, &s->out);
    if (s->rects) {
        rfb_viewer_drop_frame(c);
        return;
    }
    s->rects = rfb_viewer_put_notes(c, &s->out);
    put_shared_surface(c);
    if (!s->only_urgent)
        put_windows(c);
    if (!c->shared) {
        put_pixels(c);
        return;
    }
    wanted_part(c, &c->owed.pixels, &region);
    put_shared_damage(c, &region);
    pixman_region32_fini(&region);
}
