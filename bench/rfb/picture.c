/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pictures of bench/rfb; see picture.h. */
#include "picture.h"

#include "base/arith.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINES = 75,
    GLYPHS = 94,
    WINDOW_W = 800,
    WINDOW_H = 600,
    TITLE_H = 24,
    GRAIN_EXTRA = 1 << 16, /* the grain of a frame begins somewhere in these */
    CELL = 8,              /* of the markers */
    FRAME_CELLS = 28,      /* in each of two rows: 16 bits of number, 32 of time, 8 of check */
    KEY_CELLS = 12,        /* 16 bits of number, 8 of check */
    KEY_X = 256,
    MARK_H = 2 * CELL,
    BACKGROUND = 0x101418,
    PAPER = 0xfcfcf4,
};

struct picture {
    int32_t width, height;
    uint32_t *pixels;
    size_t stride;
    enum picture_workload workload;
    struct picture_marks marks;
    uint32_t *photo;  /* width × height */
    uint32_t *grain;  /* as much and GRAIN_EXTRA */
    uint32_t *window; /* WINDOW_W × WINDOW_H */
    /* Text: cells of cw × ch, LINES of them fill the screen below `top`. */
    int32_t scale, cw, ch, top, columns;
    uint8_t *glyphs; /* how much ink, 0…255 */
};

static uint32_t mixed(uint32_t a, uint32_t b)
{
    uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca77u;

    h ^= h >> 15;
    h *= 0x2c1b3ce7u;
    h ^= h >> 12;
    h *= 0x297a2d39u;
    return h ^ h >> 15;
}

/* ---- A photograph: noise of several sizes, as nature has it -----------------------------------
 */

static const struct {
    int32_t cell, amplitude;
    unsigned channels; /* bit 0 blue, 1 green, 2 red */
} octaves[] = {
    {640, 110, 7}, {200, 30, 7}, {300, 36, 4}, {260, 36, 1}, {70, 20, 7}, {22, 12, 7}, {7, 7, 7},
};

/* One octave of a row: between the lattice's values, linearly; 8 bits of fraction. */
static void add_octave(int32_t *row, int32_t width, int32_t y, int32_t cell, int32_t amplitude,
                       uint32_t seed)
{
    uint32_t line = (uint32_t)(y / cell);
    int32_t fy = y % cell * 256 / cell;

    for (int32_t x = 0; x < width; x += cell) {
        uint32_t column = (uint32_t)(x / cell);
        int32_t v[4], left, right;

        for (uint32_t i = 0; i < 4; i++)
            v[i] = (int32_t)(mixed(seed + column + (i & 1), line + (i >> 1)) & 255);
        left = v[0] + (v[2] - v[0]) * fy / 256;
        right = v[1] + (v[3] - v[1]) * fy / 256;
        for (int32_t i = 0; i < cell && x + i < width; i++)
            row[x + i] += (left * 256 + (right - left) * i * 256 / cell) * amplitude / 256;
    }
}

static void draw_photo(struct picture *p)
{
    int32_t *rows[3];

    for (unsigned c = 0; c < 3; c++)
        rows[c] = mem_alloc0((size_t)p->width, sizeof(int32_t));
    for (int32_t y = 0; y < p->height; y++) {
        for (unsigned c = 0; c < 3; c++)
            memset(rows[c], 0, (size_t)p->width * sizeof(int32_t));
        for (uint32_t i = 0; i < ARRAY_LEN(octaves); i++)
            for (unsigned c = 0; c < 3; c++)
                if (octaves[i].channels >> c & 1)
                    add_octave(rows[c], p->width, y, octaves[i].cell * p->scale,
                               octaves[i].amplitude, i * 977 + (octaves[i].channels == 7 ? 0 : c));
        for (int32_t x = 0; x < p->width; x++) /* at most 215: there is room for grain */
            p->photo[(size_t)y * (size_t)p->width + (size_t)x] = (uint32_t)(rows[2][x] >> 8) << 16 |
                                                                 (uint32_t)(rows[1][x] >> 8) << 8 |
                                                                 (uint32_t)(rows[0][x] >> 8);
    }
    for (unsigned c = 0; c < 3; c++)
        free(rows[c]);
}

/* Four bits of each colour. */
static void draw_grain(struct picture *p)
{
    size_t count = (size_t)p->width * (size_t)p->height + GRAIN_EXTRA;

    p->grain = mem_alloc0(count, sizeof(*p->grain));
    for (size_t i = 0; i < count; i++)
        p->grain[i] = mixed((uint32_t)i, 5) & 0x0f0f0f;
}

