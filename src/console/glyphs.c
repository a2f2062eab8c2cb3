/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of shapes with open addressing; see glyphs.h. */
#include "console/glyphs.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_FIRST = 1024,
    MEANINGS_FIRST = 512,
    BLANK = 0x20,
    WORDS = CONSOLE_FONTS_MAX / 64,
    RANKS = 3,
    BOXES = 0x2500,
    BLOCKS_END = 0x259f,
};

struct fontset {
    uint64_t words[WORDS];
};

void console_glyphs_init(struct console_glyphs *glyphs)
{
    memset(glyphs, 0, sizeof(*glyphs));
}

void console_glyphs_finish(struct console_glyphs *glyphs)
{
    for (uint32_t i = 0; i < glyphs->count; i++) {
        free(glyphs->tables[i].columns);
        free(glyphs->tables[i].first);
        free(glyphs->tables[i].meanings);
    }
    memset(glyphs, 0, sizeof(*glyphs));
}

/* ---- Shapes ---- */

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

static const uint32_t *columns_of(const struct console_table *t, uint32_t slot)
{
    return t->columns + (size_t)slot * t->width;
}

static struct console_shape shape_of(const struct console_table *t, uint32_t slot)
{
    struct console_shape shape = {0};

    memcpy(shape.column, columns_of(t, slot), t->width * sizeof(shape.column[0]));
    return shape;
}

/* Where the shape is, or the empty slot where it would be. */
static uint32_t slot_of(const struct console_table *t, const struct console_shape *shape)
{
    uint32_t slot = hash_of(t, shape);

    while (t->first[slot] &&
           memcmp(columns_of(t, slot), shape->column, t->width * sizeof(shape->column[0])) != 0)
        slot = (slot + 1) & (t->slots - 1);
    return slot;
}

static void fill_slot(struct console_table *t, const struct console_shape *shape, uint32_t first)
{
    uint32_t slot = slot_of(t, shape);

    memcpy(t->columns + (size_t)slot * t->width, shape->column,
           t->width * sizeof(shape->column[0]));
    t->first[slot] = first;
    t->count++;
}

static void resize(struct console_table *t, uint32_t slots)
{
    struct console_table old = *t;

    t->slots = slots;
    t->count = 0;
    t->columns = mem_alloc0(slots, t->width * sizeof(t->columns[0]));
    t->first = mem_alloc0(slots, sizeof(t->first[0]));
    for (uint32_t i = 0; i < old.slots; i++) {
        struct console_shape shape;

        if (!old.first[i])
            continue;
        shape = shape_of(&old, i);
        fill_slot(t, &shape, old.first[i]);
    }
    free(old.columns);
    free(old.first);
}

/* ---- Meanings ---- */

static bool is_ascii(uint32_t character)
{
    return character < 0x7f;
}

static bool has(const struct console_meaning *m, uint32_t font)
{
    return m->fonts[font / 64] >> font % 64 & 1;
}

static uint32_t append_meaning(struct console_table *t, uint32_t character)
{
    if (t->meaning_count == t->meaning_space) {
        t->meaning_space *= 2;
        t->meanings = mem_resize(t->meanings, t->meaning_space, sizeof(t->meanings[0]));
    }
    t->meanings[t->meaning_count] = (struct console_meaning){.character = character};
    return t->meaning_count++;
}

/* The shape's meaning of this character, which is made if need be. ASCII is the first one. */
static struct console_meaning *meaning_of(struct console_table *t,
                                          const struct console_shape *shape, uint32_t character)
{
    uint32_t first = t->first[slot_of(t, shape)], i, made;

    if (!first) {
        made = append_meaning(t, character);
        fill_slot(t, shape, made);
        return &t->meanings[made];
    }
    for (i = first; t->meanings[i].character != character && t->meanings[i].next;)
        i = t->meanings[i].next;
    if (t->meanings[i].character == character)
        return &t->meanings[i];
    made = append_meaning(t, character);
    if (is_ascii(character) && !is_ascii(t->meanings[first].character)) {
        t->meanings[made] = t->meanings[first];
        t->meanings[first] = (struct console_meaning){.character = character, .next = made};
        return &t->meanings[first];
    }
    t->meanings[i].next = made;
    return &t->meanings[made];
}

static void put(struct console_table *t, const struct console_shape *shape, uint32_t character,
                const struct fontset *fonts)
{
    struct console_meaning *m = meaning_of(t, shape, character);

    for (int i = 0; i < WORDS; i++)
        m->fonts[i] |= fonts->words[i];
}

uint32_t console_meaning_in(const struct console_table *t, uint32_t meaning, uint32_t font)
{
    const struct console_meaning *first = &t->meanings[meaning];

    if (!first->next || has(first, font))
        return first->character;
    for (uint32_t i = first->next; i; i = t->meanings[i].next)
        if (has(&t->meanings[i], font))
            return t->meanings[i].character;
    return first->character;
}

bool console_meaning_is_of(const struct console_table *t, uint32_t meaning, uint32_t font)
{
    for (uint32_t i = meaning; i; i = t->meanings[i].next)
        if (has(&t->meanings[i], font))
            return true;
    return false;
}

bool console_meaning_is_doubtful(const struct console_table *t, uint32_t meaning, uint32_t font)
{
    if (is_ascii(console_meaning_in(t, meaning, font)) ||
        (t->is_found[font] && console_meaning_is_of(t, meaning, font)))
        return false;
    for (uint32_t i = meaning; i; i = t->meanings[i].next)
        if (!has(&t->meanings[i], font))
            return true;
    return false;
}

