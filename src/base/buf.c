/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A growing run of bytes used as a queue; see buf.h. */
#include "base/buf.h"

#include "base/arith.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void buf_finish(struct buf *b)
{
    free(b->base);
    *b = BUF_INIT;
}

void buf_clear(struct buf *b)
{
    b->data = b->base;
    b->len = 0;
}

uint8_t *buf_reserve(struct buf *b, size_t len)
{
    size_t head = (size_t)(b->data - b->base);
    size_t want = b->len + len;

    if (head + want > b->room && head >= b->room / 2) {
        /* Moving is amortised: at least half of the room has been consumed since the last move. */
        if (b->len)
            memmove(b->base, b->data, b->len);
        b->data = b->base;
        head = 0;
    }
    if (head + want > b->room) {
        /* Twice as much as before, or what is asked for if that is more: it may be all. */
        size_t room = MAX_OF(b->room ? 2 * b->room : BUF_FIRST, head + want);

        b->base = mem_resize(b->base, room, 1);
        b->room = room;
        b->data = b->base + head;
    }
    return b->len ? b->data + b->len : b->data; /* NULL + 0 is undefined */
}

uint8_t *buf_extend(struct buf *b, size_t len)
{
    uint8_t *p = buf_reserve(b, len);

    b->len += len;
    return p;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
    if (len)
        memcpy(buf_extend(b, len), data, len);
}

void buf_consume(struct buf *b, size_t len)
{
    assert(len <= b->len);
    if (!len)
        return; /* NULL + 0 is undefined */
    b->data += len;
    b->len -= len;
    if (!b->len)
        buf_clear(b);
}
