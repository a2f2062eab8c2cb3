/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landmarks are places that tell themselves apart: those where a hash of the pixels there has some
 * bits zero, whichever picture they are in. So of the older block only one place in sixty has to be
 * looked up (the idea of content-defined chunks: Muthitacharoen, Chen and Mazières, "A Low-
 * bandwidth Network File System", 2001). A few hundred landmarks all over the newer block are
 * anchors; each place where the older one has the same pixels votes for its distance. Around the
 * anchors that agree the rectangle grows as far as the pixels do. See motion.h.
 */
#include "pixel/motion.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUN = 16,      /* pixels of an anchor */
    EDGES_MIN = 4, /* in it */
    BLOCK = 64,    /* places that are looked at together: the compiler uses vectors */
    GRID = 48,     /* anchors a row and a column, at most */
    ROWS = 256,    /* of the older block that are looked at at least, if it has so many */
    ANCHORS = GRID * GRID,
    SLOTS = 4096,
    HITS_MAX = 4,     /* places of one anchor; more are a pattern that repeats */
    DISTANCES = 4096, /* of which no more are noted when three quarters are */
    VOTES_MIN = 6,
    COLUMN_STEP = 4, /* rows that are looked at for a column */
};

struct anchor {
    uint32_t hash;
    int32_t x, y, hits;
    int32_t next; /* in its slot; -1: none */
};

struct distance {
    int32_t dx, dy;
    uint32_t votes;
    struct rect at; /* of the anchors that voted */
};

struct search {
    const uint32_t *now, *before;
    size_t now_stride, before_stride;
    int32_t w, h;
    struct anchor anchors[ANCHORS];
    int32_t count, slots[SLOTS];
    struct distance distances[DISTANCES]; /* by a hash; 0 votes: free */
    int32_t distance_count;
};

static uint32_t now_at(const struct search *s, int32_t x, int32_t y)
{
    return s->now[(size_t)y * s->now_stride + (size_t)x] & 0xffffff;
}

static uint32_t before_at(const struct search *s, int32_t x, int32_t y)
{
    return s->before[(size_t)y * s->before_stride + (size_t)x] & 0xffffff;
}

/* ---- Landmarks --------------------------------------------------------------------------------
 */

struct block {
    uint32_t hash[BLOCK];
    uint8_t is_landmark[BLOCK];
};

/* The pixels from `row` on, of which there may be fewer than are looked at. */
static void look_at_block(const uint32_t *row, int32_t left, struct block *b)
{
    uint32_t p[BLOCK + RUN + 4] = {0}, two[BLOCK + RUN], four[BLOCK + RUN - 4], eight[BLOCK + 8];

    memcpy(p, row, (size_t)MIN_OF(left, (int32_t)(BLOCK + RUN)) * sizeof(*p));
    for (int i = 0; i < BLOCK + RUN; i++)
        p[i] &= 0xffffff;
    for (int i = 0; i < BLOCK + RUN; i++)
        two[i] = p[i] + (p[i + 1] << 2) + p[i + 1];
    for (int i = 0; i < BLOCK + RUN - 4; i++)
        four[i] = two[i] + (two[i + 2] << 7) + two[i + 2];
    for (int i = 0; i < BLOCK + 8; i++)
        eight[i] = four[i] + (four[i + 4] << 13) + four[i + 4];
    for (int i = 0; i < BLOCK; i++)
        b->hash[i] = (eight[i] + (eight[i + 8] << 5) + eight[i + 8]) * 0x9e3779b1u;
    /* What is of one colour looks alike everywhere. */
    for (int i = 0; i < BLOCK; i++)
        b->is_landmark[i] = b->hash[i] >> 26 == 0 && p[i] != p[i + 1];
}

/* The first from i on; BLOCK: there is none. */
static int32_t next_landmark(const struct block *b, int32_t i)
{
    uint64_t eight;

    while (i < BLOCK && !b->is_landmark[i]) {
        if (i % 8 == 0) {
            memcpy(&eight, b->is_landmark + i, sizeof(eight));
            i += eight ? 1 : 8;
        } else {
            i++;
        }
    }
    return i;
}

static uint32_t slot_of(uint32_t hash)
{
    return hash >> 14 & (SLOTS - 1);
}

/* ---- Anchors ----------------------------------------------------------------------------------
 */

static bool is_anchor(const struct search *s, uint32_t hash, int32_t x, int32_t y)
{
    int edges = 0, changed = 0;

    for (int32_t i = 0; i < RUN; i++) {
        edges += i && now_at(s, x + i, y) != now_at(s, x + i - 1, y);
        changed += now_at(s, x + i, y) != before_at(s, x + i, y);
    }
    if (edges < EDGES_MIN || !changed)
        return false;
    for (int32_t i = s->slots[slot_of(hash)]; i >= 0; i = s->anchors[i].next)
        if (s->anchors[i].x == x && s->anchors[i].y == y)
            return false;
    return true;
}

/* The first good landmark of the row from x on, not far away. */
static void add_anchor(struct search *s, int32_t x, int32_t y)
{
    int32_t end = s->w - RUN + 1;
    struct block b;

    look_at_block(s->now + (size_t)y * s->now_stride + x, s->w - x, &b);
    for (int32_t i = next_landmark(&b, 0); i < BLOCK && x + i < end; i = next_landmark(&b, i + 1)) {
        int32_t *slot = &s->slots[slot_of(b.hash[i])];

        if (!is_anchor(s, b.hash[i], x + i, y))
            continue;
        s->anchors[s->count] = (struct anchor){b.hash[i], x + i, y, 0, *slot};
        *slot = s->count++;
        return;
    }
}

