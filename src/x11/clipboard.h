/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's CLIPBOARD and the guest's are one while the person is in one of our windows. Nothing
 * is transferred before somebody pastes, and neither side learns of what is copied on the other
 * while the person is elsewhere: it is told on the way back. Text only.
 *
 * clipboard.c decides who offers; clipboard_give.c serves other programs that paste;
 * clipboard_take.c fetches what they have copied. Large texts go in pieces (INCR), both ways.
 */
#pragma once

#include "scene/clipboard.h"
#include "x11/display.h"

struct giving; /* a text on its way to another program */

struct x11_clipboard {
    struct scene_clipboard_peer peer;
    struct display *d;
    xcb_window_t window;   /* that owns and asks; XCB_NONE: no clipboard here */
    uint8_t xfixes_event;  /* the first event code */
    bool is_here;          /* the person, by the focus */
    int64_t left_at;       /* µs, while not */
    bool host_has;         /* another program offers something */
    bool host_news;        /* … that the guest has not been told of */
    bool guest_news;       /* likewise */
    bool owns;             /* the selection is ours */
    xcb_timestamp_t since; /* … since */

    struct giving *givings;

    struct {
        bool asked, pieces, too_long;
        xcb_atom_t target;
        struct buf text;
        unsigned deadline; /* GLib source; 0: none */
    } take;
};

void clipboard_start(struct x11_clipboard *c, struct scene *scene, struct display *d);
void clipboard_finish(struct x11_clipboard *c);
/* True when the event is none of anybody else's. Focus and input are looked at in passing. */
bool clipboard_event(struct x11_clipboard *c, const xcb_generic_event_t *event);

/* clipboard_give.c */
void clipboard_give(struct x11_clipboard *c, const xcb_selection_request_event_t *e);
void clipboard_give_property(struct x11_clipboard *c, const xcb_property_notify_event_t *e);
void clipboard_give_gone(struct x11_clipboard *c, xcb_window_t requestor);
void clipboard_give_finish(struct x11_clipboard *c);

/* clipboard_take.c */
void clipboard_take(struct x11_clipboard *c);
void clipboard_take_notify(struct x11_clipboard *c, const xcb_selection_notify_event_t *e);
void clipboard_take_property(struct x11_clipboard *c, const xcb_property_notify_event_t *e);
void clipboard_take_finish(struct x11_clipboard *c);
