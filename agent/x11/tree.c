/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which windows there are. Every child of the root is a top; what it shows is its *subject*: the
 * managed client inside a window manager's frame, or the top itself. A subject that is managed, or
 * mapped and unmanaged, is a win, for which props.c and report.c care. The order of the root's
 * children is the true stacking order.
 *
 * A frame's client is known in three ways, for every manager does it in another order: it was a top
 * and was reparented away; it carries WM_STATE; it stands in _NET_CLIENT_LIST.
 */
#include "agent.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>

enum { FRAME_DEPTH = 4, CLIENTS_MAX = WINDOW_MAX_COUNT };

struct top *tree_top(struct agent *a, xcb_window_t xid)
{
    for (size_t i = 0; i < a->top_count; i++)
        if (a->tops[i]->xid == xid)
            return a->tops[i];
    return NULL;
}

struct win *tree_win(struct agent *a, uint32_t id)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (w->id == id && !w->gone)
            return w;
    return NULL;
}

struct win *tree_win_of(struct agent *a, xcb_window_t subject)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (w->xid == subject && !w->gone)
            return w;
    return NULL;
}

struct win *tree_win_at(struct agent *a, xcb_window_t top)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (w->top == top && !w->gone)
            return w;
    return NULL;
}

xcb_window_t tree_top_of(struct agent *a, xcb_window_t xid)
{
    for (int depth = 0; xid && depth < 16; depth++) {
        xcb_query_tree_reply_t *tree;

        if (tree_top(a, xid))
            return xid;
        tree = xcb_query_tree_reply(a->x, xcb_query_tree(a->x, xid), NULL);
        if (!tree)
            return 0;
        if (tree->parent == a->root || tree->parent == xid)
            xid = 0;
        else
            xid = tree->parent;
        free(tree);
    }
    return 0;
}

/* Not the agent's own windows, nor the server's (the compositing overlay). */
static bool is_foreign(const struct agent *a, xcb_window_t xid)
{
    const xcb_setup_t *setup = xcb_get_setup(a->x);
    uint32_t client = xid & 0x1fffffff & ~setup->resource_id_mask;

    return client && client != setup->resource_id_base;
}

static void select_events(struct agent *a, xcb_window_t xid)
{
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
                    XCB_EVENT_MASK_FOCUS_CHANGE;

    xcb_change_window_attributes(a->x, xid, XCB_CW_EVENT_MASK, &mask);
    if (a->shape_event)
        xcb_shape_select_input(a->x, xid, 1);
}

static struct top *top_add(struct agent *a, xcb_window_t xid)
{
    xcb_get_geometry_reply_t *g;
    xcb_get_window_attributes_reply_t *attr;
    struct top *t = NULL;

    if (!is_foreign(a, xid) || (t = tree_top(a, xid)))
        return t;
    select_events(a, xid);
    xcb_get_geometry_cookie_t geometry_cookie = xcb_get_geometry(a->x, xid);
    xcb_get_window_attributes_cookie_t attr_cookie = xcb_get_window_attributes(a->x, xid);

    g = xcb_get_geometry_reply(a->x, geometry_cookie, NULL);
    attr = xcb_get_window_attributes_reply(a->x, attr_cookie, NULL);
    if (g && attr && attr->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT) {
        t = mem_new0(struct top);
        t->xid = xid;
        t->x = g->x, t->y = g->y, t->w = g->width, t->h = g->height;
        t->border = g->border_width;
        t->mapped = attr->map_state != XCB_MAP_STATE_UNMAPPED;
        t->override_redirect = attr->override_redirect;
        t->check = true;
        if (a->top_count == a->top_room) {
            a->top_room = a->top_room ? a->top_room * 2 : 64;
            a->tops = mem_resize(a->tops, a->top_room, sizeof *a->tops);
        }
        a->tops[a->top_count++] = t;
        a->order_check = true;
    }
    free(g);
    free(attr);
    return t;
}

static void win_finish(struct win *w)
{
    props_finish(w);
    free(w);
}

void tree_drop_gone(struct agent *a, struct win *w)
{
    for (struct win **at = &a->wins; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            win_finish(w);
            a->win_count--;
            return;
        }
    }
}

static void win_gone(struct agent *a, struct win *w)
{
    a->order_check = true;
    a->focus_check = true;
    if (w->stated)
        w->gone = true;
    else
        tree_drop_gone(a, w);
}

