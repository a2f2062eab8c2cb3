/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter of what goes to a person's terminal; see terminal.h. Everything is decided by lists of
 * what is harmless. Numbers above PARAMETER_MAX are harmful as well: terminals have hung repeating
 * a character two thousand million times.
 */
#include "base/terminal.h"

#include <stdio.h>
#include <string.h>

enum { GROUND, UTF8, ESCAPE, ESCAPE_MORE, CSI, CSI_SKIP, STRING, OSC };

enum { BEL = 7, SO = 0x0e, SI = 0x0f, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, DEL = 0x7f };

enum {
    PARAMETER_MAX = 32767,
    PARAMETER_DIGITS = 5,
    SAVES_CURSOR = 1048, /* no mode: the cursor is saved, or put back */
};

/* What stays on, as bits of left_on beside those of `modes`. */
#define LEFT_CHARSET (1ull << 63)
#define LEFT_MARGINS (1ull << 62)
#define LEFT_STYLE (1ull << 61)
#define LEFT_KEYPAD (1ull << 60)
#define LEFT_TABS (1ull << 59)
#define LEFT_COLOURS (1ull << 58)
#define LEFT_PROTECTED (1ull << 57)
#define LEFT_INSERT (1ull << 56)
#define LEFT_NEW_LINE (1ull << 55)

/* Private modes that pass, and what they are to be at the end. */
static const struct mode {
    uint16_t number;
    bool normally;
} modes[] = {
    {1, false},    /* cursor keys of an application */
    {5, false},    /* inverse screen */
    {6, false},    /* rows counted from the margin */
    {7, true},     /* lines wrap */
    {9, false},    /* the mouse: presses */
    {12, false},   /* the cursor blinks */
    {25, true},    /* the cursor is shown */
    {45, false},   /* backspace wraps */
    {66, false},   /* keypad of an application */
    {69, false},   /* margins at the sides */
    {1000, false}, /* the mouse: presses and releases */
    {1002, false}, /* … drags */
    {1003, false}, /* … every motion */
    {1004, false}, /* … focus */
    {1005, false}, /* … its numbers in UTF-8 */
    {1006, false}, /* … in decimal */
    {1007, false}, /* … the wheel as cursor keys */
    {1015, false}, /* … in decimal, otherwise */
    {2004, false}, /* brackets around what is pasted */
    {2026, false}, /* drawing is held back */
    {47, false},   /* the other screen; these last, so that the rest is put right on it */
    {1047, false}, {1048, false}, /* not a mode: the cursor is saved, or put back */
    {1049, false},
};

enum { MODES = sizeof(modes) / sizeof(modes[0]) };

_Static_assert(MODES < 55, "the bits of the modes and the others overlap");

void terminal_filter_init(struct terminal_filter *f)
{
    *f = (struct terminal_filter){.state = GROUND};
}

/* ---- Sequences ---- */

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

static void pass(struct terminal_filter *f, struct buf *out)
{
    buf_append(out, f->held, f->held_len);
}

/* Is the only parameter, or its lack, one of these? Each is written with a blank behind it. */
static bool parameter_is(const uint8_t *text, size_t len, const char *list)
{
    for (const char *end; (end = strchr(list, ' ')); list = end + 1)
        if ((size_t)(end - list) == len && !memcmp(list, text, len))
            return true;
    return false;
}

/* Digits, ';' and ':' only, and no number that is too large. */
static bool are_numbers(const uint8_t *text, size_t len)
{
    unsigned value = 0, digits = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == ';' || text[i] == ':') {
            value = digits = 0;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > PARAMETER_DIGITS)
            return false;
        value = 10 * value + (text[i] - '0');
        if (value > PARAMETER_MAX)
            return false;
    }
    return true;
}

static const struct mode *find_mode(unsigned number)
{
    for (const struct mode *m = modes; m < modes + MODES; m++)
        if (m->number == number)
            return m;
    return NULL;
}

/* "CSI ? 25 ; 1049 h": those that are known. The text has only numbers. */
static void pass_modes(struct terminal_filter *f, const uint8_t *text, size_t len, bool on,
                       struct buf *out)
{
    unsigned passed = 0, number = 0;

