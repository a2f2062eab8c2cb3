/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels, and what they take; see quality.h. */
#include "rfb/server/quality.h"

#include "base/arith.h"

const struct rfb_quality_level rfb_quality_levels[RFB_QUALITY_LEVELS] = {
    {100, RFB_COLOUR_1X, 0.3}, {70, RFB_COLOUR_4X, 0.1}, {40, RFB_COLOUR_4X, 0.06}};

/* Shares of the time between two pictures: more makes a level too dear, less the next better one
   worth it. */
#define SHARE_MOST 0.85
#define SHARE_BETTER 0.7

/* A film, and how fast the weight is learned: in so many pixels by half or so. */
#define WEIGHT_PIXELS (1024.0 * 1024)

void rfb_quality_init(struct rfb_quality *f)
{
    *f = (struct rfb_quality){.weight = 1};
}

/* How long pixels take on the way, in microseconds. */
static double time_of(const struct rfb_quality *f, unsigned level, size_t pixels, double rate)
{
    return (double)pixels * rfb_quality_levels[level].bytes * f->weight / rate * 1e6;
}

static bool fits(const struct rfb_quality *f, unsigned level, const struct rfb_quality_demand *d,
                 double share)
{
    double interval = (double)MAX_OF(d->interval, (int64_t)RFB_QUALITY_INTERVAL_US);

    if (d->shared) /* a quality of its own is worth it only for who is far slower */
        interval *= 2;
    return time_of(f, level, d->moving, d->rate) <= share * interval &&
           time_of(f, level, d->pixels, d->rate) <= (double)RFB_QUALITY_PICTURE_US;
}

unsigned rfb_quality_choose(struct rfb_quality *f, const struct rfb_quality_demand *d)
{
    if (d->rate <= 0) {
        f->level = 0;
        return 0;
    }
    while (f->level && fits(f, f->level - 1, d, SHARE_BETTER))
        f->level--;
    while (f->level + 1 < RFB_QUALITY_LEVELS && !fits(f, f->level, d, SHARE_MOST))
        f->level++;
    if (!f->level || !d->moving || d->now - f->tried < RFB_QUALITY_TRY_US)
        return f->level;
    f->tried = d->now;
    return f->level - 1;
}

void rfb_quality_sent(struct rfb_quality *f, unsigned level, size_t pixels, size_t bytes)
{
    double weight = (double)bytes / ((double)pixels * rfb_quality_levels[level].bytes);
    double share = MIN_OF((double)pixels / WEIGHT_PIXELS, 1.0);

    f->weight += (weight - f->weight) * share;
}
