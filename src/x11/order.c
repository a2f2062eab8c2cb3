/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stacking order, mirrored both ways through agree.h's machine. The host's order is the window
 * manager's list; what is compared is the order of the windows that both sides know.
 *
 * Restacking on the host moves as few windows as possible, each next to a neighbour that stands
 * right already: by _NET_RESTACK_WINDOW where the manager has it, else by a synthetic
 * ConfigureRequest to the root with a sibling (xfwm4). Neither moves the focus, and neither takes
 * the group out from among other programs' windows, as lowering or raising all of them would.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER_ASK_MS = 400, ORDER_MAX = WINDOW_MAX_COUNT };

static void list_finish(struct id_list *list)
{
    free(list->ids);
    *list = (struct id_list){0};
}

void order_finish(struct order_sync *order)
{
    list_finish(&order->host);
    list_finish(&order->told);
    list_finish(&order->asked);
    *order = (struct order_sync){0};
}

static void list_copy(struct id_list *to, const struct id_list *from)
{
    free(to->ids);
    to->ids = from->count ? mem_dup(from->ids, from->count * sizeof(*from->ids)) : NULL;
    to->count = from->count;
}

static bool list_equal(const struct id_list *a, const struct id_list *b)
{
    return a->count == b->count && (!a->count || !memcmp(a->ids, b->ids, a->count * 4));
}

static uint32_t list_index(const struct id_list *list, uint32_t id)
{
    uint32_t i = 0;

    while (i < list->count && list->ids[i] != id)
        i++;
    return i;
}

static void list_remove(struct id_list *list, uint32_t id)
{
    uint32_t i = list_index(list, id);

    if (i < list->count)
        memmove(list->ids + i, list->ids + i + 1, (--list->count - i) * sizeof(*list->ids));
}

/* The guest's order of the windows that the host lists; the caller finishes it. */
static struct id_list guest_order(const struct x11_sink *sink)
{
    const struct scene *scene = sink->scene;
    struct id_list list = {mem_alloc0(scene->stack_count + 1, 4), 0};

    for (uint32_t i = 0; i < scene->stack_count; i++) {
        const struct host_window *hw = window_by_id(sink, scene->stack[i]);

        if (hw && hw->in_order)
            list.ids[list.count++] = hw->id;
    }
    return list;
}

static bool is_guest_order(const struct x11_sink *sink, const struct id_list *list)
{
    struct id_list guest = guest_order(sink);
    bool same = list_equal(&guest, list);

    list_finish(&guest);
    return same;
}

/*
 * Marks the longest run of windows that stand in the right order already: rank[i] is the place in
 * the wanted order of the host's i-th window.
 */
static void mark_longest_run(const uint32_t *rank, uint32_t count, bool *stays)
{
    cleanup_free uint32_t *length = mem_alloc0(count + 1, sizeof(*length));
    cleanup_free uint32_t *before = mem_alloc0(count + 1, sizeof(*before));
    uint32_t best = 0;

    for (uint32_t i = 0; i < count; i++) {
        before[i] = i;
        length[i] = 1;
        for (uint32_t k = 0; k < i; k++)
            if (rank[k] < rank[i] && length[k] + 1 > length[i]) {
                length[i] = length[k] + 1;
                before[i] = k;
            }
        if (length[i] > length[best])
            best = i;
    }
    for (uint32_t i = best;; i = before[i]) {
        stays[rank[i]] = true;
        if (before[i] == i)
            break;
    }
}

static void restack(struct x11_sink *sink, uint32_t id, uint32_t sibling_id, uint32_t mode)
{
    struct display *d = &sink->display;
    xcb_window_t window = window_by_id(sink, id)->xid;
    xcb_window_t sibling = window_by_id(sink, sibling_id)->xid;
    uint16_t mask = XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE;
    xcb_configure_request_event_t e = {.response_type = XCB_CONFIGURE_REQUEST,
                                       .stack_mode = (uint8_t)mode,
                                       .parent = d->root,
                                       .window = window,
                                       .sibling = sibling,
                                       .value_mask = mask};

    if (!d->has_manager)
        xcb_configure_window(d->c, window, mask, (uint32_t[2]){sibling, mode});
    else if (d->has_restack)
        display_tell_manager(d, window, d->atom._NET_RESTACK_WINDOW,
                             (uint32_t[5]){2, sibling, mode, 0, 0});
    else
        xcb_send_event(d->c, false, d->root,
                       XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                       (const char *)&e);
}

/* From the top down, so that each window's upper neighbour is right when it is its turn. */
static void restack_all(struct x11_sink *sink, const struct id_list *wanted)
{
    const struct id_list *host = &sink->order.host;
    uint32_t count = wanted->count;
    cleanup_free uint32_t *rank = mem_alloc0(count + 1, sizeof(*rank));
    cleanup_free bool *stays = mem_alloc0(count + 1, sizeof(*stays));

    for (uint32_t i = 0; i < count; i++)
        rank[i] = list_index(wanted, host->ids[i]);
    mark_longest_run(rank, count, stays);
    for (uint32_t i = count; i-- > 0;) {
        if (stays[i])
            continue;
        if (i == count - 1)
            restack(sink, wanted->ids[i], host->ids[count - 1], XCB_STACK_MODE_ABOVE);
        else
            restack(sink, wanted->ids[i], wanted->ids[i + 1], XCB_STACK_MODE_BELOW);
    }
}

