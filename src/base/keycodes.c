/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * evdev and scan code set 1, both ways; see keycodes.h. The first 83 keys of a PC are numbered
 * alike in both; the rest is a table. Keys that share a scan code with a commoner one are left out,
 * so that the way back is unambiguous. Numbers, not KEY_… names: the header with the names is
 * Linux'.
 */
#include "base/keycodes.h"

#include "base/arith.h"

enum { LAST_OF_THE_FIRST_PC = 83, EXTENDED = 0x80 };

/* In the order of evdev's codes. E0(x): the key sends the prefix 0xe0 before x. */
#define E0(code) (EXTENDED | (code))
static const struct {
    uint8_t evdev, qnum;
} others[] = {
    {85, 0x76},      /* zenkaku hankaku */
    {86, 0x56},      /* the 102nd key */
    {87, 0x57},      /* F11 */
    {88, 0x58},      /* F12 */
    {89, 0x73},      /* ro */
    {90, 0x78},      /* katakana */
    {91, 0x77},      /* hiragana */
    {92, 0x79},      /* henkan */
    {93, 0x70},      /* katakana hiragana */
    {94, 0x7b},      /* muhenkan */
    {95, 0x5c},      /* keypad comma, Japanese */
    {96, E0(0x1c)},  /* keypad enter */
    {97, E0(0x1d)},  /* right control */
    {98, E0(0x35)},  /* keypad slash */
    {99, 0x54},      /* print screen, SysRq */
    {100, E0(0x38)}, /* right alt */
    {101, 0x5b},     /* line feed */
    {102, E0(0x47)}, /* home */
    {103, E0(0x48)}, /* up */
    {104, E0(0x49)}, /* page up */
    {105, E0(0x4b)}, /* left */
    {106, E0(0x4d)}, /* right */
    {107, E0(0x4f)}, /* end */
    {108, E0(0x50)}, /* down */
    {109, E0(0x51)}, /* page down */
    {110, E0(0x52)}, /* insert */
    {111, E0(0x53)}, /* delete */
    {113, E0(0x20)}, /* mute */
    {114, E0(0x2e)}, /* volume down */
    {115, E0(0x30)}, /* volume up */
    {116, E0(0x5e)}, /* power */
    {117, 0x59},     /* keypad equal */
    {118, E0(0x4e)}, /* keypad plus minus */
    {119, E0(0x46)}, /* pause */
    {121, 0x7e},     /* keypad comma */
    {122, E0(0x72)}, /* hangeul */
    {123, E0(0x71)}, /* hanja */
    {124, 0x7d},     /* yen */
    {125, E0(0x5b)}, /* left meta */
    {126, E0(0x5c)}, /* right meta */
    {127, E0(0x5d)}, /* compose, menu */
    {128, E0(0x68)}, /* stop */
    {129, E0(0x05)}, /* again */
    {130, E0(0x06)}, /* properties */
    {131, E0(0x07)}, /* undo */
    {132, E0(0x0c)}, /* front */
    {133, E0(0x78)}, /* copy */
    {134, 0x64},     /* open */
    {135, 0x65},     /* paste */
    {136, E0(0x41)}, /* find */
    {137, E0(0x3c)}, /* cut */
    {138, E0(0x75)}, /* help */
    {139, E0(0x1e)}, /* menu */
    {140, E0(0x21)}, /* calculator */
    {142, E0(0x5f)}, /* sleep */
    {143, E0(0x63)}, /* wake up */
    {150, E0(0x02)}, /* browser */
    {152, E0(0x12)}, /* screen lock */
    {155, E0(0x6c)}, /* mail */
    {156, E0(0x66)}, /* bookmarks */
    {157, E0(0x6b)}, /* computer */
    {158, E0(0x6a)}, /* back */
    {159, E0(0x69)}, /* forward */
    {161, 0x6c},     /* eject */
    {163, E0(0x19)}, /* next song */
    {164, E0(0x22)}, /* play, pause */
    {165, E0(0x10)}, /* previous song */
    {166, E0(0x24)}, /* stop playing */
    {167, E0(0x31)}, /* record */
    {168, E0(0x18)}, /* rewind */
    {172, E0(0x32)}, /* home page */
    {173, E0(0x67)}, /* refresh */
    {176, E0(0x08)}, /* edit */
    {177, 0x75},     /* scroll up */
    {178, E0(0x0f)}, /* scroll down */
    {179, E0(0x76)}, /* keypad ( */
    {180, E0(0x7b)}, /* keypad ) */
    {181, E0(0x09)}, /* new */
    {182, E0(0x0a)}, /* redo */
    {183, 0x5d},     /* F13 */
    {184, 0x5e},     /* F14 */
    {185, 0x5f},     /* F15 */
    {186, 0x55},     /* F16 */
    {187, E0(0x03)}, /* F17 */
    {188, E0(0x77)}, /* F18 */
    {189, E0(0x04)}, /* F19 */
    {190, 0x5a},     /* F20 */
    {191, 0x74},     /* F21 */
    {192, E0(0x79)}, /* F22 */
    {193, 0x6d},     /* F23 */
    {194, 0x6f},     /* F24 */
    {210, E0(0x39)}, /* print */
    {212, E0(0x3b)}, /* camera */
    {215, E0(0x3f)}, /* e-mail */
    {217, E0(0x65)}, /* search */
    {223, E0(0x4a)}, /* cancel */
    {224, E0(0x4c)}, /* brightness down */
    {225, E0(0x54)}, /* brightness up */
    {226, E0(0x6d)}, /* media */
    {227, E0(0x56)}, /* switch video mode */
};

uint32_t keycode_to_qnum(uint32_t evdev)
{
    if (evdev <= LAST_OF_THE_FIRST_PC)
        return evdev;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (others[i].evdev == evdev)
            return others[i].qnum;
    return 0;
}

uint32_t keycode_from_qnum(uint32_t qnum)
{
    if (qnum <= LAST_OF_THE_FIRST_PC)
        return qnum;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (others[i].qnum == qnum)
            return others[i].evdev;
    return 0;
}
