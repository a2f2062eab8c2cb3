/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records a scene as a session (rfb/msg/fbs.h): what a server of ours tells a plain viewer, with
 * the times. So it has all that the server does for viewers, as finding what only moved; the pixels
 * are exact, and players of other people can read it: Tight, CopyRect, Cursor, PointerPos,
 * DesktopSize and LastRect, 32 bits a pixel.
 *
 * Threads: the scene's one.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

#include <stdint.h>

struct record_session;

/* The file cannot be written any more: once, from the loop. The recording is still to be ended. */
typedef void (*record_failed_fn)(void *owner, const struct err *err);

/* Begins to write to `fd`, which stays the caller's. The scene has a screen, and outlives it. */
struct record_session *record_session_create(struct scene *scene, int fd, record_failed_fn failed,
                                             void *owner);
uint64_t record_session_bytes(const struct record_session *r); /* written so far */
/* The file is complete and can be closed. Takes NULL. */
void record_session_destroy(struct record_session *r);
