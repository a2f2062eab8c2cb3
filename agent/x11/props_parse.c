/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Properties of X clients as values of the protocol (see props_parse.h). No X library is needed
 * here, so a fuzzer and the unit tests reach every line.
 */
#include "props_parse.h"

#include "base/arith.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void put_latin1(struct buf *out, uint8_t byte)
{
    if (byte < 0x80) {
        buf_append(out, &byte, 1);
    } else {
        uint8_t two[2] = {(uint8_t)(0xc0 | byte >> 6), (uint8_t)(0x80 | (byte & 0x3f))};

        buf_append(out, two, 2);
    }
}

/*
 * Compound text as clients of today write it: Latin-1, and UTF-8 between ESC % G and ESC % @. Any
 * other designation of a character set is passed over and its characters become '?'.
 */
static void put_compound(struct buf *out, const uint8_t *data, size_t len)
{
    bool utf8 = false, foreign = false;

    for (size_t i = 0; i < len; i++) {
        if (data[i] == 0x1b) {
            size_t end = i + 1;

            while (end < len && data[end] >= 0x20 && data[end] <= 0x2f)
                end++;
            if (end >= len)
                return;
            if (data[i + 1] == '%')
                utf8 = data[end] == 'G';
            else if (data[i + 1] == '-')
                foreign = data[end] != 'A';
            else if (data[i + 1] == '$')
                foreign = true;
            else if (data[i + 1] == '(')
                foreign = data[end] != 'B';
            i = end;
        } else if (utf8) {
            buf_append(out, data + i, 1);
        } else if (foreign) {
            put_latin1(out, '?');
        } else {
            put_latin1(out, data[i]);
        }
    }
}

char *parse_text(const void *data, size_t len, enum text_encoding encoding)
{
    const uint8_t *bytes = data;
    const uint8_t *nul = len ? memchr(bytes, 0, len) : NULL;
    char clean[WINDOW_MAX_TEXT + 1];
    struct buf text = BUF_INIT;

    if (nul)
        len = (size_t)(nul - bytes);
    len = MIN_OF(len, (size_t)4 * WINDOW_MAX_TEXT);
    if (encoding == TEXT_UTF8) {
        if (len)
            buf_append(&text, bytes, len);
    } else if (encoding == TEXT_COMPOUND) {
        put_compound(&text, bytes, len);
    } else {
        for (size_t i = 0; i < len; i++)
            put_latin1(&text, bytes[i]);
    }
    utf8_sanitize(text.data, text.len, clean, sizeof clean);
    buf_finish(&text);
    return mem_strdup(clean);
}

void parse_class(const void *data, size_t len, char **instance, char **class_name)
{
    const uint8_t *bytes = data;
    const uint8_t *nul = len ? memchr(bytes, 0, len) : NULL;
    size_t first = nul ? (size_t)(nul - bytes) : len;
    size_t second = nul ? first + 1 : len;

    *instance = parse_text(bytes, first, utf8_is_clean(bytes, first) ? TEXT_UTF8 : TEXT_LATIN1);
    nul = second < len ? memchr(bytes + second, 0, len - second) : NULL;
    len = nul ? (size_t)(nul - bytes) : len;
    *class_name = parse_text(bytes + second, len - second,
                             utf8_is_clean(bytes + second, len - second) ? TEXT_UTF8 : TEXT_LATIN1);
}

/* A size of a window as a size of its place; 0 stays "unset". */
static uint32_t hint_size(uint32_t value, int32_t margin)
{
    int64_t size = (int64_t)(int32_t)value - margin;

    if ((int32_t)value <= 0 || size <= 0)
        return 0;
    return (uint32_t)MIN_OF(size, (int64_t)RECT_SIZE_MAX);
}

/* One direction: the rules of ICCCM 4.1.2.3 for what is missing, and no contradictions left. */
static void hint_direction(uint32_t *min, uint32_t *max, uint32_t *base, uint32_t *inc,
                           bool has_base, bool has_min)
{
    if (!has_base)
        *base = *min;
    if (!has_min)
        *min = *base;
    if (*inc <= 1) {
        *inc = 0;
        *base = 0;
    }
    if (*max && *max < *min)
        *max = *min;
}

