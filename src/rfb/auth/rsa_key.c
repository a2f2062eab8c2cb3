/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RSA by nettle and GMP, PEM by GnuTLS; see rsa_key.h. */
#include "rfb/auth/rsa_key.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <nettle/bignum.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PUBLIC_EXPONENT = 65537, PEM_MAX = 64 << 10, SECRET_MAX = 32 };

struct rfb_rsa_public {
    struct rsa_public_key key;
    uint8_t *wire;
    size_t wire_len;
};

struct rfb_rsa_key {
    struct rfb_rsa_public *public;
    struct rsa_private_key key;
};

void rfb_rsa_random(uint8_t *bytes, size_t len)
{
    if (gnutls_rnd(GNUTLS_RND_KEY, bytes, len)) {
        fputs("oriel: no random numbers can be had\n", stderr);
        abort();
    }
}

static void random_bytes(void *unused, size_t len, uint8_t *bytes)
{
    (void)unused;
    rfb_rsa_random(bytes, len);
}

/* ---- Public keys ------------------------------------------------------------------------------
 */

static struct rfb_rsa_public *public_create(void)
{
    struct rfb_rsa_public *key = mem_new0(struct rfb_rsa_public);

    rsa_public_key_init(&key->key);
    return key;
}

void rfb_rsa_public_destroy(struct rfb_rsa_public *key)
{
    if (!key)
        return;
    rsa_public_key_clear(&key->key);
    free(key->wire);
    free(key);
}

const uint8_t *rfb_rsa_public_wire(const struct rfb_rsa_public *key, size_t *len)
{
    *len = key->wire_len;
    return key->wire;
}

size_t rfb_rsa_public_size(const struct rfb_rsa_public *key)
{
    return key->key.size;
}

static int public_check(struct rfb_rsa_public *key, uint32_t bits, struct err *err)
{
    const mpz_t *n = &key->key.n, *e = &key->key.e;

    if (mpz_even_p(*n))
        return err_set(err, "the RSA key that came is none: its modulus is even");
    if (mpz_even_p(*e) || mpz_cmp_ui(*e, 3) < 0 || mpz_sizeinbase(*e, 2) > RFB_RSA_EXPONENT_BITS)
        return err_set(err, "the RSA key that came is none: its exponent is even, 1 or longer "
                            "than anybody's");
    if (!rsa_public_key_prepare(&key->key) || key->key.size != (bits + 7) / 8 ||
        mpz_sizeinbase(*n, 2) > bits)
        return err_set(err, "the RSA key that came is not as long as it says");
    return 0;
}

int rfb_rsa_public_read(const uint8_t *data, size_t len, size_t *used, struct rfb_rsa_public **key,
                        struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);
    uint32_t bits = wire_get_u32(&in);
    struct rfb_rsa_public *read;
    const uint8_t *n, *e;
    size_t size;

    if (in.failed)
        return 0;
    if (bits < RFB_RSA_BITS_MIN || bits > RFB_RSA_BITS_MAX)
        return err_set(err, "an RSA key of %u bits came; %d to %d are taken", bits,
                       RFB_RSA_BITS_MIN, RFB_RSA_BITS_MAX);
    size = (bits + 7) / 8;
    n = wire_get_bytes(&in, size);
    e = wire_get_bytes(&in, size);
    if (in.failed)
        return 0;
    read = public_create();
    nettle_mpz_set_str_256_u(read->key.n, size, n);
    nettle_mpz_set_str_256_u(read->key.e, size, e);
    if (public_check(read, bits, err)) {
        rfb_rsa_public_destroy(read);
        return -1;
    }
    read->wire_len = len - wire_left(&in);
    read->wire = mem_dup(data, read->wire_len);
    *used = read->wire_len;
    *key = read;
    return 1;
}

void rfb_rsa_public_encrypt(const struct rfb_rsa_public *key, const uint8_t *data, size_t len,
                            struct buf *out)
{
    mpz_t sealed;
    int done;

