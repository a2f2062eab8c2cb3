/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts text for pasting; see cut_text.h. */
#include "rfb/msg/cut_text.h"

#include "base/utf8.h"
#include "base/wire.h"

#include <string.h>

void rfb_text_to_wire(const char *text, size_t len, struct buf *out)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n' || (i && text[i - 1] == '\r'))
            continue;
        buf_append(out, text + from, i - from);
        buf_append(out, "\r\n", 2);
        from = i + 1;
    }
    if (from < len)
        buf_append(out, text + from, len - from);
    wire_put_u8(out, 0);
}

/* CR LF at i counts once, at its CR. */
static size_t line_end(const uint8_t *s, size_t i, size_t len)
{
    if (s[i] != '\r')
        return 0;
    return i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
}

void rfb_text_from_wire(const void *wire, size_t len, struct buf *out)
{
    const uint8_t *s = wire;
    size_t from = 0, i = 0;
    uint32_t code;

    len = len ? strnlen((const char *)s, len) : 0;
    while (i < len) {
        size_t end = line_end(s, i, len), n = end ? 0 : utf8_decode(s + i, len - i, &code);

        if (n) {
            i += n;
            continue;
        }
        buf_append(out, s + from, i - from);
        wire_put_u8(out, end ? '\n' : '?');
        i += end ? end : 1;
        from = i;
    }
    if (from < len)
        buf_append(out, s + from, len - from);
}

void rfb_text_to_latin1(const char *text, size_t len, struct buf *out)
{
    size_t i = 0;

    while (i < len) {
        uint32_t code = 0;
        size_t n = utf8_decode(text + i, len - i, &code);
        bool ends = line_end((const uint8_t *)text, i, len) != 0;

        if (ends) {
            n = line_end((const uint8_t *)text, i, len);
            code = '\n';
        }
        wire_put_u8(out, n && code && code < 0x100 ? (uint8_t)code : '?');
        i += n ? n : 1;
    }
}

void rfb_text_from_latin1(const void *latin1, size_t len, struct buf *out)
{
    const uint8_t *s = latin1;

    for (size_t i = 0; i < len && s[i]; i++) {
        size_t end = line_end(s, i, len);

        if (end) {
            wire_put_u8(out, '\n');
            i += end - 1;
        } else if (s[i] < 0x80) {
            wire_put_u8(out, s[i]);
        } else {
            wire_put_u8(out, (uint8_t)(0xc0 | s[i] >> 6));
            wire_put_u8(out, (uint8_t)(0x80 | (s[i] & 0x3f)));
        }
    }
}
