/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types into a scene, as fast as the guest takes it and no faster: a PC's keyboard controller holds
 * 16 bytes, and what comes when it is full is lost. What has appeared on the screen has been taken,
 * so the next keys go when the ones before them are seen. It compares as well: typed text that
 * doesn't appear as it is (keys lost or doubled, another layout than the guest's) is mended, where
 * Backspace shows that it can be, or reported. For scripts, and for pasting into consoles.
 *
 * Between the keys of a text and a key that stands for none (Enter!) it waits until the text is on
 * the screen, and after that key until the screen has changed. Where nothing appears it is patient
 * first: a field that shows nothing is a password's, which is no failure, and one of asterisks is
 * compared by their number. Where there is no text (pictures, windows), or if it is not to check,
 * any damage counts as the guest's having taken the keys.
 *
 * It has no reader of its own: the owner has one, says what is on the screen when asked, and calls
 * typist_screen_changed().
 *
 * Threads: the scene's, with its main context. While it has nothing to type it has no timer.
 */
#pragma once

#include "console/screen.h"
#include "layout/strokes.h"
#include "scene/scene.h"

struct typist;

struct typist_options {
    bool is_unchecked; /* nothing is compared */
    bool no_mending;   /* what is wrong is reported at once */
    /* How long a text that has begun to appear may take to go on; other waits are shares of it. 0:
       TYPIST_PATIENCE_MS. For guests that stand still now and then it is to be longer. */
    unsigned patience_ms;
};

enum { TYPIST_PATIENCE_MS = 5000 };

enum typist_outcome {
    TYPIST_DONE,
    TYPIST_DIFFERS,     /* something else appeared, or a part only; the rest wasn't typed */
    TYPIST_NO_KEYBOARD, /* the scene has no source that takes keys */
};

struct typist_report {
    enum typist_outcome outcome;
    size_t typed;        /* items that were typed and, where that could be, seen */
    size_t unseen;       /* characters of them that were typed where nothing appeared */
    unsigned mended;     /* times that something was mended */
    const char *text;    /* DIFFERS: the typed text up to there, */
    const char *missing; /* how it goes on, */
    const char *shown;   /* and what the screen shows around the place. All UTF-8. */
};

struct typist_ops {
    /* The screen's text; NULL: it shows none. */
    const struct console_screen *(*screen)(void *owner);
    /* All that was to be typed has been, or nothing more will be. The typist may be destroyed. The
       report is valid during the call. */
    void (*done)(void *owner, const struct typist_report *report);
};

/* The layout and the scene must outlive it. Every one of the options is copied. */
struct typist *typist_create(struct scene *scene, const struct layout *layout,
                             const struct typist_options *options, const struct typist_ops *ops,
                             void *owner);
/* Lets go of what it holds down. Takes NULL. */
void typist_destroy(struct typist *typist);

/* Appends to what is to be typed; begins from the loop. After done() it begins anew. */
void typist_type(struct typist *typist, const struct strokes *strokes);
/* Forgets what hasn't been typed yet; done() isn't called for it. */
void typist_cancel(struct typist *typist);
bool typist_is_busy(const struct typist *typist);

/* Cells or the cursor have changed, as text_reader_ops.changed tells. */
void typist_screen_changed(struct typist *typist);
