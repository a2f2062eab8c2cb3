/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one client holds of the machine's keyboard. Key events of either kind go in, presses and
 * releases of keys (evdev codes) come out; when the client leaves, all that it holds is released.
 *
 * A viewer that sends only keysyms says which *character* it wants, and its own keyboard may need
 * Shift for it where a US one does not, or the other way round: then Shift is pressed or released
 * around the key, unless Control, Alt or Super make a shortcut of it.
 */
#pragma once

#include "base/keycodes.h"
#include "rfb/msg/client.h"

#include <stdbool.h>
#include <stdint.h>

struct rfb_keyboard {
    uint8_t held[KEYCODE_MAX / 8 + 1]; /* a bit a key */
};

/* keysym as the client sent it, 0 for keys that it did not send. */
typedef void (*rfb_keyboard_emit)(void *owner, uint32_t code, uint32_t keysym, bool down);

/* `caps_lock`: the machine's light is on. */
void rfb_keyboard_event(struct rfb_keyboard *keyboard, const struct rfb_key_event *event,
                        bool caps_lock, rfb_keyboard_emit emit, void *owner);
void rfb_keyboard_release_all(struct rfb_keyboard *keyboard, rfb_keyboard_emit emit, void *owner);
