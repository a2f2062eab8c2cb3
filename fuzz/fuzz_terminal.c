/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest says to a terminal: however it is cut, the same comes out, and an inspector that
 * knows nothing of the filter finds only text in UTF-8, harmless controls and sequences of a short
 * list. The first byte says how the filter is set up and how the rest is cut.
 */
#include "base/terminal.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of one CSI sequence behind ESC and '['; aborts when it is none that may pass. */
static size_t inspect_csi(const uint8_t *text, size_t len, bool answers)
{
    size_t n = 0, numbers, intermediates;
    uint8_t first, last;

    while (n < len && text[n] >= 0x30 && text[n] <= 0x3f)
        n++;
    numbers = n;
    while (n < len && text[n] >= 0x20 && text[n] <= 0x2f)
        n++;
    intermediates = n - numbers;
    if (n == len || text[n] < 0x40 || text[n] > 0x7e || n > TERMINAL_HELD_MAX || intermediates > 1)
        abort();
    first = numbers ? text[0] : 0;
    last = text[n];
    /* Windows, printers, tests, requests for settings. */
    if (!intermediates && (strchr("tixyqpw", last) || ((last == 'n' || last == 'c') && !answers)))
        abort();
    if (first == '<' || first == '=' || (first == '>' && last != 'c'))
        abort();
    if (first == '?' && !strchr("hlJK", last))
        abort();
    if (intermediates && text[numbers] != '$' && strchr("|wuy~", last))
        abort();
    if (intermediates && text[numbers] == '$' && strchr("pqwu|}~", last))
        abort();
    return n + 1;
}

static size_t inspect_escape(const uint8_t *text, size_t len, bool answers)
{
    if (!len)
        abort();
    if (text[0] == '[')
        return 1 + inspect_csi(text + 1, len - 1, answers);
    if (strchr("()*+#", text[0])) {
        if (len < 2 || text[1] < 0x30 || text[1] > 0x7e)
            abort();
        return 2;
    }
    if (text[0] < 0x30 || text[0] > 0x7e || strchr("PX]^_\\Zlm", text[0]))
        abort();
    return 1;
}

static void inspect(const uint8_t *text, size_t len, bool answers, bool ascii)
{
    while (len) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);

        if (!n || (code >= 0x7f && code < 0xa0) || (ascii && code >= 0x80))
            abort();
        if (code == 0x1b)
            n += inspect_escape(text + 1, len - 1, answers);
        else if (code < 0x20 && !strchr("\a\b\t\n\v\f\r\16\17", (int)code))
            abort();
        text += n;
        len -= n;
    }
}

static void expect_same(const struct buf *a, const struct buf *b)
{
    if (a->len != b->len || (a->len && memcmp(a->data, b->data, a->len) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct terminal_filter whole, cut, again;
    struct buf one = BUF_INIT, many = BUF_INIT, twice = BUF_INIT;
    size_t step;

    if (!size)
        return 0;
    terminal_filter_init(&whole);
    whole.answers = data[0] & 1;
    whole.ascii = data[0] & 2;
    step = (data[0] >> 2) + 1u;
    cut = again = whole;
    data++;
    size--;
    terminal_filter_feed(&whole, data, size, &one);
    for (size_t i = 0; i < size; i += step)
        terminal_filter_feed(&cut, data + i, size - i < step ? size - i : step, &many);
    expect_same(&one, &many);
    /* What has passed passes. */
    terminal_filter_feed(&again, one.data, one.len, &twice);
    expect_same(&one, &twice);
    terminal_filter_reset(&whole, &one);
    terminal_filter_reset(&cut, &many);
    expect_same(&one, &many);
    inspect(one.data, one.len, whole.answers, whole.ascii);
    buf_finish(&one);
    buf_finish(&many);
    buf_finish(&twice);
    return 0;
}
