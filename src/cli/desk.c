/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Windows one by one, or one for all; see desk.h. */
#include "cli/desk.h"

#include "base/mem.h"
#include "io/module.h"
#include "viewer/viewer.h"

#include <glib.h>
#include <stdlib.h>

struct desk {
    struct scene *scene;
    const struct desk_options *options;
    const struct desk_ops *ops;
    void *owner;
    struct x11_sink *sink; /* NULL: there is no X server */
    const struct viewer_module *module;
    struct viewer *viewer; /* NULL: not needed so far */
    bool wants_whole;
    guint changing; /* 0: what is wanted is shown */
    char *note;
};

const struct viewer_module *desk_module(void)
{
    return io_module_load("viewer", "oriel-viewer", VIEWER_SYMBOL);
}

/* ---- The viewer ---- */

static void on_viewer_closed(void *owner)
{
    struct desk *d = owner;

    d->ops->closed(d->owner);
}

static void on_split(void *owner)
{
    x11_sink_switch(((struct desk *)owner)->sink);
}

static enum viewer_scaling scaling_of(const struct desk *d)
{
    static const enum viewer_scaling of[] = {VIEWER_FIT, VIEWER_INTEGER, VIEWER_ORIGINAL};
    const struct x11_options *x = &d->options->x11;

    /* Without windows one by one the size of this host's screen is nothing to share. */
    if (x->resize == X11_RESIZE_WINDOW || (x->resize == X11_RESIZE_HOST && !d->sink))
        return VIEWER_GUEST_FOLLOWS;
    return of[x->scale];
}

static struct viewer *create_viewer(struct desk *d, struct err *err)
{
    static const struct viewer_ops ops = {on_viewer_closed, on_split};
    static const struct viewer_ops ops_alone = {on_viewer_closed, NULL};
    const struct x11_options *x = &d->options->x11;
    struct viewer_options options = {
        .machine = d->options->machine,
        .scaling = scaling_of(d),
        .grab = x->grab,
        .no_clipboard = x->no_clipboard || d->sink, /* the sink looks after it */
        .grab_key = x->grab_key ? x->grab_key : X11_GRAB_KEY,
        .scale_key = x->scale_key ? x->scale_key : X11_SCALE_KEY,
        .menu_key = x->command_key ? x->command_key : X11_COMMAND_KEY,
        .switch_key = x->switch_key ? x->switch_key : X11_SWITCH_KEY,
    };

    return d->module->create(d->scene, &options, d->sink ? &ops : &ops_alone, d, err);
}

static gboolean change(gpointer owner)
{
    struct desk *d = owner;
    struct err err;

    d->changing = 0;
    if (d->wants_whole && !d->viewer) {
        d->viewer = create_viewer(d, &err);
        if (!d->viewer) {
            d->ops->lost(d->owner, &err);
            return G_SOURCE_REMOVE;
        }
        d->module->set_note(d->viewer, d->note);
    }
    if (d->viewer)
        d->module->set_shown(d->viewer, d->wants_whole);
    return G_SOURCE_REMOVE;
}

/* Later: a scene in the middle of a commit takes no new sink. */
static bool on_whole(void *owner, bool shown)
{
    struct desk *d = owner;

    if (!d->module)
        d->module = desk_module();
    if (!d->module)
        return false;
    d->wants_whole = shown;
    if (!d->changing)
        d->changing = g_idle_add_full(G_PRIORITY_DEFAULT, change, d, NULL);
    return true;
}

/* ---- The sink ---- */

static void on_plain_closed(void *owner)
{
    on_viewer_closed(owner);
}

static void on_display_lost(void *owner, const struct err *err)
{
    struct desk *d = owner;

    d->ops->lost(d->owner, err);
}

struct desk *desk_create(struct scene *scene, const struct desk_options *options,
                         const struct desk_ops *ops, void *owner, struct err *err)
{
    static const struct x11_sink_ops sink_ops = {on_plain_closed, on_display_lost, on_whole};
    static const struct x11_sink_ops plain_ops = {on_plain_closed, on_display_lost, NULL};
    struct desk *d = mem_new0(struct desk);

    d->scene = scene;
    d->options = options;
    d->ops = ops;
    d->owner = owner;
    d->sink =
        x11_sink_create(scene, &options->x11, options->plain ? &plain_ops : &sink_ops, d, err);
    if (d->sink || (!options->plain && g_getenv("WAYLAND_DISPLAY") && on_whole(d, true)))
        return d;
    free(d);
    return NULL;
}

void desk_set_note(struct desk *d, const char *note)
{
    char *old = d->note;

    d->note = note ? mem_strdup(note) : NULL;
    free(old);
    if (d->sink)
        x11_sink_set_note(d->sink, note);
    if (d->viewer)
        d->module->set_note(d->viewer, note);
}

void desk_say(struct desk *d, const char *text)
{
    if (d->sink)
        x11_sink_say(d->sink, text);
    if (d->viewer)
        d->module->say(d->viewer, text);
}

void desk_destroy(struct desk *d)
{
    if (!d)
        return;
    if (d->changing)
        g_source_remove(d->changing);
    if (d->viewer)
        d->module->destroy(d->viewer);
    x11_sink_destroy(d->sink);
    free(d->note);
    free(d);
}
