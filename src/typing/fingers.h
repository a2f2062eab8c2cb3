/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of a scene, pressed: modifiers stay down between two strokes that both want them, and
 * everything is up after fingers_release(). Tells what each stroke costs of a PC's keyboard
 * controller. When to press is typist.h's.
 */
#pragma once

#include "layout/strokes.h"
#include "scene/scene.h"

/* What a keyboard controller holds for a guest that is busy, in bytes. */
enum { FINGERS_BYTES = 16 };

struct fingers {
    struct scene *scene;
    const struct layout *layout;
    uint32_t held;   /* enum stroke_modifier */
    bool is_useless; /* nobody takes keys */
};

void fingers_init(struct fingers *fingers, struct scene *scene, const struct layout *layout);

/* The bytes of a stroke, and of the release of all that is held then. */
unsigned fingers_cost(const struct fingers *fingers, const struct strokes_item *item);

/* Presses and releases; the modifiers of the last stroke stay down. Returns the bytes. */
unsigned fingers_press(struct fingers *fingers, const struct strokes_item *item);
void fingers_press_backspace(struct fingers *fingers);

/* All modifiers. Returns the bytes. */
unsigned fingers_release(struct fingers *fingers);
