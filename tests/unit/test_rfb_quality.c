/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How well moving pictures go to a viewer: as a table of paths and films, and over time: what is
 * learned of the pictures, no wavering between two levels, and a better picture now and then.
 */
#include "check.h"

#include "base/arith.h"
#include "rfb/server/quality.h"

enum { HD = 1920 * 1080, VIDEO = 848 * 480 };

static const double mbit = 1e6 / 8;

static void check_levels(void)
{
    static const struct {
        size_t moving, pixels;
        double mbit;
        int64_t interval;
        unsigned level;
    } rows[] = {
        {HD, HD, 0, 16667, 0},            /* nothing is known yet */
        {HD, HD, 1000, 16667, 0},         /* 5 ms a picture */
        {HD, HD, 150, 16667, 0},          /* 33 ms: 25 pictures a second are enough */
        {HD, HD, 100, 16667, 1},          /* 50 and 17 ms */
        {HD, HD, 20, 16667, 2},           /* 249, 83 and 50 ms: as good as it gets */
        {VIDEO, VIDEO, 20, 33333, 1},     /* 49 and 16 ms */
        {VIDEO, VIDEO, 20, 100000, 0},    /* ten a second: there is time */
        {VIDEO, VIDEO, 40, 33333, 0},     /* 24 ms */
        {VIDEO, VIDEO, 2, 33333, 2},      /* modems */
        {VIDEO / 4, VIDEO, 20, 33333, 0}, /* it moves in a corner: 12 ms, and 49 once */
        {0, HD, 100, 16667, 0},           /* a photograph that is opened: 50 ms, once */
        {0, HD, 20, 16667, 1},            /* … and 249 are too long */
        {0, HD, 5, 16667, 2},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rfb_quality film;
        struct rfb_quality_demand demand = {rows[i].moving, rows[i].pixels, rows[i].mbit * mbit,
                                            rows[i].interval, 1000};

        rfb_quality_init(&film);
        CHECK_INT(rfb_quality_choose(&film, &demand), rows[i].level);
    }
}

/* Pictures that take less than most, or more. */
static void check_weight(void)
{
    struct rfb_quality_demand demand = {VIDEO, VIDEO, 20 * mbit, 33333, 1000};
    struct rfb_quality film;

    rfb_quality_init(&film);
    for (int i = 0; i < 50; i++)
        rfb_quality_sent(&film, rfb_quality_choose(&film, &demand), VIDEO, VIDEO / 100);
    CHECK_INT(rfb_quality_choose(&film, &demand), 0);
    for (int i = 0; i < 50; i++)
        rfb_quality_sent(&film, rfb_quality_choose(&film, &demand), VIDEO, VIDEO);
    CHECK_INT(rfb_quality_choose(&film, &demand), 2);
}

/* Between what is too much and what is worth it a level stays as it is. */
static void check_steady(void)
{
    struct rfb_quality_demand demand = {VIDEO, VIDEO, 28 * mbit, 33333, 1000};
    struct rfb_quality film;

    rfb_quality_init(&film);
    CHECK_INT(rfb_quality_choose(&film, &demand), 1); /* 35 ms: too dear */
    demand.rate = 31 * mbit;
    CHECK_INT(rfb_quality_choose(&film, &demand), 1); /* 31.5 ms */
    demand.rate = 36 * mbit;
    CHECK_INT(rfb_quality_choose(&film, &demand), 0); /* 27 ms */
    demand.rate = 31 * mbit;
    CHECK_INT(rfb_quality_choose(&film, &demand), 0);
}

/* A path that is not filled is filled with one picture every ten seconds. */
static void check_tries(void)
{
    struct rfb_quality_demand demand = {VIDEO, VIDEO, 20 * mbit, 33333, 1000};
    struct rfb_quality film;
    unsigned tries = 0;

    rfb_quality_init(&film);
    for (; demand.now < 61000000; demand.now += 33333)
        tries += rfb_quality_choose(&film, &demand) == 0;
    CHECK_INT(tries, 6);
    CHECK_INT(film.level, 1);
}

int main(void)
{
    check_levels();
    check_weight();
    check_steady();
    check_tries();
    return check_result();
}
