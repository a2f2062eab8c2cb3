/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What RSA-AES is made of: sealed messages with known answers, cut and forged at every byte, and
 * RSA keys, a peer's and our own.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "rfb/auth/rsa_aes_layer.h"
#include "rfb/auth/rsa_key.h"

#include <stdlib.h>

static struct rfb_rsa_key *short_key, *long_key; /* 1024 and 2048 bits */

static void unhex(const char *hex, struct buf *to)
{
    for (; *hex; hex += 2) {
        unsigned byte;

        sscanf(hex, "%2x", &byte);
        wire_put_u8(to, (uint8_t)byte);
    }
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

/* Keys 00 01 02…; EAX put together of OpenSSL's CMAC and CTR, which give the paper's answers. */
static const struct {
    size_t key_size;
    const char *greeting, *nothing, *bytes, *greeting_256;
} answers[] = {
    {16, "000c2ada047ff8b615231def89dcfdbc51f8e1d27db243a2916d06ea2cc0",
     "00003c5e3dfc7e7dc27f2b2ae1020c7b6cb2",
     "0020af600d375b04c931a1008dd2ac4ffe03a3312ef168f93221da7b3f7d8f4d98c86bd866299312f340ea640929"
     "d499188f",
     "000c2e8b6c07f3c5c2ac7c0a61fbbfa6335f856a181c5b7d66cf559e8ea4"},
    {32, "000c871ba7859499e41ebe806f33ac03858f2f425e61c48c113c2266ebac",
     "000014b2dc78181bfad5ad47586db08bcb37",
     "00200becfa10969868f6d6521f3fe71f288968b58ec4bc0d27cd8267e5ddacbd945560469dd9b3f442eb946b1ac8"
     "866a24d6",
     "000c4114ece23df7bfb711dc44fd928f7a95877d6f5304a672e1c5b463dd"},
};

static const uint8_t counting[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                     22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const char greeting[] = "RFB 003.008\n";

static void test_known_answers(void)
{
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct rfb_rsa_aes_layer *layer =
            rfb_rsa_aes_layer_create(answers[i].key_size, counting, counting);
        struct buf want = BUF_INIT, wire = BUF_INIT, plain = BUF_INIT;
        struct err err = {""};
        size_t used;

        /* Message 1 has no bytes: others may send that, we don't. */
        unhex(answers[i].greeting, &want);
        rfb_rsa_aes_layer_seal(layer, (const uint8_t *)greeting, 12, &wire);
        CHECK(wire.len == want.len && !memcmp(wire.data, want.data, want.len));
        unhex(answers[i].nothing, &want);
        unhex(answers[i].bytes, &want);
        CHECK_INT(rfb_rsa_aes_layer_ops.receive(layer, want.data, want.len, (used = 0, &used),
                                                &plain, &wire, &err),
                  0);
        CHECK_INT(used, want.len);
        CHECK_INT(plain.len, 12 + 32);
        CHECK(!memcmp(plain.data, greeting, 12) && !memcmp(plain.data + 12, counting, 32));
        for (int n = 1; n < 256; n++)
            rfb_rsa_aes_layer_seal(layer, counting, 1, &wire);
        buf_clear(&wire);
        buf_clear(&want);
        unhex(answers[i].greeting_256, &want);
        rfb_rsa_aes_layer_seal(layer, (const uint8_t *)greeting, 12, &wire);
        CHECK(wire.len == want.len && !memcmp(wire.data, want.data, want.len));
        buf_finish(&want);
        buf_finish(&wire);
        buf_finish(&plain);
        rfb_rsa_aes_layer_destroy(layer);
    }
}

/* Long ones go in several, cut anywhere; a changed byte is noticed wherever it is. */
static void test_layer(void)
{
    enum { LONG = 20000 };
    struct buf text = BUF_INIT, wire = BUF_INIT, plain = BUF_INIT, none = BUF_INIT;
    struct rfb_rsa_aes_layer *from = rfb_rsa_aes_layer_create(32, counting, counting);
    struct err err = {""};

    for (int i = 0; i < LONG; i++)
        wire_put_u8(&text, (uint8_t)(i * 7));
    CHECK_INT(rfb_rsa_aes_layer_ops.send(from, NULL, 0, &wire, &err), 0);
    CHECK_INT(wire.len, 0);
    CHECK_INT(rfb_rsa_aes_layer_ops.send(from, text.data, text.len, &wire, &err), 0);
    CHECK_INT(wire.len, LONG + 3 * 18);
    for (size_t step = 1; step < 9000; step = step * 3 + 1) {
        struct rfb_rsa_aes_layer *to = rfb_rsa_aes_layer_create(32, counting, counting);
        size_t done = 0, have = 0;

        buf_clear(&plain);
        while (have < wire.len) {
            size_t used = 0;

            have = MIN_OF(have + step, wire.len);
            CHECK_INT(rfb_rsa_aes_layer_ops.receive(to, wire.data + done, have - done, &used,
                                                    &plain, &none, &err),
                      0);
            done += used;
        }
        CHECK(plain.len == LONG && !memcmp(plain.data, text.data, LONG));
        rfb_rsa_aes_layer_destroy(to);
    }
    rfb_rsa_aes_layer_destroy(from);
    buf_finish(&text);
    buf_finish(&wire);
    buf_finish(&plain);
    buf_finish(&none);
}

/* A changed byte is noticed wherever it is, and so is a message that comes twice. */
static void test_forged_message(void)
{
    struct rfb_rsa_aes_layer *layer = rfb_rsa_aes_layer_create(16, counting, counting);
    struct buf wire = BUF_INIT, plain = BUF_INIT;
    struct err err = {""};
    size_t used;

    rfb_rsa_aes_layer_seal(layer, counting, 20, &wire);
    for (size_t at = 0; at < wire.len; at++) {
        struct rfb_rsa_aes_layer *to = rfb_rsa_aes_layer_create(16, counting, counting);
        int rc;

        wire.data[at] ^= 0x40;
        rc = rfb_rsa_aes_layer_open(to, wire.data, wire.len, UINT16_MAX, &used, &plain, &err);
        CHECK_INT(rc, at < 2 ? 0 : -1); /* the length: it needs more */
        CHECK_INT(used, 0);
        CHECK_INT(plain.len, 0);
        wire.data[at] ^= 0x40;
        rfb_rsa_aes_layer_destroy(to);
    }
    CHECK_INT(rfb_rsa_aes_layer_open(layer, wire.data, wire.len, 19, &used, &plain, &err), -1);
    CHECK_INT(rfb_rsa_aes_layer_open(layer, wire.data, wire.len, 20, &used, &plain, &err), 0);
    CHECK_INT(used, wire.len);
    CHECK_INT(rfb_rsa_aes_layer_open(layer, wire.data, wire.len, 20, &used, &plain, &err), -1);
    CHECK_INT(plain.len, 20);
    rfb_rsa_aes_layer_destroy(layer);
    buf_finish(&wire);
    buf_finish(&plain);
}

/* ---- Keys -------------------------------------------------------------------------------------
 */

static void put_key(struct buf *to, uint32_t bits, const uint8_t *wire, size_t size)
{
    buf_clear(to);
    wire_put_u32(to, bits);
    buf_append(to, wire + 4, 2 * size);
}

/* Whose size decides nothing, and that are none. (neatvnc 1f6cd6b: a stack of the peer's size.) */
static void test_public_keys(void)
{
    size_t len, used = 0;
    const uint8_t *wire = rfb_rsa_public_wire(rfb_rsa_key_public(short_key), &len);
    struct rfb_rsa_public *key;
    struct buf b = BUF_INIT;
    struct err err;

    CHECK_INT(len, 4 + 256);
    for (size_t n = 0; n < len; n++)
        CHECK_INT(rfb_rsa_public_read(wire, n, &used, &key, &err), 0);
    CHECK_INT(rfb_rsa_public_read(wire, len, &used, &key, &err), 1);
    CHECK_INT(used, len);
    CHECK_INT(rfb_rsa_public_size(key), 128);
    rfb_rsa_public_destroy(key);

#define REFUSED(why)                                                                               \
    do {                                                                                           \
        err.text[0] = '\0';                                                                        \
        CHECK_INT(rfb_rsa_public_read(b.data, b.len, &used, &key, &err), -1);                      \
        if (!strstr(err.text, why))                                                                \
            CHECK_STR(err.text, why);                                                              \
    } while (0)
    for (int i = 0; i < 5; i++) {
        static const uint32_t bits[] = {0, 1, 1023, 8193, UINT32_MAX};

        buf_clear(&b);
        wire_put_u32(&b, bits[i]); /* refused without the key */
        REFUSED("1024 to 8192");
    }
    put_key(&b, 1024, wire, 128);
    b.data[4] = 0;
    REFUSED("as long as it says");
    put_key(&b, 1017, wire, 128); /* too few: refused by its number */
    REFUSED("1024 to 8192");
    put_key(&b, 1024, wire, 128);
    b.data[4 + 127] &= 0xfe;
    REFUSED("modulus is even");
    memset(b.data + 4, 0, 128);
    REFUSED("modulus is even");
    put_key(&b, 1024, wire, 128);
    b.data[b.len - 1] = 0; /* 65536 */
    REFUSED("exponent");
    memset(b.data + 4 + 128, 0, 128);
    REFUSED("exponent");
    b.data[b.len - 1] = 1;
    REFUSED("exponent");
    b.data[b.len - 9] = 1; /* 65 bits */
    REFUSED("exponent");
    buf_finish(&b);
}

static void test_pem(void)
{
    struct buf pem = BUF_INIT;
    struct err err = {""};
    struct rfb_rsa_key *again;
    struct buf sealed = BUF_INIT;
    uint8_t number[16];
    size_t a_len, b_len;
    const uint8_t *a, *b;

    rfb_rsa_key_to_pem(long_key, &pem);
    again = rfb_rsa_key_from_pem(pem.data, pem.len, &err);
    CHECK_STR(err.text, "");
    if (again) {
        a = rfb_rsa_public_wire(rfb_rsa_key_public(long_key), &a_len);
        b = rfb_rsa_public_wire(rfb_rsa_key_public(again), &b_len);
        CHECK(a_len == b_len && !memcmp(a, b, a_len));
        rfb_rsa_public_encrypt(rfb_rsa_key_public(long_key), counting, 16, &sealed);
        CHECK_INT(sealed.len, 256);
        rfb_rsa_key_decrypt(again, sealed.data, sealed.len, number, sizeof(number));
        CHECK(!memcmp(number, counting, sizeof(number)));
        /* Not what was sealed, and nothing says so. */
        sealed.data[17] ^= 1;
        rfb_rsa_key_decrypt(again, sealed.data, sealed.len, number, sizeof(number));
        CHECK(memcmp(number, counting, sizeof(number)));
        memset(sealed.data, 0xff, sealed.len); /* above the modulus */
        rfb_rsa_key_decrypt(again, sealed.data, sealed.len, number, sizeof(number));
        memset(sealed.data, 0, sealed.len);
        rfb_rsa_key_decrypt(again, sealed.data, sealed.len, number, sizeof(number));
    }
    rfb_rsa_key_destroy(again);

    CHECK(!rfb_rsa_key_from_pem(pem.data, pem.len / 2, &err) && err.text[0]);
    CHECK(!rfb_rsa_key_from_pem("", 0, &err));
    CHECK(!rfb_rsa_key_from_pem(pem.data, (size_t)1 << 20, &err)); /* not looked at */
    buf_clear(&pem);
    rfb_rsa_key_to_pem(short_key, &pem);
    CHECK(!rfb_rsa_key_from_pem(pem.data, pem.len, &err));
    CHECK_STR(err.text, "this RSA key has 1024 bits; 2048 to 8192 are taken");
    buf_finish(&pem);
    buf_finish(&sealed);
}

/* Of a key with digests from elsewhere: 1024 bits, all set, and 65537. */
static void test_fingerprint(void)
{
    static const uint8_t want[32] = {0xd8, 0x11, 0xd8, 0x83, 0x61, 0x5c, 0x1c, 0x1d,
                                     0xf9, 0xb1, 0x30, 0x58, 0xbc, 0x39, 0x74, 0xce,
                                     0x6b, 0x8b, 0x2c, 0x9f, 0x95, 0xba, 0xa2, 0x33,
                                     0x35, 0xeb, 0x54, 0x17, 0x43, 0xc5, 0xca, 0x5d};
    char shown[RFB_RSA_FINGERPRINT_SIZE];
    struct buf wire = BUF_INIT;
    struct rfb_rsa_public *key;
    uint8_t sha256[32];
    struct err err;
    size_t used;

    wire_put_u32(&wire, 1024);
    memset(buf_extend(&wire, 128), 0xff, 128);
    wire_put_zeros(&wire, 125);
    buf_append(&wire, "\1\0\1", 3);
    CHECK_INT(rfb_rsa_public_read(wire.data, wire.len, &used, &key, &err), 1);
    rfb_rsa_public_digest(key, sha256, shown);
    CHECK_STR(shown, "ef-28-a0-99-06-ae-7b-83");
    CHECK(!memcmp(sha256, want, sizeof(want)));
    rfb_rsa_public_destroy(key);
    buf_finish(&wire);
}

int main(void)
{
    short_key = rfb_rsa_key_generate(1024);
    long_key = rfb_rsa_key_generate(2048);
    test_known_answers();
    test_layer();
    test_forged_message();
    test_public_keys();
    test_pem();
    test_fingerprint();
    rfb_rsa_key_destroy(short_key);
    rfb_rsa_key_destroy(long_key);
    return check_result();
}
