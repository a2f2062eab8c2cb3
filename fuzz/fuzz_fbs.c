/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recorded session's file: what its blocks hold lies inside of it, all of it is read or refused,
 * and written again it is the same. What the blocks say is fuzz_rfb_client's.
 */
#include "rfb/msg/fbs.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf again = BUF_INIT;
    struct fbs_block block;
    struct err err;
    size_t at = 0, used = 0;

    if (fbs_read_version(data, size, &used, &err) <= 0)
        return 0;
    at += used;
    while (fbs_read_block(data + at, size - at, &used, &block, &err) > 0) {
        if (!used || used > size - at || block.len > FBS_BLOCK_MAX || block.data < data ||
            block.data + block.len > data + size)
            __builtin_trap();
        buf_clear(&again);
        fbs_put_block(&again, block.data, block.len, block.ms);
        if (again.len != used || memcmp(again.data, data + at, 4 + block.len) ||
            memcmp(again.data + used - 4, data + at + used - 4, 4))
            __builtin_trap();
        at += used;
    }
    buf_finish(&again);
    return 0;
}
