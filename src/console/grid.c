/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cells; see grid.h. A cell's pixels become a shape eight columns at a time, a lane of two vectors
 * for each: a row sets its bit in the lanes that have the foreground. So there is nothing to be
 * moved from pixels to bits, and any compiler's vectors will do.
 */
#include "console/grid.h"

#include "base/arith.h"

#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16))); /* what every processor has */

enum {
    LANES = 8,
    RGB = 0xffffff,
    CELLS_TRIED = 8192, /* of one division, and of them */
    INK_TRIED = 256,    /* such as aren't blank */
    LETTERS_MIN = 4,    /* by chance no picture has so many, */
    DISTINCT_MIN = 3,   /* and so different ones */
    BLANK = 0x20,
    GRUB_BORDER = 10,
};

/* ---- One cell ---- */

/* What eight columns of pixels say: the rows that are foreground, and whether there is a third
   colour. */
struct columns {
    lanes bits[2];
    bool has_other;
};

static inline void read_columns(const uint32_t *p, size_t stride, uint32_t height,
                                uint32_t background, uint32_t foreground, struct columns *c)
{
    const lanes zero = {0}, fore = foreground - zero, back = background - zero;
    lanes left_bits = zero, right_bits = zero, known = ~zero, bit = 1 - zero;
    uint64_t all[2];

    for (uint32_t y = 0; y < height; y++, p += stride) {
        lanes left, right, left_fore, right_fore;

        memcpy(&left, p, sizeof(left));
        memcpy(&right, p + LANES / 2, sizeof(right));
        left &= RGB;
        right &= RGB;
        left_fore = (lanes)(left == fore);
        right_fore = (lanes)(right == fore);
        left_bits |= left_fore & bit;
        right_bits |= right_fore & bit;
        known &= (left_fore | (lanes)(left == back)) & (right_fore | (lanes)(right == back));
        bit += bit;
    }
    memcpy(all, &known, sizeof(all));
    *c = (struct columns){{left_bits, right_bits}, (all[0] & all[1]) != UINT64_MAX};
}

/* The last ones of a cell, where reading eight would be reading beyond it. */
static void read_last_columns(const uint32_t *p, size_t stride, uint32_t n,
                              const struct console_table *t, uint32_t background,
                              uint32_t foreground, struct columns *c)
{
    uint32_t pixels[CONSOLE_CELL_MAX][LANES];

    for (uint32_t y = 0; y < t->height; y++)
        for (uint32_t x = 0; x < LANES; x++)
            pixels[y][x] = p[y * stride + (x < n ? x : 0)];
    read_columns(pixels[0], LANES, t->height, background, foreground, c);
}

/* The shape of the foreground. False: there is a third colour. */
static bool read_shape(const uint32_t *p, size_t stride, const struct console_table *t,
                       uint32_t background, uint32_t foreground, struct console_shape *shape)
{
    struct columns c;

    for (uint32_t x = 0; x < t->width; x += LANES) {
        uint32_t n = MIN_OF(t->width - x, (uint32_t)LANES);

        if (n == LANES)
            read_columns(p + x, stride, t->height, background, foreground, &c);
        else
            read_last_columns(p + x, stride, n, t, background, foreground, &c);
        if (c.has_other)
            return false;
        if (foreground != background)
            memcpy(shape->column + x, c.bits, n * sizeof(shape->column[0]));
    }
    return true;
}

/* Whether it is worth a try with these colours. */
static bool has_colour(const uint32_t *p, uint32_t background, uint32_t foreground)
{
    uint32_t first = p[0] & RGB;

    return first == background || first == foreground;
}

/* The cell's first colour, and the first one that differs; both the same: there is none. False:
   beside that there is a third one already, as nearly always in a picture. */
static bool find_colours(const uint32_t *p, size_t stride, const struct console_table *t,
                         uint32_t *first, uint32_t *second)
{
    *first = *second = p[0] & RGB;
    for (uint32_t y = 0; y < t->height && *first == *second; y++)
        for (uint32_t x = 0; x < t->width; x++) {
            uint32_t colour = p[y * stride + x] & RGB;

            if (colour == *first || colour == *second)
                continue;
            if (*first != *second)
                return false;
            *second = colour;
        }
    return true;
}

static uint32_t ink_of(const struct console_table *t, const struct console_shape *shape)
{
    uint32_t ink = 0;

    for (uint32_t x = 0; x < t->width; x++)
        ink |= shape->column[x];
    return ink;
}

static bool is_full(const struct console_table *t, const struct console_shape *shape)
{
    for (uint32_t x = 0; x < t->width; x++)
        if (shape->column[x] != t->full)
            return false;
    return true;
}

static void swap_colours(struct console_cell *cell)
{
    uint32_t fore = cell->foreground;

    cell->foreground = cell->background;
    cell->background = fore;
}

/* What the shape of the foreground means, 0: nothing; and whether there is a cursor on it. Before
   a glyph of another font, a cursor on one of the screen's is likelier. */
static uint32_t find_meaning(const struct console_grid *grid, const struct console_shape *shape,
                             struct console_cell *cell, struct console_bar *bar, bool *has_cursor)
{
    const struct console_table *t = grid->table;
    uint32_t meaning = console_table_find(t, shape), below = 0;

    if (meaning && console_meaning_is_of(t, meaning, grid->font))
        return meaning;
    if (!meaning) {
        meaning = console_table_find_inverse(t, shape);
        if (meaning) {
            swap_colours(cell);
            return meaning;
        }
    }
    if (bar)
        below = console_table_find_below_cursor(t, shape, &bar->top, &bar->bottom);
    if (!below || (meaning && !console_meaning_is_of(t, below, grid->font)))
        return meaning;
    *has_cursor = true;
    return below;
}