/* The number an earlier agent gave this window, so that the host finds it again; else a new one. */
static uint32_t win_number(struct agent *a, xcb_window_t xid)
{
    uint32_t id = a->starting ? x_card(a, xid, a->atom[ATOM__ORIEL_ID]) : 0;

    if (!id || id >= a->next_id || tree_win(a, id)) {
        id = a->next_id++;
        if (!a->next_id)
            a->next_id = 1;
        x_set_cards(a, xid, a->atom[ATOM__ORIEL_ID], XCB_ATOM_CARDINAL, &id, 1);
        x_set_cards(a, a->root, a->atom[ATOM__ORIEL_NEXT_ID], XCB_ATOM_CARDINAL, &a->next_id, 1);
    }
    return id;
}

static struct win *win_add(struct agent *a, xcb_window_t subject)
{
    struct win *w, **at = &a->wins;

    if (a->win_count >= WINDOW_MAX_COUNT) {
        log_warning("tree", "more than %d windows: the rest is not reported", WINDOW_MAX_COUNT);
        return NULL;
    }
    w = mem_new0(struct win);
    w->id = win_number(a, subject);
    w->xid = subject;
    w->fetch = FETCH_ALL;
    w->dirty = FACT_WINDOW;
    w->unstated = a->syncing;
    while (*at)
        at = &(*at)->next;
    *at = w;
    a->win_count++;
    a->order_check = true;
    a->focus_check = true;
    popup_owner_known(a, w);
    return w;
}

static bool shows_unmanaged(struct agent *a, const struct top *t)
{
    struct rect outer = {t->x, t->y, t->w + 2 * t->border, t->h + 2 * t->border};

    if (!t->mapped || (t->w <= 1 && t->h <= 1))
        return false;
    if (!t->override_redirect) {
        /* With a manager it is one that the manager has not dealt with yet. */
        manager_refresh(a);
        return !a->wm.running;
    }
    return !rect_is_empty(rect_intersect(outer, (struct rect){0, 0, a->width, a->height}));
}

static void top_look(struct agent *a, struct top *t)
{
    xcb_window_t subject = t->client ? t->client : t->xid;
    uint32_t state = x_card(a, subject, a->atom[ATOM_WM_STATE]);
    bool managed = state == 1 || state == 3;
    struct win *w = tree_win_of(a, subject), *bare;

    t->check = false;
    if (subject != t->xid) {
        t->frame = true;
        if ((bare = tree_win_of(a, t->xid)))
            win_gone(a, bare);
        if (!managed && w && !w->wm_state) {
            w->top = t->xid; /* a manager has just come; it says WM_STATE in a moment */
            return;
        }
    } else if (t->frame) {
        return;
    }
    /* A manager may say WM_STATE before it shows the frame (metacity). */
    if (state == 1 && !w && !t->mapped && !a->starting)
        return;
    /* Once shown, an unmanaged window may leave the screen without being gone. */
    if (!managed &&
        !(subject == t->xid && (w && !w->managed ? t->mapped : shows_unmanaged(a, t)))) {
        if (w)
            win_gone(a, w);
        return;
    }
    if (!w && !(w = win_add(a, subject)))
        return;
    if (w->managed != managed || w->top != t->xid)
        w->fetch |= FETCH_ALL;
    w->fetch |= FETCH_PLACE | FETCH_STATE;
    w->managed = managed;
    w->wm_state = state;
    w->top = t->xid;
    w->override_redirect = t->override_redirect && subject == t->xid;
}

static void top_remove(struct agent *a, struct top *t)
{
    struct win *w = tree_win_of(a, t->xid);

    if (w && w->top == t->xid)
        win_gone(a, w);
    for (size_t i = 0; i < a->top_count; i++) {
        if (a->tops[i] == t) {
            memmove(&a->tops[i], &a->tops[i + 1], (a->top_count - i - 1) * sizeof *a->tops);
            a->top_count--;
            break;
        }
    }
    a->order_check = true;
    free(t);
}

/* The client is no longer inside any frame. */
static void client_leaves(struct agent *a, xcb_window_t client)
{
    for (size_t i = 0; i < a->top_count; i++) {
        if (a->tops[i]->client == client) {
            a->tops[i]->client = 0;
            a->tops[i]->check = true;
        }
    }
}

static void client_enters(struct agent *a, xcb_window_t client, xcb_window_t parent)
{
    struct top *t = tree_top(a, tree_top_of(a, parent));

    if (!t || t->client)
        return;
    /* A window embedded into another program's managed window is no client of a frame. */
    if (x_card(a, t->xid, a->atom[ATOM_WM_STATE]))
        return;
    t->client = client;
    t->check = true;
}

