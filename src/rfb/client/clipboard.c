/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joins the session's clipboard to the scene's, where the server is the guest's side. */
#include "rfb/client/private.h"

static struct rfb_client *client_of(struct scene_clipboard_peer *peer)
{
    return (struct rfb_client *)((char *)peer - offsetof(struct rfb_client, clipboard));
}

/* ---- The scene's side ---- */

static void on_changed(struct scene_clipboard_peer *peer)
{
    struct rfb_client *c = client_of(peer);

    rfb_client_session_offer_text(c->session, scene_clipboard_has(peer));
    client_flush(c);
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct rfb_client *c = client_of(peer);

    if (!rfb_client_session_request_text(c->session))
        scene_clipboard_provide(peer, NULL, 0);
    client_flush(c);
}

static const struct scene_clipboard_peer_ops peer_ops = {on_changed, on_asked};

static void pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct rfb_client *c =
        (struct rfb_client *)((char *)paste - offsetof(struct rfb_client, paste));

    if (text)
        rfb_client_session_provide_text(c->session, text, len);
    client_flush(c);
}

void client_clipboard_join(struct rfb_client *c)
{
    c->paste.done = pasted;
    c->clipboard.ops = &peer_ops;
    c->clipboard.side = SCENE_GUEST;
    scene_clipboard_join(c->scene, &c->clipboard);
    rfb_client_session_offer_text(c->session, scene_clipboard_has(&c->clipboard));
}

/* ---- The session's side ---- */

void client_on_clipboard(void *owner, bool has)
{
    struct rfb_client *c = owner;

    if (has)
        scene_clipboard_offer(&c->clipboard);
    else
        scene_clipboard_withdraw(&c->clipboard);
}

void client_on_clipboard_text(void *owner, const char *text, size_t len)
{
    struct rfb_client *c = owner;

    scene_clipboard_provide(&c->clipboard, text, len);
}

/* A server that asks faster than it reads is answered when it has read. */
void client_on_clipboard_wanted(void *owner)
{
    struct rfb_client *c = owner;

    if (!c->clipboard.scene || c->paste.peer)
        return;
    c->owes_text = c->stream && io_stream_queued(c->stream);
    if (!c->owes_text)
        scene_clipboard_paste(&c->clipboard, &c->paste);
}