static void ask_host(struct x11_sink *sink)
{
    struct order_sync *o = &sink->order;
    struct id_list wanted = guest_order(sink);

    if (wanted.count == o->host.count && !list_equal(&wanted, &o->host)) {
        restack_all(sink, &wanted);
        if (sink->display.has_stacking) {
            list_copy(&o->asked, &wanted);
            agree_asked(&o->agree);
            o->deadline = sink_deadline(sink, ORDER_ASK_MS);
        } else {
            list_copy(&o->host, &wanted); /* the server obeys */
        }
    }
    list_finish(&wanted);
}

static void tell_guest(struct x11_sink *sink)
{
    struct order_sync *o = &sink->order;
    struct win_msg m = {WIN_RESTACK};

    list_copy(&o->told, &o->host);
    agree_told(&o->agree, sink_next_serial(sink));
    m.order = (struct win_order){o->agree.open, o->told.count, o->told.ids};
    sink_send(sink, &m);
}

static void act(struct x11_sink *sink, enum agree_action action)
{
    if (action == AGREE_TELL_GUEST)
        tell_guest(sink);
    else if (action == AGREE_ASK_HOST)
        ask_host(sink);
    if (!sink->order.agree.asking)
        sink->order.deadline = 0;
}

void order_guest_changed(struct x11_sink *sink)
{
    struct order_sync *o = &sink->order;

    if (sink->scene->stack_revision == o->seen)
        return;
    o->seen = sink->scene->stack_revision;
    sink_saw_serial(sink, sink->scene->stack_serial);
    act(sink, agree_guest(&o->agree, sink->scene->stack_serial, is_guest_order(sink, &o->asked),
                          is_guest_order(sink, &o->host)));
}

/* Takes the host's list of all windows, bottom to top, and keeps ours. True: some are new in it. */
static bool take_host_list(struct x11_sink *sink, const uint32_t *xids, uint32_t count)
{
    struct order_sync *o = &sink->order;
    bool gained = false;
    GHashTableIter i;
    gpointer value;

    for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
        ((struct host_window *)value)->in_order = false;
    o->host.ids = mem_resize(o->host.ids, count + 1, sizeof(*o->host.ids));
    o->host.count = 0;
    for (uint32_t k = 0; k < count; k++) {
        struct host_window *hw = window_by_xid(sink, xids[k]);

        if (!hw || hw->role != ROLE_MANAGED || hw->in_order)
            continue;
        gained |= !hw->ever_in_order;
        hw->in_order = hw->ever_in_order = true;
        o->host.ids[o->host.count++] = hw->id;
    }
    return gained;
}

/* Without a manager the server's own tree is the order. */
static bool read_host_list(struct x11_sink *sink)
{
    struct display *d = &sink->display;
    bool gained = false;

    if (d->has_stacking) {
        cleanup_free uint32_t *xids = mem_alloc0(ORDER_MAX, sizeof(*xids));
        uint32_t count = display_get_property(d, d->root, d->atom._NET_CLIENT_LIST_STACKING,
                                              XCB_ATOM_WINDOW, xids, ORDER_MAX);
        gained = take_host_list(sink, xids, count);
    } else {
        xcb_query_tree_reply_t *r = xcb_query_tree_reply(d->c, xcb_query_tree(d->c, d->root), NULL);

        if (r)
            gained = take_host_list(sink, xcb_query_tree_children(r), r->children_len);
        free(r);
    }
    return gained;
}

/* Where a manager puts a new window (under the active one, often) is nobody's wish: the guest's
 * order is asked for. Any other change is the person's. */
void order_settle(struct x11_sink *sink)
{
    struct order_sync *o = &sink->order;
    bool gained;

    if (!o->changed)
        return;
    o->changed = false;
    gained = read_host_list(sink);
    if (gained && !o->agree.open)
        act(sink, is_guest_order(sink, &o->host) ? AGREE_NOTHING : AGREE_ASK_HOST);
    else
        act(sink, agree_host(&o->agree, list_equal(&o->host, &o->asked),
                             o->agree.open ? list_equal(&o->host, &o->told)
                                           : is_guest_order(sink, &o->host)));
}

void order_deadline(struct x11_sink *sink, int64_t now)
{
    struct order_sync *o = &sink->order;

    if (!o->deadline || now < o->deadline)
        return;
    o->deadline = 0;
    act(sink, agree_deadline(&o->agree, is_guest_order(sink, &o->host)));
}

void order_raise(struct x11_sink *sink, struct host_window *hw)
{
    xcb_configure_window(sink->display.c, hw->xid, XCB_CONFIG_WINDOW_STACK_MODE,
                         (uint32_t[1]){XCB_STACK_MODE_ABOVE});
    sink->order.changed = true;
}

void order_forget(struct x11_sink *sink, uint32_t id)
{
    list_remove(&sink->order.host, id);
    list_remove(&sink->order.told, id);
    list_remove(&sink->order.asked, id);
}
