/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When which key is pressed; see typist.h. A *run* is typed text between keys that stand for no
 * character: it is what the echo is compared with. What is *in flight* are bytes of a keyboard
 * controller that the guest may not have taken yet.
 */
#include "typing/typist.h"

#include "base/arith.h"
#include "typing/echo.h"
#include "typing/fingers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Shares of the patience: */
    SILENT_SHARE = 60, /* percent: nothing at all appears, it is a password's field */
    KEY_SHARE = 20,    /* a key that the screen doesn't answer */
    WRONG_SHARE = 14,  /* something else is there, and nothing changes any more */
    /* Always the same: */
    SILENT_PACE_MS = 250, /* between handfuls of keys where nothing appears */
    DAMAGE_PACE_MS = 30,  /* between handfuls where only damage is seen */
    CALM_MS = 40,         /* without a change, after it has: a prompt is there as well */
    READ_MS = 30,         /* until releases have been read that nothing is seen of */
    RELEASES_BYTES = 7,   /* of a key, Shift and AltGr */
    MENDS_MAX = 4,
    SHOWN = 120, /* bytes of text for people */
};

struct typist {
    struct scene_sink sink; /* first */
    struct scene *scene;
    struct typist_options options;
    const struct typist_ops *ops;
    void *owner;
    struct fingers fingers;
    GSource *timer;
    GArray *items; /* of struct strokes_item */
    guint next;    /* the first that hasn't been typed */
    /* The run: */
    GArray *run;   /* of uint32_t: its characters so far */
    GArray *costs; /* of uint8_t: of each */
    struct echo echo;
    bool is_silent;  /* nothing of it appears */
    bool is_seen;    /* all of it is there as it was typed */
    bool is_erasing; /* and so many characters are too many */
    uint32_t surplus;
    gint64 progress_us; /* when some of it appeared last */
    unsigned mends;     /* of the run */
    size_t mended_at;   /* where the last was */
    /* Of all: */
    unsigned in_flight;
    bool awaits_effect; /* of a key, */
    gint64 key_us;      /* which was pressed then */
    bool is_over;       /* the report has to be given */
    struct typist_report report;
    char text[SHOWN], missing[SHOWN], shown[SHOWN];
};

static void advance(struct typist *t);
static void out_of_patience(struct typist *t);

/* ---- The timer ---- */

static void disarm(struct typist *t)
{
    if (!t->timer)
        return;
    g_source_destroy(t->timer);
    g_source_unref(t->timer);
    t->timer = NULL;
}

static void report(struct typist *t)
{
    struct typist_report r = t->report;

    t->is_over = false;
    if (r.outcome == TYPIST_DONE && t->next < t->items->len) { /* more has come since */
        advance(t);
        return;
    }
    t->report = (struct typist_report){TYPIST_DONE};
    g_array_set_size(t->items, 0);
    t->next = 0;
    t->ops->done(t->owner, &r); /* which may be the end of us */
}

static gboolean on_timer(gpointer owner)
{
    struct typist *t = owner;

    disarm(t);
    if (t->is_over)
        report(t);
    else
        out_of_patience(t);
    return G_SOURCE_REMOVE;
}

static void arm(struct typist *t, unsigned ms)
{
    disarm(t);
    t->timer = g_timeout_source_new(ms);
    g_source_set_callback(t->timer, on_timer, t, NULL);
    g_source_attach(t->timer, g_main_context_get_thread_default());
}

/* ---- The run ---- */

static const struct console_screen *screen_of(const struct typist *t)
{
    const struct console_screen *screen =
        t->options.is_unchecked || !t->ops->screen ? NULL : t->ops->screen(t->owner);

    return screen && screen->grid.columns ? screen : NULL;
}

static void begin_run(struct typist *t)
{
    echo_begin(&t->echo, screen_of(t));
    t->is_silent = t->is_seen = t->is_erasing = false;
    t->progress_us = g_get_monotonic_time();
    t->mends = 0;
}

