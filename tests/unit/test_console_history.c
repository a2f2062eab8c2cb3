/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scrollback out of looks at a screen: output line by line and in floods, looks into the midst of a
 * scroll, what is cleared, and programs that write all over the screen. The screens are written as
 * a terminal would, by print() and at().
 */
#include "base/mem.h"
#include "check.h"
#include "console/history.h"

#include <stdarg.h>
#include <stdlib.h>

enum { COLUMNS = 40, ROWS = 12, BLACK = 0, GREY = 0xaaaaaa };

struct world {
    struct console_screen screen;
    struct console_history *history;
    uint32_t printed, checked;
};

static void put(struct console_cell *cell, uint32_t c)
{
    *cell = (struct console_cell){c, GREY, BLACK};
}

static void clear_rows(struct world *w, uint32_t from, uint32_t end)
{
    for (uint32_t i = from * COLUMNS; i < end * COLUMNS; i++)
        put(&w->screen.cells[i], ' ');
}

static void clear(struct world *w)
{
    clear_rows(w, 0, ROWS);
    w->screen.cursor_row = w->screen.cursor_column = 0;
}

static void world_init(struct world *w, uint32_t rows_max)
{
    *w = (struct world){.history = console_history_create(rows_max)};
    console_screen_init(&w->screen);
    w->screen.grid.columns = COLUMNS;
    w->screen.grid.rows = ROWS;
    w->screen.has_cursor = true;
    w->screen.cells = mem_alloc0(COLUMNS * ROWS, sizeof(struct console_cell));
    clear(w);
}

static void world_finish(struct world *w)
{
    console_history_destroy(w->history);
    console_screen_finish(&w->screen);
}

/* [top, bottom) moves up by a row. */
static void scroll(struct world *w, uint32_t top, uint32_t bottom)
{
    memmove(w->screen.cells + (size_t)top * COLUMNS, w->screen.cells + (size_t)(top + 1) * COLUMNS,
            (size_t)(bottom - top - 1) * COLUMNS * sizeof(struct console_cell));
    clear_rows(w, bottom - 1, bottom);
}

/* Writes over a row, from `column` on. */
__attribute__((format(printf, 4, 5))) static void at(struct world *w, uint32_t column, uint32_t row,
                                                     const char *format, ...)
{
    char text[COLUMNS + 1];
    va_list words;

    va_start(words, format);
    vsnprintf(text, sizeof(text), format, words);
    va_end(words);
    for (uint32_t i = 0; text[i] && column + i < COLUMNS; i++)
        put(&w->screen.cells[row * COLUMNS + column + i], (uint8_t)text[i]);
}

static void newline(struct world *w)
{
    if (w->screen.cursor_row == ROWS - 1)
        scroll(w, 0, ROWS);
    else
        w->screen.cursor_row++;
}

/* The next lines of a text with no two alike, and a prompt as long as it waits. */
static void print(struct world *w, uint32_t lines)
{
    for (; lines; lines--) {
        at(w, 0, w->screen.cursor_row, "%u: line %x", w->printed, w->printed * 2654435761u);
        w->printed++;
        newline(w);
    }
}

static uint32_t look(struct world *w)
{
    return console_history_follow(w->history, &w->screen);
}

static void text_of(const struct console_row *row, char *text)
{
    for (uint32_t i = 0; i < row->count; i++)
        text[i] = (char)row->cells[i].character;
    text[row->count] = 0;
}

/* The newest rows are the lines from `first` on, none lacking, none twice. */
static void check_lines(struct world *w, uint32_t first, uint32_t count)
{
    char text[COLUMNS + 1], want[COLUMNS + 1];
    uint32_t rows = console_history_count(w->history);

    CHECK(rows >= count);
    for (uint32_t i = 0; rows >= count && i < count; i++) {
        text_of(console_history_row(w->history, rows - count + i), text);
        snprintf(want, sizeof(want), "%u: line %x", first + i, (first + i) * 2654435761u);
        CHECK_STR(text, want);
    }
}

static bool has_row(const struct world *w, const char *want)
{
    char text[COLUMNS + 1];

    for (uint32_t i = 0; i < console_history_count(w->history); i++) {
        text_of(console_history_row(w->history, i), text);
        if (!strcmp(text, want))
            return true;
    }
    return false;
}

