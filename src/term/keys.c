/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Terminals' input; see keys.h. */
#include "term/keys.h"

#include "base/arith.h"
#include "base/utf8.h"

#include <linux/input-event-codes.h>
#include <string.h>

enum { ESC = 0x1b, SEQUENCE_MAX = 64, STRING_MAX = 4096, PASTE_END_LEN = 6 };

/* ---- Keys ---- */

struct named {
    uint32_t sign, code;
};

static const struct named letters[] = {
    {'A', KEY_UP},   {'B', KEY_DOWN},  {'C', KEY_RIGHT}, {'D', KEY_LEFT},
    {'E', KEY_KP5},  {'F', KEY_END},   {'H', KEY_HOME},  {'P', KEY_F1},
    {'Q', KEY_F2},   {'R', KEY_F3},    {'S', KEY_F4},    {'a', KEY_UP},
    {'b', KEY_DOWN}, {'c', KEY_RIGHT}, {'d', KEY_LEFT},  {'M', KEY_KPENTER},
};

static const struct named numbers[] = {
    {1, KEY_HOME},     {2, KEY_INSERT}, {3, KEY_DELETE}, {4, KEY_END},  {5, KEY_PAGEUP},
    {6, KEY_PAGEDOWN}, {7, KEY_HOME},   {8, KEY_END},    {11, KEY_F1},  {12, KEY_F2},
    {13, KEY_F3},      {14, KEY_F4},    {15, KEY_F5},    {17, KEY_F6},  {18, KEY_F7},
    {19, KEY_F8},      {20, KEY_F9},    {21, KEY_F10},   {23, KEY_F11}, {24, KEY_F12},
};

#define FIND(table, value) find(table, sizeof(table) / sizeof(table[0]), value)

static uint32_t find(const struct named *table, size_t count, uint32_t sign)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].sign == sign)
            return table[i].code;
    return 0;
}

/* xterm's parameter: 1 and a bit each. */
static uint32_t modifiers_of(uint32_t parameter)
{
    uint32_t bits = parameter ? parameter - 1 : 0;

    return (bits & 1 ? STROKE_SHIFT : 0) | (bits & 2 ? STROKE_ALT : 0) |
           (bits & 4 ? STROKE_CTRL : 0) | (bits & 8 ? STROKE_META : 0);
}

static size_t key(struct term_event *event, uint32_t code, uint32_t modifiers, size_t len)
{
    if (code) {
        event->kind = TERM_KEY;
        event->code = code;
        event->modifiers = modifiers;
    }
    return len;
}

static size_t character(struct term_event *event, uint32_t c, uint32_t modifiers, size_t len)
{
    event->kind = TERM_CHARACTER;
    event->character = c;
    event->modifiers = modifiers;
    return len;
}

static size_t control(const struct term_keys *keys, uint8_t c, struct term_event *event)
{
    switch (c) {
    case '\r':
        return key(event, KEY_ENTER, 0, 1);
    case '\t':
        return key(event, KEY_TAB, 0, 1);
    case ESC:
        return key(event, KEY_ESC, 0, 1);
    case 0x7f:
        return key(event, keys->backspace_is_8 ? KEY_DELETE : KEY_BACKSPACE, 0, 1);
    case 0x08:
        if (keys->backspace_is_8)
            return key(event, KEY_BACKSPACE, 0, 1);
        break;
    case 0:
        return character(event, ' ', STROKE_CTRL, 1);
    default:
        break;
    }
    return character(event, c < 27 ? c + 'a' - 1u : c + 0x40u, STROKE_CTRL, 1);
}

/* ---- Sequences ---- */

static size_t paste(struct term_keys *keys, const uint8_t *bytes, size_t len, bool is_late,
                    struct term_event *event)
{
    static const char end[] = "\033[201~";
    size_t n = 0;

    while (n < len && (bytes[n] != ESC || memcmp(bytes + n, end, MIN_OF(len - n, PASTE_END_LEN))))
        n++;
    if (!n && len >= PASTE_END_LEN) {
        keys->is_pasting = false;
        event->kind = TERM_PASTE_END;
        return PASTE_END_LEN;
    }
    if (!n && is_late)
        n = len;
    if (n) {
        event->kind = TERM_PASTED;
        event->text = (const char *)bytes;
        event->len = n;
    }
    return n;
}

/* A press of xterm's SGR form; other buttons are the terminal's own. */
static size_t mouse(struct term_event *event, size_t len)
{
    uint32_t button = event->numbers[0];

    if (event->final == 'M' && (button & 0x43) >= 0x40 && (button & 3) < 2) {
        event->kind = TERM_WHEEL;
        event->wheel = button & 1 ? 1 : -1;
    }
    return len;
}

