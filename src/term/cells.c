/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From cells to a terminal's bytes; see cells.h. */
#include "term/cells.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    BLANK = 0x20,
    REPLACEMENT = 0xfffd,
    UNKNOWN = 0,   /* a character that is shown */
    ANY = 1 << 25, /* a colour */
    BROWN = 0xaa5500,
    NEAR = 300, /* as distance() has it */
};

/* ---- Cells ---- */

void term_cells_init(struct term_cells *c)
{
    memset(c, 0, sizeof(*c));
    term_cells_resize(c, 1, 1);
}

void term_cells_finish(struct term_cells *c)
{
    free(c->want);
    free(c->shown);
    memset(c, 0, sizeof(*c));
}

void term_cells_forget(struct term_cells *c)
{
    for (size_t i = 0; i < (size_t)c->columns * c->rows; i++)
        c->shown[i].character = UNKNOWN;
    c->knows_cursor = false;
    c->at_column = c->columns;
    c->pen.fore = UINT32_MAX; /* none */
}

void term_cells_lose_cursor(struct term_cells *c)
{
    c->at_column = c->columns;
}

void term_cells_resize(struct term_cells *c, uint32_t columns, uint32_t rows)
{
    c->columns = MIN_OF(MAX_OF(columns, 1u), (uint32_t)TERM_COLUMNS_MAX);
    c->rows = MIN_OF(MAX_OF(rows, 1u), (uint32_t)TERM_ROWS_MAX);
    free(c->want);
    free(c->shown);
    c->want = mem_alloc0((size_t)c->columns * c->rows, sizeof(c->want[0]));
    c->shown = mem_alloc0((size_t)c->columns * c->rows, sizeof(c->shown[0]));
    for (size_t i = 0; i < (size_t)c->columns * c->rows; i++)
        c->want[i] = (struct term_cell){BLANK, TERM_OWN, TERM_OWN, 0};
    c->has_cursor = false;
    term_cells_forget(c);
}

uint32_t term_cells_put(struct term_cells *c, uint32_t column, uint32_t row, const char *text,
                        uint32_t style)
{
    size_t len = strlen(text), n;
    uint32_t code;

    while (column < c->columns && row < c->rows && (n = utf8_decode(text, len, &code))) {
        c->want[(size_t)row * c->columns + column++] =
            (struct term_cell){code, TERM_OWN, TERM_OWN, style};
        text += n;
        len -= n;
    }
    return column;
}

/* ---- Colours ---- */

static uint32_t distance(uint32_t a, uint32_t b)
{
    int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
    int g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int l = (int)(a & 255) - (int)(b & 255);

    return (uint32_t)(3 * r * r + 6 * g * g + l * l);
}

/* Of a PC's; terminals' differ, but each knows what red is. */
static uint32_t palette(uint32_t i)
{
    uint32_t bright = i & 8 ? 0x55 : 0, rgb = 0;

    for (uint32_t bit = 0; bit < 3; bit++) /* red is the lowest here, as in SGR */
        rgb |= ((i >> bit & 1 ? 0xaa : 0u) + bright) << (16 - 8 * bit);
    return rgb;
}

static uint32_t nearest_of_palette(uint32_t rgb, uint32_t count)
{
    uint32_t best = 0;

    if (distance(rgb, BROWN) <= NEAR) /* a PC's dark yellow */
        return 3;
    for (uint32_t i = 1; i < count; i++)
        if (distance(rgb, palette(i)) < distance(rgb, palette(best)))
            best = i;
    return best;
}

static uint32_t level(uint32_t i)
{
    return i ? 55 + 40 * i : 0;
}

