/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to a machine for an OrielConnection: the rooms of `reach`, with questions that are
 * answered later. A server is not kept waiting while a person thinks: the connection is given up,
 * and made once more when there is an answer.
 *
 * Threads: the default main context's. Callbacks come from it only, never from inside a call; each
 * may destroy the way.
 */
#pragma once

#include "gtk/oriel-types.h"
#include "scene/scene.h"

struct way;

struct way_ops {
    /* `note`: a few words, NULL when it is up; `why`: a sentence, or NULL. */
    void (*status)(void *owner, OrielConnectionState state, const char *note, const char *why);
    /* Once and last. */
    void (*over)(void *owner, bool failed, const char *why);
    /* way_answer() is waited for. */
    void (*question)(void *owner, const char *question, bool echo);
    void (*refused)(void *owner, const char *what);
};

/* Always makes one: words that make no sense end it, as everything does. */
struct way *way_create(struct scene *scene, const char *where, const struct way_ops *ops,
                       void *owner);
void way_destroy(struct way *way); /* takes NULL */
/* NULL: there is none, and it is over. */
void way_answer(struct way *way, const char *answer);
/* The name of a machine of this host and user, or NULL. */
const char *way_machine(const struct way *way);
