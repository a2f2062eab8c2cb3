/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event source of a display. Each turn of the loop flushes what was asked meanwhile; events
 * that a wait for a reply has read already are announced by no readable descriptor, so the queue is
 * looked at before the loop sleeps.
 */
#include "x11/loop.h"

#include "x11/display.h"

#include <stdlib.h>

struct loop_source {
    GSource base;
    struct display *display; /* NULL once detached */
    gpointer fd_tag;
    xcb_generic_event_t *queued; /* taken off the queue, not handed out yet */
};

static gboolean has_news(struct loop_source *s)
{
    struct display *d = s->display;

    if (!s->queued)
        s->queued = xcb_poll_for_queued_event(d->c);
    return s->queued || (!d->is_lost && xcb_connection_has_error(d->c));
}

static gboolean loop_prepare(GSource *source, int *timeout)
{
    struct loop_source *s = (struct loop_source *)source;

    *timeout = -1;
    xcb_flush(s->display->c);
    return has_news(s);
}

static gboolean loop_check(GSource *source)
{
    struct loop_source *s = (struct loop_source *)source;

    return g_source_query_unix_fd(source, s->fd_tag) || has_news(s);
}

static void report_loss(struct display *d)
{
    struct err err;

    d->is_lost = true;
    g_source_modify_unix_fd(d->source, ((struct loop_source *)d->source)->fd_tag, 0);
    err_set(&err, "the connection to the X display was lost");
    d->ops->lost(d->owner, &err);
}

/* The owner may detach the source in any of its functions. */
static gboolean loop_dispatch(GSource *source, GSourceFunc unused, gpointer data)
{
    struct loop_source *s = (struct loop_source *)source;

    (void)unused;
    (void)data;
    for (;;) {
        xcb_generic_event_t *event;

        if (!s->display)
            return G_SOURCE_REMOVE;
        event = s->queued ? s->queued : xcb_poll_for_event(s->display->c);
        s->queued = NULL;
        if (!event)
            break;
        s->display->ops->event(s->display->owner, event);
        free(event);
    }
    s->display->ops->settled(s->display->owner);
    if (s->display && !s->display->is_lost && xcb_connection_has_error(s->display->c))
        report_loss(s->display);
    return G_SOURCE_CONTINUE;
}

static void loop_finalize(GSource *source)
{
    free(((struct loop_source *)source)->queued);
}

static GSourceFuncs loop_funcs = {loop_prepare, loop_check, loop_dispatch, loop_finalize};

GSource *loop_attach(struct display *d)
{
    GSource *source = g_source_new(&loop_funcs, sizeof(struct loop_source));
    struct loop_source *s = (struct loop_source *)source;

    s->display = d;
    s->fd_tag =
        g_source_add_unix_fd(source, xcb_get_file_descriptor(d->c), G_IO_IN | G_IO_HUP | G_IO_ERR);
    g_source_set_name(source, "X display");
    g_source_attach(source, NULL);
    return source;
}

void loop_detach(GSource *source)
{
    if (!source)
        return;
    ((struct loop_source *)source)->display = NULL;
    g_source_destroy(source);
    g_source_unref(source);
}
