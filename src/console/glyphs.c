/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of shapes with open addressing; see glyphs.h. */
#include "console/glyphs.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024, BLANK = 0x20 };

void console_glyphs_init(struct console_glyphs *glyphs)
{
    memset(glyphs, 0, sizeof(*glyphs));
}

void console_glyphs_finish(struct console_glyphs *glyphs)
{
    for (uint32_t i = 0; i < glyphs->count; i++) {
        free(glyphs->tables[i].shapes);
        free(glyphs->tables[i].characters);
    }
    memset(glyphs, 0, sizeof(*glyphs));
}

/* Two columns at a time, each pair by itself: a multiplication need not wait for the one before. */
static uint32_t hash_of(const struct console_table *t, const struct console_shape *shape)
{
    uint64_t hash = 0, pair, factor = 0x9ddfea08eb382d69;

    for (uint32_t x = 0; x < t->width; x += 2) {
        memcpy(&pair, shape->column + x, sizeof(pair));
        pair *= factor;
        hash += pair ^ pair >> 32;
        factor += 0x2545f4914f6cdd1e;
    }
    hash ^= hash >> 21;
    return (uint32_t)(hash ^ hash >> 43) & (t->slots - 1);
}

static bool is_same(const struct console_table *t, const struct console_shape *a,
                    const struct console_shape *b)
{
    return !memcmp(a->column, b->column, t->width * sizeof(a->column[0]));
}

/* Where the shape is, or the empty slot where it would be. */
static uint32_t slot_of(const struct console_table *t, const struct console_shape *shape)
{
    uint32_t slot = hash_of(t, shape);

    while (t->characters[slot] && !is_same(t, &t->shapes[slot], shape))
        slot = (slot + 1) & (t->slots - 1);
    return slot;
}

static void put(struct console_table *t, const struct console_shape *shape, uint32_t character)
{
    uint32_t slot = slot_of(t, shape);

    if (t->characters[slot])
        return;
    t->shapes[slot] = *shape;
    t->characters[slot] = character;
    t->count++;
}

static void resize(struct console_table *t, uint32_t slots)
{
    struct console_table old = *t;

    t->slots = slots;
    t->count = 0;
    t->shapes = mem_alloc0(slots, sizeof(t->shapes[0]));
    t->characters = mem_alloc0(slots, sizeof(t->characters[0]));
    for (uint32_t i = 0; i < old.slots; i++)
        if (old.characters[i])
            put(t, &old.shapes[i], old.characters[i]);
    free(old.shapes);
    free(old.characters);
}

static struct console_table *table_for(struct console_glyphs *glyphs, uint32_t width,
                                       uint32_t height)
{
    struct console_table *t;

    for (uint32_t i = 0; i < glyphs->count; i++)
        if (glyphs->tables[i].width == width && glyphs->tables[i].height == height)
            return &glyphs->tables[i];
    if (glyphs->count == CONSOLE_SIZES_MAX)
        return NULL;
    t = &glyphs->tables[glyphs->count++];
    *t = (struct console_table){
        .width = width, .height = height, .full = (uint32_t)(((uint64_t)1 << height) - 1)};
    resize(t, SLOTS_FIRST);
    put(t, &(struct console_shape){0}, BLANK);
    return t;
}

/* Controls are no characters to be shown, whatever a font's table says. */
static bool is_shown(uint32_t c)
{
    return c >= 0x20 && (c < 0x7f || c > 0x9f);
}

/* ASCII first: code page 437 has glyphs that look like it at other places (0xff, a blank). */
void console_glyphs_add(struct console_glyphs *glyphs, const struct console_font *font)
{
    struct console_table *t = table_for(glyphs, font->width, font->height);

    if (!t)
        return;
    while (t->slots < 2 * (t->count + font->count))
        resize(t, t->slots * 2);
    for (int rest = 0; rest < 2; rest++)
        for (uint32_t i = 0; i < font->count; i++)
            if (is_shown(font->characters[i]) && (font->characters[i] >= 0x7f) == rest)
                put(t, &font->shapes[i], font->characters[i]);
}

uint32_t console_glyphs_merge(struct console_glyphs *glyphs, const struct console_glyphs *others)
{
    uint32_t added = 0;

    for (uint32_t i = 0; i < others->count; i++) {
        const struct console_table *from = &others->tables[i];
        struct console_table *t = table_for(glyphs, from->width, from->height);

        if (!t)
            continue;
        added -= t->count;
        while (t->slots < 2 * (t->count + from->count))
            resize(t, t->slots * 2);
        for (uint32_t slot = 0; slot < from->slots; slot++)
            if (from->characters[slot])
                put(t, &from->shapes[slot], from->characters[slot]);
        added += t->count;
    }
    return added;
}

uint32_t console_table_find(const struct console_table *t, const struct console_shape *shape)
{
    return t->characters[slot_of(t, shape)];
}

static struct console_shape inverse_of(const struct console_table *t,
                                       const struct console_shape *shape)
{
    struct console_shape inverse = {0};

    for (uint32_t x = 0; x < t->width; x++)
        inverse.column[x] = ~shape->column[x] & t->full;
    return inverse;
}

uint32_t console_table_find_inverse(const struct console_table *t,
                                    const struct console_shape *shape)
{
    struct console_shape inverse = inverse_of(t, shape);

    return console_table_find(t, &inverse);
}

/* The lowest run of rows that are foreground everywhere. */
static bool find_bar(const struct console_table *t, const struct console_shape *shape,
                     uint32_t *top, uint32_t *bottom)
{
    uint32_t rows = t->full;

    for (uint32_t x = 0; x < t->width; x++)
        rows &= shape->column[x];
    if (!rows)
        return false;
    *bottom = 31 - (uint32_t)__builtin_clz(rows);
    for (*top = *bottom; *top && rows & 1u << (*top - 1); --*top)
        ;
    return true;
}

static bool is_same_outside(const struct console_table *t, const struct console_shape *a,
                            const struct console_shape *b, uint32_t bar)
{
    for (uint32_t x = 0; x < t->width; x++)
        if ((a->column[x] ^ b->column[x]) & ~bar)
            return false;
    return true;
}

uint32_t console_table_find_below_cursor(const struct console_table *t,
                                         const struct console_shape *shape, uint32_t *top,
                                         uint32_t *bottom)
{
    uint32_t bar, found = 0;

    if (!find_bar(t, shape, top, bottom))
        return 0;
    bar = t->full >> (t->height - 1 - *bottom) & ~((1u << *top) - 1);
    for (uint32_t i = 0; i < t->slots; i++) {
        uint32_t c = t->characters[i];

        /* What the bar hides may be anything; the smallest code point is the likeliest. */
        if (c && (!found || c < found) && is_same_outside(t, &t->shapes[i], shape, bar))
            found = c;
    }
    return found;
}
