/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exchange of RSA-AES, which both ends go through alike: public keys, a random number each
 * under the other's key, then, sealed by keys made of the two numbers, a hash of both public keys.
 * Behind it the server says what it wants to know and the client says it. See rsa_aes.h.
 */
#include "rfb/auth/rsa_aes.h"

#include "base/mem.h"
#include "base/wire.h"
#include "rfb/auth/rsa_aes_layer.h"

#include <gnutls/gnutls.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum {
    CREDENTIAL_MAX = 255,
    CREDENTIALS_MAX = 2 * (1 + CREDENTIAL_MAX), /* no message of the exchange is longer */
    SUBTYPE_USER_PASSWORD = 1,
    SUBTYPE_PASSWORD = 2,
};

enum phase { PHASE_START, PHASE_KEY, PHASE_NUMBER, PHASE_HASH, PHASE_LAST, PHASE_CHECK };

/* What a step did: something, nothing without more bytes, or the exchange is over. */
enum step { STEP_FAILED = -1, STEP_WAITS = 0, STEP_DONE = 1, STEP_OVER = 2 };

struct text {
    uint8_t bytes[CREDENTIAL_MAX];
    uint8_t len;
};

struct exchange {
    bool wide;                               /* a type with "256" */
    bool sealed;                             /* as is all that follows */
    const struct rfb_rsa_aes_server *server; /* NULL at the client's end */
    const struct rfb_security_asks *asks;    /* NULL at the server's */
    enum phase phase;
    const struct rfb_rsa_key *key;
    struct rfb_rsa_key *made; /* `key`, where it is this connection's own */
    struct rfb_rsa_public *peer;
    uint8_t number[RFB_RSA_AES_KEY_MAX], peer_number[RFB_RSA_AES_KEY_MAX];
    struct rfb_rsa_aes_layer *layer;
    struct buf plain;           /* opened, not taken yet */
    struct text user, password; /* as they came to the server */
};

static struct exchange *exchange_create(bool wide, bool sealed)
{
    struct exchange *x = mem_new0(struct exchange);

    x->wide = wide;
    x->sealed = sealed;
    /* It never grows, so no copy of a password is left behind. */
    buf_reserve(&x->plain, 2 * CREDENTIALS_MAX);
    return x;
}

static void exchange_destroy(void *state)
{
    struct exchange *x = state;

    rfb_rsa_key_destroy(x->made);
    rfb_rsa_public_destroy(x->peer);
    rfb_rsa_aes_layer_destroy(x->layer);
    gnutls_memset(x->plain.base, 0, x->plain.room);
    buf_finish(&x->plain);
    gnutls_memset(x, 0, sizeof(*x));
    free(x);
}

static void exchange_take_layer(void *state, struct rfb_security_layer *layer)
{
    struct exchange *x = state;

    *layer = (struct rfb_security_layer){&rfb_rsa_aes_layer_ops, steal(&x->layer)};
}

/* ---- What both ends do ------------------------------------------------------------------------
 */

static size_t number_size(const struct exchange *x)
{
    return x->wide ? 32 : 16;
}

static size_t hash_size(const struct exchange *x)
{
    return x->wide ? SHA256_DIGEST_SIZE : SHA1_DIGEST_SIZE;
}

static void hash_two(const struct exchange *x, const uint8_t *a, size_t a_len, const uint8_t *b,
                     size_t b_len, uint8_t hash[static SHA256_DIGEST_SIZE])
{
    if (x->wide) {
        struct sha256_ctx sha256;

        sha256_init(&sha256);
        sha256_update(&sha256, a_len, a);
        sha256_update(&sha256, b_len, b);
        sha256_digest(&sha256, SHA256_DIGEST_SIZE, hash);
    } else {
        struct sha1_ctx sha1;

        sha1_init(&sha1);
        sha1_update(&sha1, a_len, a);
        sha1_update(&sha1, b_len, b);
        sha1_digest(&sha1, SHA1_DIGEST_SIZE, hash);
    }
}

