/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one viewer has been told about windows, and what is news for it: the scene's state turned
 * into windows-protocol messages, newest values only, in pieces that a slow viewer can take.
 */
#pragma once

#include "base/buf.h"
#include "scene/scene.h"

#include <stdbool.h>
#include <stdint.h>

struct rfb_window_told {
    uint32_t id;
    uint64_t created; /* another value in the scene: the id was reused */
    uint64_t record;  /* revision of the record that was told */
};

struct rfb_windows_told {
    bool started;
    bool syncing;                   /* between SYNC_BEGIN and SYNC_END */
    bool elsewhere, said_elsewhere; /* another viewer has them: set by the owner, told as */
    uint32_t epoch;
    uint64_t has_windows_revision;
    uint64_t revision;               /* everything up to it is told */
    struct rfb_window_told *windows; /* sorted by id */
    uint32_t count, room;
};

/* Nothing is told: the next statement is a full one. */
void rfb_windows_told_init(struct rfb_windows_told *told);
void rfb_windows_told_finish(struct rfb_windows_told *told);

/* True when rfb_windows_put() might have something to say. */
bool rfb_windows_is_news(const struct rfb_windows_told *told, const struct scene *scene);

/*
 * Appends the news and notes them as told; stops when about `budget` bytes are there (the last
 * message may pass it), and then news are left for the next call.
 */
void rfb_windows_put(struct rfb_windows_told *told, const struct scene *scene, size_t budget,
                     struct buf *out);
