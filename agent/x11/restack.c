/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTACK: the order that the host wants. Some managers put a window exactly above or below its
 * sibling; openbox takes "above it" as "to the top" and "below it" as "to the bottom". So either
 * the upper part of the order is raised, lowest first, or the lower part is lowered, highest first:
 * right under both readings. A manager that knows _NET_RESTACK_WINDOW is asked so; one that doesn't
 * (xfwm4) takes a ConfigureRequest sent to the root. Without a manager the order is simply made.
 * Menus and other unmanaged windows stay where they are while there is a manager.
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
    size_t level; /* in the present order */
};

static size_t level_of(const struct agent *a, xcb_window_t top)
{
    size_t i = 0;

    while (i < a->top_count && a->tops[i]->xid != top)
        i++;
    return i;
}

/* The lowest windows of the wanted order that stand in it already, or the highest; the fewer moves
   decide. */
static void make_order(struct agent *a, const struct entry *list, size_t count)
{
    size_t low = 1, high = count - 1;

    while (low < count && list[low].level > list[low - 1].level)
        low++;
    while (high > 0 && list[high - 1].level < list[high].level)
        high--;
    if (count - low <= high) {
        for (size_t i = low; i < count; i++)
            put_next_to(a, list[i].win, list[i - 1].win, XCB_STACK_MODE_ABOVE);
    } else {
        for (size_t i = high; i-- > 0;)
            put_next_to(a, list[i].win, list[i + 1].win, XCB_STACK_MODE_BELOW);
    }
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
    if (count > 1)
        make_order(a, list, count);
    free(list);
    a->order_wanted = order->serial;
    a->order_ticket = manager_barrier(a);
}
