/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in which cell, and when it is painted; see view.h. */
#include "term/view.h"

#include "base/arith.h"
#include "base/mem.h"
#include "console/history.h"
#include "pixel/scale.h"
#include "term/blocks.h"
#include "term/input.h"
#include "term/kitty.h"
#include "term/picture.h"
#include "term/sixel.h"
#include "term/tty.h"
#include "text/reader.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNANSWERED_MAX = 2, /* states that were sent and, as far as is known, not shown */
    CELL_WIDTH = 8,     /* of a terminal that doesn't tell */
    CELL_HEIGHT = 16,
};

struct term_view {
    struct scene_sink sink; /* first */
    const struct term_view_options *options;
    const struct term_view_ops *ops;
    void *owner;
    struct tty *tty;
    struct term_input *input;
    struct text_reader *reader;
    struct console_history *history;
    struct term_cells cells;
    GSource *painting;
    char *note, *said;
    bool is_in_menu, has_typed, has_ended;
    uint32_t back;       /* rows before the newest that are shown; 0: follow */
    uint32_t column;     /* the first that is shown */
    uint32_t top;        /* the machine's first row that is shown, while following */
    bool answers;        /* the terminal does */
    unsigned unanswered; /* questions */
    enum term_pictures pictures;
    uint32_t registers;               /* of colours, for sixels */
    uint32_t cell_width, cell_height; /* as it told; 0: it didn't */
    struct picture *picture;
    bool has_picture;        /* one is shown that isn't made of characters */
    pixman_region32_t stale; /* of it */
};

/* ---- When ---- */

static void paint(struct term_view *v);

static gboolean on_painting(gpointer owner)
{
    struct term_view *v = owner;

    g_source_unref(steal(&v->painting));
    paint(v);
    return G_SOURCE_REMOVE;
}

/* Soon, once all that has come is taken in. */
static void repaint(struct term_view *v)
{
    if (v->painting)
        return;
    v->painting = g_idle_source_new();
    g_source_set_callback(v->painting, on_painting, v, NULL);
    g_source_attach(v->painting, g_main_context_get_thread_default());
}

static void end_painting(struct term_view *v)
{
    if (!v->painting)
        return;
    g_source_destroy(v->painting);
    g_source_unref(steal(&v->painting));
}

/* ---- Where ---- */

/* Rows for the machine: the last one is ours where it has no need of it or something is said. */
static bool has_status(const struct term_view *v, uint32_t wanted)
{
    return v->cells.rows > 2 && (v->cells.rows > wanted || v->note || v->said || v->is_in_menu ||
                                 v->back || !v->has_typed);
}

static bool is_text(const struct term_view *v)
{
    return text_reader_is_text(v->reader);
}

static uint32_t machine_rows(const struct term_view *v)
{
    return is_text(v) ? text_reader_screen(v->reader)->grid.rows : v->cells.rows - 1;
}

static uint32_t room(const struct term_view *v)
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
}

