/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which cells are read, and when another division is looked for; see screen.h. */
#include "console/screen.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    BARS_TRIED = 8,  /* cells of one update in which a cursor is looked for */
    UNKNOWN_MIN = 32 /* cells that make a division doubtful, if they are half of what isn't blank */
};

void console_screen_init(struct console_screen *screen)
{
    memset(screen, 0, sizeof(*screen));
    pixman_region32_init(&screen->changed);
}

void console_screen_finish(struct console_screen *screen)
{
    free(screen->cells);
    pixman_region32_fini(&screen->changed);
}

bool console_screen_is_text(const struct console_screen *screen)
{
    return screen->grid.columns && screen->unknown <= screen->inked / 2;
}

static void set_grid(struct console_screen *screen, struct console_grid grid)
{
    uint32_t count = grid.columns * grid.rows;

    if (grid.columns > CONSOLE_COLUMNS_MAX || grid.rows > CONSOLE_ROWS_MAX)
        count = grid.columns = grid.rows = 0;
    screen->grid = grid;
    free(screen->cells);
    screen->cells = count ? mem_alloc0(count, sizeof(screen->cells[0])) : NULL;
    screen->unknown = screen->inked = screen->foreign = screen->foreign_left = 0;
    screen->fonts_seen = 0;
    screen->has_cursor = screen->cursor_is_lit = false;
}

/* ---- Reading ---- */

static bool is_inked(const struct console_cell *cell)
{
    return cell->character != 0x20;
}

static bool is_same(const struct console_cell *a, const struct console_cell *b)
{
    return a->character == b->character && a->background == b->background &&
           (a->foreground == b->foreground || !is_inked(a));
}

static bool is_foreign(const struct console_screen *screen, const struct console_cell *cell)
{
    const struct console_grid *g = &screen->grid;

    return cell->meaning && !console_meaning_is_of(g->table, cell->meaning, g->font);
}

static void set_cursor(struct console_screen *screen, uint32_t column, uint32_t row,
                       struct console_bar bar)
{
    screen->has_cursor = screen->cursor_is_lit = true;
    screen->cursor_column = column;
    screen->cursor_row = row;
    screen->cursor_bar = bar;
}

/* Where it was seen there is none now, but a character that is whole. */
static bool is_cursor_out(const struct console_screen *screen, uint32_t column, uint32_t row,
                          const struct console_cell *cell)
{
    return screen->cursor_is_lit && row == screen->cursor_row && column == screen->cursor_column &&
           cell->character;
}

/* The cells from `left` to before `right`. */
static void read_row(struct console_screen *screen, const struct surface *surface, uint32_t row,
                     uint32_t left, uint32_t right, int *bars)
{
    struct console_cell *cells = screen->cells + (size_t)row * screen->grid.columns;
    struct console_cell cell = left ? cells[left - 1] : (struct console_cell){0};
    uint32_t first = right, last = left;

    for (uint32_t column = left; column < right; column++) {
        struct console_cell *old = &cells[column];
        struct console_bar bar;

        if (console_grid_read(&screen->grid, surface, column, row, &cell,
                              *bars > 0 ? &bar : NULL)) {
            set_cursor(screen, column, row, bar);
            first = MIN_OF(first, column);
            last = column;
        } else if (is_cursor_out(screen, column, row, &cell)) {
            screen->cursor_is_lit = false;
            first = MIN_OF(first, column);
            last = column;
        }
        if (!cell.character || is_foreign(screen, &cell))
            --*bars;
        screen->foreign += is_foreign(screen, &cell);
        screen->foreign -= is_foreign(screen, old);
        if (is_same(old, &cell)) {
            old->meaning = cell.meaning;
            continue;
        }
        screen->unknown += !cell.character;
        screen->unknown -= !old->character;
        screen->inked += is_inked(&cell);
        screen->inked -= is_inked(old);
        *old = cell;
        first = MIN_OF(first, column);
        last = column;
    }
    if (first < right)
        pixman_region32_union_rect(&screen->changed, &screen->changed, (int)first, (int)row,
                                   last - first + 1, 1);
}

/* The first cell that a pixel lies in, and the last one's next. */
static uint32_t cell_of(int32_t pixel, uint32_t origin, uint32_t size, uint32_t count, bool next)
{
    int64_t at = (int64_t)pixel - origin + (next ? size - 1 : 0);

    return at <= 0 ? 0 : (uint32_t)MIN_OF(at / size, (int64_t)count);
}

static void read_box(struct console_screen *screen, const struct surface *surface,
                     const pixman_box32_t *box)
{
    const struct console_grid *g = &screen->grid;
    uint32_t left = cell_of(box->x1, g->x, g->pitch, g->columns, false);
    uint32_t right = cell_of(box->x2, g->x, g->pitch, g->columns, true);
    uint32_t top = cell_of(box->y1, g->y, g->table->height, g->rows, false);
    uint32_t bottom = cell_of(box->y2, g->y, g->table->height, g->rows, true);
    int bars = BARS_TRIED;

    for (uint32_t row = top; row < bottom && left < right; row++)
        read_row(screen, surface, row, left, right, &bars);
}

