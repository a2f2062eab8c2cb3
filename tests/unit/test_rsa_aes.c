/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA-AES: our client with our server, cut and forged at every byte, and a client made by hand that
 * breaks each rule. What it is made of has a test of its own.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "rfb/auth/rsa_aes.h"
#include "rfb/auth/rsa_aes_layer.h"

#include <nettle/sha1.h>
#include <stdlib.h>

static struct rfb_rsa_key *server_key, *client_key; /* of 1024 bits, which take less time */

/* The number that the client made by hand sends. */
static const uint8_t counting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* ---- Our client and our server ----------------------------------------------------------------
 */

/* What the people at both ends do. */
struct people {
    const char *user, *password; /* the client's */
    bool knows_key, with_user;
    unsigned asked_key, asked_user, asked_password;
};

static int on_server_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    struct people *p = owner;
    size_t len;
    const uint8_t *wire = rfb_rsa_public_wire(rfb_rsa_key_public(server_key), &len);

    p->asked_key++;
    CHECK_STR(key->kind, "rsa");
    CHECK(key->doubt != NULL);
    if (p->knows_key && key->len == len && !memcmp(key->data, wire, len))
        return 0;
    return err_set(err, "not that one");
}

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    struct people *p = owner;

    p->asked_user += user;
    p->asked_password++;
    if (!p->password)
        return err_set(err, "nobody knows");
    strcpy(credentials->user, p->user);
    strcpy(credentials->password, p->password);
    return 0;
}

static uint64_t now;

static uint64_t now_ms(void)
{
    return now += 1 << 20; /* the brake has a test of its own */
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"ada", "secret"}, now_ms, &brake};

/* One end: the security type, a layer once there is one, and what has come and isn't consumed. */
struct end {
    const struct rfb_security *type;
    void *state;
    struct rfb_security_layer layer;
    struct buf wire, in, out; /* in: through the layer */
    enum rfb_security_answer answer;
    struct err err;
    size_t received; /* bytes of the wire in all */
};

static void end_init(struct end *e, const struct rfb_security *type, const void *config)
{
    *e = (struct end){.type = type, .state = type->create(config)};
}

static void end_finish(struct end *e)
{
    e->type->destroy(e->state);
    if (e->layer.ops)
        e->layer.ops->destroy(e->layer.layer);
    buf_finish(&e->wire);
    buf_finish(&e->in);
    buf_finish(&e->out);
}

static bool is_over(const struct end *e)
{
    return e->answer == RFB_SECURITY_PASSED || e->answer == RFB_SECURITY_REFUSED;
}

static void end_say(struct end *e, const void *bytes, size_t len)
{
    if (e->layer.ops)
        CHECK_INT(e->layer.ops->send(e->layer.layer, bytes, len, &e->out, &e->err), 0);
    else
        buf_append(&e->out, bytes, len);
}

/* What has come is put through the layer. */
static void end_open(struct end *e)
{
    size_t used;

    do {
        used = 0;
        if (e->layer.ops && e->wire.len &&
            e->layer.ops->receive(e->layer.layer, e->wire.data, e->wire.len, &used, &e->in, &e->out,
                                  &e->err))
            e->answer = RFB_SECURITY_REFUSED;
        buf_consume(&e->wire, used);
    } while (used && !is_over(e));
}

static void end_run(struct end *e)
{
    struct buf said = BUF_INIT;

    do {
        struct buf *from = e->layer.ops ? &e->in : &e->wire;
        size_t used = 0;

        end_open(e);
        if (is_over(e))
            break;
        buf_clear(&said);
        /* Exactly as much memory as there is. */
        cleanup_free uint8_t *copy = mem_dup(from->data, from->len);

        e->answer = e->type->step(e->state, copy, from->len, &used, &said, &e->err);
        CHECK(used <= from->len);
        buf_consume(from, used);
        end_say(e, said.data, said.len);
        if (e->answer == RFB_SECURITY_LAYER) {
            CHECK(!e->layer.ops);
            e->type->take_layer(e->state, &e->layer);
        } else if (!used) {
            break;
        }
    } while (!is_over(e));
    buf_finish(&said);
}

/* How the way to each end is cut, and the byte of it that is changed. */
struct cuts {
    size_t to_server, to_client, forged_to_server, forged_to_client;
    size_t pieces; /* bytes in each; 0: as many as there are */
};

enum { NOWHERE = 1 << 20 };

static const struct cuts whole = {0, 0, NOWHERE, NOWHERE, 0};

