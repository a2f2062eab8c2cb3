/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The security types that stand on Diffie-Hellman: Apple's with both ends, cut at every byte, our
 * MSLogonII client with a server made by hand, and every parameter that would give a secret away or
 * make the arithmetic fall over.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/dh.h"
#include "rfb/auth/mslogon2.h"

#include <gnutls/gnutls.h>
#include <nettle/bignum.h>
#include <nettle/cbc.h>
#include <nettle/des.h>
#include <stdlib.h>

/* ---- The arithmetic ---------------------------------------------------------------------------
 */

static void test_groups(void)
{
    static const struct {
        uint8_t modulus[4];
        uint64_t generator;
        const char *why; /* NULL: it's fine */
    } groups[] = {
        {{0, 0, 0, 0}, 2, "has 0 bits"},
        {{0, 0, 0, 1}, 2, "has 1 bits"},
        {{0, 0, 0, 23}, 2, "has 5 bits"},
        {{0xff, 0xff, 0xff, 0xfe}, 2, "even"},
        {{0xff, 0xff, 0xff, 0xfb}, 0, "generator"},
        {{0xff, 0xff, 0xff, 0xfb}, 1, "generator"},
        {{0xff, 0xff, 0xff, 0xfb}, 0xfffffffb, "generator"},
        {{0xff, 0xff, 0xff, 0xfb}, UINT64_MAX, "generator"},
        {{0xff, 0xff, 0xff, 0xfb}, 2, NULL},
        {{0x00, 0x01, 0x00, 0x01}, 3, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        struct rfb_dh_group group = {groups[i].modulus, 4, groups[i].generator};
        struct err err = {""};

        CHECK_INT(rfb_dh_check_group(&group, 16, &err), groups[i].why ? -1 : 0);
        if (groups[i].why && !strstr(err.text, groups[i].why))
            CHECK_STR(err.text, groups[i].why);
    }
}

static void test_public_values(void)
{
    static const uint8_t modulus[4] = {0xff, 0xff, 0xff, 0xfb}; /* a prime */
    static const struct {
        uint8_t value[4];
        bool fine;
    } values[] = {
        {{0, 0, 0, 0}, false},
        {{0, 0, 0, 1}, false},
        {{0, 0, 0, 2}, true},
        {{0xff, 0xff, 0xff, 0xf9}, true},
        {{0xff, 0xff, 0xff, 0xfa}, false},
        {{0xff, 0xff, 0xff, 0xfb}, false},
        {{0xff, 0xff, 0xff, 0xff}, false},
    };
    struct rfb_dh_group group = {modulus, 4, 2};

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct err err = {""};

        CHECK_INT(rfb_dh_check_public(&group, values[i].value, &err), values[i].fine ? 0 : -1);
    }
}

/* Both come to the same secret; 3 to the power of 4 is 81, modulo 65537 and as four bytes. */
static void test_share(void)
{
    static const uint8_t modulus[4] = {0, 1, 0, 1}, three[4] = {0, 0, 0, 3};
    struct rfb_dh_group group = {modulus, 4, 3};
    struct rfb_dh_secret a, b = {{0, 0, 0, 4}, 4};
    uint8_t a_value[4], b_value[4], a_shared[4], b_shared[4];

    rfb_dh_share(&group, &b, three, b_value);
    CHECK(b_value[0] == 0 && b_value[1] == 0 && b_value[2] == 0 && b_value[3] == 81);
    for (int i = 0; i < 50; i++) {
        rfb_dh_make_secret(&group, &a, a_value);
        rfb_dh_share(&group, &a, b_value, a_shared);
        rfb_dh_share(&group, &b, a_value, b_shared);
        CHECK(!memcmp(a_shared, b_shared, 4));
    }
}