static size_t tilde(struct term_keys *keys, struct term_event *event, size_t len)
{
    static const struct named rxvt[] = {
        {'~', 0}, {'$', STROKE_SHIFT}, {'^', STROKE_CTRL}, {'@', STROKE_SHIFT | STROKE_CTRL}};

    if (event->numbers[0] == 200) {
        keys->is_pasting = true;
        return len;
    }
    return key(event, FIND(numbers, event->numbers[0]),
               modifiers_of(event->numbers[1]) | FIND(rxvt, (uint32_t)event->final), len);
}

static size_t csi_event(struct term_keys *keys, struct term_event *event, size_t len)
{
    if (event->mark == '<')
        return mouse(event, len);
    if (event->mark || strchr("cnt", event->final)) {
        event->kind = TERM_ANSWER;
        return len;
    }
    if (strchr("~$^@", event->final))
        return tilde(keys, event, len);
    if (event->final == 'Z')
        return key(event, KEY_TAB, STROKE_SHIFT, len);
    return key(event, FIND(letters, (uint32_t)event->final),
               modifiers_of(event->numbers[1]) | (event->final >= 'a' ? STROKE_SHIFT : 0), len);
}

/* ESC [ and what follows. */
static size_t csi(struct term_keys *keys, const uint8_t *bytes, size_t len, bool is_late,
                  struct term_event *event)
{
    size_t n = 2;

    if (len > 2 && bytes[2] == '[') { /* the Linux console's F1 to F5 */
        if (len == 3)
            return is_late ? len : 0;
        return key(event, bytes[3] >= 'A' && bytes[3] < 'F' ? KEY_F1 + (bytes[3] - 'A' + 0u) : 0, 0,
                   4);
    }
    if (n < len && strchr("?<>=", bytes[n]) && bytes[n])
        event->mark = (char)bytes[n++];
    event->count = 1;
    for (; n < len && n < SEQUENCE_MAX; n++) {
        uint32_t *number = &event->numbers[event->count - 1];

        if (bytes[n] >= '0' && bytes[n] <= '9') {
            *number = MIN_OF(*number * 10 + bytes[n] - '0', 999999u);
        } else if ((bytes[n] == ';' || bytes[n] == ':') && event->count < TERM_NUMBERS_MAX) {
            event->count++;
        } else if ((bytes[n] == '$' && !event->mark) || (bytes[n] >= 0x40 && bytes[n] < 0x7f)) {
            event->final = (char)bytes[n];
            return csi_event(keys, event, n + 1);
        } else if (bytes[n] < 0x20 || bytes[n] > 0x3f) {
            return n; /* broken off; what it was nobody knows */
        }
    }
    return n == SEQUENCE_MAX || is_late ? n : 0;
}

/* A string up to ST: kitty's answers begin with G, all others are nobody's. */
static size_t string(const uint8_t *bytes, size_t len, bool is_late, struct term_event *event)
{
    for (size_t n = 2; n < len && n < STRING_MAX; n++) {
        bool is_st = bytes[n] == ESC && n + 1 < len && bytes[n + 1] == '\\';

        if (!is_st && bytes[n] != 0x07)
            continue;
        if (bytes[1] == '_' && n > 2 && bytes[2] == 'G') {
            event->kind = TERM_ANSWER;
            event->final = 'G';
            event->text = (const char *)bytes + 3;
            event->len = n - 3;
        }
        return n + (is_st ? 2 : 1);
    }
    return len >= STRING_MAX || is_late ? MIN_OF(len, (size_t)STRING_MAX) : 0;
}

static size_t plain(const struct term_keys *keys, const uint8_t *bytes, size_t len, bool is_late,
                    struct term_event *event)
{
    uint32_t code;
    size_t n;

    if (bytes[0] < 0x20 || bytes[0] == 0x7f)
        return control(keys, bytes[0], event);
    n = utf8_decode(bytes, len, &code);
    if (n)
        return character(event, code, 0, n);
    /* Cut off, or no UTF-8. */
    return len >= 4 || is_late || bytes[0] < 0xc2 || bytes[0] > 0xf4 ? 1 : 0;
}

size_t term_keys_next(struct term_keys *keys, const uint8_t *bytes, size_t len, bool is_late,
                      struct term_event *event)
{
    size_t n;

    memset(event, 0, sizeof(*event));
    if (!len)
        return 0;
    if (keys->is_pasting)
        return paste(keys, bytes, len, is_late, event);
    if (bytes[0] != ESC || (len == 1 && is_late))
        return plain(keys, bytes, len, is_late, event);
    if (len == 1)
        return 0;
    if (len > 2 || !is_late) {
        if (bytes[1] == '[')
            return csi(keys, bytes, len, is_late, event);
        if (bytes[1] == 'O')
            return len > 2
                       ? key(event, FIND(letters, bytes[2]), bytes[2] >= 'a' ? STROKE_CTRL : 0, 3)
                       : 0;
        if (strchr("P]_^X", bytes[1]) && bytes[1])
            return string(bytes, len, is_late, event);
    }
    n = plain(keys, bytes + 1, len - 1, is_late, event); /* Alt and a key */
    if (n)
        event->modifiers |= STROKE_ALT;
    return n ? n + 1 : 0;
}
