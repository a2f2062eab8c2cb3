/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FBS files, read and written; see fbs.h. */
#include "rfb/msg/fbs.h"

#include "base/arith.h"
#include "base/wire.h"

#include <string.h>

static const char version[] = "FBS 001.000\n";

static size_t padding_of(size_t len)
{
    return (4 - len % 4) % 4;
}

int fbs_read_version(const uint8_t *data, size_t len, size_t *used, struct err *err)
{
    if (memcmp(data, version, MIN_OF(len, (size_t)FBS_VERSION_BYTES)))
        return err_set(err, "this is no recorded session: those begin with \"FBS 001.000\"");
    if (len < FBS_VERSION_BYTES)
        return 0;
    *used = FBS_VERSION_BYTES;
    return 1;
}

int fbs_read_block(const uint8_t *data, size_t len, size_t *used, struct fbs_block *block,
                   struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    struct fbs_block b = {.len = wire_get_u32(&in)};

    if (!in.failed && b.len > FBS_BLOCK_MAX)
        return err_set(err, "a block of the recording has %zu bytes, more than %d", b.len,
                       FBS_BLOCK_MAX);
    b.data = wire_get_bytes(&in, b.len);
    wire_skip(&in, padding_of(b.len));
    b.ms = wire_get_u32(&in);
    if (in.failed)
        return 0;
    *block = b;
    *used = len - wire_left(&in);
    return 1;
}

void fbs_put_version(struct buf *out)
{
    buf_append(out, version, FBS_VERSION_BYTES);
}

void fbs_put_block(struct buf *out, const void *data, size_t len, uint32_t ms)
{
    wire_put_u32(out, (uint32_t)len);
    buf_append(out, data, len);
    wire_put_zeros(out, padding_of(len));
    wire_put_u32(out, ms);
}