/* The group that our server names is a prime of the kind that has no small subgroups. */
static void test_server_group(void)
{
    mpz_t p;

    nettle_mpz_init_set_str_256_u(p, gnutls_ffdhe_2048_group_prime.size,
                                  gnutls_ffdhe_2048_group_prime.data);
    CHECK_INT(mpz_sizeinbase(p, 2), 2048);
    CHECK(mpz_probab_prime_p(p, 10));
    mpz_fdiv_q_2exp(p, p, 1);
    CHECK(mpz_probab_prime_p(p, 10));
    mpz_clear(p);
}

/* ---- Apple's ----------------------------------------------------------------------------------
 */

static const char *client_user, *client_password; /* NULL: there are none */

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    (void)owner;
    CHECK(user);
    if (!client_user)
        return err_set(err, "nobody knows");
    strcpy(credentials->user, client_user);
    strcpy(credentials->password, client_password);
    return 0;
}

static const struct rfb_security_asks asks = {.credentials = on_credentials};

static uint64_t now_ms(void)
{
    return 0;
}

static struct rfb_brake brake;
static struct rfb_account account = {.now_ms = now_ms, .brake = &brake};

/* A step with exactly as much memory as there is; what it used goes. */
static enum rfb_security_answer feed(const struct rfb_security *type, void *state, struct buf *in,
                                     size_t len, struct buf *out, struct err *err)
{
    cleanup_free uint8_t *copy = mem_dup(in->data, len);
    size_t used = 0;
    enum rfb_security_answer answer = type->step(state, copy, len, &used, out, err);

    CHECK(used <= len);
    buf_consume(in, used);
    return answer;
}

/* What the server says of a client's credentials; both ways are cut. */
static enum rfb_security_answer apple(size_t cut_to_client, size_t cut_to_server, struct err *err)
{
    const struct rfb_security *s = &rfb_security_apple_dh, *c = &rfb_security_apple_dh_client;
    void *server = s->create(&account), *client = c->create(&asks);
    struct buf none = BUF_INIT, to_client = BUF_INIT, to_server = BUF_INIT;
    enum rfb_security_answer answer;

    CHECK_INT(feed(s, server, &none, 0, &to_client, err), RFB_SECURITY_NEEDS_MORE);
    CHECK_INT(feed(c, client, &none, 0, &to_server, err), RFB_SECURITY_NEEDS_MORE);
    CHECK_INT(to_client.len, 4 + 2 * 256);
    if (cut_to_client < to_client.len)
        CHECK_INT(feed(c, client, &to_client, cut_to_client, &to_server, err),
                  RFB_SECURITY_NEEDS_MORE);
    answer = feed(c, client, &to_client, to_client.len, &to_server, err);
    if (answer == RFB_SECURITY_PASSED) {
        CHECK_INT(to_client.len, 0);
        CHECK_INT(to_server.len, 128 + 256);
        if (cut_to_server < to_server.len)
            CHECK_INT(feed(s, server, &to_server, cut_to_server, &to_client, err),
                      RFB_SECURITY_NEEDS_MORE);
        answer = feed(s, server, &to_server, to_server.len, &to_client, err);
        CHECK_INT(to_client.len, 0);
        CHECK_INT(to_server.len, 0);
    }
    s->destroy(server);
    c->destroy(client);
    buf_finish(&none);
    buf_finish(&to_client);
    buf_finish(&to_server);
    return answer;
}

