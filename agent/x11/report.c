/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host is told: the present value of every fact that it does not know yet. While the
 * channel is backed up, or the host's allowance of messages is used up, facts stay dirty and
 * nothing is queued; a later value simply takes the place of an earlier one. Windows take turns, so
 * that one that changes all the time does not keep the others waiting.
 *
 * After the greeting a statement of everything is made, between SYNC_BEGIN and SYNC_END.
 */
#include "agent.h"

#include "base/arith.h"
#include "base/mem.h"
#include "props_parse.h"

#include <stdlib.h>
#include <string.h>

enum {
    BACKED_UP = 64 << 10, /* bytes waiting, above which nothing more is said */
    TOKEN = 1000,
    TOKENS_MAX = WIN_RATE_BURST / 2 * TOKEN,
    TOKENS_PER_MS = WIN_RATE_SUSTAINED * 3 / 4, /* 1/1000 of messages */
};

static void say(struct agent *a, const struct win_msg *msg)
{
    size_t before = a->out.len;

    win_msg_encode(&a->out, msg);
    a->tokens -= TOKEN * (int64_t)(1 + (a->out.len - before) / WIN_RATE_BYTES);
}

static bool may_say(const struct agent *a)
{
    return a->tokens >= TOKEN && a->out.len < BACKED_UP;
}

static void refill(struct agent *a)
{
    uint64_t passed = MIN_OF(a->now - a->tokens_time, (uint64_t)60000000);

    a->tokens = MIN_OF(a->tokens + (int64_t)(passed * TOKENS_PER_MS / 1000), (int64_t)TOKENS_MAX);
    a->tokens_time = a->now;
}

void report_ack(struct agent *a, uint32_t serial, uint8_t result)
{
    if (a->open && serial)
        say(a, &(struct win_msg){.type = WIN_ACK, .ack = {serial, result}});
}

/* ---- A window's facts -------------------------------------------------------------------------
 */

static struct win_text text_of(const char *text)
{
    return text ? (struct win_text){text, strlen(text)} : (struct win_text){"", 0};
}

static void say_window(struct agent *a, struct win *w)
{
    say(a, &(struct win_msg){.type = WIN_WINDOW,
                             .window = {.id = w->id,
                                        .parent = w->parent,
                                        .kind = w->kind,
                                        .flags = w->flags,
                                        .place = frames_place(w),
                                        .source = w->place,
                                        .serial = w->serial}});
    w->stated = true;
}

static void say_shape(struct agent *a, struct win *w)
{
    struct win_msg msg = {.type = WIN_SHAPE, .shape = {.id = w->id}};
    uint64_t hash;

    msg.shape.count = props_shape(a, w, &msg.shape.rects);
    hash = msg.shape.count ? props_hash(msg.shape.rects, msg.shape.count * sizeof(struct rect)) : 0;
    if (w->unstated || hash != w->shape_hash)
        say(a, &msg);
    w->shape_hash = hash;
    free(msg.shape.rects);
}

static void say_icon(struct agent *a, struct win *w)
{
    struct win_msg msg = {.type = WIN_ICON, .icon = {.id = w->id}};
    struct win_icon *icon = &msg.icon;
    uint64_t hash = 0;

    icon->pixels = icon_fetch(a, w, &icon->width, &icon->height);
    if (icon->pixels)
        hash = props_hash(icon->pixels, (size_t)icon->width * icon->height * 4);
    if (w->unstated || hash != w->icon_hash)
        say(a, &msg);
    w->icon_hash = hash;
    free(icon->pixels);
}

static void say_fact(struct agent *a, struct win *w, enum fact fact)
{
    struct win_msg msg = {0};

    switch (fact) {
    case FACT_WINDOW:
        say_window(a, w);
        return;
    case FACT_FRAME:
        msg.type = WIN_FRAME;
        msg.frame = (struct win_frame){w->id, {w->frame, w->shadow}};
        break;
    case FACT_TITLE:
        msg.type = WIN_TITLE;
        msg.title = (struct win_title){w->id, text_of(w->title)};
        break;
    case FACT_APP:
        msg.type = WIN_APP;
        msg.app = (struct win_app){w->id, text_of(w->app_id), text_of(w->instance),
                                   text_of(w->class_name), w->pid};
        break;
    case FACT_STATE:
        msg.type = WIN_STATE;
        msg.state = (struct win_state){w->id, w->state};
        break;
    case FACT_LIMITS:
        msg.type = WIN_LIMITS;
        msg.limits = (struct win_limits){w->id, w->limits};
        break;
    case FACT_SHAPE:
        say_shape(a, w);
        return;
    case FACT_ICON:
        say_icon(a, w);
        return;
    default:
        return;
    }
    say(a, &msg);
}

/* Says what is dirty of one window; false when it had to stop. */
static bool say_dirty(struct agent *a, struct win *w)
{
    if (rect_is_empty(w->place))
        return true; /* it died before its place was known */
    for (unsigned fact = 1; fact < FACT_ALL; fact <<= 1) {
        if (!(w->dirty & fact))
            continue;
        if (!may_say(a))
            return false;
        w->dirty &= ~fact;
        say_fact(a, w, (enum fact)fact);
    }
    w->unstated = false;
    return true;
}