/* Moves what `from` has said, no further than to a cut. */
static bool move(struct end *from, struct end *to, size_t cut, size_t forged, size_t pieces)
{
    size_t n = from->out.len;

    if (to->received < cut)
        n = MIN_OF(n, cut - to->received);
    if (pieces)
        n = MIN_OF(n, pieces);
    if (!n)
        return false;
    if (forged >= to->received && forged - to->received < n)
        from->out.data[forged - to->received] ^= 0x11;
    buf_append(&to->wire, from->out.data, n);
    buf_consume(&from->out, n);
    to->received += n;
    end_run(to);
    return true;
}

struct outcome {
    enum rfb_security_answer server, client;
    size_t to_server, to_client;
    struct err server_err, client_err;
    bool sealed;
};

/* Both have passed: what follows arrives, and is sealed where it should be. */
static void check_what_follows(struct end *server, struct end *client, bool sealed)
{
    struct buf plain = BUF_INIT;
    size_t used = 0;

    CHECK_INT(server->out.len, 0);
    CHECK(server->wire.len == 0 && client->wire.len == 0);
    end_say(server, "result", 6);
    if (sealed)
        CHECK_INT(client->layer.ops->receive(client->layer.layer, server->out.data, server->out.len,
                                             &used, &plain, &client->out, &client->err),
                  0);
    else
        buf_append(&plain, server->out.data, server->out.len);
    CHECK_INT(server->out.len, sealed ? 6 + 18 : 6);
    CHECK(plain.len == 6 && !memcmp(plain.data, "result", 6));
    buf_finish(&plain);
}

static struct outcome meet(const struct rfb_security *server_type,
                           const struct rfb_security *client_type, struct people *p,
                           struct cuts cuts)
{
    struct rfb_security_asks asks = {
        .owner = p,
        .credentials = on_credentials,
        .server_key = on_server_key,
        .rsa_key = client_key,
    };
    struct rfb_rsa_aes_server config = {server_key, &account, true};
    struct end server, client;
    struct outcome o;

    config.with_user = p->with_user;
    end_init(&server, server_type, &config);
    end_init(&client, client_type, &asks);
    end_run(&server);
    end_run(&client);
    while (move(&server, &client, cuts.to_client, cuts.forged_to_client, cuts.pieces) ||
           move(&client, &server, cuts.to_server, cuts.forged_to_server, cuts.pieces))
        ;
    o = (struct outcome){.server = server.answer,
                         .client = client.answer,
                         .to_server = server.received,
                         .to_client = client.received,
                         .server_err = server.err,
                         .client_err = client.err,
                         .sealed = server.layer.ops && client.layer.ops};
    CHECK(server.answer != RFB_SECURITY_REFUSED || server.err.text[0]);
    CHECK(client.answer != RFB_SECURITY_REFUSED || client.err.text[0]);
    if (o.server == RFB_SECURITY_PASSED && o.client == RFB_SECURITY_PASSED)
        check_what_follows(&server, &client, o.sealed);
    end_finish(&server);
    end_finish(&client);
    return o;
}

static const struct {
    const struct rfb_security *server, *client;
    int number;
    bool sealed;
} types[] = {
    {&rfb_security_ra2, &rfb_security_ra2_client, 5, true},
    {&rfb_security_ra2ne, &rfb_security_ra2ne_client, 6, false},
    {&rfb_security_ra2_256, &rfb_security_ra2_256_client, 129, true},
    {&rfb_security_ra2ne_256, &rfb_security_ra2ne_256_client, 130, false},
};

static void test_handshakes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        for (int with_user = 0; with_user < 2; with_user++) {
            struct people p = {.user = with_user ? "ada" : "of no interest",
                               .password = "secret",
                               .knows_key = true,
                               .with_user = with_user};
            struct outcome o = meet(types[i].server, types[i].client, &p, whole);

            CHECK_INT(types[i].server->type, types[i].number);
            CHECK_INT(types[i].client->type, types[i].number);
            CHECK_INT(o.server, RFB_SECURITY_PASSED);
            CHECK_INT(o.client, RFB_SECURITY_PASSED);
            CHECK_INT(o.sealed, types[i].sealed);
            CHECK_INT(p.asked_key, 1);
            CHECK_INT(p.asked_user, with_user);
            CHECK_INT(p.asked_password, 1);
        }
    }
}

/* At every byte of both ways, and byte by byte. */
static void test_cuts(void)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct people p = {
            .user = "ada", .password = "secret", .knows_key = true, .with_user = true};
        struct outcome first = meet(types[i].server, types[i].client, &p, whole);
        struct cuts cuts = whole;

        for (size_t at = 1; at < first.to_server || at < first.to_client; at++) {
            struct outcome o;

            cuts.to_client = cuts.to_server = at;
            o = meet(types[i].server, types[i].client, &p, cuts);
            CHECK(o.server == RFB_SECURITY_PASSED && o.client == RFB_SECURITY_PASSED);
            CHECK(o.to_server == first.to_server && o.to_client == first.to_client);
        }
        cuts = whole;
        cuts.pieces = 1;
        first = meet(types[i].server, types[i].client, &p, cuts);
        CHECK(first.server == RFB_SECURITY_PASSED && first.client == RFB_SECURITY_PASSED);
    }
}

