/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Type 18: TLS, a list, and one of it; see anon_tls.h. */
#include "rfb/auth/anon_tls.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/auth/tls.h"

#include <stdlib.h>
#include <string.h>

enum phase { TLS, BEGIN, CHOICE, INNER };

struct attempt {
    enum phase phase;
    const void *config;
    const struct rfb_security *inner;
    void *inner_state;
};

static void *attempt_create(const void *config)
{
    struct attempt *a = mem_new0(struct attempt);

    a->config = config;
    return a;
}

static void attempt_destroy(void *state)
{
    struct attempt *a = state;

    if (a->inner && a->inner->destroy)
        a->inner->destroy(a->inner_state);
    free(a);
}

static void begin_inner(struct attempt *a, const struct rfb_security *inner)
{
    a->phase = INNER;
    a->inner = inner;
    a->inner_state = inner->create ? inner->create(a->config) : NULL;
}

/* ---- The server -------------------------------------------------------------------------------
 */

static enum rfb_security_answer server_choice(struct attempt *a, struct wire_reader *in,
                                              struct err *err)
{
    uint8_t type = wire_get_u8(in);

    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    if (type != RFB_SECURITY_VNC_AUTH) {
        err_set(err, "security type %u was not offered inside of TLS", type);
        return RFB_SECURITY_REFUSED;
    }
    begin_inner(a, &rfb_security_vnc_auth);
    return RFB_SECURITY_NEEDS_MORE;
}

static enum rfb_security_answer server_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct attempt *a = state;
    struct wire_reader in = wire_reader_of(data, len);
    enum rfb_security_answer answer;

    if (a->phase == TLS) {
        a->phase = BEGIN;
        return RFB_SECURITY_LAYER;
    }
    if (a->phase == BEGIN) {
        wire_put_u8(out, 1);
        wire_put_u8(out, RFB_SECURITY_VNC_AUTH);
        a->phase = CHOICE;
    }
    if (a->phase == INNER)
        return a->inner->step(a->inner_state, data, len, used, out, err);
    answer = server_choice(a, &in, err);
    *used = in.failed ? 0 : len - wire_left(&in);
    return answer;
}

static void server_take_layer(void *state, struct rfb_security_layer *layer)
{
    (void)state;
    rfb_tls_server_layer(NULL, layer);
}

const struct rfb_security rfb_security_anon_tls = {.type = RFB_SECURITY_TLS,
                                                   .create = attempt_create,
                                                   .step = server_step,
                                                   .destroy = attempt_destroy,
                                                   .take_layer = server_take_layer};

/* ---- The client -------------------------------------------------------------------------------
 */

static const struct rfb_security *const taken[] = {&rfb_security_none_client,
                                                   &rfb_security_vnc_auth_client};

static enum rfb_security_answer client_choice(struct attempt *a, struct wire_reader *in,
                                              struct buf *out, struct err *err)
{
    uint8_t count = wire_get_u8(in);
    const uint8_t *types = wire_get_bytes(in, count);

    if (in->failed)
        return RFB_SECURITY_NEEDS_MORE;
    for (size_t i = 0; i < ARRAY_LEN(taken) && !a->inner; i++)
        if (memchr(types, (int)taken[i]->type, count))
            begin_inner(a, taken[i]);
    if (!a->inner) {
        err_set(err, "the server offers neither None nor VncAuth inside of TLS");
        return RFB_SECURITY_REFUSED;
    }
    wire_put_u8(out, (uint8_t)a->inner->type);
    return RFB_SECURITY_NEEDS_MORE;
}

static enum rfb_security_answer client_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    struct attempt *a = state;
    struct wire_reader in = wire_reader_of(data, len);
    enum rfb_security_answer answer;

    if (a->phase == TLS) {
        a->phase = CHOICE;
        return RFB_SECURITY_LAYER;
    }
    if (a->phase == INNER)
        return a->inner->step(a->inner_state, data, len, used, out, err);
    answer = client_choice(a, &in, out, err);
    *used = in.failed ? 0 : len - wire_left(&in);
    return answer;
}

static void client_take_layer(void *state, struct rfb_security_layer *layer)
{
    struct attempt *a = state;

    rfb_tls_client_layer(NULL, a->config, NULL, layer);
}

const struct rfb_security rfb_security_anon_tls_client = {.type = RFB_SECURITY_TLS,
                                                          .create = attempt_create,
                                                          .step = client_step,
                                                          .destroy = attempt_destroy,
                                                          .take_layer = client_take_layer};
