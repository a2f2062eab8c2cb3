/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's end of a connection, one function a state; see server.h. */
#include "rfb/session/server.h"

#include "base/mem.h"
#include "base/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_SIZE = 12, APPLE_MINOR = 889 };

struct rfb_server_session {
    enum rfb_server_state state;
    const struct rfb_server_session_ops *ops;
    void *owner;
    struct rfb_security_offer offers[RFB_SECURITY_OFFERS_MAX];
    size_t offer_count;
    unsigned minor; /* 3, 7, 8 or APPLE_MINOR */
    const struct rfb_security *security;
    void *security_state;
    bool layered;           /* in this feed: the rest of its bytes is the layer's */
    size_t unauthenticated; /* bytes consumed before the client was let in */
    struct rfb_client_agreed agreed;
    size_t skip; /* bytes of a message that mean nothing */
};

/* What a step did: consumed something or changed the state, waits, or refused. */
enum step { STEP_REFUSED = -1, STEP_WAITS = 0, STEP_DONE = 1 };

struct rfb_server_session *rfb_server_session_create(const struct rfb_security_offer *offers,
                                                     size_t count,
                                                     const struct rfb_server_session_ops *ops,
                                                     void *owner, struct buf *out)
{
    struct rfb_server_session *s = mem_new0(struct rfb_server_session);

    assert(count >= 1 && count <= RFB_SECURITY_OFFERS_MAX);
    memcpy(s->offers, offers, count * sizeof(*offers));
    s->offer_count = count;
    s->ops = ops;
    s->owner = owner;
    buf_append(out, "RFB 003.008\n", VERSION_SIZE);
    return s;
}

static void security_finish(struct rfb_server_session *s)
{
    if (s->security && s->security->destroy)
        s->security->destroy(s->security_state);
    s->security = NULL;
    s->security_state = NULL;
}

void rfb_server_session_destroy(struct rfb_server_session *s)
{
    if (!s)
        return;
    security_finish(s);
    free(s);
}

enum rfb_server_state rfb_server_session_state(const struct rfb_server_session *s)
{
    return s->state;
}

struct rfb_client_agreed *rfb_server_session_agreed(struct rfb_server_session *s)
{
    return &s->agreed;
}

static void put_reason(struct buf *out, const char *reason)
{
    size_t len = strlen(reason);

    wire_put_u32(out, (uint32_t)len);
    buf_append(out, reason, len);
}

/* ---- Version ----------------------------------------------------------------------------------
 */

static bool is_digits(const uint8_t *text, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

/* The minor version to go on with, or 0 for one that nobody speaks. */
static unsigned understood_minor(unsigned major, unsigned minor)
{
    if (major < 3 || (major == 3 && minor < 3))
        return 0;
    if (major == 3 && minor < 7)
        return 3;
    if (major == 3 && (minor == 7 || minor == APPLE_MINOR))
        return minor;
    return 8;
}

/* 3.3: the server decides. Only these two existed then. */
static enum step decide_security(struct rfb_server_session *s, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < s->offer_count; i++) {
        const struct rfb_security *security = s->offers[i].security;

        if (security->type != RFB_SECURITY_NONE && security->type != RFB_SECURITY_VNC_AUTH)
            continue;
        wire_put_u32(out, security->type);
        s->security = security;
        s->security_state = security->create ? security->create(s->offers[i].config) : NULL;
        s->state = RFB_SERVER_SECURITY;
        return STEP_DONE;
    }
    err_set(err, "RFB 3.3 has none of the security types that are asked for here");
    wire_put_u32(out, RFB_SECURITY_INVALID);
    put_reason(out, err->text);
    return STEP_REFUSED;
}

static enum step step_version(struct rfb_server_session *s, const uint8_t *data, size_t len,
                              size_t *used, struct buf *out, struct err *err)
{
    unsigned major, minor;

    if (len < VERSION_SIZE) {
        if (memcmp(data, "RFB ", len < 4 ? len : 4) == 0)
            return STEP_WAITS;
        err_set(err, "this is not an RFB client");
        return STEP_REFUSED;
    }
    if (memcmp(data, "RFB ", 4) || !is_digits(data + 4, &major) || data[7] != '.' ||
        !is_digits(data + 8, &minor) || data[11] != '\n') {
        err_set(err, "this is not an RFB client");
        return STEP_REFUSED;
    }
    s->minor = understood_minor(major, minor);
    if (!s->minor) {
        err_set(err, "RFB version %u.%u is not spoken here, 3.3 and later are", major, minor);
        return STEP_REFUSED;
    }
    *used = VERSION_SIZE;
    if (s->minor == 3)
        return decide_security(s, out, err);
    wire_put_u8(out, (uint8_t)s->offer_count);
    for (size_t i = 0; i < s->offer_count; i++)
        wire_put_u8(out, (uint8_t)s->offers[i].security->type);
    s->state = RFB_SERVER_SECURITY_CHOICE;
    return STEP_DONE;
}

/* ---- Security ---------------------------------------------------------------------------------
 */

