/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One FramebufferUpdate: what the viewer is owed and may have now. It is sent when the viewer asked
 * (once, or for good) and everything of before has left for the network; until then news pile up
 * as a region and as revisions, so a slow viewer gets fewer and newer updates.
 *
 * Pixels are encoded from the picture (picture.h), a strip at a time: the machine paints meanwhile.
 */
#include "rfb/server/private.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
    STRIP_PIXELS = 128 << 10,   /* about as many in a strip */
    STRIP_ROWS = 64,            /* its height is a multiple: the tiles of encodings */
    RECTS_MAX = 256,            /* a finer region is sent as its bounding box */
    WINDOWS_BUDGET = 512 << 10, /* bytes of facts an update */
    BYTES_MAX = 32 << 20,       /* then the rest waits for the next update */
    PIECE = 64 << 10,           /* sent while the rest is being encoded */
    LARGE = 256 << 10,          /* pixels from which on it pays to send pieces */
};

struct update {
    struct rfb_viewer *client;
    struct buf out;
    unsigned rects;
    bool until_last; /* the count is not known yet: ends with LastRect */
    size_t sent;
    int fd; /* goes with the first byte; -1: none */
};

/* ---- Sending ----------------------------------------------------------------------------------
 */

static void send_piece(struct update *u)
{
    struct io_stream *stream = u->client->stream;

    if (u->fd >= 0 && !u->sent)
        io_stream_send_fd(stream, u->out.data, u->out.len, u->fd);
    else
        io_stream_send(stream, u->out.data, u->out.len);
    u->sent += u->out.len;
    buf_clear(&u->out);
}

static void update_start(struct update *u, struct rfb_viewer *c)
{
    *u = (struct update){.client = c, .fd = -1};
    rfb_put_update_header(&u->out, RFB_RECTS_UNTIL_LAST);
}

/* Sends what is there; false when that is nothing. */
static bool update_finish(struct update *u)
{
    if (u->until_last)
        rfb_put_last_rect(&u->out);
    else
        rfb_patch_update_count(&u->out, 0, (uint16_t)u->rects);
    if (u->rects)
        send_piece(u);
    buf_finish(&u->out);
    return u->rects;
}

/* ---- Pixels -----------------------------------------------------------------------------------
 */

static void put_strip(struct update *u, struct rect r)
{
    struct rfb_viewer *c = u->client;
    const struct rfb_picture *picture = &c->server->picture;
    const struct rfb_encoder *encoder = rfb_codecs[c->wants.codec].encoder;
    void **state = &c->codec_states[c->wants.codec];
    struct rect bounds = {0, 0, (int32_t)picture->width, (int32_t)picture->height};
    uint32_t *padded = NULL;
    struct rfb_block block;

    if (rect_contains(bounds, r)) {
        block = (struct rfb_block){picture->pixels + (size_t)r.y * picture->width + r.x,
                                   picture->width, r};
    } else {
        padded = mem_alloc0((size_t)r.w * (size_t)r.h, sizeof(*padded));
        rfb_picture_copy(picture, r, padded);
        block = (struct rfb_block){padded, (size_t)r.w, r};
    }
    if (!*state && encoder->create)
        *state = encoder->create();
    u->rects += encoder->encode(*state, &c->settings, &block, &u->out);
    free(padded);
    if (u->until_last && u->out.len >= PIECE)
        send_piece(u);
}

static bool is_full(const struct update *u)
{
    return u->sent + u->out.len >= BYTES_MAX ||
           (!u->until_last && u->rects >= RFB_RECTS_UNTIL_LAST / 2);
}

/* Puts the region's pixels until the update is full, and takes them off the viewer's damage. */
static void put_pixels(struct update *u, const pixman_region32_t *region)
{
    pixman_region32_t done;
    pixman_box32_t *boxes;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n && !is_full(u); i++) {
        int32_t w = boxes[i].x2 - boxes[i].x1;
        int32_t rows = MAX(STRIP_ROWS, STRIP_PIXELS / w / STRIP_ROWS * STRIP_ROWS);

        for (int32_t y = boxes[i].y1; y < boxes[i].y2 && !is_full(u); y += rows) {
            struct rect r = {boxes[i].x1, y, w, MIN(rows, boxes[i].y2 - y)};

            put_strip(u, r);
            pixman_region32_init_rect(&done, r.x, r.y, (unsigned)r.w, (unsigned)r.h);
            pixman_region32_subtract(&u->client->owed.pixels, &u->client->owed.pixels, &done);
            pixman_region32_fini(&done);
        }
    }
}

