/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A part of a surface as render nodes of GTK, in tiles, so that a change makes new nodes only of
 * the tiles that it touches. No pixel is copied here but where GTK 4.8 cannot repeat it.
 *
 * For the GL renderer a tile is a texture around the surface's own memory: GTK 4.8 has no textures
 * that change; one is uploaded once and kept, and a damaged tile gets another. What is under the
 * tiles has to be black: the surface's top byte means nothing, and a premultiplied colour over
 * black is that colour whatever its alpha. At a whole factor pixels are repeated here, as GTK 4.8
 * scales smoothly only.
 *
 * For the cairo renderer a tile is a drawing of that memory: it would convert each texture anew for
 * each frame, changed or not (18 ms for 1920×1080 when a character changes), while a drawing is
 * clipped to what has changed.
 *
 * Where GTK scales, tiles end at whole pixels of the monitor and see pixels of the guest beyond
 * their ends, so that there are no seams. Threads: GTK's.
 */
#pragma once

#include "pixel/surface.h"

#include <gtk/gtk.h>
#include <pixman.h>

struct tiles {
    struct surface *surface;          /* NULL: nothing is shown */
    struct rect area;                 /* the part of it, not empty */
    struct rect at;                   /* where that is shown, in pixels of the monitor; not empty */
    int factor;                       /* whole; 0: GTK scales */
    bool by_cairo;                    /* the renderer is cairo's */
    cairo_surface_t *image;           /* the area, for it */
    int columns, rows, width, height; /* of the grid, and of a tile on the monitor */
    GskRenderNode **nodes;            /* NULL: to be made */
};

/* From zeroed memory. What is already so costs nothing. */
void tiles_set(struct tiles *t, struct surface *surface, struct rect area, struct rect at,
               bool by_cairo);
void tiles_finish(struct tiles *t);
/* Pixels of the surface have changed. True if any of them are shown. */
bool tiles_damage(struct tiles *t, const pixman_region32_t *region);
/* In pixels of the monitor. */
void tiles_snapshot(struct tiles *t, GtkSnapshot *snapshot);
