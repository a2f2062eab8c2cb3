/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast a server's bytes come, and what quality of pictures suits that. Only the time *within*
 * updates counts: then the server had something to send, so the rate is that of the link (or of a
 * server that encodes slower than the link carries, for which the same is right). Pure: the caller
 * brings the time, in µs of any clock that only goes forward.
 *
 * The thresholds: 16 Mbit/s between JPEG quality 8 and 6 is what TigerVNC's viewer uses
 * (CConn::autoSelectFormatAndEncoding); above 100 Mbit/s a full screen of photographs without any
 * loss takes less than half a second, and pictures come as they are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_LINK_FAST = 12500000, /* bytes a second: 100 Mbit/s */
    RFB_LINK_SLOW = 2000000,  /* 16 Mbit/s */
    RFB_LINK_NEAR_US = 2000,  /* a round trip within a building, when nothing is measured yet */
};

struct rfb_link_choice {
    unsigned quality;     /* JPEG's, 1…9; 0: without loss */
    unsigned compression; /* 1…9 */
};

/* All zero: nothing is known. */
struct rfb_link {
    int64_t since;  /* the stretch that is being measured */
    uint64_t bytes; /* in it, after its first moment */
    double rate;    /* bytes a second; 0: unknown */
    int level;      /* of the choices, the one in force */
    int64_t chosen; /* when */
};

/* What to begin with; round_trip in µs, negative: unknown. */
struct rfb_link_choice rfb_link_start(struct rfb_link *link, int64_t now, int64_t round_trip);
/*
 * `bytes` have come; an update was under way before they were looked at, and is after. True when
 * another choice is due.
 */
bool rfb_link_received(struct rfb_link *link, int64_t now, size_t bytes, bool before, bool after);
struct rfb_link_choice rfb_link_choice(const struct rfb_link *link);