/* ---- Fonts ---- */

static uint32_t most_fitting_font(const struct console_screen *screen)
{
    const struct console_table *t = screen->grid.table;
    uint32_t cells = screen->grid.columns * screen->grid.rows, font;
    uint32_t *counts = mem_alloc0(t->meaning_count, sizeof(counts[0]));

    for (uint32_t i = 0; i < cells; i++)
        counts[screen->cells[i].meaning]++;
    font = console_table_choose(t, counts);
    free(counts);
    return font;
}

static void read_everything(struct console_screen *screen, const struct surface *surface)
{
    pixman_box32_t all = {0, 0, (int32_t)surface->width, (int32_t)surface->height};

    read_box(screen, surface, &all);
}

static void change_font(struct console_screen *screen, const struct surface *surface, uint32_t font)
{
    const struct console_grid *g = &screen->grid;

    screen->grid.font = font;
    screen->foreign = 0;
    for (uint32_t i = 0; i < g->columns * g->rows; i++)
        screen->foreign += is_foreign(screen, &screen->cells[i]);
    read_everything(screen, surface);
}

static void consider_font(struct console_screen *screen, const struct surface *surface)
{
    const struct console_table *t = screen->grid.table;
    uint32_t font;

    if (screen->foreign > screen->foreign_left || t->font_count != screen->fonts_seen) {
        screen->fonts_seen = t->font_count;
        font = most_fitting_font(screen);
        if (font != screen->grid.font)
            change_font(screen, surface, font);
        screen->foreign_left = screen->foreign;
    }
    screen->foreign_left = MIN_OF(screen->foreign_left, screen->foreign);
}

bool console_screen_wants_fonts(const struct console_screen *screen)
{
    const struct console_grid *g = &screen->grid;

    if (!g->columns || screen->unknown)
        return true;
    for (uint32_t i = 0; i < g->columns * g->rows; i++)
        if (screen->cells[i].meaning &&
            console_meaning_is_doubtful(g->table, screen->cells[i].meaning, g->font))
            return true;
    return false;
}

/* ---- Updates ---- */

static bool is_same_grid(const struct console_grid *a, const struct console_grid *b)
{
    return a->x == b->x && a->y == b->y && a->pitch == b->pitch && a->table == b->table &&
           a->columns == b->columns && a->rows == b->rows;
}

static void read_all(struct console_screen *screen, const struct surface *surface)
{
    if (!screen->grid.columns)
        return;
    /* As if every cell had been unknown. */
    screen->unknown = screen->inked = screen->grid.columns * screen->grid.rows;
    read_everything(screen, surface);
    consider_font(screen, surface);
    pixman_region32_union_rect(&screen->changed, &screen->changed, 0, 0, screen->grid.columns,
                               screen->grid.rows);
}

/* True: there is another division, and all has been read. */
static bool look_for_grid(struct console_screen *screen, const struct console_glyphs *glyphs,
                          const struct surface *surface, struct rect area)
{
    struct console_grid grid = console_grid_find(glyphs, surface, area);

    if (!grid.columns || is_same_grid(&grid, &screen->grid))
        return false;
    set_grid(screen, grid);
    read_all(screen, surface);
    return true;
}

static struct rect rect_of_box(const pixman_box32_t *box)
{
    return (struct rect){box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1};
}

static bool is_doubtful(const struct console_screen *screen)
{
    return screen->unknown >= UNKNOWN_MIN && !console_screen_is_text(screen);
}

bool console_screen_update(struct console_screen *screen, const struct console_glyphs *glyphs,
                           const struct surface *surface, const pixman_region32_t *damage)
{
    int n;
    const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)damage, &n);
    struct rect area = rect_intersect(
        rect_of_box(pixman_region32_extents((pixman_region32_t *)damage)), surface_bounds(surface));

    pixman_region32_clear(&screen->changed);
    if (surface->width != screen->width || surface->height != screen->height) {
        bool had = screen->grid.columns;

        screen->width = surface->width;
        screen->height = surface->height;
        set_grid(screen, (struct console_grid){0});
        return look_for_grid(screen, glyphs, surface, surface_bounds(surface)) || had;
    }
    if (rect_is_empty(area))
        return false;
    if (!screen->grid.columns)
        return look_for_grid(screen, glyphs, surface, area);
    for (int i = 0; i < n; i++)
        read_box(screen, surface, &boxes[i]);
    if (is_doubtful(screen) && look_for_grid(screen, glyphs, surface, area))
        return true;
    consider_font(screen, surface);
    return pixman_region32_not_empty(&screen->changed);
}