/* ---- Text -------------------------------------------------------------------------------------
 */

static void draw_bar(uint8_t *glyph, int32_t cw, struct rect bar)
{
    for (int32_t y = bar.y; y < bar.y + bar.h; y++)
        for (int32_t x = bar.x; x < bar.x + bar.w; x++)
            glyph[y * cw + x] = 255;
}

/* A letter is some bars; smoothed, it has edges as fonts have them. */
static void draw_glyphs(struct picture *p)
{
    int32_t s = p->scale, size = p->cw * p->ch;
    uint8_t *sharp = mem_alloc0((size_t)size, 1);

    p->glyphs = mem_alloc0((size_t)(GLYPHS * size), 1);
    for (int32_t g = 0; g < GLYPHS; g++) {
        uint8_t *glyph = p->glyphs + g * size;

        memset(sharp, 0, (size_t)size);
        for (uint32_t i = 0; i < 3 || (i < 5 && (g >> i & 1)); i++) {
            uint32_t r = mixed((uint32_t)g, i);
            int32_t a = (int32_t)(r >> 8 & 3), b = (int32_t)(r >> 12 & 3);

            if (r & 1)
                draw_bar(sharp, p->cw,
                         (struct rect){(1 + a + a / 2) * s, (3 + b) * s, s, (4 + b) * s});
            else
                draw_bar(sharp, p->cw, (struct rect){1 * s, (3 + 2 * a + b / 3) * s, 5 * s, s});
        }
        for (int32_t i = 0; i < size; i++) {
            int32_t x = i % p->cw;
            int32_t around = (x > 0 ? sharp[i - 1] : 0) + (x < p->cw - 1 ? sharp[i + 1] : 0);

            glyph[i] = sharp[i] ? 255 : (uint8_t)(around / 3);
        }
    }
    free(sharp);
}

static uint32_t between(uint32_t paper, uint32_t ink, uint32_t how_much)
{
    uint32_t colour = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t a = paper >> shift & 255, b = ink >> shift & 255;

        colour |= (a * (255 - how_much) + b * how_much) / 255 << shift;
    }
    return colour;
}

struct text {
    uint32_t *pixels;
    size_t stride;
    uint32_t paper, ink;
};

static void draw_char(const struct picture *p, const struct text *t, int32_t x, int32_t y,
                      uint32_t glyph)
{
    const uint8_t *ink = p->glyphs + (int32_t)glyph * p->cw * p->ch;

    for (int32_t j = 0; j < p->ch; j++)
        for (int32_t i = 0; i < p->cw; i++)
            t->pixels[(size_t)(y + j) * t->stride + (size_t)(x + i)] =
                between(t->paper, t->ink, ink[j * p->cw + i]);
}

/* A line of words, up to 40–100 % of the columns, a word now and then in colour. */
static void draw_line(const struct picture *p, struct text t, int32_t x, int32_t y, int32_t columns,
                      uint32_t number)
{
    uint32_t plain = t.ink;
    int32_t length = columns * (int32_t)(40 + mixed(number, 1) % 61) / 100, left = 0;

    for (int32_t j = 0; j < p->ch; j++)
        for (int32_t i = 0; i < columns * p->cw; i++)
            t.pixels[(size_t)(y + j) * t.stride + (size_t)(x + i)] = t.paper;
    for (int32_t i = 0; i < length; i++) {
        uint32_t r = mixed(number, (uint32_t)i + 2);

        if (left-- == 0) {
            left = (int32_t)(r % 10) + 1;
            t.ink = r >> 8 & 7 ? plain : plain ^ (r >> 11 & 1 ? 0x6000a0 : 0xa06000);
            continue;
        }
        draw_char(p, &t, x + i * p->cw, y, r >> 4 & 1 ? r % 26 : r % GLYPHS);
    }
}

static struct text on_screen(const struct picture *p)
{
    return (struct text){p->pixels, p->stride, BACKGROUND, 0xd8d8d0};
}