static void hash_publics(const struct exchange *x, const struct rfb_rsa_public *first,
                         const struct rfb_rsa_public *second,
                         uint8_t hash[static SHA256_DIGEST_SIZE])
{
    size_t first_len, second_len;
    const uint8_t *a = rfb_rsa_public_wire(first, &first_len);
    const uint8_t *b = rfb_rsa_public_wire(second, &second_len);

    hash_two(x, a, first_len, b, second_len, hash);
}

static void put_public(const struct exchange *x, struct buf *out)
{
    size_t len;
    const uint8_t *wire = rfb_rsa_public_wire(rfb_rsa_key_public(x->key), &len);

    buf_append(out, wire, len);
}

static void put_number(struct exchange *x, struct buf *out)
{
    rfb_rsa_random(x->number, number_size(x));
    wire_put_u16(out, (uint16_t)rfb_rsa_public_size(x->peer));
    rfb_rsa_public_encrypt(x->peer, x->number, number_size(x), out);
}

/* What an end sends is sealed by H(the other's number, its own). */
static void make_layer(struct exchange *x)
{
    uint8_t in[SHA256_DIGEST_SIZE], out[SHA256_DIGEST_SIZE];
    size_t size = number_size(x);

    hash_two(x, x->number, size, x->peer_number, size, in);
    hash_two(x, x->peer_number, size, x->number, size, out);
    x->layer = rfb_rsa_aes_layer_create(size, in, out);
    gnutls_memset(in, 0, sizeof(in));
    gnutls_memset(out, 0, sizeof(out));
}

static enum step take_number(struct exchange *x, const uint8_t *data, size_t len, size_t *used,
                             struct buf *out, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    size_t want = rfb_rsa_public_size(rfb_rsa_key_public(x->key));
    uint16_t size = wire_get_u16(&in);
    uint8_t hash[SHA256_DIGEST_SIZE];
    const uint8_t *sealed;

    if (!in.failed && size != want)
        return err_set(err, "an RSA-AES number of %u bytes came where the key makes it %zu", size,
                       want);
    sealed = wire_get_bytes(&in, want);
    if (in.failed)
        return STEP_WAITS;
    rfb_rsa_key_decrypt(x->key, sealed, want, x->peer_number, number_size(x));
    make_layer(x);
    hash_publics(x, rfb_rsa_key_public(x->key), x->peer, hash);
    rfb_rsa_aes_layer_seal(x->layer, hash, hash_size(x), out);
    *used = len - wire_left(&in);
    x->phase = PHASE_HASH;
    return STEP_DONE;
}

/* The peer has the number, so it holds the private key; and it has seen the public key we sent. */
static enum step take_hash(struct exchange *x, struct buf *out, struct err *err)
{
    uint8_t hash[SHA256_DIGEST_SIZE], subtype;

    if (x->plain.len < hash_size(x))
        return STEP_WAITS;
    hash_publics(x, x->peer, rfb_rsa_key_public(x->key), hash);
    if (!memeql_sec(x->plain.data, hash, hash_size(x)))
        return err_set(err, "the other end saw other RSA keys than this one: somebody stands in "
                            "between");
    buf_consume(&x->plain, hash_size(x));
    if (x->server) {
        subtype = x->server->with_user ? SUBTYPE_USER_PASSWORD : SUBTYPE_PASSWORD;
        rfb_rsa_aes_layer_seal(x->layer, &subtype, sizeof(subtype), out);
    }
    x->phase = PHASE_LAST;
    return STEP_DONE;
}

static int refuse_more(struct err *err)
{
    return err_set(err, "more came than the exchange of RSA-AES has");
}

/* ---- The server's -----------------------------------------------------------------------------
 */

static enum step server_start(struct exchange *x, struct buf *out)
{
    put_public(x, out);
    x->phase = PHASE_KEY;
    return STEP_DONE;
}

static enum step server_key(struct exchange *x, const uint8_t *data, size_t len, size_t *used,
                            struct buf *out, struct err *err)
{
    int answer = rfb_rsa_public_read(data, len, used, &x->peer, err);

    if (answer <= 0)
        return (enum step)answer;
    put_number(x, out);
    x->phase = PHASE_NUMBER;
    return STEP_DONE;
}

