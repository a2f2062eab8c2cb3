/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How well moving pictures are shown to one viewer: so well that a picture has left before the
 * source has the next one, or that 25 a second pass, as far as that can be had. On a path that
 * holds less than the source has to say, something must give: the quality of what is replaced at
 * once anyway, and only then the number of pictures. What has stopped is sharpened (update.c).
 *
 * Two things are learned: what the path holds (flow.h), and how many bytes these pictures take.
 * From time to time one picture goes better than that, because a path that is never filled never
 * shows that it has become faster.
 *
 * No clock and no encoders: times come in, in microseconds.
 */
#pragma once

#include "rfb/enc/enc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_QUALITY_LEVELS = 3,              /* 0 is the best */
    RFB_QUALITY_PICTURE_US = 100 * 1000, /* a large picture that comes once may take as long */
    RFB_QUALITY_INTERVAL_US = 40 * 1000, /* 25 pictures a second are a film */
    RFB_QUALITY_TRY_US = 10 * 1000 * 1000,
};

struct rfb_quality {
    unsigned level;
    double weight; /* bytes of these pictures, times what pictures take by and large */
    int64_t tried; /* a better level */
};

/* What is to be sent, and where. */
struct rfb_quality_demand {
    size_t moving, pixels; /* that may be lossy: those that move all the time, and all */
    double rate;           /* bytes a second that the path holds; 0: not known */
    int64_t interval;      /* between two pictures of the source */
    int64_t now;
    bool shared; /* others get the same bytes, unless this one's quality is another */
};

struct rfb_quality_level {
    int quality; /* at most */
    enum rfb_subsampling subsampling;
    double bytes; /* a pixel, by and large */
};

extern const struct rfb_quality_level rfb_quality_levels[RFB_QUALITY_LEVELS];

void rfb_quality_init(struct rfb_quality *q);
/* The level for what is to be sent now. */
unsigned rfb_quality_choose(struct rfb_quality *q, const struct rfb_quality_demand *demand);
/* Bytes that so many pixels have taken at a level. */
void rfb_quality_sent(struct rfb_quality *q, unsigned level, size_t pixels, size_t bytes);