static void draw_window(struct picture *p)
{
    struct text t = {p->window, WINDOW_W, PAPER, 0x202020};
    int32_t left = 8, lines = (WINDOW_H - TITLE_H - 4) / p->ch;

    for (int32_t i = 0; i < WINDOW_W * WINDOW_H; i++)
        p->window[i] = i < WINDOW_W * TITLE_H ? 0x305078u : PAPER;
    for (int32_t i = 0; i < lines; i++)
        draw_line(p, t, left, TITLE_H + 2 + i * p->ch, (WINDOW_W - 2 * left) / p->cw,
                  (uint32_t)i + 100000);
}

/* ---- Markers ----------------------------------------------------------------------------------
 */

static struct rect frame_mark(void)
{
    return (struct rect){0, 0, FRAME_CELLS * CELL, MARK_H};
}

static struct rect key_mark(void)
{
    return (struct rect){KEY_X, 0, KEY_CELLS * CELL, MARK_H};
}

static uint64_t check_of(uint64_t value)
{
    return mixed((uint32_t)value, (uint32_t)(value >> 32)) & 255;
}

static void put_mark(uint32_t *pixels, size_t stride, struct rect at, uint64_t value)
{
    int32_t columns = at.w / CELL;

    for (int32_t y = 0; y < at.h; y++)
        for (int32_t x = 0; x < at.w; x++) {
            int32_t bit = y / CELL * columns + x / CELL;

            pixels[(size_t)(at.y + y) * stride + (size_t)(at.x + x)] =
                value >> bit & 1 ? 0xffffff : 0;
        }
}

static uint64_t get_mark(const uint32_t *pixels, size_t stride, struct rect at)
{
    int32_t columns = at.w / CELL;
    uint64_t value = 0;

    for (int32_t bit = 0; bit < columns * 2; bit++) {
        int32_t x = at.x + bit % columns * CELL + CELL / 2, y = at.y + bit / columns * CELL + 4;

        if ((pixels[(size_t)y * stride + (size_t)x] >> 8 & 255) >= 128)
            value |= (uint64_t)1 << bit;
    }
    return value;
}

static void mark_frame(struct picture *p)
{
    uint64_t value = (uint64_t)p->marks.time << 16 | (p->marks.frame & 0xffff);

    put_mark(p->pixels, p->stride, frame_mark(), value | check_of(value) << 48);
}

static void mark_keys(struct picture *p)
{
    uint64_t value = p->marks.keys & 0xffff;

    put_mark(p->pixels, p->stride, key_mark(), value | check_of(value) << 16);
}

bool picture_read_frame(const uint32_t *pixels, size_t stride, struct picture_marks *marks)
{
    uint64_t value = get_mark(pixels, stride, frame_mark());
    uint64_t said = value & 0xffffffffffff;

    if (value >> 48 != check_of(said))
        return false;
    marks->frame = (uint32_t)(said & 0xffff);
    marks->time = (uint32_t)(said >> 16);
    return true;
}

bool picture_read_keys(const uint32_t *pixels, size_t stride, struct picture_marks *marks)
{
    uint64_t value = get_mark(pixels, stride, key_mark());

    if (value >> 16 != check_of(value & 0xffff))
        return false;
    marks->keys = (uint32_t)(value & 0xffff);
    return true;
}

/* ---- The workloads ----------------------------------------------------------------------------
 */

static void put_photo(struct picture *p, struct rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        memcpy(p->pixels + (size_t)y * p->stride + r.x,
               p->photo + (size_t)y * (size_t)p->width + r.x, (size_t)r.w * 4);
}

static struct rect video_rect(const struct picture *p)
{
    return (struct rect){p->width / 4 & ~15, p->height / 4 & ~15, p->width * 4 / 9 & ~15,
                         p->height * 4 / 9 & ~15};
}

struct rect picture_bounds(const struct picture *p)
{
    return (struct rect){0, 0, p->width, p->height};
}

/* Where something is that goes to and fro between 0 and `most`. */
static int32_t to_and_fro(uint32_t way, int32_t most)
{
    int32_t at = (int32_t)(way % (uint32_t)(2 * most));

    return at < most ? at : 2 * most - at;
}

static struct rect window_at(const struct picture *p, uint32_t frame)
{
    return (struct rect){to_and_fro(frame * 7, p->width - WINDOW_W),
                         p->top + to_and_fro(frame * 4, p->height - p->top - WINDOW_H), WINDOW_W,
                         WINDOW_H};
}

static void put_window(struct picture *p, uint32_t frame)
{
    struct rect r = window_at(p, frame);

    for (int32_t y = 0; y < r.h; y++)
        memcpy(p->pixels + (size_t)(r.y + y) * p->stride + r.x, p->window + y * WINDOW_W,
               WINDOW_W * 4);
}

