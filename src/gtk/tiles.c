/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A surface as a grid of textures; see tiles.h. */
#include "gtk/tiles.h"

#include "base/arith.h"

#include <math.h>
#include <string.h>

/*
 * Pixels of the guest a side. Processor time a frame of 1920×1080, GTK 4.8, in ms: all of it has
 * changed, 800×600, a line of text, a character.
 *
 *     cairo   64×64   11.5 2.2 0.9 0.5     GL by llvmpipe   64×64   65 42 34 32
 *             256×128  9.9 2.3 0.9 0.4                      256×128 37 32 30 29
 *             256×256  9.7 2.3 1.4 0.5                      256×256 33 29 29 32
 *             1920×64 11.3 3.5 0.7 0.7                      1920×64 37 34 35 33
 *
 * Of GL's, 28 are llvmpipe's own, which draws the whole window for each frame.
 */
enum { TILE_WIDTH = 256, TILE_HEIGHT = 128 };

enum { MARGIN = 2 }; /* pixels of the guest that smooth scaling may look at beyond a tile's ends */

static int whole_factor(struct rect area, struct rect at)
{
    int factor = at.w / area.w;

    return factor && at.w == area.w * factor && at.h == area.h * factor ? factor : 0;
}

static int steps(int size, int step)
{
    return (size + step - 1) / step;
}

static void drop_nodes(struct tiles *t)
{
    for (int i = 0; i < t->columns * t->rows; i++)
        g_clear_pointer(&t->nodes[i], gsk_render_node_unref);
}

void tiles_finish(struct tiles *t)
{
    drop_nodes(t);
    g_free(t->nodes);
    g_clear_pointer(&t->image, cairo_surface_destroy);
    surface_unref(t->surface);
    memset(t, 0, sizeof(*t));
}

static void let_go(gpointer surface)
{
    surface_unref(surface);
}

/* The surface's memory as cairo knows it; it holds a reference. */
static cairo_surface_t *image_of(struct surface *s, struct rect area)
{
    static const cairo_user_data_key_t key;
    cairo_surface_t *image =
        cairo_image_surface_create_for_data((unsigned char *)(surface_row(s, area.y) + area.x),
                                            CAIRO_FORMAT_RGB24, area.w, area.h, (int)s->stride);

    cairo_surface_set_user_data(image, &key, surface_ref(s), let_go);
    return image;
}

static bool is_so(const struct tiles *t, const struct surface *surface, struct rect area,
                  struct rect at, bool by_cairo)
{
    return t->surface == surface &&
           (!surface ||
            (rect_equal(t->area, area) && rect_equal(t->at, at) && t->by_cairo == by_cairo));
}

void tiles_set(struct tiles *t, struct surface *surface, struct rect area, struct rect at,
               bool by_cairo)
{
    if (is_so(t, surface, area, at, by_cairo))
        return;
    if (surface)
        surface_ref(surface);
    tiles_finish(t);
    if (!surface)
        return;
    t->surface = surface;
    t->area = area;
    t->at = at;
    t->factor = whole_factor(area, at);
    t->by_cairo = by_cairo;
    t->image = by_cairo ? image_of(surface, area) : NULL;
    t->width = t->factor ? TILE_WIDTH * t->factor : MAX_OF(1, TILE_WIDTH * at.w / area.w);
    t->height = t->factor ? TILE_HEIGHT * t->factor : MAX_OF(1, TILE_HEIGHT * at.h / area.h);
    t->columns = steps(at.w, t->width);
    t->rows = steps(at.h, t->height);
    t->nodes = g_new0(GskRenderNode *, (gsize)t->columns * (gsize)t->rows);
}

/* ---- Damage ---- */

/* The tiles from first to last that n pixels of the guest from `from` on may show in. */
static void tiles_along(int from, int n, int area, int at, int tile, int count, bool is_smooth,
                        int *first, int *last)
{
    int margin = is_smooth ? MARGIN : 0;
    gint64 begin = (gint64)MAX_OF(0, from - margin) * at / area;
    gint64 end = (gint64)MIN_OF(area, from + n + margin) * at / area;

    *first = (int)begin / tile;
    *last = MIN_OF((int)end / tile, count - 1);
}

static void damage_box(struct tiles *t, struct rect r)
{
    int left, right, top, bottom;

    tiles_along(r.x - t->area.x, r.w, t->area.w, t->at.w, t->width, t->columns, !t->factor, &left,
                &right);
    tiles_along(r.y - t->area.y, r.h, t->area.h, t->at.h, t->height, t->rows, !t->factor, &top,
                &bottom);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
            g_clear_pointer(&t->nodes[y * t->columns + x], gsk_render_node_unref);
}

bool tiles_damage(struct tiles *t, const pixman_region32_t *region)
{
    bool shown = false;
    int n;
    const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)region, &n);

    if (!t->surface)
        return false;
    for (int i = 0; i < n; i++) {
        const pixman_box32_t *b = &boxes[i];
        struct rect r =
            rect_intersect(t->area, (struct rect){b->x1, b->y1, b->x2 - b->x1, b->y2 - b->y1});

        if (rect_is_empty(r))
            continue;
        damage_box(t, r);
        shown = true;
    }
    return shown;
}

/* ---- Nodes ---- */

