/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Round trip, rate, window; see flow.h. */
#include "rfb/server/flow.h"

#include "base/arith.h"

#include <string.h>

enum {
    RATE_ROUNDS = 10,          /* round trips for which a rate counts at least, */
    RATE_SPAN_US = 500 * 1000, /* and time */
    MARK_US = 10 * 1000,       /* a rate is that of some time: answers come in bursts */
    GROWTH_ROUNDS = 3,         /* rounds without a quarter more: the path is full */
};

void rfb_flow_init(struct rfb_flow *f)
{
    *f = (struct rfb_flow){.grows = true};
}

static uint64_t in_flight(const struct rfb_flow *f)
{
    return f->sent - f->delivered;
}

static double rate_of(const struct rfb_flow *f)
{
    return MAX_OF(f->rate, f->rate_before);
}

double rfb_flow_rate(const struct rfb_flow *f)
{
    return rate_of(f) * 1e6;
}

size_t rfb_flow_window(const struct rfb_flow *f)
{
    double bytes, rate = rate_of(f);

    if (!f->rtt || rate <= 0)
        return RFB_FLOW_WINDOW_FIRST;
    if (f->probing)
        bytes = rate * (double)f->rtt / 2;
    else if (f->grows)
        bytes =
            MAX_OF(rate * (2 * (double)f->rtt + RFB_FLOW_SLACK_US), (double)RFB_FLOW_WINDOW_FIRST);
    else
        bytes = rate * (1.25 * (double)f->rtt + RFB_FLOW_SLACK_US);
    bytes = MIN_OF(bytes, (double)RFB_FLOW_WINDOW_MAX);
    return MAX_OF((size_t)bytes, (size_t)RFB_FLOW_WINDOW_MIN);
}

size_t rfb_flow_piece(const struct rfb_flow *f)
{
    double bytes = MIN_OF(rate_of(f) * RFB_FLOW_PIECE_US, (double)RFB_FLOW_PIECE_MAX);

    /* A full window has fences enough. */
    return MAX_OF(MAX_OF((size_t)bytes, rfb_flow_window(f) / (RFB_FLOW_FENCES / 4)),
                  (size_t)RFB_FLOW_PIECE_MIN);
}

size_t rfb_flow_room(const struct rfb_flow *f)
{
    size_t window = rfb_flow_window(f);

    /* What no fence follows would never be known to have arrived. */
    if (f->count == RFB_FLOW_FENCES)
        return 0;
    return in_flight(f) >= window ? 0 : window - (size_t)in_flight(f);
}

bool rfb_flow_has_fences(const struct rfb_flow *f)
{
    return f->count < RFB_FLOW_FENCES / 2;
}

void rfb_flow_sent(struct rfb_flow *f, size_t bytes, int64_t now)
{
    /* After a rest there is nothing to measure a rate against but this moment. */
    if (!in_flight(f))
        f->marks[0] = f->marks[1] = (struct rfb_flow_mark){f->delivered, now};
    if (!f->since)
        f->since = now;
    f->sent += bytes;
}

void rfb_flow_limited(struct rfb_flow *f)
{
    f->limited = true;
}

bool rfb_flow_fence(struct rfb_flow *f, int64_t now, uint32_t *id)
{
    struct rfb_flow_fence *fence;

    if (f->count == RFB_FLOW_FENCES)
        return false;
    *id = f->next_id++;
    fence = &f->fences[(f->first + f->count++) % RFB_FLOW_FENCES];
    *fence = (struct rfb_flow_fence){.id = *id,
                                     .sent = f->sent,
                                     .bytes = f->sent - f->fenced,
                                     .when = now,
                                     .from = f->marks[0],
                                     .since = f->since ? f->since : now,
                                     .was_limited = f->limited};
    f->since = 0;
    f->fenced = f->sent;
    f->limited = false;
    return true;
}

static void take_rtt(struct rfb_flow *f, const struct rfb_flow_fence *fence, int64_t now)
{
    double own = rate_of(f) > 0 ? (double)fence->bytes / rate_of(f) : 0;
    int64_t rtt = MAX_OF(now - fence->when - (int64_t)MIN_OF(own, (double)RFB_FLOW_SLACK_US), 1);

    if (!f->rtt || rtt <= f->rtt) {
        f->rtt = rtt;
        f->rtt_when = now;
        f->probing = false;
        return;
    }
    if (!f->probing && now - f->rtt_when > RFB_FLOW_RTT_AGE_US) {
        f->probing = true;
        f->probe_since = now;
        f->probe_rtt = rtt;
    }
    if (!f->probing)
        return;
    f->probe_rtt = MIN_OF(f->probe_rtt, rtt);
    /* What was sent a round trip after the beginning has found an empty path. */
    if (fence->when > f->probe_since + f->rtt) {
        f->rtt = f->probe_rtt;
        f->rtt_when = now;
        f->probing = false;
    }
}

/* A path is full when, for some rounds that did fill it, no more came through. */
static void see_growth(struct rfb_flow *f, bool limited)
{
    if (!f->grows || !limited)
        return;
    if (f->rate > f->full_rate * 1.25) {
        f->full_rate = f->rate;
        f->full_rounds = 0;
    } else if (++f->full_rounds >= GROWTH_ROUNDS) {
        f->grows = false;
    }
}

static void take_rate(struct rfb_flow *f, const struct rfb_flow_fence *fence, int64_t now)
{
    int64_t span = now - fence->from.when;
    /* A source that took most of the time to say it was the slow one. */
    bool limited = fence->was_limited && (fence->when - fence->since) * 2 < span;
    double rate;

    if (span <= 0 || fence->sent <= fence->from.delivered)
        return;
    rate = (double)(fence->sent - fence->from.delivered) / (double)span;
    if (now - f->rate_since > MAX_OF(RATE_ROUNDS * f->rtt, (int64_t)RATE_SPAN_US) && limited) {
        f->rate_before = f->rate;
        f->rate = 0;
        f->rate_since = now;
    }
    /* A source that had no more to say tells nothing of the path, unless it was faster. */
    if (rate > rate_of(f) || limited)
        f->rate = MAX_OF(f->rate, rate);
    see_growth(f, limited);
}

void rfb_flow_answered(struct rfb_flow *f, uint32_t id, int64_t now)
{
    struct rfb_flow_fence fence;

    f->answers = true;
    if (!f->count || id - f->fences[f->first].id >= f->count)
        return;
    /* Answers come in order; what a viewer left out it has dealt with as well. */
    do {
        fence = f->fences[f->first];
        f->first = (f->first + 1) % RFB_FLOW_FENCES;
        f->count--;
    } while (fence.id != id);
    take_rtt(f, &fence, now);
    take_rate(f, &fence, now);
    if (fence.sent > f->delivered) {
        f->delivered = fence.sent;
        if (now - f->marks[1].when >= MARK_US) {
            f->marks[0] = f->marks[1];
            f->marks[1] = (struct rfb_flow_mark){f->delivered, now};
        }
    }
}
