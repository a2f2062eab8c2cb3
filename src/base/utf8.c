/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 by RFC 3629, section 4's table; see utf8.h. */
#include "base/utf8.h"

#include <string.h>

size_t utf8_decode(const void *text, size_t len, uint32_t *code)
{
    const uint8_t *s = text;
    uint8_t low = 0x80, high = 0xbf;
    size_t n;

    if (!len)
        return 0;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len < n)
        return 0;
    /* The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF. */
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    *code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (s[i] < low || s[i] > high)
            return 0;
        *code = *code << 6 | (s[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    return n;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool utf8_is_clean(const void *text, size_t len)
{
    const uint8_t *s = text;

    while (len) {
        uint32_t code;
        size_t n = utf8_decode(s, len, &code);

        if (!n || is_control(code))
            return false;
        s += n;
        len -= n;
    }
    return true;
}

size_t utf8_sanitize(const void *text, size_t len, char *out, size_t room)
{
    const uint8_t *s = text;
    size_t used = 0;

    while (len) {
        uint32_t code;
        size_t n = utf8_decode(s, len, &code);
        bool keep = n && !is_control(code);
        size_t put = keep ? n : 1;

        if (used + put >= room)
            break;
        memcpy(out + used, keep ? (const void *)s : "?", put);
        used += put;
        s += n ? n : 1;
        len -= n ? n : 1;
    }
    out[used] = '\0';
    return used;
}
