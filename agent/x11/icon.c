/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A window's icon: _NET_WM_ICON, or the pixmap of WM_HINTS of clients that know no better (xterm).
 * Nothing is kept: it is fetched when it is to be said.
 */
#include "agent.h"

#include "props_parse.h"

#include <stdlib.h>

enum { ICON_ITEMS = 1 << 19 /* 32-bit items to ask for */ };

static uint32_t *net_icon(struct agent *a, struct win *w, uint32_t *width, uint32_t *height)
{
    xcb_get_property_reply_t *reply =
        x_answer(a, x_ask(a, w->xid, a->atom[ATOM__NET_WM_ICON], ICON_ITEMS));
    size_t count;
    const uint32_t *items = x_items(reply, &count);
    struct icon_choice choice;
    uint32_t *pixels = NULL;

    if (parse_icon(items, count, &choice))
        pixels = icon_scale(&choice, width, height);
    free(reply);
    return pixels;
}

/* The contents of a pixmap; what it returns holds the data and is freed by the caller. */
static xcb_get_image_reply_t *fetch_pixmap(struct agent *a, xcb_pixmap_t pixmap,
                                           struct icon_pixmap *out)
{
    const xcb_setup_t *setup = xcb_get_setup(a->x);
    xcb_get_geometry_reply_t *g;
    xcb_get_image_reply_t *image = NULL;

    if (!pixmap || setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
        return NULL;
    g = xcb_get_geometry_reply(a->x, xcb_get_geometry(a->x, pixmap), NULL);
    if (g && g->width <= WINDOW_MAX_ICON && g->height <= WINDOW_MAX_ICON)
        image = xcb_get_image_reply(
            a->x,
            xcb_get_image(a->x, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, 0, 0, g->width, g->height, ~0u),
            NULL);
    if (image)
        *out = (struct icon_pixmap){
            .data = xcb_get_image_data(image),
            .len = (size_t)xcb_get_image_data_length(image),
            .width = g->width,
            .height = g->height,
            .depth = image->depth,
            .most_significant_first = setup->bitmap_format_bit_order == XCB_IMAGE_ORDER_MSB_FIRST,
        };
    free(g);
    return image;
}

static uint32_t *hinted_icon(struct agent *a, struct win *w, uint32_t *width, uint32_t *height)
{
    enum { HAS_PIXMAP = 1 << 2, HAS_MASK = 1 << 5, PIXMAP = 3, MASK = 7 };
    xcb_get_property_reply_t *reply = x_answer(a, x_ask(a, w->xid, XCB_ATOM_WM_HINTS, 9));
    size_t count;
    const uint32_t *hints = x_items(reply, &count);
    struct icon_pixmap picture = {0}, mask = {0};
    xcb_get_image_reply_t *picture_image, *mask_image = NULL;
    uint32_t *pixels = NULL;

    if (count > PIXMAP && hints[0] & HAS_PIXMAP &&
        (picture_image = fetch_pixmap(a, hints[PIXMAP], &picture))) {
        if (count > MASK && hints[0] & HAS_MASK)
            mask_image = fetch_pixmap(a, hints[MASK], &mask);
        if ((pixels = parse_icon_pixmap(&picture, &mask))) {
            *width = picture.width;
            *height = picture.height;
        }
        free(mask_image);
        free(picture_image);
    }
    free(reply);
    return pixels;
}

uint32_t *icon_fetch(struct agent *a, struct win *w, uint32_t *width, uint32_t *height)
{
    uint32_t *pixels = net_icon(a, w, width, height);

    if (!pixels)
        pixels = hinted_icon(a, w, width, height);
    if (!pixels)
        *width = *height = 0;
    return pixels;
}