static void test_apple(void)
{
    struct err err = {""};

    strcpy(account.credentials.user, "ada");
    strcpy(account.credentials.password, "secret");
    client_user = "ada";
    client_password = "secret";
    for (size_t cut = 0; cut <= 4 + 512; cut++)
        CHECK_INT(apple(cut, cut, &err), RFB_SECURITY_PASSED);
    client_password = "wrong";
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_REFUSED);
    CHECK_STR(err.text, "Authentication failed");
    client_password = "secret";
    client_user = "bob";
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_REFUSED);
    CHECK_STR(err.text, "Authentication failed");
    client_user = "ada";

    client_password = "123456789012345678901234567890123456789012345678901234567890123";
    strcpy(account.credentials.password, client_password);
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_PASSED);
    client_password = "1234567890123456789012345678901234567890123456789012345678901234";
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_REFUSED);
    CHECK_STR(err.text, "the password is too long: this server's security type has room for 63 "
                        "bytes");
    client_user = client_password;
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_REFUSED);
    CHECK_STR(err.text, "the name is too long: this server's security type has room for 63 bytes");
    client_user = NULL;
    CHECK_INT(apple(1, 1, &err), RFB_SECURITY_REFUSED);
    CHECK_STR(err.text, "nobody knows");
}

static void client_hears(const struct rfb_security *type, const struct buf *said, const char *why)
{
    void *client = type->create(&asks);
    struct buf out = BUF_INIT, in = BUF_INIT;
    struct err err = {""};

    buf_append(&in, said->data, said->len);
    CHECK_INT(feed(type, client, &in, in.len, &out, &err), RFB_SECURITY_REFUSED);
    CHECK_INT(out.len, 0);
    if (!strstr(err.text, why))
        CHECK_STR(err.text, why);
    type->destroy(client);
    buf_finish(&in);
    buf_finish(&out);
}

/* Parameters of a server that can't count, or that wants to read along. (TigerVNC died of a modulus
   of 0 until August 2026.) */
static void test_apple_parameters(void)
{
    const struct rfb_security *type = &rfb_security_apple_dh_client;
    struct buf b = BUF_INIT;

    client_user = client_password = "x";
    for (int i = 0; i < 4; i++) {
        static const uint16_t sizes[] = {0, 127, 1025, UINT16_MAX};

        buf_clear(&b);
        wire_put_u16(&b, 2);
        wire_put_u16(&b, sizes[i]); /* refused without the numbers */
        client_hears(type, &b, "128 to 1024 are taken");
    }
    for (int i = 0; i < 6; i++) {
        buf_clear(&b);
        wire_put_u16(&b, i == 4 ? 1 : 2);
        wire_put_u16(&b, 128);
        memset(buf_extend(&b, 128), i == 0 ? 0 : 0xff, 128);
        memset(buf_extend(&b, 128), i == 5 ? 0 : 1, 128);
        if (i == 1) {
            memset(b.data + 4, 0, 128);
            b.data[4 + 127] = 1;
        }
        if (i == 2)
            b.data[4] = b.data[5] = 0;
        if (i == 3)
            b.data[4 + 127] = 0xfe;
        client_hears(type, &b,
                     i < 3    ? "less than"
                     : i == 3 ? "even"
                     : i == 4 ? "generator"
                              : "keeps no secret");
    }
    buf_finish(&b);
}

/* A client whose public value would make the key known. */
static void test_apple_client_value(void)
{
    for (int i = 0; i < 4; i++) {
        void *server = rfb_security_apple_dh.create(&account);
        struct buf in = BUF_INIT, out = BUF_INIT;
        struct err err = {""};

        feed(&rfb_security_apple_dh, server, &in, 0, &out, &err);
        wire_put_zeros(&in, 128);
        if (i == 2 || i == 3) { /* the modulus, and less 1 */
            buf_append(&in, out.data + 4, 256);
            in.data[in.len - 1] = (uint8_t)(in.data[in.len - 1] - (i == 3));
        } else {
            wire_put_zeros(&in, 255);
            wire_put_u8(&in, (uint8_t)i);
        }
        CHECK_INT(feed(&rfb_security_apple_dh, server, &in, in.len, &out, &err),
                  RFB_SECURITY_REFUSED);
        CHECK_STR(err.text, "a Diffie-Hellman value came that keeps no secret");
        rfb_security_apple_dh.destroy(server);
        buf_finish(&in);
        buf_finish(&out);
    }
}

