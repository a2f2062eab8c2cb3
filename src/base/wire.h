/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Big-endian fields, read with an end and written into a buf. A read past the end yields zero and
 * sets `failed` for good, so a parser reads a whole record and asks once. No pointer arithmetic on
 * peers' bytes is done outside this file.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct wire_reader wire_reader_of(const void *data, size_t len)
{
    const uint8_t *at = data;

    return (struct wire_reader){at, len ? at + len : at, false};
}

static inline size_t wire_left(const struct wire_reader *r)
{
    return (size_t)(r->end - r->at);
}

uint8_t wire_get_u8(struct wire_reader *r);
uint16_t wire_get_u16(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);
int32_t wire_get_s32(struct wire_reader *r);
void wire_skip(struct wire_reader *r, size_t len);
/* len bytes in place, NULL (and failed) when there are fewer; valid as long as the reader's data.
 */
const uint8_t *wire_get_bytes(struct wire_reader *r, size_t len);

void wire_put_u8(struct buf *b, uint8_t v);
void wire_put_u16(struct buf *b, uint16_t v);
void wire_put_u32(struct buf *b, uint32_t v);
void wire_put_u64(struct buf *b, uint64_t v);
void wire_put_s32(struct buf *b, int32_t v);
void wire_put_zeros(struct buf *b, size_t len);

/* Overwrites a field written earlier (a length that is known only at the end). */
void wire_patch_u16(struct buf *b, size_t offset, uint16_t v);
void wire_patch_u32(struct buf *b, size_t offset, uint32_t v);
