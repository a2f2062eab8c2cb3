/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What X clients write into properties, turned into the protocol's values. Pure: bytes and 32-bit
 * items in, values within the protocol's limits out, whatever the client wrote. Fetching the
 * properties is props.c's business.
 */
#pragma once

#include "winproto/window.h"

#include <stddef.h>
#include <stdint.h>

enum text_encoding { TEXT_LATIN1, TEXT_UTF8, TEXT_COMPOUND };

/*
 * A title or a name: clean UTF-8 of at most WINDOW_MAX_TEXT bytes. Control characters and what
 * cannot be read become '?'. Ends at the first NUL. Returns a new string.
 */
char *parse_text(const void *data, size_t len, enum text_encoding encoding);

/* WM_CLASS: two Latin-1 or UTF-8 strings, each ended by NUL. Both results are new strings. */
void parse_class(const void *data, size_t len, char **instance, char **class_name);

/*
 * WM_NORMAL_HINTS (18 items; 15 from old clients; missing ones count as unset) as limits of a place
 * that is smaller than the window by the shadow's margins.
 */
struct window_limits parse_normal_hints(const uint32_t *items, size_t count, struct extents shadow);

/* The size nearest to a wish, and not above it where that can be, that the limits allow. */
void limits_snap(const struct window_limits *limits, int32_t *w, int32_t *h);

/*
 * The best picture of a _NET_WM_ICON: the smallest of at least 64 pixels, else the largest; above
 * WINDOW_MAX_ICON it is to be scaled down (icon_scale). False when there is none.
 */
struct icon_choice {
    uint32_t width, height;
    const uint32_t *pixels; /* inside items */
};
bool parse_icon(const uint32_t *items, size_t count, struct icon_choice *out);

/*
 * A new picture no larger than WINDOW_MAX_ICON on its longer side; the choice's own size when that
 * fits already. Freed by the caller.
 */
uint32_t *icon_scale(const struct icon_choice *choice, uint32_t *width, uint32_t *height);

/*
 * The icon of an old client: the contents of WM_HINTS' pixmap (of depth 1, or of 32 bits a pixel)
 * and of its mask (depth 1; data NULL: none), as GetImage gives them. A new picture of the pixmap's
 * size, NULL when the data is too short or of another kind.
 */
struct icon_pixmap {
    const uint8_t *data;
    size_t len;
    uint32_t width, height; /* at most WINDOW_MAX_ICON */
    uint8_t depth;
    bool most_significant_first; /* the order of bits at depth 1 */
};
uint32_t *parse_icon_pixmap(const struct icon_pixmap *picture, const struct icon_pixmap *mask);

/* Margins in _NET/_GTK order left, right, top, bottom, each cut to 0…1024. */
struct extents parse_extents(const uint32_t *items, size_t count);

/* _MOTIF_WM_HINTS: does the client ask for no decorations? */
bool parse_motif_bare(const uint32_t *items, size_t count);

/*
 * Rectangles of a shape, given relative to the window, as rectangles relative to the place's corner
 * and within its size. Returns how many (at most WINDOW_MAX_SHAPE; more become their bounding box);
 * 0 when they are the whole place. `out` is a new array, NULL for 0.
 */
struct shape_rect {
    int16_t x, y;
    uint16_t w, h;
};
uint32_t parse_shape(const struct shape_rect *in, size_t count, int32_t dx, int32_t dy, int32_t w,
                     int32_t h, struct rect **out);