/* ---- MSLogonII --------------------------------------------------------------------------------
 */

static const uint8_t prime[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc5};

static void check_field(const uint8_t *field, size_t size, const uint8_t *shared, const char *want)
{
    uint8_t key[8] = {0}, iv[8];
    char text[256];
    struct des_ctx des;

    for (int i = 0; i < 64; i++)
        key[i / 8] |= (uint8_t)((shared[i / 8] >> (i % 8) & 1) << (7 - i % 8));
    memcpy(iv, shared, 8);
    (void)des_set_key(&des, key);
    cbc_decrypt(&des, (nettle_cipher_func *)des_decrypt, DES_BLOCK_SIZE, iv, size, (uint8_t *)text,
                field);
    text[size - 1] = '\0';
    CHECK_STR(text, want);
}

static void test_mslogon2(void)
{
    const struct rfb_security *type = &rfb_security_mslogon2_client;
    struct rfb_dh_group group = {prime, 8, 5};
    struct rfb_dh_secret secret;
    uint8_t value[8], shared[8];

    client_user = "ada";
    client_password = "secret";
    rfb_dh_make_secret(&group, &secret, value);
    for (size_t cut = 0; cut < 24; cut++) {
        void *client = type->create(&asks);
        struct buf in = BUF_INIT, out = BUF_INIT;
        struct err err = {""};

        wire_put_u64(&in, 5);
        buf_append(&in, prime, 8);
        buf_append(&in, value, 8);
        CHECK_INT(feed(type, client, &in, cut, &out, &err), RFB_SECURITY_NEEDS_MORE);
        CHECK_INT(feed(type, client, &in, in.len, &out, &err), RFB_SECURITY_PASSED);
        CHECK_INT(in.len, 0);
        CHECK_INT(out.len, 8 + 256 + 64);
        rfb_dh_share(&group, &secret, out.data, shared);
        check_field(out.data + 8, 256, shared, "ada");
        check_field(out.data + 8 + 256, 64, shared, "secret");
        type->destroy(client);
        buf_finish(&in);
        buf_finish(&out);
    }
}

static void test_mslogon2_parameters(void)
{
    static const struct {
        uint64_t generator, modulus, value;
        const char *why;
    } wrong[] = {
        {5, 0, 7, "has 0 bits"},
        {5, 1, 7, "has 1 bits"},
        {5, 7, 3, "has 3 bits"},
        {5, 0xfffffffffffffffe, 7, "even"},
        {1, 0xffffffffffffffc5, 7, "generator"},
        {5, 0xffffffffffffffc5, 1, "keeps no secret"},
        {5, 0xffffffffffffffc5, 0xffffffffffffffc4, "keeps no secret"},
    };
    static char long_text[300];
    struct buf b = BUF_INIT;

    for (size_t i = 0; i <= ARRAY_LEN(wrong) + 1; i++) {
        bool fine = i >= ARRAY_LEN(wrong);

        buf_clear(&b);
        wire_put_u64(&b, fine ? 5 : wrong[i].generator);
        wire_put_u64(&b, fine ? 0xffffffffffffffc5 : wrong[i].modulus);
        wire_put_u64(&b, fine ? 7 : wrong[i].value);
        if (i == ARRAY_LEN(wrong)) {
            memset(long_text, 'x', 64);
            client_password = long_text;
        } else if (fine) {
            memset(long_text, 'x', 256);
            client_user = long_text;
        }
        client_hears(&rfb_security_mslogon2_client, &b,
                     !fine                   ? wrong[i].why
                     : i == ARRAY_LEN(wrong) ? "the password is too long"
                                             : "the name is too long");
    }
    buf_finish(&b);
}

int main(void)
{
    test_groups();
    test_public_values();
    test_share();
    test_server_group();
    test_apple();
    test_apple_parameters();
    test_apple_client_value();
    test_mslogon2();
    test_mslogon2_parameters();
    return check_result();
}
