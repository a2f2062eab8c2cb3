/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landmarks are places that tell themselves apart: those where a hash of the pixels there has some
 * bits zero, whichever picture they are in. So of the older block only one place in sixty has to be
 * looked up (the idea of content-defined chunks: Muthitacharoen, Chen and Mazières, "A Low-
 * bandwidth Network File System", 2001). A few hundred landmarks all over the newer block are
 * anchors; each place where the older one has the same pixels votes for its distance. Around the
 * anchors that agree the rectangle grows as far as the pixels do. See motion.h.
 *
 * How much of a picture tells itself apart depends on its scale: sixteen pixels are some letters on
 * one screen and a part of one on another. So what is common is compared in a longer run, and where
 * that was not enough landmarks are looked for once more, by pixels that lie further apart.
 */
#include "pixel/motion.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUN = 16,      /* pixels of an anchor, */
    EDGES_MIN = 4, /* in it */
    STEP_MAX = 4,  /* so far apart they are at most, */
    SPAN_MAX = RUN * STEP_MAX,
    BLOCK = 64, /* places that are looked at together: the compiler uses vectors */
    GRID = 48,  /* anchors a row and a column, at most */
    ROWS = 256, /* of the older block that are looked at at least, if it has so many */
    ANCHORS = GRID * GRID,
    ENOUGH = 64,
    MANY = 128,
    ROUNDS = 6,            /* at most, in which so many are looked for, */
    ROUND_PIXELS = 400000, /* one for as many */
    SLOTS = 4096,
    HITS_MAX = 4,     /* places of one anchor; more are a pattern that repeats */
    DISTANCES = 4096, /* of which no more are noted when three quarters are */
    VOTES_MIN = 6,
    SAMPLES = 64,    /* anchors that are looked at once more, */
    AROUND = 4,      /* with so many rows above and below */
    COLUMN_STEP = 4, /* rows that are looked at for a column */
};

struct anchor {
    uint32_t hash;
    int32_t x, y;
    int32_t hits[2]; /* of its span, and of the longest one */
    int32_t next;    /* in its slot; -1: none */
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
    int32_t step, span; /* of an anchor's pixels: from one to the next, and all of them */
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
static inline __attribute__((always_inline)) void look(const uint32_t *row, int32_t left,
                                                       int32_t step, struct block *b)
{
    uint32_t p[BLOCK + SPAN_MAX], two[BLOCK + SPAN_MAX], four[BLOCK + SPAN_MAX],
        eight[BLOCK + SPAN_MAX], edge[BLOCK + SPAN_MAX];
    int32_t n = BLOCK + RUN * step;

    if (left < n) {
        memset(edge, 0, sizeof(edge));
        memcpy(edge, row, (size_t)left * sizeof(*row));
        row = edge;
    }
    for (int i = 0; i < n; i++)
        p[i] = row[i] & 0xffffff;
    for (int i = 0; i < BLOCK + 14 * step; i++)
        two[i] = p[i] + (p[i + step] << 2) + p[i + step];
    for (int i = 0; i < BLOCK + 12 * step; i++)
        four[i] = two[i] + (two[i + 2 * step] << 7) + two[i + 2 * step];
    for (int i = 0; i < BLOCK + 8 * step; i++)
        eight[i] = four[i] + (four[i + 4 * step] << 13) + four[i + 4 * step];
    for (int i = 0; i < BLOCK; i++)
        b->hash[i] = (eight[i] + (eight[i + 8 * step] << 5) + eight[i + 8 * step]) * 0x9e3779b1u;
    /* What is of one colour looks alike everywhere. */
    for (int i = 0; i < BLOCK; i++)
        b->is_landmark[i] = b->hash[i] >> 26 == 0 && p[i] != p[i + step];
}

static void look_at_block(const struct search *s, const uint32_t *row, int32_t left,
                          struct block *b)
{
    if (s->step == 1)
        look(row, left, 1, b);
    else
        look(row, left, STEP_MAX, b);
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

