/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The security types that stand on Diffie-Hellman, whole and cut. The first byte says whose input
 * the others are: Apple's client's (0), Apple's server's (1), MSLogonII's client's (2).
 */
#include "base/mem.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/mslogon2.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rfb_brake brake;

static uint64_t now_ms(void)
{
    brake.failures = 0;
    return 1 << 20;
}

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    (void)owner, (void)user, (void)err;
    strcpy(credentials->user, "ada");
    strcpy(credentials->password, "secret");
    return 0;
}

static enum rfb_security_answer step(const struct rfb_security *type, void *state,
                                     const uint8_t *data, size_t len, struct buf *out)
{
    cleanup_free uint8_t *copy = mem_dup(data, len);
    struct err err = {""};
    size_t used = 0;
    enum rfb_security_answer answer = type->step(state, copy, len, &used, out, &err);

    assert(used <= len && (answer != RFB_SECURITY_NEEDS_MORE || !used));
    assert(answer != RFB_SECURITY_REFUSED || err.text[0]);
    return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rfb_account account = {{"ada", "secret"}, now_ms, &brake};
    static const struct rfb_security_asks asks = {.credentials = on_credentials};
    static const struct {
        const struct rfb_security *type;
        const void *config;
    } ends[] = {{&rfb_security_apple_dh_client, &asks},
                {&rfb_security_apple_dh, &account},
                {&rfb_security_mslogon2_client, &asks}};
    const struct rfb_security *type;
    enum rfb_security_answer whole, cut = RFB_SECURITY_NEEDS_MORE;
    struct buf out = BUF_INIT;
    void *state;

    if (!size || data[0] > 2)
        return 0;
    type = ends[data[0]].type;
    for (int i = 0; i < 2; i++) {
        state = type->create(ends[data[0]].config);
        cut = step(type, state, data, 0, &out);
        if (i)
            cut = step(type, state, data + 1, (size - 1) * data[size - 1] / 256, &out);
        if (cut == RFB_SECURITY_NEEDS_MORE)
            cut = step(type, state, data + 1, size - 1, &out);
        if (!i)
            whole = cut;
        type->destroy(state);
    }
    assert(whole == cut);
    buf_finish(&out);
    return 0;
}
