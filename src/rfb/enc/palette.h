/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The colours of a block, in the order of their first appearance, found by a small hash table. Used
 * by ZRLE (up to 127) and Tight (up to 256). Private to rfb/enc.
 */
#pragma once

#include <stdint.h>
#include <string.h>

enum { RFB_PALETTE_MAX = 256, RFB_PALETTE_SLOTS = 1024 };

struct rfb_palette {
    uint32_t count;
    uint32_t colours[RFB_PALETTE_MAX];
    uint16_t slots[RFB_PALETTE_SLOTS]; /* index + 1; 0: free */
};

static inline void rfb_palette_clear(struct rfb_palette *p)
{
    p->count = 0;
    memset(p->slots, 0, sizeof(p->slots));
}

/* The colour's index, taken in if it is new; -1: it would be one more than `limit`. */
static inline int rfb_palette_index(struct rfb_palette *p, uint32_t colour, uint32_t limit)
{
    uint32_t slot = colour * 0x9e3779b1u >> 22;

    while (p->slots[slot]) {
        uint32_t index = p->slots[slot] - 1u;

        if (p->colours[index] == colour)
            return (int)index;
        slot = (slot + 1) % RFB_PALETTE_SLOTS;
    }
    if (p->count >= limit)
        return -1;
    p->colours[p->count] = colour;
    p->slots[slot] = (uint16_t)++p->count;
    return (int)p->count - 1;
}
