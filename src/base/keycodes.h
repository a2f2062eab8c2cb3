/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Key numbers. Inside the program a key is Linux' evdev code (KEY_…). QEMU, and RFB's "QEMU
 * extended key event", number keys as the PC keyboard's scan code set 1 does, with the prefix 0xe0
 * turned into the high bit: a `qnum`, 1…255. Not for keysyms or layouts.
 */
#pragma once

#include <stdint.h>

enum { KEYCODE_MAX = 255 }; /* no key above it has a qnum */

uint32_t keycode_to_qnum(uint32_t evdev);  /* 0: QEMU has no such key */
uint32_t keycode_from_qnum(uint32_t qnum); /* 0: no such key */
