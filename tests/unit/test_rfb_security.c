/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security types, our client's end against our server's: each in every version, cut and stopped at
 * every byte.
 */
#include "check.h"
#include "rfb_wire.h"

#include "base/arith.h"
#include "base/wire.h"
#include "rfb/auth/account.h"
#include "rfb/auth/vencrypt.h"

#include <time.h>
#include <unistd.h>

/* ---- A type that puts a layer on the stream ---------------------------------------------------
 * Both say "Y", then everything is xored; through that the server says "yes".
 */

static int xors;

static int xor_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                       struct buf *plain, struct buf *wire, struct err *err)
{
    uint8_t *to = buf_extend(plain, len);

    (void)wire, (void)err;
    for (size_t i = 0; i < len; i++)
        to[i] = bytes[i] ^ *(uint8_t *)layer;
    *used = len;
    return 0;
}

static int xor_send(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err)
{
    size_t used;

    return len ? xor_receive(layer, data, len, &used, wire, NULL, err) : 0;
}

static void xor_destroy(void *layer)
{
    xors--;
    free(layer);
}

static const struct layer_ops xor_ops = {xor_receive, xor_send, xor_destroy};

struct toy {
    unsigned step;
};

static void *toy_create(const void *config)
{
    (void)config;
    return mem_new0(struct toy);
}

static void toy_take_layer(void *state, struct rfb_security_layer *layer)
{
    (void)state;
    xors++;
    *layer = (struct rfb_security_layer){&xor_ops, mem_dup("\x5a", 1)};
}

static enum rfb_security_answer toy_server(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    (void)err;
    if (t->step == 1) {
        buf_append(out, "yes", 3);
        return RFB_SECURITY_PASSED;
    }
    if (!len)
        return RFB_SECURITY_NEEDS_MORE;
    *used = 1;
    t->step++;
    buf_append(out, "Y", 1);
    return data[0] == 'Y' ? RFB_SECURITY_LAYER : RFB_SECURITY_REFUSED;
}

static enum rfb_security_answer toy_client(void *state, const uint8_t *data, size_t len,
                                           size_t *used, struct buf *out, struct err *err)
{
    struct toy *t = state;

    if (!t->step++)
        buf_append(out, "Y", 1);
    if (t->step < 3 && len && data[0] == 'Y') {
        t->step = 3;
        *used = 1;
        return RFB_SECURITY_LAYER;
    }
    if (t->step < 3)
        t->step = 1;
    else if (len >= 3) {
        *used = 3;
        if (!memcmp(data, "yes", 3))
            return RFB_SECURITY_PASSED;
        err_set(err, "that was no yes");
        return RFB_SECURITY_REFUSED;
    }
    return RFB_SECURITY_NEEDS_MORE;
}

static const struct rfb_security toy_security = {(enum rfb_security_type)77, toy_create, toy_server,
                                                 free, toy_take_layer};
static const struct rfb_security toy_security_client = {(enum rfb_security_type)77, toy_create,
                                                        toy_client, free, toy_take_layer};

/* ---- Who comes, and who is let in -------------------------------------------------------------
 */

static uint64_t the_time;

static uint64_t now_ms(void)
{
    return the_time;
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"kim", "s3cr3t!"}, now_ms, &brake};
static const struct rfb_account account_of_8 = {{"kim", "12345678"}, now_ms, &brake};

static unsigned questions;

static int answer(void *owner, bool user, struct rfb_credentials *credentials, struct err *err)
{
    const struct rfb_credentials *known = owner;

    (void)user;
    questions++;
    if (!known)
        return err_set(err, "there is nobody to ask");
    *credentials = *known;
    return 0;
}

static struct rfb_credentials kim = {"kim", "s3cr3t!"}, kim_of_8 = {"kim", "12345678"},
                              kim_wrong = {"kim", "s3cr3t"}, kim_long = {"kim", "123456789"};

static const struct rfb_security_asks right = {&kim, NULL, answer, NULL},
                                      right_of_8 = {&kim_of_8, NULL, answer, NULL},
                                      wrong = {&kim_wrong, NULL, answer, NULL},
                                      too_long = {&kim_long, NULL, answer, NULL},
                                      nobody = {NULL, NULL, answer, NULL};

