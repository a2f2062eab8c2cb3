/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading, and when fonts are searched; see reader.h. A search is a struct fonts that goes from
 * thread to thread, a step at a time; what a step has found is merged into our glyphs by the loop,
 * which then reads the whole screen again and decides whether another step is worth it.
 */
#include "text/reader.h"

#include "base/mem.h"
#include "text/fonts.h"

#include <gio/gio.h>

enum {
    ROWS_SAMPLED = 64, /* to see whether a screen without a grid could be text */
    COLOURS_MAX = 16,  /* in a row of text */
    AGAIN_FIRST_S = 5, /* after a search that was in vain */
    AGAIN_MAX_S = 600,
};

struct text_reader {
    struct scene_sink sink; /* first */
    const struct text_reader_ops *ops;
    void *owner;
    char *machine;
    const char *const *folders;
    struct console_glyphs glyphs;
    struct console_screen screen;
    bool is_active, is_text, was_settled;
    GMainContext *context;
    GSource *end_of_text; /* while it may not be text any more */

    struct fonts *fonts;  /* of the search that is under way; NULL while a thread has it, */
    GCancellable *step;   /* which is when this isn't */
    bool is_dear_by_now;  /* the screen has stayed unknown for a while */
    bool has_searched;    /* a search is over, */
    uint32_t left;        /* which left so many cells unknown, */
    bool has_news;        /* and something has changed since then */
    gint64 not_before_us; /* another search */
    unsigned pause_s;
    GSource *waking; /* reads all of the screen, from the loop */
    GSource *later;  /* when there is another search, or it becomes dear */
};

/* ---- Timers ---- */

static void end_timer(GSource **timer)
{
    if (!*timer)
        return;
    g_source_destroy(*timer);
    g_source_unref(*timer);
    *timer = NULL;
}

static void start_timer(struct text_reader *r, GSource **timer, guint ms, GSourceFunc when)
{
    end_timer(timer);
    *timer = g_timeout_source_new(ms);
    g_source_set_callback(*timer, when, r, NULL);
    g_source_attach(*timer, r->context);
}

/* ---- What a screen looks like ---- */

/* Of one colour but for a cursor, maybe: what differs lies within a cell, and not the widest. */
static bool is_blank(const struct surface *s)
{
    uint32_t first = surface_row(s, 0)[0], left = s->width, right = 0, top = s->height;

    for (uint32_t y = 0; y < s->height; y++) {
        const uint32_t *row = surface_row(s, (int32_t)y);

        for (uint32_t x = 0; x < s->width; x++) {
            if (!((row[x] ^ first) & 0xffffff))
                continue;
            left = MIN(left, x);
            right = MAX(right, x + 1);
            top = MIN(top, y);
            if (right - left > CONSOLE_CELL_MAX / 2 || y - top >= CONSOLE_CELL_MAX)
                return false;
        }
    }
    return true;
}

/* 0: all of the row has one colour. */
static uint32_t count_colours(const uint32_t *row, uint32_t width)
{
    uint32_t seen[COLOURS_MAX], count = 0;

    for (uint32_t x = 0; x < width; x++) {
        uint32_t i = 0;

        if (x && row[x] == row[x - 1])
            continue;
        while (i < count && seen[i] != row[x])
            i++;
        if (i == COLOURS_MAX)
            return COLOURS_MAX + 1;
        if (i == count)
            seen[count++] = row[x];
    }
    return count;
}

/* Rows that aren't blank have few colours, most of them. */
static bool could_be_text(const struct surface *s)
{
    uint32_t inked = 0, plain = 0;

    for (uint32_t i = 0; i < ROWS_SAMPLED; i++) {
        uint32_t y = (uint32_t)((uint64_t)i * s->height / ROWS_SAMPLED);
        uint32_t colours = count_colours(surface_row(s, (int32_t)y), s->width);

        inked += colours > 1;
        plain += colours > 1 && colours <= COLOURS_MAX;
    }
    return 4 * plain >= 3 * inked;
}

static bool has_text(const struct text_reader *r)
{
    return r->screen.inked && console_screen_is_text(&r->screen);
}

/* There is neither text nor anything else. */
static bool has_nothing(const struct text_reader *r)
{
    const struct surface *s = r->sink.scene->screen;

    return !s || (r->screen.grid.columns ? !r->screen.inked : is_blank(s));
}

