/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps a scene connected along a route: dials, runs the RFB client, and after a loss tries again
 * with a growing pause (at once if the server is of this host and has not just let us in), until
 * the machine has ended, trying is hopeless or its owner has had enough. It knows no sink, and
 * prints nothing: what people are to be told, its owner tells them.
 *
 * While connected it has no timer; while it is not, one.
 */
#pragma once

#include "reach/route.h"
#include "reach/trust.h"
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

enum keeper_end {
    KEEPER_ENDED, /* as things end: the machine did, or the recording */
    KEEPER_FAILED /* there was no connection, or no way back to it */
};

struct keeper_ops {
    /*
     * A note of a few words: the connection is being made, or was lost and is looked for. NULL: it
     * is up. `why` is a sentence about a loss, for a terminal or a log; NULL: nothing is new.
     */
    void (*status)(void *owner, const char *note, const char *why);
    /* Once and last, with a sentence; both strings are valid during the call. */
    void (*over)(void *owner, enum keeper_end end, const char *why);
    /* The server refused what was asked of its machine. May be NULL. */
    void (*refused)(void *owner, const char *what);
};

/* The options and the route must outlive it. */
struct keeper *keeper_create(struct scene *scene, const struct route *route,
                             const struct keeper_options *options, const struct keeper_ops *ops,
                             void *owner);
void keeper_destroy(struct keeper *keeper); /* takes NULL */