static void end_run(struct typist *t)
{
    if (t->is_silent)
        t->report.unseen += t->run->len;
    g_array_set_size(t->run, 0);
    g_array_set_size(t->costs, 0);
    echo_finish(&t->echo);
}

/* Of the last character that is on the screen the releases may not have been read yet. */
static void take_costs(struct typist *t, size_t confirmed)
{
    t->in_flight =
        confirmed ? MIN(g_array_index(t->costs, uint8_t, confirmed - 1), RELEASES_BYTES) : 0;
    for (size_t i = confirmed; i < t->costs->len; i++)
        t->in_flight += g_array_index(t->costs, uint8_t, i);
}

static unsigned patience(const struct typist *t)
{
    return t->options.patience_ms ? t->options.patience_ms : TYPIST_PATIENCE_MS;
}

static unsigned share(const struct typist *t, unsigned percent)
{
    return patience(t) * percent / 100;
}

/* What is left of so much time since some of the run has appeared. */
static unsigned left_of(const struct typist *t, unsigned ms)
{
    gint64 gone = (g_get_monotonic_time() - t->progress_us) / 1000;

    return gone < ms ? ms - (unsigned)gone : 0;
}

/* How long to wait for more of the run, if nothing changes meanwhile. */
static void arm_for_run(struct typist *t, const struct echo_look *look)
{
    if (t->is_silent || !screen_of(t)) {
        if (!t->timer)
            arm(t, SILENT_PACE_MS);
    } else if (look->is_wrong) {
        arm(t, MIN(share(t, WRONG_SHARE), left_of(t, patience(t))));
    } else {
        arm(t, left_of(t, look->confirmed ? patience(t) : share(t, SILENT_SHARE)));
    }
}

static struct echo_look look_at_run(struct typist *t)
{
    size_t before = t->echo.confirmed;
    struct echo_look look =
        echo_look(&t->echo, screen_of(t), (const uint32_t *)(void *)t->run->data, t->run->len);

    t->is_seen = look.confirmed == t->run->len && !look.is_wrong;
    if (look.confirmed > before) {
        t->is_silent = false;
        t->progress_us = g_get_monotonic_time();
    }
    if (!t->is_silent)
        take_costs(t, look.confirmed);
    return look;
}

/* ---- The end ---- */

static void finish(struct typist *t, enum typist_outcome outcome)
{
    fingers_release(&t->fingers);
    end_run(t);
    t->in_flight = 0;
    t->awaits_effect = false;
    t->report.outcome = outcome;
    t->report.typed = t->next;
    t->is_over = true;
    arm(t, 0);
}

/* Characters of the run as UTF-8: the last ones, or the first. */
static void put_text(const struct typist *t, size_t from, size_t end, char out[SHOWN])
{
    g_autofree char *utf8 = g_ucs4_to_utf8(&g_array_index(t->run, gunichar, 0) + from,
                                           (glong)(end - from), NULL, NULL, NULL);

    g_strlcpy(out, utf8 ? utf8 : "", SHOWN);
}

static void differs(struct typist *t)
{
    const struct console_screen *screen = screen_of(t);
    size_t at = t->echo.confirmed, few = 12;

    put_text(t, at - MIN_OF(at, few), at, t->text);
    put_text(t, at, MIN_OF(at + few, t->run->len), t->missing);
    t->shown[0] = 0;
    if (screen)
        echo_shown(&t->echo, screen, t->shown, sizeof(t->shown));
    t->report.text = t->text;
    t->report.missing = t->missing;
    t->report.shown = t->shown;
    t->next -= t->run->len - (guint)at;
    finish(t, TYPIST_DIFFERS);
}

/* ---- Mending ---- */

/* One at a time, and the next when the cursor has gone back: never more than is wrong. */
static void erase_one(struct typist *t, uint32_t surplus)
{
    t->surplus = surplus;
    fingers_press_backspace(&t->fingers);
    fingers_release(&t->fingers);
    arm(t, share(t, WRONG_SHARE));
}

