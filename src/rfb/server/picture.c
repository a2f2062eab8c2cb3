/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the screen into the picture; see picture.h. Each box of the region is one pass over its
 * rows: the screen's pixels are read once, compared with what is expected there, and stored. What
 * is expected is the picture's own pixels or, where something seems to have moved, the pixels from
 * which it came. So a move needs no proof: it is carried out as a viewer will carry it out, and
 * where it was wrong the pixels differ and have changed.
 */
#include "rfb/server/picture.h"

#include "base/arith.h"
#include "base/mem.h"
#include "io/pages.h"
#include "pixel/motion.h"
#include "pixel/shift.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 16,     /* pixels of a row that are compared at once */
    ROWS_APART = 8, /* changed rows with fewer calm ones between them are one rectangle */
    COLUMNS_APART = 2,
    CORNER = 4 * CHUNK * CHUNK, /* pixels too many that are not worth another rectangle */
    COLUMNS_MAX = RECT_SIZE_MAX / CHUNK,
    /* Smaller areas are sent as they are. */
    SCROLL_WIDTH_MIN = 48,
    SCROLL_HEIGHT_MIN = 32,
    MOTION_MIN = 100,
    GATHERED_MAX = 64,       /* boxes; more are looked at one by one */
    FILM_MIN = 4 * RFB_TILE, /* a smaller one is searched all the same */
    REST_MAX = 15,           /* readings between two searches in a film */
    SEARCHES_MAX = 3,        /* boxes of a reading in which moves are looked for */
    SAMPLES = 64,            /* chunks by which a suspicion is judged */
};

/* Rows of changes that become rectangles: for each column of chunks, the first and last row. */
struct marks {
    struct rfb_picture *picture;
    pixman_region32_t *region;
    struct rect box;
    int64_t now;
    int32_t top, bottom; /* marked rows; top > bottom: none */
    int32_t first_column, last_column;
    int32_t first[COLUMNS_MAX], last[COLUMNS_MAX];
    uint8_t left[COLUMNS_MAX], right[COLUMNS_MAX]; /* of the column: changed pixels lie between */
};

void rfb_picture_resize(struct rfb_picture *p, uint32_t width, uint32_t height)
{
    uint32_t version = p->version;

    io_pages_unmap(p->pixels, (size_t)p->width * p->height * sizeof(*p->pixels));
    free(p->tiles);
    *p = (struct rfb_picture){.version = version + 1};
    if (!width || !height)
        return;
    p->width = width;
    p->height = height;
    p->pixels = io_pages_map((size_t)width * height * sizeof(*p->pixels));
    p->tile_columns = (width + RFB_TILE - 1) / RFB_TILE;
    p->tile_rows = (height + RFB_TILE - 1) / RFB_TILE;
    p->tiles = mem_alloc0((size_t)p->tile_columns * p->tile_rows, sizeof(*p->tiles));
}

static uint32_t *row_at(const struct rfb_picture *p, int32_t x, int32_t y)
{
    return p->pixels + (size_t)y * p->width + x;
}

static struct rect bounds_of(const struct rfb_picture *p)
{
    return (struct rect){0, 0, (int32_t)p->width, (int32_t)p->height};
}

/* ---- Tiles ------------------------------------------------------------------------------------
 */

static struct rfb_tile *tile_at(const struct rfb_picture *p, int32_t x, int32_t y)
{
    return &p->tiles[(size_t)(y / RFB_TILE) * p->tile_columns + (size_t)(x / RFB_TILE)];
}

const struct rfb_tile *rfb_picture_tile(const struct rfb_picture *p, int32_t x, int32_t y)
{
    return rect_has_point(bounds_of(p), x, y) ? tile_at(p, x, y) : NULL;
}

static void note_change(const struct rfb_picture *p, int32_t x, int32_t y, int64_t now)
{
    struct rfb_tile *t = tile_at(p, x, y);

    t->version = p->version;
    if (now - t->changed >= RFB_TILE_CALM_MS || !t->heat)
        t->heat = 1;
    else if (now - t->changed >= RFB_TILE_FRAME_MS)
        t->heat = (uint8_t)MIN_OF(t->heat + 1, UINT8_MAX);
    else
        return;
    t->changed = now;
}

