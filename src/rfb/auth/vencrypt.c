/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VeNCrypt (19), version 0.2: a second round of choosing, among sub-types that are TLS with or
 * without a certificate, and inside of it another type: None, VncAuth or Plain. The inner types are
 * those of their own files.
 */
#include "rfb/auth/vencrypt.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/auth/plain.h"

#include <stdio.h>
#include <stdlib.h>

static const struct subtype {
    uint32_t number;
    bool tls, certificate;
    const struct rfb_security *server, *client; /* through TLS, where there is TLS */
    rfb_tls_words words;                        /* the client's, instead of steps of its own */
} subtypes[] = {
    {RFB_VENCRYPT_PLAIN, false, false, &rfb_security_plain, &rfb_security_plain_client, NULL},
    {RFB_VENCRYPT_TLS_NONE, true, false, &rfb_security_none, &rfb_security_none_client, NULL},
    {RFB_VENCRYPT_TLS_VNC, true, false, &rfb_security_vnc_auth, &rfb_security_vnc_auth_client,
     NULL},
    {RFB_VENCRYPT_TLS_PLAIN, true, false, &rfb_security_plain, &rfb_security_none_client,
     rfb_plain_put},
    {RFB_VENCRYPT_X509_NONE, true, true, &rfb_security_none, &rfb_security_none_client, NULL},
    {RFB_VENCRYPT_X509_VNC, true, true, &rfb_security_vnc_auth, &rfb_security_vnc_auth_client,
     NULL},
    {RFB_VENCRYPT_X509_PLAIN, true, true, &rfb_security_plain, &rfb_security_none_client,
     rfb_plain_put},
};
_Static_assert(ARRAY_LEN(subtypes) == RFB_VENCRYPT_TYPES, "each has its row");

enum { MAJOR = 0, MINOR = 2, TYPES_MAX = 255 };

static bool has_type(const struct rfb_vencrypt_types *types, uint32_t number)
{
    size_t i = 0;

    while (i < types->count && types->types[i] != number)
        i++;
    return i < types->count;
}

static const struct subtype *find(uint32_t number)
{
    size_t i = 0;

    while (i < ARRAY_LEN(subtypes) && subtypes[i].number != number)
        i++;
    return i < ARRAY_LEN(subtypes) ? &subtypes[i] : NULL;
}

enum phase { BEGIN, VERSION, ACCEPTANCE, CHOICE, TLS, INNER };

struct attempt {
    enum phase phase;
    const struct rfb_vencrypt_server *server; /* or */
    const struct rfb_vencrypt_client *client;
    const struct subtype *subtype; /* once it is chosen */
    const struct rfb_security *inner;
    void *inner_state;
};

static void attempt_destroy(void *state)
{
    struct attempt *a = state;

    if (a->inner && a->inner->destroy)
        a->inner->destroy(a->inner_state);
    free(a);
}

static void begin_inner(struct attempt *a, const struct rfb_security *inner, const void *config)
{
    a->phase = INNER;
    a->inner = inner;
    a->inner_state = inner->create ? inner->create(config) : NULL;
}

/* ---- The server -------------------------------------------------------------------------------
 */

static void *server_create(const void *config)
{
    struct attempt *a = mem_new0(struct attempt);

    a->server = config;
    return a;
}

static enum rfb_security_answer server_version(struct attempt *a, struct wire_reader *in,
                                               struct buf *out, struct err *err)
{
    uint8_t major = wire_get_u8(in), minor = wire_get_u8(in);
    const struct rfb_vencrypt_types *offers = &a->server->offers;

    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (major != MAJOR || minor != MINOR) {
        wire_put_u8(out, 255);
        err_set(err, "VeNCrypt %u.%u is not spoken here, 0.2 is", major, minor);
        return RFB_SECURITY_REFUSED;
    }
    wire_put_u8(out, 0);
    wire_put_u8(out, (uint8_t)offers->count);
    for (size_t i = 0; i < offers->count; i++)
        wire_put_u32(out, offers->types[i]);
    a->phase = CHOICE;
    return RFB_SECURITY_NEEDS_MORE;
}

/* Only what was offered may be chosen. */
static enum rfb_security_answer server_choice(struct attempt *a, struct wire_reader *in,
                                              struct buf *out, struct err *err)
{
    uint32_t number = wire_get_u32(in);

    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (!has_type(&a->server->offers, number)) {
        err_set(err, "VeNCrypt's type %u was not offered", number);
        return RFB_SECURITY_REFUSED;
    }
    a->subtype = find(number);
    begin_inner(a, a->subtype->server, a->server->account);
    if (!a->subtype->tls)
        return RFB_SECURITY_NEEDS_MORE;
    wire_put_u8(out, 1);
    return RFB_SECURITY_LAYER;
}

