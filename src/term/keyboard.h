/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A person's keys on their way to the guest: at once, as long as a PC's keyboard controller has
 * room for them. It holds 16 bytes and loses what comes when it is full, and a terminal can bring
 * many keys in one moment (a slow line, text pasted without brackets, key repeat), so these go in
 * handfuls: the next when the guest has painted something, or after a while. Nothing is compared;
 * that is typing/typist.h's.
 */
#pragma once

#include "layout/strokes.h"
#include "scene/scene.h"

struct keyboard;

enum { KEYBOARD_KEYS_MAX = 4096 }; /* that wait; more are dropped */

/* The scene and the layout must outlive it. */
struct keyboard *keyboard_create(struct scene *scene, const struct layout *layout);
void keyboard_destroy(struct keyboard *keyboard); /* takes NULL */

void keyboard_press(struct keyboard *keyboard, const struct strokes_item *item);
/* The guest has painted. */
void keyboard_painted(struct keyboard *keyboard);
/* What hasn't been pressed yet won't be. Returns whether there was any. */
bool keyboard_cancel(struct keyboard *keyboard);