static void test_lines(void)
{
    struct world w;

    for (uint32_t step = 1; step < ROWS - 2; step++) {
        world_init(&w, 1000);
        for (uint32_t i = 0; i < 60; i += step) {
            print(&w, step);
            look(&w);
        }
        check_lines(&w, 0, w.printed - (ROWS - 1));
        CHECK_INT(console_history_count(w.history), w.printed - (ROWS - 1));
        world_finish(&w);
    }
}

static void test_prompts(void)
{
    struct world w;

    world_init(&w, 1000);
    at(&w, 0, 0, "motd");
    newline(&w);
    for (uint32_t i = 0; i < 30; i++) {
        at(&w, 0, w.screen.cursor_row, "$ ");
        look(&w);
        at(&w, 2, w.screen.cursor_row, "echo %u", i);
        look(&w);
        newline(&w);
        at(&w, 0, w.screen.cursor_row, "%u", i);
        newline(&w);
    }
    look(&w);
    CHECK_INT(console_history_count(w.history), 1 + 60 - (ROWS - 1));
    CHECK(has_row(&w, "motd") && has_row(&w, "$ echo 3") && has_row(&w, "3"));
    world_finish(&w);
}

static void test_flood(void)
{
    struct world w;
    uint32_t rows;

    world_init(&w, 1000);
    print(&w, 5);
    look(&w);
    print(&w, 100);
    look(&w);
    check_lines(&w, 0, 5);
    print(&w, 2);
    look(&w);
    rows = console_history_count(w.history);
    CHECK_INT(rows, 7);
    check_lines(&w, 105 - (ROWS - 1), 2);
    CHECK(!console_history_row(w.history, 0)->after_gap);
    CHECK(console_history_row(w.history, 5)->after_gap);
    CHECK(!console_history_row(w.history, 6)->after_gap);
    world_finish(&w);
}

/* A part of a scroll is through: the upper rows first, or the lower ones. */
static void test_torn(bool upper_first, uint32_t at_row, uint32_t first_step, uint32_t second_step)
{
    struct world w;
    struct console_cell *whole;
    const size_t half = (size_t)at_row * COLUMNS, size = sizeof(*whole);
    const size_t upper = half * size, lower = (ROWS * COLUMNS - half) * size;

    world_init(&w, 1000);
    print(&w, ROWS - 1);
    look(&w);
    for (uint32_t i = 0; i < 30; i++) {
        struct console_cell *before, *torn;

        print(&w, first_step); /* seen by one half only */
        before = mem_dup(w.screen.cells, upper + lower);
        print(&w, second_step);
        whole = mem_dup(w.screen.cells, upper + lower);
        torn = w.screen.cells;
        memcpy(torn, upper_first ? whole : before, upper);
        memcpy(torn + half, upper_first ? before + half : whole + half, lower);
        look(&w);
        memcpy(w.screen.cells, whole, upper + lower);
        look(&w);
        free(whole);
        free(before);
    }
    check_lines(&w, 0, w.printed - (ROWS - 1));
    CHECK_INT(console_history_count(w.history), w.printed - (ROWS - 1));
    world_finish(&w);
}

static void test_clear(void)
{
    struct world w;

    world_init(&w, 1000);
    print(&w, 7);
    look(&w);
    clear(&w);
    look(&w);
    at(&w, 0, 0, "$ ");
    look(&w);
    newline(&w);
    CHECK_INT(console_history_count(w.history), 0); /* it may come again */
    CHECK_INT(console_history_settle(w.history), 7);
    check_lines(&w, 0, 7);
    print(&w, 5);
    look(&w);
    /* Something else is painted: nobody has to ask. */
    clear(&w);
    look(&w);
    for (uint32_t row = 0; row < ROWS; row++)
        at(&w, 0, row, "~ something else altogether");
    w.screen.cursor_row = 0;
    look(&w);
    CHECK_INT(console_history_count(w.history), 7 + 1 + 5);
    CHECK(has_row(&w, "$"));
    check_lines(&w, 7, 5);
    world_finish(&w);
}

static void paint_top(struct world *w, uint32_t second, uint32_t rows)
{
    at(w, 0, 0, "Mem: %uK used, 50000K free", 10000 + second * 37);
    at(w, 0, 1, "CPU:  %2u%% usr   0%% sys", second % 100);
    at(w, 0, 2, "  PID  PPID USER     STAT   COMMAND");
    for (uint32_t row = 3; row < rows; row++)
        at(w, 0, row, "%5u     1 root     %c      process-%u   ", 100 + (row * 7 + second) % 13,
           "SR"[(row + second) % 2], (row * 7 + second) % 13);
    w->screen.cursor_row = rows - 1;
}

