/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the host and the guest come to agree on one value (a place, a stacking order, a state, who
 * has the keyboard) when either may change it at any time and may refuse what the other wants.
 * Pure: it sees neither the value nor a clock; its owner compares and acts.
 *
 *   QUIET    nobody is asked.
 *   OPEN     the guest was told the host's value with a serial and has not answered it. What the
 *            guest says with an older serial is noted by the owner and not acted on. What the host
 *            does meanwhile waits in the value itself: one request in flight, and the newest
 * wanted. ASKING   the host was asked for the guest's value and has not done it. X has no serials,
 * so the owner sets a deadline; at it, what the host has is its answer.
 *
 * The host's hand wins: a change of the host that was not asked for is told to the guest, always. A
 * guest that cannot do what it was told has its own value shown on the host; a host that cannot do
 * that tells the guest again; after AGREE_TRIES unequal answers both keep what they have until a
 * person moves something.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { AGREE_TRIES = 3 };

enum agree_action {
    AGREE_NOTHING,
    AGREE_TELL_GUEST, /* send the host's value; then agree_told() with the request's serial */
    AGREE_ASK_HOST,   /* make the host take the guest's value; then agree_asked() and a deadline */
};

struct agree {
    uint32_t open; /* serial of the unanswered request, 0: none */
    bool newer;    /* OPEN: the host's value is not the one that was told any more */
    bool asking;
    bool ask_is_old; /* ASKING: the guest's value is not the one that was asked for any more */
    uint8_t unequal; /* unequal answers in a row */
};

void agree_told(struct agree *a, uint32_t serial);
void agree_asked(struct agree *a);

/* The host's value changed. `as_asked`: it is what was asked for (ASKING); `same`: it is what the
 * guest was told (OPEN) or has (otherwise). */
enum agree_action agree_host(struct agree *a, bool as_asked, bool same);

/* The guest stated its value; `serial` is the newest request that it has dealt with; `same`: it is
 * what the host has; `as_asked`: it is what the host is being asked for. */
enum agree_action agree_guest(struct agree *a, uint32_t serial, bool as_asked, bool same);

/* The deadline of ASKING is over; `same`: the host has what the guest has. */
enum agree_action agree_deadline(struct agree *a, bool same);

/* True when `serial` answers the request `open`: serials wrap. */
static inline bool agree_answers(uint32_t serial, uint32_t open)
{
    return (int32_t)(serial - open) >= 0;
}
