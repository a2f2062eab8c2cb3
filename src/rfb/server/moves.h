/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which windows were moved between two looks at a scene: suspicions of where pixels went, for
 * CopyRect. Whoever uses one compares the pixels.
 */
#pragma once

#include "scene/scene.h"

#include <stdint.h>

struct rfb_move {
    struct rect to; /* where the window is now, with its frame */
    int32_t dx, dy; /* how far it came */
};

struct rfb_moves {
    struct rfb_move_place *places; /* sorted by id; all windows of the last look */
    uint32_t count;
    uint64_t revision; /* of the last look */
};

void rfb_moves_finish(struct rfb_moves *moves);

/* Fills at most `room` moves since the last look and returns how many. */
uint32_t rfb_moves_look(struct rfb_moves *moves, const struct scene *scene, struct rfb_move *found,
                        uint32_t room);
