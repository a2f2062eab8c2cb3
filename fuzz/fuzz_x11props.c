/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest agent's reading of X properties: the first byte says which property the rest is. What
 * comes out has to be within the protocol's limits, or the encoder would stop the agent.
 */
#include "props_parse.h"

#include "base/arith.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void require_text(char *text)
{
    require(strlen(text) <= WINDOW_MAX_TEXT && utf8_is_clean(text, strlen(text)));
    free(text);
}

static void require_limits(const uint32_t *items, size_t count, struct extents shadow)
{
    struct window_limits l = parse_normal_hints(items, count, shadow);
    int32_t w = 700, h = 500;

    require(l.min_w <= RECT_SIZE_MAX && l.max_w <= RECT_SIZE_MAX && l.inc_w <= RECT_SIZE_MAX);
    require(l.base_w <= RECT_SIZE_MAX && (!l.max_w || l.max_w >= l.min_w));
    require(!l.max_h || l.max_h >= l.min_h);
    limits_snap(&l, &w, &h);
    require(w >= 1 && w <= RECT_SIZE_MAX && h >= 1 && h <= RECT_SIZE_MAX);
}

static void require_icon(const uint32_t *items, size_t count)
{
    struct icon_choice choice;
    uint32_t w, h, *pixels;

    if (!parse_icon(items, count, &choice))
        return;
    pixels = icon_scale(&choice, &w, &h);
    require(w >= 1 && w <= WINDOW_MAX_ICON && h >= 1 && h <= WINDOW_MAX_ICON);
    free(pixels);
}

static void require_shape(const void *rects, size_t count)
{
    struct rect *out;
    uint32_t n = parse_shape(rects, count, -3, 5, 300, 200, &out);

    require(n <= WINDOW_MAX_SHAPE);
    for (uint32_t i = 0; i < n; i++)
        require(rect_contains((struct rect){0, 0, 300, 200}, out[i]) && !rect_is_empty(out[i]));
    free(out);
}

/* Four bytes of geometry, then the contents, which serve as the mask too. */
static void require_pixmap(const uint8_t *data, size_t size)
{
    struct icon_pixmap picture = {0}, mask;

    if (size < 4)
        return;
    picture =
        (struct icon_pixmap){data + 4, size - 4, data[0] + 1u, data[1] + 1u, data[2], data[3]};
    mask = picture;
    mask.depth = 1;
    free(parse_icon_pixmap(&picture, &mask));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t *items;
    char *instance, *class_name;

    if (!size)
        return 0;
    items = calloc(size / 4 + 1, 4); /* aligned, and with an end that a sanitiser sees */
    memcpy(items, data + 1, (size - 1) / 4 * 4);
    switch (data[0] % 7) {
    case 0:
        require_text(parse_text(data + 1, size - 1, (enum text_encoding)(data[0] / 7 % 3)));
        break;
    case 1:
        parse_class(data + 1, size - 1, &instance, &class_name);
        require_text(instance);
        require_text(class_name);
        break;
    case 2:
        require_limits(items, (size - 1) / 4, (struct extents){14, 14, 12, 17});
        break;
    case 3:
        require_icon(items, (size - 1) / 4);
        break;
    case 4:
        require_shape(items, (size - 1) / 8);
        break;
    case 5:
        require(parse_extents(items, (size - 1) / 4).bottom <= 1024);
        parse_motif_bare(items, (size - 1) / 4);
        break;
    case 6:
        require_pixmap(data + 1, size - 1);
        break;
    }
    free(items);
    return 0;
}
