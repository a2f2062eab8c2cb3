/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA-AES, Apple's Diffie-Hellman and Vino's TLS within whole handshakes of RFB: in pieces, stopped
 * at every byte, and what people are told when the password is wrong, which comes through the
 * layer.
 */
#include "check.h"
#include "rfb_wire.h"

#include "base/arith.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/rsa_aes.h"

static uint64_t now_ms(void)
{
    return 0;
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"kim", "s3cr3t!"}, now_ms, &brake};

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    (void)err;
    strcpy(credentials->user, user ? "kim" : "");
    strcpy(credentials->password, owner);
    return 0;
}

static int on_server_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    (void)owner, (void)err;
    CHECK_STR(key->kind, "rsa");
    CHECK_INT(strlen(key->shown), 23);
    return 0;
}

static char right_password[] = "s3cr3t!", wrong_password[] = "s3cr3t";
static struct rfb_rsa_aes_server by_name = {NULL, &account, true}, by_password = {NULL, &account};
static struct rfb_security_asks right = {.owner = right_password,
                                         .credentials = on_credentials,
                                         .server_key = on_server_key},
                                wrong = {.owner = wrong_password,
                                         .credentials = on_credentials,
                                         .server_key = on_server_key};

static const struct pairing {
    const struct rfb_security *server, *client;
    const void *config;
    bool varies; /* a handshake of TLS is now and then some bytes shorter than the last */
} types[] = {
    {&rfb_security_ra2, &rfb_security_ra2_client, &by_name},
    {&rfb_security_ra2ne, &rfb_security_ra2ne_client, &by_password},
    {&rfb_security_ra2_256, &rfb_security_ra2_256_client, &by_password},
    {&rfb_security_ra2ne_256, &rfb_security_ra2ne_256_client, &by_name},
    {&rfb_security_apple_dh, &rfb_security_apple_dh_client, &account},
    {&rfb_security_anon_tls, &rfb_security_anon_tls_client, &account, true},
};

static size_t meet(struct wire *w, const struct pairing *p, const struct rfb_security_asks *asks,
                   size_t piece, size_t limit)
{
    struct rfb_security_offer offer = {p->server, p->config}, take = {p->client, asks};

    brake = (struct rfb_brake){0};
    wire_begin(w, &offer, 1, &take, 1);
    return wire_run(w, piece, limit);
}

static void check_pieces(const struct pairing *p)
{
    struct wire w;
    size_t whole = 0;

    for (size_t piece = 1; piece <= 64; piece += 9) {
        whole = meet(&w, p, &right, piece, SIZE_MAX);
        CHECK(w.server.inits == 1 && w.client.connects == 1);
        CHECK(!w.server.over && !w.client.over);
        wire_finish(&w);
    }
    for (size_t limit = 0; limit < whole; limit++) {
        size_t moved = meet(&w, p, &right, SIZE_MAX, limit);

        CHECK(moved == limit || p->varies);
        CHECK(!w.server.over && !w.client.over);
        wire_finish(&w);
    }
}

static void check_refusal(const struct pairing *p)
{
    struct wire w;

    meet(&w, p, &wrong, SIZE_MAX, SIZE_MAX);
    CHECK_INT(w.server.inits, 0);
    CHECK_STR(w.server.err.text, "Authentication failed");
    CHECK_STR(w.client.err.text, "the server refused the connection: Authentication failed");
    wire_finish(&w);
}

/* A client that takes the first of these that is offered gets it, and nothing that was not. */
static void check_choice(void)
{
    struct rfb_security_offer offers[ARRAY_LEN(types)], takes[ARRAY_LEN(types)];
    struct wire w;

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        size_t last = ARRAY_LEN(types) - 1 - i;

        offers[i] = (struct rfb_security_offer){types[i].server, types[i].config};
        takes[last] = (struct rfb_security_offer){types[i].client, &right};
    }
    wire_begin(&w, offers, ARRAY_LEN(offers), takes, ARRAY_LEN(takes)); /* TLS is the first taken */
    wire_run(&w, SIZE_MAX, SIZE_MAX);
    CHECK(w.server.inits == 1 && w.client.connects == 1);
    wire_finish(&w);
    for (unsigned choice = 0; choice < 256; choice++) {
        uint8_t byte = (uint8_t)choice;
        bool offered = choice == RFB_SECURITY_RA2 || choice == RFB_SECURITY_RA2_256;

        wire_begin(&w, (struct rfb_security_offer[]){offers[0], offers[2]}, 2, NULL, 0);
        wire_deliver(&w.server, (const uint8_t *)"RFB 003.008\n", 12);
        wire_deliver(&w.server, &byte, 1);
        CHECK_INT(w.server.over, !offered);
        CHECK_INT(w.server.inits, 0);
        wire_finish(&w);
    }
}

/* TLS inside of TLS is not on the server's list, nor is None; a client takes nothing else. */
static void check_inner_choice(void)
{
    static const uint8_t others[] = {0, RFB_SECURITY_NONE, RFB_SECURITY_TLS, RFB_SECURITY_RA2, 255};

    for (size_t i = 0; i < sizeof(others); i++) {
        const struct rfb_security *ends[] = {&rfb_security_anon_tls, &rfb_security_anon_tls_client};

        for (int end = 0; end < 2; end++) {
            void *state = ends[end]->create(end ? (const void *)&right : &account);
            uint8_t list[2] = {1, others[i]};
            struct buf out = BUF_INIT;
            struct err err = {""};
            size_t used = 0;

            if (end && others[i] == RFB_SECURITY_NONE)
                list[1] = RFB_SECURITY_VENCRYPT;
            CHECK_INT(ends[end]->step(state, NULL, 0, &used, &out, &err), RFB_SECURITY_LAYER);
            CHECK_INT(ends[end]->step(state, NULL, 0, &used, &out, &err), RFB_SECURITY_NEEDS_MORE);
            CHECK_INT(ends[end]->step(state, end ? list : &list[1], end ? 2 : 1, &used, &out, &err),
                      RFB_SECURITY_REFUSED);
            CHECK(err.text[0]);
            ends[end]->destroy(state);
            buf_finish(&out);
        }
    }
}

int main(void)
{
    struct rfb_rsa_key *server = rfb_rsa_key_generate(1024), *client = rfb_rsa_key_generate(1024);

    by_name.key = by_password.key = server;
    right.rsa_key = wrong.rsa_key = client;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        check_pieces(&types[i]);
        check_refusal(&types[i]);
    }
    check_choice();
    check_inner_choice();
    rfb_rsa_key_destroy(server);
    rfb_rsa_key_destroy(client);
    return check_result();
}