/* ---- Text or not ---- */

static void tell_mode(struct text_reader *r, bool is_text)
{
    end_timer(&r->end_of_text);
    if (r->is_text == is_text)
        return;
    r->is_text = is_text;
    if (r->ops->mode)
        r->ops->mode(r->owner, is_text);
}

static gboolean on_end_of_text(gpointer owner)
{
    struct text_reader *r = owner;

    end_timer(&r->end_of_text);
    if (!has_text(r) && !has_nothing(r))
        tell_mode(r, false);
    return G_SOURCE_REMOVE;
}

static void consider_mode(struct text_reader *r)
{
    if (has_text(r))
        tell_mode(r, true);
    else if (!r->is_text)
        return;
    else if (has_nothing(r))
        end_timer(&r->end_of_text);
    else if (!r->end_of_text)
        start_timer(r, &r->end_of_text, TEXT_READER_PATIENCE_MS, on_end_of_text);
}

/* ---- Fonts ---- */

struct step {
    struct fonts *fonts;
    struct console_glyphs found;
    bool has_more;
};

static void consider(struct text_reader *r);
static void read_all(struct text_reader *r);

static void free_step(gpointer data)
{
    struct step *step = data;

    fonts_destroy(step->fonts);
    console_glyphs_finish(&step->found);
    g_free(step);
}

static void take_step(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct step *step = data;

    (void)source;
    if (!g_cancellable_is_cancelled(cancellable))
        step->has_more = fonts_next(step->fonts, &step->found);
    g_task_return_boolean(task, TRUE);
}

/* In vain: there are no more fonts. */
static void end_search(struct text_reader *r, bool in_vain)
{
    bool is_incomplete = in_vain && fonts_are_incomplete(r->fonts);

    fonts_destroy(steal(&r->fonts));
    r->pause_s =
        in_vain ? CLAMP(2 * r->pause_s, (unsigned)AGAIN_FIRST_S, (unsigned)AGAIN_MAX_S) : 0;
    r->not_before_us = g_get_monotonic_time() + (gint64)r->pause_s * G_USEC_PER_SEC;
    r->has_searched = true;
    r->is_dear_by_now = false;
    r->has_news = is_incomplete; /* as if something new were there */
    r->left = is_incomplete ? 0 : r->screen.unknown;
}

static void on_step(GObject *source, GAsyncResult *result, gpointer owner)
{
    GTask *task = G_TASK(result);
    struct step *step = g_task_get_task_data(task);
    struct text_reader *r = owner;

    (void)source;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(task)))
        return; /* and there is no reader any more */
    g_clear_object(&r->step);
    r->fonts = steal(&step->fonts);
    if (console_glyphs_merge(&r->glyphs, &step->found))
        read_all(r);
    if (!step->has_more)
        end_search(r, true);
    consider(r);
}

static void start_step(struct text_reader *r)
{
    struct step *step = g_new0(struct step, 1);
    g_autoptr(GTask) task = NULL;

    if (!r->fonts)
        r->fonts = fonts_create(r->machine, r->folders);
    step->fonts = steal(&r->fonts);
    console_glyphs_init(&step->found);
    r->step = g_cancellable_new();
    task = g_task_new(NULL, r->step, on_step, r);
    g_task_set_task_data(task, step, free_step);
    g_task_run_in_thread(task, take_step);
}

/* There is what more fonts could make text of. */
static bool wants_fonts(const struct text_reader *r)
{
    const struct surface *s = r->sink.scene->screen;

    if (!s || !r->is_active)
        return false;
    if (r->screen.grid.columns)
        return console_screen_wants_fonts(&r->screen);
    return !is_blank(s) && (!r->fonts || !fonts_are_dear(r->fonts) || could_be_text(s));
}

static gboolean on_later(gpointer owner)
{
    struct text_reader *r = owner;

    end_timer(&r->later);
    r->is_dear_by_now = r->fonts;
    if (wants_fonts(r))
        start_step(r);
    consider(r);
    return G_SOURCE_REMOVE;
}

/* Another search than the first: for what stays unknown, and not too often. */
static void consider_another(struct text_reader *r)
{
    gint64 ms = (r->not_before_us - g_get_monotonic_time()) / 1000;

    if (r->screen.grid.columns ? r->screen.unknown > r->left
                               : r->has_news && could_be_text(r->sink.scene->screen))
        start_timer(r, &r->later, (guint)MAX(ms, TEXT_READER_PATIENCE_MS), on_later);
}

