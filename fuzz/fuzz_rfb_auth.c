/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handshake's security types against a hostile peer, at either end. First byte: bit 0 the
 * client's end, bit 1 TLS is real (otherwise what goes through it comes as it is), bits 2 to 4
 * what is offered; second byte: the size of the pieces; then what the peer says. A server whose
 * types all want a password lets nobody in.
 */
#include "../tests/tools/rfb_wire.h"

#include "base/arith.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/vencrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now_ms(void)
{
    static uint64_t now;

    return now += RFB_ACCOUNT_SHUT_MAX_MS; /* the brake lets everything be looked at */
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"kim", "unsaid"}, now_ms, &brake};

static int answer(void *owner, bool user, struct rfb_credentials *credentials, struct err *err)
{
    (void)owner, (void)user, (void)err;
    *credentials = account.credentials;
    return 0;
}

static int take_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    (void)owner, (void)err;
    if (!key->len || !key->doubt)
        __builtin_trap();
    return 0;
}

static const struct rfb_security_asks asks = {
    .host = "host.example", .credentials = answer, .server_key = take_key};

#define WITH_PASSWORD                                                                              \
    RFB_VENCRYPT_PLAIN, RFB_VENCRYPT_TLS_VNC, RFB_VENCRYPT_TLS_PLAIN, RFB_VENCRYPT_X509_VNC,       \
        RFB_VENCRYPT_X509_PLAIN
static struct rfb_vencrypt_server with_password = {{{WITH_PASSWORD}, 5}, &account, NULL},
                                  open_to_all = {
                                      {{RFB_VENCRYPT_TLS_NONE, RFB_VENCRYPT_X509_NONE}, 2},
                                      &account,
                                      NULL};
static struct rfb_vencrypt_client client = {
    {{WITH_PASSWORD, RFB_VENCRYPT_TLS_NONE, RFB_VENCRYPT_X509_NONE}, 7}, &asks, NULL};

static const struct rfb_security_offer vnc[] = {{&rfb_security_vnc_auth, &account}},
                                       vencrypt[] = {{&rfb_security_vencrypt, &with_password}},
                                       both[] = {{&rfb_security_vencrypt, &with_password},
                                                 {&rfb_security_vnc_auth, &account}},
                                       anonymous[] = {{&rfb_security_anon_tls, &account}},
                                       three[] = {{&rfb_security_anon_tls, &account},
                                                  {&rfb_security_vencrypt, &with_password},
                                                  {&rfb_security_vnc_auth, &account}},
                                       all[] = {{&rfb_security_vencrypt, &open_to_all},
                                                {&rfb_security_vnc_auth, &account},
                                                {&rfb_security_none, NULL}},
                                       takes[] = {{&rfb_security_vencrypt_client, &client},
                                                  {&rfb_security_anon_tls_client, &asks},
                                                  {&rfb_security_vnc_auth_client, &asks},
                                                  {&rfb_security_none_client, NULL}};
static const struct {
    const struct rfb_security_offer *offers;
    size_t count;
} doors[] = {{vnc, 1}, {vencrypt, 1}, {both, 2}, {all, 3}, {anonymous, 1}, {three, 3}};

enum { OPEN_DOOR = 3 };

static void prepare(void)
{
    struct buf certificate = BUF_INIT, key = BUF_INIT;
    struct rfb_tls_identity *identity;
    struct err err;

    if (rfb_tls_identity_make("host.example", 1800000000, &certificate, &key, &err) < 0)
        abort();
    identity = rfb_tls_identity_create(&certificate, &key, &err);
    with_password.identity = open_to_all.identity = identity;
    client.trust = rfb_tls_trust_create("/dev/null"); /* nobody vouches for anything */
    buf_finish(&certificate);
    buf_finish(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned door;
    struct wire w;
    struct wire_end *end;
    size_t piece;

    if (size < 2)
        return 0;
    if (!client.trust)
        prepare();
    door = (data[0] >> 2 & 7) % ARRAY_LEN(doors);
    piece = data[1] ? data[1] : SIZE_MAX;
    wire_begin(&w, doors[door].offers, doors[door].count, takes, ARRAY_LEN(takes));
    end = data[0] & 1 ? &w.client : &w.server;
    end->bare = !(data[0] & 2);
    for (size_t at = 2; at < size;) {
        size_t n = MIN_OF(piece, size - at);
        uint8_t *copy = mem_dup(data + at, n); /* so that its end is guarded */

        wire_deliver(end, copy, n);
        free(copy);
        at += n;
    }
    if (w.server.inits && door != OPEN_DOOR)
        __builtin_trap();
    wire_finish(&w);
    return 0;
}