    for (size_t i = 0; i <= len; i++) {
        const struct mode *m;
        char word[16];

        if (i < len && text[i] != ';' && text[i] != ':') {
            number = 10 * number + (text[i] - '0');
            continue;
        }
        m = find_mode(number);
        if (m) {
            snprintf(word, sizeof(word), "%s%u", passed++ ? ";" : "\33[?", number);
            put(out, word);
            if (on == m->normally || number == SAVES_CURSOR)
                f->left_on &= ~(1ull << (m - modes));
            else
                f->left_on |= 1ull << (m - modes);
        } else {
            f->dropped++;
        }
        number = 0;
    }
    if (passed)
        put(out, on ? "h" : "l");
}

static void set_left(struct terminal_filter *f, uint64_t what, bool on)
{
    f->left_on = on ? f->left_on | what : f->left_on & ~what;
}

/* Without a mark in front and nothing before the last byte. */
static bool plain_is_harmless(struct terminal_filter *f, const uint8_t *text, size_t len,
                              uint8_t last)
{
    switch (last) {
    case 'h':
    case 'l':
        if (parameter_is(text, len, "4 "))
            set_left(f, LEFT_INSERT, last == 'h');
        else if (parameter_is(text, len, "20 "))
            set_left(f, LEFT_NEW_LINE, last == 'h');
        else
            return false;
        return true;
    case 'c': /* what it is */
        return f->answers && parameter_is(text, len, " 0 ");
    case 'n': /* whether it is well, where the cursor is */
        return f->answers && parameter_is(text, len, "5 6 ");
    case 't': /* its size: answered by us, since not every terminal does */
        if (parameter_is(text, len, "18 ") && f->answers)
            f->size_asked++;
        return false;
    case 'T': /* with more it is a mode of the mouse */
        return !memchr(text, ';', len);
    case 'm':
        f->left_on |= LEFT_COLOURS;
        return true;
    case 'r':
        f->left_on |= LEFT_MARGINS;
        return true;
    case 'g':
        f->left_on |= LEFT_TABS;
        return true;
    default:
        return strchr("@ABCDEFGHIJKLMPSXZ`abdefsu", last) != NULL;
    }
}

/* With one byte between the numbers and the last byte. */
static bool marked_is_harmless(struct terminal_filter *f, uint8_t mark, uint8_t last)
{
    static const char *const pairs[] = {"!p", " q", " @", " A", "\"q", "$r", "$t",
                                        "$v", "$x", "$z", "${", "'}",  "'~", "*x"};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if ((uint8_t)pairs[i][0] != mark || (uint8_t)pairs[i][1] != last)
            continue;
        if (last == 'q')
            f->left_on |= mark == ' ' ? LEFT_STYLE : LEFT_PROTECTED;
        return true;
    }
    return false;
}

/* A whole one is held: ESC [ numbers, marks and the last byte. */
static void end_csi(struct terminal_filter *f, struct buf *out)
{
    const uint8_t *text = f->held + 2;
    size_t len = f->held_len - 3u, marks = 0;
    uint8_t last = text[len], first = len ? text[0] : 0;
    bool is_private = first >= '<' && first <= '?', harmless = false;

    f->state = GROUND;
    text += is_private;
    len -= is_private;
    while (len && text[len - 1] >= ' ' && text[len - 1] < '0') {
        len--;
        marks++;
    }
    if (!are_numbers(text, len) || marks > 1)
        harmless = false;
    else if (marks)
        harmless = !is_private && marked_is_harmless(f, text[len], last);
    else if (!is_private)
        harmless = plain_is_harmless(f, text, len, last);
    else if (first == '?' && (last == 'h' || last == 'l'))
        pass_modes(f, text, len, last == 'h', out);
    else if (first == '?')
        harmless = last == 'J' || last == 'K';
    else if (first == '>' && last == 'c') /* which version it is */
        harmless = f->answers && parameter_is(text, len, " 0 ");
    if (harmless)
        pass(f, out);
    else
        f->dropped++;
}

