/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VNC Authentication (2): the server sends 16 random bytes, the client returns them encrypted by
 * DES with the password, of which no more than 8 characters count. Nothing else is protected, and
 * who records it can guess at leisure: it is for peers that have nothing better. A longer password
 * is refused at both ends, because the rest of it would be ignored without a word.
 */
#include "base/mem.h"
#include "rfb/auth/account.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <nettle/des.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

enum { CHALLENGE = 16 };

/* DES takes the bits of the password's bytes in the opposite order, for no known reason. */
static void encrypt(const char *password, uint8_t block[CHALLENGE])
{
    uint8_t key[DES_KEY_SIZE] = {0};
    struct des_ctx des;

    for (size_t i = 0; i < DES_KEY_SIZE && password[i]; i++)
        for (unsigned bit = 0; bit < 8; bit++)
            if ((uint8_t)password[i] & 1u << bit)
                key[i] |= (uint8_t)(0x80u >> bit);
    des_set_key(&des, key); /* whose weak keys are nothing against the eight characters */
    des_encrypt(&des, CHALLENGE, block, block);
}

/* ---- The server -------------------------------------------------------------------------------
 */

struct server_try {
    const struct rfb_account *account;
    bool asked;
    uint8_t challenge[CHALLENGE];
};

static void *server_create(const void *config)
{
    struct server_try *t = mem_new0(struct server_try);

    t->account = config;
    return t;
}

static enum rfb_security_answer server_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct server_try *t = state;

    if (!t->asked) {
        if (gnutls_rnd(GNUTLS_RND_RANDOM, t->challenge, CHALLENGE) < 0) {
            err_set(err, "there are no random numbers to be had");
            return RFB_SECURITY_REFUSED;
        }
        buf_append(out, t->challenge, CHALLENGE);
        t->asked = true;
    }
    if (len < CHALLENGE)
        return RFB_SECURITY_NEEDS_MORE;
    *used = CHALLENGE;
    encrypt(t->account->credentials.password, t->challenge);
    return rfb_account_judge(t->account, memeql_sec(t->challenge, data, CHALLENGE), err);
}

const struct rfb_security rfb_security_vnc_auth = {
    .type = RFB_SECURITY_VNC_AUTH, .create = server_create, .step = server_step, .destroy = free};

/* ---- The client ------------------------------------------------------------------------------ */

static void *client_create(const void *config)
{
    return mem_dup(config, sizeof(struct rfb_security_asks));
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    const struct rfb_security_asks *asks = state;
    struct rfb_credentials credentials = {"", ""};
    uint8_t answer[CHALLENGE];

    if (len < CHALLENGE)
        return RFB_SECURITY_NEEDS_MORE;
    *used = CHALLENGE;
    if (asks->credentials(asks->owner, false, &credentials, err) < 0)
        return RFB_SECURITY_REFUSED;
    if (strlen(credentials.password) > RFB_VNC_PASSWORD_MAX) {
        err_set(err,
                "the server asks for VNC Authentication, which knows passwords of at most %d "
                "characters, and yours has %zu; if the server cut it, give the first %d",
                RFB_VNC_PASSWORD_MAX, strlen(credentials.password), RFB_VNC_PASSWORD_MAX);
        return RFB_SECURITY_REFUSED;
    }
    memcpy(answer, data, CHALLENGE);
    encrypt(credentials.password, answer);
    buf_append(out, answer, CHALLENGE);
    explicit_bzero(&credentials, sizeof(credentials));
    return RFB_SECURITY_PASSED;
}

const struct rfb_security rfb_security_vnc_auth_client = {
    .type = RFB_SECURITY_VNC_AUTH, .create = client_create, .step = client_step, .destroy = free};
