/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Anchors are runs of pixels with many edges in them, a few hundred all over the newer block. A
 * rolling hash (Karp and Rabin, "Efficient randomized pattern-matching algorithms", 1987) over all
 * rows of the older block finds where they were; each place votes for its distance. Around the
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
    GRID = 24,     /* anchors a row and a column, at most */
    ANCHORS = GRID * GRID,
    SLOTS = 2048,
    HITS_MAX = 4,     /* places of one anchor; more are a pattern that repeats */
    DISTANCES = 4096, /* more than anchors have places */
    VOTES_MIN = 6,
    COLUMN_STEP = 4, /* rows that are looked at for a column */
};

static const uint64_t base = 0x9ddfea08eb382d69;

struct anchor {
    uint64_t hash;
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
};

static uint32_t now_at(const struct search *s, int32_t x, int32_t y)
{
    return s->now[(size_t)y * s->now_stride + (size_t)x] & 0xffffff;
}

static uint32_t before_at(const struct search *s, int32_t x, int32_t y)
{
    return s->before[(size_t)y * s->before_stride + (size_t)x] & 0xffffff;
}

static uint32_t slot_of(uint64_t hash)
{
    return (uint32_t)(hash >> 53);
}

static void add_anchor(struct search *s, int32_t x, int32_t y)
{
    struct anchor *a = &s->anchors[s->count];
    int edges = 0, changed = 0;
    uint64_t hash = 0;

    for (int32_t i = 0; i < RUN; i++) {
        uint32_t p = now_at(s, x + i, y);

        edges += i && p != now_at(s, x + i - 1, y);
        changed += p != before_at(s, x + i, y);
        hash = hash * base + p;
    }
    if (edges < EDGES_MIN || !changed)
        return;
    *a = (struct anchor){hash, x, y, 0, s->slots[slot_of(hash)]};
    s->slots[slot_of(hash)] = s->count++;
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
    *d = (struct distance){dx, dy, d->votes + 1, d->votes ? rect_union(d->at, at) : at};
}

static void look_in_row(struct search *s, int32_t y, uint64_t leaving)
{
    const uint32_t *row = s->before + (size_t)y * s->before_stride;
    uint64_t hash = 0;

    for (int32_t x = 0; x < RUN - 1; x++)
        hash = hash * base + (row[x] & 0xffffff);
    for (int32_t x = RUN - 1; x < s->w; x++) {
        hash = hash * base + (row[x] & 0xffffff);
        for (int32_t i = s->slots[slot_of(hash)]; i >= 0; i = s->anchors[i].next)
            if (s->anchors[i].hash == hash)
                vote(s, &s->anchors[i], x - RUN + 1, y);
        hash -= (row[x - RUN + 1] & 0xffffff) * leaving;
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
    uint64_t leaving = 1;
    struct search *s;

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
    for (int i = 1; i < RUN; i++)
        leaving *= base;
    for (int32_t y = 0; s->count >= VOTES_MIN && y < height; y++)
        look_in_row(s, y, leaving);
    best = most_voted(s);
    if (best) {
        *motion = (struct pixel_motion){best->at, best->dx, best->dy};
        grow(s, motion);
    }
    free(s);
    return best != NULL;
}
