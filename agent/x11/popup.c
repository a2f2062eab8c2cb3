/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kind of window it is, and to which other window it belongs. Dialogs say it themselves
 * (WM_TRANSIENT_FOR); menus of old toolkits say nothing at all, so the owner of a popup is, in this
 * order: what it names; the menu of the same program that is open already; the window that had the
 * last key or press; the window with the keyboard; the program's topmost window.
 */
#include "agent.h"

#include "base/arith.h"

#include <stdlib.h>

enum { TYPES_MAX = 16, PRESS_RECENT = 1000000 /* µs */ };

static int kind_of_types(struct agent *a, const struct win *w, const uint32_t *types, size_t count)
{
    static const struct {
        enum atom_name atom;
        enum window_kind kind;
    } table[] = {
        {ATOM__NET_WM_WINDOW_TYPE_NORMAL, WINDOW_TOPLEVEL},
        {ATOM__NET_WM_WINDOW_TYPE_DIALOG, WINDOW_DIALOG},
        {ATOM__NET_WM_WINDOW_TYPE_UTILITY, WINDOW_UTILITY},
        {ATOM__NET_WM_WINDOW_TYPE_TOOLBAR, WINDOW_UTILITY},
        {ATOM__NET_WM_WINDOW_TYPE_MENU, WINDOW_MENU},
        {ATOM__NET_WM_WINDOW_TYPE_DROPDOWN_MENU, WINDOW_MENU},
        {ATOM__NET_WM_WINDOW_TYPE_POPUP_MENU, WINDOW_MENU},
        {ATOM__NET_WM_WINDOW_TYPE_COMBO, WINDOW_MENU},
        {ATOM__NET_WM_WINDOW_TYPE_TOOLTIP, WINDOW_TOOLTIP},
        {ATOM__NET_WM_WINDOW_TYPE_DND, WINDOW_DND},
        {ATOM__NET_WM_WINDOW_TYPE_DESKTOP, WINDOW_DESKTOP},
        {ATOM__NET_WM_WINDOW_TYPE_DOCK, WINDOW_DOCK},
        {ATOM__NET_WM_WINDOW_TYPE_SPLASH, WINDOW_SPLASH},
        {ATOM__NET_WM_WINDOW_TYPE_NOTIFICATION, WINDOW_NOTIFICATION},
    };

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < ARRAY_LEN(table); k++) {
            if (types[i] != a->atom[table[k].atom])
                continue;
            if (!w->override_redirect && table[k].kind == WINDOW_MENU)
                return WINDOW_UTILITY; /* a menu torn off */
            if (w->override_redirect && table[k].kind == WINDOW_TOPLEVEL)
                break;
            return (int)table[k].kind;
        }
    }
    return -1;
}

/* An unmanaged window without a type that comes while a button is down is a menu of old style. */
static bool comes_by_press(struct agent *a)
{
    enum { BUTTONS = 0x1f00 };
    xcb_query_pointer_reply_t *pointer;
    bool down;

    if (a->input.last_press && a->now - a->input.last_press < PRESS_RECENT)
        return true;
    pointer = xcb_query_pointer_reply(a->x, xcb_query_pointer(a->x, a->root), NULL);
    down = pointer && pointer->mask & BUTTONS;
    free(pointer);
    return down;
}

static bool same_program(const struct agent *a, xcb_window_t p, xcb_window_t q)
{
    return !((p ^ q) & ~xcb_get_setup(a->x)->resource_id_mask);
}

/* The topmost shown window of w's program that `fits`. */
static struct win *topmost(struct agent *a, const struct win *w, bool menus)
{
    for (size_t i = a->top_count; i-- > 0;) {
        struct win *other = tree_win_at(a, a->tops[i]->xid);

        if (!other || other == w || !a->tops[i]->mapped || !same_program(a, other->xid, w->xid))
            continue;
        if (menus ? other->kind == WINDOW_MENU && other->override_redirect
                  : !other->override_redirect)
            return other;
    }
    return NULL;
}

static struct win *guess_owner(struct agent *a, const struct win *w)
{
    struct win *last = tree_win(a, a->input.last_id), *active = tree_win(a, a->active), *found;

    if (w->kind == WINDOW_MENU && (found = topmost(a, w, true)))
        return found;
    if (last && last != w && same_program(a, last->xid, w->xid))
        return last;
    if (active && active != w && same_program(a, active->xid, w->xid))
        return active;
    if ((found = topmost(a, w, false)))
        return found;
    return w->kind == WINDOW_MENU && last != w ? last : NULL;
}

static struct win *named_owner(struct agent *a, const struct win *w)
{
    xcb_window_t top;
    struct win *owner;

    if (!w->transient_for || w->transient_for == a->root)
        return NULL;
    if (!(owner = tree_win_of(a, w->transient_for)) && (top = tree_top_of(a, w->transient_for)))
        owner = tree_win_at(a, top);
    return owner == w ? NULL : owner;
}

/* A chain of owners that leads back to the window would have no end. */
static bool is_below(struct agent *a, const struct win *w, const struct win *owner)
{
    for (int depth = 0; owner && depth < WINDOW_MAX_COUNT; depth++) {
        if (owner == w)
            return true;
        owner = owner->parent ? tree_win(a, owner->parent) : NULL;
    }
    return owner != NULL;
}

void popup_refresh(struct agent *a, struct win *w)
{
    xcb_get_property_cookie_t types_cookie =
        x_ask(a, w->xid, a->atom[ATOM__NET_WM_WINDOW_TYPE], TYPES_MAX);
    xcb_get_property_cookie_t owner_cookie = x_ask(a, w->xid, XCB_ATOM_WM_TRANSIENT_FOR, 1);
    xcb_get_property_reply_t *types_reply = x_answer(a, types_cookie);
    xcb_get_property_reply_t *owner_reply = x_answer(a, owner_cookie);
    size_t type_count, owner_count;
    const uint32_t *types = x_items(types_reply, &type_count);
    const uint32_t *owner_item = x_items(owner_reply, &owner_count);
    int kind = kind_of_types(a, w, types, type_count);
    bool fresh = !w->stated && !w->parent;
    struct win *owner;

    w->transient_for = owner_count ? owner_item[0] : 0;
    w->typed = kind >= 0;
    if (kind < 0 && !w->override_redirect)
        kind = w->managed && w->transient_for ? WINDOW_DIALOG : WINDOW_TOPLEVEL;
    else if (kind < 0)
        kind = !fresh ? w->kind : comes_by_press(a) ? WINDOW_MENU : WINDOW_POPUP;
    if (kind != w->kind)
        w->dirty |= FACT_WINDOW;
    w->kind = (uint8_t)kind;
    owner = named_owner(a, w);
    if (!owner && w->override_redirect)
        owner = fresh ? guess_owner(a, w) : tree_win(a, w->parent);
    if (owner && is_below(a, w, owner))
        owner = NULL;
    if (w->parent != (owner ? owner->id : 0))
        w->dirty |= FACT_WINDOW;
    w->parent = owner ? owner->id : 0;
    free(types_reply);
    free(owner_reply);
}

void popup_owner_known(struct agent *a, const struct win *owner)
{
    for (struct win *w = a->wins; w; w = w->next)
        if (!w->gone && !w->parent && w->transient_for == owner->xid)
            w->fetch |= FETCH_KIND;
}
