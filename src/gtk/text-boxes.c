/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arms that meet in a cell's middle, and parts of cells; see text-boxes.h. */
#include "gtk/text-boxes.h"

#include <math.h>

enum { NONE, LIGHT, HEAVY, DOUBLE };
enum { ACROSS, DOWN };

/* U+2500…U+257f: the arms to the left, to the right, up and down, a hexadecimal digit each. 0: it
   is dashed (2504…250b, 254c…254f) or a diagonal (2571…2573). */
static const uint16_t arms_of[128] = {
    0x1100, 0x2200, 0x0011, 0x0022, 0,      0,      0,      0,      0,      0,      0,      0,
    0x0101, 0x0201, 0x0102, 0x0202, 0x1001, 0x2001, 0x1002, 0x2002, 0x0110, 0x0210, 0x0120, 0x0220,
    0x1010, 0x2010, 0x1020, 0x2020, 0x0111, 0x0211, 0x0121, 0x0112, 0x0122, 0x0221, 0x0212, 0x0222,
    0x1011, 0x2011, 0x1021, 0x1012, 0x1022, 0x2021, 0x2012, 0x2022, 0x1101, 0x2101, 0x1201, 0x2201,
    0x1102, 0x2102, 0x1202, 0x2202, 0x1110, 0x2110, 0x1210, 0x2210, 0x1120, 0x2120, 0x1220, 0x2220,
    0x1111, 0x2111, 0x1211, 0x2211, 0x1121, 0x1112, 0x1122, 0x2121, 0x1221, 0x2112, 0x1212, 0x2221,
    0x2212, 0x2122, 0x1222, 0x2222, 0,      0,      0,      0,      0x3300, 0x0033, 0x0301, 0x0103,
    0x0303, 0x3001, 0x1003, 0x3003, 0x0310, 0x0130, 0x0330, 0x3010, 0x1030, 0x3030, 0x0311, 0x0133,
    0x0333, 0x3011, 0x1033, 0x3033, 0x3301, 0x1103, 0x3303, 0x3310, 0x1130, 0x3330, 0x3311, 0x1133,
    0x3333, 0x0101, 0x1001, 0x1010, 0x0110, 0,      0,      0,      0x1000, 0x0010, 0x0100, 0x0001,
    0x2000, 0x0020, 0x0200, 0x0002, 0x1200, 0x0012, 0x2100, 0x0021,
};

/* U+2596…U+259f: quarters; bit 0 above left, 1 above right, 2 below left, 3 below right. */
static const uint8_t quarters_of[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};

bool text_boxes_has(uint32_t c)
{
    return c >= 0x2500 && c <= 0x259f && (c < 0x2571 || c > 0x2573);
}

bool text_boxes_is_even(uint32_t c)
{
    return c == 0x2500 || c == 0x2501 || c == 0x2550 || (c >= 0x2580 && c <= 0x2588) ||
           (c >= 0x2591 && c <= 0x2594);
}

/* ---- Rectangles ---- */

static double whole(const struct text_box *b, double length)
{
    return round(length / b->device) * b->device;
}

/* In the cell's coordinates. */
static void fill(GtkSnapshot *snapshot, const struct text_box *b, double left, double top,
                 double right, double bottom)
{
    left = MAX(left, 0);
    top = MAX(top, 0);
    right = MIN(right, b->width);
    bottom = MIN(bottom, b->height);
    if (left < right && top < bottom)
        gtk_snapshot_append_color(snapshot, &b->colour,
                                  &GRAPHENE_RECT_INIT((float)(b->x + left), (float)(b->y + top),
                                                      (float)(right - left),
                                                      (float)(bottom - top)));
}

/* In parts of the cell. */
static void fill_part(GtkSnapshot *snapshot, const struct text_box *b, double left, double top,
                      double right, double bottom)
{
    fill(snapshot, b, whole(b, left * b->width), whole(b, top * b->height),
         whole(b, right * b->width), whole(b, bottom * b->height));
}

/* ---- Arms ---- */

