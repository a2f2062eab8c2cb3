/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's handshake: versions 3.3, 3.7 and 3.8, the security type, ServerInit. Of the types
 * that we take the first is chosen that the server offers too, so the order is ours.
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
};

static const struct rfb_security_offer *take_find(const struct rfb_client_session *s, uint32_t type)
{
    for (size_t i = 0; i < s->takes_count; i++)
        if ((uint32_t)s->takes[i].security->type == type)
            return &s->takes[i];
    return NULL;
}

static int none_taken(const struct rfb_client_session *s, struct err *err, const char *offer)
{
    return err_set(err, "the server %s taken here%s%s", offer, s->takes_hint ? ": " : "",
                   s->takes_hint ? s->takes_hint : "");
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

static int security_chosen(struct rfb_client_session *s, const struct rfb_security_offer *taken)
{
    s->security = taken->security;
    s->security_state = s->security->create ? s->security->create(taken->config) : NULL;
    s->step = STEP_AUTH;
    return 1;
}

void client_security_finish(struct rfb_client_session *s)
{
    if (s->security && s->security->destroy)
        s->security->destroy(s->security_state);
    s->security = NULL;
    s->security_state = NULL;
}

int client_read_security_33(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t type = wire_get_u32(in);
    const struct rfb_security_offer *taken = take_find(s, type);
    char offer[64];

    if (in->failed)
        return 0;
    if (type == RFB_SECURITY_INVALID) {
        s->step = STEP_REASON;
        return 1;
    }
    snprintf(offer, sizeof(offer), "wants security type %u, which is not", type);
    if (!taken || type > UINT8_MAX)
        return none_taken(s, err, offer);
    return security_chosen(s, taken);
}

int client_read_security_list(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t count = wire_get_u8(in);
    const uint8_t *types = wire_get_bytes(in, count);
    char names[64] = "", offer[sizeof(names) + 64];

    if (in->failed)
        return 0;
    if (!count) {
        s->step = STEP_REASON;
        return 1;
    }
    for (size_t i = 0; i < s->takes_count; i++) {
        if (!memchr(types, s->takes[i].security->type, count))
            continue;
        wire_put_u8(&s->out, (uint8_t)s->takes[i].security->type);
        return security_chosen(s, &s->takes[i]);
    }
    for (size_t i = 0, at = 0; i < count && at < sizeof(names) - 5; i++)
        at += (size_t)snprintf(names + at, sizeof(names) - at, " %u", types[i]);
    snprintf(offer, sizeof(offer), "offers security types%s, none of which is", names);
    return none_taken(s, err, offer);
}

static int send_client_init(struct rfb_client_session *s)
{
    wire_put_u8(&s->out, 1); /* others may stay connected */
    s->step = STEP_INIT;
    return 1;
}

int client_read_auth(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct rfb_security_layer layer;
    size_t used = 0;
    bool silent;

    switch (s->security->step(s->security_state, in->at, wire_left(in), &used, &s->out, err)) {
    case RFB_SECURITY_REFUSED:
        return -1;
    case RFB_SECURITY_NEEDS_MORE:
        wire_skip(in, used);
        return used > 0;
    case RFB_SECURITY_LAYER:
        wire_skip(in, used);
        s->security->take_layer(s->security_state, &layer);
        s->ops->add_layer(s->owner, &layer);
        s->layered = true;
        return 1;
    case RFB_SECURITY_PASSED:
        wire_skip(in, used);
        break;
    }
    silent = s->security->type == RFB_SECURITY_NONE && s->minor < 8; /* None had no result then */
    client_security_finish(s);
    if (silent)
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

/* A server's is ours, set when it has told its own; a recording's is its own. */
static int set_format(struct rfb_client_session *s, const struct pixel_format *theirs,
                      struct err *err)
{
    s->format = pixel_format_native;
    if (!s->recorded)
        return 0;
    if (pixel_format_validate(theirs, err))
        return -1;
    if (!theirs->true_colour)
        return err_set(err, "the recording has colours out of a map, which cannot be played");
    s->format = *theirs;
    return 0;
}

int client_read_init(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint16_t width = wire_get_u16(in), height = wire_get_u16(in);
    struct pixel_format format;
    const uint8_t *name;
    uint32_t len;

    format = pixel_format_get(in);
    len = wire_get_u32(in);
    if (!in->failed && len > RFB_CLIENT_NAME_MAX)
        return err_set(err, "the server's name has %u bytes, more than %d", len,
                       RFB_CLIENT_NAME_MAX);
    name = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    if (set_format(s, &format, err) || client_set_size(s, width, height, err))
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
