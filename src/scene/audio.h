/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scene's sound: what the guest plays, for all who listen. It is no state but a stream; who
 * comes late hears what comes from then on. Nothing is captured while nobody listens. Samples are
 * as base/pcm.h has them. Same thread as the scene.
 */
#pragma once

#include "scene/scene.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scene_listener;

struct scene_listener_ops {
    void (*begin)(struct scene_listener *l, uint32_t rate); /* frames a second */
    void (*samples)(struct scene_listener *l, const int16_t *stereo, size_t frames);
    void (*end)(struct scene_listener *l); /* silence, until the next begin() */
};

/* Embedded in a struct of the listener's. It does not stop listening from inside of these. */
struct scene_listener {
    const struct scene_listener_ops *ops;
    struct scene *scene; /* NULL while it does not listen */
    struct scene_listener *next;
};

/* begin() follows from inside when there is a sound just now. */
void scene_listen(struct scene *scene, struct scene_listener *l);
void scene_unlisten(struct scene_listener *l); /* no end(); fine when it does not listen */

bool scene_has_audio(const struct scene *scene); /* the machine has something that plays */

/* For sources; see scene_source_ops.audio. */
void scene_audio_set_available(struct scene *scene, bool available);
bool scene_has_listener(const struct scene *scene);
void scene_audio_begin(struct scene *scene, uint32_t rate);
void scene_audio_samples(struct scene *scene, const int16_t *stereo, size_t frames);
void scene_audio_end(struct scene *scene);
