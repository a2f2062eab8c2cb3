/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Apple's Diffie-Hellman; see apple_dh.h. */
#include "rfb/auth/apple_dh.h"

#include "base/mem.h"
#include "base/wire.h"
#include "rfb/auth/dh.h"
#include "rfb/auth/rsa_key.h"

#include <gnutls/gnutls.h>
#include <nettle/aes.h>
#include <nettle/md5.h>
#include <stdlib.h>
#include <string.h>

enum {
    GENERATOR = 2,
    MODULUS_MIN = 128, /* bytes of a server's, what macOS once had; newer ones have 512 */
    FIELD = 64,        /* bytes of a name or a password with its 0 */
    CREDENTIALS = 2 * FIELD,
};

struct exchange {
    const struct rfb_account *account;
    struct rfb_dh_group group;
    struct rfb_dh_secret secret;
    bool started;
};

static void exchange_destroy(void *state)
{
    gnutls_memset(state, 0, sizeof(struct exchange));
    free(state);
}

static void make_key(const uint8_t *shared, size_t size, struct aes128_ctx *aes, bool encrypts)
{
    uint8_t key[MD5_DIGEST_SIZE];
    struct md5_ctx md5;

    md5_init(&md5);
    md5_update(&md5, size, shared);
    md5_digest(&md5, sizeof(key), key);
    if (encrypts)
        aes128_set_encrypt_key(aes, key);
    else
        aes128_set_decrypt_key(aes, key);
    gnutls_memset(key, 0, sizeof(key));
}

/* ---- The server's end -------------------------------------------------------------------------
 */

static void *server_create(const void *config)
{
    struct exchange *x = mem_new0(struct exchange);

    x->account = config;
    x->group = (struct rfb_dh_group){gnutls_ffdhe_2048_group_prime.data,
                                     gnutls_ffdhe_2048_group_prime.size, GENERATOR};
    return x;
}

static void server_start(struct exchange *x, struct buf *out)
{
    wire_put_u16(out, (uint16_t)x->group.generator);
    wire_put_u16(out, (uint16_t)x->group.size);
    buf_append(out, x->group.modulus, x->group.size);
    rfb_dh_make_secret(&x->group, &x->secret, buf_extend(out, x->group.size));
    x->started = true;
}

static enum rfb_security_answer server_check(struct exchange *x, const uint8_t *sealed,
                                             const uint8_t *shared, struct err *err)
{
    uint8_t text[CREDENTIALS];
    struct aes128_ctx aes;
    enum rfb_security_answer answer;

    make_key(shared, x->group.size, &aes, false);
    aes128_decrypt(&aes, sizeof(text), text, sealed);
    answer = rfb_account_try(x->account, text, strnlen((char *)text, FIELD), text + FIELD,
                             strnlen((char *)text + FIELD, FIELD), err);
    gnutls_memset(text, 0, sizeof(text));
    gnutls_memset(&aes, 0, sizeof(aes));
    return answer;
}

static enum rfb_security_answer server_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct exchange *x = state;
    struct wire_reader in = wire_reader_of(data, len);
    const uint8_t *sealed, *value;
    cleanup_free uint8_t *shared = NULL;
    enum rfb_security_answer answer;

    if (!x->started)
        server_start(x, out);
    sealed = wire_get_bytes(&in, CREDENTIALS);
    value = wire_get_bytes(&in, x->group.size);
    if (in.failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (rfb_dh_check_public(&x->group, value, err))
        return RFB_SECURITY_REFUSED;
    *used = len - wire_left(&in);
    shared = mem_alloc0(x->group.size, 1);
    rfb_dh_share(&x->group, &x->secret, value, shared);
    answer = server_check(x, sealed, shared, err);
    gnutls_memset(shared, 0, x->group.size);
    return answer;
}

const struct rfb_security rfb_security_apple_dh = {.type = RFB_SECURITY_APPLE_DH,
                                                   .create = server_create,
                                                   .step = server_step,
                                                   .destroy = exchange_destroy};

/* ---- The client's end -------------------------------------------------------------------------
 */

/* The asks themselves are the state: there is nothing to remember. */
static void *client_create(const void *config)
{
    return (void *)(uintptr_t)config;
}

static void client_destroy(void *state)
{
    (void)state;
}

/* Random bytes follow each field's 0. */
static int fill_credentials(const struct rfb_security_asks *asks, char text[static CREDENTIALS],
                            struct err *err)
{
    struct rfb_credentials credentials = {"", ""};
    size_t user_len, password_len;
    int rc = asks->credentials(asks->owner, true, &credentials, err);

    user_len = strlen(credentials.user);
    password_len = strlen(credentials.password);
    if (!rc && (user_len >= FIELD || password_len >= FIELD))
        rc = err_set(err, "the %s is too long: this server's security type has room for %d bytes",
                     user_len >= FIELD ? "name" : "password", FIELD - 1);
    if (!rc) {
        rfb_rsa_random((uint8_t *)text, CREDENTIALS);
        memcpy(text, credentials.user, user_len + 1);
        memcpy(text + FIELD, credentials.password, password_len + 1);
    }
    gnutls_memset(&credentials, 0, sizeof(credentials));
    return rc;
}

static void put_answer(const struct rfb_dh_group *group, const uint8_t *value,
                       char text[static CREDENTIALS], struct buf *out)
{
    uint8_t *memory = mem_alloc0(2, group->size), *shared = memory, *ours = memory + group->size;
    struct rfb_dh_secret secret;
    struct aes128_ctx aes;

    rfb_dh_make_secret(group, &secret, ours);
    rfb_dh_share(group, &secret, value, shared);
    make_key(shared, group->size, &aes, true);
    aes128_encrypt(&aes, CREDENTIALS, buf_extend(out, CREDENTIALS), (const uint8_t *)text);
    buf_append(out, ours, group->size);
    gnutls_memset(memory, 0, 2 * group->size);
    gnutls_memset(&secret, 0, sizeof(secret));
    gnutls_memset(&aes, 0, sizeof(aes));
    free(memory);
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    struct rfb_dh_group group = {.generator = wire_get_u16(&in)};
    const uint8_t *value;
    char text[CREDENTIALS];

    group.size = wire_get_u16(&in);
    if (!in.failed && (group.size < MODULUS_MIN || group.size > RFB_DH_SIZE_MAX)) {
        err_set(err, "the server's Diffie-Hellman modulus has %zu bytes; %d to %d are taken",
                group.size, MODULUS_MIN, RFB_DH_SIZE_MAX);
        return RFB_SECURITY_REFUSED;
    }
    group.modulus = wire_get_bytes(&in, group.size);
    value = wire_get_bytes(&in, group.size);
    if (in.failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (rfb_dh_check_group(&group, MODULUS_MIN * 8 - 8, err) ||
        rfb_dh_check_public(&group, value, err) || fill_credentials(state, text, err))
        return RFB_SECURITY_REFUSED;
    *used = len - wire_left(&in);
    put_answer(&group, value, text, out);
    gnutls_memset(text, 0, sizeof(text));
    return RFB_SECURITY_PASSED;
}

const struct rfb_security rfb_security_apple_dh_client = {.type = RFB_SECURITY_APPLE_DH,
                                                          .create = client_create,
                                                          .step = client_step,
                                                          .destroy = client_destroy};
