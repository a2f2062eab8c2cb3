/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What no key of the host's can do: keys that the host keeps for itself (Ctrl+Alt+Del and its
 * kind), and the machine's power. A key opens the choice, a bubble says what there is, the next key
 * chooses; Escape, a click and going elsewhere choose nothing. What became of it is said there
 * and in the titles, until the next key or click.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/mem.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

enum {
    ESCAPE = 0xff1b,
    BACKSPACE = 0xff08,
    TAB = 0xff09,
    F1 = 0xffbe,
    F12 = F1 + 11,
    CHORD_KEYS = 3
};

struct stroke {
    uint32_t code, keysym; /* code 0: none */
};

#define CTRL                                                                                       \
    {                                                                                              \
        KEY_LEFTCTRL, 0xffe3                                                                       \
    }
#define ALT                                                                                        \
    {                                                                                              \
        KEY_LEFTALT, 0xffe9                                                                        \
    }

static const struct {
    xcb_keysym_t by;
    struct stroke strokes[CHORD_KEYS];
} keys[] = {
    {'d', {CTRL, ALT, {KEY_DELETE, 0xffff}}},
    {BACKSPACE, {CTRL, ALT, {KEY_BACKSPACE, BACKSPACE}}},
    {TAB, {ALT, {KEY_TAB, TAB}}},
    {'p', {{KEY_SYSRQ, 0xff61}}},
    {'w', {{KEY_LEFTMETA, 0xffeb}}},
};

static const struct {
    xcb_keysym_t by;
    enum scene_power what;
    const char *said;
} powers[] = {
    {'s', SCENE_SHUTDOWN, "asked to shut down"},
    {'b', SCENE_REBOOT, "asked to start again"},
    {'r', SCENE_RESET, "reset"},
};

const char *const command_lines[] = {
    "D          Ctrl+Alt+Del",
    "F1 ... F12 Ctrl+Alt+F1 ... F12",
    "Backspace  Ctrl+Alt+Backspace",
    "Tab        Alt+Tab",
    "P          Print Screen",
    "W          the Windows key",
    "S          shut the guest down",
    "B          start it again",
    "R          reset it, unasked",
    "Esc        none of these",
    NULL,
};

static void set_text(struct x11_sink *sink, const char *text)
{
    char *old = sink->command.text;

    sink->command.text = text ? mem_strdup(text) : NULL;
    free(old);
    if (!old && !text)
        return;
    windows_retitle(sink);
    bubble_update(sink);
}

void command_begin(struct x11_sink *sink)
{
    if (sink->note)
        return;
    sink->command.is_open = true;
    set_text(sink, "a command, or Esc for none");
}

void command_say(struct x11_sink *sink, const char *text)
{
    sink->command.is_open = false;
    set_text(sink, text);
}

void command_end(struct x11_sink *sink)
{
    command_say(sink, NULL);
}

static void press(struct x11_sink *sink, const struct stroke *strokes)
{
    int n = 0;

    for (; n < CHORD_KEYS && strokes[n].code; n++)
        keys_send(sink, strokes[n].code, strokes[n].keysym, true);
    while (n-- > 0)
        keys_send(sink, strokes[n].code, strokes[n].keysym, false);
}

static void press_function(struct x11_sink *sink, xcb_keysym_t keysym)
{
    uint32_t n = keysym - F1;
    const struct stroke strokes[] = {CTRL, ALT, {n < 10 ? KEY_F1 + n : KEY_F11 + (n - 10), keysym}};

    press(sink, strokes);
}

/* False: it means nothing. */
static bool choose(struct x11_sink *sink, xcb_keysym_t keysym)
{
    if (keysym == ESCAPE) {
        command_end(sink);
        return true;
    }
    if (keysym >= F1 && keysym <= F12) {
        command_end(sink);
        press_function(sink, keysym);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i].by == keysym) {
            command_end(sink);
            press(sink, keys[i].strokes);
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(powers); i++)
        if (powers[i].by == keysym) {
            command_say(sink, powers[i].said); /* an answer may follow at once */
            if (!scene_send_power(sink->scene, powers[i].what))
                command_say(sink, "this server does not switch its machine");
            return true;
        }
    return false;
}

bool command_key(struct x11_sink *sink, xcb_keysym_t keysym)
{
    if (sink->command.is_open) {
        choose(sink, keysym);
        return true;
    }
    if (sink->command.text)
        command_end(sink);
    return false;
}