    assert(len <= SECRET_MAX); /* and 11 bytes of padding are less than the shortest modulus */
    mpz_init(sealed);
    done = rsa_encrypt(&key->key, NULL, random_bytes, len, data, sealed);
    assert(done), (void)done;
    nettle_mpz_get_str_256(key->key.size, buf_extend(out, key->key.size), sealed);
    mpz_clear(sealed);
}

void rfb_rsa_public_digest(const struct rfb_rsa_public *key, uint8_t sha256[static 32],
                           char shown[static RFB_RSA_FINGERPRINT_SIZE])
{
    uint8_t d[SHA1_DIGEST_SIZE];
    struct sha256_ctx ctx256;
    struct sha1_ctx ctx1;

    sha256_init(&ctx256);
    sha256_update(&ctx256, key->wire_len, key->wire);
    sha256_digest(&ctx256, SHA256_DIGEST_SIZE, sha256);
    sha1_init(&ctx1);
    sha1_update(&ctx1, key->wire_len, key->wire);
    sha1_digest(&ctx1, sizeof(d), d);
    snprintf(shown, RFB_RSA_FINGERPRINT_SIZE, "%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", d[0], d[1],
             d[2], d[3], d[4], d[5], d[6], d[7]);
}

/* ---- Pairs ------------------------------------------------------------------------------------
 */

static struct rfb_rsa_key *key_create(void)
{
    struct rfb_rsa_key *key = mem_new0(struct rfb_rsa_key);

    key->public = public_create();
    rsa_private_key_init(&key->key);
    return key;
}

void rfb_rsa_key_destroy(struct rfb_rsa_key *key)
{
    if (!key)
        return;
    rfb_rsa_public_destroy(key->public);
    rsa_private_key_clear(&key->key);
    free(key);
}

const struct rfb_rsa_public *rfb_rsa_key_public(const struct rfb_rsa_key *key)
{
    return key->public;
}

/* How others are told of this key. The length counts whole bytes, as theirs does. */
static void put_wire(struct rfb_rsa_public *key)
{
    size_t size = key->key.size;
    struct buf wire = BUF_INIT;

    wire_put_u32(&wire, (uint32_t)size * 8);
    nettle_mpz_get_str_256(size, buf_extend(&wire, size), key->key.n);
    nettle_mpz_get_str_256(size, buf_extend(&wire, size), key->key.e);
    key->wire_len = wire.len;
    key->wire = mem_dup(wire.data, wire.len);
    buf_finish(&wire);
}

struct rfb_rsa_key *rfb_rsa_key_generate(unsigned bits)
{
    struct rfb_rsa_key *key = key_create();
    int done;

    assert(bits >= RFB_RSA_BITS_MIN && bits <= RFB_RSA_BITS_MAX);
    mpz_set_ui(key->public->key.e, PUBLIC_EXPONENT);
    done =
        rsa_generate_keypair(&key->public->key, &key->key, NULL, random_bytes, NULL, NULL, bits, 0);
    assert(done), (void)done;
    put_wire(key->public);
    return key;
}

/* What GnuTLS calls the parts, in its order of arguments. */
enum { PART_N, PART_E, PART_D, PART_P, PART_Q, PART_U, PART_A, PART_B, PART_COUNT };

static int take_parts(struct rfb_rsa_key *key, const gnutls_datum_t part[static PART_COUNT])
{
    struct {
        mpz_t *to;
        int from;
    } pairs[] = {{&key->public->key.n, PART_N}, {&key->public->key.e, PART_E},
                 {&key->key.d, PART_D},         {&key->key.p, PART_P},
                 {&key->key.q, PART_Q},         {&key->key.c, PART_U},
                 {&key->key.a, PART_A},         {&key->key.b, PART_B}};
    mpz_t product;
    bool fits;

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        nettle_mpz_set_str_256_u(*pairs[i].to, part[pairs[i].from].size, part[pairs[i].from].data);
    mpz_init(product);
    mpz_mul(product, key->key.p, key->key.q);
    fits = mpz_cmp(product, key->public->key.n) == 0;
    mpz_clear(product);
    if (!fits || !rsa_public_key_prepare(&key->public->key) || !rsa_private_key_prepare(&key->key))
        return -1;
    put_wire(key->public);
    return 0;
}

