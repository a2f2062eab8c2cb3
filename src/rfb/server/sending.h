/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sending.c keeps of one viewer: the update that is being put together and sent. */
#pragma once

#include "base/buf.h"
#include "base/rect.h"
#include "rfb/enc/enc.h"
#include "rfb/server/flow.h"
#include "rfb/server/quality.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rfb_strip;

enum {
    RFB_SENDING_STRIPS = 4, /* being encoded for one viewer */
    RFB_URGENT = 16 << 10,  /* pixels: a change as small as that does not wait for a film */
};

/* A part of an update's pixels. */
struct rfb_part {
    struct rect at;
    bool lossy;     /* may go as JPEG */
    bool urgent;    /* goes first */
    unsigned level; /* how well, then */
    bool sharpen;   /* went as JPEG and has become calm */
    bool film;      /* a film's next picture (film.h) */
    int64_t order;  /* smaller ones first */
};

/* Row by row, from left to right. */
static inline uint32_t rfb_part_place(const struct rfb_part *part)
{
    return (uint32_t)part->at.y << 16 | (uint32_t)part->at.x;
}

struct rfb_sending {
    bool open;       /* an update has begun */
    bool until_last; /* its count is not known yet: it ends with LastRect */
    bool cut;        /* nothing more is added to it */
    bool whole;      /* it has facts: the pixels that they explain belong into it */
    bool split;      /* it may end before the frame does */
    bool requested;  /* the viewer had asked for it; what it asks for meanwhile is another one */
    struct rect request_area;
    struct buf out;
    unsigned rects;
    size_t sent;  /* bytes of this update that have been sent */
    size_t limit; /* bytes with which it is long enough */
    int fd;       /* goes with the first byte; -1: none */
    /*
     * The frame: what is planned of the picture, and what of it is being encoded, in the order of
     * sending. It may take several updates.
     */
    struct rfb_part *parts;
    size_t part_count, part_room, next_part;
    bool small, by_many, by_threads; /* struct rfb_strip_wish's */
    bool at_once;                    /* a film that is not worth threads */
    bool is_jpeg;                    /* what may have gone as JPEG last did */
    unsigned level;                  /* of rfb_quality_levels, for what may go as JPEG */
    int quality;
    enum rfb_subsampling subsampling;
    int64_t read_at; /* the screen, for this frame; microseconds */
    struct {
        struct rfb_strip *strip;
        struct rfb_part part;
    } pending[RFB_SENDING_STRIPS];
    unsigned pending_count;
    struct rect urgent; /* a small change was there */
    bool only_urgent;   /* nothing else goes into this update */
    uint32_t next;      /* where moving pictures go on, when one frame was not sent to its end */
    struct buf later;   /* messages that wait for the update's end */
    struct rfb_flow flow;
    struct rfb_quality learned;
};
