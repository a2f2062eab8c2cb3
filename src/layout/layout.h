/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyboard layouts the other way round: which keys to press so that a guest with this layout reads
 * a character. The layouts are XKB's, as libxkbcommon compiles them from this host's xkb-data; what
 * needs dead keys is composed as this host's Compose tables (libx11-data) say. Who presses the keys
 * is typing/typist.h; keys that stand for no character are keys.h's.
 *
 * Nothing is assumed of locks: the strokes are right while Caps Lock and Num Lock are off.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What is held during a stroke; several are joined with |. The first three make characters. */
enum stroke_modifier {
    STROKE_SHIFT = 1,
    STROKE_LEVEL3 = 2, /* AltGr */
    STROKE_LEVEL5 = 4,
    STROKE_CTRL = 8,
    STROKE_ALT = 16,
    STROKE_META = 32, /* the key with the window on it */
};
enum { STROKE_MODIFIERS = 6, STROKES_PER_CHARACTER = 3, LAYOUT_NAME_MAX = 64 };

/* A key pressed and released while modifiers are held. */
struct stroke {
    uint32_t code;      /* evdev, 1…KEYCODE_MAX */
    uint32_t keysym;    /* what the layout makes of it */
    uint32_t modifiers; /* enum stroke_modifier */
};

/* Of a modifier's key: `keysym` without others held. */
struct layout_key {
    uint32_t code, keysym; /* 0: the layout has none */
};

struct layout;

/*
 * "us", or with a variant "us+intl" or "us(intl)". NULL with *err: there is no such layout, or this
 * host has no xkb-data. Takes some 10 ms, with dead keys 40.
 */
struct layout *layout_create(const char *name, struct err *err);
void layout_destroy(struct layout *layout); /* takes NULL */

/*
 * The strokes that make a character: as few as possible, and with few modifiers. U+000A, U+000D,
 * U+0009, U+0008 and U+001B are Enter (both), Tab, Backspace and Escape. Returns how many there
 * are; 0: it can't be typed.
 */
size_t layout_find(const struct layout *layout, uint32_t character,
                   struct stroke strokes[STROKES_PER_CHARACTER]);

/* The key to hold for one modifier; for AltGr the right Alt where the layout has none. */
struct layout_key layout_modifier(const struct layout *layout, enum stroke_modifier modifier);

/* Calls visit for each character that can be typed, in their order. */
void layout_each(const struct layout *layout, void (*visit)(void *owner, uint32_t character),
                 void *owner);