struct window_limits parse_normal_hints(const uint32_t *items, size_t count, struct extents shadow)
{
    enum { MIN_SIZE = 1 << 4, MAX_SIZE = 1 << 5, INCREMENT = 1 << 6, BASE_SIZE = 1 << 8 };
    struct window_limits l = {0};
    uint32_t v[18] = {0}, flags;
    int32_t dw = shadow.left + shadow.right, dh = shadow.top + shadow.bottom;

    for (size_t i = 0; i < MIN_OF(count, ARRAY_LEN(v)); i++)
        v[i] = items[i];
    flags = v[0];
    if (count < 17)
        flags &= ~(uint32_t)BASE_SIZE;
    if (flags & MIN_SIZE)
        l.min_w = hint_size(v[5], dw), l.min_h = hint_size(v[6], dh);
    if (flags & MAX_SIZE)
        l.max_w = hint_size(v[7], dw), l.max_h = hint_size(v[8], dh);
    if (flags & INCREMENT)
        l.inc_w = hint_size(v[9], 0), l.inc_h = hint_size(v[10], 0);
    if (flags & BASE_SIZE)
        l.base_w = hint_size(v[15], dw), l.base_h = hint_size(v[16], dh);
    hint_direction(&l.min_w, &l.max_w, &l.base_w, &l.inc_w, flags & BASE_SIZE, flags & MIN_SIZE);
    hint_direction(&l.min_h, &l.max_h, &l.base_h, &l.inc_h, flags & BASE_SIZE, flags & MIN_SIZE);
    return l;
}

static int32_t snap(int32_t size, uint32_t min, uint32_t max, uint32_t base, uint32_t inc)
{
    uint32_t s = (uint32_t)MAX_OF(1, size);

    if (max)
        s = MIN_OF(s, max);
    s = MAX_OF(s, min);
    if (inc > 1 && s > base) {
        uint32_t snapped = base + (s - base) / inc * inc;

        if (snapped < MAX_OF(min, 1u))
            snapped += inc;
        s = snapped;
    }
    return (int32_t)MIN_OF(s, (uint32_t)RECT_SIZE_MAX);
}

void limits_snap(const struct window_limits *l, int32_t *w, int32_t *h)
{
    *w = snap(*w, l->min_w, l->max_w, l->base_w, l->inc_w);
    *h = snap(*h, l->min_h, l->max_h, l->base_h, l->inc_h);
}

/* Is `a` a better icon for a taskbar than `b`? */
static bool icon_better(uint64_t a, uint64_t b)
{
    const uint64_t good = 64;

    if (!b)
        return true;
    if (a > WINDOW_MAX_ICON || b > WINDOW_MAX_ICON)
        return a < b;
    if (a >= good && b >= good)
        return a < b;
    return a > b;
}

bool parse_icon(const uint32_t *items, size_t count, struct icon_choice *out)
{
    struct icon_choice best = {0};

    for (size_t at = 0; count - at > 2;) {
        uint32_t w = items[at], h = items[at + 1];
        uint64_t area = (uint64_t)w * h;

        at += 2;
        /* The side limit keeps a nonsensical pair from being scaled; 64-bit area cannot wrap. */
        if (!w || !h || w > 4096 || h > 4096 || area > count - at)
            break;
        if (icon_better(MAX_OF(w, h), MAX_OF(best.width, best.height)))
            best = (struct icon_choice){w, h, items + at};
        at += (size_t)area;
    }
    if (!best.width)
        return false;
    *out = best;
    return true;
}

