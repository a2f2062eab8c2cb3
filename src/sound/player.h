/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plays the scene's sound on this desktop: a listener that hands it to an output (output.h), which
 * is looked for when there is something to hear. Without one the guest plays on, unheard; one that
 * went away is looked for again, while there is something to hear and not more often than every
 * few seconds.
 *
 * Threads: the scene's one, which is the default main context's.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

struct sound_player;

enum { SOUND_RETRY_SECONDS = 5 };

/* Nothing is heard, and why: for people, once in a player's life. It is not destroyed in there. */
typedef void (*sound_unheard_fn)(void *owner, const struct err *why);

struct sound_player *sound_player_create(struct scene *scene, sound_unheard_fn unheard,
                                         void *owner);
void sound_player_destroy(struct sound_player *p); /* before its scene; takes NULL */
