/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pictures that bench/rfb measures with: what applications would paint, drawn by integers only,
 * so that every program of the benchmark gets the same pixels. A picture is a function of the
 * workload, the frame's number, the number of keys pressed and the time stamp: the client draws the
 * last one itself and compares what it decoded with that, pixel for pixel.
 *
 * Two markers lie on top of each picture, as black and white cells that survive JPEG: the frame's
 * number with the time at which it was painted, and the number of keys that the painter has seen.
 *
 * Threads: one a picture. Pixels are 0x00RRGGBB.
 */
#pragma once

#include "base/rect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum picture_workload {
    PICTURE_IDLE,   /* nothing changes */
    PICTURE_SCROLL, /* 75 lines of text on the whole screen, one line a frame */
    PICTURE_DRAG,   /* an 800×600 window of text moves over a photograph */
    PICTURE_NOISE,  /* a grainy photograph, another one each frame */
    PICTURE_VIDEO,  /* the same in a fifth of the screen, panning, around it nothing changes */
    PICTURE_TYPING, /* a glyph a key */
    PICTURE_BLINK,  /* only the marker, now and then: the first change after a rest */
    PICTURE_WORKLOADS
};

/* What changed from one frame to the next, in the words that an application would use. */
enum picture_op_kind {
    PICTURE_PUT,  /* these pixels are new */
    PICTURE_COPY, /* these pixels were at from_x, from_y before */
    PICTURE_MOVE, /* the window is here now; what it uncovered has its photograph again */
};

struct picture_op {
    enum picture_op_kind kind;
    struct rect at;
    int32_t from_x, from_y;
};

enum { PICTURE_OPS_MAX = 8, PICTURE_WIDTH_MIN = 1280, PICTURE_HEIGHT_MIN = 1080 };

struct picture_marks {
    uint32_t frame, keys; /* 16 bits of each are painted */
    uint32_t time;        /* microseconds of the monotonic clock, 32 bits */
};

struct picture;

/* Draws into the caller's pixels, `stride` of them a row, which outlive it; not below the MINs. */
struct picture *picture_create(int32_t width, int32_t height, uint32_t *pixels, size_t stride);
void picture_destroy(struct picture *p);

/* -1: there is no workload of that name. */
int picture_workload_of(const char *name);
/* Frames a second; 0: it does not change by itself. */
unsigned picture_rate(enum picture_workload workload);

/* Draws all of it, from nothing. */
void picture_draw(struct picture *p, enum picture_workload workload,
                  const struct picture_marks *marks);
/* From the frame drawn last to this later one; returns how many of `ops` it filled. */
unsigned picture_step(struct picture *p, uint32_t frame, uint32_t time, struct picture_op *ops);
/* One more key was pressed. */
unsigned picture_key(struct picture *p, struct picture_op *ops);

const struct picture_marks *picture_marks(const struct picture *p);
/* Bytes that the picture holds itself, besides the caller's pixels. */
size_t picture_bytes(const struct picture *p);
/* The photograph and the window over it: what an X client gives its windows as backgrounds. */
const uint32_t *picture_photo(const struct picture *p);
const uint32_t *picture_window_pixels(const struct picture *p);
/* Where the markers are. */
struct rect picture_mark_area(void);
struct rect picture_window(const struct picture *p);
struct rect picture_bounds(const struct picture *p);

/* Reads the markers out of any copy of the picture; false: they are not (wholly) there. */
bool picture_read_frame(const uint32_t *pixels, size_t stride, struct picture_marks *marks);
bool picture_read_keys(const uint32_t *pixels, size_t stride, struct picture_marks *marks);
