/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows are compared by hashes of pieces of them, which lie evenly: a tenth of the memory tells
 * nearly as much as all of it. A row that occurs once in the older block votes for the distance at
 * which the newer one has it; what agrees at the distance with the most votes is the guess. See
 * shift.h.
 */
#include "pixel/shift.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECES = 12, /* of a row */
    PIECE = 16,  /* pixels: a line of the processor's cache */
    VOTES_MIN = 4,
    NOBODY = -1,
    SEVERAL = -2,
};

struct rows {
    uint64_t *now, *before; /* hashes */
    uint32_t count;
};

/* Two pixels at a time, and two lanes, because a multiplication waits for the one before it. */
static uint64_t piece_hash(uint64_t seed, const uint32_t *piece, uint32_t width)
{
    const uint64_t factor = 0x9ddfea08eb382d69, colours = 0x00ffffff00ffffff;
    uint64_t a = seed, b = 2, pixels[2];
    uint32_t x = 0;

    for (; x + 4 <= width; x += 4) {
        memcpy(pixels, piece + x, sizeof(pixels));
        a = (a ^ (pixels[0] & colours)) * factor;
        b = (b ^ (pixels[1] & colours)) * factor;
        a ^= a >> 32;
        b ^= b >> 32;
    }
    for (; x < width; x++)
        a = (a ^ (piece[x] & 0xffffff)) * factor;
    a = (a ^ b >> 7) * factor;
    return a ^ a >> 29;
}

static uint64_t row_hash(const uint32_t *row, uint32_t width)
{
    uint64_t hash = 1;

    if (width <= PIECES * PIECE)
        return piece_hash(hash, row, width);
    for (uint32_t i = 0; i < PIECES; i++)
        hash = piece_hash(hash, row + (uint64_t)i * (width - PIECE) / (PIECES - 1), PIECE);
    return hash;
}

/* slots: a power of two. Where the hash is, or the empty slot where it would be. */
static uint32_t slot_of(const struct rows *r, const int32_t *table, uint32_t slots, uint64_t hash)
{
    uint32_t i = (uint32_t)(hash >> 32) & (slots - 1);

    while (table[2 * i] != NOBODY && r->before[table[2 * i]] != hash)
        i = (i + 1) & (slots - 1);
    return i;
}

/* Of rows that are alike and follow one another, as where each pixel is four, the first one counts.
 */
static bool is_repeated(const uint64_t *rows, uint32_t i)
{
    return i && rows[i] == rows[i - 1];
}

/* The distance (to - from) that most rows agree upon, never 0; 0: no distance has enough. */
static int32_t vote(const struct rows *r)
{
    uint32_t slots = 16;
    int32_t *table, best = 0;
    uint32_t *votes = mem_alloc0(2 * (size_t)r->count, sizeof(*votes));

    while (slots < 2 * r->count)
        slots *= 2;
    /* A slot: a row of the older block, and whether there are SEVERAL like it. */
    table = mem_alloc0(2 * (size_t)slots, sizeof(*table));
    for (uint32_t i = 0; i < 2 * slots; i++)
        table[i] = NOBODY;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t s = slot_of(r, table, slots, r->before[i]);

        if (is_repeated(r->before, i))
            continue;
        table[2 * s + 1] = table[2 * s] == NOBODY ? NOBODY : SEVERAL;
        table[2 * s] = (int32_t)i;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t s = slot_of(r, table, slots, r->now[i]);
        int32_t from = table[2 * s];

        if (from == NOBODY || table[2 * s + 1] == SEVERAL || from == (int32_t)i ||
            is_repeated(r->now, i))
            continue;
        votes[(int32_t)i - from + (int32_t)r->count]++;
    }
    for (uint32_t i = 0; i < 2 * r->count; i++)
        if (votes[i] >= VOTES_MIN && (!best || votes[i] > votes[best + (int32_t)r->count]))
            best = (int32_t)i - (int32_t)r->count;
    free(table);
    free(votes);
    return best;
}

/*
 * From the first to the last row that agree at the distance, unless most between them do not: then
 * the longest run that agrees.
 */
static struct pixel_shift agreeing_rows(const struct rows *r, int32_t distance)
{
    uint32_t first = distance > 0 ? (uint32_t)distance : 0;
    uint32_t end = distance < 0 ? r->count - (uint32_t)-distance : r->count;
    struct pixel_shift best = {0};
    uint32_t run = 0, agree = 0, top = end, bottom = first;

    for (uint32_t i = first; i < end; i++) {
        uint32_t from = (uint32_t)((int32_t)i - distance);
        bool same = r->now[i] == r->before[from];

        run = same ? run + 1 : 0;
        if (run > best.rows)
            best = (struct pixel_shift){i + 1 - run, from + 1 - run, run};
        if (!same)
            continue;
        agree++;
        top = top == end ? i : top;
        bottom = i + 1;
    }
    if (agree && agree * 4 >= (bottom - top) * 3)
        best = (struct pixel_shift){top, (uint32_t)((int32_t)top - distance), bottom - top};
    return best;
}

bool pixel_shift_guess(const uint32_t *now, size_t now_stride, const uint32_t *before,
                       size_t before_stride, uint32_t width, uint32_t height,
                       struct pixel_shift *shift)
{
    struct rows r = {mem_alloc0(height, sizeof(uint64_t)), mem_alloc0(height, sizeof(uint64_t)),
                     height};
    struct pixel_shift found = {0};
    int32_t distance;

    for (uint32_t y = 0; y < height; y++) {
        r.now[y] = row_hash(now + y * now_stride, width);
        r.before[y] = row_hash(before + y * before_stride, width);
    }
    distance = vote(&r);
    if (distance)
        found = agreeing_rows(&r, distance);
    free(r.now);
    free(r.before);
    if (found.rows < PIXEL_SHIFT_ROWS_MIN)
        return false;
    *shift = found;
    return true;
}
