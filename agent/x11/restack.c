/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTACK: the order that the host wants, reached with as few moves as possible: windows that stand
 * in the right order already are left alone (the longest such run of the present order), and each
 * other one is put next to its neighbour. A manager that knows _NET_RESTACK_WINDOW is asked so; one
 * that doesn't (xfwm4) takes a ConfigureRequest sent to the root. Without a manager the order is
 * simply made. Menus and other unmanaged windows stay where they are while there is a manager.
 */
#include "agent.h"

#include "base/mem.h"

#include <stdlib.h>

static void put_next_to(struct agent *a, const struct win *w, const struct win *sibling,
                        uint32_t mode)
{
    if (!a->wm.running || !w->managed) {
        uint32_t values[2] = {sibling->top, mode};

        xcb_configure_window(a->x, w->top, XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE,
                             values);
    } else if (a->wm.restack) {
        uint32_t data[5] = {2, sibling->xid, mode, 0, 0};

        x_tell_manager(a, w->xid, ATOM__NET_RESTACK_WINDOW, data);
    } else {
        xcb_configure_request_event_t event = {
            .response_type = XCB_CONFIGURE_REQUEST,
            .stack_mode = (uint8_t)mode,
            .parent = a->root,
            .window = w->xid,
            .sibling = sibling->xid,
            .value_mask = XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE,
        };

        xcb_send_event(a->x, 0, a->root,
                       XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                       (const char *)&event);
    }
}

struct entry {
    struct win *win;
    size_t level;  /* in the present order */
    size_t length; /* of the longest rising run that ends here */
    size_t before; /* the one before in that run, by index; its own index: none */
    bool stays;
};

static size_t level_of(const struct agent *a, xcb_window_t top)
{
    size_t i = 0;

    while (i < a->top_count && a->tops[i]->xid != top)
        i++;
    return i;
}

/* Marks the windows that stay. */
static void find_stays(struct entry *list, size_t count)
{
    size_t best = 0, at;

    for (size_t i = 0; i < count; i++) {
        list[i].length = 1;
        list[i].before = i;
        for (size_t k = 0; k < i; k++) {
            if (list[k].level < list[i].level && list[k].length + 1 > list[i].length) {
                list[i].length = list[k].length + 1;
                list[i].before = k;
            }
        }
        if (list[i].length > list[best].length)
            best = i;
    }
    for (at = best; list[at].before != at; at = list[at].before)
        list[at].stays = true;
    list[at].stays = true;
}

static void move_the_rest(struct agent *a, const struct entry *list, size_t count)
{
    size_t first = 0;

    while (first < count && !list[first].stays)
        first++;
    for (size_t i = first; i-- > 0;)
        put_next_to(a, list[i].win, list[i + 1].win, XCB_STACK_MODE_BELOW);
    for (size_t i = first + 1; i < count; i++)
        if (!list[i].stays)
            put_next_to(a, list[i].win, list[i - 1].win, XCB_STACK_MODE_ABOVE);
}

void restack_take(struct agent *a, const struct win_order *order)
{
    struct entry *list = mem_alloc0((size_t)order->count + 1, sizeof *list);
    size_t count = 0;

    for (uint32_t i = 0; i < order->count; i++) {
        struct win *w = tree_win(a, order->ids[i]);

        if (!w || (a->wm.running && !w->managed))
            continue;
        list[count++] = (struct entry){.win = w, .level = level_of(a, w->top)};
    }
    if (count > 1) {
        find_stays(list, count);
        move_the_rest(a, list, count);
    }
    free(list);
    a->order_wanted = order->serial;
    a->order_ticket = manager_barrier(a);
}
