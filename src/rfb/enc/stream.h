/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compression streams that encodings keep for as long as the connection lives. A stream's data
 * comes in blocks, one or more a rectangle, each ended by a flush; the window goes on from block to
 * block. Private to rfb/enc.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

/* What there is to find in bytes that are about to be compressed. */
enum rfb_content {
    RFB_REPEATS, /* text, drawings, smooth pictures: the search for repetitions pays */
    RFB_GRAIN,   /* a photograph's grain: nothing repeats, but some values are commoner */
    RFB_NOISE,   /* as good as random */
};

/* Looks at a few thousand of the bytes at most. */
enum rfb_content rfb_content_of(const uint8_t *data, size_t len);

/*
 * Zeroed is the state before first use; memory is taken when it is used. What it makes has no head
 * and no end (RFC 1951): so the blocks of several states can follow one another in a client's
 * stream, as long as each refers to nothing before itself. The stream's head (RFC 1950) is put by
 * begin() when a stream starts. zlib is used where there are repetitions; the rest is huffman.h's.
 */
struct rfb_deflate {
    z_stream z;
    bool ready; /* z is */
    bool headless;
    bool open;  /* z has taken bytes since it was flushed */
    bool stale; /* what z remembers is not what comes before its next block */
    int level;
    enum rfb_content content; /* of what follows */
};

/* The next block refers to nothing before it. */
void rfb_deflate_forget(struct rfb_deflate *d);
/* The next block starts a stream, head included, or goes on in one that has its head already. */
void rfb_deflate_restart(struct rfb_deflate *d, bool headless);

/* A block begins; level 0…9. */
void rfb_deflate_begin(struct rfb_deflate *d, int level, struct buf *out);
/*
 * What follows in this block is of this kind, so that nothing is looked for that is not there:
 * grain costs a tenth then, noise next to nothing. A block begins with repeats.
 */
void rfb_deflate_expect(struct rfb_deflate *d, enum rfb_content content, struct buf *out);
void rfb_deflate_add(struct rfb_deflate *d, const void *data, size_t len, struct buf *out);
void rfb_deflate_end(struct rfb_deflate *d, struct buf *out); /* flushes: the block is complete */
void rfb_deflate_finish(struct rfb_deflate *d);

/* The level for what a client asked for; -1: ours. */
int rfb_deflate_level(int asked);

struct rfb_inflate {
    z_stream z;
    bool ready;
    size_t left; /* compressed bytes of this block that are still to come */
};

void rfb_inflate_begin(struct rfb_inflate *i, size_t block_len);
/*
 * Inflates into out, at most room bytes, from at most the block's rest. Sets *used and *made; both
 * are 0 when there is no data. Returns -1 when the stream is damaged or data makes nothing more.
 */
int rfb_inflate_some(struct rfb_inflate *i, const uint8_t *data, size_t len, size_t *used,
                     uint8_t *out, size_t room, size_t *made, struct err *err);
/*
 * All output is there: what is left of the block must hold none. 1: the block is at its end, 0:
 * needs more data, -1: there was more output than the rectangle has pixels.
 */
int rfb_inflate_drain(struct rfb_inflate *i, const uint8_t *data, size_t len, size_t *used,
                      struct err *err);
void rfb_inflate_reset(struct rfb_inflate *i); /* the next block starts a new stream */
void rfb_inflate_finish(struct rfb_inflate *i);