static xcb_window_t find_client(struct agent *a, xcb_window_t xid, int depth)
{
    xcb_query_tree_reply_t *tree;
    xcb_window_t found = 0;

    if (x_card(a, xid, a->atom[ATOM_WM_STATE]))
        return xid;
    if (depth >= FRAME_DEPTH)
        return 0;
    tree = xcb_query_tree_reply(a->x, xcb_query_tree(a->x, xid), NULL);
    for (int i = 0; tree && i < tree->children_len && !found; i++)
        found = find_client(a, xcb_query_tree_children(tree)[i], depth + 1);
    free(tree);
    return found;
}

/* The manager's list is the last word on what is a client. */
static void look_at_client_list(struct agent *a)
{
    xcb_get_property_reply_t *reply =
        x_answer(a, x_ask(a, a->root, a->atom[ATOM__NET_CLIENT_LIST], CLIENTS_MAX));
    size_t count;
    const uint32_t *clients = x_items(reply, &count);

    for (size_t i = 0; i < count; i++) {
        struct top *t;

        if (tree_win_of(a, clients[i]) || !is_foreign(a, clients[i]))
            continue;
        t = tree_top(a, tree_top_of(a, clients[i]));
        if (!t)
            continue;
        if (t->xid != clients[i] && t->client != clients[i]) {
            t->client = clients[i];
            select_events(a, clients[i]);
        }
        t->check = true;
    }
    free(reply);
}

void tree_start(struct agent *a)
{
    uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
                    XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_FOCUS_CHANGE;
    xcb_query_tree_reply_t *tree;

    xcb_change_window_attributes(a->x, a->root, XCB_CW_EVENT_MASK, &mask);
    a->next_id = x_card(a, a->root, a->atom[ATOM__ORIEL_NEXT_ID]);
    if (!a->next_id)
        a->next_id = 1;
    tree = xcb_query_tree_reply(a->x, xcb_query_tree(a->x, a->root), NULL);
    for (int i = 0; tree && i < tree->children_len; i++) {
        struct top *t = top_add(a, xcb_query_tree_children(tree)[i]);
        xcb_window_t client = t ? find_client(a, t->xid, 0) : 0;

        if (client && client != t->xid) {
            t->client = client;
            select_events(a, client);
        }
    }
    free(tree);
    look_at_client_list(a);
    a->starting = true;
    tree_settle(a);
    a->starting = false;
}

void tree_finish(struct agent *a)
{
    while (a->top_count)
        free(a->tops[--a->top_count]);
    free(a->tops);
    while (a->wins)
        tree_drop_gone(a, a->wins);
}

static void look_again(struct agent *a, xcb_window_t subject)
{
    for (size_t i = 0; i < a->top_count; i++)
        if (a->tops[i]->xid == subject || a->tops[i]->client == subject)
            a->tops[i]->check = true;
}

static void on_reparent(struct agent *a, const xcb_reparent_notify_event_t *e)
{
    struct top *t = tree_top(a, e->window);

    if (e->parent == a->root) {
        client_leaves(a, e->window);
        if ((t = top_add(a, e->window)))
            t->check = true;
    } else if (e->event == a->root && t) {
        struct win *w = tree_win_of(a, e->window);

        /* The win stays while its subject moves into a frame. */
        if (w)
            w->top = 0;
        top_remove(a, t);
        client_enters(a, e->window, e->parent);
    }
}

static void on_configure(struct agent *a, const xcb_configure_notify_event_t *e)
{
    struct top *t = e->event == a->root ? tree_top(a, e->window) : NULL;
    struct win *w;

    if (e->window == a->root) {
        a->desktop_check = true;
        return;
    }
    if (t) {
        t->x = e->x, t->y = e->y, t->w = e->width, t->h = e->height;
        t->border = e->border_width;
        t->override_redirect = e->override_redirect;
        if (t->below != e->above_sibling)
            a->order_check = true;
        w = tree_win_at(a, t->xid);
        if (!w && t->mapped)
            t->check = true;
    } else {
        w = tree_win_of(a, e->window);
    }
    if (w)
        w->fetch |= FETCH_PLACE;
}

static void on_map(struct agent *a, xcb_window_t event, xcb_window_t xid, bool mapped)
{
    struct top *t = event == a->root ? tree_top(a, xid) : NULL;

    if (t) {
        t->mapped = mapped;
        t->check = true;
        a->focus_check = true;
    }
}