/* Whatever byte somebody in between changes, nobody's password gets through unnoticed. */
static void test_forged(void)
{
    struct people p = {.user = "ada", .password = "secret", .knows_key = true, .with_user = true};
    struct outcome first = meet(types[2].server, types[2].client, &p, whole);
    struct cuts cuts = whole;

    for (size_t at = 0; at < first.to_server; at++) {
        cuts.forged_to_server = at;
        CHECK(meet(types[2].server, types[2].client, &p, cuts).server != RFB_SECURITY_PASSED);
    }
    cuts = whole;
    for (size_t at = 0; at < first.to_client; at++) {
        struct outcome o;

        p.asked_password = 0;
        cuts.forged_to_client = at;
        o = meet(types[2].server, types[2].client, &p, cuts);
        CHECK(o.client != RFB_SECURITY_PASSED && o.server != RFB_SECURITY_PASSED);
        CHECK_INT(p.asked_password, 0);
    }
}

static void test_people_say_no(void)
{
    static char long_text[300];
    struct people p = {.user = "ada", .password = "wrong", .knows_key = true, .with_user = true};
    struct outcome o = meet(&rfb_security_ra2, &rfb_security_ra2_client, &p, whole);

    CHECK_INT(o.server, RFB_SECURITY_REFUSED);
    CHECK_STR(o.server_err.text, "Authentication failed");
    CHECK(o.sealed);                          /* the refusal's words go through the layer */
    CHECK_INT(o.client, RFB_SECURITY_PASSED); /* it waits for the result */

    p = (struct people){.user = "ada", .password = "secret", .with_user = true};
    o = meet(&rfb_security_ra2, &rfb_security_ra2_client, &p, whole);
    CHECK_INT(o.client, RFB_SECURITY_REFUSED);
    CHECK_STR(o.client_err.text, "not that one");
    CHECK_INT(o.to_server, 0); /* it says nothing to a stranger */

    p = (struct people){.knows_key = true};
    o = meet(&rfb_security_ra2ne, &rfb_security_ra2ne_client, &p, whole);
    CHECK_INT(o.client, RFB_SECURITY_REFUSED);
    CHECK_STR(o.client_err.text, "nobody knows");

    memset(long_text, 'x', 256);
    p = (struct people){.user = "", .password = long_text, .knows_key = true};
    o = meet(&rfb_security_ra2ne, &rfb_security_ra2ne_client, &p, whole);
    CHECK_STR(o.client_err.text, "the password is too long: RSA-AES has room for 255 bytes");
    long_text[255] = 0;
    o = meet(&rfb_security_ra2ne, &rfb_security_ra2ne_client, &p, whole);
    CHECK_INT(o.client, RFB_SECURITY_PASSED);
    CHECK_INT(o.server, RFB_SECURITY_REFUSED); /* it has arrived, and is wrong */
    CHECK_STR(o.server_err.text, "Authentication failed");
}

/* A client that takes only what an authority vouches for takes no RSA-AES. */
static void test_no_stranger(void)
{
    struct rfb_security_asks asks = {.rsa_key = client_key};
    size_t len, used = 0;
    const uint8_t *wire = rfb_rsa_public_wire(rfb_rsa_key_public(server_key), &len);
    struct buf out = BUF_INIT;
    struct err err = {""};
    void *state = rfb_security_ra2_client.create(&asks);

    CHECK_INT(rfb_security_ra2_client.step(state, wire, len, &used, &out, &err),
              RFB_SECURITY_REFUSED);
    CHECK(err.text[0] && !out.len);
    rfb_security_ra2_client.destroy(state);
}

/* ---- A client made by hand --------------------------------------------------------------------
 */

struct hand {
    bool wrong_size, wrong_number, wrong_hash;
    const char *credentials;       /* as they are sealed */
    size_t credentials_len, parts; /* in so many messages */
};

/* What type 6's server makes of it. */
static enum rfb_security_answer by_hand(struct hand h, struct err *err)
{
    struct rfb_rsa_aes_server config = {server_key, &account, true};
    struct rfb_rsa_public *public;
    struct rfb_rsa_aes_layer *layer = NULL;
    size_t len, used, server_len;
    const uint8_t *wire = rfb_rsa_public_wire(rfb_rsa_key_public(client_key), &len), *server_wire;
    struct buf said = BUF_INIT;
    uint8_t server_number[16], digest[20], receive_key[20], send_key[20];
    struct sha1_ctx sha1;
    struct end server;