struct cross {
    const struct text_box *box;
    GtkSnapshot *snapshot;
    uint8_t arm[2][2]; /* ACROSS: left, right; DOWN: up, down */
    double size[2];    /* the cell's */
    double distance;   /* from the middle to the middle of each of a double line's two */
};

static double thickness_of(const struct cross *c, int style)
{
    return style == NONE ? 0 : style == HEAVY ? 2 * c->box->stroke : c->box->stroke;
}

/* The left or upper edge of a line in the middle, `shift` beside it. */
static double edge_of(const struct cross *c, int across_it, double thickness, double shift)
{
    return whole(c->box, (c->size[across_it] - thickness) / 2) + shift;
}

/* Where an arm ends: at a line of that thickness across it, which is `apart` from the middle to the
   arm's own side (or beyond the middle, when it is negative). That line is covered. */
struct end {
    double thickness, apart;
};

static void draw_line(const struct cross *c, int axis, int side, double thickness, double shift,
                      struct end end)
{
    double from = edge_of(c, !axis, thickness, shift);
    double across = edge_of(c, axis, end.thickness, 0);
    double first = side ? across + end.apart : 0;
    double last = side ? c->size[axis] : across + end.thickness - end.apart;

    if (axis == ACROSS)
        fill(c->snapshot, c->box, first, from, last, from + thickness);
    else
        fill(c->snapshot, c->box, from, first, from + thickness, last);
}

static struct end end_of(const struct cross *c, int axis, int side)
{
    const uint8_t *crossing = c->arm[!axis];
    int widest = MAX(crossing[0], crossing[1]);
    struct end end = {MAX(thickness_of(c, widest), c->box->stroke), 0};

    if (widest != DOUBLE || c->arm[axis][!side])
        return end;
    /* At the nearer line of those that go through, at the outer one of a corner. */
    end.apart = crossing[0] && crossing[1] ? c->distance : -c->distance;
    return end;
}

/* The same for one of an arm's two lines, the one nearer to crossing[which]. */
static struct end end_of_double(const struct cross *c, int axis, int side, int which)
{
    const uint8_t *crossing = c->arm[!axis];
    int widest = MAX(crossing[0], crossing[1]);
    struct end end = {MAX(thickness_of(c, widest), c->box->stroke), 0};

    if (widest == DOUBLE && crossing[which])
        end.apart = c->distance;
    else if (widest == DOUBLE && !c->arm[axis][!side])
        end.apart = -c->distance;
    return end;
}

static void draw_arm(const struct cross *c, int axis, int side)
{
    int style = c->arm[axis][side];

    if (style == DOUBLE) {
        draw_line(c, axis, side, c->box->stroke, -c->distance, end_of_double(c, axis, side, 0));
        draw_line(c, axis, side, c->box->stroke, c->distance, end_of_double(c, axis, side, 1));
    } else if (style) {
        draw_line(c, axis, side, thickness_of(c, style), 0, end_of(c, axis, side));
    }
}

static void draw_cross(GtkSnapshot *snapshot, const struct text_box *b, uint16_t arms)
{
    struct cross c = {
        .box = b,
        .snapshot = snapshot,
        .arm = {{arms >> 12, arms >> 8 & 15}, {arms >> 4 & 15, arms & 15}},
        .size = {b->width, b->height},
        .distance = MAX(whole(b, b->height / 12), whole(b, b->stroke * 1.5)),
    };

    for (int axis = ACROSS; axis <= DOWN; axis++)
        for (int side = 0; side < 2; side++)
            draw_arm(&c, axis, side);
}