static void vote(const struct console_table *t, uint32_t meaning, uint32_t count, uint32_t *votes)
{
    struct fontset all = {0};

    for (uint32_t i = meaning; i; i = t->meanings[i].next)
        for (int word = 0; word < WORDS; word++)
            all.words[word] |= t->meanings[i].fonts[word];
    for (int word = 0; word < WORDS; word++)
        for (uint64_t left = all.words[word]; left; left &= left - 1)
            votes[word * 64 + __builtin_ctzll(left)] += count;
}

uint32_t console_table_choose(const struct console_table *t, const uint32_t *counts)
{
    uint32_t votes[CONSOLE_FONTS_MAX] = {0}, best = 0;

    for (uint32_t i = 1; i < t->meaning_count; i++)
        if (counts[i])
            vote(t, i, counts[i], votes);
    for (uint32_t i = 1; i < t->font_count; i++)
        if (votes[i] > votes[best] ||
            (votes[i] == votes[best] && t->is_found[i] && !t->is_found[best]))
            best = i;
    return best;
}

/* ---- Fonts ---- */

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
    *t = (struct console_table){.width = width,
                                .height = height,
                                .full = (uint32_t)(((uint64_t)1 << height) - 1),
                                .meaning_count = 1,
                                .meaning_space = MEANINGS_FIRST};
    t->meanings = mem_alloc0(t->meaning_space, sizeof(t->meanings[0]));
    resize(t, SLOTS_FIRST);
    put(t, &(struct console_shape){0}, BLANK, &(struct fontset){0});
    return t;
}

static void make_room(struct console_table *t, uint32_t count)
{
    while (t->slots < 2 * (t->count + count))
        resize(t, t->slots * 2);
}

/* The number of another font. What is too many shares the last one's. */
static uint32_t next_font(struct console_table *t, bool is_found)
{
    if (t->font_count == CONSOLE_FONTS_MAX)
        return CONSOLE_FONTS_MAX - 1;
    t->is_found[t->font_count] = is_found;
    return t->font_count++;
}

/* Controls are no characters to be shown, whatever a font's table says. */
static bool is_shown(uint32_t c)
{
    return c >= 0x20 && (c < 0x7f || c > 0x9f);
}

/* Of several characters that one glyph stands for, what people write comes first, and then lines
   and blocks and what else PCs have always shown: a box's side before a bracket's extension. */
static int rank_of(uint32_t character)
{
    if (is_ascii(character))
        return 0;
    if (character >= BOXES && character <= BLOCKS_END)
        return 1;
    for (uint32_t code = 0x80; code < 0x100; code++)
        if (console_cp437((uint8_t)code) == character)
            return 1;
    return RANKS - 1;
}

void console_glyphs_add(struct console_glyphs *glyphs, const struct console_font *font)
{
    struct console_table *t = table_for(glyphs, font->width, font->height);
    struct fontset self = {0};
    uint32_t number;

    if (!t)
        return;
    number = next_font(t, font->is_found);
    self.words[number / 64] = (uint64_t)1 << number % 64;
    make_room(t, font->count);
    for (int rank = 0; rank < RANKS; rank++)
        for (uint32_t i = 0; i < font->count; i++)
            if (is_shown(font->characters[i]) && rank_of(font->characters[i]) == rank)
                put(t, &font->shapes[i], font->characters[i], &self);
}

/* Their numbers are others in another table. */
static struct fontset translate(const uint64_t *fonts, const uint32_t *numbers)
{
    struct fontset set = {0};

    for (int word = 0; word < WORDS; word++)
        for (uint64_t left = fonts[word]; left; left &= left - 1) {
            uint32_t number = numbers[word * 64 + __builtin_ctzll(left)];

            set.words[number / 64] |= (uint64_t)1 << number % 64;
        }
    return set;
}

uint32_t console_glyphs_merge(struct console_glyphs *glyphs, const struct console_glyphs *others)
{
    uint32_t added = 0;

    for (uint32_t n = 0; n < others->count; n++) {
        const struct console_table *from = &others->tables[n];
        struct console_table *t = table_for(glyphs, from->width, from->height);
        uint32_t numbers[CONSOLE_FONTS_MAX];

        if (!t)
            continue;
        added -= t->meaning_count;
        added += from->font_count;
        for (uint32_t i = 0; i < from->font_count; i++)
            numbers[i] = next_font(t, from->is_found[i]);
        make_room(t, from->count);
        for (uint32_t slot = 0; slot < from->slots; slot++) {
            struct console_shape shape;

            if (!from->first[slot])
                continue;
            shape = shape_of(from, slot);
            for (uint32_t i = from->first[slot]; i; i = from->meanings[i].next) {
                struct fontset set = translate(from->meanings[i].fonts, numbers);

                put(t, &shape, from->meanings[i].character, &set);
            }
        }
        added += t->meaning_count;
    }
    return added;
}

/* ---- Search ---- */

uint32_t console_table_find(const struct console_table *t, const struct console_shape *shape)
{
    return t->first[slot_of(t, shape)];
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

static bool is_same_outside(const struct console_table *t, const uint32_t *columns,
                            const struct console_shape *shape, uint32_t bar)
{
    for (uint32_t x = 0; x < t->width; x++)
        if ((columns[x] ^ shape->column[x]) & ~bar)
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
        uint32_t m = t->first[i];

        /* What the bar hides may be anything; the smallest code point is the likeliest. */
        if (m && (!found || t->meanings[m].character < t->meanings[found].character) &&
            is_same_outside(t, columns_of(t, i), shape, bar))
            found = m;
    }
    return found;
}
