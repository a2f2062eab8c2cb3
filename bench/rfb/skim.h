/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A viewer that follows a server's messages without decoding their pixels: the fifth and the
 * sixteenth viewer of a benchmark read as fast as machines of their own would, which this one
 * machine could not do for them. It asks for updates as the client session does.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skim {
    uint16_t width, height;
    uint64_t skip; /* bytes that say nothing */
    bool in_update, until_last, continuous;
    uint32_t rects_left;
    uint64_t updates; /* that have ended */
    /* The rectangle under way whose body has a header of its own: Tight. */
    bool in_tight;
    uint16_t w, h;
};

/* Takes what it can, as a session does; what it wants sent is appended to out. -1: not followed. */
int skim_feed(struct skim *s, const uint8_t *data, size_t len, size_t *used, struct buf *out,
              struct err *err);