static void take_text(struct wire_reader *in, struct text *text)
{
    uint8_t len = wire_get_u8(in);
    const uint8_t *bytes = wire_get_bytes(in, len);

    if (in->failed)
        return;
    memcpy(text->bytes, bytes, len);
    text->len = len;
}

static enum step server_last(struct exchange *x, struct err *err)
{
    struct wire_reader in = wire_reader_of(x->plain.data, x->plain.len);

    take_text(&in, &x->user);
    take_text(&in, &x->password);
    if (in.failed)
        return STEP_WAITS;
    if (wire_left(&in))
        return refuse_more(err);
    x->phase = PHASE_CHECK;
    return STEP_OVER;
}

/* ---- The client's -----------------------------------------------------------------------------
 */

static int ask_server_key(struct exchange *x, struct err *err)
{
    const struct rfb_security_asks *asks = x->asks;
    char shown[RFB_RSA_FINGERPRINT_SIZE];
    struct rfb_server_key key = {
        .kind = "rsa", .shown = shown, .doubt = "no authority vouches for keys of RSA-AES"};

    if (!asks->server_key)
        return err_set(err, "the server is known by an RSA key only, which no authority vouches "
                            "for");
    key.data = rfb_rsa_public_wire(x->peer, &key.len);
    rfb_rsa_public_digest(x->peer, key.sha256, shown);
    return asks->server_key(asks->owner, &key, err);
}

static enum step client_key(struct exchange *x, const uint8_t *data, size_t len, size_t *used,
                            struct buf *out, struct err *err)
{
    int answer = rfb_rsa_public_read(data, len, used, &x->peer, err);

    if (answer <= 0)
        return (enum step)answer;
    if (ask_server_key(x, err))
        return STEP_FAILED;
    if (!x->asks->rsa_key)
        x->made = rfb_rsa_key_generate(RFB_RSA_BITS_OURS);
    x->key = x->made ? x->made : x->asks->rsa_key;
    put_public(x, out);
    put_number(x, out);
    x->phase = PHASE_NUMBER;
    return STEP_DONE;
}

static void put_text(struct buf *to, const char *text, size_t len)
{
    wire_put_u8(to, (uint8_t)len);
    buf_append(to, text, len);
}

static enum step put_credentials(struct exchange *x, bool with_user, struct buf *out,
                                 struct err *err)
{
    const struct rfb_security_asks *asks = x->asks;
    struct rfb_credentials credentials = {"", ""};
    size_t user_len, password_len;
    enum step answer = STEP_OVER;

    if (asks->credentials(asks->owner, with_user, &credentials, err))
        return STEP_FAILED;
    user_len = with_user ? strlen(credentials.user) : 0;
    password_len = strlen(credentials.password);
    if (user_len > CREDENTIAL_MAX || password_len > CREDENTIAL_MAX) {
        answer = err_set(err, "the %s is too long: RSA-AES has room for %d bytes",
                         user_len > CREDENTIAL_MAX ? "name" : "password", CREDENTIAL_MAX);
    } else {
        put_text(&x->plain, credentials.user, user_len);
        put_text(&x->plain, credentials.password, password_len);
        rfb_rsa_aes_layer_seal(x->layer, x->plain.data, x->plain.len, out);
    }
    gnutls_memset(&credentials, 0, sizeof(credentials));
    return answer;
}

static enum step client_last(struct exchange *x, struct buf *out, struct err *err)
{
    uint8_t subtype;

    if (!x->plain.len)
        return STEP_WAITS;
    if (x->plain.len > 1)
        return refuse_more(err);
    subtype = x->plain.data[0];
    buf_clear(&x->plain);
    if (subtype != SUBTYPE_USER_PASSWORD && subtype != SUBTYPE_PASSWORD)
        return err_set(err, "the server asks for RSA-AES credentials of kind %u, which nobody has",
                       subtype);
    x->phase = PHASE_CHECK;
    return put_credentials(x, subtype == SUBTYPE_USER_PASSWORD, out, err);
}

/* ---- Steps ------------------------------------------------------------------------------------
 */

static enum step take_sealed(struct exchange *x, const uint8_t *data, size_t len, size_t *used,
                             struct buf *out, struct err *err)
{
    enum step step;

