/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's clipboard: cut text from the server, whole before it is looked at, and the extended
 * clipboard's conversation. A server that does not know that gets and sends plain text.
 */
#include "base/arith.h"
#include "rfb/msg/clipboard.h"
#include "rfb/msg/cut_text.h"
#include "rfb/session/client_private.h"

#include <stdlib.h>

static bool can(const struct rfb_client_session *s, enum rfb_clipboard_action action)
{
    return s->clipboard.actions & (uint32_t)action && s->clipboard.formats & RFB_CLIPBOARD_TEXT;
}

/* ---- From the server ---- */

/* What was asked for does not come, or what is new cannot be pasted. */
static void lose_text(struct rfb_client_session *s)
{
    if (!s->clipboard.is_asking)
        s->ops->clipboard(s->owner, false);
    else
        s->ops->clipboard_text(s->owner, NULL, 0);
    s->clipboard.is_asking = false;
}

int client_begin_cut_text(struct rfb_client_session *s, int32_t wire_length, struct err *err)
{
    uint64_t len = (uint64_t)llabs(wire_length);
    size_t max = wire_length < 0 ? rfb_clipboard_message_max(s->options.clipboard)
                                 : (size_t)RFB_CUT_TEXT_MAX;

    if (wire_length < 0 && !s->options.clipboard)
        return err_set(err, "the server uses the extended clipboard, which was not asked for");
    if (!s->options.clipboard || len > max) {
        if (s->options.clipboard)
            lose_text(s);
        return client_skip(s, len, err);
    }
    s->clipboard.message_left = (size_t)len;
    s->clipboard.message_is_extended = wire_length < 0;
    s->step = STEP_CUT_TEXT;
    return 1;
}

static void take_text(struct rfb_client_session *s, const struct buf *text)
{
    if (!s->clipboard.is_asking)
        s->ops->clipboard(s->owner, true);
    s->clipboard.is_asking = false;
    s->ops->clipboard_text(s->owner, text->len ? (const char *)text->data : "", text->len);
}

static int take_provided(struct rfb_client_session *s, const struct rfb_clipboard_msg *msg,
                         struct err *err)
{
    struct buf wire = BUF_INIT, text = BUF_INIT;
    int rc = rfb_clipboard_unpack(msg, RFB_CLIPBOARD_TEXT,
                                  rfb_clipboard_message_max(s->options.clipboard), &wire, err);

    if (rc > 0) {
        rfb_text_from_wire(wire.data, wire.len, &text);
        take_text(s, &text);
    } else if (!rc && s->clipboard.is_asking) {
        lose_text(s);
    }
    buf_finish(&wire);
    buf_finish(&text);
    return rc < 0 ? -1 : 0;
}

/* Its first caps are the word that it knows the extension; they are answered with ours. */
static void take_caps(struct rfb_client_session *s, const struct rfb_clipboard_msg *msg)
{
    bool first = !(s->abilities & RFB_CAN_CLIPBOARD);

    s->clipboard.actions = msg->actions;
    s->clipboard.formats = msg->formats;
    s->abilities |= RFB_CAN_CLIPBOARD;
    if (!first)
        return;
    rfb_put_clipboard_caps(&s->out, RFB_CLIENT_CUT_TEXT);
    client_settle_clipboard(s);
}

static int take_extended(struct rfb_client_session *s, struct err *err)
{
    struct rfb_clipboard_msg msg;

    if (rfb_clipboard_parse(s->clipboard.message.data, s->clipboard.message.len, &msg, err) < 0)
        return -1;
    switch (msg.action) {
    case RFB_CLIPBOARD_CAPS:
        take_caps(s, &msg);
        break;
    case RFB_CLIPBOARD_REQUEST:
        if (msg.formats & RFB_CLIPBOARD_TEXT)
            s->ops->clipboard_wanted(s->owner);
        break;
    case RFB_CLIPBOARD_PEEK:
        rfb_put_clipboard_action(&s->out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_NOTIFY,
                                 s->clipboard.is_offered ? RFB_CLIPBOARD_TEXT : 0);
        break;
    case RFB_CLIPBOARD_NOTIFY:
        s->ops->clipboard(s->owner, msg.formats & RFB_CLIPBOARD_TEXT);
        break;
    case RFB_CLIPBOARD_PROVIDE:
        return take_provided(s, &msg, err);
    }
    return 0;
}

int client_read_cut_text(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct buf *message = &s->clipboard.message, text = BUF_INIT;
    size_t n = MIN_OF(wire_left(in), s->clipboard.message_left);
    int rc = 0;

    buf_append(message, wire_get_bytes(in, n), n);
    s->clipboard.message_left -= n;
    if (s->clipboard.message_left)
        return 0;
    s->step = STEP_MESSAGE;
    if (s->clipboard.message_is_extended) {
        rc = take_extended(s, err);
    } else {
        rfb_text_from_latin1(message->data, message->len, &text);
        take_text(s, &text);
        buf_finish(&text);
    }
    buf_finish(message);
    return rc < 0 ? -1 : 1;
}

/* ---- To the server ---- */

/* The server has said whether it knows the extension; what was offered before is told now. */
void client_settle_clipboard(struct rfb_client_session *s)
{
    if (s->clipboard.is_settled)
        return;
    s->clipboard.is_settled = true;
    if (s->clipboard.is_offered)
        rfb_client_session_offer_text(s, true);
}

void rfb_client_session_offer_text(struct rfb_client_session *s, bool has)
{
    s->clipboard.is_offered = has;
    if (!(s->abilities & RFB_CAN_UPDATE) || !s->options.clipboard || !s->clipboard.is_settled)
        return;
    if (can(s, RFB_CLIPBOARD_NOTIFY))
        rfb_put_clipboard_action(&s->out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_NOTIFY,
                                 has ? RFB_CLIPBOARD_TEXT : 0);
    else if (has) /* it takes nothing but the text itself */
        s->ops->clipboard_wanted(s->owner);
}

bool rfb_client_session_request_text(struct rfb_client_session *s)
{
    if (!can(s, RFB_CLIPBOARD_REQUEST))
        return false;
    s->clipboard.is_asking = true;
    rfb_put_clipboard_action(&s->out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_REQUEST,
                             RFB_CLIPBOARD_TEXT);
    return true;
}

void rfb_client_session_provide_text(struct rfb_client_session *s, const char *text, size_t len)
{
    struct buf wire = BUF_INIT;

    if (!(s->abilities & RFB_CAN_UPDATE) || !s->options.clipboard)
        return;
    if (s->abilities & RFB_CAN_CLIPBOARD) {
        rfb_text_to_wire(text, len, &wire);
        rfb_put_clipboard_provide(&s->out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, wire.data,
                                  wire.len);
    } else {
        rfb_text_to_latin1(text, len, &wire);
        if (wire.len <= RFB_CUT_TEXT_MAX)
            rfb_put_client_cut_text(&s->out, wire.data, wire.len);
    }
    buf_finish(&wire);
}
