/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key numbers: both ways agree, and the keys that everybody presses are where they belong. */
#include "base/keycodes.h"
#include "check.h"

#include <linux/input-event-codes.h>

static void test_there_and_back(void)
{
    for (uint32_t evdev = 0; evdev < 0x400; evdev++) {
        uint32_t qnum = keycode_to_qnum(evdev);

        CHECK(qnum <= 255);
        CHECK(!qnum || evdev <= KEYCODE_MAX);
        if (qnum)
            CHECK_INT(keycode_from_qnum(qnum), evdev);
    }
    for (uint32_t qnum = 0; qnum < 0x400; qnum++) {
        uint32_t evdev = keycode_from_qnum(qnum);

        if (evdev)
            CHECK_INT(keycode_to_qnum(evdev), qnum);
    }
    CHECK_INT(keycode_to_qnum(UINT32_MAX), 0);
    CHECK_INT(keycode_from_qnum(UINT32_MAX), 0);
}

static void test_known(void)
{
    static const struct {
        uint32_t evdev, qnum;
    } known[] = {
        {KEY_ESC, 0x01},       {KEY_A, 0x1e},         {KEY_ENTER, 0x1c},    {KEY_SPACE, 0x39},
        {KEY_LEFTSHIFT, 0x2a}, {KEY_KPDOT, 0x53},     {KEY_102ND, 0x56},    {KEY_F11, 0x57},
        {KEY_F12, 0x58},       {KEY_RIGHTCTRL, 0x9d}, {KEY_RIGHTALT, 0xb8}, {KEY_UP, 0xc8},
        {KEY_LEFT, 0xcb},      {KEY_RIGHT, 0xcd},     {KEY_DOWN, 0xd0},     {KEY_HOME, 0xc7},
        {KEY_DELETE, 0xd3},    {KEY_INSERT, 0xd2},    {KEY_PAGEUP, 0xc9},   {KEY_SYSRQ, 0x54},
        {KEY_LEFTMETA, 0xdb},  {KEY_COMPOSE, 0xdd},   {KEY_KPENTER, 0x9c},  {KEY_KPSLASH, 0xb5},
        {KEY_PAUSE, 0xc6},     {KEY_MUTE, 0xa0},      {KEY_RO, 0x73},       {KEY_YEN, 0x7d},
        {KEY_HANGEUL, 0xf2},   {KEY_F13, 0x5d},       {KEY_F24, 0x6f},      {KEY_MACRO, 0},
        {BTN_LEFT, 0},         {KEY_MICMUTE, 0},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        CHECK_INT(keycode_to_qnum(known[i].evdev), known[i].qnum);
}

int main(void)
{
    test_there_and_back();
    test_known();
    return check_result();
}
