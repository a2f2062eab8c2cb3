/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The painting side of a program of bench/rfb: obeys the runner's commands on standard input, keeps
 * the ticks of a workload and counts what painting costs. How the changes reach a server is the
 * program's business: it has one loop, which calls these functions and passes on what they filled
 * in.
 *
 * Commands, each answered by one line: "start WORKLOAD" ("started
 * FRAME"), "stop" ("stopped WORKLOAD
 * FRAME KEYS TIME": the picture that stays). The program ends with its input.
 */
#pragma once

#include "picture.h"

/* Shared with the client through a file: what the server's processor time does not count. */
struct painter_stats {
    uint64_t paint_ns; /* processor time of painting inside of the server's process */
    uint64_t frames;   /* that were painted */
    uint64_t bytes;    /* of the pictures inside of the server's process, besides its screen */
};

struct painter {
    struct picture *picture;
    struct painter_stats *stats;
    bool in_process; /* painting is taken off the server's time */
    bool running;
    enum picture_workload workload;
    int64_t start_ns; /* of the ticks */
    uint32_t start_frame;
    int64_t next_ns; /* the next tick; INT64_MAX: none */
    char held[256];
    size_t held_len;
};

/* What the loop is to pass on after a call. */
struct painter_change {
    bool all; /* the whole picture is new */
    unsigned count;
    struct picture_op ops[PICTURE_OPS_MAX];
};

int64_t painter_now(void); /* monotonic nanoseconds */

/* `stats` is a file that exists; exits with a sentence when it cannot be used. */
void painter_init(struct painter *p, int32_t width, int32_t height, uint32_t *pixels, size_t stride,
                  const char *stats, bool in_process);
void painter_finish(struct painter *p);

/* Standard input is readable. False: it has ended. */
bool painter_read_command(struct painter *p, struct painter_change *change);
/* Milliseconds until the next tick for poll(), rounded up; -1: there is none. */
int painter_timeout(const struct painter *p);
/* Paints when a tick is due; false: nothing has changed. */
bool painter_tick(struct painter *p, struct painter_change *change);
void painter_key(struct painter *p, struct painter_change *change);

/* Around other work that painting causes and no server: it is taken off as well. */
int64_t painter_begin(void);
void painter_end(struct painter *p, int64_t begin);

/* The rectangles of a change for servers that are told of nothing but damage; returns how many. */
unsigned painter_damage(const struct painter *p, const struct painter_change *change,
                        struct rect rects[2 * PICTURE_OPS_MAX]);
