/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Both ends of an agent channel. The first byte chooses the end and how the rest is cut; cut or
 * whole, the same messages must be heard, the same bytes answered, and the link end up the same.
 */
#include "base/buf.h"
#include "winproto/link.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The nonce that seeds can answer. */
static const uint64_t NONCE = 0x1122334455667788;

struct heard {
    struct buf messages; /* encoded again */
    unsigned opened;
};

static void heard_opened(void *owner, const struct win_hello *hello)
{
    ((struct heard *)owner)->opened++;
    (void)hello;
}

static void heard_message(void *owner, const struct win_msg *msg)
{
    win_msg_encode(&((struct heard *)owner)->messages, msg);
}

static const struct win_link_ops ops = {heard_opened, heard_message};

static int run(enum win_role role, const uint8_t *data, size_t len, size_t step,
               struct heard *heard, struct buf *out, enum win_link_state *state)
{
    struct win_link *link = win_link_create(role, "fuzz", &ops, heard);
    struct err err;
    int result = 0;

    win_link_start(link, NONCE, out);
    for (size_t at = 0; at < len && !result; at += step) {
        size_t n = len - at < step ? len - at : step;

        result = win_link_feed(link, data + at, n, 1000000, out, &err);
    }
    *state = win_link_state(link);
    if ((result != 0) != (*state == WIN_BROKEN))
        abort();
    win_link_destroy(link);
    return result;
}

static int same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct heard whole = {0}, cut = {0};
    struct buf whole_out = BUF_INIT, cut_out = BUF_INIT;
    enum win_link_state whole_state, cut_state;
    enum win_role role;
    size_t step;

    if (len < 2)
        return 0;
    role = data[0] & 0x80 ? WIN_GUEST : WIN_HOST;
    step = 1 + (data[0] & 0x7f);
    data++;
    len--;
    if (run(role, data, len, len, &whole, &whole_out, &whole_state) !=
            run(role, data, len, step, &cut, &cut_out, &cut_state) ||
        whole_state != cut_state || whole.opened != cut.opened ||
        !same(&whole.messages, &cut.messages) || !same(&whole_out, &cut_out))
        abort();
    buf_finish(&whole.messages);
    buf_finish(&cut.messages);
    buf_finish(&whole_out);
    buf_finish(&cut_out);
    return 0;
}