/* Takes back what is wrong, by Backspace. False: nobody knows how much that is, or it was tried. */
static bool mend(struct typist *t, bool is_wrong)
{
    const struct console_screen *screen = screen_of(t);
    size_t at = t->echo.confirmed;
    uint32_t surplus;

    if (t->options.no_mending || !at || t->is_erasing || !screen || t->mends >= MENDS_MAX ||
        (t->mends && t->mended_at == at) || !echo_surplus(&t->echo, screen, &surplus) ||
        (surplus && !is_wrong)) /* nothing is to be taken back that can't be read */
        return false;
    t->mends++;
    t->mended_at = at;
    t->report.mended++;
    t->next -= t->run->len - (guint)at;
    g_array_set_size(t->run, (guint)at);
    g_array_set_size(t->costs, (guint)at);
    t->in_flight = 0;
    t->progress_us = g_get_monotonic_time();
    t->is_erasing = surplus > 0;
    if (surplus)
        erase_one(t, surplus);
    else
        advance(t);
    return true;
}

/* What is wrong goes away; false: it is gone. */
static bool goes_on_erasing(struct typist *t, const struct echo_look *look)
{
    uint32_t surplus;

    if (!t->is_erasing || !screen_of(t) || !echo_surplus(&t->echo, screen_of(t), &surplus))
        return t->is_erasing;
    if (surplus && surplus < t->surplus)
        erase_one(t, surplus);
    t->is_erasing = surplus || look->is_wrong;
    return t->is_erasing;
}

/* ---- Waiting ---- */

static void run_was_looked_at(struct typist *t, const struct echo_look *look)
{
    if (!goes_on_erasing(t, look))
        arm_for_run(t, look);
}

/* Nothing has changed for as long as was to be waited. */
static void out_of_patience(struct typist *t)
{
    struct echo_look look;

    if (t->awaits_effect || !t->run->len) {
        t->awaits_effect = false;
        t->in_flight = 0;
        advance(t);
        return;
    }
    look = look_at_run(t);
    if (t->is_erasing) {
        differs(t);
    } else if (t->is_seen) {
        t->in_flight = 0;
        advance(t);
    } else if (screen_of(t) && (look.is_wrong || look.confirmed)) {
        if (!mend(t, look.is_wrong))
            differs(t);
    } else {
        t->is_silent = true;
        t->in_flight = 0;
        advance(t);
    }
}

void typist_screen_changed(struct typist *t)
{
    struct echo_look look;

    if (t->is_over || t->next == 0 || !screen_of(t))
        return;
    if (t->awaits_effect) {
        if (g_get_monotonic_time() - t->key_us < share(t, KEY_SHARE) * 1000)
            arm(t, CALM_MS);
    } else if (t->run->len) {
        look = look_at_run(t);
        run_was_looked_at(t, &look);
        if (!t->is_erasing)
            advance(t);
    }
}

static void on_nothing(struct scene_sink *sink)
{
    (void)sink;
}

/* Where no text can be read, what happens on the screen is all that is known. */
static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct typist *t = (struct typist *)sink;

    (void)region;
    if (!t->is_over && t->next && t->in_flight && !screen_of(t))
        arm(t, DAMAGE_PACE_MS);
}

/* ---- Typing ---- */

static bool may_press(const struct typist *t, const struct strokes_item *item)
{
    return !t->in_flight || t->in_flight + fingers_cost(&t->fingers, item) <= FINGERS_BYTES;
}

static void press_character(struct typist *t, const struct strokes_item *item)
{
    uint8_t cost;

    if (!t->run->len)
        begin_run(t);
    cost = (uint8_t)fingers_press(&t->fingers, item);
    g_array_append_val(t->run, item->character);
    g_array_append_val(t->costs, cost);
    t->in_flight += cost;
    if (t->is_seen)
        t->progress_us = g_get_monotonic_time();
    t->is_seen = false;
    t->next++;
}

