/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The surface that pictures are written to, and its size, about which QEMU tells us in two places
 * whose order is undefined: a Scanout or an Update that does not fit (here), and the console's
 * properties (on another connection, possibly old news). So a size that turns out wrong must not
 * have cost pixels: what a crop cuts off is kept until the next whole picture. One thread.
 */
#pragma once

#include "base/err.h"
#include "frame.h"
#include "pixel/surface.h"

struct screen {
    struct surface *surface; /* the current one; NULL until the first picture */
    /* private */
    struct surface *cropped;  /* larger, from before a crop; NULL: none */
    struct surface *incoming; /* being filled by a Scanout of another size */
};

enum screen_answer { SCREEN_SAME, SCREEN_OTHER };

void screen_finish(struct screen *s);

/* A picture begins. SCREEN_OTHER: the surface has been replaced by a larger one. -1: no memory. */
int screen_begin(struct screen *s, const struct frame *f, struct err *err);
/* Rows of it. Returns what changed, empty for nothing (or nothing yet). */
struct rect screen_rows(struct screen *s, const struct frame *f, uint32_t y, uint32_t count,
                        const uint8_t *pixels, size_t stride);
/* It ends. SCREEN_OTHER: the surface has been replaced by the picture. */
int screen_end(struct screen *s, const struct frame *f);
/* Makes the surface this large, nothing lost. SCREEN_SAME: it was. -1: no memory. */
int screen_resize(struct screen *s, uint32_t width, uint32_t height, struct err *err);
