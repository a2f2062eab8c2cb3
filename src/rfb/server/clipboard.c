/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One viewer and the clipboard: the extended clipboard's conversation, in which text travels only
 * when somebody pastes it, and plain cut text for viewers that know nothing else. See private.h.
 *
 * What a viewer asks for again and again goes out only when what it was sent before has left for
 * the network: at most one text is queued for it at any time.
 */
#include "rfb/server/private.h"

#include "base/log.h"
#include "rfb/msg/clipboard.h"
#include "rfb/msg/cut_text.h"

enum { INPUT_MORE = 64 << 10 }; /* bytes beyond the longest message */

static struct rfb_viewer *viewer_of(struct scene_clipboard_peer *peer)
{
    return (struct rfb_viewer *)((char *)peer - offsetof(struct rfb_viewer, clipboard.peer));
}

static bool can(const struct rfb_viewer *c, enum rfb_clipboard_action action)
{
    return c->clipboard.actions & (uint32_t)action && c->clipboard.formats & RFB_CLIPBOARD_TEXT;
}

/* Nothing of before waits to be sent. */
static bool is_idle(const struct rfb_viewer *c)
{
    return !io_stream_queued(c->stream) && !c->sending.later.len;
}

static size_t text_max(const struct rfb_viewer *c)
{
    return scene_clipboard_limit(rfb_server_scene(c->server));
}

/* ---- To the viewer ----------------------------------------------------------------------------
 */

static void send_text(struct rfb_viewer *c, const char *text, size_t len)
{
    struct buf wire = BUF_INIT, out = BUF_INIT;

    if (c->clipboard.is_extended) {
        rfb_text_to_wire(text, len, &wire);
        rfb_put_clipboard_provide(&out, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_TEXT, wire.data,
                                  wire.len);
    } else {
        rfb_text_to_latin1(text, len, &wire);
        if (wire.len <= RFB_CUT_TEXT_MAX)
            rfb_put_server_cut_text(&out, wire.data, wire.len);
        else
            log_info("rfb", "viewer %u is not sent %zu bytes of plain text", c->number, wire.len);
    }
    if (out.len)
        rfb_viewer_send(c, out.data, out.len);
    buf_finish(&wire);
    buf_finish(&out);
}

/* The answer to a request, or what is new for a viewer that does not ask. */
static void pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct rfb_viewer *c =
        (struct rfb_viewer *)((char *)paste - offsetof(struct rfb_viewer, clipboard.paste));

    if (text)
        send_text(c, text, len);
}

static void fetch(struct rfb_viewer *c)
{
    c->clipboard.wants_text = false;
    if (c->clipboard.paste.peer)
        return;
    c->clipboard.paste.done = pasted;
    scene_clipboard_paste(&c->clipboard.peer, &c->clipboard.paste);
}

static void send_action(struct rfb_viewer *c, enum rfb_clipboard_action action, uint32_t formats)
{
    struct buf out = BUF_INIT;

    rfb_put_clipboard_action(&out, RFB_SERVER_CUT_TEXT, action, formats);
    rfb_viewer_send(c, out.data, out.len);
    buf_finish(&out);
}

static void send_news(struct rfb_viewer *c)
{
    bool has = scene_clipboard_has(&c->clipboard.peer);

    c->clipboard.is_news = false;
    if (c->clipboard.is_extended && can(c, RFB_CLIPBOARD_NOTIFY))
        send_action(c, RFB_CLIPBOARD_NOTIFY, has ? RFB_CLIPBOARD_TEXT : 0);
    else if (has && (!c->clipboard.is_extended || can(c, RFB_CLIPBOARD_PROVIDE)))
        c->clipboard.wants_text = true;
}

void rfb_viewer_clipboard_flush(struct rfb_viewer *c)
{
    if (!c->clipboard.peer.scene)
        return;
    if (c->clipboard.is_news && is_idle(c))
        send_news(c);
    if (c->clipboard.asks && is_idle(c)) {
        c->clipboard.asks = false;
        c->clipboard.is_asking = true;
        send_action(c, RFB_CLIPBOARD_REQUEST, RFB_CLIPBOARD_TEXT);
    }
    if (c->clipboard.wants_text && is_idle(c))
        fetch(c);
}

/* ---- The scene's side -------------------------------------------------------------------------
 */

static void on_changed(struct scene_clipboard_peer *peer)
{
    struct rfb_viewer *c = viewer_of(peer);

    c->clipboard.is_news = c->clipboard.is_greeted;
    rfb_viewer_clipboard_flush(c);
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct rfb_viewer *c = viewer_of(peer);

    c->clipboard.asks = true;
    rfb_viewer_clipboard_flush(c);
}

static const struct scene_clipboard_peer_ops peer_ops = {on_changed, on_asked};

