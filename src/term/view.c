/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is heard, and when it is painted; see view.h. */
#include "term/private.h"

#include "base/arith.h"
#include "base/mem.h"
#include "term/kitty.h"
#include "term/sixel.h"

#include <stdlib.h>
#include <string.h>

enum {
    UNANSWERED_MAX = 2, /* states that were sent and, as far as is known, not shown */
    ANSWER_MS = 500,    /* that a terminal has for its answers before it is given back */
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

/* ---- Painting ---- */

/* The pixels of what isn't text, where the terminal draws pixels. */
static void put_picture(struct term_view *v, bool is_wanted, struct buf *out)
{
    struct picture_area area = view_picture_area(v);

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

/* A picture waits until the one before is there. */
static bool may_paint(const struct term_view *v)
{
    return !v->leaving && !tty_is_busy(v->tty) &&
           v->unanswered < (view_is_text(v) ? UNANSWERED_MAX : 1);
}

static void paint(struct term_view *v)
{
    struct term_look look = tty_look(v->tty);
    struct buf out = BUF_INIT;

    if (!may_paint(v))
        return; /* it is asked for again when it may */
    view_show(v);
    term_input_set_scrolled(v->input, v->back);
    term_cells_paint(&v->cells, &look, &out);
    put_picture(v, view_shows_picture(v), &out);
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
    term_input_painted(v->input);
    if (!view_is_text(v) || text_reader_screen(v->reader)->unknown)
        repaint(v);
}

static void on_text_changed(void *owner, const pixman_region32_t *cells)
{
    struct term_view *v = owner;
    uint32_t came = console_history_follow(v->history, text_reader_screen(v->reader));

    (void)cells;
    typist_screen_changed(v->typist);
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

static gboolean on_left(gpointer owner)
{
    end(owner);
    return G_SOURCE_REMOVE;
}

/* Once the terminal has answered all that it was asked, or doesn't. */
static void detach(struct term_view *v)
{
    if (!v->unanswered && !v->is_asked) {
        end(v);
    } else if (!v->leaving) {
        v->leaving = g_timeout_source_new(ANSWER_MS);
        g_source_set_callback(v->leaving, on_left, v, NULL);
        g_source_attach(v->leaving, g_main_context_get_thread_default());
    }
}

static void unsay(struct term_view *v)
{
    g_clear_pointer(&v->said, g_free);
}

static void scroll(struct term_view *v, int by)
{
    if (!view_is_text(v))
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
        detach(v);
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
        scroll(v, by * (int)MAX_OF(view_room(v) - 1, 1u));
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

    typist_cancel(v->typist);
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
    v->is_asked = false;
    for (uint32_t i = 1; i < answer->count; i++)
        if (answer->numbers[i] == 4 && v->options->pictures == TERM_PICTURES_BEST &&
            v->pictures == TERM_PICTURES_BLOCKS)
            v->pictures = TERM_PICTURES_SIXEL;
    repaint(v);
}

static void take_answer(struct term_view *v, const struct term_event *answer)
{
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

static void on_answer(void *owner, const struct term_event *answer)
{
    struct term_view *v = owner;

    take_answer(v, answer);
    if (v->leaving && !v->unanswered && !v->is_asked)
        end(v);
}

static const struct console_screen *on_typist_screen(void *owner)
{
    struct term_view *v = owner;

    return view_is_text(v) ? text_reader_screen(v->reader) : NULL;
}

static void on_typed_all(void *owner, const struct typist_report *report)
{
    struct term_view *v = owner;

    unsay(v);
    if (report->outcome == TYPIST_NO_KEYBOARD)
        term_view_say(v, "this machine takes no keys");
    repaint(v);
}

/* As fast as the guest takes it. */
static void on_pasted(void *owner, const char *text, size_t len)
{
    struct term_view *v = owner;
    struct strokes strokes = STROKES_INIT;
    struct err err;

    v->back = 0;
    if (strokes_add_text(&strokes, v->layout, text, len, &err) < 0) {
        term_view_say(v, err.text);
    } else {
        term_view_say(v, "typing what was pasted; a key ends it");
        typist_type(v->typist, &strokes);
    }
    strokes_finish(&strokes);
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
    v->top = 0;
    v->has_typed = false; /* what it shows is said again */
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
    v->is_asked = true;
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
    static const struct typist_ops typist_ops = {on_typist_screen, on_typed_all};
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
    v->layout = layout;
    v->input = term_input_create(scene, layout,
                                 &(struct term_input_options){options->escape, options->read_only,
                                                              tty_backspace_is_8(v->tty)},
                                 &input_ops, v);
    v->typist = typist_create(scene, layout, &(struct typist_options){.is_unchecked = true},
                              &typist_ops, v);
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
    if (v->leaving) {
        g_source_destroy(v->leaving);
        g_source_unref(v->leaving);
    }
    tty_destroy(v->tty);
    typist_destroy(v->typist);
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
