/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's handshake: versions 3.3, 3.7 and 3.8, the security type, ServerInit. A security type
 * is a row of the table below; the first row that the server offers too is taken, so the order is
 * ours.
 */
#include "base/arith.h"
#include "base/utf8.h"
#include "rfb/msg/client.h"
#include "rfb/session/client_private.h"

#include <stdio.h>
#include <string.h>

enum {
    VERSION_LEN = 12,
    REASON_MAX = 4096, /* bytes of a server's explanation */
    SECURITY_INVALID = 0,
    SECURITY_NONE = 1,
};

struct client_security {
    uint8_t type;
    bool has_result; /* of versions before 3.8, which send none after None */
    /* The type's own exchange: a step as client_private.h has them, 1 when it is over. */
    client_step_fn exchange;
};

static int exchange_nothing(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)s, (void)in, (void)err;
    return 1;
}

static const struct client_security securities[] = {
    {SECURITY_NONE, false, exchange_nothing},
};

static const struct client_security *security_find(uint32_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(securities); i++)
        if (securities[i].type == type)
            return &securities[i];
    return NULL;
}

static bool read_number(const uint8_t *digits, unsigned *number)
{
    *number = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        *number = *number * 10 + (digits[i] - (unsigned)'0');
    }
    return true;
}

/* "RFB 003.008\n". What is newer, or Apple's 3.889, speaks 3.8; 3.4 to 3.6 never existed: 3.3. */
int client_read_version(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    const uint8_t *text;
    unsigned major, minor;
    char line[VERSION_LEN + 1];

    if (wire_left(in) < VERSION_LEN) { /* another protocol is noticed at once */
        if (memcmp(in->at, "RFB ", MIN_OF(wire_left(in), (size_t)4)))
            return err_set(err, "this is not a VNC server: its greeting is another protocol's");
        return 0;
    }
    text = wire_get_bytes(in, VERSION_LEN);
    if (memcmp(text, "RFB ", 4) || text[7] != '.' || text[11] != '\n' ||
        !read_number(text + 4, &major) || !read_number(text + 8, &minor))
        return err_set(err, "this is not a VNC server: its greeting is another protocol's");
    if (major < 3 || (major == 3 && minor < 3))
        return err_set(err, "the server speaks RFB %u.%u; 3.3 is the oldest supported", major,
                       minor);
    s->minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    snprintf(line, sizeof(line), "RFB 003.%03u\n", s->minor);
    buf_append(&s->out, line, VERSION_LEN);
    s->step = s->minor == 3 ? STEP_SECURITY_33 : STEP_SECURITY_LIST;
    return 1;
}

static int security_chosen(struct rfb_client_session *s, const struct client_security *security)
{
    s->security = security;
    s->step = STEP_AUTH;
    return 1;
}

int client_read_security_33(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t type = wire_get_u32(in);
    const struct client_security *security = security_find(type);

    if (in->failed)
        return 0;
    if (type == SECURITY_INVALID) {
        s->step = STEP_REASON;
        return 1;
    }
    if (!security)
        return err_set(err,
                       "the server wants security type %u, which is not supported: let it "
                       "offer None on a private socket",
                       type);
    return security_chosen(s, security);
}

int client_read_security_list(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t count = wire_get_u8(in);
    const uint8_t *types = wire_get_bytes(in, count);
    char names[64] = "";

    if (in->failed)
        return 0;
    if (!count) {
        s->step = STEP_REASON;
        return 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(securities); i++) {
        if (!memchr(types, securities[i].type, count))
            continue;
        wire_put_u8(&s->out, securities[i].type);
        return security_chosen(s, &securities[i]);
    }
    for (size_t i = 0, at = 0; i < count && at < sizeof(names) - 5; i++)
        at += (size_t)snprintf(names + at, sizeof(names) - at, " %u", types[i]);
    return err_set(err,
                   "the server offers security types%s, none of which is supported: let it "
                   "offer None on a private socket",
                   names);
}

static int send_client_init(struct rfb_client_session *s)
{
    wire_put_u8(&s->out, 1); /* others may stay connected */
    s->step = STEP_INIT;
    return 1;
}

int client_read_auth(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    int answer = s->security->exchange(s, in, err);

    if (answer <= 0)
        return answer;
    if (s->minor < 8 && !s->security->has_result)
        return send_client_init(s);
    s->step = STEP_RESULT;
    return 1;
}

int client_read_result(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t result = wire_get_u32(in);

    if (in->failed)
        return 0;
    if (!result)
        return send_client_init(s);
    if (s->minor < 8)
        return err_set(err, "the server refused the connection");
    s->step = STEP_REASON;
    return 1;
}

int client_read_reason(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t len = wire_get_u32(in);
    const uint8_t *text;
    char reason[256];

    (void)s;
    if (!in->failed && len > REASON_MAX)
        return err_set(err, "the server refused the connection");
    text = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    utf8_sanitize(text, len, reason, sizeof(reason));
    return err_set(err, "the server refused the connection: %s", reason);
}

int client_read_init(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint16_t width = wire_get_u16(in), height = wire_get_u16(in);
    const uint8_t *name;
    uint32_t len;

    wire_skip(in, PIXEL_FORMAT_WIRE_SIZE); /* ours is set below, whatever the server's own is */
    len = wire_get_u32(in);
    if (!in->failed && len > RFB_CLIENT_NAME_MAX)
        return err_set(err, "the server's name has %u bytes, more than %d", len,
                       RFB_CLIENT_NAME_MAX);
    name = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    if (client_set_size(s, width, height, err))
        return -1;
    s->resized = false;
    client_set_name(s, name, len);
    s->abilities |= RFB_CAN_UPDATE;
    s->step = STEP_MESSAGE;
    rfb_put_set_pixel_format(&s->out, &pixel_format_native);
    client_send_encodings(s);
    client_request(s, false);
    s->ops->connected(s->owner);
    return 1;
}