static void note_moved(const struct rfb_picture *p, struct rect to)
{
    for (int32_t y = to.y / RFB_TILE; y <= (to.y + to.h - 1) / RFB_TILE; y++)
        for (int32_t x = to.x / RFB_TILE; x <= (to.x + to.w - 1) / RFB_TILE; x++)
            tile_at(p, x * RFB_TILE, y * RFB_TILE)->version = p->version;
}

uint32_t rfb_picture_version(const struct rfb_picture *p, struct rect r)
{
    uint32_t newest = 0;

    r = rect_intersect(r, bounds_of(p));
    if (rect_is_empty(r))
        return 0;
    for (int32_t y = r.y / RFB_TILE; y <= (r.y + r.h - 1) / RFB_TILE; y++)
        for (int32_t x = r.x / RFB_TILE; x <= (r.x + r.w - 1) / RFB_TILE; x++)
            newest = MAX_OF(newest, tile_at(p, x * RFB_TILE, y * RFB_TILE)->version);
    return newest;
}

/* ---- What changed -----------------------------------------------------------------------------
 */

static void marks_clear(struct marks *m)
{
    m->top = m->first_column = INT32_MAX;
    m->bottom = m->last_column = -1;
}

/* Pixel i of the column. */
static void widen(struct marks *m, int32_t column, int i)
{
    m->left[column] = (uint8_t)MIN_OF((int)m->left[column], i);
    m->right[column] = (uint8_t)MAX_OF((int)m->right[column], i);
}

static void mark(struct marks *m, int32_t column, int32_t y)
{
    if (m->first_column > m->last_column) {
        m->first_column = m->last_column = column;
        m->first[column] = m->last[column] = y;
    }
    while (m->first_column > column)
        m->first[--m->first_column] = -1;
    while (m->last_column < column)
        m->first[++m->last_column] = -1;
    if (m->first[column] < 0 || m->bottom < 0) {
        m->first[column] = m->last[column] = y;
        m->left[column] = CHUNK - 1;
        m->right[column] = 0;
    }
    m->first[column] = MIN_OF(m->first[column], y);
    m->last[column] = MAX_OF(m->last[column], y);
    m->top = MIN_OF(m->top, y);
    m->bottom = MAX_OF(m->bottom, y);
}

/* Columns that become one rectangle. */
struct run {
    int32_t from, to, top, bottom;
    int32_t marked; /* pixels of its columns between their first and last rows */
};

static void add_run(struct marks *m, const struct run *run)
{
    int32_t x = run->from * CHUNK + m->left[run->from];
    int32_t w = run->to * CHUNK + m->right[run->to] + 1 - x;

    pixman_region32_union_rect(m->region, m->region, x, run->top, (unsigned)w,
                               (unsigned)(run->bottom - run->top + 1));
}

/*
 * Whether the column goes into the run: not if that were much more than what is marked, as it is
 * where what a dragged window uncovers has a corner.
 */
static bool take_column(struct marks *m, struct run *run, int32_t column)
{
    int32_t first = m->first[column], last = m->last[column];
    struct run wider = {run->from, column, MIN_OF(run->top, first), MAX_OF(run->bottom, last),
                        run->marked + (last - first + 1) * CHUNK};
    int32_t area = (column - run->from + 1) * CHUNK * (wider.bottom - wider.top + 1);

    if (column - run->to > COLUMNS_APART || area > wider.marked * 2 + CORNER)
        return false;
    *run = wider;
    return true;
}

/* What is marked becomes rectangles. It lies within one row of tiles. */
static void marks_flush(struct marks *m)
{
    struct run run;

    if (m->top > m->bottom)
        return;
    run = (struct run){m->first_column, m->first_column, INT32_MAX, -1, 0};
    for (int32_t c = m->first_column; c <= m->last_column; c++) {
        if (m->first[c] < 0)
            continue;
        note_change(m->picture, c * CHUNK, m->first[c], m->now);
        if (take_column(m, &run, c))
            continue;
        add_run(m, &run);
        run = (struct run){c, c, INT32_MAX, -1, 0};
        take_column(m, &run, c);
    }
    add_run(m, &run);
    marks_clear(m);
}

