/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest pastes what another program has copied; see clipboard.h. That program may be slow, may
 * have gone, and may send anything.
 */
#include "x11/clipboard.h"

#include "base/arith.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { PATIENCE_S = 10 };

static void end_deadline(struct x11_clipboard *c)
{
    if (c->take.deadline)
        g_source_remove(c->take.deadline);
    c->take.deadline = 0;
}

/* What it was asked for is here, or will never be. */
static void end(struct x11_clipboard *c, const char *text, size_t len)
{
    end_deadline(c);
    c->take.asked = c->take.pieces = false;
    scene_clipboard_provide(&c->peer, text, len);
    buf_finish(&c->take.text);
}

static gboolean out_of_patience(gpointer data)
{
    struct x11_clipboard *c = data;

    c->take.deadline = 0;
    end(c, NULL, 0);
    return G_SOURCE_REMOVE;
}

static void be_patient(struct x11_clipboard *c)
{
    end_deadline(c);
    c->take.deadline = g_timeout_add_seconds(PATIENCE_S, out_of_patience, c);
}

static void ask(struct x11_clipboard *c, xcb_atom_t target)
{
    struct display *d = c->d;

    c->take.target = target;
    xcb_convert_selection(d->c, c->window, d->atom.CLIPBOARD, target, d->atom._ORIEL_CLIPBOARD,
                          XCB_CURRENT_TIME);
    xcb_flush(d->c);
}

void clipboard_take(struct x11_clipboard *c)
{
    buf_finish(&c->take.text);
    c->take.asked = true;
    c->take.pieces = c->take.too_long = false;
    be_patient(c);
    ask(c, c->d->atom.UTF8_STRING);
}

/* Latin-1 or UTF-8, whichever was asked for, up to a NUL; what is neither becomes '?'. */
static void end_with_text(struct x11_clipboard *c)
{
    const uint8_t *s = c->take.text.data;
    size_t len = c->take.text.len ? strnlen((const char *)s, c->take.text.len) : 0, i = 0;
    struct buf text = BUF_INIT;

    while (i < len) {
        uint32_t code;
        size_t n = c->take.target == XCB_ATOM_STRING && s[i] >= 0x80
                       ? 0
                       : utf8_decode(s + i, len - i, &code);

        if (n)
            buf_append(&text, s + i, n);
        else if (c->take.target == XCB_ATOM_STRING)
            buf_append(&text,
                       (uint8_t[]){(uint8_t)(0xc0 | s[i] >> 6), (uint8_t)(0x80 | (s[i] & 0x3f))},
                       2);
        else
            buf_append(&text, "?", 1);
        i += n ? n : 1;
    }
    end(c, c->take.too_long ? NULL : text.len ? (const char *)text.data : "", text.len);
    buf_finish(&text);
}

/* Appends the property, which it deletes; its bytes, or -1: pieces will follow. */
static long read_property(struct x11_clipboard *c)
{
    size_t max = scene_clipboard_limit(c->peer.scene);
    xcb_get_property_reply_t *r = xcb_get_property_reply(
        c->d->c,
        xcb_get_property(c->d->c, true, c->window, c->d->atom._ORIEL_CLIPBOARD, XCB_ATOM_ANY, 0,
                         (uint32_t)(max / 4 + 1)),
        NULL);
    long n = r ? xcb_get_property_value_length(r) : 0;

    if (r && r->type == c->d->atom.INCR) {
        n = -1;
    } else if (r) {
        if (r->bytes_after || c->take.text.len + (size_t)n > max) {
            c->take.too_long = true;
            buf_finish(&c->take.text);
            /* What is left of it stays there otherwise, and no further piece would come. */
            xcb_delete_property(c->d->c, c->window, c->d->atom._ORIEL_CLIPBOARD);
        } else if (!c->take.too_long) {
            buf_append(&c->take.text, xcb_get_property_value(r), (size_t)n);
        }
    }
    free(r);
    xcb_flush(c->d->c);
    return n;
}

void clipboard_take_notify(struct x11_clipboard *c, const xcb_selection_notify_event_t *e)
{
    if (!c->take.asked || e->requestor != c->window || e->target != c->take.target)
        return;
    if (!e->property && c->take.target != XCB_ATOM_STRING) {
        ask(c, XCB_ATOM_STRING);
    } else if (!e->property) {
        end(c, NULL, 0);
    } else if (read_property(c) < 0) {
        c->take.pieces = true;
        be_patient(c);
    } else {
        end_with_text(c);
    }
}

void clipboard_take_property(struct x11_clipboard *c, const xcb_property_notify_event_t *e)
{
    if (!c->take.pieces || e->atom != c->d->atom._ORIEL_CLIPBOARD ||
        e->state != XCB_PROPERTY_NEW_VALUE)
        return;
    if (read_property(c))
        be_patient(c);
    else
        end_with_text(c);
}

void clipboard_take_finish(struct x11_clipboard *c)
{
    end_deadline(c);
    buf_finish(&c->take.text);
}
