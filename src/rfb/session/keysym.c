/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A US keyboard, from keysym to key; see keysym.h. Numbers as in base/keycodes.c. */
#include "rfb/session/keysym.h"

#include "base/arith.h"

/* By evdev code: what the key's character is. A NUL is a key without one. */
static const char plain[] =
    "\0\0001234567890-=\0\0qwertyuiop[]\0\0asdfghjkl;'`\0\\zxcvbnm,./\0\0\0 ";
static const char shifted[] =
    "\0\0!@#$%^&*()_+\0\0QWERTYUIOP{}\0\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0\0\0";

/* A run of keysyms and the keys that make them. */
static const struct {
    uint32_t first;
    uint8_t count;
    uint8_t codes[16]; /* evdev; 0: none */
} runs[] = {
    {0xfe03, 1, {100}},                                    /* ISO_Level3_Shift */
    {0xfe20, 1, {15}},                                     /* ISO_Left_Tab */
    {0xff08, 3, {14, 15, 101}},                            /* BackSpace Tab Linefeed */
    {0xff0d, 1, {28}},                                     /* Return */
    {0xff13, 3, {119, 70, 99}},                            /* Pause Scroll_Lock Sys_Req */
    {0xff1b, 1, {1}},                                      /* Escape */
    {0xff20, 1, {127}},                                    /* Multi_key */
    {0xff50, 8, {102, 105, 103, 106, 108, 104, 109, 107}}, /* Home ← ↑ → ↓ Prior Next End */
    {0xff61, 1, {99}},                                     /* Print */
    {0xff63, 1, {110}},                                    /* Insert */
    {0xff67, 1, {127}},                                    /* Menu */
    {0xff6b, 1, {119}},                                    /* Break */
    {0xff7e, 2, {100, 69}},                                /* Mode_switch Num_Lock */
    {0xff8d, 1, {96}},                                     /* KP_Enter */
    {0xff95, 11, {71, 75, 72, 77, 80, 73, 81, 79, 76, 82, 83}},     /* KP_Home … KP_Delete */
    {0xffaa, 6, {55, 78, 121, 74, 83, 98}},                         /* KP_Multiply … KP_Divide */
    {0xffb0, 10, {82, 79, 80, 81, 75, 76, 77, 71, 72, 73}},         /* KP_0 … KP_9 */
    {0xffbd, 1, {117}},                                             /* KP_Equal */
    {0xffbe, 12, {59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88}}, /* F1 … F12 */
    {0xffe1, 5, {42, 54, 29, 97, 58}}, /* Shift_L Shift_R Control_L Control_R Caps_Lock */
    {0xffe7, 8, {125, 126, 56, 100, 125, 126, 125, 126}}, /* Meta Alt Super Hyper, each L R */
    {0xffff, 1, {111}},                                   /* Delete */
    {0x1008ff11, 7, {114, 113, 115, 164, 166, 165, 163}}, /* volume, play, stop, prev, next */
};

static bool character_lookup(char c, struct rfb_keysym_key *key)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    for (uint32_t code = 0; code < sizeof(plain) - 1; code++)
        if (plain[code] == c) {
            *key = (struct rfb_keysym_key){code, c == ' ' ? RFB_SHIFT_ANY : RFB_SHIFT_OFF, letter};
            return true;
        }
    for (uint32_t code = 0; code < sizeof(shifted) - 1; code++)
        if (shifted[code] == c) {
            *key = (struct rfb_keysym_key){code, RFB_SHIFT_ON, letter};
            return true;
        }
    return false;
}

bool rfb_keysym_lookup(uint32_t keysym, struct rfb_keysym_key *key)
{
    /* Characters may also come as 0x01000000 + Unicode. */
    uint32_t character = keysym >= 0x01000020 && keysym <= 0x0100007e ? keysym & 0xff : keysym;

    if (character >= 0x20 && character <= 0x7e)
        return character_lookup((char)character, key);
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        if (keysym < runs[i].first || keysym - runs[i].first >= runs[i].count)
            continue;
        *key = (struct rfb_keysym_key){runs[i].codes[keysym - runs[i].first], RFB_SHIFT_ANY, false};
        return true;
    }
    return false;
}
