/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The measured link; see link.h. */
#include "rfb/session/link.h"

#include "base/arith.h"

enum {
    SECOND = 1000000,
    STRETCH_MIN_US = 2000, /* below it nothing was waited for … */
    STRETCH_MAX_US = SECOND / 4,
    BYTES_MIN = 8192,
    BURST = 256 * 1024,   /* … but for more than gathers while we were busy */
    DOWN_US = SECOND / 2, /* from one choice to a lower one */
    UP_US = 3 * SECOND,   /* and to a higher one, which may cost a whole picture */
};

static const double MARGIN = 1.25; /* above a threshold, to go up */

enum { LEVEL_SLOW, LEVEL_MIDDLE, LEVEL_FAST };

static const struct rfb_link_choice choices[] = {
    [LEVEL_SLOW] = {6, 6},
    [LEVEL_MIDDLE] = {8, 2},
    [LEVEL_FAST] = {0, 1},
};

struct rfb_link_choice rfb_link_choice(const struct rfb_link *link)
{
    return choices[link->level];
}

struct rfb_link_choice rfb_link_start(struct rfb_link *link, int64_t now, int64_t round_trip)
{
    *link = (struct rfb_link){.chosen = now};
    link->level = round_trip >= 0 && round_trip < RFB_LINK_NEAR_US ? LEVEL_FAST : LEVEL_MIDDLE;
    return choices[link->level];
}

static int level_at(double rate)
{
    return rate >= RFB_LINK_FAST ? LEVEL_FAST : rate >= RFB_LINK_SLOW ? LEVEL_MIDDLE : LEVEL_SLOW;
}

static bool choose(struct rfb_link *l, int64_t now)
{
    int down = level_at(l->rate), up = level_at(l->rate / MARGIN);

    if (down < l->level && now - l->chosen >= DOWN_US)
        l->level = down;
    else if (up > l->level && now - l->chosen >= UP_US)
        l->level = up;
    else
        return false;
    l->chosen = now;
    return true;
}

/* The longer it took, or the more it was, the more it says. */
static bool end_stretch(struct rfb_link *l, int64_t now)
{
    int64_t took = now - l->since;
    uint64_t bytes = l->bytes;
    double sample, weight;
    bool waited = took >= STRETCH_MIN_US && bytes >= BYTES_MIN;

    l->since = now;
    l->bytes = 0;
    if (!waited && bytes < BURST)
        return false;
    sample = (double)bytes * SECOND / (double)MAX_OF(took, (int64_t)1);
    weight = MAX_OF(2.0 * (double)took / SECOND, (double)bytes / (8 * BURST));
    weight = MIN_OF(weight, 0.5);
    l->rate = l->rate > 0 ? l->rate + weight * (sample - l->rate) : sample;
    return choose(l, now);
}

bool rfb_link_received(struct rfb_link *l, int64_t now, size_t bytes, bool before, bool after)
{
    if (!before) { /* what has come so far was on its way for an unknown time */
        l->since = now;
        l->bytes = 0;
        return false;
    }
    l->bytes += bytes;
    return !after || now - l->since >= STRETCH_MAX_US ? end_stretch(l, now) : false;
}
