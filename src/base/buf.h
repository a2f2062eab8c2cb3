/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing run of bytes, used as a queue: appended at the end, consumed at the front. Bytes
 * between `data` and `data + len` are valid until the next call on the buffer. It has no cap of its
 * own: who charges a peer compares `len` with its budget before appending.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* first unconsumed byte; NULL while nothing was ever appended */
    size_t len;
    /* private */
    uint8_t *base;
    size_t room;
};

#define BUF_INIT ((struct buf){0})

void buf_finish(struct buf *b); /* frees; b is as BUF_INIT afterwards */
void buf_clear(struct buf *b);  /* len becomes 0, the memory stays */
void buf_append(struct buf *b, const void *data, size_t len);
uint8_t *buf_extend(struct buf *b, size_t len); /* appends len bytes for the caller to fill */
uint8_t *buf_reserve(struct buf *b,
                     size_t len);            /* room for len more behind data+len; len unchanged */
void buf_consume(struct buf *b, size_t len); /* drops len bytes at the front, len <= b->len */
