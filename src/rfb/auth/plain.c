/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plain: the user's name and password as they are. One of VeNCrypt's sub-types (vencrypt.c), where
 * TLS protects them, or nothing does.
 */
#include "rfb/auth/plain.h"

#include "base/mem.h"
#include "base/wire.h"
#include "rfb/auth/account.h"

#include <stdlib.h>
#include <string.h>

/* ---- The server -------------------------------------------------------------------------------
 */

static void *server_create(const void *config)
{
    return mem_dup(&config, sizeof(config));
}

static enum rfb_security_answer server_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    const struct rfb_account *account = *(const struct rfb_account **)state;
    struct wire_reader in = wire_reader_of(data, len);
    uint32_t user_len = wire_get_u32(&in), password_len = wire_get_u32(&in);
    const uint8_t *user, *password;

    (void)out;
    if (!in.failed && (user_len > RFB_CREDENTIAL_MAX || password_len > RFB_CREDENTIAL_MAX)) {
        err_set(err, "a name of %u and a password of %u bytes, more than %d", user_len,
                password_len, RFB_CREDENTIAL_MAX);
        return RFB_SECURITY_REFUSED;
    }
    user = wire_get_bytes(&in, user_len);
    password = wire_get_bytes(&in, password_len);
    if (in.failed)
        return RFB_SECURITY_NEEDS_MORE;
    *used = len - wire_left(&in);
    return rfb_account_try(account, user, user_len, password, password_len, err);
}

const struct rfb_security rfb_security_plain = {
    .type = RFB_SECURITY_PLAIN, .create = server_create, .step = server_step, .destroy = free};

/* ---- The client -------------------------------------------------------------------------------
 */

int rfb_plain_put(const struct rfb_security_asks *asks, struct buf *out, struct err *err)
{
    struct rfb_credentials c = {"", ""};

    if (asks->credentials(asks->owner, true, &c, err) < 0)
        return -1;
    wire_put_u32(out, (uint32_t)strlen(c.user));
    wire_put_u32(out, (uint32_t)strlen(c.password));
    buf_append(out, c.user, strlen(c.user));
    buf_append(out, c.password, strlen(c.password));
    explicit_bzero(&c, sizeof(c));
    return 0;
}

static void *client_create(const void *config)
{
    return mem_dup(config, sizeof(struct rfb_security_asks));
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    (void)data, (void)len, (void)used;
    return rfb_plain_put(state, out, err) < 0 ? RFB_SECURITY_REFUSED : RFB_SECURITY_PASSED;
}

const struct rfb_security rfb_security_plain_client = {
    .type = RFB_SECURITY_PLAIN, .create = client_create, .step = client_step, .destroy = free};
