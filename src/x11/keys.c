/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys by scan code: an X key code is the evdev code plus 8, whatever the layout, and the keysym
 * only travels along. The guest repeats held keys itself, so the host's repeats are dropped. What
 * is down when the focus goes is released in the guest, or it would stay down there.
 */
#include "x11/private.h"

#include "base/arith.h"

#include <stdlib.h>
#include <string.h>

enum { EVDEV_OFFSET = 8, KEYSYM_F1 = 0xffbe };

static const struct {
    const char *name;
    uint16_t mask;
} modifiers[] = {
    {"shift", XCB_MOD_MASK_SHIFT},
    {"ctrl", XCB_MOD_MASK_CONTROL},
    {"alt", XCB_MOD_MASK_1},
    {"super", XCB_MOD_MASK_4},
};

static uint16_t modifier_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
        if (!strcmp(word, modifiers[i].name))
            return modifiers[i].mask;
    return 0;
}

static xcb_keysym_t keysym_of(const char *word)
{
    char *end;
    unsigned long n;

    if (strlen(word) == 1 && g_ascii_isgraph(*word))
        return (xcb_keysym_t)*word;
    n = *word == 'f' && g_ascii_isdigit(word[1]) ? strtoul(word + 1, &end, 10) : 0;
    return n >= 1 && n <= 12 && !*end ? KEYSYM_F1 + (xcb_keysym_t)n - 1 : 0;
}

int keys_parse_chord(const char *text, struct key_chord *chord, struct err *err)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(GStrv) words = g_strsplit(lower, "+", -1);
    uint16_t mask = 0;
    xcb_keysym_t keysym = 0;

    for (guint i = 0; words[i]; i++) {
        uint16_t modifier = modifier_of(words[i]);

        mask |= modifier;
        if (!modifier && !keysym)
            keysym = keysym_of(words[i]);
        else if (!modifier)
            mask = keysym = 0;
    }
    if (!mask || !keysym)
        return err_set(err,
                       "\"%s\" is no key to switch with; say modifiers (shift, ctrl, alt, super) "
                       "and a letter, a digit or f1 to f12, like ctrl+alt+shift+s",
                       text);
    chord->modifiers = mask;
    chord->keysym = keysym;
    return 0;
}

int x11_check_key(const char *text, struct err *err)
{
    struct key_chord ignored;

    return keys_parse_chord(text, &ignored, err);
}

void keys_send(struct x11_sink *sink, uint32_t code, uint32_t keysym, bool down)
{
    struct win_msg m = {WIN_KEY_EVENT};

    if (!sink->seamless) {
        scene_send_key(sink->scene, code, keysym, down);
        return;
    }
    m.key = (struct win_key){sink->input.key_window, code, down, keysym};
    sink_send(sink, &m);
}

/* Without what modifiers make of it. */
static xcb_keysym_t plain_keysym(const struct x11_sink *sink, const xcb_key_press_event_t *e)
{
    return display_keysym(&sink->display, e->detail, e->state & 0x6000);
}

static bool is_chord(const struct x11_sink *sink, const xcb_key_press_event_t *e,
                     const struct key_chord *chord)
{
    uint16_t all = 0;

    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
        all |= modifiers[i].mask;
    return (e->state & all) == chord->modifiers && plain_keysym(sink, e) == chord->keysym;
}

/* One of the keys that are ours, never the guest's. */
static bool take_key(struct x11_sink *sink, const xcb_key_press_event_t *e)
{
    const struct {
        const struct key_chord *chord;
        void (*act)(struct x11_sink *sink);
    } chords[] = {
        {&sink->input.switch_key, sink_switch},
        {&sink->input.grab_key, grab_switch},
        {&sink->input.scale_key, desktop_next_scale},
        {&sink->input.command_key, command_begin},
    };

    for (size_t i = 0; i < ARRAY_LEN(chords); i++)
        if (is_chord(sink, e, chords[i].chord)) {
            keys_release_all(sink);
            chords[i].act(sink);
            return true;
        }
    return command_key(sink, plain_keysym(sink, e));
}

void keys_event(struct x11_sink *sink, const xcb_key_press_event_t *e, bool down)
{
    uint32_t *word = &sink->input.down[e->detail / 32], bit = 1u << (e->detail % 32);
    struct host_window *hw = window_by_xid(sink, e->event);

    sink->user_time = e->time;
    if (e->detail == sink->input.taken) {
        sink->input.taken = down ? e->detail : 0;
        return;
    }
    if (e->detail < EVDEV_OFFSET || !!(*word & bit) == down)
        return;
    if (down && take_key(sink, e)) {
        sink->input.taken = e->detail;
        return;
    }
    if (sink->note) /* a release would be lost; all that is down is released when it goes */
        return;
    sink->input.key_window = hw ? hw->id : 0;
    *word = down ? *word | bit : *word & ~bit;
    keys_send(sink, e->detail - EVDEV_OFFSET, display_keysym(&sink->display, e->detail, e->state),
              down);
}

void keys_release_all(struct x11_sink *sink)
{
    for (uint32_t code = EVDEV_OFFSET; code < 256; code++) {
        if (!(sink->input.down[code / 32] & 1u << (code % 32)))
            continue;
        sink->input.down[code / 32] &= ~(1u << (code % 32));
        keys_send(sink, code - EVDEV_OFFSET, display_keysym(&sink->display, (xcb_keycode_t)code, 0),
                  false);
    }
}