uint32_t *icon_scale(const struct icon_choice *choice, uint32_t *width, uint32_t *height)
{
    uint32_t longer = MAX_OF(choice->width, choice->height), w = choice->width, h = choice->height;
    uint32_t *out;

    if (longer > WINDOW_MAX_ICON) {
        w = MAX_OF(1u, w * WINDOW_MAX_ICON / longer);
        h = MAX_OF(1u, h * WINDOW_MAX_ICON / longer);
    }
    out = mem_alloc0((size_t)w * h, sizeof *out);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            out[(size_t)y * w + x] =
                choice->pixels[(size_t)(y * choice->height / h) * choice->width +
                               x * choice->width / w];
    *width = w;
    *height = h;
    return out;
}

/* Are there as many bytes as the size calls for? Lines are padded to 32 bits. */
static bool pixmap_is_whole(const struct icon_pixmap *p, bool bitmap)
{
    size_t line = bitmap ? (p->width + 31) / 32 * 4 : (size_t)p->width * 4;

    return p->data && p->width && p->height && p->width <= WINDOW_MAX_ICON &&
           p->height <= WINDOW_MAX_ICON && p->len >= line * p->height;
}

static bool bit_of(const struct icon_pixmap *p, uint32_t x, uint32_t y)
{
    uint8_t byte = p->data[(size_t)y * ((p->width + 31) / 32 * 4) + x / 8];

    return p->most_significant_first ? byte & 0x80 >> x % 8 : byte & 1 << x % 8;
}

static uint32_t colour_of(const struct icon_pixmap *p, uint32_t x, uint32_t y)
{
    const uint8_t *at = p->data + ((size_t)y * p->width + x) * 4;

    if (p->depth == 1) /* a set bit is the foreground, which is dark */
        return bit_of(p, x, y) ? 0 : 0xffffff;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

uint32_t *parse_icon_pixmap(const struct icon_pixmap *picture, const struct icon_pixmap *mask)
{
    bool masked = mask->data && mask->depth == 1 && pixmap_is_whole(mask, true);
    uint32_t *out;

    if (picture->depth != 1 && picture->depth != 24 && picture->depth != 32)
        return NULL;
    if (!pixmap_is_whole(picture, picture->depth == 1))
        return NULL;
    out = mem_alloc0((size_t)picture->width * picture->height, sizeof *out);
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++) {
            bool seen = !masked || (x < mask->width && y < mask->height && bit_of(mask, x, y));

            if (seen)
                out[(size_t)y * picture->width + x] = 0xff000000 | colour_of(picture, x, y);
        }
    }
    return out;
}

struct extents parse_extents(const uint32_t *items, size_t count)
{
    int32_t side[4];

    if (count < 4)
        return (struct extents){0};
    for (int i = 0; i < 4; i++)
        side[i] = (int32_t)MIN_OF(items[i], 1024u);
    return (struct extents){side[0], side[1], side[2], side[3]};
}

bool parse_motif_bare(const uint32_t *items, size_t count)
{
    enum { HAS_DECORATIONS = 1 << 1 };

    return count >= 3 && items[0] & HAS_DECORATIONS && !items[2];
}

uint32_t parse_shape(const struct shape_rect *in, size_t count, int32_t dx, int32_t dy, int32_t w,
                     int32_t h, struct rect **out)
{
    struct rect place = {0, 0, w, h}, box = {0};
    struct rect *rects = mem_alloc0(MIN_OF(count, (size_t)WINDOW_MAX_SHAPE) + 1, sizeof *rects);
    uint32_t used = 0;

    *out = NULL;
    for (size_t i = 0; i < count; i++) {
        struct rect r =
            rect_intersect((struct rect){in[i].x + dx, in[i].y + dy, in[i].w, in[i].h}, place);

        if (rect_is_empty(r))
            continue;
        box = rect_union(box, r);
        if (count <= WINDOW_MAX_SHAPE)
            rects[used++] = r;
    }
    if (count > WINDOW_MAX_SHAPE && !rect_is_empty(box))
        rects[used++] = box;
    /* A window that is shaped away altogether: as little as the protocol can say. */
    if (!used)
        rects[used++] = (struct rect){0, 0, 1, 1};
    if (used == 1 && rect_equal(rects[0], place)) {
        free(rects);
        return 0;
    }
    *out = rects;
    return used;
}