/* The server's certificate, made by each run. */
static struct rfb_tls_identity *identity, *other_identity;
static struct rfb_tls_trust *trust;

static struct buf certificate_pem; /* of `identity` */

static struct rfb_tls_identity *new_identity(void)
{
    struct buf certificate = BUF_INIT, key = BUF_INIT;
    struct rfb_tls_identity *made;
    struct err err = {""};

    CHECK_INT(rfb_tls_identity_make("host.example", (uint64_t)time(NULL), &certificate, &key, &err),
              0);
    made = rfb_tls_identity_create(&certificate, &key, &err);
    CHECK_STR(err.text, "");
    if (!certificate_pem.len)
        buf_append(&certificate_pem, certificate.data, certificate.len);
    buf_finish(&certificate);
    buf_finish(&key);
    return made;
}

/* The owner knows one certificate. */
static int know(void *owner, const struct rfb_server_key *key, struct err *err)
{
    (void)owner;
    CHECK_STR(key->kind, "x509");
    CHECK(key->len > 60);
    CHECK_STR(key->doubt, "the certificate is another host's");
    if (!memcmp(key->sha256, rfb_tls_identity_sha256(identity), 32))
        return 0;
    return err_set(err, "the key has changed");
}

/* ---- Every type ------------------------------------------------------------------------------ */

struct pairing {
    const char *name;
    struct rfb_vencrypt_server server;
    struct rfb_vencrypt_client client;
    struct rfb_security_offer offer, take;
};

enum { TOY = 0, NONE, VNC_AUTH, VNC_AUTH_8, VENCRYPT };
static struct pairing types[VENCRYPT + RFB_VENCRYPT_TYPES] = {
    {"a toy with a layer", .offer = {&toy_security, NULL}, .take = {&toy_security_client, NULL}},
    {"None", .offer = {&rfb_security_none, NULL}, .take = {&rfb_security_none_client, NULL}},
    {"VncAuth", .offer = {&rfb_security_vnc_auth, &account},
     .take = {&rfb_security_vnc_auth_client, &right}},
    {"VncAuth, all eight characters", .offer = {&rfb_security_vnc_auth, &account_of_8},
     .take = {&rfb_security_vnc_auth_client, &right_of_8}},
};

static struct rfb_security_asks asks_by_tls = {&kim, "other.example", answer, know};

static void prepare_types(void)
{
    static const char *const names[RFB_VENCRYPT_TYPES] = {
        "Plain", "TLSNone", "TLSVnc", "TLSPlain", "X509None", "X509Vnc", "X509Plain"};

    identity = new_identity();
    other_identity = new_identity();
    trust = rfb_tls_trust_create(NULL);
    for (unsigned i = 0; i < RFB_VENCRYPT_TYPES; i++) {
        struct pairing *p = &types[VENCRYPT + i];
        struct rfb_vencrypt_types only = {{RFB_VENCRYPT_PLAIN + i}, 1};

        p->name = names[i];
        p->server = (struct rfb_vencrypt_server){only, &account, identity};
        p->client = (struct rfb_vencrypt_client){only, &asks_by_tls, trust};
        p->offer = (struct rfb_security_offer){&rfb_security_vencrypt, &p->server};
        p->take = (struct rfb_security_offer){&rfb_security_vencrypt_client, &p->client};
    }
}

static void finish_types(void)
{
    rfb_tls_identity_destroy(identity);
    rfb_tls_identity_destroy(other_identity);
    rfb_tls_trust_destroy(trust);
    buf_finish(&certificate_pem);
}

static unsigned farewells;

static void check_let_in(const struct pairing *p, size_t piece, size_t *whole)
{
    struct wire w;

    wire_begin(&w, &p->offer, 1, &p->take, 1);
    *whole = wire_run(&w, piece, SIZE_MAX);
    if (w.server.inits != 1 || w.client.connects != 1)
        fprintf(stderr, "%s in pieces of %zu: %s, %s\n", p->name, piece, w.server.err.text,
                w.client.err.text);
    CHECK_INT(w.server.inits, 1);
    CHECK_INT(w.client.connects, 1);
    CHECK(!w.server.over && !w.client.over);
    wire_finish(&w);
}