static void choose_anchors(struct search *s)
{
    for (int32_t i = 0; i < SLOTS; i++)
        s->slots[i] = -1;
    /* Not on straight lines: pictures of screens have straight lines. */
    for (int32_t j = 0; j < GRID; j++)
        for (int32_t i = 0; i < GRID; i++) {
            int32_t x = (i * (s->w - RUN) + (j * 7 % GRID) * (s->w - RUN) / GRID) / GRID;
            int32_t y = (j * (s->h - 1) + (i * 5 % GRID) * (s->h - 1) / GRID) / GRID;

            add_anchor(s, x, y);
        }
}

/* ---- Where they were --------------------------------------------------------------------------
 */

static void vote(struct search *s, struct anchor *a, int32_t x, int32_t y)
{
    struct rect at = {a->x, a->y, RUN, 1};
    int32_t dx = a->x - x, dy = a->y - y;
    struct distance *d;
    uint32_t i;

    if (++a->hits > HITS_MAX || (!dx && !dy))
        return;
    i = ((uint32_t)dx * 0x9e3779b1u ^ (uint32_t)dy * 0x85ebca6bu) >> 20;
    while (s->distances[i].votes && (s->distances[i].dx != dx || s->distances[i].dy != dy))
        i = (i + 1) % DISTANCES;
    d = &s->distances[i];
    if (!d->votes && ++s->distance_count > DISTANCES * 3 / 4)
        return;
    *d = (struct distance){dx, dy, d->votes + 1, d->votes ? rect_union(d->at, at) : at};
}

static bool is_same_run(const struct search *s, const struct anchor *a, int32_t x, int32_t y)
{
    uint32_t other = 0;

    for (int32_t i = 0; i < RUN; i++)
        other |= now_at(s, a->x + i, a->y) ^ before_at(s, x + i, y);
    return !other;
}

static void look_in_row(struct search *s, int32_t y)
{
    int32_t end = s->w - RUN + 1;
    struct block b;

    for (int32_t x = 0; x < end; x += BLOCK) {
        look_at_block(s->before + (size_t)y * s->before_stride + x, s->w - x, &b);
        for (int32_t i = next_landmark(&b, 0); i < BLOCK && x + i < end;
             i = next_landmark(&b, i + 1))
            for (int32_t k = s->slots[slot_of(b.hash[i])]; k >= 0; k = s->anchors[k].next)
                if (s->anchors[k].hash == b.hash[i] && is_same_run(s, &s->anchors[k], x + i, y))
                    vote(s, &s->anchors[k], x + i, y);
    }
}

static bool row_agrees(const struct search *s, const struct pixel_motion *m, int32_t y)
{
    for (int32_t x = m->to.x; x < m->to.x + m->to.w; x++)
        if (now_at(s, x, y) != before_at(s, x - m->dx, y - m->dy))
            return false;
    return true;
}

static bool column_agrees(const struct search *s, const struct pixel_motion *m, int32_t x)
{
    for (int32_t y = m->to.y; y < m->to.y + m->to.h; y += COLUMN_STEP)
        if (now_at(s, x, y) != before_at(s, x - m->dx, y - m->dy))
            return false;
    return true;
}

static void grow(const struct search *s, struct pixel_motion *m)
{
    int32_t left = MAX_OF(m->dx, 0), right = s->w + MIN_OF(m->dx, 0);
    int32_t top = MAX_OF(m->dy, 0), bottom = s->h + MIN_OF(m->dy, 0);
    struct rect *r = &m->to;

    while (r->x > left && column_agrees(s, m, r->x - 1))
        r->x--, r->w++;
    while (r->x + r->w < right && column_agrees(s, m, r->x + r->w))
        r->w++;
    while (r->y > top && row_agrees(s, m, r->y - 1))
        r->y--, r->h++;
    while (r->y + r->h < bottom && row_agrees(s, m, r->y + r->h))
        r->h++;
}

static const struct distance *most_voted(const struct search *s)
{
    const struct distance *best = NULL;

    for (uint32_t i = 0; i < DISTANCES; i++)
        if (s->distances[i].votes >= VOTES_MIN && (!best || s->distances[i].votes > best->votes))
            best = &s->distances[i];
    return best;
}

bool pixel_motion_guess(const uint32_t *now, size_t now_stride, const uint32_t *before,
                        size_t before_stride, int32_t width, int32_t height,
                        struct pixel_motion *motion)
{
    const struct distance *best = NULL;
    struct search *s;
    int32_t step;

    if (width < 2 * RUN || height < 2)
        return false;
    s = mem_alloc0(1, sizeof(*s));
    s->now = now;
    s->before = before;
    s->now_stride = now_stride;
    s->before_stride = before_stride;
    s->w = width;
    s->h = height;
    choose_anchors(s);
    /* Of a large block's anchors a part is enough. */
    step = MIN_OF(MAX_OF(height / ROWS, 1), 4);
    for (int32_t y = 0; s->count >= VOTES_MIN && y < height; y += step)
        look_in_row(s, y);
    best = most_voted(s);
    if (best) {
        *motion = (struct pixel_motion){best->at, best->dx, best->dy};
        grow(s, motion);
    }
    free(s);
    return best != NULL;
}
