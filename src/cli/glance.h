/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One look at a machine: connects as a viewer does, waits until all of its screen has been seen,
 * and lets somebody do something with that. What `oriel shot`, `oriel text`, `oriel type` and
 * `oriel expect` have in common.
 */
#pragma once

#include "reach/keeper.h"

struct glance {
    /* The caller's: */
    const char *where; /* an operand; NULL: the only machine that runs */
    struct trust_options trust;
    struct keeper_options keep; /* `trust` in it is glance_run()'s */
    bool needs_windows;         /* the machine's windows are to be known as well */
    /* What is done with what was seen; scene->screen may be NULL. Answers the exit status. */
    int (*look)(void *owner, struct scene *scene, const struct route *route);
    /* While look() runs a loop: the machine has ended, which the person was told, and look() is to
       come to an end. The connection may be lost and found again meanwhile. May be NULL. */
    void (*ended)(void *owner);
    void *owner;
};

/* Returns the exit status; why it isn't 0 has been said. */
int glance_run(struct glance *glance);