/* ESC, a byte between or none, and the last byte are held. */
static void end_escape(struct terminal_filter *f, struct buf *out)
{
    uint8_t mark = f->held_len == 3 ? f->held[1] : 0, last = f->held[f->held_len - 1u];
    bool harmless;

    f->state = GROUND;
    if (mark == '#')
        harmless = strchr("34568", last) != NULL;
    else if (mark)
        harmless = strchr("()*+", mark) != NULL;
    else
        harmless = f->held_len == 2 && strchr("6789=>DEHMNOcno", last) != NULL;
    if (!harmless) {
        f->dropped++;
        return;
    }
    if ((mark && mark != '#') || last == 'n' || last == 'o')
        f->left_on |= LEFT_CHARSET;
    else if (last == '=' || last == '>')
        set_left(f, LEFT_KEYPAD, last == '=');
    else if (last == 'H')
        f->left_on |= LEFT_TABS;
    pass(f, out);
}

static void begin_escape(struct terminal_filter *f)
{
    f->state = ESCAPE;
    f->held[0] = ESC;
    f->held_len = 1;
}

/* Behind ESC. */
static void escape_byte(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    static const char openers[] = "PX^_";

    f->held[f->held_len++] = byte;
    if (byte >= ' ' && byte < '0') {
        f->state = ESCAPE_MORE;
    } else if (f->state == ESCAPE_MORE) {
        end_escape(f, out);
    } else if (byte == '[') {
        f->state = CSI;
    } else if (byte == ']') {
        f->state = OSC;
        f->dropped++;
    } else if (memchr(openers, byte, sizeof(openers) - 1)) {
        f->state = STRING;
        f->dropped++;
    } else {
        end_escape(f, out);
    }
    /* Nothing with more bytes between is let through anyway. */
    if (f->state == ESCAPE_MORE && f->held_len > 3)
        f->held_len = 3;
}

static void csi_byte(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    if (byte >= '@' && f->state == CSI_SKIP) {
        f->state = GROUND;
        f->dropped++;
        return;
    }
    if (f->held_len == TERMINAL_HELD_MAX)
        f->state = CSI_SKIP;
    if (f->state == CSI_SKIP)
        return;
    f->held[f->held_len++] = byte;
    if (byte >= '@')
        end_csi(f, out);
}

/* ---- Text ---- */

static void put_unknown(struct terminal_filter *f, struct buf *out)
{
    put(out, f->ascii ? "?" : "\xef\xbf\xbd");
    f->dropped++;
}

/* The first byte of a character of more than one byte, or of none. */
static void begin_character(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    if (byte < 0xc2 || byte > 0xf4) {
        put_unknown(f, out);
        return;
    }
    f->state = UTF8;
    f->held[0] = byte;
    f->held_len = 1;
    f->utf8_left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    f->utf8_low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    f->utf8_high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
}

/* Returns false when the byte does not go on the character, and is still to be looked at. */
static bool character_byte(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    if (byte < f->utf8_low || byte > f->utf8_high) {
        f->state = GROUND;
        put_unknown(f, out);
        return false;
    }
    f->held[f->held_len++] = byte;
    f->utf8_low = 0x80;
    f->utf8_high = 0xbf;
    if (--f->utf8_left)
        return true;
    f->state = GROUND;
    if (f->held[0] == 0xc2 && byte < 0xa0) /* C1 controls, which terminals obey in this form */
        put_unknown(f, out);
    else if (f->ascii)
        put(out, "?");
    else
        pass(f, out);
    return true;
}

/* A control character that terminals obey wherever it stands, also within a sequence. */
static void control(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    if (byte >= BEL && byte <= SI) {
        buf_append(out, &byte, 1);
        if (byte >= SO)
            set_left(f, LEFT_CHARSET, true);
    } else {
        f->dropped++;
    }
}

static void one_byte(struct terminal_filter *f, uint8_t byte, struct buf *out)
{
    if (f->state == UTF8 && character_byte(f, byte, out))
        return;
    if (byte == ESC) {
        begin_escape(f);
    } else if (byte == CAN || byte == SUB || (byte == BEL && f->state == OSC)) {
        f->state = GROUND;
    } else if (f->state == STRING || f->state == OSC) {
        return;
    } else if (byte < ' ' || byte == DEL) {
        control(f, byte, out);
    } else if (byte >= 0x80) {
        /* In no sequence: it ends here, as a text that was cut by noise on the line. */
        f->state = GROUND;
        begin_character(f, byte, out);
    } else if (f->state == GROUND) {
        buf_append(out, &byte, 1);
    } else if (f->state == CSI || f->state == CSI_SKIP) {
        csi_byte(f, byte, out);
    } else {
        escape_byte(f, byte, out);
    }
}