struct rfb_rsa_key *rfb_rsa_key_from_pem(const void *pem, size_t len, struct err *err)
{
    gnutls_datum_t file = {(unsigned char *)(uintptr_t)pem, (unsigned)len}, part[PART_COUNT];
    gnutls_x509_privkey_t file_key;
    struct rfb_rsa_key *key = NULL;
    int rc;

    if (len > PEM_MAX || gnutls_x509_privkey_init(&file_key)) {
        err_set(err, "this is no RSA key in PEM");
        return NULL;
    }
    rc = gnutls_x509_privkey_import(file_key, &file, GNUTLS_X509_FMT_PEM);
    if (!rc)
        rc = gnutls_x509_privkey_export_rsa_raw2(file_key, &part[PART_N], &part[PART_E],
                                                 &part[PART_D], &part[PART_P], &part[PART_Q],
                                                 &part[PART_U], &part[PART_A], &part[PART_B]);
    gnutls_x509_privkey_deinit(file_key);
    if (rc) {
        err_set(err, "this is no RSA key in PEM: %s", gnutls_strerror(rc));
        return NULL;
    }
    key = key_create();
    rc = take_parts(key, part);
    for (int i = 0; i < PART_COUNT; i++) {
        gnutls_memset(part[i].data, 0, part[i].size);
        gnutls_free(part[i].data);
    }
    if (rc)
        err_set(err, "this RSA key does not add up");
    else if (mpz_sizeinbase(key->public->key.n, 2) < RFB_RSA_BITS_OURS ||
             mpz_sizeinbase(key->public->key.n, 2) > RFB_RSA_BITS_MAX)
        rc = err_set(err, "this RSA key has %zu bits; %d to %d are taken",
                     mpz_sizeinbase(key->public->key.n, 2), RFB_RSA_BITS_OURS, RFB_RSA_BITS_MAX);
    if (!rc)
        return key;
    rfb_rsa_key_destroy(key);
    return NULL;
}

void rfb_rsa_key_to_pem(const struct rfb_rsa_key *key, struct buf *pem)
{
    const mpz_t *parts[PART_COUNT] = {&key->public->key.n, &key->public->key.e, &key->key.d,
                                      &key->key.p,         &key->key.q,         &key->key.c,
                                      &key->key.a,         &key->key.b};
    gnutls_datum_t part[PART_COUNT], text;
    gnutls_x509_privkey_t file_key;
    int rc;

    for (int i = 0; i < PART_COUNT; i++) {
        part[i].size = (unsigned)nettle_mpz_sizeinbase_256_u(*parts[i]);
        part[i].data = mem_alloc0(part[i].size, 1);
        nettle_mpz_get_str_256(part[i].size, part[i].data, *parts[i]);
    }
    rc = gnutls_x509_privkey_init(&file_key);
    assert(!rc);
    rc = gnutls_x509_privkey_import_rsa_raw2(file_key, &part[PART_N], &part[PART_E], &part[PART_D],
                                             &part[PART_P], &part[PART_Q], &part[PART_U],
                                             &part[PART_A], &part[PART_B]);
    assert(!rc);
    rc = gnutls_x509_privkey_export2(file_key, GNUTLS_X509_FMT_PEM, &text);
    assert(!rc), (void)rc;
    buf_append(pem, text.data, text.size);
    gnutls_memset(text.data, 0, text.size);
    gnutls_free(text.data);
    gnutls_x509_privkey_deinit(file_key);
    for (int i = 0; i < PART_COUNT; i++) {
        gnutls_memset(part[i].data, 0, part[i].size);
        free(part[i].data);
    }
}

void rfb_rsa_key_decrypt(const struct rfb_rsa_key *key, const uint8_t *sealed, size_t size,
                         uint8_t *data, size_t len)
{
    mpz_t x;

    assert(size == key->key.size && len <= SECRET_MAX);
    rfb_rsa_random(data, len);
    nettle_mpz_init_set_str_256_u(x, size, sealed);
    /* Writes data only if the padding was right, in the same time either way. */
    (void)rsa_sec_decrypt(&key->public->key, &key->key, NULL, random_bytes, len, data, x);
    mpz_clear(x);
}
