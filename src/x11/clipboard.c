/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who offers what to paste, the host's programs or the guest; see clipboard.h. */
#include "x11/clipboard.h"

#include "base/log.h"

#include <stdlib.h>
#include <xcb/xfixes.h>

/* What the guest copies counts so long after the person has left: a key's way takes its time. */
enum { STILL_HERE_US = 2000000 };

static struct x11_clipboard *of(struct scene_clipboard_peer *peer)
{
    return (struct x11_clipboard *)((char *)peer - offsetof(struct x11_clipboard, peer));
}

static void take_over(struct x11_clipboard *c, bool has)
{
    struct display *d = c->d;

    if (has)
        xcb_set_selection_owner(d->c, c->window, d->atom.CLIPBOARD, XCB_CURRENT_TIME);
    else if (c->owns)
        xcb_set_selection_owner(d->c, XCB_NONE, d->atom.CLIPBOARD, XCB_CURRENT_TIME);
    c->owns = has;
    xcb_flush(d->c);
}

/* What has changed is told, as far as the person is here to have done it. */
static void settle(struct x11_clipboard *c)
{
    bool just_left = g_get_monotonic_time() - c->left_at < STILL_HERE_US;

    if (c->is_here && c->host_news) {
        c->host_news = c->guest_news = false;
        if (c->host_has)
            scene_clipboard_offer(&c->peer);
        else
            scene_clipboard_withdraw(&c->peer);
    }
    if ((c->is_here || just_left) && c->guest_news) {
        c->guest_news = false;
        take_over(c, scene_clipboard_has(&c->peer));
    }
}

static void on_changed(struct scene_clipboard_peer *peer)
{
    of(peer)->guest_news = true;
    settle(of(peer));
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    clipboard_take(of(peer));
}

static const struct scene_clipboard_peer_ops peer_ops = {on_changed, on_asked};

/* ---- Events ------------------------------------------------------------------------------------
 */

static void selection_changed(struct x11_clipboard *c, const xcb_xfixes_selection_notify_event_t *e)
{
    if (e->selection != c->d->atom.CLIPBOARD)
        return;
    if (e->owner == c->window) {
        c->since = e->selection_timestamp;
        c->host_has = false;
        return;
    }
    if (c->owns || e->owner != XCB_NONE || c->host_has)
        c->host_news = true;
    if (c->owns && e->owner == XCB_NONE) /* we gave it up ourselves */
        c->host_news = false;
    c->owns = false;
    c->host_has = e->owner != XCB_NONE;
    settle(c);
}

static void focus_moved(struct x11_clipboard *c, const xcb_focus_in_event_t *e, bool in)
{
    if (e->mode == XCB_NOTIFY_MODE_GRAB || e->mode == XCB_NOTIFY_MODE_UNGRAB)
        return;
    if (c->is_here && !in)
        c->left_at = g_get_monotonic_time();
    c->is_here = in;
    settle(c);
}

bool clipboard_event(struct x11_clipboard *c, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    const xcb_property_notify_event_t *property = (const void *)event;
    const xcb_destroy_notify_event_t *destroyed = (const void *)event;

    if (!c->window)
        return false;
    if (type == c->xfixes_event + XCB_XFIXES_SELECTION_NOTIFY) {
        selection_changed(c, (const void *)event);
        return true;
    }
    switch (type) {
    case XCB_FOCUS_IN:
    case XCB_FOCUS_OUT:
        focus_moved(c, (const void *)event, type == XCB_FOCUS_IN);
        return false;
    case XCB_KEY_PRESS: /* a desktop without a manager may send no focus */
    case XCB_BUTTON_PRESS:
        c->is_here = true;
        settle(c);
        return false;
    case XCB_SELECTION_CLEAR: /* XFIXES has said it already */
        return true;
    case XCB_SELECTION_REQUEST:
        clipboard_give(c, (const void *)event);
        return true;
    case XCB_SELECTION_NOTIFY:
        clipboard_take_notify(c, (const void *)event);
        return true;
    case XCB_PROPERTY_NOTIFY:
        if (property->window == c->window)
            clipboard_take_property(c, property);
        else
            clipboard_give_property(c, property);
        return property->window == c->window;
    case XCB_DESTROY_NOTIFY:
        clipboard_give_gone(c, destroyed->window);
        return false;
    }
    return false;
}

/* ---- Life --------------------------------------------------------------------------------------
 */

static bool find_xfixes(struct x11_clipboard *c)
{
    const xcb_query_extension_reply_t *x = xcb_get_extension_data(c->d->c, &xcb_xfixes_id);
    xcb_xfixes_query_version_reply_t *r;

    if (!x || !x->present)
        return false;
    r = xcb_xfixes_query_version_reply(
        c->d->c, xcb_xfixes_query_version(c->d->c, XCB_XFIXES_MAJOR_VERSION, 0), NULL);
    if (!r)
        return false;
    free(r);
    c->xfixes_event = x->first_event;
    return true;
}

void clipboard_start(struct x11_clipboard *c, struct scene *scene, struct display *d)
{
    const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_get_selection_owner_reply_t *r;

    c->d = d;
    if (!scene_clipboard_limit(scene))
        return;
    if (!find_xfixes(c)) {
        log_warning("x11", "no clipboard: the X server has no XFIXES");
        return;
    }
    c->window = xcb_generate_id(d->c);
    xcb_create_window(d->c, 0, c->window, d->root, -1, -1, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
                      XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK, &events);
    xcb_xfixes_select_selection_input(d->c, c->window, d->atom.CLIPBOARD,
                                      XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER |
                                          XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY |
                                          XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE);
    r = xcb_get_selection_owner_reply(d->c, xcb_get_selection_owner(d->c, d->atom.CLIPBOARD), NULL);
    c->host_has = c->host_news = r && r->owner;
    free(r);
    c->left_at = -STILL_HERE_US;
    c->peer.ops = &peer_ops;
    c->peer.side = SCENE_PERSON;
    scene_clipboard_join(scene, &c->peer);
}

void clipboard_finish(struct x11_clipboard *c)
{
    scene_clipboard_leave(&c->peer);
    if (!c->window)
        return;
    clipboard_give_finish(c);
    clipboard_take_finish(c);
    xcb_destroy_window(c->d->c, c->window);
    c->window = XCB_NONE;
}
