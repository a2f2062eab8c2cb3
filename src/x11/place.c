/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rectangles through agree.h's machine; see place.h. */
#include "x11/place.h"

#include "base/arith.h"

struct rect place_clamp(struct rect r)
{
    r.x = MAX_OF(-RECT_PLACE_MAX, MIN_OF(r.x, RECT_PLACE_MAX));
    r.y = MAX_OF(-RECT_PLACE_MAX, MIN_OF(r.y, RECT_PLACE_MAX));
    r.w = MAX_OF(1, MIN_OF(r.w, RECT_SIZE_MAX));
    r.h = MAX_OF(1, MIN_OF(r.h, RECT_SIZE_MAX));
    return r;
}

static bool same_size(struct rect a, struct rect b)
{
    return a.w == b.w && a.h == b.h;
}

static bool same_position(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y;
}

/* Notes what is about to be done. */
static enum agree_action act(struct place_sync *p, enum agree_action action, struct rect wish,
                             uint32_t serial)
{
    if (action == AGREE_ASK_HOST && rect_equal(wish, p->host))
        return AGREE_NOTHING; /* the guest came back to where the host is by itself */
    if (action == AGREE_TELL_GUEST) {
        p->told = p->host;
        agree_told(&p->agree, serial);
    } else if (action == AGREE_ASK_HOST) {
        p->asked = wish;
        agree_asked(&p->agree);
    }
    return action;
}

void place_start(struct place_sync *p, struct rect guest)
{
    *p = (struct place_sync){.guest = guest, .host = guest, .asked = guest};
    agree_asked(&p->agree);
}

enum agree_action place_host(struct place_sync *p, struct rect host, uint32_t serial)
{
    bool same = rect_equal(host, p->agree.open ? p->told : p->guest);

    if (p->host_known && rect_equal(host, p->host) &&
        !(p->agree.asking && rect_equal(host, p->asked)))
        return AGREE_NOTHING;
    p->host_known = true;
    p->host = host;
    return act(p, agree_host(&p->agree, rect_equal(host, p->asked), same), p->guest, serial);
}

enum agree_action place_guest(struct place_sync *p, struct rect guest, uint32_t answered,
                              uint32_t serial)
{
    struct rect before = p->guest, wish = guest;
    bool answer = p->agree.open && agree_answers(answered, p->agree.open), same;

    p->guest = guest;
    if (answer && !p->agree.newer) {
        wish.x = p->host.x;
        wish.y = p->host.y;
        same = same_size(guest, p->host);
        if (same && !same_position(guest, p->host) && p->agree.unequal < AGREE_TRIES) {
            p->agree.unequal++;
            return act(p, AGREE_TELL_GUEST, wish, serial);
        }
    } else if (answer) {
        same = rect_equal(guest, p->host);
    } else {
        if (rect_equal(guest, before))
            return AGREE_NOTHING;
        if (same_position(guest, before) && !p->agree.asking) {
            wish.x = p->host.x;
            wish.y = p->host.y;
        }
        same = rect_equal(wish, p->host);
    }
    return act(p, agree_guest(&p->agree, answered, rect_equal(wish, p->asked), same), wish, serial);
}

enum agree_action place_deadline(struct place_sync *p, uint32_t serial)
{
    return act(p, agree_deadline(&p->agree, rect_equal(p->host, p->guest)), p->guest, serial);
}
