/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FBS 001.000: a recorded RFB session. After twelve bytes of version come blocks: what the server
 * sent (U32 length, the bytes, zeros up to a multiple of four), and when (U32 milliseconds since
 * the beginning). The bytes are a server's from its greeting on, of protocol 3.3 and without
 * security.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FBS_VERSION_BYTES = 12,
    FBS_BLOCK_MAX = 4 << 20, /* bytes of a block that we read */
};

struct fbs_block {
    const uint8_t *data; /* the reader's input */
    size_t len;
    uint32_t ms;
};

/*
 * Reads the version, or a whole block, from a file's bytes: 1 and *used, 0: needs more, -1: no
 * recording, or a block that is too long. Offered FBS_BLOCK_MAX + 16 bytes it never needs more.
 */
int fbs_read_version(const uint8_t *data, size_t len, size_t *used, struct err *err);
int fbs_read_block(const uint8_t *data, size_t len, size_t *used, struct fbs_block *block,
                   struct err *err);

void fbs_put_version(struct buf *out);
void fbs_put_block(struct buf *out, const void *data, size_t len, uint32_t ms);
