/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kitty's graphics protocol; see kitty.h. */
#include "term/kitty.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PIECE = 4096 /* bytes of base64 */, LEVEL = 1 /* of zlib: time is dearer than bytes */ };

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

static void put_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        size_t n = MIN_OF(len - i, (size_t)3);
        uint32_t bits = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (n > 2 ? bytes[i + 2] : 0u);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63],
                        digits[bits & 63]};

        memset(four + n + 1, '=', 3 - n);
        buf_append(out, four, 4);
    }
}

/* Red, green and blue, row by row, compressed; the caller frees it. */
static uint8_t *pack(const struct surface *s, struct rect part, size_t *len)
{
    size_t size = (size_t)part.w * (size_t)part.h * 3;
    uLongf packed_len = compressBound((uLong)size);
    uint8_t *plain = mem_alloc0(size, 1), *packed = mem_alloc0(packed_len, 1), *at = plain;

    for (int32_t y = part.y; y < part.y + part.h; y++)
        for (int32_t x = part.x; x < part.x + part.w; x++) {
            uint32_t rgb = surface_row(s, y)[x];

            *at++ = (uint8_t)(rgb >> 16);
            *at++ = (uint8_t)(rgb >> 8);
            *at++ = (uint8_t)rgb;
        }
    compress2(packed, &packed_len, plain, (uLong)size, LEVEL);
    free(plain);
    *len = packed_len;
    return packed;
}

void kitty_put(struct buf *out, const struct surface *surface, struct rect part, uint32_t id)
{
    const size_t step = PIECE / 4 * 3;
    size_t len;
    uint8_t *packed = pack(surface, part, &len);
    char head[96];

    for (size_t at = 0; at < len; at += step) {
        bool has_more = len - at > step;

        if (at)
            snprintf(head, sizeof(head), "\033_Gm=%d;", has_more);
        else
            snprintf(head, sizeof(head), "\033_Ga=T,q=2,f=24,o=z,C=1,i=%u,s=%d,v=%d,m=%d;", id,
                     part.w, part.h, has_more);
        put(out, head);
        put_base64(out, packed + at, MIN_OF(len - at, step));
        put(out, "\033\\");
    }
    free(packed);
}

void kitty_remove_all(struct buf *out)
{
    put(out, "\033_Ga=d,d=A,q=2;\033\\");
}

void kitty_ask(struct buf *out)
{
    put(out, "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\");
}
