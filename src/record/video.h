/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records a scene as a video, with the pointer in it: a picture when something has changed, 30 a
 * second at most, none while nothing happens. The size is the screen's at the beginning, made even;
 * of a larger screen the top left corner is seen, and around a smaller one it is black.
 *
 * Threads: the scene's one.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

#include <stdint.h>

struct record_video;

/* It cannot be written any more: once, from the loop. The recording is still to be ended. */
typedef void (*record_video_failed_fn)(void *owner, const struct err *err);

/* The scene has a screen, and outlives it. NULL with *err, also when no video can be made here. */
struct record_video *record_video_create(struct scene *scene, const char *path,
                                         record_video_failed_fn failed, void *owner,
                                         struct err *err);
uint64_t record_video_bytes(const struct record_video *v); /* written so far */
/* Ends the recording: the last picture is shown until now. Negative with *err: it is not whole. */
int record_video_finish(struct record_video *v, struct err *err);
