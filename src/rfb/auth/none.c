/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security type None: whoever can reach the socket may come in. The socket's own protection (mode
 * 0600, loopback) is the whole of it.
 */
#include "rfb/auth/security.h"

static enum rfb_security_answer none_step(void *state, const uint8_t *data, size_t len,
                                          size_t *used, struct buf *out, struct err *err)
{
    (void)state, (void)data, (void)len, (void)out, (void)err;
    *used = 0;
    return RFB_SECURITY_PASSED;
}

const struct rfb_security rfb_security_none = {.type = RFB_SECURITY_NONE, .step = none_step};

const struct rfb_security rfb_security_none_client = {.type = RFB_SECURITY_NONE, .step = none_step};
