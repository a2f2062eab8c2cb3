/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's one user and password, and the brake on guessing; see account.h. */
#include "rfb/auth/account.h"

#include "base/arith.h"

#include <nettle/memops.h>
#include <string.h>

enum rfb_security_answer rfb_account_judge(const struct rfb_account *account, bool right,
                                           struct err *err)
{
    struct rfb_brake *brake = account->brake;
    uint64_t now = account->now_ms(), shut = 1000;

    if (now < brake->shut_until) {
        err_set(err, "Too many security failures");
        return RFB_SECURITY_REFUSED;
    }
    if (right) {
        brake->failures = 0;
        return RFB_SECURITY_PASSED;
    }
    if (brake->failures < RFB_ACCOUNT_TRIES + 16)
        brake->failures++;
    if (brake->failures >= RFB_ACCOUNT_TRIES) {
        shut <<= brake->failures - RFB_ACCOUNT_TRIES;
        brake->shut_until = now + MIN_OF(shut, (uint64_t)RFB_ACCOUNT_SHUT_MAX_MS);
    }
    err_set(err, "Authentication failed");
    return RFB_SECURITY_REFUSED;
}

/* Every comparison is of the longest that there can be. */
static bool is_same(const char *own, const uint8_t *theirs, size_t len)
{
    char padded[RFB_CREDENTIAL_MAX + 1] = "", own_padded[RFB_CREDENTIAL_MAX + 1] = "";

    if (len > RFB_CREDENTIAL_MAX)
        return false;
    if (len)
        memcpy(padded, theirs, len);
    memcpy(own_padded, own, strlen(own));
    return memeql_sec(padded, own_padded, sizeof(padded)) && !memchr(padded, 0, len);
}

enum rfb_security_answer rfb_account_try(const struct rfb_account *account, const uint8_t *user,
                                         size_t user_len, const uint8_t *password,
                                         size_t password_len, struct err *err)
{
    bool right = is_same(account->credentials.user, user, user_len);

    right = is_same(account->credentials.password, password, password_len) && right;
    return rfb_account_judge(account, right, err);
}
