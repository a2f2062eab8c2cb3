/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handfuls of keys; see keyboard.h. */
#include "term/keyboard.h"

#include "typing/fingers.h"

#include <glib.h>

enum {
    PACE_MS = 40,                      /* after the guest has painted, before the next handful */
    PATIENCE_MS = 250,                 /* where it doesn't */
    HANDFUL_BYTES = FINGERS_BYTES / 2, /* the guest may be busy with those before */
};

struct keyboard {
    struct fingers fingers;
    GArray *waiting;    /* of struct strokes_item */
    unsigned in_flight; /* bytes that the guest may not have taken yet */
    gint64 pressed_us;  /* the last key of them */
    gint64 painted_us;  /* the first time since then; 0: not yet */
    GSource *timer;     /* while keys wait */
};

/* Milliseconds until the guest has taken what it was given. */
static gint64 wait_ms(const struct keyboard *k)
{
    gint64 now = g_get_monotonic_time();
    gint64 patience = PATIENCE_MS - (now - k->pressed_us) / 1000;

    return k->painted_us ? MIN(PACE_MS - (now - k->painted_us) / 1000, patience) : patience;
}

static void press(struct keyboard *k, const struct strokes_item *item)
{
    k->in_flight += fingers_press(&k->fingers, item);
    k->pressed_us = g_get_monotonic_time();
    k->painted_us = 0;
}

static void end_timer(struct keyboard *k)
{
    if (!k->timer)
        return;
    g_source_destroy(k->timer);
    g_source_unref(k->timer);
    k->timer = NULL;
}

static gboolean on_timer(gpointer owner);

/* As many as there is room for. */
static void press_waiting(struct keyboard *k)
{
    guint n = 0;

    if (wait_ms(k) <= 0)
        k->in_flight = 0;
    for (; n < k->waiting->len; n++) {
        const struct strokes_item *item = &g_array_index(k->waiting, struct strokes_item, n);

        if (k->in_flight && k->in_flight + fingers_cost(&k->fingers, item) > HANDFUL_BYTES)
            break;
        press(k, item);
    }
    if (n) {
        g_array_remove_range(k->waiting, 0, n);
        k->in_flight += fingers_release(&k->fingers);
    }
    end_timer(k);
    if (!k->waiting->len)
        return;
    k->timer = g_timeout_source_new((guint)MAX(wait_ms(k), (gint64)1));
    g_source_set_callback(k->timer, on_timer, k, NULL);
    g_source_attach(k->timer, g_main_context_get_thread_default());
}

static gboolean on_timer(gpointer owner)
{
    press_waiting(owner);
    return G_SOURCE_REMOVE;
}

void keyboard_press(struct keyboard *k, const struct strokes_item *item)
{
    if (k->waiting->len >= KEYBOARD_KEYS_MAX)
        return;
    g_array_append_val(k->waiting, *item);
    if (!k->timer)
        press_waiting(k);
}

void keyboard_painted(struct keyboard *k)
{
    if (k->painted_us)
        return;
    k->painted_us = g_get_monotonic_time();
    if (k->timer)
        press_waiting(k);
}

bool keyboard_cancel(struct keyboard *k)
{
    bool had = k->waiting->len;

    g_array_set_size(k->waiting, 0);
    end_timer(k);
    return had;
}

struct keyboard *keyboard_create(struct scene *scene, const struct layout *layout)
{
    struct keyboard *k = g_new0(struct keyboard, 1);

    fingers_init(&k->fingers, scene, layout);
    k->waiting = g_array_new(FALSE, FALSE, sizeof(struct strokes_item));
    return k;
}

void keyboard_destroy(struct keyboard *k)
{
    if (!k)
        return;
    end_timer(k);
    fingers_release(&k->fingers);
    g_array_unref(k->waiting);
    g_free(k);
}
