/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's idea of its link: simulated links of many rates, bursts and pauses. */
#include "check.h"
#include "rfb/session/link.h"

enum { MS = 1000, PIECE = 16384 };

/* An update of `bytes` over a link of `rate` bytes a second, in pieces as a socket gives them. */
static bool update(struct rfb_link *l, int64_t *now, size_t bytes, double rate)
{
    bool changed = false, before = false;

    while (bytes) {
        size_t n = bytes < PIECE ? bytes : PIECE;

        *now += (int64_t)((double)n * 1e6 / rate);
        bytes -= n;
        changed |= rfb_link_received(l, *now, n, before, bytes > 0);
        before = true;
    }
    return changed;
}

static void test_start(void)
{
    struct rfb_link l;

    CHECK_INT(rfb_link_start(&l, 1, 200).quality, 0); /* the same building */
    CHECK_INT(rfb_link_start(&l, 1, 30 * MS).quality, 8);
    CHECK_INT(rfb_link_start(&l, 1, -1).quality, 8);
    CHECK(l.rate == 0);
}

/* Whatever it began with, it ends where the rate belongs, and stays there. */
static void test_rates(void)
{
    static const struct {
        double mbit;
        unsigned quality;
    } cases[] = {{1, 6}, {8, 6}, {15, 6}, {22, 8}, {60, 8}, {95, 8}, {140, 0}, {900, 0}, {8000, 0}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int64_t round_trip = -1; round_trip < 2 * MS; round_trip += 500) {
            double rate = cases[i].mbit * 1e6 / 8;
            struct rfb_link l;
            int64_t now = 5;
            int changes = 0;

            rfb_link_start(&l, now, round_trip);
            for (int k = 0; k < 200; k++) { /* ten seconds or more */
                update(&l, &now, 60000 + (size_t)k * 3000, rate);
                now += 50 * MS;
            }
            CHECK_INT(rfb_link_choice(&l).quality, cases[i].quality);
            CHECK(l.rate > 0.9 * rate && l.rate < 1.1 * rate);
            for (int k = 0; k < 200; k++) {
                changes += update(&l, &now, 200000, rate);
                now += 50 * MS;
            }
            CHECK_INT(changes, 0);
        }
}

/* A cursor's image or a clock says nothing about a link. */
static void test_small(void)
{
    struct rfb_link l;
    int64_t now = 5;

    rfb_link_start(&l, now, -1);
    for (int k = 0; k < 1000; k++) {
        CHECK(!update(&l, &now, 3000, 1e5));
        now += 100 * MS;
    }
    CHECK(l.rate == 0);
}

/* What gathered while we were busy with something else comes all at once over any link. */
static void test_gathered(void)
{
    struct rfb_link l;
    int64_t now = 5;

    rfb_link_start(&l, now, -1);
    for (int k = 0; k < 300; k++) {
        CHECK(!rfb_link_received(&l, now, PIECE, false, true));
        rfb_link_received(&l, now + 200, 60000, true, false);
        now += 30 * MS;
    }
    CHECK_INT(rfb_link_choice(&l).quality, 8);
}

/* Near a threshold it does not swing. */
static void test_swinging(void)
{
    struct rfb_link l;
    int64_t now = 5;
    int changes = 0;

    rfb_link_start(&l, now, -1);
    for (int k = 0; k < 2000; k++) {
        changes += update(&l, &now, 150000, k % 2 ? RFB_LINK_SLOW * 1.1 : RFB_LINK_SLOW * 0.95);
        now += 30 * MS;
    }
    CHECK(changes <= 1);
}

/* A link that becomes slow is noticed within two seconds, in one long update as well. */
static void test_collapse(void)
{
    struct rfb_link l;
    int64_t now = 5, then;

    rfb_link_start(&l, now, 100);
    for (int k = 0; k < 50; k++) {
        update(&l, &now, 1000000, 100e6);
        now += 50 * MS;
    }
    CHECK_INT(rfb_link_choice(&l).quality, 0);
    then = now;
    CHECK(update(&l, &now, 4000000, 1e6));
    CHECK_INT(rfb_link_choice(&l).quality, 6);
    CHECK(l.chosen - then <= 2000 * MS);
}

int main(void)
{
    test_start();
    test_rates();
    test_small();
    test_gathered();
    test_swinging();
    test_collapse();
    return check_result();
}
