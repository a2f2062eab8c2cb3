/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "Once the pixels are in": a question to QEMU on the listener's connection, whose answer queues up
 * behind all pictures sent before it. Requests that come while a question is under way share the
 * next one. Whoever does not get an answer in time is told anyway.
 */
#include "private.h"

enum { PATIENCE_US = 50000 };

struct waiter {
    uint64_t number;
    int64_t deadline; /* monotonic microseconds */
    void (*done)(void *data);
    void *data;
};

void qemu_barrier_set_alarm(struct source_qemu *s)
{
    GArray *waiting = s->barrier.waiting;
    int64_t when = waiting->len ? g_array_index(waiting, struct waiter, 0).deadline : -1;

    g_source_set_ready_time(s->barrier.deadline, s->lost && waiting->len ? 0 : when);
}

/* Calls the `count` oldest. They may ask again, and they may destroy the source. */
static void finish(struct source_qemu *s, guint count)
{
    struct waiter *finished = g_memdup2(s->barrier.waiting->data, count * sizeof(*finished));

    g_array_remove_range(s->barrier.waiting, 0, count);
    qemu_barrier_set_alarm(s);
    for (guint i = 0; i < count; i++)
        finished[i].done(finished[i].data);
    g_free(finished);
}

static gboolean on_deadline(gpointer data)
{
    struct source_qemu *s = data;
    int64_t now = g_source_get_time(s->barrier.deadline);
    guint count = 0;

    while (count < s->barrier.waiting->len &&
           (s->lost || g_array_index(s->barrier.waiting, struct waiter, count).deadline <= now))
        count++;
    finish(s, count);
    return G_SOURCE_CONTINUE;
}

void qemu_barrier_init(struct source_qemu *s)
{
    s->barrier.waiting = g_array_new(false, false, sizeof(struct waiter));
    s->barrier.deadline = qemu_alarm_create(s, on_deadline);
}

void qemu_barrier_finish(struct source_qemu *s)
{
    while (s->barrier.waiting->len)
        finish(s, s->barrier.waiting->len);
    g_array_unref(s->barrier.waiting);
    g_source_destroy(s->barrier.deadline);
    g_source_unref(s->barrier.deadline);
}

void qemu_barrier_after_pixels(struct scene_source *source, void (*done)(void *data), void *data)
{
    struct source_qemu *s = (struct source_qemu *)source;
    bool can_ask = s->ready && !s->lost;
    struct waiter w = {++s->barrier.number, g_get_monotonic_time(), done, data};

    if (can_ask) {
        w.deadline += PATIENCE_US;
        listener_ping(s->listener, w.number);
    }
    g_array_append_val(s->barrier.waiting, w);
    qemu_barrier_set_alarm(s);
}

void qemu_barrier_reached(struct source_qemu *s, uint64_t number)
{
    guint count = 0;

    while (count < s->barrier.waiting->len &&
           g_array_index(s->barrier.waiting, struct waiter, count).number <= number)
        count++;
    if (count)
        finish(s, count);
}
