/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The window of what may be on its way to a viewer, on simulated paths: it finds the rate of the
 * path, keeps it full and its queue short, follows when the path changes, and does not take a
 * source that has little to say for a slow path.
 */
#include "check.h"

#include "rfb/server/flow.h"

/* A path of a rate (bytes a microsecond) and a delay; messages queue before it. */
struct path {
    double rate;
    int64_t delay; /* one way */
    int64_t now, free_at;
    struct rfb_flow flow;
    struct {
        uint32_t id;
        int64_t at;
    } answers[RFB_FLOW_FENCES];
    unsigned first, count;
    int64_t longest_queue; /* us, since the last look */
    uint64_t carried;
};

static void path_send(struct path *p, size_t bytes)
{
    int64_t start = p->free_at > p->now ? p->free_at : p->now;
    uint32_t id;

    p->free_at = start + (int64_t)((double)bytes / p->rate);
    if (p->free_at - p->now > p->longest_queue)
        p->longest_queue = p->free_at - p->now;
    p->carried += bytes;
    rfb_flow_sent(&p->flow, bytes, p->now);
    if (!rfb_flow_fence(&p->flow, p->now, &id))
        return;
    p->answers[(p->first + p->count) % RFB_FLOW_FENCES].id = id;
    p->answers[(p->first + p->count++) % RFB_FLOW_FENCES].at = p->free_at + 2 * p->delay;
}

static void path_step(struct path *p, int64_t us)
{
    p->now += us;
    while (p->count && p->answers[p->first].at <= p->now) {
        rfb_flow_answered(&p->flow, p->answers[p->first].id, p->now);
        p->first = (p->first + 1) % RFB_FLOW_FENCES;
        p->count--;
    }
}

/* Sends as much as may be for a time; returns the share of the path that was used. */
static double saturate(struct path *p, int64_t us, size_t piece)
{
    int64_t until = p->now + us;

    p->longest_queue = 0;
    p->carried = 0;
    while (p->now < until) {
        while (rfb_flow_room(&p->flow))
            path_send(p, piece);
        rfb_flow_limited(&p->flow);
        path_step(p, 500);
    }
    return (double)p->carried / (p->rate * (double)us);
}

static struct path path_new(double mbit, int64_t delay_ms)
{
    struct path p = {.rate = mbit / 8, .delay = delay_ms * 1000, .now = 1000000};

    rfb_flow_init(&p.flow);
    return p;
}

/* 20 Mbit/s and 50 ms, as in the figures; and others. */
static void check_saturated(double mbit, int64_t delay_ms)
{
    struct path p = path_new(mbit, delay_ms);
    double share;

    saturate(&p, 3000000, 8192);
    share = saturate(&p, 30000000, 8192);
    CHECK(share > 0.93);
    CHECK(p.longest_queue < 2 * delay_ms * 1000 * 7 / 4 + 40000);
    CHECK(!p.flow.grows);

    /* A path that becomes slower, and faster again. */
    p.rate /= 4;
    saturate(&p, 10000000, 4096);
    share = saturate(&p, 10000000, 4096);
    CHECK(share > 0.9);
    CHECK(p.longest_queue < 2 * delay_ms * 1000 * 2 + 60000);
    p.rate *= 4;
    saturate(&p, 20000000, 8192);
    CHECK(saturate(&p, 10000000, 8192) > 0.9);
}

/* A kilobyte sixty times a second is always sent at once, and nothing is learned from it but the
   round trip. */
static void check_small(void)
{
    struct path p = path_new(20, 25);

    for (int i = 0; i < 600; i++) {
        CHECK(rfb_flow_room(&p.flow) >= 1024);
        path_send(&p, 1024);
        for (int k = 0; k < 16; k++)
            path_step(&p, 1000);
    }
    CHECK(p.flow.grows);
    CHECK(p.flow.rtt >= 48000 && p.flow.rtt < 52000);
    CHECK(rfb_flow_window(&p.flow) >= RFB_FLOW_WINDOW_FIRST);
}

/* Nothing is assumed of a viewer that does not answer, or answers what nobody asked. */
static void check_answers(void)
{
    struct rfb_flow f;
    uint32_t id = 7;

    rfb_flow_init(&f);
    CHECK(!f.answers);
    CHECK_INT(rfb_flow_room(&f), RFB_FLOW_WINDOW_FIRST);
    rfb_flow_answered(&f, 99, 5);
    CHECK(f.answers);
    rfb_flow_sent(&f, RFB_FLOW_WINDOW_FIRST, 10);
    CHECK_INT(rfb_flow_room(&f), 0);
    for (int i = 0; i < RFB_FLOW_FENCES; i++)
        CHECK(rfb_flow_fence(&f, 10, &id));
    CHECK(!rfb_flow_fence(&f, 10, &id));
    rfb_flow_answered(&f, 12345, 20);
    CHECK_INT(rfb_flow_room(&f), 0);
    rfb_flow_answered(&f, id, 1010); /* the last one stands for those before */
    CHECK_INT(f.delivered, RFB_FLOW_WINDOW_FIRST);
    CHECK_INT(f.rtt, 1000);
    rfb_flow_answered(&f, id, 1020);
    CHECK_INT(f.rtt, 1000);
}

int main(void)
{
    check_answers();
    check_small();
    check_saturated(20, 25);
    check_saturated(20, 20);
    check_saturated(8, 50);
    check_saturated(800, 1);
    return check_result();
}