/* Who closes the connection says so through TLS, else the other end took it for a cut one. */
static void check_farewell(const struct pairing *p, bool by_server)
{
    struct wire w;
    struct wire_end *from = by_server ? &w.server : &w.client;
    struct wire_end *to = by_server ? &w.client : &w.server;

    wire_begin(&w, &p->offer, 1, &p->take, 1);
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    if (from->layers.count && from->layers.at[0].ops->end) { /* RSA-AES knows no such word */
        io_layers_end(&from->layers, &from->wire);
        CHECK(from->wire.len);
        wire_deliver(to, from->wire.data, from->wire.len);
        CHECK(to->over);
        CHECK_STR(to->err.text, "the peer closed the connection");
        farewells++;
    }
    wire_finish(&w);
}

/* In pieces of every size, and with the wire cut for good after every byte. (A handshake of TLS is
   now and then some bytes shorter than the last.) */
static void check_pieces(const struct pairing *p)
{
    bool is_slow = p->server.offers.count && p->server.offers.types[0] > RFB_VENCRYPT_PLAIN;
    size_t whole = 0;

    for (size_t piece = 1; piece <= 64; piece += is_slow ? 21 : 1)
        check_let_in(p, piece, &whole);
    for (size_t limit = 0; limit < whole; limit++) {
        struct wire w;

        wire_begin(&w, &p->offer, 1, &p->take, 1);
        CHECK(wire_run(&w, SIZE_MAX, limit) == limit || is_slow);
        CHECK(!w.server.over && !w.client.over);
        wire_finish(&w);
    }
    CHECK_INT(xors, 0);
}

