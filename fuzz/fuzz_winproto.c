/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The windows protocol's decoder. Whatever is taken must come back the same from the encoder (which
 * checks the rules again), and a message that is cut short must not be taken.
 */
#include "base/buf.h"
#include "winproto/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_round_trip(const struct win_msg *msg)
{
    struct buf first = BUF_INIT, second = BUF_INIT;
    struct win_msg again;
    struct err err;
    size_t used;

    win_msg_encode(&first, msg);
    if (win_msg_decode(first.data, first.len, &used, &again, &err) != WIN_MESSAGE ||
        used != first.len)
        abort();
    win_msg_encode(&second, &again);
    if (first.len != second.len || memcmp(first.data, second.data, first.len))
        abort();
    win_msg_finish(&again);
    buf_finish(&first);
    buf_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (;;) {
        enum win_decoded result, cut;
        struct win_msg msg, part;
        struct err err;
        size_t used, ignored;

        result = win_msg_decode(data, len, &used, &msg, &err);
        if (result == WIN_INVALID || result == WIN_NEEDS_MORE)
            return 0;
        cut = win_msg_decode(data, used - 1, &ignored, &part, &err);
        if (cut != WIN_NEEDS_MORE || used > len)
            abort();
        if (result == WIN_MESSAGE) {
            check_round_trip(&msg);
            win_msg_finish(&msg);
        }
        data += used;
        len -= used;
    }
}