    if (x->phase == PHASE_HASH)
        step = take_hash(x, out, err);
    else
        step = x->server ? server_last(x, err) : client_last(x, out, err);
    if (step != STEP_WAITS)
        return step;
    if (x->plain.len > CREDENTIALS_MAX)
        return refuse_more(err);
    if (rfb_rsa_aes_layer_open(x->layer, data, len, CREDENTIALS_MAX, used, &x->plain, err))
        return STEP_FAILED;
    return *used ? STEP_DONE : STEP_WAITS;
}

static enum step take_step(struct exchange *x, const uint8_t *data, size_t len, size_t *used,
                           struct buf *out, struct err *err)
{
    switch (x->phase) {
    case PHASE_START:
        return server_start(x, out);
    case PHASE_KEY:
        return (x->server ? server_key : client_key)(x, data, len, used, out, err);
    case PHASE_NUMBER:
        return take_number(x, data, len, used, out, err);
    case PHASE_HASH:
    case PHASE_LAST:
        return take_sealed(x, data, len, used, out, err);
    case PHASE_CHECK:
        break;
    }
    return STEP_OVER;
}

/* The credentials are judged behind the layer, so that a refusal goes through it as well. Whoever
   is not asked for a name is the account's own user. */
static enum rfb_security_answer judge(struct exchange *x, struct err *err)
{
    const struct rfb_account *account;
    const char *own;

    if (!x->server)
        return RFB_SECURITY_PASSED;
    account = x->server->account;
    own = account->credentials.user;
    if (x->server->with_user)
        return rfb_account_try(account, x->user.bytes, x->user.len, x->password.bytes,
                               x->password.len, err);
    return rfb_account_try(account, (const uint8_t *)own, strlen(own), x->password.bytes,
                           x->password.len, err);
}

static enum rfb_security_answer exchange_step(void *state, const uint8_t *data, size_t len,
                                              size_t *used, struct buf *out, struct err *err)
{
    struct exchange *x = state;
    enum step step;
    size_t n;

    do {
        n = 0;
        step = take_step(x, data ? data + *used : NULL, len - *used, &n, out, err);
        *used += n;
    } while (step == STEP_DONE);
    if (step == STEP_WAITS)
        return RFB_SECURITY_NEEDS_MORE;
    if (step == STEP_FAILED)
        return RFB_SECURITY_REFUSED;
    return x->sealed && x->layer ? RFB_SECURITY_LAYER : judge(x, err);
}

static void *server_create(const struct rfb_rsa_aes_server *config, bool wide, bool sealed)
{
    struct exchange *x = exchange_create(wide, sealed);

    x->server = config;
    x->key = config->key;
    x->phase = PHASE_START;
    return x;
}

static void *client_create(const struct rfb_security_asks *config, bool wide, bool sealed)
{
    struct exchange *x = exchange_create(wide, sealed);

    x->asks = config;
    x->phase = PHASE_KEY;
    return x;
}

/* The two ends of one of the four types. */
#define RSA_AES_TYPE(name, number, wide, sealed)                                                   \
    static void *name##_create(const void *config)                                                 \
    {                                                                                              \
        return server_create(config, wide, sealed);                                                \
    }                                                                                              \
    static void *name##_client_create(const void *config)                                          \
    {                                                                                              \
        return client_create(config, wide, sealed);                                                \
    }                                                                                              \
    const struct rfb_security rfb_security_##name = {number, name##_create, exchange_step,         \
                                                     exchange_destroy, exchange_take_layer};       \
    const struct rfb_security rfb_security_##name##_client = {                                     \
        number, name##_client_create, exchange_step, exchange_destroy, exchange_take_layer}

RSA_AES_TYPE(ra2, RFB_SECURITY_RA2, false, true);
RSA_AES_TYPE(ra2ne, RFB_SECURITY_RA2NE, false, false);
RSA_AES_TYPE(ra2_256, RFB_SECURITY_RA2_256, true, true);
RSA_AES_TYPE(ra2ne_256, RFB_SECURITY_RA2NE_256, true, false);