    end_init(&server, &rfb_security_ra2ne, &config);
    end_run(&server);
    CHECK_INT(rfb_rsa_public_read(server.out.data, server.out.len, &used, &public, err), 1);
    CHECK_INT(used, server.out.len);
    buf_clear(&server.out);
    buf_append(&said, wire, len);
    wire_put_u16(&said, h.wrong_size ? 127 : 128);
    rfb_rsa_public_encrypt(public, counting, h.wrong_number ? 15 : 16, &said);
    buf_append(&server.wire, said.data, said.len);
    end_run(&server);
    if (h.wrong_size)
        goto over;

    CHECK_INT(server.out.len, 2 + 128 + 2 + 20 + 16);
    rfb_rsa_key_decrypt(client_key, server.out.data + 2, 128, server_number, 16);
    sha1_init(&sha1);
    sha1_update(&sha1, 16, server_number);
    sha1_update(&sha1, 16, counting);
    sha1_digest(&sha1, 20, send_key);
    sha1_update(&sha1, 16, counting);
    sha1_update(&sha1, 16, server_number);
    sha1_digest(&sha1, 20, receive_key);
    server_wire = rfb_rsa_public_wire(public, &server_len);
    sha1_update(&sha1, len, wire);
    sha1_update(&sha1, server_len, server_wire);
    sha1_digest(&sha1, 20, digest);
    digest[19] ^= h.wrong_hash;
    layer = rfb_rsa_aes_layer_create(16, receive_key, send_key);
    rfb_rsa_aes_layer_seal(layer, digest, 20, &server.wire);
    for (size_t i = 0, part = h.credentials_len / MAX_OF(h.parts, (size_t)1); i < h.parts; i++) {
        size_t n = i + 1 < h.parts ? part : h.credentials_len - part * (h.parts - 1);

        rfb_rsa_aes_layer_seal(layer, (const uint8_t *)h.credentials + i * part, n, &server.wire);
    }
    end_run(&server);
over:
    *err = server.err;
    rfb_rsa_aes_layer_destroy(layer);
    rfb_rsa_public_destroy(public);
    buf_finish(&said);
    end_finish(&server);
    return server.answer;
}

static void test_by_hand(void)
{
    static const char right[] = "\3ada\6secret";
    static char longest[513];
    struct err err;

    CHECK_INT(by_hand((struct hand){.credentials = right, .credentials_len = 11, .parts = 1}, &err),
              RFB_SECURITY_PASSED);
    for (size_t parts = 2; parts <= 11; parts++)
        CHECK_INT(
            by_hand((struct hand){.credentials = right, .credentials_len = 11, .parts = parts},
                    &err),
            RFB_SECURITY_PASSED);
    CHECK_INT(by_hand((struct hand){.credentials = right, .credentials_len = 10, .parts = 1}, &err),
              RFB_SECURITY_NEEDS_MORE);
#define SAYS(why, ...)                                                                             \
    do {                                                                                           \
        CHECK_INT(by_hand((struct hand){__VA_ARGS__}, &err), RFB_SECURITY_REFUSED);                \
        if (!strstr(err.text, why))                                                                \
            CHECK_STR(err.text, why);                                                              \
    } while (0)
    SAYS("number of 127 bytes", .wrong_size = true);
    SAYS("damaged or forged", .wrong_number = true);
    SAYS("somebody stands in between", .wrong_hash = true);
    SAYS("more came", .credentials = "\3ada\6secret!", .credentials_len = 12, .parts = 1);
    SAYS("Authentication failed", .credentials = "\3a\0a\6secret", .credentials_len = 11,
         .parts = 1);
    SAYS("Authentication failed", .credentials = "\0\0", .credentials_len = 2, .parts = 1);
    SAYS("where no more than", .credentials = longest, .credentials_len = 513, .parts = 1);
    memset(longest, 'x', sizeof(longest));
    longest[0] = longest[256] = '\xff';
    SAYS("Authentication failed", .credentials = longest, .credentials_len = 512, .parts = 3);
}

int main(void)
{
    server_key = rfb_rsa_key_generate(1024);
    client_key = rfb_rsa_key_generate(1024);
    test_handshakes();
    test_cuts();
    test_forged();
    test_people_say_no();
    test_no_stranger();
    test_by_hand();
    rfb_rsa_key_destroy(server_key);
    rfb_rsa_key_destroy(client_key);
    return check_result();
}