/* The rows that were and those that are, one behind the other, and of them what fits. */
static void show_text(struct term_view *v)
{
    const struct console_screen *s = text_reader_screen(v->reader);
    uint32_t old = console_history_count(v->history), rows = room(v), first;

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

static struct picture_area picture_area(const struct term_view *v)
{
    struct tty_size size = tty_size(v->tty);
    uint32_t w = size.cell_width ? size.cell_width : v->cell_width;
    uint32_t h = size.cell_height ? size.cell_height : v->cell_height;

    return (struct picture_area){v->cells.columns, room(v), w ? w : CELL_WIDTH,
                                 h ? h : CELL_HEIGHT};
}

/* Of half blocks it is as large as fits, of the screen's own aspect. */
static void blocks_size(const struct term_view *v, uint32_t *columns, uint32_t *rows)
{
    const struct surface *s = v->sink.scene->screen;
    struct picture_area area = picture_area(v);
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
    struct picture_area area = picture_area(v);
    uint32_t columns, rows;

    picture_size(s->width, s->height, &area, &columns, &rows);
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            v->cells.want[(size_t)y * v->cells.columns + x] =
                (struct term_cell){.character = TERM_PICTURE};
}

/* The pixels of what isn't text, where the terminal draws pixels. */
static void put_picture(struct term_view *v, bool is_wanted, struct buf *out)
{
    struct picture_area area = picture_area(v);

    if (!is_wanted) {
        if (v->has_picture && v->pictures == TERM_PICTURES_KITTY)
            kitty_remove_all(out);
        if (v->has_picture)
            picture_forget(v->picture);
    } else {
        picture_draw(v->picture, v->pictures == TERM_PICTURES_KITTY ? PICTURE_KITTY : PICTURE_SIXEL,
                     v->registers, &area, v->sink.scene->screen, &v->stale, out);
        term_cells_lose_cursor(&v->cells);
    }
    v->has_picture = is_wanted;
    pixman_region32_clear(&v->stale);
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
    uint32_t rows = room(v);

    if (v->back)
        return g_strdup_printf("%u rows back of %u; Esc goes on", v->back,
                               console_history_count(v->history) + v->top);
    if (!screen)
        return g_strdup("no screen yet");
    if (!is_text(v))
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
        words = g_strdup_printf(" d detach  c Ctrl+Alt+Del  1-9 Ctrl+Alt+F1..9  arrows PgUp PgDn "
                                "scroll  z stop  r repaint  %s sends itself",
                                key);
    else if (v->said || v->note)
        words = g_strdup_printf(" %s: %s", v->options->name, v->said ? v->said : v->note);
    else
        words = g_strdup_printf(" %s  %s  %s menu, then d detaches", v->options->name, where, key);
    for (uint32_t i = 0; i < v->cells.columns; i++)
        v->cells.want[(size_t)row * v->cells.columns + i] =
            (struct term_cell){' ', TERM_OWN, TERM_OWN, TERM_REVERSE};
    term_cells_put(&v->cells, 0, row, words, TERM_REVERSE);
}

/* ---- Painting ---- */

static bool shows_picture(const struct term_view *v)
{
    return !is_text(v) && v->sink.scene->screen && v->pictures != TERM_PICTURES_BLOCKS;
}

/* A picture waits until the one before is there. */
static bool may_paint(const struct term_view *v)
{
    return !tty_is_busy(v->tty) && v->unanswered < (is_text(v) ? UNANSWERED_MAX : 1);
}

static void paint(struct term_view *v)
{
    struct term_look look = tty_look(v->tty);
    struct buf out = BUF_INIT;

    if (!may_paint(v))
        return; /* it is asked for again when it may */
    clear(v);
    if (is_text(v))
        show_text(v);
    else if (shows_picture(v))
        show_picture(v);
    else if (v->sink.scene->screen)
        show_blocks(v);
    if (has_status(v, machine_rows(v)))
        show_status(v);
    term_input_set_scrolled(v->input, v->back);
    term_cells_paint(&v->cells, &look, &out);
    put_picture(v, shows_picture(v), &out);
    if (out.len && v->answers) {
        buf_append(&out, "\033[5n", 4);
        v->unanswered++;
    }
    tty_write(v->tty, &out);
    buf_finish(&out);
}

/* ---- From the scene ---- */

static void on_screen(struct scene_sink *sink)
{
    repaint((struct term_view *)sink);
}

static void on_facts(struct scene_sink *sink)
{
    (void)sink;
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct term_view *v = (struct term_view *)sink;

    pixman_region32_union(&v->stale, &v->stale, (pixman_region32_t *)region);
    if (!is_text(v) || text_reader_screen(v->reader)->unknown)
        repaint(v);
}

static void on_text_changed(void *owner, const pixman_region32_t *cells)
{
    struct term_view *v = owner;
    uint32_t came = console_history_follow(v->history, text_reader_screen(v->reader));

    (void)cells;
    if (v->back)
        v->back += came; /* what a person reads stays where it is */
    repaint(v);
}

static void on_mode(void *owner, bool is_text_now)
{
    struct term_view *v = owner;

    if (!is_text_now)
        v->back = 0;
    repaint(v);
}

/* ---- From the terminal ---- */

static void end(struct term_view *v)
{
    if (v->has_ended)
        return;
    v->has_ended = true;
    v->ops->ended(v->owner);
}

static void unsay(struct term_view *v)
{
    g_clear_pointer(&v->said, g_free);
}

static void scroll(struct term_view *v, int by)
{
    if (!is_text(v))
        return;
    if (!v->back && by > 0)
        console_history_settle(v->history);
    v->back = by < 0 && v->back < (uint32_t)-by ? 0 : v->back + (uint32_t)by;
}

static void move_right(struct term_view *v, int by)
{
    uint32_t step = MAX_OF(v->cells.columns / 2, 1u);

    v->column = by > 0 ? v->column + step : v->column - MIN_OF(v->column, step);
}

static void on_command(void *owner, enum term_command command, int by)
{
    struct term_view *v = owner;

    unsay(v);
    switch (command) {
    case TERM_DETACH:
        end(v);
        return;
    case TERM_MENU:
    case TERM_NO_MENU:
        v->is_in_menu = command == TERM_MENU;
        break;
    case TERM_STOP:
        tty_stop(v->tty);
        return;
    case TERM_REPAINT:
        term_cells_forget(&v->cells);
        break;
    case TERM_ROWS:
        scroll(v, by);
        break;
    case TERM_PAGES:
        scroll(v, by * (int)MAX_OF(room(v) - 1, 1u));
        break;
    case TERM_COLUMNS:
        move_right(v, by);
        break;
    case TERM_START:
        scroll(v, CONSOLE_HISTORY_ROWS);
        break;
    case TERM_LIVE:
        v->back = 0;
        break;
    }
    repaint(v);
}

static void on_typed(void *owner)
{
    struct term_view *v = owner;

    if (v->has_typed && !v->back && !v->said)
        return;
    v->has_typed = true;
    v->back = 0;
    unsay(v);
    repaint(v);
}

/* What it is: the second of the numbers are what it can do. */
static void learn(struct term_view *v, const struct term_event *answer)
{
    v->answers = true;
    for (uint32_t i = 1; i < answer->count; i++)
        if (answer->numbers[i] == 4 && v->options->pictures == TERM_PICTURES_BEST &&
            v->pictures == TERM_PICTURES_BLOCKS)
            v->pictures = TERM_PICTURES_SIXEL;
    repaint(v);
}

static void on_answer(void *owner, const struct term_event *answer)
{
    struct term_view *v = owner;

    if (answer->final == 'n' && v->unanswered) {
        v->unanswered--;
        repaint(v);
    } else if (answer->final == 'c' && answer->mark == '?') {
        learn(v, answer);
    } else if (answer->final == 'G' && answer->len >= 7 && !memcmp(answer->text, "i=31;OK", 7)) {
        if (v->options->pictures == TERM_PICTURES_BEST)
            v->pictures = TERM_PICTURES_KITTY;
    } else if (answer->final == 'S' && answer->numbers[0] == 1 && !answer->numbers[1]) {
        v->registers =
            CLAMP(answer->numbers[2], (uint32_t)SIXEL_REGISTERS_MIN, (uint32_t)SIXEL_REGISTERS_MAX);
    } else if (answer->final == 't' && answer->numbers[0] == 6 && answer->numbers[1] < 1000 &&
               answer->numbers[2] < 1000) {
        v->cell_height = answer->numbers[1];
        v->cell_width = answer->numbers[2];
    }
}

static void on_pasted(void *owner, const char *text, size_t len)
{
    (void)owner, (void)text, (void)len;
}

static void on_say(void *owner, const char *what)
{
    term_view_say(owner, what);
}

static void on_tty_input(void *owner, const uint8_t *bytes, size_t len)
{
    term_input_take(((struct term_view *)owner)->input, bytes, len);
}

static void on_tty_drained(void *owner)
{
    repaint(owner);
}

static void on_tty_resized(void *owner)
{
    struct term_view *v = owner;
    struct tty_size size = tty_size(v->tty);
    struct buf clear_screen = BUF_INIT;

    term_cells_resize(&v->cells, size.columns, size.rows);
    picture_forget(v->picture);
    buf_append(&clear_screen, "\033[0m\033[2J", 8);
    tty_write(v->tty, &clear_screen);
    buf_finish(&clear_screen);
    repaint(v);
}

/* Every terminal answers the last question, so when it has there is nothing to be waited for. The
   others: kitty's pictures, registers of colours, a cell's pixels. */
static void ask_terminal(struct term_view *v)
{
    static const char more[] = "\033[?1;1;0S\033[16t", last[] = "\033[c";
    struct buf questions = BUF_INIT;

    if (tty_takes_questions(v->tty)) {
        kitty_ask(&questions);
        buf_append(&questions, more, strlen(more));
    }
    buf_append(&questions, last, strlen(last));
    tty_write(v->tty, &questions);
    buf_finish(&questions);
}

static void on_tty_resumed(void *owner)
{
    struct term_view *v = owner;

    v->unanswered = 0;
    v->answers = false;
    ask_terminal(v);
    on_tty_resized(v);
}

static void on_tty_ended(void *owner)
{
    end(owner);
}

/* ---- For the owner ---- */

void term_view_set_note(struct term_view *v, const char *note)
{
    g_free(v->note);
    v->note = g_strdup(note);
    repaint(v);
}

void term_view_say(struct term_view *v, const char *what)
{
    g_free(v->said);
    v->said = g_strdup(what);
    repaint(v);
}

void term_view_leave(struct term_view *v)
{
    tty_leave(v->tty);
}

void term_view_enter(struct term_view *v)
{
    tty_enter(v->tty);
    on_tty_resumed(v);
}

struct term_view *term_view_create(struct scene *scene, const struct layout *layout,
                                   const struct term_view_options *options,
                                   const struct term_view_ops *ops, void *owner, struct err *err)
{
    static const struct tty_ops tty_ops = {on_tty_input, on_tty_drained, on_tty_resized,
                                           on_tty_resumed, on_tty_ended};
    static const struct text_reader_ops reader_ops = {on_text_changed, on_mode, NULL};
    static const struct term_input_ops input_ops = {on_command, on_typed, on_answer, on_pasted,
                                                    on_say};
    static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};
    struct term_view *v = mem_new0(struct term_view);

    v->sink.ops = &sink_ops;
    v->options = options;
    v->ops = ops;
    v->owner = owner;
    v->tty = tty_create(!options->no_mouse, &tty_ops, v, err);
    if (!v->tty) {
        free(v);
        return NULL;
    }
    term_cells_init(&v->cells);
    pixman_region32_init(&v->stale);
    v->picture = picture_create();
    v->registers = SIXEL_REGISTERS_MAX;
    v->pictures =
        options->pictures == TERM_PICTURES_BEST ? TERM_PICTURES_BLOCKS : options->pictures;
    v->history = console_history_create(CONSOLE_HISTORY_ROWS);
    v->input = term_input_create(scene, layout, options->escape, &input_ops, v);
    term_input_set_backspace(v->input, tty_backspace_is_8(v->tty));
    scene_add_sink(scene, &v->sink);
    v->reader = text_reader_create(
        scene, &(struct text_reader_options){.machine = options->machine}, &reader_ops, v);
    term_view_enter(v);
    return v;
}

void term_view_destroy(struct term_view *v)
{
    if (!v)
        return;
    end_painting(v);
    tty_destroy(v->tty);
    text_reader_destroy(v->reader);
    scene_remove_sink(v->sink.scene, &v->sink);
    term_input_destroy(v->input);
    console_history_destroy(v->history);
    term_cells_finish(&v->cells);
    picture_destroy(v->picture);
    pixman_region32_fini(&v->stale);
    g_free(v->note);
    g_free(v->said);
    free(v);
}