/* Row y is about to be looked at. */
static void marks_at_row(struct marks *m, int32_t y)
{
    if (m->top > m->bottom)
        return;
    if (y / RFB_TILE != m->top / RFB_TILE || y - m->bottom > ROWS_APART || m->top - y > ROWS_APART)
        marks_flush(m);
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

/* Part of a column. */
static void note_pixels(struct marks *m, int32_t x, int32_t y, const uint32_t *now,
                        const uint32_t *expected, int n)
{
    int32_t column = x / CHUNK;
    int at = x % CHUNK, first = 0, last = n - 1;

    mark(m, column, y);
    if (!m->left[column] && m->right[column] == CHUNK - 1)
        return;
    while (now[first] == expected[first])
        first++;
    while (now[last] == expected[last])
        last--;
    widen(m, column, at + first);
    widen(m, column, at + last);
}

/*
 * n of the screen's pixels, no more than a chunk, read once: the machine may paint them meanwhile.
 * `own` may be what is expected. Inlined, so that a whole chunk is some vectors.
 */
static inline __attribute__((always_inline)) void take_pixels(struct marks *m,
                                                              const uint32_t *screen, int32_t x,
                                                              int32_t y, const uint32_t *expected,
                                                              uint32_t *own, int n)
{
    uint32_t now[CHUNK], other = 0;

    for (int i = 0; i < n; i++) {
        now[i] = screen[x + i] & 0xffffff;
        other |= now[i] ^ expected[i];
    }
    if (other)
        note_pixels(m, x, y, now, expected, n);
    if (other || own != expected)
        memcpy(own, now, (size_t)n * sizeof(*now));
}

/* Pixels x to end of row y; expected[0] belongs to x. */
static void take_run(struct marks *m, const uint32_t *screen, int32_t x, int32_t end, int32_t y,
                     const uint32_t *expected)
{
    uint32_t *own = row_at(m->picture, 0, y);
    const uint32_t *want = expected - x;
    int32_t first = MIN_OF((x + CHUNK - 1) / CHUNK * CHUNK, end);

    if (x < first)
        take_pixels(m, screen, x, y, want + x, own + x, first - x);
    for (x = MAX_OF(x, first); x + CHUNK <= end; x += CHUNK)
        take_pixels(m, screen, x, y, want + x, own + x, CHUNK);
    if (x < end)
        take_pixels(m, screen, x, y, want + x, own + x, end - x);
}

static void take_row(struct marks *m, const struct surface *screen, int32_t y,
                     const struct rfb_move *move, uint32_t *moved)
{
    const uint32_t *live = surface_row(screen, y);
    int32_t x = m->box.x, end = x + m->box.w;

    if (move && y >= move->to.y && y < move->to.y + move->to.h) {
        struct rect to = move->to;
        const uint32_t *came = row_at(m->picture, to.x - move->dx, y - move->dy);

        /* Only its own row is overwritten before it has been read. */
        if (!move->dy)
            came = memcpy(moved, came, (size_t)to.w * sizeof(*moved));
        take_run(m, live, x, to.x, y, row_at(m->picture, x, y));
        take_run(m, live, to.x, to.x + to.w, y, came);
        x = to.x + to.w;
    }
    take_run(m, live, x, end, y, row_at(m->picture, x, y));
}

/* move->to lies inside the box, and where it came from inside the picture. */
static void take_box(struct marks *m, const struct surface *screen, const struct rfb_move *move,
                     const struct rfb_picture_news *news)
{
    uint32_t *moved = move ? mem_alloc0((size_t)move->to.w, sizeof(*moved)) : NULL;
    bool upwards = move && move->dy > 0; /* rows are read before they are overwritten */
    int32_t h = m->box.h;

    if (move) {
        note_moved(m->picture, move->to);
        news->moved(news->data, move);
    }
    marks_clear(m);
    for (int32_t i = 0; i < h; i++) {
        int32_t y = m->box.y + (upwards ? h - 1 - i : i);

        marks_at_row(m, y);
        take_row(m, screen, y, move, moved);
    }
    marks_flush(m);
    free(moved);
}

/* ---- What moved -------------------------------------------------------------------------------
 */

static bool run_is_equal(const uint32_t *a, const uint32_t *screen, int32_t n)
{
    uint32_t other = 0;

    for (int32_t i = 0; i < n; i++)
        other |= a[i] ^ (screen[i] & 0xffffff);
    return !other;
}

/* Whether a look here and there supports the suspicion, better than that nothing happened. */
static bool seems_moved(const struct rfb_picture *p, const struct surface *screen,
                        const struct rfb_move *m, int eighths)
{
    struct rect to = m->to;
    int32_t n = MIN_OF(CHUNK, to.w), looks = MIN_OF(SAMPLES, to.h), same = 0, still = 0;

    for (int32_t i = 0; i < looks; i++) {
        int32_t y = to.y + (int32_t)((int64_t)i * to.h / looks);
        int32_t x = to.x + (int32_t)((int64_t)(i * 7 % 16) * (to.w - n) / 15);
        const uint32_t *live = surface_row(screen, y) + x;

        same += run_is_equal(row_at(p, x - m->dx, y - m->dy), live, n);
        still += run_is_equal(row_at(p, x, y), live, n);
    }
    return same > still && same * 8 >= looks * eighths;
}

/* The part of the box to which the move applies; false: none. */
static bool clip_move(const struct rfb_picture *p, struct rect box, struct rfb_move *m)
{
    struct rect came = bounds_of(p);

    came.x += m->dx;
    came.y += m->dy;
    m->to = rect_intersect(rect_intersect(m->to, box), came);
    return !rect_is_empty(m->to);
}

/* Its middle and corners change all the time, which what only moves does not. */
static bool is_film(const struct rfb_picture *p, struct rect r)
{
    int hot = 0;

    if (r.w < FILM_MIN || r.h < FILM_MIN)
        return false;
    for (int i = 0; i < 5; i++) {
        int32_t x = r.x + (i == 4 ? r.w / 2 : i % 2 * (r.w - 1));
        int32_t y = r.y + (i == 4 ? r.h / 2 : i / 2 * (r.h - 1));

        hot += tile_at(p, x, y)->heat >= RFB_TILE_HOT;
    }
    return hot >= 4;
}

static bool find_scroll(const struct rfb_picture *p, const struct surface *screen, struct rect box,
                        struct rfb_move *m)
{
    struct pixel_shift shift;

    if (box.w < SCROLL_WIDTH_MIN || box.h < SCROLL_HEIGHT_MIN ||
        !pixel_shift_guess(surface_row(screen, box.y) + box.x, screen->stride / 4,
                           row_at(p, box.x, box.y), p->width, (uint32_t)box.w, (uint32_t)box.h,
                           &shift))
        return false;
    *m = (struct rfb_move){{box.x, box.y + (int32_t)shift.to, box.w, (int32_t)shift.rows},
                           0,
                           (int32_t)shift.to - (int32_t)shift.from};
    return true;
}

/* Something was dragged. */
static bool find_motion(const struct rfb_picture *p, const struct surface *screen, struct rect box,
                        struct rfb_move *m)
{
    struct pixel_motion motion;

    if (box.w < MOTION_MIN || box.h < MOTION_MIN ||
        !pixel_motion_guess(surface_row(screen, box.y) + box.x, screen->stride / 4,
                            row_at(p, box.x, box.y), p->width, box.w, box.h, &motion))
        return false;
    *m = (struct rfb_move){motion.to, motion.dx, motion.dy};
    m->to.x += box.x;
    m->to.y += box.y;
    return seems_moved(p, screen, m, 4);
}

struct reading {
    const struct surface *screen;
    const struct rfb_move *moves;
    uint32_t move_count;
    int searches;
};

static int64_t area_of(struct rect r)
{
    return (int64_t)r.w * r.h;
}

/* A text that scrolls does so line by line, and a window is dragged steadily. */
static bool goes_on(const struct rfb_picture *p, const struct surface *screen, struct rect box,
                    struct rfb_move *m)
{
    *m = p->last;
    if (!rect_equal(box, p->last_box)) {
        m->to.x += m->dx;
        m->to.y += m->dy;
    }
    return clip_move(p, box, m) && area_of(m->to) * 8 >= area_of(p->last.to) * 7 &&
           seems_moved(p, screen, m, 7);
}

static bool search(struct rfb_picture *p, const struct surface *screen, struct rect box,
                   struct rfb_move *m)
{
    bool film, found;

    found = goes_on(p, screen, box, m);
    film = !found && is_film(p, box);
    if (film && p->rest) {
        p->rest--;
        return false;
    }
    found = found || find_scroll(p, screen, box, m) || find_motion(p, screen, box, m);
    if (found) {
        p->misses = 0;
        p->last = *m;
        p->last_box = box;
    } else if (film) {
        p->rest = p->misses = MIN_OF(2 * p->misses + 1, (unsigned)REST_MAX);
    }
    return found;
}

static bool find_move(struct rfb_picture *p, struct reading *r, struct rect box, struct rfb_move *m)
{
    for (uint32_t i = 0; i < r->move_count; i++) {
        *m = r->moves[i];
        if (clip_move(p, box, m) && seems_moved(p, r->screen, m, 4))
            return true;
    }
    return r->searches-- > 0 && search(p, r->screen, box, m);
}

/*
 * The region's boxes, those put together that lie close: a window that was dragged some steps since
 * the last reading left a staircase of them, and is in none as a whole. Returns how many.
 */
static int gather_boxes(const pixman_region32_t *region, struct rect *boxes)
{
    pixman_box32_t *from;
    int n, count = 0;

    from = pixman_region32_rectangles((pixman_region32_t *)region, &n);
    for (int i = 0; i < n; i++) {
        struct rect r = {from[i].x1, from[i].y1, from[i].x2 - from[i].x1, from[i].y2 - from[i].y1};

        for (int k = 0; k < count && n <= GATHERED_MAX; k++) {
            struct rect both = rect_union(boxes[k], r);

            if (area_of(both) * 3 > (area_of(boxes[k]) + area_of(r)) * 4)
                continue;
            r = both;
            boxes[k] = boxes[--count];
            k = -1; /* it may lie close to others now */
        }
        boxes[count++] = r;
    }
    return count;
}

void rfb_picture_read(struct rfb_picture *p, const struct surface *screen,
                      const pixman_region32_t *region, const struct rfb_move *moves,
                      uint32_t move_count, bool find_moves, int64_t now,
                      const struct rfb_picture_news *news)
{
    struct reading reading = {screen, moves, move_count, SEARCHES_MAX};
    struct marks *m = mem_alloc0(1, sizeof(*m));
    struct rect *boxes =
        mem_alloc0((size_t)pixman_region32_n_rects((pixman_region32_t *)region), sizeof(*boxes));
    int n = gather_boxes(region, boxes);
    pixman_region32_t changed;

    assert(screen->width == p->width && screen->height == p->height);
    p->version++;
    for (int i = 0; i < n; i++) {
        struct rfb_move move;
        bool found = find_moves && find_move(p, &reading, boxes[i], &move);

        pixman_region32_init(&changed);
        m->picture = p;
        m->region = &changed;
        m->box = boxes[i];
        m->now = now;
        take_box(m, screen, found ? &move : NULL, news);
        if (pixman_region32_not_empty(&changed))
            news->changed(news->data, &changed);
        pixman_region32_fini(&changed);
    }
    free(boxes);
    free(m);
}

void rfb_picture_copy(const struct rfb_picture *p, struct rect r, uint32_t *to)
{
    struct rect inside = rect_intersect(r, bounds_of(p));

    if (!rect_equal(inside, r))
        memset(to, 0, (size_t)r.w * (size_t)r.h * 4);
    for (int32_t y = inside.y; y < inside.y + inside.h; y++)
        memcpy(to + (size_t)(y - r.y) * (size_t)r.w + (inside.x - r.x), row_at(p, inside.x, y),
               (size_t)inside.w * 4);
}