/* Older versions: 3.3 has None and VncAuth only, and the server decides. */
static void check_old_versions(void)
{
    static const char *const greetings[] = {"RFB 003.003\n", "RFB 003.007\n"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        for (size_t v = 0; v < ARRAY_LEN(greetings); v++) {
            bool in = v || (i >= NONE && i <= VNC_AUTH_8);
            struct wire w;

            wire_begin(&w, &types[i].offer, 1, &types[i].take, 1);
            buf_clear(&w.server.wire); /* the server can do no less than 3.8 */
            buf_append(&w.server.wire, greetings[v], 12);
            wire_run(&w, 5, SIZE_MAX);
            if (w.client.connects != in)
                fprintf(stderr, "%s in %.11s: %s\n", types[i].name, greetings[v],
                        w.client.err.text);
            CHECK_INT(w.client.connects, in);
            CHECK_INT(w.server.inits, in);
            CHECK_STR(w.client.err.text,
                      in ? ""
                         : "the server refused the connection: RFB 3.3 has none of the security "
                           "types that are asked for here");
            wire_finish(&w);
        }
}

static void check_refused(const char *what, struct rfb_security_offer offer,
                          struct rfb_security_offer take, const char *server_says,
                          const char *client_says)
{
    struct wire w;

    wire_begin(&w, &offer, 1, &take, 1);
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    if (w.server.inits)
        fprintf(stderr, "%s was let in\n", what);
    CHECK_INT(w.server.inits, 0);
    CHECK_STR(w.server.err.text, server_says);
    CHECK_STR(w.client.err.text, client_says);
    wire_finish(&w);
}

static void check_wrong(void)
{
    static const char told[] = "the server refused the connection: Authentication failed";
    struct rfb_security_offer vnc = {&rfb_security_vnc_auth, &account};
    struct rfb_security_offer vnc_wrong = {&rfb_security_vnc_auth_client, &wrong},
                              vnc_long = {&rfb_security_vnc_auth_client, &too_long},
                              vnc_nobody = {&rfb_security_vnc_auth_client, &nobody};

    check_refused("a wrong password", vnc, vnc_wrong, "Authentication failed", told);
    check_refused("a long password", vnc, vnc_long, "",
                  "the server asks for VNC Authentication, which knows passwords of at most 8 "
                  "characters, and yours has 9; if the server cut it, give the first 8");
    check_refused("nobody", vnc, vnc_nobody, "", "there is nobody to ask");
    brake = (struct rfb_brake){0};
    for (unsigned i = 0; i < RFB_VENCRYPT_TYPES; i++) {
        struct pairing p = types[VENCRYPT + i];
        struct rfb_security_asks asks = {&kim_wrong, "other.example", answer, know};

        p.client.asks = &asks;
        p.take.config = &p.client;
        if (!strstr(p.name, "None"))
            check_refused(p.name, p.offer, p.take, "Authentication failed", told);
        brake = (struct rfb_brake){0};
    }
}

/* Another key than the one that is known: the client says no word more. */
static void check_changed_key(void)
{
    for (unsigned i = RFB_VENCRYPT_X509_NONE; i <= RFB_VENCRYPT_X509_PLAIN; i++) {
        struct pairing p = types[VENCRYPT + i - RFB_VENCRYPT_PLAIN];

        p.server.identity = other_identity;
        p.offer.config = &p.server;
        questions = 0;
        check_refused("another key", p.offer, p.take, "the peer ended TLS: Certificate is bad",
                      "the key has changed");
        CHECK_INT(questions, 0);
    }
}

/* An authority of this test's own, whose only certificate is the server's. */
static void check_authority(void)
{
    struct rfb_security_asks asks = {&kim, "host.example", answer, NULL};
    struct pairing p = types[VENCRYPT + RFB_VENCRYPT_X509_PLAIN - RFB_VENCRYPT_PLAIN];
    char file[] = "/tmp/oriel-test-ca-XXXXXX";
    int fd = mkstemp(file);
    size_t whole;

    CHECK_INT(write(fd, certificate_pem.data, certificate_pem.len), certificate_pem.len);
    close(fd);
    p.client.asks = &asks;
    p.take.config = &p.client;
    check_refused("no authority", p.offer, p.take, "the peer ended TLS: Certificate is bad",
                  "the server cannot be trusted: no authority that is trusted here vouches for it");
    p.client.trust = rfb_tls_trust_create(file);
    check_let_in(&p, SIZE_MAX, &whole);
    asks.host = "other.example";
    check_refused("another host's", p.offer, p.take, "the peer ended TLS: Certificate is bad",
                  "the server cannot be trusted: the certificate is another host's");
    asks.host = NULL;
    check_refused("no host", p.offer, p.take, "the peer ended TLS: Certificate is bad",
                  "the server cannot be trusted: it is not known whose certificate it should be");
    rfb_tls_trust_destroy(p.client.trust);
    unlink(file);
}

/* ---- Nobody gets around it ---- */

static void say(struct wire *w, const void *bytes, size_t len)
{
    wire_deliver(&w->server, bytes, len);
}

/* Every version, every set of offers, every type that a client can name: in only by None, and only
   where None is offered. (CVE-2006-2369, CVE-2024-42458.) */
static void check_every_choice(void)
{
    static const char *const versions[] = {"RFB 003.003\n", "RFB 003.005\n", "RFB 003.007\n",
                                           "RFB 003.008\n", "RFB 003.889\n", "RFB 004.001\n"};
    const struct rfb_security_offer all[] = {
        types[VNC_AUTH].offer, types[NONE].offer,
        types[VENCRYPT + RFB_VENCRYPT_X509_PLAIN - RFB_VENCRYPT_PLAIN].offer, types[TOY].offer};
    static const uint8_t rest[64]; /* what could pass for an answer and ClientInit */

    for (unsigned set = 1; set < 1u << ARRAY_LEN(all); set++) {
        struct rfb_security_offer offers[ARRAY_LEN(all)];
        size_t count = 0;

        for (size_t i = 0; i < ARRAY_LEN(all); i++)
            if (set & 1u << i)
                offers[count++] = all[i];
        for (size_t v = 0; v < ARRAY_LEN(versions); v++)
            for (unsigned choice = 0; choice < 256; choice++) {
                bool is_33 = v < 2, none = set & 2;
                /* 3.3 has the first of VncAuth and None; there the choice's byte is ClientInit. */
                bool in = none && (is_33 ? !(set & 1) : choice == RFB_SECURITY_NONE);
                uint8_t byte = (uint8_t)choice;
                struct wire w;

                brake = (struct rfb_brake){0};
                wire_begin(&w, offers, count, NULL, 0);
                say(&w, versions[v], 12);
                say(&w, &byte, 1);
                say(&w, rest, sizeof(rest));
                if (w.server.inits != in)
                    fprintf(stderr, "%.11s, offers %x, choice %u\n", versions[v], set, choice);
                CHECK_INT(w.server.inits, in);
                wire_finish(&w);
            }
    }
}

/* The same for VeNCrypt's types; those with TLS answer 1 and then want TLS, nothing else. */
static void check_every_subtype(void)
{
    static const uint8_t rest[64];

    for (unsigned set = 1; set < 1u << RFB_VENCRYPT_TYPES; set++) {
        struct rfb_vencrypt_server server = {{{0}, 0}, &account, identity};
        struct rfb_security_offer offer = {&rfb_security_vencrypt, &server};

        for (unsigned i = 0; i < RFB_VENCRYPT_TYPES; i++)
            if (set & 1u << i)
                server.offers.types[server.offers.count++] = RFB_VENCRYPT_PLAIN + i;
        for (uint32_t choice = 250; choice < 270; choice++) {
            uint32_t bit = choice - RFB_VENCRYPT_PLAIN;
            bool offered = bit < RFB_VENCRYPT_TYPES && set & 1u << bit;
            uint8_t words[] = {19, 0, 2, 0, 0, (uint8_t)(choice >> 8), (uint8_t)choice};
            struct wire w;

            brake = (struct rfb_brake){0};
            wire_begin(&w, &offer, 1, NULL, 0);
            say(&w, "RFB 003.008\n", 12);
            say(&w, words, sizeof(words));
            CHECK_INT(w.server.over, !offered);
            CHECK_INT(w.server.layers.count, offered && choice != RFB_VENCRYPT_PLAIN);
            if (!offered)
                CHECK(strstr(w.server.err.text, "was not offered"));
            say(&w, rest, sizeof(rest));
            CHECK_INT(w.server.inits, 0);
            CHECK(w.server.over);
            wire_finish(&w);
        }
    }
}

/* A server that says other things than it should; what our client makes of it. */
static void check_odd_servers(void)
{
#define HELLO "RFB 003.008\n"
    static const struct {
        const char *bytes;
        size_t len;
        const char *says;
    } cases[] = {
        {HELLO "\1\x13\0\1", 16, "the server's VeNCrypt is older than 0.2"},
        {HELLO "\1\x13\0\2\xff", 17, "the server does not speak VeNCrypt 0.2"},
        {HELLO "\1\x13\0\2\0\0", 18,
         "the server offers VeNCrypt's types: none, none of which is taken here"},
        {HELLO "\1\x13\0\2\0\2\0\0\1\0\0\0\1\x0b", 26,
         "the server offers VeNCrypt's types 256 267, none of which is taken here"},
        {HELLO "\1\x13\0\2\0\1\0\0\1\x06\0", 23, "the server refused to begin TLS"},
        {HELLO "\2\5\x63", 15,
         "the server offers security types 5 99, none of which is taken here"},
        {"RFB 003.003\n\0\0\0\1", 16, "the server wants security type 1, which is not taken here"},
        {"RFB 003.003\n\0\0\1\x13", 16,
         "the server wants security type 275, which is not taken here"},
        {HELLO "\1\x13\0\2\0\1\0\0\1\x06\1HTTP/1.1 400 Bad Request", 47,
         "TLS: An unexpected TLS packet was received."},
    };
    const struct pairing *p = &types[VENCRYPT + RFB_VENCRYPT_X509_PLAIN - RFB_VENCRYPT_PLAIN];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct wire w;

        wire_begin(&w, &types[NONE].offer, 1, &p->take, 1);
        questions = 0;
        wire_deliver(&w.client, (const uint8_t *)cases[i].bytes, cases[i].len);
        CHECK_STR(w.client.err.text, cases[i].says);
        CHECK_INT(questions, 0);
        wire_finish(&w);
    }
}