static bool say_gone(struct agent *a)
{
    for (struct win *w = a->wins, *next; w; w = next) {
        next = w->next;
        if (!w->gone)
            continue;
        if (!may_say(a))
            return false;
        say(a, &(struct win_msg){.type = WIN_GONE, .id = {w->id, 0}});
        tree_drop_gone(a, w);
    }
    return true;
}

/* One round over all windows, beginning behind the one that was served last. */
static bool say_windows(struct agent *a)
{
    uint32_t start = a->turn;

    for (int round = 0; round < 2; round++) {
        for (struct win *w = a->wins; w; w = w->next) {
            if (w->gone || !w->dirty || (w->id > start) != (round == 0))
                continue;
            if (!say_dirty(a, w))
                return false;
            a->turn = w->id;
        }
    }
    a->turn = 0;
    return true;
}

/* ---- The desktop's facts ----------------------------------------------------------------------
 */

static void say_desktop(struct agent *a)
{
    a->desktop_dirty = false;
    say(a, &(struct win_msg){.type = WIN_DESKTOP,
                             .desktop = {a->width, a->height, a->work_area, 120}});
}

static void say_order(struct agent *a)
{
    uint32_t *ids = mem_alloc0(a->top_count + 1, sizeof *ids);
    uint32_t count = 0;
    bool asked =
        a->order_wanted && a->order_wanted != a->order_serial && manager_passed(a, a->order_ticket);

    a->order_dirty = false;
    for (size_t i = 0; i < a->top_count && count < WINDOW_MAX_COUNT; i++) {
        const struct win *w = tree_win_at(a, a->tops[i]->xid);

        if (w && w->stated)
            ids[count++] = w->id;
    }
    if (asked)
        a->order_serial = a->order_wanted;
    if (asked || a->syncing || count != a->last_order_count ||
        (count && memcmp(ids, a->last_order, count * sizeof *ids)))
        say(a, &(struct win_msg){.type = WIN_STACK, .order = {a->order_serial, count, ids}});
    free(a->last_order);
    a->last_order = ids;
    a->last_order_count = count;
}

static void say_active(struct agent *a)
{
    const struct win *w = tree_win(a, a->active);

    a->active_dirty = false;
    say(a, &(struct win_msg){.type = WIN_ACTIVE,
                             .active = {w && w->stated ? w->id : 0, a->active_serial}});
}

static void say_sync(struct agent *a, enum win_type type)
{
    say(a, &(struct win_msg){.type = type, .sync = {a->epoch}});
}

void report_opened(struct agent *a)
{
    a->open = true;
    a->syncing = true;
    a->epoch++;
    for (struct win *w = a->wins, *next; w; w = next) {
        next = w->next;
        if (w->gone) {
            tree_drop_gone(a, w); /* what is not stated is gone */
            continue;
        }
        w->stated = false;
        w->unstated = true;
        w->dirty = FACT_ALL;
        w->serial = w->wanted_serial = 0;
    }
    a->turn = 0;
    a->active_serial = a->order_serial = a->order_wanted = 0;
    a->activation = (struct activation){0};
    a->ack_count = 0;
    a->desktop_dirty = a->order_dirty = a->active_dirty = true;
    say_sync(a, WIN_SYNC_BEGIN);
}

void report_closed(struct agent *a)
{
    a->open = a->syncing = false;
    buf_finish(&a->out);
    for (struct win *w = a->wins, *next; w; w = next) {
        next = w->next;
        if (w->gone)
            tree_drop_gone(a, w);
        else
            w->stated = w->unstated = false;
    }
}

/* ---- Answers that waited for the manager ------------------------------------------------------
 */

void report_settle(struct agent *a)
{
    if (a->order_wanted != a->order_serial && manager_passed(a, a->order_ticket))
        a->order_check = true;
    if (a->activation.deadline && manager_passed(a, a->activation.ticket))
        a->focus_check = true;
}

void report_flush(struct agent *a)
{
    refill(a);
    if (!a->open)
        return;
    if (!say_gone(a))
        return;
    if (a->desktop_dirty && may_say(a))
        say_desktop(a);
    if (!say_windows(a))
        return;
    if (a->order_dirty && may_say(a))
        say_order(a);
    if (a->active_dirty && may_say(a))
        say_active(a);
    if (a->syncing && !a->desktop_dirty && !a->order_dirty && !a->active_dirty) {
        a->syncing = false;
        say_sync(a, WIN_SYNC_END);
    }
}

bool report_waiting(const struct agent *a, uint64_t *until)
{
    bool waiting = a->desktop_dirty || a->order_dirty || a->active_dirty;

    if (!a->open || a->tokens >= TOKEN || a->out.len >= BACKED_UP)
        return false;
    for (const struct win *w = a->wins; w && !waiting; w = w->next)
        waiting = w->dirty || w->gone;
    if (waiting)
        *until = a->now + 50000;
    return waiting;
}