static void put_shared_damage(struct update *u, const pixman_region32_t *region)
{
    pixman_box32_t *boxes;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        struct rect r = {boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                         boxes[i].y2 - boxes[i].y1};

        rfb_put_shared_damage(&u->out, r);
        u->rects++;
    }
    pixman_region32_subtract(&u->client->owed.pixels, &u->client->owed.pixels,
                             (pixman_region32_t *)region);
}

/* The viewer gets the screen's memory, another one's, or learns that there is none to share. */
static void put_shared_surface(struct update *u)
{
    struct rfb_viewer *c = u->client;
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
        u->fd = screen->handle;
    }
    rfb_put_shared_surface(&u->out, &say);
    u->rects++;
    rfb_owed_all(&c->owed);
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

/* What of the damage lies where the viewer asked for it, in not too many rectangles. */
static void owed_region(const struct rfb_viewer *c, pixman_region32_t *region)
{
    struct rect bounds = {0, 0, c->width, c->height};

    pixman_region32_init(region);
    if (c->requested)
        add_area(region, c->request_area, bounds);
    if (c->continuous)
        add_area(region, c->continuous_area, bounds);
    pixman_region32_intersect(region, region, (pixman_region32_t *)&c->owed.pixels);
    if (pixman_region32_n_rects(region) > RECTS_MAX)
        pixman_region32_reset(region, pixman_region32_extents(region));
}

static size_t region_area(const pixman_region32_t *region)
{
    pixman_box32_t *boxes;
    size_t area = 0;
    int n;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++)
        area += (size_t)(boxes[i].x2 - boxes[i].x1) * (size_t)(boxes[i].y2 - boxes[i].y1);
    return area;
}

static void put_windows(struct update *u)
{
    struct rfb_viewer *c = u->client;
    const struct scene *scene = rfb_server_scene(c->server);
    struct buf messages = BUF_INIT;

    c->windows.elsewhere = !c->wants.windows_watch && c->server->driver && c->server->driver != c;
    if (!c->told.windows || !rfb_windows_is_news(&c->windows, scene))
        return;
    rfb_windows_put(&c->windows, scene, WINDOWS_BUDGET, &messages);
    if (messages.len) {
        rfb_put_windows(&u->out, messages.data, (uint32_t)messages.len);
        u->rects++;
    }
    buf_finish(&messages);
}

static void put_moves(struct update *u)
{
    struct rfb_viewer *c = u->client;
    struct rect area = c->requested ? c->request_area : c->continuous_area;

    rfb_owed_clip_moves(&c->owed, rect_intersect(area, (struct rect){0, 0, c->width, c->height}));
    for (unsigned i = 0; i < c->owed.move_count; i++) {
        const struct rfb_move *m = &c->owed.moves[i];

        rfb_put_copy_rect(&u->out, m->to, m->to.x - m->dx, m->to.y - m->dy);
        u->rects++;
    }
    c->owed.move_count = 0;
}

static bool send_update(struct rfb_viewer *c)
{
    pixman_region32_t region;
    struct update u;

    update_start(&u, c);
    u.rects = rfb_viewer_put_resize(c, &u.out);
    if (u.rects)
        return update_finish(&u);
    u.rects = rfb_viewer_put_notes(c, &u.out);
    put_shared_surface(&u);
    put_windows(&u);
    if (c->shared) {
        owed_region(c, &region);
        put_shared_damage(&u, &region);
    } else {
        rfb_server_read_screen(c->server);
        put_moves(&u);
        owed_region(c, &region);
        u.until_last = c->wants.last_rect && region_area(&region) >= LARGE;
        put_pixels(&u, &region);
    }
    pixman_region32_fini(&region);
    return update_finish(&u);
}

void rfb_viewer_update(struct rfb_viewer *c)
{
    if (!rfb_viewer_is_in(c) || io_stream_queued(c->stream))
        return;
    if (!c->requested && !c->continuous)
        return;
    if (!send_update(c))
        return;
    c->requested = false;
    /* More may be owed: the rest of a large update, or pixels after a new size. */
    if (c->continuous && !io_stream_queued(c->stream))
        rfb_server_want_flush(c->server);
}