bool console_grid_read(const struct console_grid *grid, const struct surface *surface,
                       uint32_t column, uint32_t row, struct console_cell *cell,
                       struct console_bar *bar)
{
    const struct console_table *t = grid->table;
    size_t stride = surface->stride / sizeof(uint32_t);
    const uint32_t *p = surface_row(surface, (int32_t)(grid->y + row * t->height)) + grid->x +
                        (size_t)column * grid->pitch;
    uint32_t expected = cell->background;
    struct console_shape shape = {0};
    bool has_cursor = false;

    cell->character = cell->meaning = 0;
    if (!has_colour(p, cell->background, cell->foreground) ||
        !read_shape(p, stride, t, cell->background, cell->foreground, &shape)) {
        bool are_two = find_colours(p, stride, t, &cell->background, &cell->foreground);

        if (cell->foreground == expected)
            swap_colours(cell);
        if (!are_two || !read_shape(p, stride, t, cell->background, cell->foreground, &shape))
            return false;
    }
    if (!ink_of(t, &shape)) {
        cell->character = BLANK;
        return false;
    }
    if (is_full(t, &shape)) { /* as good as a blank, and far more often one */
        swap_colours(cell);
        cell->character = BLANK;
        return false;
    }
    cell->meaning = find_meaning(grid, &shape, cell, bar, &has_cursor);
    if (cell->meaning)
        cell->character = console_meaning_in(t, cell->meaning, grid->font);
    return has_cursor;
}

/* ---- The division ---- */

struct tally {
    uint32_t letters, distinct, unknown;
    uint64_t seen[2]; /* which of ASCII */
};

static bool is_letter(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void count_cell(struct tally *tally, uint32_t character)
{
    if (!character) {
        tally->unknown++;
    } else if (is_letter(character)) {
        uint64_t *seen = &tally->seen[character / 64], bit = (uint64_t)1 << character % 64;

        tally->letters++;
        tally->distinct += !(*seen & bit);
        *seen |= bit;
    }
}

static struct tally try_grid(const struct console_grid *grid, const struct surface *surface,
                             struct rect area)
{
    int32_t h = (int32_t)grid->table->height, pitch = (int32_t)grid->pitch;
    int32_t left = MAX_OF(area.x - (int32_t)grid->x, 0) / pitch;
    int32_t top = MAX_OF(area.y - (int32_t)grid->y, 0) / h;
    int32_t right =
        MIN_OF((area.x + area.w - (int32_t)grid->x + pitch - 1) / pitch, (int32_t)grid->columns);
    int32_t bottom = MIN_OF((area.y + area.h - (int32_t)grid->y + h - 1) / h, (int32_t)grid->rows);
    uint32_t cells = 0, ink = 0;
    struct tally tally = {0};

    for (int32_t row = top; row < bottom; row++) {
        struct console_cell cell = {0};

        for (int32_t column = left; column < right; column++) {
            if (cells++ >= CELLS_TRIED || ink >= INK_TRIED)
                return tally;
            console_grid_read(grid, surface, (uint32_t)column, (uint32_t)row, &cell, NULL);
            ink += cell.character != BLANK;
            count_cell(&tally, cell.character);
        }
    }
    return tally;
}

static struct console_grid grid_at(const struct console_table *table, uint32_t pitch,
                                   const struct surface *surface, uint32_t x, uint32_t y)
{
    return (struct console_grid){.x = x,
                                 .y = y,
                                 .pitch = pitch,
                                 .columns = (surface->width - x) / pitch,
                                 .rows = (surface->height - y) / table->height,
                                 .table = table};
}

struct search {
    const struct surface *surface;
    struct rect area;
    struct console_grid best;
    struct tally tally;
};

static void consider(struct search *search, struct console_grid grid)
{
    struct tally tally;

    if (!grid.columns || !grid.rows)
        return;
    tally = try_grid(&grid, search->surface, search->area);
    if (tally.letters < LETTERS_MIN || tally.distinct < DISTINCT_MIN)
        return;
    if (tally.letters > search->tally.letters ||
        (tally.letters == search->tally.letters && tally.unknown < search->tally.unknown)) {
        search->best = grid;
        search->tally = tally;
    }
}

/* In the corner, within GRUB's border, and as EDK II does: what is left over is halved, of the
   greatest text that fits or of 80×25. */
static void consider_places(struct search *search, const struct console_table *t, uint32_t pitch)
{
    uint32_t width = search->surface->width, height = search->surface->height;
    uint32_t x = width % pitch / 2, y = height % t->height / 2;

    consider(search, grid_at(t, pitch, search->surface, 0, 0));
    if (width > GRUB_BORDER && height > GRUB_BORDER)
        consider(search, grid_at(t, pitch, search->surface, GRUB_BORDER, GRUB_BORDER));
    if (x || y)
        consider(search, grid_at(t, pitch, search->surface, x, y));
    if (width <= 80 * pitch || height <= 25 * t->height)
        return;
    x = (width - 80 * pitch) / 2 % pitch;
    y = (height - 25 * t->height) / 2 % t->height;
    if (x || y)
        consider(search, grid_at(t, pitch, search->surface, x, y));
}

struct console_grid console_grid_find(const struct console_glyphs *glyphs,
                                      const struct surface *surface, struct rect area)
{
    struct search search = {.surface = surface, .area = area};

    for (uint32_t i = 0; i < glyphs->count; i++) {
        const struct console_table *t = &glyphs->tables[i];

        if (t->width == 8 && surface->width % 9 == 0)
            consider_places(&search, t, 9);
        consider_places(&search, t, t->width);
    }
    return search.best;
}
