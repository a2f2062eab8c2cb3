/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A WebSocket's frames, whole and byte by byte: the same must be heard and answered. */
#include "web/proto/frames.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int hear(const uint8_t *data, size_t size, size_t step, struct buf *plain, struct buf *wire)
{
    struct ws_frames *f = ws_frames_create();
    struct err err;
    int rc = 0;

    for (size_t at = 0; at < size && !rc; at += step) {
        size_t used = 0, n = size - at < step ? size - at : step;

        rc = ws_frames_ops.receive(f, data + at, n, &used, plain, wire, &err);
    }
    ws_frames_ops.destroy(f);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf plain[2] = {BUF_INIT, BUF_INIT}, wire[2] = {BUF_INIT, BUF_INIT};
    int whole = hear(data, size, size ? size : 1, &plain[0], &wire[0]);
    int bytes = hear(data, size, 1, &plain[1], &wire[1]);

    if (whole != bytes || plain[0].len != plain[1].len || wire[0].len != wire[1].len ||
        plain[0].len > size || (plain[0].len && memcmp(plain[0].data, plain[1].data, plain[0].len)))
        abort();
    for (int i = 0; i < 2; i++) {
        buf_finish(&plain[i]);
        buf_finish(&wire[i]);
    }
    return 0;
}
