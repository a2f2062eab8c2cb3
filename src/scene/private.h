/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What scene.c, facts.c and clipboard.c share and nobody else sees. */
#pragma once

#include "scene/audio.h"
#include "scene/clipboard.h"
#include "scene/scene.h"

struct scene_clipboard {
    struct scene_clipboard_peer *peers, *owner; /* owner NULL: nobody offers anything */
    char *text;                                 /* NULL: not known yet */
    size_t len, limit;
    char *in_use;                            /* a text that somebody is being handed just now */
    bool is_asked;                           /* the owner, who has not answered yet */
    struct scene_paste *waiting, *answering; /* oldest first */
};

struct scene_private {
    struct scene_listener *listeners;
    uint32_t audio_rate; /* 0: silence */
    bool has_audio;
    struct scene_clipboard clipboard;
    struct scene_source *sources;
    struct scene_sink *sinks;

    /* Sorted by id. */
    struct scene_window **windows;
    uint32_t *ids; /* theirs: an order names thousands, and each is searched for here */
    uint32_t window_count;
    size_t icon_bytes; /* of all windows */

    bool syncing;       /* between SYNC_BEGIN and SYNC_END */
    uint64_t sync_from; /* windows stated since have FACT_WINDOW's revision above this */

    /* News since the last commit. */
    bool screen_changed;
    bool facts_changed;
    pixman_region32_t damage;
};

/* A new revision, and the mark that something but pixels changed. */
uint64_t scene_touch(struct scene *scene);
void scene_clipboard_finish(struct scene_clipboard *clipboard);
