/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keysyms of viewers that send nothing better, as keys of a US keyboard: the layout that a machine
 * boots with. Which key makes the character, and whether Shift must be held for it. Not for
 * viewers that send key numbers (QEMU's extended key event), and not for characters that a US
 * keyboard lacks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rfb_keysym_shift {
    RFB_SHIFT_ANY, /* no character: arrows, modifiers, the keypad */
    RFB_SHIFT_OFF, /* a character without Shift */
    RFB_SHIFT_ON,  /* a character with Shift */
};

struct rfb_keysym_key {
    uint32_t code; /* evdev */
    enum rfb_keysym_shift shift;
    bool letter; /* Caps Lock turns its Shift around */
};

/* False: no key of a US keyboard makes this. */
bool rfb_keysym_lookup(uint32_t keysym, struct rfb_keysym_key *key);