/* How many of the bytes are nothing but text in ASCII or ends of lines. */
static size_t plain_run(const uint8_t *bytes, size_t len)
{
    size_t n = 0;

    while (n < len && ((bytes[n] >= ' ' && bytes[n] < DEL) || bytes[n] == '\n' ||
                       bytes[n] == '\r' || bytes[n] == '\t'))
        n++;
    return n;
}

void terminal_filter_feed(struct terminal_filter *f, const uint8_t *bytes, size_t len,
                          struct buf *out)
{
    while (len) {
        size_t n = f->state == GROUND ? plain_run(bytes, len) : 0;

        if (n)
            buf_append(out, bytes, n);
        else
            one_byte(f, bytes[n++], out);
        bytes += n;
        len -= n;
    }
}

/* ---- Back to normal ---- */

/* A stop each eight columns, up to a width that no terminal of today has. */
static void put_tabs(struct buf *out)
{
    put(out, "\r\33[3g");
    for (unsigned i = 0; i < 64; i++)
        put(out, "\33[8C\33H");
    put(out, "\r");
}

void terminal_filter_reset(struct terminal_filter *f, struct buf *out)
{
    uint64_t on = f->left_on;

    if (on & LEFT_CHARSET)
        put(out, "\17\33(B\33)B");
    if (on & LEFT_INSERT)
        put(out, "\33[4l");
    if (on & LEFT_NEW_LINE)
        put(out, "\33[20l");
    if (on & LEFT_KEYPAD)
        put(out, "\33>");
    if (on & LEFT_STYLE)
        put(out, "\33[0 q");
    if (on & LEFT_PROTECTED)
        put(out, "\33[0\"q");
    if (on & LEFT_MARGINS)
        put(out, "\0337\33[r\0338"); /* it moves the cursor */
    for (unsigned i = 0; i < MODES; i++) {
        char word[16];

        if (!(on & 1ull << i))
            continue;
        snprintf(word, sizeof(word), "\33[?%u%c", (unsigned)modes[i].number,
                 modes[i].normally ? 'h' : 'l');
        put(out, word);
    }
    if (on & LEFT_TABS)
        put_tabs(out);
    if (on & LEFT_COLOURS)
        put(out, "\33[m");
    f->left_on = 0;
    f->state = GROUND;
}

/* ---- Questions and answers ---- */

void terminal_put_size(struct buf *out, unsigned columns, unsigned rows)
{
    char text[40];

    snprintf(text, sizeof(text), "\33[8;%u;%ut", rows, columns);
    put(out, text);
}

/* "CSI 1 ; 2 R" is where the cursor is, or F3 with Shift: who presses it shall be heard. */
static bool may_be_a_key(const uint8_t *text, size_t len)
{
    unsigned modifiers = 0;

    if (len < 4 || text[0] != '1' || text[1] != ';' || text[len - 1] != 'R' || len > 5)
        return false;
    for (size_t i = 2; i + 1 < len; i++)
        modifiers = 10 * modifiers + (text[i] - '0');
    return modifiers >= 2 && modifiers <= 16;
}

/* The length of the answer at the start, or 0. */
static size_t answer_len(const uint8_t *bytes, size_t len)
{
    size_t i = 2;

    if (len < 4 || bytes[0] != ESC || bytes[1] != '[')
        return 0;
    if (bytes[i] == '?' || bytes[i] == '>')
        i++;
    while (i < len && ((bytes[i] >= '0' && bytes[i] <= '9') || bytes[i] == ';'))
        i++;
    if (i == len || bytes[i - 1] < '0' || bytes[i - 1] > '9' || !memchr("Rcnt", bytes[i], 4) ||
        may_be_a_key(bytes + 2, i - 1))
        return 0;
    return i + 1;
}

size_t terminal_answers_len(const uint8_t *bytes, size_t len)
{
    size_t done = 0, n;

    while ((n = answer_len(bytes + done, len - done)))
        done += n;
    return done;
}
