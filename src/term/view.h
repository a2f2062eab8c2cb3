/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scene in the terminal that the program runs in, and the terminal's keyboard in the scene: text
 * as text with scrollback, everything else as a picture. A sink; who connects the scene, and why
 * not, is for its owner to know.
 *
 * It paints when something has changed and the terminal has taken what was sent before, so a slow
 * terminal sees fewer, newer states; otherwise it sleeps.
 */
#pragma once

#include "base/err.h"
#include "layout/layout.h"
#include "scene/scene.h"

#include <stdbool.h>

struct term_view;

enum term_pictures {
    TERM_PICTURES_BEST,
    TERM_PICTURES_KITTY,
    TERM_PICTURES_SIXEL,
    TERM_PICTURES_BLOCKS
};

struct term_view_options {
    const char *name;    /* the machine's, as people call it */
    const char *machine; /* of this host, whose memory has fonts; NULL: it is elsewhere */
    uint8_t escape;      /* the control character of the escape key, 1…31; 0: there is none */
    bool no_mouse;       /* all of the mouse is the terminal's */
    bool read_only;      /* nothing is typed */
    enum term_pictures pictures;
};

struct term_view_ops {
    /* Once: it was detached, or the terminal is gone or wants the program to end. */
    void (*ended)(void *owner);
};

/* NULL with *err: there is no terminal, or none that can be painted on. The scene, the layout, and
   the options must outlive it. One a process. */
struct term_view *term_view_create(struct scene *scene, const struct layout *layout,
                                   const struct term_view_options *options,
                                   const struct term_view_ops *ops, void *owner, struct err *err);
/* The terminal is as it was. Takes NULL. */
void term_view_destroy(struct term_view *view);

/* Said in the last row until it is said otherwise; NULL: nothing. */
void term_view_set_note(struct term_view *view, const char *note);
/* Said there until the next key. */
void term_view_say(struct term_view *view, const char *what);

/* The terminal is somebody else's for a while, who asks for a password, say. */
void term_view_leave(struct term_view *view);
void term_view_enter(struct term_view *view);
