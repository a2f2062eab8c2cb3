/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much may be on its way to one viewer. Fences are sent behind updates, and their answers tell
 * when the viewer has dealt with all before them: so the round trip and the rate at which it takes
 * bytes are measured, whatever lies between (the idea of BBR: Cardwell et al., "BBR: Congestion-
 * Based Congestion Control", ACM Queue 14-5, 2016). On its way may be as much as the path holds, a
 * quarter more to notice when it holds more, and a little for a busy processor: then a change waits
 * behind next to nothing, and the path is never empty. Where the viewer itself is the slow one, as
 * on loopback, the rate is that of its decoder, and the same holds.
 *
 * That needs two corrections. An update's own time on the path, which is in the answer's, is no
 * part of the round trip. And a rate is that of at least ten milliseconds: answers come in bursts,
 * and the fastest moment says nothing.
 *
 * No clock and no sockets: times come in, in microseconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_FLOW_FENCES = 64, /* on their way at most */
    RFB_FLOW_WINDOW_MIN = 16 << 10,
    RFB_FLOW_WINDOW_FIRST = 64 << 10, /* before anything is known */
    RFB_FLOW_WINDOW_MAX = 32 << 20,
    RFB_FLOW_SLACK_US = 1000, /* what a busy processor may be late */
    RFB_FLOW_PIECE_US = 750,  /* of the path's time that an update takes */
    RFB_FLOW_PIECE_MIN = 8 << 10,
    RFB_FLOW_PIECE_MAX = 512 << 10,         /* it is in memory until it has left */
    RFB_FLOW_RTT_AGE_US = 10 * 1000 * 1000, /* then the round trip is measured anew */
};

/* Bytes that were dealt with, and when they were. */
struct rfb_flow_mark {
    uint64_t delivered;
    int64_t when;
};

struct rfb_flow_fence {
    uint32_t id;
    uint64_t sent;  /* bytes, up to here */
    uint64_t bytes; /* since the fence before */
    int64_t when;
    struct rfb_flow_mark from; /* the rate is measured from there */
    int64_t since;             /* the first byte after the fence before was sent */
    bool was_limited;          /* something waited for the window: the rate may be the path's */
};

struct rfb_flow {
    bool answers; /* the viewer has answered a fence: it can be measured */
    bool grows;   /* the rate still doubles */
    bool probing; /* little is sent, to see the round trip of an empty path */
    uint64_t sent, delivered, fenced;
    struct rfb_flow_mark marks[2];    /* some time ago, and later */
    int64_t since;                    /* of the next fence; 0: nothing was sent yet */
    bool limited;                     /* something waits for the window */
    int64_t rtt, rtt_when, probe_rtt; /* the shortest; 0: not known */
    int64_t probe_since;
    double rate, rate_before; /* bytes a microsecond: the highest of this span and of the last */
    int64_t rate_since;
    double full_rate; /* and when it had grown last */
    unsigned full_rounds;
    uint32_t next_id;
    struct rfb_flow_fence fences[RFB_FLOW_FENCES];
    unsigned first, count;
};

void rfb_flow_init(struct rfb_flow *flow);

/* Bytes went out. */
void rfb_flow_sent(struct rfb_flow *flow, size_t bytes, int64_t now);
/* A fence goes out behind them, as it must before the room is asked for again. False: enough are
   on their way. */
bool rfb_flow_fence(struct rfb_flow *flow, int64_t now, uint32_t *id);
/* It was answered; ids that were never sent are ignored. */
void rfb_flow_answered(struct rfb_flow *flow, uint32_t id, int64_t now);

/* There is no room for what there is to send. */
void rfb_flow_limited(struct rfb_flow *flow);

/* Bytes that may be on their way, and that may go out now. */
size_t rfb_flow_window(const struct rfb_flow *flow);
size_t rfb_flow_room(const struct rfb_flow *flow);
/* Bytes after which a fence is to follow, so that others can come between. */
size_t rfb_flow_piece(const struct rfb_flow *flow);
/* Whether another fence may go out, for what does not ask for room. */
bool rfb_flow_has_fences(const struct rfb_flow *flow);
/* Bytes a second; 0: not known. */
double rfb_flow_rate(const struct rfb_flow *flow);
