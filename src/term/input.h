/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a terminal's bytes to a guest's keys: what is typed goes to the machine in its keyboard
 * layout, what follows the escape key is a command, and the rest (the wheel, pasted text, answers)
 * is told. A terminal does not tell when keys are let go, so each is pressed and released at once.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"
#include "term/keys.h"

struct term_input;

enum term_command {
    TERM_DETACH,
    TERM_MENU,    /* the escape key was pressed, the next one is a command */
    TERM_NO_MENU, /* and was none, or has been done */
    TERM_STOP,
    TERM_REPAINT,
    TERM_ROWS, /* back by so many rows, negative: forth */
    TERM_PAGES,
    TERM_COLUMNS, /* to the right by half a screen, negative: to the left */
    TERM_START,   /* as far back as it goes */
    TERM_LIVE     /* to what the machine shows now */
};

struct term_input_ops {
    void (*command)(void *owner, enum term_command command, int by);
    void (*typed)(void *owner); /* something goes to the machine */
    void (*answer)(void *owner, const struct term_event *answer);
    /* All of it; it is UTF-8 or not. */
    void (*pasted)(void *owner, const char *text, size_t len);
    void (*say)(void *owner, const char *what); /* why something can't be typed */
};

enum { TERM_PASTE_MAX = 1 << 20 }; /* bytes; more is left out, which is said */

struct term_input_options {
    uint8_t escape;      /* the control character 1…31 that is the escape key; 0: there is none */
    bool read_only;      /* nothing is typed, which is said */
    bool backspace_is_8; /* the key sends that, and not 0x7f */
};

/* The scene and the layout must outlive it. */
struct term_input *term_input_create(struct scene *scene, const struct layout *layout,
                                     const struct term_input_options *options,
                                     const struct term_input_ops *ops, void *owner);
void term_input_destroy(struct term_input *input); /* takes NULL */

void term_input_take(struct term_input *input, const uint8_t *bytes, size_t len);
/* The guest has painted: it may have taken what was typed. */
void term_input_painted(struct term_input *input);
/* Something older than the newest is shown: keys that scroll do so without the escape key. */
void term_input_set_scrolled(struct term_input *input, bool is_scrolled);