static void press_key(struct typist *t, const struct strokes_item *item)
{
    end_run(t);
    t->in_flight = fingers_cost(&t->fingers, item);
    fingers_press(&t->fingers, item);
    t->awaits_effect = true;
    t->key_us = g_get_monotonic_time();
    t->next++;
    arm(t, screen_of(t) ? share(t, KEY_SHARE) : SILENT_PACE_MS);
}

/* Nothing of the run is to be waited for any more. */
static bool is_run_over(const struct typist *t)
{
    return !t->run->len || t->is_seen || (t->is_silent && !t->in_flight);
}

/* As many keys as the guest has room for. */
static void press_some(struct typist *t)
{
    struct echo_look none = {.confirmed = t->echo.confirmed};
    guint before = t->next;

    while (t->next < t->items->len) {
        const struct strokes_item *item = &g_array_index(t->items, struct strokes_item, t->next);

        if (t->awaits_effect)
            break;
        if (!item->character) {
            if (is_run_over(t))
                press_key(t, item);
            break;
        }
        if (!may_press(t, item))
            break;
        press_character(t, item);
    }
    if (t->run->len && t->is_seen && t->next < t->items->len)
        arm(t, READ_MS);
    else if (t->run->len && !is_run_over(t) && (!t->timer || t->next > before))
        arm_for_run(t, &none); /* in place of a shorter wait as well */
}

/* Nothing stays down while it waits. */
static void release(struct typist *t)
{
    unsigned bytes = fingers_release(&t->fingers);

    t->in_flight += bytes;
    if (t->costs->len)
        g_array_index(t->costs, uint8_t, t->costs->len - 1) += (uint8_t)bytes;
}

static void advance(struct typist *t)
{
    press_some(t);
    release(t);
    if (t->fingers.is_useless)
        finish(t, TYPIST_NO_KEYBOARD);
    else if (t->next == t->items->len && is_run_over(t) && !t->awaits_effect)
        finish(t, TYPIST_DONE);
}

/* ---- Life ---- */

struct typist *typist_create(struct scene *scene, const struct layout *layout,
                             const struct typist_options *options, const struct typist_ops *ops,
                             void *owner)
{
    static const struct scene_sink_ops sink_ops = {on_nothing, on_nothing, on_damage};
    struct typist *t = g_new0(struct typist, 1);

    t->sink.ops = &sink_ops;
    t->options = *options;
    t->scene = scene;
    t->ops = ops;
    t->owner = owner;
    fingers_init(&t->fingers, scene, layout);
    echo_init(&t->echo);
    t->items = g_array_new(FALSE, FALSE, sizeof(struct strokes_item));
    t->run = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    t->costs = g_array_new(FALSE, FALSE, sizeof(uint8_t));
    scene_add_sink(scene, &t->sink);
    return t;
}

void typist_destroy(struct typist *t)
{
    if (!t)
        return;
    disarm(t);
    fingers_release(&t->fingers);
    scene_remove_sink(t->scene, &t->sink);
    echo_finish(&t->echo);
    g_array_unref(t->items);
    g_array_unref(t->run);
    g_array_unref(t->costs);
    g_free(t);
}

void typist_type(struct typist *t, const struct strokes *strokes)
{
    bool was_busy = typist_is_busy(t);

    if (strokes->count)
        g_array_append_vals(t->items, strokes->items, (guint)strokes->count);
    if (!was_busy)
        arm(t, 0);
}

void typist_cancel(struct typist *t)
{
    disarm(t);
    end_run(t);
    t->in_flight = 0;
    t->awaits_effect = t->is_over = false;
    g_array_set_size(t->items, 0);
    t->next = 0;
}

bool typist_is_busy(const struct typist *t)
{
    return t->timer || t->items->len > 0;
}