static enum rfb_security_answer server_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct attempt *a = state;
    struct wire_reader in = wire_reader_of(data, len);
    enum rfb_security_answer answer = RFB_SECURITY_NEEDS_MORE;

    if (a->phase == BEGIN) {
        wire_put_u8(out, MAJOR);
        wire_put_u8(out, MINOR);
        a->phase = VERSION;
    }
    switch (a->phase) {
    case VERSION:
        answer = server_version(a, &in, out, err);
        break;
    case CHOICE:
        answer = server_choice(a, &in, out, err);
        break;
    default:
        return a->inner->step(a->inner_state, data, len, used, out, err);
    }
    *used = in.failed ? 0 : len - wire_left(&in);
    return answer;
}

static void server_take_layer(void *state, struct rfb_security_layer *layer)
{
    struct attempt *a = state;

    rfb_tls_server_layer(a->subtype->certificate ? a->server->identity : NULL, layer);
}

const struct rfb_security rfb_security_vencrypt = {.type = RFB_SECURITY_VENCRYPT,
                                                   .create = server_create,
                                                   .step = server_step,
                                                   .destroy = attempt_destroy,
                                                   .take_layer = server_take_layer};

/* ---- The client -------------------------------------------------------------------------------
 */

static void *client_create(const void *config)
{
    struct attempt *a = mem_new0(struct attempt);

    a->client = config;
    a->phase = VERSION;
    return a;
}

static enum rfb_security_answer refuse(struct err *err, const char *why)
{
    err_set(err, "%s", why);
    return RFB_SECURITY_REFUSED;
}

static enum rfb_security_answer client_version(struct attempt *a, struct wire_reader *in,
                                               struct buf *out, struct err *err)
{
    uint8_t major = wire_get_u8(in), minor = wire_get_u8(in);

    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (major == MAJOR && minor < MINOR)
        return refuse(err, "the server's VeNCrypt is older than 0.2");
    wire_put_u8(out, MAJOR);
    wire_put_u8(out, MINOR);
    a->phase = ACCEPTANCE;
    return RFB_SECURITY_NEEDS_MORE;
}

static enum rfb_security_answer client_choice(struct attempt *a, struct wire_reader *in,
                                              struct buf *out, struct err *err)
{
    const struct rfb_vencrypt_types *takes = &a->client->takes;
    struct rfb_vencrypt_types offered = {.count = 0};
    uint8_t count = wire_get_u8(in);
    char names[64] = "";
    size_t at = 0;

    for (unsigned i = 0; i < count && !in->failed; i++) {
        uint32_t number = wire_get_u32(in);

        if (find(number) && !has_type(&offered, number) && !in->failed)
            offered.types[offered.count++] = number;
        if (at < sizeof(names) - 12)
            at += (size_t)snprintf(names + at, sizeof(names) - at, " %u", number);
    }
    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    for (size_t i = 0; i < takes->count && !a->subtype; i++)
        if (has_type(&offered, takes->types[i]))
            a->subtype = find(takes->types[i]);
    if (!a->subtype) {
        err_set(err, "the server offers VeNCrypt's types%s, none of which is taken here",
                count ? names : ": none");
        return RFB_SECURITY_REFUSED;
    }
    wire_put_u32(out, a->subtype->number);
    if (a->subtype->tls)
        a->phase = TLS;
    else
        begin_inner(a, a->subtype->client, a->client->asks);
    return RFB_SECURITY_NEEDS_MORE;
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct attempt *a = state;
    struct wire_reader in = wire_reader_of(data, len);
    enum rfb_security_answer answer = RFB_SECURITY_NEEDS_MORE;

    switch (a->phase) {
    case BEGIN:
    case VERSION:
        answer = client_version(a, &in, out, err);
        break;
    case ACCEPTANCE:
        if (wire_get_u8(&in) && !in.failed)
            return refuse(err, "the server does not speak VeNCrypt 0.2");
        if (!in.failed)
            a->phase = CHOICE;
        break;
    case CHOICE:
        answer = client_choice(a, &in, out, err);
        break;
    case TLS:
        if (wire_get_u8(&in) != 1 && !in.failed)
            return refuse(err, "the server refused to begin TLS");
        if (!in.failed) {
            begin_inner(a, a->subtype->client, a->client->asks);
            answer = RFB_SECURITY_LAYER;
        }
        break;
    case INNER:
        return a->inner->step(a->inner_state, data, len, used, out, err);
    }
    *used = in.failed ? 0 : len - wire_left(&in);
    return answer;
}

static void client_take_layer(void *state, struct rfb_security_layer *layer)
{
    struct attempt *a = state;

    rfb_tls_client_layer(a->subtype->certificate ? a->client->trust : NULL, a->client->asks,
                         a->subtype->words, layer);
}

const struct rfb_security rfb_security_vencrypt_client = {.type = RFB_SECURITY_VENCRYPT,
                                                          .create = client_create,
                                                          .step = client_step,
                                                          .destroy = attempt_destroy,
                                                          .take_layer = client_take_layer};