/* Around the surface's memory, which is written while it is read: the next damage completes it. */
static GdkTexture *texture_of(struct surface *s, struct rect r)
{
    gsize size = (gsize)(r.h - 1) * s->stride + 4 * (gsize)r.w;
    GBytes *bytes =
        g_bytes_new_with_free_func(surface_row(s, r.y) + r.x, size, let_go, surface_ref(s));
    GdkTexture *texture = gdk_memory_texture_new(r.w, r.h, GDK_MEMORY_DEFAULT, bytes, s->stride);

    g_bytes_unref(bytes);
    return texture;
}

static void repeat_row(guint32 *to, const guint32 *from, int n, int factor)
{
    for (int x = 0; x < n; x++)
        for (int i = 0; i < factor; i++)
            *to++ = from[x];
}

static GdkTexture *repeated(const struct surface *s, struct rect r, int factor)
{
    gsize width = (gsize)r.w * (gsize)factor, height = (gsize)r.h * (gsize)factor;
    guint32 *pixels = g_new(guint32, width * height), *to = pixels;
    GdkTexture *texture;
    GBytes *bytes;

    for (int y = 0; y < r.h; y++) {
        guint32 *first = to;

        repeat_row(to, surface_row(s, r.y + y) + r.x, r.w, factor);
        to += width;
        for (int i = 1; i < factor; i++, to += width)
            memcpy(to, first, 4 * width);
    }
    bytes = g_bytes_new_take(pixels, 4 * width * height);
    texture = gdk_memory_texture_new((int)width, (int)height, GDK_MEMORY_DEFAULT, bytes, 4 * width);
    g_bytes_unref(bytes);
    return texture;
}

/* The pixels of the guest, from the area's start on, that a tile needs; and where their ends are on
   the monitor. */
static void source_along(int from, int n, int area, int at, int *begin, int *count, float *place,
                         float *size)
{
    double scale = (double)at / area;
    int first = MAX_OF(0, (int)floor(from / scale) - MARGIN);
    int end = MIN_OF(area, (int)ceil((from + n) / scale) + MARGIN);

    *begin = first;
    *count = end - first;
    *place = (float)(first * scale);
    *size = (float)((end - first) * scale);
}

static GskRenderNode *smooth_tile(struct tiles *t, struct rect tile)
{
    graphene_rect_t place, clip;
    GskRenderNode *picture, *node;
    GdkTexture *texture;
    struct rect from;

    source_along(tile.x, tile.w, t->area.w, t->at.w, &from.x, &from.w, &place.origin.x,
                 &place.size.width);
    source_along(tile.y, tile.h, t->area.h, t->at.h, &from.y, &from.h, &place.origin.y,
                 &place.size.height);
    graphene_rect_offset(&place, (float)t->at.x, (float)t->at.y);
    graphene_rect_init(&clip, (float)(t->at.x + tile.x), (float)(t->at.y + tile.y), (float)tile.w,
                       (float)tile.h);
    from.x += t->area.x;
    from.y += t->area.y;
    texture = texture_of(t->surface, from);
    picture = gsk_texture_node_new(texture, &place);
    node = gsk_clip_node_new(picture, &clip);
    gsk_render_node_unref(picture);
    g_object_unref(texture);
    return node;
}

static GskRenderNode *sharp_tile(struct tiles *t, struct rect tile)
{
    struct rect from = {t->area.x + tile.x / t->factor, t->area.y + tile.y / t->factor,
                        tile.w / t->factor, tile.h / t->factor};
    GdkTexture *texture =
        t->factor == 1 ? texture_of(t->surface, from) : repeated(t->surface, from, t->factor);
    GskRenderNode *node = gsk_texture_node_new(
        texture, &GRAPHENE_RECT_INIT((float)(t->at.x + tile.x), (float)(t->at.y + tile.y),
                                     (float)tile.w, (float)tile.h));

    g_object_unref(texture);
    return node;
}

/* What has changed is drawn straight from the surface's memory when the frame is. */
static GskRenderNode *drawn_tile(struct tiles *t, struct rect tile)
{
    GskRenderNode *node = gsk_cairo_node_new(&GRAPHENE_RECT_INIT(
        (float)(t->at.x + tile.x), (float)(t->at.y + tile.y), (float)tile.w, (float)tile.h));
    cairo_t *cr = gsk_cairo_node_get_draw_context(node);

    cairo_translate(cr, t->at.x, t->at.y);
    cairo_scale(cr, (double)t->at.w / t->area.w, (double)t->at.h / t->area.h);
    cairo_set_source_surface(cr, t->image, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cr),
                             t->factor ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
    cairo_paint(cr);
    cairo_destroy(cr);
    return node;
}

static GskRenderNode *make_node(struct tiles *t, int column, int row)
{
    struct rect tile =
        rect_intersect((struct rect){0, 0, t->at.w, t->at.h},
                       (struct rect){column * t->width, row * t->height, t->width, t->height});

    if (t->by_cairo)
        return drawn_tile(t, tile);
    return t->factor ? sharp_tile(t, tile) : smooth_tile(t, tile);
}

void tiles_snapshot(struct tiles *t, GtkSnapshot *snapshot)
{
    if (!t->surface)
        return;
    for (int row = 0; row < t->rows; row++)
        for (int column = 0; column < t->columns; column++) {
            GskRenderNode **node = &t->nodes[row * t->columns + column];

            if (!*node)
                *node = make_node(t, column, row);
            gtk_snapshot_append_node(snapshot, *node);
        }
}
