/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strips: parts of the picture, encoded. A small one is encoded at once; a larger one is copied out
 * of the picture and encoded by a thread (pool.h), and is done later. What several viewers need
 * alike is encoded once for all of them: a strip that refers to nothing before it (enc.h: `apart`)
 * is kept for those who ask for the same a moment later, as long as its pixels are the picture's.
 *
 * All but the encoding happens in the loop's thread.
 */
#pragma once

#include "rfb/enc/enc.h"
#include "rfb/server/picture.h"
#include "rfb/server/pool.h"

enum {
    RFB_STRIPS_KEPT = 64,    /* for other viewers: a frame of them */
    RFB_STRIPS_RUNNING = 64, /* in the pool; more are encoded at once */
    RFB_STRIPS_SPARE = 4,    /* buffers of either kind that the next strips use again */
};

struct rfb_strips;

struct rfb_strip {
    struct rfb_job job; /* first */
    struct rfb_strips *strips;
    unsigned references;
    /* What it is of. */
    int codec;
    struct rfb_encode_settings settings;
    struct rect at;
    uint32_t version;
    /* While it is being encoded. */
    uint32_t *pixels;
    size_t room;                 /* pixels that there is memory for */
    struct rfb_streams *streams; /* a client's, or NULL: any state will do */
    /* The result, once rfb_strip_is_done(). */
    struct buf out;
    uint32_t rects;
    struct rect *lossy; /* what went as JPEG */
    size_t lossy_count, lossy_room;
};

/* The encoders' states of one client, which refer to what that client was sent before. */
struct rfb_streams {
    unsigned references;
    void *states[RFB_CODEC_COUNT];
    bool started[RFB_CODEC_COUNT], interrupted[RFB_CODEC_COUNT];
    bool busy; /* a strip that uses them is being encoded */
};

struct rfb_strips {
    const struct rfb_picture *picture;
    struct rfb_pool *pool; /* NULL until it is needed */
    bool no_pool;
    void (*finished)(void *data); /* called in any thread */
    void *data;
    void *states[RFB_CODEC_COUNT]; /* for what is encoded at once and refers to nothing */
    struct rfb_strip *kept[RFB_STRIPS_KEPT];
    unsigned next_kept;
    struct rfb_strip *running[RFB_STRIPS_RUNNING];
    unsigned running_count;
    /* Memory that is fresh from the system costs more than what is written into it. */
    struct rfb_spare_pixels {
        uint32_t *pixels;
        size_t room;
    } spare_pixels[RFB_STRIPS_SPARE];
    struct buf spare_out[RFB_STRIPS_SPARE];
    unsigned spare_pixels_count, spare_out_count;
    bool holds;               /* they, or who sends them, much that is to go at rest */
    uint64_t encoded, shared; /* strips, for tests */
};

void rfb_strips_init(struct rfb_strips *strips, const struct rfb_picture *picture,
                     void (*finished)(void *data), void *data);
/* All viewers have released theirs before. Waits for threads that are encoding. */
void rfb_strips_finish(struct rfb_strips *strips);
/* Lets go of what the threads have done. */
void rfb_strips_reap(struct rfb_strips *strips);
/* Lets go of what is kept for others, and of memory that is to be used again. */
void rfb_strips_forget(struct rfb_strips *strips);

struct rfb_streams *rfb_streams_create(void);
void rfb_streams_unref(struct rfb_streams *streams); /* takes NULL */
/* Lets go of one encoder's state. False: not now, it is at work. */
bool rfb_streams_close(struct rfb_streams *streams, int codec);

/* How a strip is wanted. */
struct rfb_strip_wish {
    struct rect at;
    int codec;
    const struct rfb_encode_settings *settings; /* for this strip */
    bool at_once;                               /* small: encode it now */
    bool by_many;                               /* other viewers will want it as well */
    bool by_threads;                            /* part of something large */
};

/* A reference to a strip; NULL: not now, as the streams are busy. */
struct rfb_strip *rfb_strip_get(struct rfb_strips *strips, struct rfb_streams *streams,
                                const struct rfb_strip_wish *wish);
bool rfb_strip_is_done(const struct rfb_strip *strip);
void rfb_strip_unref(struct rfb_strip *strip); /* takes NULL */