/* The viewer is in, but nothing is said before it has said what it knows. */
void rfb_viewer_clipboard_join(struct rfb_viewer *c)
{
    c->clipboard.peer.ops = &peer_ops;
    c->clipboard.peer.side = SCENE_PERSON;
    if (text_max(c))
        scene_clipboard_join(rfb_server_scene(c->server), &c->clipboard.peer);
}

void rfb_viewer_clipboard_leave(struct rfb_viewer *c)
{
    scene_clipboard_leave(&c->clipboard.peer);
}

void rfb_viewer_clipboard_greet(struct rfb_viewer *c)
{
    size_t message_max = rfb_clipboard_message_max(text_max(c));
    bool first = !c->clipboard.is_greeted;
    struct buf out = BUF_INIT;

    if (!c->clipboard.peer.scene)
        return;
    c->clipboard.is_greeted = true;
    if (c->wants.extended_clipboard) {
        if (!c->clipboard.is_extended) {
            c->clipboard.is_extended = true;
            c->clipboard.actions = RFB_CLIPBOARD_ASSUMED_ACTIONS;
            c->clipboard.formats = RFB_CLIPBOARD_TEXT;
        }
        rfb_server_session_agreed(c->session)->clipboard = message_max;
        io_stream_set_limits(c->stream, MAX(RFB_VIEWER_INPUT_MAX, message_max + INPUT_MORE),
                             IO_STREAM_QUEUE_MAX);
        rfb_put_clipboard_caps(&out, RFB_SERVER_CUT_TEXT); /* at each SetEncodings, by the rules */
        rfb_viewer_answer(c, &out);
        buf_finish(&out);
    }
    if (first && scene_clipboard_has(&c->clipboard.peer))
        on_changed(&c->clipboard.peer);
}

/* ---- From the viewer --------------------------------------------------------------------------
 */

/* Text that we asked for, or that the viewer sends by itself, which offers it as well. */
static void take_text(struct rfb_viewer *c, const char *text, size_t len, bool is_answer)
{
    if (!is_answer)
        scene_clipboard_offer(&c->clipboard.peer);
    scene_clipboard_provide(&c->clipboard.peer, text, len);
}

static int take_provided(struct rfb_viewer *c, const struct rfb_clipboard_msg *msg, struct err *err)
{
    struct buf wire = BUF_INIT, text = BUF_INIT;
    bool is_answer = c->clipboard.is_asking;
    int rc = rfb_clipboard_unpack(msg, RFB_CLIPBOARD_TEXT, rfb_clipboard_message_max(text_max(c)),
                                  &wire, err);

    if (rc > 0) {
        rfb_text_from_wire(wire.data, wire.len, &text);
        take_text(c, text.len ? (const char *)text.data : "", text.len, is_answer);
    } else if (!rc && is_answer) {
        take_text(c, NULL, 0, true);
    }
    c->clipboard.is_asking = false;
    buf_finish(&wire);
    buf_finish(&text);
    return rc < 0 ? -1 : 0;
}

static int take_extended(struct rfb_viewer *c, struct rfb_bytes data, struct err *err)
{
    struct rfb_clipboard_msg msg;

    if (rfb_clipboard_parse(data.data, data.len, &msg, err) < 0)
        return -1;
    switch (msg.action) {
    case RFB_CLIPBOARD_CAPS:
        c->clipboard.actions = msg.actions;
        c->clipboard.formats = msg.formats;
        break;
    case RFB_CLIPBOARD_REQUEST:
        c->clipboard.wants_text = msg.formats & RFB_CLIPBOARD_TEXT;
        break;
    case RFB_CLIPBOARD_PEEK:
        c->clipboard.is_news = true;
        break;
    case RFB_CLIPBOARD_NOTIFY:
        if (msg.formats & RFB_CLIPBOARD_TEXT)
            scene_clipboard_offer(&c->clipboard.peer);
        else
            scene_clipboard_withdraw(&c->clipboard.peer);
        break;
    case RFB_CLIPBOARD_PROVIDE:
        return take_provided(c, &msg, err);
    }
    rfb_viewer_clipboard_flush(c);
    return 0;
}

int rfb_viewer_cut_text(struct rfb_viewer *c, const struct rfb_cut_text *cut, struct err *err)
{
    struct buf text = BUF_INIT;

    if (cut->skip)
        log_info("rfb", "viewer %u copied %zu bytes, more than are taken", c->number, cut->skip);
    if (!c->clipboard.peer.scene)
        return 0;
    if (cut->skip) {
        /* The answer that will never come, or a new thing that cannot be pasted. */
        scene_clipboard_provide(&c->clipboard.peer, NULL, 0);
        if (!c->clipboard.is_asking)
            scene_clipboard_withdraw(&c->clipboard.peer);
        c->clipboard.is_asking = false;
        return 0;
    }
    if (cut->extended)
        return take_extended(c, cut->text, err);
    rfb_text_from_latin1(cut->text.data, cut->text.len, &text);
    take_text(c, text.len ? (const char *)text.data : "", text.len, false);
    buf_finish(&text);
    return 0;
}