static void draw_arc(GtkSnapshot *snapshot, const struct text_box *b, uint16_t arms)
{
    double x = b->x + whole(b, (b->width - b->stroke) / 2);
    double y = b->y + whole(b, (b->height - b->stroke) / 2);
    double w = 2 * b->width, h = 2 * b->height, s = b->stroke;
    GskRoundedRect round;

    /* The corner of a large rectangle whose two edges leave the cell. */
    if (arms & 0xf000)
        x += s - w;
    if (arms & 0x00f0)
        y += s - h;
    gsk_rounded_rect_init_from_rect(&round,
                                    &GRAPHENE_RECT_INIT((float)x, (float)y, (float)w, (float)h),
                                    (float)((MIN(b->width, b->height) + s) / 2));
    gtk_snapshot_push_clip(
        snapshot, &GRAPHENE_RECT_INIT((float)b->x, (float)b->y, (float)b->width, (float)b->height));
    gtk_snapshot_append_border(snapshot, &round, (float[4]){(float)s, (float)s, (float)s, (float)s},
                               (GdkRGBA[4]){b->colour, b->colour, b->colour, b->colour});
    gtk_snapshot_pop(snapshot);
}

/* U+2504…U+250b and U+254c…U+254f: in the order of horizontal, vertical; light, heavy. */
static void draw_dashes(GtkSnapshot *snapshot, const struct text_box *b, uint32_t character)
{
    int count = character >= 0x254c ? 2 : character >= 0x2508 ? 4 : 3;
    bool down = character & 2;
    double thickness = b->stroke * (character & 1 ? 2 : 1);
    double length = down ? b->height : b->width;
    double from = whole(b, ((down ? b->width : b->height) - thickness) / 2);
    double gap = MAX(whole(b, length / count / 3), b->device);

    for (int i = 0; i < count; i++) {
        double first = whole(b, length * i / count + gap / 2);
        double last = whole(b, length * (i + 1) / count + gap / 2) - gap;

        if (down)
            fill(snapshot, b, from, first, from + thickness, last);
        else
            fill(snapshot, b, first, from, last, from + thickness);
    }
}

/* ---- Blocks ---- */

static void draw_shade(GtkSnapshot *snapshot, const struct text_box *b, float part)
{
    struct text_box mixed = *b;

    mixed.colour.red = b->background.red + (b->colour.red - b->background.red) * part;
    mixed.colour.green = b->background.green + (b->colour.green - b->background.green) * part;
    mixed.colour.blue = b->background.blue + (b->colour.blue - b->background.blue) * part;
    fill_part(snapshot, &mixed, 0, 0, 1, 1);
}

static void draw_quarters(GtkSnapshot *snapshot, const struct text_box *b, uint8_t quarters)
{
    for (int i = 0; i < 4; i++)
        if (quarters & 1 << i)
            fill_part(snapshot, b, i % 2 * 0.5, i / 2 * 0.5, i % 2 * 0.5 + 0.5, i / 2 * 0.5 + 0.5);
}

static void draw_block(GtkSnapshot *snapshot, const struct text_box *b, uint32_t c)
{
    if (c == 0x2580)
        fill_part(snapshot, b, 0, 0, 1, 0.5);
    else if (c <= 0x2588)
        fill_part(snapshot, b, 0, 1 - (c - 0x2580) / 8.0, 1, 1);
    else if (c <= 0x258f)
        fill_part(snapshot, b, 0, 0, (0x2590 - c) / 8.0, 1);
    else if (c == 0x2590)
        fill_part(snapshot, b, 0.5, 0, 1, 1);
    else if (c <= 0x2593)
        draw_shade(snapshot, b, (float)(c - 0x2590) / 4);
    else if (c == 0x2594)
        fill_part(snapshot, b, 0, 0, 1, 0.125);
    else if (c == 0x2595)
        fill_part(snapshot, b, 0.875, 0, 1, 1);
    else
        draw_quarters(snapshot, b, quarters_of[c - 0x2596]);
}

void text_boxes_draw(GtkSnapshot *snapshot, uint32_t character, const struct text_box *box)
{
    if (character >= 0x2580)
        draw_block(snapshot, box, character);
    else if (character >= 0x256d && character <= 0x2570)
        draw_arc(snapshot, box, arms_of[character - 0x2500]);
    else if (arms_of[character - 0x2500])
        draw_cross(snapshot, box, arms_of[character - 0x2500]);
    else
        draw_dashes(snapshot, box, character);
}
