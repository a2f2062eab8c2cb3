/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in which cell: the machine's text and what it was, pictures, our own last row. */
#include "term/private.h"

#include "base/arith.h"
#include "pixel/scale.h"
#include "term/blocks.h"

#include <string.h>

static const char gap[] = " rows above were missed ";

enum { CELL_WIDTH = 8, CELL_HEIGHT = 16 /* of a terminal that doesn't tell */ };

/* ---- Where ---- */

/* Rows for the machine: the last one is ours where it has no need of it or something is said. */
static bool has_status(const struct term_view *v, uint32_t wanted)
{
    return v->cells.rows > 2 && (v->cells.rows > wanted || v->note || v->said || v->is_in_menu ||
                                 v->back || !v->has_typed);
}

bool view_is_text(const struct term_view *v)
{
    return text_reader_is_text(v->reader);
}

static uint32_t machine_rows(const struct term_view *v)
{
    return view_is_text(v) ? text_reader_screen(v->reader)->grid.rows : v->cells.rows - 1;
}

uint32_t view_room(const struct term_view *v)
{
    return v->cells.rows - (has_status(v, machine_rows(v)) ? 1 : 0);
}

/* The least move that has the cursor in it. */
static uint32_t follow(uint32_t first, uint32_t room, uint32_t count, bool has_cursor, uint32_t at)
{
    if (count <= room)
        return 0;
    if (has_cursor && at < first)
        first = at;
    else if (has_cursor && at >= first + room)
        first = at - room + 1;
    return MIN_OF(first, count - room);
}

/* ---- What ---- */

static void clear(struct term_view *v)
{
    for (size_t i = 0; i < (size_t)v->cells.columns * v->cells.rows; i++)
        v->cells.want[i] = (struct term_cell){' ', TERM_OWN, TERM_OWN, 0};
    v->cells.has_cursor = false;
}

static struct term_cell cell_of(const struct console_cell *c)
{
    return (struct term_cell){c->character ? c->character : 0xfffd, c->foreground, c->background,
                              0};
}

static struct term_cell picture_of_cell(const struct term_view *v, uint32_t column, uint32_t row)
{
    const struct console_grid *g = &text_reader_screen(v->reader)->grid;
    struct rect part = {(int32_t)(g->x + column * g->pitch),
                        (int32_t)(g->y + row * g->table->height), (int32_t)g->pitch,
                        (int32_t)g->table->height};
    struct surface *s = v->sink.scene->screen;

    part = s ? rect_intersect(part, surface_bounds(s)) : (struct rect){0};
    return rect_is_empty(part) ? (struct term_cell){' ', TERM_OWN, TERM_OWN, 0}
                               : blocks_cell(s, part);
}

static void show_row(struct term_view *v, uint32_t to, uint32_t row)
{
    const struct console_screen *s = text_reader_screen(v->reader);
    const struct console_cell *cells = s->cells + (size_t)row * s->grid.columns;
    struct term_cell *want = v->cells.want + (size_t)to * v->cells.columns;

    for (uint32_t i = 0; i < v->cells.columns && v->column + i < s->grid.columns; i++)
        want[i] = cells[v->column + i].character ? cell_of(&cells[v->column + i])
                                                 : picture_of_cell(v, v->column + i, row);
}

static void show_old_row(struct term_view *v, uint32_t to, const struct console_row *row)
{
    struct term_cell *want = v->cells.want + (size_t)to * v->cells.columns;

    for (uint32_t i = 0; i < v->cells.columns && v->column + i < row->columns; i++) {
        uint32_t at = v->column + i;

        want[i] = at < row->count ? cell_of(&row->cells[at])
                                  : (struct term_cell){' ', TERM_OWN, row->fill, 0};
    }
    if (row->after_gap) { /* at its end, where there is seldom anything */
        const char *mark = v->cells.columns > 2 * strlen(gap) ? gap : "^";

        term_cells_put(&v->cells, v->cells.columns - (uint32_t)strlen(mark), to, mark,
                       TERM_REVERSE);
    }
}

/* The rows that were and those that are, one behind the other, and of them what fits. */
static void show_text(struct term_view *v)
{
    const struct console_screen *s = text_reader_screen(v->reader);
    uint32_t old = console_history_count(v->history), rows = view_room(v), first;

    v->top = follow(v->top, rows, s->grid.rows, s->has_cursor, s->cursor_row);
    v->column = follow(v->column, v->cells.columns, s->grid.columns,
                       s->has_cursor && !v->back && !v->is_in_menu, s->cursor_column);
    v->back = MIN_OF(v->back, old + v->top);
    first = old + v->top - v->back;
    for (uint32_t i = 0; i < rows && first + i < old + s->grid.rows; i++) {
        if (first + i < old)
            show_old_row(v, i, console_history_row(v->history, first + i));
        else
            show_row(v, i, first + i - old);
    }
    v->cells.has_cursor = s->has_cursor && s->cursor_row + old >= first &&
                          s->cursor_row + old < first + rows && s->cursor_column >= v->column &&
                          s->cursor_column < v->column + v->cells.columns;
    v->cells.cursor_column = s->cursor_column - v->column;
    v->cells.cursor_row = s->cursor_row + old - first;
}