/* SecurityResult "failed"; its reason exists from 3.8 on. */
static enum step refuse(struct rfb_server_session *s, struct buf *out, const struct err *err)
{
    wire_put_u32(out, 1);
    if (s->minor == 8)
        put_reason(out, err->text);
    return STEP_REFUSED;
}

/* Only what was offered may be chosen. */
static enum step step_choice(struct rfb_server_session *s, const uint8_t *data, size_t len,
                             size_t *used, struct buf *out, struct err *err)
{
    if (!len)
        return STEP_WAITS;
    for (size_t i = 0; i < s->offer_count; i++) {
        const struct rfb_security *security = s->offers[i].security;

        if (data[0] != (uint8_t)security->type)
            continue;
        *used = 1;
        s->security = security;
        s->security_state = security->create ? security->create(s->offers[i].config) : NULL;
        s->state = RFB_SERVER_SECURITY;
        return STEP_DONE;
    }
    err_set(err, "security type %u was not offered", data[0]);
    return refuse(s, out, err);
}

static void give_init(struct rfb_server_session *s, bool shared, struct buf *out)
{
    struct rfb_server_init init;

    s->ops->init(s->owner, shared, &init);
    rfb_put_server_init(out, &init);
    s->state = RFB_SERVER_MESSAGES;
}

static enum step step_security(struct rfb_server_session *s, const uint8_t *data, size_t len,
                               size_t *used, struct buf *out, struct err *err)
{
    enum rfb_security_answer answer =
        s->security->step(s->security_state, data, len, used, out, err);
    bool silent;

    if (answer == RFB_SECURITY_REFUSED)
        return refuse(s, out, err);
    if (answer == RFB_SECURITY_NEEDS_MORE)
        return *used ? STEP_DONE : STEP_WAITS;
    if (answer == RFB_SECURITY_LAYER) {
        struct rfb_security_layer layer;

        s->security->take_layer(s->security_state, &layer);
        s->ops->add_layer(s->owner, out, &layer);
        s->layered = true;
        return STEP_DONE;
    }
    /* Before 3.8 None has no result. */
    silent = s->security->type == RFB_SECURITY_NONE && s->minor != 8;
    security_finish(s);
    if (!silent)
        wire_put_u32(out, 0);
    if (s->minor == APPLE_MINOR)
        give_init(s, true, out);
    else
        s->state = RFB_SERVER_CLIENT_INIT;
    return STEP_DONE;
}

static enum step step_client_init(struct rfb_server_session *s, const uint8_t *data, size_t len,
                                  size_t *used, struct buf *out)
{
    if (!len)
        return STEP_WAITS;
    *used = 1;
    give_init(s, data[0] != 0, out);
    return STEP_DONE;
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

static enum step step_message(struct rfb_server_session *s, const uint8_t *data, size_t len,
                              size_t *used, struct err *err)
{
    struct rfb_client_msg msg;

    if (s->skip) {
        *used = len < s->skip ? len : s->skip;
        s->skip -= *used;
        return *used ? STEP_DONE : STEP_WAITS;
    }
    switch (rfb_client_msg_parse(data, len, &s->agreed, used, &msg, err)) {
    case RFB_PARSED_NEEDS_MORE:
        return STEP_WAITS;
    case RFB_PARSED_MESSAGE:
        if (msg.type == RFB_CLIENT_CUT_TEXT)
            s->skip = msg.cut_text.skip;
        return s->ops->message(s->owner, &msg, err) < 0 ? STEP_REFUSED : STEP_DONE;
    case RFB_PARSED_INVALID:
        break;
    }
    return STEP_REFUSED;
}

static enum step take_step(struct rfb_server_session *s, const uint8_t *data, size_t len,
                           size_t *used, struct buf *out, struct err *err)
{
    *used = 0;
    switch (s->state) {
    case RFB_SERVER_VERSION:
        return step_version(s, data, len, used, out, err);
    case RFB_SERVER_SECURITY_CHOICE:
        return step_choice(s, data, len, used, out, err);
    case RFB_SERVER_SECURITY:
        return step_security(s, data, len, used, out, err);
    case RFB_SERVER_CLIENT_INIT:
        return step_client_init(s, data, len, used, out);
    case RFB_SERVER_MESSAGES:
        return step_message(s, data, len, used, err);
    case RFB_SERVER_BROKEN:
        break;
    }
    err_set(err, "the connection is over");
    return STEP_REFUSED;
}

int rfb_server_session_feed(struct rfb_server_session *s, const uint8_t *data, size_t len,
                            size_t *used, struct buf *out, struct err *err)
{
    size_t done = 0, n;
    enum step step;

    s->layered = false;
    do {
        step = take_step(s, data + done, len - done, &n, out, err);
        done += n;
        if (s->layered)
            len = done;
        if (s->state < RFB_SERVER_MESSAGES) {
            s->unauthenticated += n;
            if (s->unauthenticated + (len - done) > RFB_UNAUTHENTICATED_MAX && step == STEP_WAITS)
                step = err_set(err, "more than %d bytes before it was let in",
                               RFB_UNAUTHENTICATED_MAX);
        }
    } while (step == STEP_DONE);
    if (step == STEP_REFUSED) {
        s->state = RFB_SERVER_BROKEN;
        return -1;
    }
    *used = done;
    return 0;
}
