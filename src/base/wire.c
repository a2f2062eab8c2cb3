/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Big-endian fields with an end; see wire.h. */
#include "base/wire.h"

#include <assert.h>
#include <string.h>

const uint8_t *wire_get_bytes(struct wire_reader *r, size_t len)
{
    const uint8_t *p = r->at;

    if (r->failed || wire_left(r) < len) {
        r->failed = true;
        return NULL;
    }
    r->at += len;
    return p;
}

void wire_skip(struct wire_reader *r, size_t len)
{
    (void)wire_get_bytes(r, len);
}

static uint64_t get_be(struct wire_reader *r, size_t len)
{
    const uint8_t *p = wire_get_bytes(r, len);
    uint64_t v = 0;

    for (size_t i = 0; p && i < len; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t wire_get_u8(struct wire_reader *r)
{
    return (uint8_t)get_be(r, 1);
}

uint16_t wire_get_u16(struct wire_reader *r)
{
    return (uint16_t)get_be(r, 2);
}

uint32_t wire_get_u32(struct wire_reader *r)
{
    return (uint32_t)get_be(r, 4);
}

uint64_t wire_get_u64(struct wire_reader *r)
{
    return get_be(r, 8);
}

int32_t wire_get_s32(struct wire_reader *r)
{
    return (int32_t)wire_get_u32(r);
}

static void store_be(uint8_t *p, uint64_t v, size_t len)
{
    for (size_t i = len; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
}

void wire_put_u8(struct buf *b, uint8_t v)
{
    store_be(buf_extend(b, 1), v, 1);
}

void wire_put_u16(struct buf *b, uint16_t v)
{
    store_be(buf_extend(b, 2), v, 2);
}

void wire_put_u32(struct buf *b, uint32_t v)
{
    store_be(buf_extend(b, 4), v, 4);
}

void wire_put_u64(struct buf *b, uint64_t v)
{
    store_be(buf_extend(b, 8), v, 8);
}

void wire_put_s32(struct buf *b, int32_t v)
{
    wire_put_u32(b, (uint32_t)v);
}

void wire_put_zeros(struct buf *b, size_t len)
{
    if (len)
        memset(buf_extend(b, len), 0, len);
}

void wire_patch_u16(struct buf *b, size_t offset, uint16_t v)
{
    assert(offset <= b->len && b->len - offset >= 2);
    store_be(b->data + offset, v, 2);
}

void wire_patch_u32(struct buf *b, size_t offset, uint32_t v)
{
    assert(offset <= b->len && b->len - offset >= 4);
    store_be(b->data + offset, v, 4);
}