/* A name and a password of every wrong length, and with what a C string cannot hold. */
static void check_plain(void)
{
    static const struct {
        uint32_t user_len, password_len;
        const char *bytes;
        const char *says;
    } cases[] = {
        {3, 7, "kims3cr3t!", NULL},
        {3, 7, "kims3cr3t?", "Authentication failed"},
        {3, 7, "kims3cr3t", ""},
        {3, 0, "kim", "Authentication failed"},
        {0, 7, "s3cr3t!", "Authentication failed"},
        {0, 0, "", "Authentication failed"},
        {2, 7, "kis3cr3t!", "Authentication failed"},
        {3, 8, "kims3cr3t!\0", "Authentication failed"},
        {4, 7, "kim\0s3cr3t!", "Authentication failed"},
        {1025, 7, "kim", "a name of 1025 and a password of 7 bytes, more than 1024"},
        {3, UINT32_MAX, "kim", "a name of 3 and a password of 4294967295 bytes, more than 1024"},
        {UINT32_MAX, 1, "kim", "a name of 4294967295 and a password of 1 bytes, more than 1024"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        void *state = rfb_security_plain.create(&account);
        size_t len = (size_t)cases[i].user_len + cases[i].password_len, used = 0;
        struct err err = {""};
        struct buf b = BUF_INIT;
        enum rfb_security_answer said;

        brake = (struct rfb_brake){0};
        wire_put_u32(&b, cases[i].user_len);
        wire_put_u32(&b, cases[i].password_len);
        buf_append(&b, cases[i].bytes,
                   len <= 16 && i != 2 ? len : strlen(cases[i].bytes)); /* 2 is cut short */
        said = rfb_security_plain.step(state, b.data, b.len, &used, NULL, &err);
        CHECK_INT(said, !cases[i].says   ? RFB_SECURITY_PASSED
                        : *cases[i].says ? RFB_SECURITY_REFUSED
                                         : RFB_SECURITY_NEEDS_MORE);
        CHECK_STR(err.text, cases[i].says ? cases[i].says : "");
        free(state);
        buf_finish(&b);
    }
}

/* The same client with the right password, or with a wrong one; what the server says to it. */
static const char *try_at(uint64_t time, bool is_right)
{
    static char says[512];
    struct rfb_security_offer offer = {&rfb_security_vnc_auth, &account};
    struct rfb_security_offer take = {&rfb_security_vnc_auth_client, is_right ? &right : &wrong};
    struct wire w;

    the_time = time;
    wire_begin(&w, &offer, 1, &take, 1);
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    CHECK_INT(w.server.inits, !w.server.over);
    snprintf(says, sizeof(says), "%s", w.server.over ? w.server.err.text : "welcome");
    wire_finish(&w);
    return says;
}

static void check_brake(void)
{
    static const char shut[] = "Too many security failures", failed[] = "Authentication failed";
    uint64_t time = 5000, pause = 1000;

    brake = (struct rfb_brake){0};
    for (int i = 1; i < RFB_ACCOUNT_TRIES; i++)
        CHECK_STR(try_at(time, false), failed);
    CHECK_STR(try_at(time, true), "welcome"); /* which wipes the slate */
    for (int i = 0; i < RFB_ACCOUNT_TRIES; i++)
        CHECK_STR(try_at(time, false), failed);
    for (int i = 0; i < 40; i++) {
        CHECK_STR(try_at(time, true), shut); /* not even the right one */
        CHECK_STR(try_at(time + pause - 1, true), shut);
        time += pause;
        CHECK_STR(try_at(time, false), failed);
        pause = MIN_OF(pause * 2, (uint64_t)RFB_ACCOUNT_SHUT_MAX_MS);
    }
    CHECK_STR(try_at(time + pause, true), "welcome");
    CHECK_STR(try_at(time + pause, false), failed);
    CHECK_STR(try_at(time + pause, true), "welcome");
}

int main(void)
{
    prepare_types();
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        check_pieces(&types[i]);
        check_farewell(&types[i], false);
        check_farewell(&types[i], true);
    }
    CHECK(farewells >= 2 * 6);
    check_old_versions();
    check_wrong();
    check_changed_key();
    check_authority();
    check_brake();
    check_every_choice();
    check_every_subtype();
    check_odd_servers();
    check_plain();
    finish_types();
    return check_result();
}
