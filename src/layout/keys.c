/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of keys and of modifiers; see keys.h. */
#include "layout/keys.h"

#include "base/arith.h"
#include "base/keycodes.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>
#include <xkbcommon/xkbcommon-keysyms.h>

static const struct {
    const char *name;
    uint8_t code;
    uint16_t keysym;
} names[] = {
    {"enter", 28, XKB_KEY_Return},
    {"return", 28, XKB_KEY_Return},
    {"esc", 1, XKB_KEY_Escape},
    {"escape", 1, XKB_KEY_Escape},
    {"tab", 15, XKB_KEY_Tab},
    {"space", 57, XKB_KEY_space},
    {"backspace", 14, XKB_KEY_BackSpace},
    {"ins", 110, XKB_KEY_Insert},
    {"insert", 110, XKB_KEY_Insert},
    {"del", 111, XKB_KEY_Delete},
    {"delete", 111, XKB_KEY_Delete},
    {"home", 102, XKB_KEY_Home},
    {"end", 107, XKB_KEY_End},
    {"pgup", 104, XKB_KEY_Page_Up},
    {"pageup", 104, XKB_KEY_Page_Up},
    {"pgdn", 109, XKB_KEY_Page_Down},
    {"pagedown", 109, XKB_KEY_Page_Down},
    {"up", 103, XKB_KEY_Up},
    {"down", 108, XKB_KEY_Down},
    {"left", 105, XKB_KEY_Left},
    {"right", 106, XKB_KEY_Right},
    {"f1", 59, XKB_KEY_F1},
    {"f2", 60, XKB_KEY_F2},
    {"f3", 61, XKB_KEY_F3},
    {"f4", 62, XKB_KEY_F4},
    {"f5", 63, XKB_KEY_F5},
    {"f6", 64, XKB_KEY_F6},
    {"f7", 65, XKB_KEY_F7},
    {"f8", 66, XKB_KEY_F8},
    {"f9", 67, XKB_KEY_F9},
    {"f10", 68, XKB_KEY_F10},
    {"f11", 87, XKB_KEY_F11},
    {"f12", 88, XKB_KEY_F12},
    {"f13", 183, XKB_KEY_F13},
    {"f14", 184, XKB_KEY_F14},
    {"f15", 185, XKB_KEY_F15},
    {"f16", 186, XKB_KEY_F16},
    {"f17", 187, XKB_KEY_F17},
    {"f18", 188, XKB_KEY_F18},
    {"f19", 189, XKB_KEY_F19},
    {"f20", 190, XKB_KEY_F20},
    {"f21", 191, XKB_KEY_F21},
    {"f22", 192, XKB_KEY_F22},
    {"f23", 193, XKB_KEY_F23},
    {"f24", 194, XKB_KEY_F24},
    {"print", 99, XKB_KEY_Print},
    {"sysrq", 99, XKB_KEY_Sys_Req},
    {"pause", 119, XKB_KEY_Pause},
    {"menu", 127, XKB_KEY_Menu},
    {"capslock", 58, XKB_KEY_Caps_Lock},
    {"numlock", 69, XKB_KEY_Num_Lock},
    {"scrolllock", 70, XKB_KEY_Scroll_Lock},
    {"kp0", 82, XKB_KEY_KP_0},
    {"kp1", 79, XKB_KEY_KP_1},
    {"kp2", 80, XKB_KEY_KP_2},
    {"kp3", 81, XKB_KEY_KP_3},
    {"kp4", 75, XKB_KEY_KP_4},
    {"kp5", 76, XKB_KEY_KP_5},
    {"kp6", 77, XKB_KEY_KP_6},
    {"kp7", 71, XKB_KEY_KP_7},
    {"kp8", 72, XKB_KEY_KP_8},
    {"kp9", 73, XKB_KEY_KP_9},
    {"kpenter", 96, XKB_KEY_KP_Enter},
    {"kpplus", 78, XKB_KEY_KP_Add},
    {"kpminus", 74, XKB_KEY_KP_Subtract},
    {"kpstar", 55, XKB_KEY_KP_Multiply},
    {"kpslash", 98, XKB_KEY_KP_Divide},
    {"kpdot", 83, XKB_KEY_KP_Decimal},
    {"shift", 42, XKB_KEY_Shift_L},
    {"ctrl", 29, XKB_KEY_Control_L},
    {"alt", 56, XKB_KEY_Alt_L},
    {"altgr", 100, XKB_KEY_ISO_Level3_Shift},
    {"super", 125, XKB_KEY_Super_L},
    {"rightshift", 54, XKB_KEY_Shift_R},
    {"rightctrl", 97, XKB_KEY_Control_R},
};

static const struct {
    const char *name;
    uint32_t modifier;
} modifiers[] = {
    {"shift", STROKE_SHIFT}, {"ctrl", STROKE_CTRL},    {"control", STROKE_CTRL},
    {"alt", STROKE_ALT},     {"altgr", STROKE_LEVEL3}, {"super", STROKE_META},
    {"meta", STROKE_META},   {"win", STROKE_META},
};

static bool is_name(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && !strncasecmp(name, text, len);
}

/* A modifier with a "+" and something behind it; returns its length, 0: there is none. */
static size_t take_modifier(const char *text, size_t len, uint32_t *held)
{
    const char *plus = len > 1 ? memchr(text + 1, '+', len - 1) : NULL;
    size_t word = plus ? (size_t)(plus - text) : 0;

    if (!word || word + 1 == len)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++) {
        if (!is_name(modifiers[i].name, text, word))
            continue;
        *held |= modifiers[i].modifier;
        return word + 1;
    }
    return 0;
}

static bool find_name(const char *text, size_t len, struct stroke *out)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!is_name(names[i].name, text, len))
            continue;
        *out = (struct stroke){names[i].code, names[i].keysym, 0};
        return true;
    }
    return false;
}

static bool find_character(const struct layout *layout, const char *text, size_t len,
                           struct stroke *out)
{
    struct stroke strokes[STROKES_PER_CHARACTER];
    uint32_t character = 0;

    if (!len || utf8_decode(text, len, &character) != len || character < ' ')
        return false;
    if (character >= 'A' && character <= 'Z')
        character += 'a' - 'A';
    if (layout_find(layout, character, strokes) != 1)
        return false;
    *out = strokes[0];
    return true;
}

int keys_parse(const struct layout *layout, const char *text, size_t len, struct stroke *out,
               struct err *err)
{
    struct stroke stroke;
    uint32_t held = 0;
    size_t at = 0, n;
    char shown[64];

    while ((n = take_modifier(text + at, len - at, &held)))
        at += n;
    if (!find_name(text + at, len - at, &stroke) &&
        !find_character(layout, text + at, len - at, &stroke)) {
        utf8_sanitize(text, len, shown, sizeof(shown));
        return err_set(
            err,
            "\"%s\" is no key; say modifiers (shift, ctrl, alt, altgr, super) and a key's "
            "name or character, as ctrl+alt+del, f2 or ctrl+c; \"oriel help type\" "
            "lists the names",
            shown);
    }
    stroke.modifiers |= held;
    *out = stroke;
    return 0;
}

uint32_t keys_keysym(uint32_t code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].keysym;
    return 0;
}
