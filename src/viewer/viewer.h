/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's window: a machine's whole screen in an OrielDisplay, under a header bar with what a
 * person may want to do with it; and the two small windows of a viewer that has no terminal, a list
 * of machines and a question. A module over GTK 4, loaded when the first of them is to be shown:
 * whoever sees a guest's windows one by one (x11/sink.h) never carries it about. It exports one
 * object, `oriel_viewer`. Connecting is its owner's business; it sees the scene.
 *
 * Threads: that of the default main context. Callbacks come from it, never from inside a call.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

#include <stdbool.h>

struct viewer;

enum viewer_scaling { VIEWER_FIT, VIEWER_INTEGER, VIEWER_ORIGINAL, VIEWER_GUEST_FOLLOWS };

/* Everything is copied. Keys as x11/sink.h has them: "ctrl+alt+shift+s"; none is NULL. */
struct viewer_options {
    const char *machine; /* one of this host, whose serial port is near; NULL: it is none */
    enum viewer_scaling scaling;
    bool grab;         /* the keyboard is the guest's alone while the window has the focus */
    bool no_clipboard; /* the host's is kept from the guest, or somebody else looks after it */
    const char *grab_key, *scale_key, *menu_key;
    const char *switch_key; /* of `split` below */
};

struct viewer_ops {
    /* The person closed the window. */
    void (*closed)(void *owner);
    /* The person wants the guest's windows one by one. NULL: that can't be had here. */
    void (*split)(void *owner);
};

/* NULL: nothing was answered. */
typedef void (*viewer_answered_fn)(void *owner, const char *answer);

struct viewer_module {
    /* Not shown yet. The scene outlives it. NULL with *err: there is no display for GTK. */
    struct viewer *(*create)(struct scene *scene, const struct viewer_options *options,
                             const struct viewer_ops *ops, void *owner, struct err *err);
    void (*set_shown)(struct viewer *viewer, bool shown);
    /* A connection that is being made or was lost; NULL: it is up. */
    void (*set_note)(struct viewer *viewer, const char *note);
    /* Over the screen, for a moment. */
    void (*say)(struct viewer *viewer, const char *text);
    void (*destroy)(struct viewer *viewer); /* takes NULL */

    /* Shows the machines that run here, and a place for any other address, and waits for the
       choice; the caller frees it. NULL: the person chose none, or *err has a text. */
    char *(*choose)(struct err *err);
    /* Asks in a window of its own; what is typed isn't shown unless `echo`. -1 with *err. */
    int (*ask)(const char *question, bool echo, viewer_answered_fn answered, void *owner,
               struct err *err);
};

#define VIEWER_SYMBOL "oriel_viewer"
extern const struct viewer_module oriel_viewer;