/* The machine's RAM is only searched for what stays unknown for a while. */
static void consider_search(struct text_reader *r)
{
    if (r->step)
        return;
    if (!wants_fonts(r)) {
        end_timer(&r->later);
        if (r->fonts)
            end_search(r, false);
    } else if (r->later) {
        return;
    } else if (r->fonts && fonts_are_dear(r->fonts) && !r->is_dear_by_now) {
        start_timer(r, &r->later, TEXT_READER_PATIENCE_MS, on_later);
    } else if (r->fonts || !r->has_searched) {
        start_step(r);
    } else {
        consider_another(r);
    }
}

/* ---- Reading ---- */

static void consider(struct text_reader *r)
{
    bool is_settled;

    if (r->is_active)
        consider_mode(r);
    consider_search(r);
    is_settled = text_reader_is_settled(r);
    if (is_settled && !r->was_settled && r->ops->settled)
        r->ops->settled(r->owner);
    r->was_settled = is_settled;
}

static void read_damage(struct text_reader *r, const pixman_region32_t *damage)
{
    const struct surface *surface = r->sink.scene->screen;

    if (!surface || !r->is_active)
        return;
    r->has_news = true;
    if (console_screen_update(&r->screen, &r->glyphs, surface, damage))
        r->ops->changed(r->owner, &r->screen.changed);
}

static void read_all(struct text_reader *r)
{
    const struct surface *surface = r->sink.scene->screen;
    pixman_region32_t all;

    if (!surface)
        return;
    pixman_region32_init_rect(&all, 0, 0, surface->width, surface->height);
    read_damage(r, &all);
    pixman_region32_fini(&all);
}

static void on_screen(struct scene_sink *sink)
{
    struct text_reader *r = (struct text_reader *)sink;

    read_all(r);
    consider(r);
}

static void on_facts(struct scene_sink *sink)
{
    (void)sink;
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct text_reader *r = (struct text_reader *)sink;

    read_damage(r, region);
    consider(r);
}

static gboolean on_waking(gpointer owner)
{
    struct text_reader *r = owner;

    end_timer(&r->waking);
    read_all(r);
    consider(r);
    return G_SOURCE_REMOVE;
}

void text_reader_set_active(struct text_reader *r, bool is_active)
{
    if (r->is_active == is_active)
        return;
    r->is_active = is_active;
    if (is_active) {
        start_timer(r, &r->waking, 0, on_waking);
        return;
    }
    end_timer(&r->waking);
    end_timer(&r->later);
    end_timer(&r->end_of_text);
}

/* ---- Life ---- */

const struct console_screen *text_reader_screen(const struct text_reader *r)
{
    return &r->screen;
}

bool text_reader_is_text(const struct text_reader *r)
{
    return r->is_text;
}

bool text_reader_is_settled(const struct text_reader *r)
{
    return !r->fonts && !r->step && !r->waking;
}

struct text_reader *text_reader_create(struct scene *scene,
                                       const struct text_reader_options *options,
                                       const struct text_reader_ops *ops, void *owner)
{
    static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};
    struct text_reader *r = g_new0(struct text_reader, 1);

    r->sink.ops = &sink_ops;
    r->ops = ops;
    r->owner = owner;
    r->machine = g_strdup(options->machine);
    r->folders = options->folders;
    r->context = g_main_context_ref_thread_default();
    console_glyphs_init(&r->glyphs);
    console_screen_init(&r->screen);
    scene_add_sink(scene, &r->sink);
    text_reader_set_active(r, true);
    return r;
}

void text_reader_destroy(struct text_reader *r)
{
    if (!r)
        return;
    if (r->step)
        g_cancellable_cancel(r->step);
    g_clear_object(&r->step);
    end_timer(&r->waking);
    end_timer(&r->later);
    end_timer(&r->end_of_text);
    fonts_destroy(r->fonts);
    scene_remove_sink(r->sink.scene, &r->sink);
    r->screen.grid.table = NULL; /* the glyphs' */
    console_screen_finish(&r->screen);
    console_glyphs_finish(&r->glyphs);
    g_main_context_unref(r->context);
    g_free(r->machine);
    g_free(r);
}