static void test_top(void)
{
    struct world w;
    uint32_t before = 0;

    world_init(&w, 1000);
    print(&w, 3);
    look(&w);
    for (uint32_t second = 0; second < 50; second++) {
        clear(&w);
        look(&w);
        paint_top(&w, second, 6);
        look(&w);
        paint_top(&w, second, ROWS);
        look(&w);
        if (!second)
            before = console_history_count(w.history);
    }
    CHECK_INT(before, 3);                                /* what was there, once, */
    CHECK_INT(console_history_count(w.history), before); /* and then nothing */
    world_finish(&w);
}

static void paint_vi(struct world *w, uint32_t line)
{
    clear_rows(w, 0, ROWS);
    for (uint32_t row = 0; row < ROWS - 1; row++)
        at(w, 0, row, "    text of line %u, %x", line + row, (line + row) * 2654435761u);
    at(w, 0, ROWS - 1, "- /tmp/file %u/500 %u%%", line, line / 5);
}

static void test_vi(void)
{
    struct world w;
    uint32_t before;

    world_init(&w, 1000);
    print(&w, 4);
    look(&w);
    w.screen.cursor_row = 3;
    paint_vi(&w, 0);
    look(&w);
    before = console_history_count(w.history);
    CHECK_INT(before, 4);
    for (uint32_t line = 1; line < 40; line++) { /* down by lines, */
        paint_vi(&w, line);
        look(&w);
    }
    for (uint32_t line = 40; line < 400; line += ROWS - 3) { /* by pages, */
        w.screen.cursor_row = line % (ROWS - 1);
        paint_vi(&w, line);
        look(&w);
    }
    for (uint32_t line = 400; line > 380; line--) { /* and up */
        paint_vi(&w, line);
        look(&w);
    }
    CHECK_INT(console_history_count(w.history), before);
    world_finish(&w);
}

/* A frame with a title, in which a log goes by. */
static void test_region(void)
{
    struct world w;

    world_init(&w, 1000);
    at(&w, 0, 0, "== an installer ==");
    at(&w, 0, 1, "------------------");
    at(&w, 0, ROWS - 2, "------------------");
    at(&w, 0, ROWS - 1, "<Tab> moves");
    for (uint32_t i = 0; i < 100; i++) {
        scroll(&w, 2, ROWS - 2);
        at(&w, 0, ROWS - 3, "unpacking package %u", i * 7919);
        w.screen.cursor_row = ROWS - 3;
        look(&w);
    }
    CHECK_INT(console_history_count(w.history), 0);
    world_finish(&w);
}

static void test_another_size(void)
{
    struct world w;

    world_init(&w, 1000);
    print(&w, 6);
    look(&w);
    w.screen.grid.columns = 0;
    CHECK_INT(look(&w), 0); /* a picture, for a moment */
    w.screen.grid.columns = COLUMNS / 2;
    w.screen.grid.rows = ROWS * 2;
    clear(&w);
    CHECK_INT(look(&w), 6);
    check_lines(&w, 0, 6);
    world_finish(&w);
}

static void test_bounds(void)
{
    struct world w;

    world_init(&w, 100);
    for (uint32_t i = 0; i < 300; i++) {
        print(&w, 1);
        look(&w);
    }
    CHECK_INT(console_history_count(w.history), 100);
    check_lines(&w, 300 - (ROWS - 1) - 100, 100);
    CHECK_INT(console_history_row(w.history, 0)->columns, COLUMNS);
    CHECK(console_history_row(w.history, 0)->count < COLUMNS);
    world_finish(&w);
}

int main(void)
{
    test_lines();
    test_prompts();
    test_flood();
    for (uint32_t row = 1; row < ROWS; row++)
        /* With few rows in the lower part, and both moved, there is too little to tell by. */
        for (uint32_t first = 0; first < (row <= ROWS / 2 ? 3 : 1); first++)
            for (uint32_t second = 1; second < 3; second++) {
                test_torn(true, row, first, second);
                test_torn(false, row, first, second);
            }
    test_clear();
    test_top();
    test_vi();
    test_region();
    test_another_size();
    test_bounds();
    return check_result();
}
