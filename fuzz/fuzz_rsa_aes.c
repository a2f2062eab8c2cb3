/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA-AES at both ends. The first byte says what the others are: bits 0 and 1 the server's input
 * from its first byte on (0), the client's (1), what comes sealed to either once keys are agreed on
 * (2, and bit 4 for the client), or a layer's (3); bits 2 and 3 the type. Random numbers make two
 * runs differ in what is said, never in what is answered.
 */
#include "base/mem.h"
#include "rfb/auth/rsa_aes.h"
#include "rfb/auth/rsa_aes_layer.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rfb_rsa_key *server_key, *client_key;
static struct rfb_brake brake;

static uint64_t now_ms(void)
{
    brake.failures = 0;
    return 1 << 20;
}

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    (void)owner, (void)err;
    strcpy(credentials->user, user ? "ada" : "");
    strcpy(credentials->password, "secret");
    return 0;
}

static int on_server_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    (void)owner, (void)err;
    assert(key->len >= 4 + 2 * 128 && key->len <= 4 + 2 * 1024);
    return 0;
}

static const struct rfb_account account = {{"ada", "secret"}, now_ms, &brake};
static struct rfb_rsa_aes_server server_config = {NULL, &account, true};
static struct rfb_security_asks asks = {.credentials = on_credentials, .server_key = on_server_key};

static const struct rfb_security *const servers[] = {
    &rfb_security_ra2, &rfb_security_ra2ne, &rfb_security_ra2_256, &rfb_security_ra2ne_256};
static const struct rfb_security *const clients[] = {
    &rfb_security_ra2_client, &rfb_security_ra2ne_client, &rfb_security_ra2_256_client,
    &rfb_security_ra2ne_256_client};

/* Feeds one end until it is done or wants more; consumes what it used. */
static enum rfb_security_answer feed(const struct rfb_security *type, void *state, struct buf *in,
                                     size_t len, struct buf *out)
{
    enum rfb_security_answer answer;

    for (;;) {
        cleanup_free uint8_t *copy = mem_dup(in->data, len);
        struct err err = {""};
        size_t used = 0;

        answer = type->step(state, copy, len, &used, out, &err);
        assert(used <= len && (answer != RFB_SECURITY_REFUSED || err.text[0]));
        buf_consume(in, used);
        len -= used;
        if (answer != RFB_SECURITY_NEEDS_MORE || !used)
            return answer;
    }
}

/* Raw bytes to one end, whole and cut. */
static void run_raw(const struct rfb_security *type, const void *config, const uint8_t *data,
                    size_t size)
{
    enum rfb_security_answer answers[2];

    for (int cut = 0; cut < 2; cut++) {
        struct buf in = BUF_INIT, out = BUF_INIT;
        void *state = type->create(config);

        feed(type, state, &in, 0, &out);
        buf_append(&in, data, size);
        answers[cut] = RFB_SECURITY_NEEDS_MORE;
        if (cut && size)
            answers[cut] = feed(type, state, &in, data[size - 1] * size / 256, &out);
        if (answers[cut] == RFB_SECURITY_NEEDS_MORE)
            answers[cut] = feed(type, state, &in, in.len, &out);
        type->destroy(state);
        buf_finish(&in);
        buf_finish(&out);
    }
    assert(answers[0] == answers[1]);
}

/* Messages of as many bytes as a first one says, sealed by who may. */
static void seal_all(const struct rfb_security_layer *layer, const uint8_t *data, size_t size,
                     struct buf *wire)
{
    struct err err = {""};

    while (size) {
        size_t n = data[0] < size - 1 ? data[0] : size - 1;
        int rc = layer->ops->send(layer->layer, data + 1, n, wire, &err);

        assert(!rc), (void)rc;
        data += 1 + n;
        size -= 1 + n;
    }
}

static void run_sealed(size_t type, bool to_client, const uint8_t *data, size_t size)
{
    const struct rfb_security *s = servers[type], *c = clients[type];
    void *server = s->create(&server_config), *client = c->create(&asks);
    struct buf none = BUF_INIT, to_s = BUF_INIT, to_c = BUF_INIT;
    struct rfb_security_layer layer;
    size_t hash = type < 2 ? 20 : 32;
    enum rfb_security_answer answer;

    feed(s, server, &none, 0, &to_c);
    feed(c, client, &to_c, to_c.len, &to_s);
    feed(s, server, &to_s, to_s.len, &to_c); /* its number and its hash */
    answer = feed(c, client, &to_c, to_c.len, &to_s);
    assert(answer == RFB_SECURITY_NEEDS_MORE && to_s.len == 2 + hash + 16);
    if (to_client) {
        s->take_layer(server, &layer);
        seal_all(&layer, data, size, &to_c);
        feed(c, client, &to_c, to_c.len, &none);
    } else {
        c->take_layer(client, &layer);
        seal_all(&layer, data, size, &to_s);
        feed(s, server, &to_s, to_s.len, &none);
    }
    layer.ops->destroy(layer.layer);
    s->destroy(server);
    c->destroy(client);
    buf_finish(&none);
    buf_finish(&to_s);
    buf_finish(&to_c);
}

static void run_layer(const uint8_t *data, size_t size)
{
    static const uint8_t key[RFB_RSA_AES_KEY_MAX] = "0123456789abcdef0123456789abcdef";
    struct rfb_rsa_aes_layer *layer = rfb_rsa_aes_layer_create(16, key, key);
    struct buf plain = BUF_INIT, wire = BUF_INIT;
    struct err err = {""};
    size_t used = 0;

    rfb_rsa_aes_layer_seal(layer, data, size, &wire);
    if (size > 3 && data[0] & 1)
        wire.data[wire.len * data[1] / 256] ^= data[2];
    if (rfb_rsa_aes_layer_ops.receive(layer, wire.data, wire.len, &used, &plain, &wire, &err) == 0)
        assert(used <= wire.len && (!plain.len || !memcmp(plain.data, data, plain.len)));
    assert(plain.len <= size);
    buf_finish(&plain);
    buf_finish(&wire);
    rfb_rsa_aes_layer_destroy(layer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t type;

    if (!size)
        return 0;
    if (!server_key) {
        server_key = rfb_rsa_key_generate(RFB_RSA_BITS_MIN);
        client_key = rfb_rsa_key_generate(RFB_RSA_BITS_MIN);
        server_config.key = server_key;
        asks.rsa_key = client_key;
    }
    type = data[0] >> 2 & 3;
    switch (data[0] & 3) {
    case 0:
        run_raw(servers[type], &server_config, data + 1, size - 1);
        break;
    case 1:
        run_raw(clients[type], &asks, data + 1, size - 1);
        break;
    case 2:
        run_sealed(type, data[0] & 16, data + 1, size - 1);
        break;
    default:
        run_layer(data + 1, size - 1);
    }
    return 0;
}