struct picture_area view_picture_area(const struct term_view *v)
{
    struct tty_size size = tty_size(v->tty);
    uint32_t w = size.cell_width ? size.cell_width : v->cell_width;
    uint32_t h = size.cell_height ? size.cell_height : v->cell_height;

    return (struct picture_area){v->cells.columns, view_room(v), w ? w : CELL_WIDTH,
                                 h ? h : CELL_HEIGHT};
}

/* Of half blocks it is as large as fits, of the screen's own aspect. */
static void blocks_size(const struct term_view *v, uint32_t *columns, uint32_t *rows)
{
    const struct surface *s = v->sink.scene->screen;
    struct picture_area area = view_picture_area(v);
    struct rect at = scale_fit(s->width, s->height, area.columns * area.cell_width,
                               area.rows * area.cell_height);

    *columns = MAX_OF(((uint32_t)at.w + area.cell_width / 2) / area.cell_width, 1u);
    *rows = MAX_OF(((uint32_t)at.h + area.cell_height / 2) / area.cell_height, 1u);
}

static void show_blocks(struct term_view *v)
{
    const struct surface *s = v->sink.scene->screen;
    uint32_t columns, rows;

    blocks_size(v, &columns, &rows);
    for (uint32_t y = 0; y < rows && y < v->cells.rows; y++)
        for (uint32_t x = 0; x < columns && x < v->cells.columns; x++) {
            int32_t left, right, top, bottom;

            blocks_span(s->width, columns, x, &left, &right);
            blocks_span(s->height, rows, y, &top, &bottom);
            v->cells.want[(size_t)y * v->cells.columns + x] =
                blocks_cell(s, (struct rect){left, top, right - left, bottom - top});
        }
}

/* Its cells are others', see put_picture(). */
static void show_picture(struct term_view *v)
{
    const struct surface *s = v->sink.scene->screen;
    struct picture_area area = view_picture_area(v);
    uint32_t columns, rows;

    picture_size(s->width, s->height, &area, &columns, &rows);
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            v->cells.want[(size_t)y * v->cells.columns + x] =
                (struct term_cell){.character = TERM_PICTURE};
}

/* ---- The last row ---- */

static char *key_name(const struct term_view *v)
{
    return v->options->escape
               ? g_strdup_printf("Ctrl-%c", g_ascii_tolower(v->options->escape | 0x40))
               : g_strdup("no key");
}

static char *where_words(const struct term_view *v)
{
    const struct console_screen *s = text_reader_screen(v->reader);
    const struct surface *screen = v->sink.scene->screen;
    uint32_t rows = view_room(v);

    if (v->back)
        return g_strdup_printf("%u rows back of %u; Esc goes on", v->back,
                               console_history_count(v->history) + v->top);
    if (!screen)
        return g_strdup("no screen yet");
    if (!view_is_text(v))
        return g_strdup_printf("%u×%u pixels", screen->width, screen->height);
    if (s->grid.columns > v->cells.columns || s->grid.rows > rows)
        return g_strdup_printf("columns %u-%u of %u, rows %u-%u of %u", v->column + 1,
                               MIN_OF(v->column + v->cells.columns, s->grid.columns),
                               s->grid.columns, v->top + 1, MIN_OF(v->top + rows, s->grid.rows),
                               s->grid.rows);
    return g_strdup_printf("%u×%u", s->grid.columns, s->grid.rows);
}

static void show_status(struct term_view *v)
{
    g_autofree char *key = key_name(v), *where = where_words(v), *words = NULL;
    uint32_t row = v->cells.rows - 1;

    if (v->is_in_menu)
        words = g_strdup(
            " d detach  c Ctrl+Alt+Del  1-9 Ctrl+Alt+F1-9  arrows PgUp scroll  z stop  r repaint");
    else if (v->said || v->note)
        words = g_strdup_printf(" %s: %s", v->options->name, v->said ? v->said : v->note);
    else
        words = g_strdup_printf(" %s  %s  %s menu, then d detaches", v->options->name, where, key);
    for (uint32_t i = 0; i < v->cells.columns; i++)
        v->cells.want[(size_t)row * v->cells.columns + i] =
            (struct term_cell){' ', TERM_OWN, TERM_OWN, TERM_REVERSE};
    term_cells_put(&v->cells, 0, row, words, TERM_REVERSE);
}

/* ---- All of it ---- */

bool view_shows_picture(const struct term_view *v)
{
    return !view_is_text(v) && v->sink.scene->screen && v->pictures != TERM_PICTURES_BLOCKS;
}

void view_show(struct term_view *v)
{
    clear(v);
    if (view_is_text(v))
        show_text(v);
    else if (view_shows_picture(v))
        show_picture(v);
    else if (v->sink.scene->screen)
        show_blocks(v);
    if (has_status(v, machine_rows(v)))
        show_status(v);
}
