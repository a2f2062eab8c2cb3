/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another program pastes what the guest has copied; see clipboard.h. */
#include "x11/clipboard.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    GIVINGS_MAX = 32,
    PIECE = 128 << 10, /* bytes; a text that is longer goes in pieces. Below any server's limit */
    PATIENCE_S = 20,   /* for the guest's text, and then for the program that takes it */
};

struct giving {
    struct giving *next;
    struct x11_clipboard *clipboard;
    struct scene_paste paste;
    xcb_selection_request_event_t request;
    struct buf text; /* what is left */
    bool pieces;     /* they are under way */
    guint deadline;
};

static void notify(struct x11_clipboard *c, const xcb_selection_request_event_t *e,
                   xcb_atom_t property)
{
    union {
        xcb_selection_notify_event_t e;
        char bytes[32];
    } out = {.e = {.response_type = XCB_SELECTION_NOTIFY,
                   .time = e->time,
                   .requestor = e->requestor,
                   .selection = e->selection,
                   .target = e->target,
                   .property = property}};

    xcb_send_event(c->d->c, false, e->requestor, XCB_EVENT_MASK_NO_EVENT, out.bytes);
    xcb_flush(c->d->c);
}

static bool has_other(const struct x11_clipboard *c, const struct giving *except)
{
    for (const struct giving *g = c->givings; g; g = g->next)
        if (g != except && g->pieces && g->request.requestor == except->request.requestor)
            return true;
    return false;
}

static void giving_destroy(struct giving *g)
{
    struct x11_clipboard *c = g->clipboard;
    struct giving **at = &c->givings;
    const uint32_t none = 0;

    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    if (g->pieces && !has_other(c, g))
        xcb_change_window_attributes(c->d->c, g->request.requestor, XCB_CW_EVENT_MASK, &none);
    scene_clipboard_cancel(&g->paste);
    if (g->deadline)
        g_source_remove(g->deadline);
    buf_finish(&g->text);
    free(g);
}

static void refuse(struct giving *g)
{
    notify(g->clipboard, &g->request, XCB_NONE);
    giving_destroy(g);
}

static gboolean out_of_patience(gpointer data)
{
    struct giving *g = data;

    g->deadline = 0;
    if (g->pieces)
        giving_destroy(g);
    else
        refuse(g);
    return G_SOURCE_REMOVE;
}

static void be_patient(struct giving *g)
{
    if (g->deadline)
        g_source_remove(g->deadline);
    g->deadline = g_timeout_add_seconds(PATIENCE_S, out_of_patience, g);
}

/* STRING is Latin-1. */
static void append_latin1(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t code = 0;
        size_t n = utf8_decode(text + i, len - i, &code);
        uint8_t byte = n && code < 0x100 ? (uint8_t)code : '?';

        buf_append(out, &byte, 1);
        i += n ? n : 1;
    }
}

static void put_piece(struct giving *g)
{
    size_t n = MIN_OF(g->text.len, (size_t)PIECE);

    xcb_change_property(g->clipboard->d->c, XCB_PROP_MODE_REPLACE, g->request.requestor,
                        g->request.property, g->request.target, 8, (uint32_t)n, g->text.data);
    xcb_flush(g->clipboard->d->c);
    buf_consume(&g->text, n);
}

static void begin_pieces(struct giving *g)
{
    const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    struct display *d = g->clipboard->d;
    uint32_t size = (uint32_t)g->text.len;

    g->pieces = true;
    be_patient(g);
    xcb_change_window_attributes(d->c, g->request.requestor, XCB_CW_EVENT_MASK, &events);
    xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, g->request.requestor, g->request.property,
                        d->atom.INCR, 32, 1, &size);
    notify(g->clipboard, &g->request, g->request.property);
}

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct giving *g = (struct giving *)((char *)paste - offsetof(struct giving, paste));

    if (!text) {
        refuse(g);
        return;
    }
    if (g->request.target == XCB_ATOM_STRING)
        append_latin1(&g->text, text, len);
    else
        buf_append(&g->text, text, len);
    if (g->text.len > PIECE) {
        begin_pieces(g);
        return;
    }
    put_piece(g);
    notify(g->clipboard, &g->request, g->request.property);
    giving_destroy(g);
}

static void give_text(struct x11_clipboard *c, const xcb_selection_request_event_t *e)
{
    struct giving *g = mem_new0(struct giving);

    g->clipboard = c;
    g->request = *e;
    g->paste.done = on_pasted;
    g->next = c->givings;
    c->givings = g;
    be_patient(g);
    scene_clipboard_paste(&c->peer, &g->paste);
}

static unsigned count(const struct x11_clipboard *c)
{
    unsigned n = 0;

    for (const struct giving *g = c->givings; g; g = g->next)
        n++;
    return n;
}

void clipboard_give(struct x11_clipboard *c, const xcb_selection_request_event_t *event)
{
    struct display *d = c->d;
    const xcb_atom_t targets[] = {d->atom.TARGETS, d->atom.TIMESTAMP, d->atom.UTF8_STRING,
                                  d->atom.TEXT_PLAIN_UTF8, XCB_ATOM_STRING};
    xcb_selection_request_event_t e = *event;

    if (!e.property)
        e.property = e.target; /* clients of the old rules */
    if (!c->owns || e.owner != c->window || e.requestor == c->window ||
        e.selection != d->atom.CLIPBOARD) {
        notify(c, &e, XCB_NONE);
    } else if (e.target == d->atom.TARGETS) {
        xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, e.requestor, e.property, XCB_ATOM_ATOM, 32,
                            ARRAY_LEN(targets), targets);
        notify(c, &e, e.property);
    } else if (e.target == d->atom.TIMESTAMP) {
        xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, e.requestor, e.property, XCB_ATOM_INTEGER,
                            32, 1, &c->since);
        notify(c, &e, e.property);
    } else if ((e.target == d->atom.UTF8_STRING || e.target == d->atom.TEXT_PLAIN_UTF8 ||
                e.target == XCB_ATOM_STRING) &&
               count(c) < GIVINGS_MAX) {
        give_text(c, &e);
    } else {
        notify(c, &e, XCB_NONE);
    }
}

/* The program has taken a piece: it has deleted the property. An empty one is the end. */
void clipboard_give_property(struct x11_clipboard *c, const xcb_property_notify_event_t *e)
{
    struct giving *g = c->givings;

    while (g && !(g->pieces && g->request.requestor == e->window && g->request.property == e->atom))
        g = g->next;
    if (!g || e->state != XCB_PROPERTY_DELETE)
        return;
    if (g->text.len) {
        put_piece(g);
        be_patient(g);
    } else {
        put_piece(g);
        giving_destroy(g);
    }
}

void clipboard_give_gone(struct x11_clipboard *c, xcb_window_t requestor)
{
    struct giving *next;

    for (struct giving *g = c->givings; g; g = next) {
        next = g->next;
        if (g->request.requestor == requestor)
            giving_destroy(g);
    }
}

void clipboard_give_finish(struct x11_clipboard *c)
{
    while (c->givings)
        giving_destroy(c->givings);
}