/* The nearest of a cube's six levels. */
static uint32_t step_of(uint32_t value)
{
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

/* Of xterm's cube and its greys. */
static uint32_t nearest_of_256(uint32_t rgb)
{
    uint32_t r = step_of(rgb >> 16 & 255), g = step_of(rgb >> 8 & 255), b = step_of(rgb & 255);
    uint32_t cube = level(r) << 16 | level(g) << 8 | level(b);
    uint32_t mean = ((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
    uint32_t grey = mean < 8 ? 0 : MIN_OF((mean - 3) / 10, 23u), value = 8 + 10 * grey;

    if (distance(rgb, value * 0x10101) < distance(rgb, cube))
        return 232 + grey;
    return 16 + 36 * r + 6 * g + b;
}

uint32_t term_colour(uint32_t rgb, enum term_depth depth)
{
    if (depth == TERM_256)
        return nearest_of_256(rgb);
    return nearest_of_palette(rgb, depth == TERM_16 ? 16 : 8);
}

static uint32_t brightness(uint32_t rgb)
{
    return 3 * (rgb >> 16 & 255) + 6 * (rgb >> 8 & 255) + (rgb & 255);
}

/* The cell as this terminal can show it: colours become its own numbers. */
static struct term_cell shown_as(const struct term_cell *want, const struct term_look *look)
{
    struct term_cell cell = *want;
    bool has_ink = cell.character && cell.character != BLANK;

    if (cell.character == TERM_PICTURE)
        return (struct term_cell){TERM_PICTURE, TERM_OWN, TERM_OWN, 0};
    if (look->depth == TERM_MONO) {
        if (cell.fore < TERM_OWN && cell.back < TERM_OWN &&
            brightness(cell.back) > (has_ink ? brightness(cell.fore) : brightness(0x808080)))
            cell.style ^= TERM_REVERSE;
        cell.fore = cell.back = TERM_OWN;
    } else if (look->depth != TERM_TRUE) {
        bool differ = cell.fore != cell.back;
        uint32_t rgb = cell.fore;

        if (cell.back < TERM_OWN)
            cell.back = term_colour(cell.back, look->depth);
        if (cell.fore < TERM_OWN)
            cell.fore = term_colour(cell.fore, look->depth);
        if (look->depth == TERM_8 && rgb < TERM_OWN && brightness(rgb) > brightness(0xc0c0c0))
            cell.style |= TERM_BOLD;
        if (has_ink && differ && cell.fore == cell.back) /* it is to be read all the same */
            cell.fore = cell.back ? 0 : 7;
    }
    if (!has_ink && !(cell.style & TERM_REVERSE)) { /* a blank's foreground is anybody's */
        cell.fore = ANY;
        cell.style = 0;
    }
    return cell;
}

/* ---- Characters ---- */

static uint32_t ascii_of(uint32_t c)
{
    if (c < 0x7f)
        return c;
    if (c == 0x2500 || c == 0x2550)
        return '-';
    if (c == 0x2502 || c == 0x2551)
        return '|';
    if (c >= 0x2500 && c < 0x2580)
        return '+';
    if (c == 0x2580)
        return '"';
    if (c == 0x2584)
        return '_';
    if (c >= 0x2580 && c < 0x25a0)
        return '#';
    return '?';
}

/* One that takes exactly one column and is no control, whatever the guest's font says. */
static uint32_t safe(uint32_t c, const struct term_look *look)
{
    if (!c)
        return BLANK;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return look->is_utf8 ? REPLACEMENT : '?';
    if (!look->is_utf8)
        return ascii_of(c);
    return c < 0x7f || wcwidth((wchar_t)c) == 1 ? c : REPLACEMENT;
}

static void put_utf8(struct buf *out, uint32_t c)
{
    uint8_t bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        bytes[i] = (uint8_t)(0x80 | (c & 0x3f));
    bytes[0] = (uint8_t)(first[n] | c);
    buf_append(out, bytes, n);
}

/* ---- Painting ---- */

__attribute__((format(printf, 2, 3))) static void put(struct buf *out, const char *format, ...)
{
    char text[128];
    va_list words;
    int n;

    va_start(words, format);
    n = vsnprintf(text, sizeof(text), format, words);
    va_end(words);
    buf_append(out, text, (size_t)n);
}

/* As a parameter of SGR, with a semicolon before it. */
static int colour_words(char *text, size_t room, uint32_t colour, enum term_depth depth,
                        uint32_t base)
{
    if (colour == TERM_OWN)
        return snprintf(text, room, ";%u", base + 9);
    if (depth == TERM_TRUE)
        return snprintf(text, room, ";%u;2;%u;%u;%u", base + 8, colour >> 16 & 255,
                        colour >> 8 & 255, colour & 255);
    if (depth == TERM_256)
        return snprintf(text, room, ";%u;5;%u", base + 8, colour);
    return snprintf(text, room, ";%u", colour < 8 ? base + colour : base + 60 + colour - 8);
}

static void set_pen(struct term_cells *c, const struct term_cell *cell, enum term_depth depth,
                    struct buf *out)
{
    struct term_cell *pen = &c->pen;
    char words[96];
    int n = 0;

    if (pen->fore == UINT32_MAX || pen->style != cell->style) {
        n = snprintf(words, sizeof(words), ";0%s%s", cell->style & TERM_BOLD ? ";1" : "",
                     cell->style & TERM_REVERSE ? ";7" : "");
        *pen = (struct term_cell){0, TERM_OWN, TERM_OWN, cell->style};
    }
    if (cell->fore != ANY && pen->fore != cell->fore) {
        n += colour_words(words + n, sizeof(words) - (size_t)n, cell->fore, depth, 30);
        pen->fore = cell->fore;
    }
    if (pen->back != cell->back)
        n += colour_words(words + n, sizeof(words) - (size_t)n, cell->back, depth, 40);
    pen->back = cell->back;
    if (n)
        put(out, "\033[%sm", words + 1);
}

static void move_to(struct term_cells *c, uint32_t column, uint32_t row, struct buf *out)
{
    if (c->at_column != column || c->at_row != row)
        put(out, "\033[%u;%uH", row + 1, column + 1);
    c->at_column = column;
    c->at_row = row;
}

static bool is_same(const struct term_cell *a, const struct term_cell *b)
{
    return a->character == b->character && a->fore == b->fore && a->back == b->back &&
           a->style == b->style;
}

static void paint_cell(struct term_cells *c, uint32_t column, uint32_t row,
                       const struct term_look *look, struct buf *out)
{
    size_t i = (size_t)row * c->columns + column;
    struct term_cell cell = shown_as(&c->want[i], look);

    if (cell.character != TERM_PICTURE)
        cell.character = safe(cell.character, look);
    if (is_same(&cell, &c->shown[i]))
        return;
    c->shown[i] = cell;
    if (cell.character == TERM_PICTURE)
        return;
    if (c->shows_cursor || !c->knows_cursor)
        put(out, "\033[?25l");
    c->shows_cursor = false;
    c->knows_cursor = true;
    move_to(c, column, row, out);
    set_pen(c, &cell, look->depth, out);
    put_utf8(out, cell.character);
    c->at_column++;
}

void term_cells_paint(struct term_cells *c, const struct term_look *look, struct buf *out)
{
    for (uint32_t row = 0; row < c->rows; row++)
        for (uint32_t column = 0; column < c->columns; column++)
            paint_cell(c, column, row, look, out);
    if (c->has_cursor)
        move_to(c, MIN_OF(c->cursor_column, c->columns - 1), MIN_OF(c->cursor_row, c->rows - 1),
                out);
    if (!c->knows_cursor || c->shows_cursor != c->has_cursor)
        put(out, c->has_cursor ? "\033[?25h" : "\033[?25l");
    c->shows_cursor = c->has_cursor;
    c->knows_cursor = true;
}
