/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one viewer's picture lacks to be the server's (picture.h): first some moves of what it has,
 * then the pixels of a region. And which of its pixels are only similar to what they should be,
 * because they went as JPEG.
 *
 * Regions and moves only, no pixels: it costs a few hundred bytes a viewer.
 */
#pragma once

#include "rfb/server/moves.h"

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

enum { RFB_OWED_MOVES = 8 };

struct rfb_owed {
    struct rfb_move moves[RFB_OWED_MOVES]; /* to be made in this order, before any pixels */
    unsigned move_count;
    pixman_region32_t pixels; /* wrong once the moves are made; may reach outside of the picture */
    pixman_region32_t lossy;  /* of what was sent, the moves of above not yet made */
};

void rfb_owed_init(struct rfb_owed *owed);
void rfb_owed_finish(struct rfb_owed *owed);

/* What became of the server's picture, in the order in which it happened. */
void rfb_owed_moved(struct rfb_owed *owed, const struct rfb_move *move);
void rfb_owed_changed(struct rfb_owed *owed, const pixman_region32_t *region);
void rfb_owed_changed_rect(struct rfb_owed *owed, struct rect r);
void rfb_owed_all(struct rfb_owed *owed); /* nothing of what the viewer has is right */

/* Only moves within the bounds; what the others would have done becomes pixels. */
void rfb_owed_clip_moves(struct rfb_owed *owed, struct rect bounds);

/* What was sent, in the order of sending. */
void rfb_owed_sent_move(struct rfb_owed *owed, const struct rfb_move *move);
void rfb_owed_sent(struct rfb_owed *owed, struct rect r); /* as pixels, as they are */
void rfb_owed_sent_lossy(struct rfb_owed *owed, struct rect r);