static void on_destroy(struct agent *a, xcb_window_t event, xcb_window_t xid)
{
    struct top *t = tree_top(a, xid);
    struct win *w;

    if (event == a->root) {
        if (t)
            top_remove(a, t);
        return;
    }
    client_leaves(a, xid);
    if ((w = tree_win_of(a, xid)))
        win_gone(a, w);
}

static void on_property(struct agent *a, const xcb_property_notify_event_t *e)
{
    if (e->window == a->root && e->atom == a->atom[ATOM__NET_CLIENT_LIST])
        look_at_client_list(a);
    else if (e->atom == a->atom[ATOM_WM_STATE])
        look_again(a, e->window);
    else
        props_event(a, e);
}

void tree_event(struct agent *a, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;

    if (a->shape_event && type == a->shape_event + XCB_SHAPE_NOTIFY) {
        struct win *w = tree_win_of(a, ((const xcb_shape_notify_event_t *)event)->affected_window);

        if (w)
            w->fetch |= FETCH_SHAPE;
        return;
    }
    switch (type) {
    case XCB_CREATE_NOTIFY: {
        const xcb_create_notify_event_t *e = (const void *)event;

        if (e->parent == a->root)
            top_add(a, e->window);
        break;
    }
    case XCB_DESTROY_NOTIFY: {
        const xcb_destroy_notify_event_t *e = (const void *)event;

        on_destroy(a, e->event, e->window);
        break;
    }
    case XCB_MAP_NOTIFY: {
        const xcb_map_notify_event_t *e = (const void *)event;
        struct top *t = tree_top(a, e->window);

        if (t)
            t->override_redirect = e->override_redirect;
        on_map(a, e->event, e->window, true);
        break;
    }
    case XCB_UNMAP_NOTIFY: {
        const xcb_unmap_notify_event_t *e = (const void *)event;

        on_map(a, e->event, e->window, false);
        break;
    }
    case XCB_REPARENT_NOTIFY:
        on_reparent(a, (const void *)event);
        break;
    case XCB_CONFIGURE_NOTIFY:
        on_configure(a, (const void *)event);
        break;
    case XCB_GRAVITY_NOTIFY:
        break;
    case XCB_CIRCULATE_NOTIFY:
        a->order_check = true;
        break;
    case XCB_PROPERTY_NOTIFY:
        on_property(a, (const void *)event);
        break;
    case XCB_FOCUS_IN:
    case XCB_FOCUS_OUT:
        a->focus_check = true;
        break;
    }
}

static void look_at_order(struct agent *a)
{
    xcb_query_tree_reply_t *tree = xcb_query_tree_reply(a->x, xcb_query_tree(a->x, a->root), NULL);
    xcb_window_t below = 0;
    size_t sorted = 0;

    a->order_check = false;
    for (int i = 0; tree && i < tree->children_len; i++) {
        xcb_window_t xid = xcb_query_tree_children(tree)[i];

        for (size_t k = sorted; k < a->top_count; k++) {
            struct top *t = a->tops[k];

            if (t->xid != xid)
                continue;
            memmove(&a->tops[sorted + 1], &a->tops[sorted], (k - sorted) * sizeof *a->tops);
            a->tops[sorted++] = t;
            t->below = below;
            break;
        }
        below = xid;
    }
    free(tree);
    a->order_dirty = true;
}

static void look_at_focus(struct agent *a)
{
    xcb_get_input_focus_reply_t *focus =
        xcb_get_input_focus_reply(a->x, xcb_get_input_focus(a->x), NULL);
    struct win *w = NULL;

    a->focus_check = false;
    if (focus && focus->focus > XCB_INPUT_FOCUS_POINTER_ROOT && focus->focus != a->root) {
        xcb_window_t top;

        if (!(w = tree_win_of(a, focus->focus)) && (top = tree_top_of(a, focus->focus)))
            w = tree_win_at(a, top);
    }
    free(focus);
    if (a->active != (w ? w->id : 0)) {
        a->active = w ? w->id : 0;
        a->active_dirty = true;
    }
}

void tree_settle(struct agent *a)
{
    for (size_t i = 0; i < a->top_count; i++)
        if (a->tops[i]->check)
            top_look(a, a->tops[i]);
    for (struct win *w = a->wins, *next; w; w = next) {
        next = w->next;
        if (w->gone)
            continue;
        if (!w->top)
            win_gone(a, w); /* it went into another program's window */
        else if (w->fetch)
            props_refresh(a, w);
    }
    if (a->order_check)
        look_at_order(a);
    if (a->focus_check)
        look_at_focus(a);
}
