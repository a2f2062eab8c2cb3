/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where one window is, on the host and in the guest, and who has to follow whom: agree.h with
 * rectangles for values. Pure. A rectangle here is what the host's window shows: the place, or the
 * place with the guest's frame where the guest's decorations are shown.
 *
 * Size and position differ in one thing. A guest that cannot take the size it was told (a
 * terminal's whole cells) pulls the host's window to the size that it took. A guest that cannot
 * take the position (a manager that keeps windows on its screen) does not: it is told again, as a
 * manager that was still busy with a change of state may have put it elsewhere; when it does not
 * follow after all tries, the host's position stands, and the pointer and the popups are mapped by
 * the difference.
 */
#pragma once

#include "base/rect.h"
#include "x11/agree.h"

/* How long the host's manager may take: without a word, after saying again where the window is, and
 * after saying that it is somewhere else than asked. */
enum { PLACE_ASK_MS = 2500, PLACE_REPEATED_MS = 700, PLACE_SETTLE_MS = 120 };

struct place_sync {
    struct agree agree;
    struct rect host, guest;
    struct rect asked; /* of the host */
    struct rect told;  /* to the guest */
    bool host_known;   /* false until the host's window was seen for the first time */
};

/* Each returns what to do: AGREE_TELL_GUEST sends p->told, AGREE_ASK_HOST configures to p->asked;
 * the machine has noted it already. `serial` is used for a request when one is needed. */

/* A new window that the host is asked to map at the guest's rectangle. */
void place_start(struct place_sync *p, struct rect guest);
enum agree_action place_host(struct place_sync *p, struct rect host, uint32_t serial);
enum agree_action place_guest(struct place_sync *p, struct rect guest, uint32_t answered,
                              uint32_t serial);
enum agree_action place_deadline(struct place_sync *p, uint32_t serial);

/* The nearest rectangle that the windows protocol can name, which an X window can have as well. */
struct rect place_clamp(struct rect r);

/* True while the guest has not answered where the host put the window. */
static inline bool place_is_open(const struct place_sync *p)
{
    return p->agree.open;
}
