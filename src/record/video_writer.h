/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What writes a video file: a module, loaded when a video is asked for and never otherwise, so that
 * a machine does not carry a hundred libraries of codecs about. It exports one object of this type,
 * `oriel_video_writer`. Any number of writers at a time, each used by one thread.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct video_writer;

struct video_writer_ops {
    /* The format by the path's ending. Sizes are even. NULL with *err. */
    struct video_writer *(*create)(const char *path, uint32_t width, uint32_t height,
                                   struct err *err);
    /* A picture of surface pixels that is shown from `ms` on, which is more than the last one's. */
    int (*put)(struct video_writer *w, const uint32_t *pixels, int64_t ms, struct err *err);
    uint64_t (*bytes)(const struct video_writer *w); /* written so far */
    /* The file is complete, unless this fails. Destroys it. */
    int (*finish)(struct video_writer *w, struct err *err);
};

#define VIDEO_WRITER_SYMBOL "oriel_video_writer"
extern const struct video_writer_ops oriel_video_writer;
