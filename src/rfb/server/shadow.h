/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a remote viewer has on its screen, as far as we have sent it: the picture that new pixels
 * are compared with. So rows that are the same are not sent again, and what only moved is sent as
 * CopyRect. Kept for viewers that list CopyRect and get pixels (four bytes each of memory).
 */
#pragma once

#include "base/rect.h"

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

struct rfb_shadow {
    uint32_t width, height;  /* 0: there is none */
    uint32_t *pixels;        /* top bytes 0 */
    pixman_region32_t known; /* where it is what the viewer has */
};

struct rfb_shadow_copy {
    struct rect to;
    int32_t from_x, from_y;
};

void rfb_shadow_init(struct rfb_shadow *shadow);
void rfb_shadow_finish(struct rfb_shadow *shadow); /* as after init */

/* Another size: nothing is known. */
void rfb_shadow_resize(struct rfb_shadow *shadow, uint32_t width, uint32_t height);
void rfb_shadow_forget(struct rfb_shadow *shadow, struct rect r); /* may reach outside */

/* The pixels of r, packed, were sent. r lies inside. */
void rfb_shadow_store(struct rfb_shadow *shadow, struct rect r, const uint32_t *pixels);

/* r without the rows at its top and bottom that the viewer has already; pixels are r's, packed. */
struct rect rfb_shadow_trim(const struct rfb_shadow *shadow, struct rect r, const uint32_t *pixels);

/*
 * Looks whether the new pixels of r are, in part, others of r moved up or down. True: *copy is
 * right, and noted as done; the viewer must be told of it before anything else.
 */
bool rfb_shadow_find_scroll(struct rfb_shadow *shadow, struct rect r, const uint32_t *pixels,
                            struct rfb_shadow_copy *copy);

/* The same for a move that somebody suspects: r's new pixels were at from_x, from_y. */
bool rfb_shadow_try_move(struct rfb_shadow *shadow, struct rect r, int32_t from_x, int32_t from_y,
                         const uint32_t *pixels);
