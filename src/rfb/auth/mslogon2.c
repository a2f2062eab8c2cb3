/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSLogonII; see mslogon2.h. */
#include "rfb/auth/mslogon2.h"

#include "base/wire.h"
#include "rfb/auth/dh.h"
#include "rfb/auth/rsa_key.h"

#include <gnutls/gnutls.h>
#include <nettle/cbc.h>
#include <nettle/des.h>
#include <string.h>

enum {
    NUMBER = 8, /* bytes of each number of the exchange */
    USER = 256,
    PASSWORD = 64,     /* bytes of the fields with their 0 */
    MODULUS_BITS = 16, /* the least: UltraVNC's own have about 31 */
};

static void *client_create(const void *config)
{
    return (void *)(uintptr_t)config;
}

static void client_destroy(void *state)
{
    (void)state;
}

/* VNC's DES takes the bits of each byte of the key in reverse. */
static void set_key(struct des_ctx *des, const uint8_t shared[static NUMBER])
{
    uint8_t key[NUMBER] = {0};

    for (int i = 0; i < NUMBER; i++)
        for (int bit = 0; bit < 8; bit++)
            key[i] = (uint8_t)(key[i] | ((shared[i] >> bit) & 1) << (7 - bit));
    (void)des_set_key(des, key); /* of a weak one it says so, and takes it */
    gnutls_memset(key, 0, sizeof(key));
}

static void put_field(struct buf *out, const struct des_ctx *des,
                      const uint8_t shared[static NUMBER], const char *text, size_t size)
{
    uint8_t field[USER], iv[NUMBER];

    rfb_rsa_random(field, size);
    memcpy(field, text, strlen(text) + 1);
    memcpy(iv, shared, sizeof(iv));
    cbc_encrypt(des, (nettle_cipher_func *)des_encrypt, DES_BLOCK_SIZE, iv, size,
                buf_extend(out, size), field);
    gnutls_memset(field, 0, sizeof(field));
}

static int put_answer(const struct rfb_security_asks *asks, const struct rfb_dh_group *group,
                      const uint8_t *value, struct buf *out, struct err *err)
{
    struct rfb_credentials credentials = {"", ""};
    int rc = asks->credentials(asks->owner, true, &credentials, err);
    struct rfb_dh_secret secret;
    uint8_t shared[NUMBER];
    struct des_ctx des;

    if (!rc && (strlen(credentials.user) >= USER || strlen(credentials.password) >= PASSWORD))
        rc = err_set(err, "the %s is too long: MSLogonII has room for %d bytes",
                     strlen(credentials.user) >= USER ? "name" : "password",
                     strlen(credentials.user) >= USER ? USER - 1 : PASSWORD - 1);
    if (!rc) {
        rfb_dh_make_secret(group, &secret, buf_extend(out, NUMBER));
        rfb_dh_share(group, &secret, value, shared);
        set_key(&des, shared);
        put_field(out, &des, shared, credentials.user, USER);
        put_field(out, &des, shared, credentials.password, PASSWORD);
        gnutls_memset(&secret, 0, sizeof(secret));
        gnutls_memset(shared, 0, sizeof(shared));
        gnutls_memset(&des, 0, sizeof(des));
    }
    gnutls_memset(&credentials, 0, sizeof(credentials));
    return rc;
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    struct rfb_dh_group group = {.size = NUMBER, .generator = wire_get_u64(&in)};
    const uint8_t *value;

    group.modulus = wire_get_bytes(&in, NUMBER);
    value = wire_get_bytes(&in, NUMBER);
    if (in.failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (rfb_dh_check_group(&group, MODULUS_BITS, err) || rfb_dh_check_public(&group, value, err) ||
        put_answer(state, &group, value, out, err))
        return RFB_SECURITY_REFUSED;
    *used = len - wire_left(&in);
    return RFB_SECURITY_PASSED;
}

const struct rfb_security rfb_security_mslogon2_client = {.type = RFB_SECURITY_MSLOGON2,
                                                          .create = client_create,
                                                          .step = client_step,
                                                          .destroy = client_destroy};