    for (int32_t i = 0; i < s->span; i += s->step) {
        edges += i && now_at(s, x + i, y) != now_at(s, x + i - s->step, y);
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
    int32_t end = s->w - s->span + 1;
    struct block b;

    look_at_block(s, s->now + (size_t)y * s->now_stride + x, s->w - x, &b);
    for (int32_t i = next_landmark(&b, 0); i < BLOCK && x + i < end; i = next_landmark(&b, i + 1)) {
        int32_t *slot = &s->slots[slot_of(b.hash[i])];

        if (!is_anchor(s, b.hash[i], x + i, y))
            continue;
        s->anchors[s->count] = (struct anchor){b.hash[i], x + i, y, {0}, *slot};
        *slot = s->count++;
        return;
    }
}

/* Not on straight lines: pictures of screens have straight lines. */
static void choose_some(struct search *s, int32_t round)
{
    int32_t w = s->w - s->span, h = s->h - 1;

    for (int32_t j = 0; j < GRID; j++)
        for (int32_t i = 0; i < GRID && s->count < ANCHORS; i++)
            add_anchor(s, (i * w + (j * 7 % GRID) * w / GRID) / GRID,
                       (j * h + ((i + round) * 5 % GRID) * h / GRID) / GRID);
}

/* A large window may be nearly empty: then more of it is looked at. */
static void choose_anchors(struct search *s)
{
    int64_t rounds = MIN_OF((int64_t)s->w * s->h / ROUND_PIXELS, (int64_t)ROUNDS);

    for (int32_t i = 0; i < SLOTS; i++)
        s->slots[i] = -1;
    choose_some(s, 0);
    for (int32_t round = 1; round < rounds && s->count < ENOUGH; round++)
        choose_some(s, round);
}

/* ---- Where they were --------------------------------------------------------------------------
 */

static void vote(struct search *s, const struct anchor *a, int32_t x, int32_t y)
{
    struct rect at = {a->x, a->y, s->span, 1};
    int32_t dx = a->x - x, dy = a->y - y;
    struct distance *d;
    uint32_t i;

    if (!dx && !dy)
        return;
    i = ((uint32_t)dx * 0x9e3779b1u ^ (uint32_t)dy * 0x85ebca6bu) >> 20;
    while (s->distances[i].votes && (s->distances[i].dx != dx || s->distances[i].dy != dy))
        i = (i + 1) % DISTANCES;
    d = &s->distances[i];
    if (!d->votes && ++s->distance_count > DISTANCES * 3 / 4)
        return;
    *d = (struct distance){dx, dy, d->votes + 1, d->votes ? rect_union(d->at, at) : at};
}

static bool is_same(const struct search *s, int32_t x, int32_t y, int32_t before_x,
                    int32_t before_y, int32_t count)
{
    uint32_t other = 0;

    for (int32_t i = 0; i < count; i++)
        other |= now_at(s, x + i, y) ^ before_at(s, before_x + i, before_y);
    return !other;
}

/* What is common may be rare together with what follows it. */
static void compare(struct search *s, struct anchor *a, int32_t x, int32_t y)
{
    bool is_rare;

    if (!is_same(s, a->x, a->y, x, y, s->span))
        return;
    is_rare = ++a->hits[0] <= HITS_MAX;
    if (MAX_OF(x, a->x) + SPAN_MAX <= s->w && is_same(s, a->x, a->y, x, y, SPAN_MAX))
        is_rare = ++a->hits[1] <= HITS_MAX || is_rare;
    if (is_rare)
        vote(s, a, x, y);
}

static void look_in_row(struct search *s, int32_t y)
{
    int32_t end = s->w - s->span + 1;
    struct block b;

    for (int32_t x = 0; x < end; x += BLOCK) {
        look_at_block(s, s->before + (size_t)y * s->before_stride + x, s->w - x, &b);
        for (int32_t i = next_landmark(&b, 0); i < BLOCK && x + i < end;
             i = next_landmark(&b, i + 1))
            for (int32_t k = s->slots[slot_of(b.hash[i])]; k >= 0; k = s->anchors[k].next)
                if (s->anchors[k].hash == b.hash[i])
                    compare(s, &s->anchors[k], x + i, y);
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

/* ---- Which it was -----------------------------------------------------------------------------
 */

static const struct distance *most_voted(const struct search *s)
{
    const struct distance *best = NULL;

    for (uint32_t i = 0; i < DISTANCES; i++)
        if (s->distances[i].votes >= VOTES_MIN && (!best || s->distances[i].votes > best->votes))
            best = &s->distances[i];
    return best;
}

/* Of the rows around some anchors, those that are the same at this distance. */
static int agreement(const struct search *s, const struct distance *d)
{
    struct rect all = {0, 0, s->w, s->h}, came = {d->dx, d->dy, s->w, s->h};
    int32_t step = MAX_OF(s->count / SAMPLES, 1);
    int same = 0;

    all = rect_intersect(all, came);
    for (int32_t i = 0; i < s->count; i += step) {
        const struct anchor *a = &s->anchors[i];

        for (int32_t y = a->y - AROUND; y <= a->y + AROUND; y++)
            same += rect_contains(all, (struct rect){a->x, y, RUN, 1}) &&
                    is_same(s, a->x, y, a->x - d->dx, y - d->dy, RUN);
    }
    return same;
}

/*
 * Where each row comes twice, as in what was drawn for a screen of half the size, the distance to
 * the other one of them gets as many votes. So those that got nearly as many as the winner are
 * looked at once more.
 */
static const struct distance *choose_distance(const struct search *s)
{
    const struct distance *most = most_voted(s), *best = most;
    int best_agreement = most ? agreement(s, most) : 0;

    for (uint32_t i = 0; most && i < DISTANCES; i++) {
        const struct distance *d = &s->distances[i];
        int other = d != most && d->votes * 2 > most->votes ? agreement(s, d) : 0;

        if (other > best_agreement) {
            best_agreement = other;
            best = d;
        }
    }
    return best;
}

/* Anchors whose pixels are `step` apart. */
static const struct distance *find_distance(struct search *s, int32_t step)
{
    /* Of a large block's anchors a part is enough. */
    int32_t rows = MIN_OF(MAX_OF(s->h / ROWS, 1), 4);

    s->step = step;
    s->span = step * RUN;
    if (s->w < 2 * s->span)
        return NULL;
    choose_anchors(s);
    for (int32_t y = 0; s->count >= VOTES_MIN && y < s->h; y += rows)
        look_in_row(s, y);
    return choose_distance(s);
}

/*
 * There are few landmarks or they are everywhere: as in large text, where what is near a place is a
 * part of one letter.
 */
static bool is_large(const struct search *s)
{
    int32_t common = 0;

    for (int32_t i = 0; i < s->count; i++)
        common += s->anchors[i].hits[0] > HITS_MAX;
    return s->count < MANY || common * 2 > s->count;
}

static void forget(struct search *s)
{
    s->count = s->distance_count = 0;
    memset(s->distances, 0, sizeof(s->distances));
}

bool pixel_motion_guess(const uint32_t *now, size_t now_stride, const uint32_t *before,
                        size_t before_stride, int32_t width, int32_t height,
                        struct pixel_motion *motion)
{
    const struct distance *best = NULL;
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
    best = find_distance(s, 1);
    if (!best && is_large(s)) {
        forget(s);
        best = find_distance(s, STEP_MAX);
    }
    if (best) {
        *motion = (struct pixel_motion){best->at, best->dx, best->dy};
        grow(s, motion);
    }
    free(s);
    return best != NULL;
}
