/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one client holds of the keyboard; see keyboard.h. */
#include "rfb/session/keyboard.h"

#include "rfb/session/keysym.h"

/* evdev */
enum {
    LEFT_CONTROL = 29,
    LEFT_SHIFT = 42,
    RIGHT_SHIFT = 54,
    LEFT_ALT = 56,
    RIGHT_CONTROL = 97,
    LEFT_META = 125,
    RIGHT_META = 126,
};

static bool is_held(const struct rfb_keyboard *k, uint32_t code)
{
    return k->held[code / 8] & 1 << code % 8;
}

static void set_held(struct rfb_keyboard *k, uint32_t code, bool down)
{
    uint8_t bit = (uint8_t)(1 << code % 8);

    if (down)
        k->held[code / 8] |= bit;
    else
        k->held[code / 8] &= (uint8_t)~bit;
}

/* The release of a key that is not held is nothing: its press was before this client's time. */
static void emit_key(struct rfb_keyboard *k, uint32_t code, uint32_t keysym, bool down,
                     rfb_keyboard_emit emit, void *owner)
{
    if (!down && !is_held(k, code))
        return;
    set_held(k, code, down);
    emit(owner, code, keysym, down);
}

static bool is_shortcut(const struct rfb_keyboard *k)
{
    return is_held(k, LEFT_CONTROL) || is_held(k, RIGHT_CONTROL) || is_held(k, LEFT_ALT) ||
           is_held(k, LEFT_META) || is_held(k, RIGHT_META);
}

static void press_character(struct rfb_keyboard *k, const struct rfb_keysym_key *key,
                            uint32_t keysym, bool caps_lock, rfb_keyboard_emit emit, void *owner)
{
    bool left = is_held(k, LEFT_SHIFT), right = is_held(k, RIGHT_SHIFT);
    bool wanted = (key->shift == RFB_SHIFT_ON) != (key->letter && caps_lock);

    if (wanted == (left || right) || is_shortcut(k)) {
        emit_key(k, key->code, keysym, true, emit, owner);
        return;
    }
    if (wanted)
        emit(owner, LEFT_SHIFT, 0, true);
    if (left)
        emit(owner, LEFT_SHIFT, 0, false);
    if (right)
        emit(owner, RIGHT_SHIFT, 0, false);
    emit_key(k, key->code, keysym, true, emit, owner);
    if (wanted)
        emit(owner, LEFT_SHIFT, 0, false);
    if (left)
        emit(owner, LEFT_SHIFT, 0, true);
    if (right)
        emit(owner, RIGHT_SHIFT, 0, true);
}

void rfb_keyboard_event(struct rfb_keyboard *k, const struct rfb_key_event *event, bool caps_lock,
                        rfb_keyboard_emit emit, void *owner)
{
    uint32_t code = keycode_from_qnum(event->keycode);
    struct rfb_keysym_key key;

    if (code) {
        emit_key(k, code, event->keysym, event->down, emit, owner);
        return;
    }
    if (!rfb_keysym_lookup(event->keysym, &key))
        return;
    if (event->down && key.shift != RFB_SHIFT_ANY)
        press_character(k, &key, event->keysym, caps_lock, emit, owner);
    else
        emit_key(k, key.code, event->keysym, event->down, emit, owner);
}

void rfb_keyboard_release_all(struct rfb_keyboard *k, rfb_keyboard_emit emit, void *owner)
{
    for (uint32_t code = 0; code <= KEYCODE_MAX; code++)
        emit_key(k, code, 0, false, emit, owner);
}