static void put_noise(struct picture *p, struct rect r, uint32_t frame, bool pan)
{
    const uint32_t *grain = p->grain + mixed(frame, 9) % GRAIN_EXTRA;

    for (int32_t y = r.y; y < r.y + r.h; y++) {
        /* Every other frame is upside down; a video moves on by two pixels and one. */
        int32_t from_y =
            pan ? (y + (int32_t)frame) % p->height : (frame & 1 ? p->height - 1 - y : y);
        int32_t from_x = pan ? to_and_fro(frame * 2, p->width - r.w) : r.x;
        const uint32_t *photo = p->photo + (size_t)from_y * (size_t)p->width + from_x;
        const uint32_t *add = grain + (size_t)y * (size_t)p->width + r.x;
        uint32_t *to = p->pixels + (size_t)y * p->stride + r.x;

        for (int32_t x = 0; x < r.w; x++)
            to[x] = photo[x] + add[x];
    }
}

static void put_scroll_line(struct picture *p, uint32_t frame, int32_t line)
{
    draw_line(p, on_screen(p), 0, p->top + line * p->ch, p->columns, frame + (uint32_t)line);
}

/* What was typed: letters one after the other, on an empty page when the last is full. */
static struct rect typed_rect(const struct picture *p, uint32_t key)
{
    uint32_t columns = (uint32_t)p->columns, at = (key - 1) % (columns * LINES);

    return (struct rect){(int32_t)(at % columns) * p->cw, p->top + (int32_t)(at / columns) * p->ch,
                         p->cw, p->ch};
}

static void put_typed(struct picture *p, uint32_t key)
{
    struct rect r = typed_rect(p, key);
    struct text t = on_screen(p);

    draw_char(p, &t, r.x, r.y, mixed(key, 77) % GLYPHS);
}

static void fill(struct picture *p, uint32_t colour)
{
    for (int32_t y = 0; y < p->height; y++)
        for (int32_t x = 0; x < p->width; x++)
            p->pixels[(size_t)y * p->stride + (size_t)x] = colour;
}

void picture_draw(struct picture *p, enum picture_workload workload,
                  const struct picture_marks *marks)
{
    uint32_t page = (uint32_t)(p->columns * LINES);

    p->workload = workload;
    p->marks = *marks;
    fill(p, BACKGROUND);
    if (workload == PICTURE_SCROLL)
        for (int32_t i = 0; i < LINES; i++)
            put_scroll_line(p, marks->frame, i);
    if (workload == PICTURE_DRAG || workload == PICTURE_VIDEO)
        put_photo(p, picture_bounds(p));
    if (workload == PICTURE_DRAG)
        put_window(p, marks->frame);
    if (workload == PICTURE_NOISE)
        put_noise(p, picture_bounds(p), marks->frame, false);
    if (workload == PICTURE_VIDEO)
        put_noise(p, video_rect(p), marks->frame, true);
    if (workload == PICTURE_TYPING && marks->keys)
        for (uint32_t k = (marks->keys - 1) / page * page + 1; k <= marks->keys; k++)
            put_typed(p, k);
    mark_frame(p);
    mark_keys(p);
}

static struct picture_op put_op(struct rect at)
{
    return (struct picture_op){.kind = PICTURE_PUT, .at = at};
}

static unsigned step_scroll(struct picture *p, uint32_t frame, struct picture_op *ops)
{
    int32_t lines = (int32_t)MIN_OF(frame - p->marks.frame, (uint32_t)LINES), up = lines * p->ch;
    int32_t kept = (LINES - lines) * p->ch;
    unsigned n = 0;

    memmove(p->pixels + (size_t)p->top * p->stride, p->pixels + (size_t)(p->top + up) * p->stride,
            (size_t)kept * p->stride * 4);
    for (int32_t i = LINES - lines; i < LINES; i++)
        put_scroll_line(p, frame, i);
    if (kept)
        ops[n++] = (struct picture_op){PICTURE_COPY, {0, p->top, p->width, kept}, 0, p->top + up};
    ops[n++] = put_op((struct rect){0, p->top + kept, p->width, up});
    return n;
}

static unsigned step_drag(struct picture *p, uint32_t frame, struct picture_op *ops)
{
    struct rect was = window_at(p, p->marks.frame);

    put_photo(p, was);
    put_window(p, frame);
    ops[0] = (struct picture_op){PICTURE_MOVE, window_at(p, frame), was.x, was.y};
    return 1;
}

