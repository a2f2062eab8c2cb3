/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window manager: what it can be asked for, and barriers. A manager answers requests whenever
 * it gets round to them, in order; so that an answer to the host tells what really came about, the
 * agent asks the manager for something small afterwards (_NET_REQUEST_FRAME_EXTENTS for a window of
 * our own), and when that is answered everything before it has been dealt with. The windows take
 * turns, so that a late answer is not taken for the next one. One barrier is
 * under way at a time; what is asked meanwhile waits for the next. A manager that does not know the
 * request is given a moment instead.
 */
#include "agent.h"

#include "base/arith.h"

#include <stdlib.h>

enum {
    SUPPORTED_MAX = 1024,
    PATIENCE = 1500000, /* µs for a manager that answers, under emulation on a busy host too */
    NO_ANSWER = 100000, /* µs for one that has no answer */
};

static bool is_running(struct agent *a)
{
    xcb_get_window_attributes_reply_t *attr =
        xcb_get_window_attributes_reply(a->x, xcb_get_window_attributes(a->x, a->root), NULL);
    bool running = attr && attr->all_event_masks & XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT;

    free(attr);
    return running;
}

void manager_refresh(struct agent *a)
{
    xcb_get_property_cookie_t cookie =
        x_ask(a, a->root, a->atom[ATOM__NET_SUPPORTED], SUPPORTED_MAX);
    bool running = is_running(a);
    xcb_get_property_reply_t *reply = x_answer(a, cookie);
    size_t count;
    const uint32_t *atoms = x_items(reply, &count);
    struct manager *m = &a->wm;
    const struct {
        bool *flag;
        enum atom_name atom;
    } table[] = {
        {&m->moveresize, ATOM__NET_MOVERESIZE_WINDOW},
        {&m->restack, ATOM__NET_RESTACK_WINDOW},
        {&m->active, ATOM__NET_ACTIVE_WINDOW},
        {&m->close, ATOM__NET_CLOSE_WINDOW},
        {&m->state, ATOM__NET_WM_STATE},
        {&m->extents, ATOM__NET_REQUEST_FRAME_EXTENTS},
    };

    m->running = running;
    for (size_t k = 0; k < ARRAY_LEN(table); k++) {
        *table[k].flag = false;
        for (size_t i = 0; running && i < count; i++)
            *table[k].flag |= atoms[i] == a->atom[table[k].atom];
    }
    free(reply);
}

void manager_start(struct agent *a)
{
    uint32_t values[] = {1, XCB_EVENT_MASK_PROPERTY_CHANGE};

    /* An agent that was killed may have left a question behind, and this one may have got the same
       numbers for its windows: begin somewhere else. */
    for (uint64_t skip = x_clock() % 1024; skip > 0; skip--)
        xcb_generate_id(a->x);
    for (int i = 0; i < PROBES; i++) {
        a->wm.probes[i] = xcb_generate_id(a->x);
        xcb_create_window(a->x, XCB_COPY_FROM_PARENT, a->wm.probes[i], a->root, -10, -10, 1, 1, 0,
                          XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                          XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    }
    a->wm.sent = a->wm.done = 1; /* a ticket is never 0 */
    manager_refresh(a);
}

static void send_barrier(struct agent *a)
{
    struct manager *m = &a->wm;
    static const uint32_t nothing[5];

    m->again = false;
    m->sent++;
    if (!m->running) {
        m->done = m->sent; /* the X server itself carries out requests in order */
        return;
    }
    m->deadline = a->now + (m->extents ? PATIENCE : NO_ANSWER);
    if (m->extents)
        x_tell_manager(a, m->probes[m->sent % PROBES], ATOM__NET_REQUEST_FRAME_EXTENTS, nothing);
}

uint64_t manager_barrier(struct agent *a)
{
    struct manager *m = &a->wm;

    if (m->sent == m->done) {
        send_barrier(a);
        return m->sent;
    }
    m->again = true;
    return m->sent + 1;
}

bool manager_passed(const struct agent *a, uint64_t ticket)
{
    return ticket <= a->wm.done;
}

static void pass(struct agent *a)
{
    a->wm.done = a->wm.sent;
    a->wm.deadline = 0;
    if (a->wm.again)
        send_barrier(a);
}

void manager_answered(struct agent *a, xcb_window_t probe)
{
    if (a->wm.done < a->wm.sent && probe == a->wm.probes[a->wm.sent % PROBES])
        pass(a);
}

void manager_timer(struct agent *a)
{
    if (a->wm.deadline && a->now >= a->wm.deadline) {
        manager_refresh(a); /* it may have gone meanwhile */
        pass(a);
    }
}
