/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How `oriel view` shows a scene on this desktop: the guest's windows one by one where there is an
 * X server (x11/sink.h), and the whole screen in the viewer's window (viewer/viewer.h). Where GTK
 * is missing, and for who wants it so, the whole screen is in a plain window of X11's. What one of
 * them lacks the other has; this file decides which is shown.
 */
#pragma once

#include "base/err.h"
#include "x11/sink.h"

struct desk;

struct desk_options {
    struct x11_options x11;
    const char *machine; /* one of this host; NULL: it is none */
    bool plain;          /* never the viewer's window */
};

struct desk_ops {
    /* The person closed the window with the whole screen. */
    void (*closed)(void *owner);
    /* Nothing can be shown any more. */
    void (*lost)(void *owner, const struct err *err);
};

/* Shows nothing before desk_set_note(NULL). The options and the scene outlive it. NULL with *err.
 */
struct desk *desk_create(struct scene *scene, const struct desk_options *options,
                         const struct desk_ops *ops, void *owner, struct err *err);
/* As x11_sink_set_note() and x11_sink_say(). */
void desk_set_note(struct desk *desk, const char *note);
void desk_say(struct desk *desk, const char *text);
void desk_destroy(struct desk *desk); /* takes NULL */

/* The viewer's module; NULL: it isn't here, or something that it needs. */
const struct viewer_module *desk_module(void);
