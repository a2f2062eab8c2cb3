/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While the host draws the frames, the guest's manager is asked to draw none: the client's Motif
 * hints are set to "no decorations", and what they were is kept in a property of the window, so
 * that this agent, or the next one, can give them back. The content stays where it was: a manager
 * that moves it with its frame is asked to put it back. One change at a time: who changes his mind
 * meanwhile is heard when the manager has dealt with the last one, or content would be kept where
 * it only passes through. Clients that draw their own frame are left alone.
 */
#include "agent.h"

#include "base/arith.h"

#include <stdlib.h>
#include <string.h>

#include "props_parse.h"

enum { MOTIF_ITEMS = 5, MOTIF_DECORATIONS = 1 << 1 };

/* The window's content is to be where it is now, as soon as its frame has changed. */
static void keep_place(struct agent *a, struct win *w)
{
    w->keep = w->wanted_ticket ? w->wanted : w->place;
    w->keep_ticket = manager_barrier(a);
}

static void strip(struct agent *a, struct win *w, const uint32_t *hints, size_t count)
{
    xcb_atom_t type = a->atom[ATOM__MOTIF_WM_HINTS];
    uint32_t bare[MOTIF_ITEMS] = {0};

    count = MIN_OF(count, (size_t)MOTIF_ITEMS);
    if (count)
        memcpy(bare, hints, count * sizeof *bare);
    x_set_cards(a, w->xid, a->atom[ATOM__ORIEL_SAVED_MOTIF_HINTS], type, hints, (uint32_t)count);
    bare[0] |= MOTIF_DECORATIONS;
    bare[2] = 0;
    x_set_cards(a, w->xid, type, type, bare, MOTIF_ITEMS);
    keep_place(a, w);
}

static void give_back(struct agent *a, struct win *w, const uint32_t *saved, size_t count)
{
    static const uint32_t decorated[MOTIF_ITEMS] = {MOTIF_DECORATIONS, 0, 1, 0, 0};
    xcb_atom_t type = a->atom[ATOM__MOTIF_WM_HINTS];

    /* A manager that finds the hints gone may go on as they were (xfwm4): it is first told to
       decorate in so many words. */
    w->unhint = !count;
    if (count)
        x_set_cards(a, w->xid, type, type, saved, (uint32_t)count);
    else
        x_set_cards(a, w->xid, type, type, decorated, MOTIF_ITEMS);
    xcb_delete_property(a->x, w->xid, a->atom[ATOM__ORIEL_SAVED_MOTIF_HINTS]);
    keep_place(a, w);
}

static void frames_choose(struct agent *a, struct win *w)
{
    xcb_get_property_cookie_t now_cookie =
        x_ask(a, w->xid, a->atom[ATOM__MOTIF_WM_HINTS], MOTIF_ITEMS);
    xcb_get_property_cookie_t saved_cookie =
        x_ask(a, w->xid, a->atom[ATOM__ORIEL_SAVED_MOTIF_HINTS], MOTIF_ITEMS);
    xcb_get_property_reply_t *now = x_answer(a, now_cookie), *saved = x_answer(a, saved_cookie);
    size_t now_count, saved_count;
    const uint32_t *now_items = x_items(now, &now_count);
    const uint32_t *saved_items = x_items(saved, &saved_count);
    bool stripped = saved && parse_motif_bare(now_items, now_count), wanted;

    /* When the client has set its hints anew, those are its wish, not the saved ones. */
    w->client_bare = stripped ? parse_motif_bare(saved_items, saved_count)
                              : parse_motif_bare(now_items, now_count);
    wanted = a->host_flags & WIN_HOST_FRAMES && w->managed && !w->client_bare &&
             !(w->shadow.left | w->shadow.right | w->shadow.top | w->shadow.bottom) &&
             w->kind != WINDOW_DESKTOP && w->kind != WINDOW_DOCK;
    if (!a->host_spoke)
        wanted = stripped; /* as an agent before this one left it */
    if (wanted != stripped) {
        w->fetch |= FETCH_PLACE; /* its events may still be under way */
        props_refresh(a, w);
    }
    if (wanted && !stripped)
        strip(a, w, now_items, now_count);
    else if (!wanted && stripped)
        give_back(a, w, saved_items, saved_count);
    else if (!wanted && saved)
        xcb_delete_property(a->x, w->xid, a->atom[ATOM__ORIEL_SAVED_MOTIF_HINTS]);
    free(now);
    free(saved);
}

void frames_refresh(struct agent *a, struct win *w)
{
    if (w->keep_ticket)
        w->frame_again = true;
    else
        frames_choose(a, w);
}

void frames_set(struct agent *a, bool host_draws)
{
    a->host_spoke = true;
    if (host_draws)
        a->host_flags |= WIN_HOST_FRAMES;
    else
        a->host_flags &= ~(uint32_t)WIN_HOST_FRAMES;
    for (struct win *w = a->wins; w; w = w->next)
        if (!w->gone && w->managed)
            frames_refresh(a, w);
}

/* Such a window is where its state says, with a frame or without. */
static bool is_placed_by_state(const struct win *w)
{
    return w->state &
           (WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V | WINDOW_FULLSCREEN | WINDOW_MINIMIZED);
}

/*
 * What a window only passes through while its frame comes or goes is not stated: the host would
 * follow, and its manager's answer would come back as the person's wish when all was over here.
 */
struct rect frames_place(const struct win *w)
{
    struct rect place = w->place;

    if ((w->keep_ticket || w->keeping) && !is_placed_by_state(w)) {
        place.x = w->keep.x;
        place.y = w->keep.y;
    }
    return place;
}

void frames_settle(struct agent *a)
{
    for (struct win *w = a->wins; w; w = w->next) {
        if (w->gone || !w->keep_ticket || !manager_passed(a, w->keep_ticket))
            continue;
        w->keep_ticket = 0;
        if (w->unhint)
            xcb_delete_property(a->x, w->xid, a->atom[ATOM__MOTIF_WM_HINTS]);
        w->unhint = false;
        w->fetch |= FETCH_PLACE;
        props_refresh(a, w);
        w->dirty |= FACT_WINDOW;
        if (!is_placed_by_state(w) && !rect_equal(w->keep, w->place)) {
            act_place(a, w, w->keep);
            w->keeping = true;
        }
        if (w->frame_again)
            frames_choose(a, w);
        w->frame_again = false;
    }
}
