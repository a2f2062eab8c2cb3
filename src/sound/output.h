/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What plays samples on this desktop: a module, loaded when a guest makes its first sound, so that
 * nobody else carries its libraries about. It exports one object of this type,
 * `oriel_sound_output`. Everything happens on the default main context, and nothing while there is
 * nothing to play.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* How much sound may wait to be heard; what comes on top of it is dropped. */
enum { SOUND_LATENCY_MS = 100 };

struct sound_output;

/* It plays no more: once, not from inside a call of ours. It is still to be destroyed, which is not
   done from inside of this. */
typedef void (*sound_output_failed_fn)(void *owner, const struct err *err);

struct sound_output_ops {
    /* `name` is what the desktop's mixer calls it. Connects on the loop, and keeps what is to be
       played until then. NULL with *err. */
    struct sound_output *(*create)(const char *name, uint32_t rate, sound_output_failed_fn failed,
                                   void *owner, struct err *err);
    void (*play)(struct sound_output *o, const int16_t *stereo, size_t frames);
    /* Silence, until more is played; what has been, is heard to its end. */
    void (*pause)(struct sound_output *o);
    void (*destroy)(struct sound_output *o); /* takes NULL */
};

#define SOUND_OUTPUT_SYMBOL "oriel_sound_output"
extern const struct sound_output_ops oriel_sound_output;
