/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps a scene connected along a route: dials, runs the RFB client, and after a loss tries again
 * with a growing pause (at once if the server is of this host and has not just let us in), until
 * the machine has ended, trying is hopeless or its owner has had enough. It tells people, on
 * standard error, what goes wrong. It knows no sink.
 *
 * While connected it has no timer; while it is not, one.
 */
#pragma once

#include "cli/route.h"
#include "cli/trust.h"
#include "scene/scene.h"

struct keeper;

enum { KEEPER_PAUSE_S = 1, KEEPER_PAUSE_MAX_S = 30, KEEPER_BRIEF_S = 5 };

struct keeper_options {
    const char *ssh; /* the program for ssh://; NULL: $ORIEL_SSH or ssh */
    /* Of rfb_codecs, to be asked for before the others; RFB_COPY_RECT: the client's own choice. */
    int32_t encoding;
    int quality;               /* JPEG's, 1…9; 0: never; negative: as the link carries */
    bool watch;                /* rfb_client_watch() */
    const struct trust *trust; /* whom it trusts, and how it shows who it is; NULL: anybody */
};

struct keeper_ops {
    /* A note for people: the connection is being made, or was lost and is looked for. NULL: it is
       up. */
    void (*status)(void *owner, const char *note);
    /* Once and last: everything has been said; `status` is the program's exit status. */
    void (*over)(void *owner, int status);
    /* The server refused what was asked of its machine. May be NULL. */
    void (*refused)(void *owner, const char *what);
};

/* The options and the route must outlive it. */
struct keeper *keeper_create(struct scene *scene, const struct route *route,
                             const struct keeper_options *options, const struct keeper_ops *ops,
                             void *owner);
void keeper_destroy(struct keeper *keeper); /* takes NULL */