unsigned picture_step(struct picture *p, uint32_t frame, uint32_t time, struct picture_op *ops)
{
    struct rect video = video_rect(p);
    unsigned n = 0;

    switch (p->workload) {
    case PICTURE_SCROLL:
        n = step_scroll(p, frame, ops);
        break;
    case PICTURE_DRAG:
        n = step_drag(p, frame, ops);
        break;
    case PICTURE_NOISE:
        put_noise(p, picture_bounds(p), frame, false);
        ops[n++] = put_op(picture_bounds(p));
        break;
    case PICTURE_VIDEO:
        put_noise(p, video, frame, true);
        ops[n++] = put_op(video);
        break;
    default:
        break;
    }
    p->marks.frame = frame;
    p->marks.time = time;
    mark_frame(p);
    if (p->workload == PICTURE_NOISE)
        mark_keys(p);
    else
        ops[n++] = put_op(frame_mark());
    return n;
}

unsigned picture_key(struct picture *p, struct picture_op *ops)
{
    uint32_t page = (uint32_t)(p->columns * LINES);
    unsigned n = 0;

    p->marks.keys++;
    if (p->workload == PICTURE_TYPING && p->marks.keys > 1 && (p->marks.keys - 1) % page == 0) {
        picture_draw(p, p->workload, &p->marks);
        ops[n++] = put_op(picture_bounds(p));
        return n;
    }
    if (p->workload == PICTURE_TYPING) {
        put_typed(p, p->marks.keys);
        ops[n++] = put_op(typed_rect(p, p->marks.keys));
    }
    mark_keys(p);
    ops[n++] = put_op(key_mark());
    return n;
}

/* ---- The rest ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    unsigned rate;
} workloads[PICTURE_WORKLOADS] = {
    [PICTURE_IDLE] = {"idle", 0},    [PICTURE_SCROLL] = {"scroll", 60},
    [PICTURE_DRAG] = {"drag", 60},   [PICTURE_NOISE] = {"noise", 60},
    [PICTURE_VIDEO] = {"video", 30}, [PICTURE_TYPING] = {"typing", 0},
    [PICTURE_BLINK] = {"blink", 3},
};

int picture_workload_of(const char *name)
{
    for (int i = 0; i < PICTURE_WORKLOADS; i++)
        if (!strcmp(workloads[i].name, name))
            return i;
    return -1;
}

unsigned picture_rate(enum picture_workload workload)
{
    return workloads[workload].rate;
}

const struct picture_marks *picture_marks(const struct picture *p)
{
    return &p->marks;
}

struct rect picture_window(const struct picture *p)
{
    return window_at(p, p->marks.frame);
}

const uint32_t *picture_photo(const struct picture *p)
{
    return p->photo;
}

const uint32_t *picture_window_pixels(const struct picture *p)
{
    return p->window;
}

struct rect picture_mark_area(void)
{
    return (struct rect){0, 0, KEY_X + KEY_CELLS * CELL, MARK_H};
}

size_t picture_bytes(const struct picture *p)
{
    size_t area = (size_t)p->width * (size_t)p->height;

    return (2 * area + GRAIN_EXTRA + (size_t)WINDOW_W * WINDOW_H) * 4;
}

struct picture *picture_create(int32_t width, int32_t height, uint32_t *pixels, size_t stride)
{
    struct picture *p = mem_new0(struct picture);

    assert(width >= PICTURE_WIDTH_MIN && height >= PICTURE_HEIGHT_MIN);
    *p = (struct picture){.width = width, .height = height, .pixels = pixels, .stride = stride};
    p->scale = MAX_OF(height / 1080, 1);
    p->cw = 8 * p->scale;
    p->ch = 14 * p->scale;
    p->top = height - LINES * p->ch;
    p->columns = width / p->cw;
    p->photo = mem_alloc0((size_t)width * (size_t)height, 4);
    p->window = mem_alloc0((size_t)WINDOW_W * WINDOW_H, 4);
    draw_photo(p);
    draw_grain(p);
    draw_glyphs(p);
    draw_window(p);
    return p;
}

void picture_destroy(struct picture *p)
{
    if (!p)
        return;
    free(p->photo);
    free(p->grain);
    free(p->window);
    free(p->glyphs);
    free(p);
}
