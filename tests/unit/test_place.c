/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host and the guest agree on places: a simulated window manager on each side (granting,
 * clamping, rounding to increments, refusing), random latencies in every direction, a person and a
 * program that move the window at random. Once both are quiet the traffic must end, and where one
 * side grants everything both must end with equal rectangles (the position may differ only where
 * the guest's manager refused it).
 */
#include "check.h"

#include "base/arith.h"
#include "x11/place.h"

#include <stdlib.h>

enum manager { GRANT, CLAMP, INCREMENT, FIXED_SIZE, MANAGERS };
enum { TRIALS = 4000, QUEUE = 4096, ACTIVE_MS = 800, END_MS = 20000 };

struct letter {
    int64_t due;
    struct rect rect;
    uint32_t serial;
};

struct queue {
    struct letter letter[QUEUE];
    unsigned head, tail;
};

struct sim {
    struct place_sync sync;
    enum manager host_manager, guest_manager;
    struct rect host, guest; /* the truth on each side */
    uint32_t guest_serial, serial;
    int latency_host, latency_guest;
    int64_t now, deadline;
    struct queue to_host, from_host, to_guest, from_guest;
    unsigned letters;
};

static unsigned random_state;

static int random_below(int n)
{
    random_state = random_state * 1103515245u + 12345u;
    return (int)((random_state >> 16) % (unsigned)n);
}

static void post(struct sim *s, struct queue *q, struct rect rect, uint32_t serial, int latency)
{
    int64_t due = s->now + random_below(latency + 1);

    if (q->tail != q->head && q->letter[(q->tail - 1) % QUEUE].due > due)
        due = q->letter[(q->tail - 1) % QUEUE].due; /* a stream: nothing overtakes */
    q->letter[q->tail++ % QUEUE] = (struct letter){due, rect, serial};
    CHECK(q->tail - q->head < QUEUE);
    s->letters++;
}

static bool take(struct sim *s, struct queue *q, struct letter *out)
{
    if (q->head == q->tail || q->letter[q->head % QUEUE].due > s->now)
        return false;
    *out = q->letter[q->head++ % QUEUE];
    return true;
}

static struct rect manage(enum manager m, struct rect now, struct rect wish)
{
    switch (m) {
    case CLAMP:
        wish.x = MAX_OF(0, MIN_OF(wish.x, 1000 - wish.w));
        wish.y = MAX_OF(20, MIN_OF(wish.y, 800 - wish.h));
        return wish;
    case INCREMENT:
        wish.w -= wish.w % 7;
        wish.h -= wish.h % 13;
        return wish;
    case FIXED_SIZE:
        wish.w = now.w;
        wish.h = now.h;
        return wish;
    default:
        return wish;
    }
}

static void act(struct sim *s, enum agree_action action)
{
    if (action == AGREE_TELL_GUEST) {
        s->serial++;
        post(s, &s->to_guest, s->sync.told, s->sync.agree.open, s->latency_guest);
    } else if (action == AGREE_ASK_HOST) {
        post(s, &s->to_host, s->sync.asked, 0, s->latency_host);
        s->deadline = s->now + PLACE_ASK_MS;
    }
}

static void step(struct sim *s)
{
    struct letter l;

    while (take(s, &s->to_host, &l)) {
        s->host = manage(s->host_manager, s->host, l.rect);
        post(s, &s->from_host, s->host, 0, s->latency_host);
    }
    while (take(s, &s->to_guest, &l)) {
        s->guest = manage(s->guest_manager, s->guest, l.rect);
        s->guest_serial = l.serial;
        post(s, &s->from_guest, s->guest, s->guest_serial, s->latency_guest);
    }
    while (take(s, &s->from_host, &l)) {
        bool was_asking = s->sync.agree.asking;

        act(s, place_host(&s->sync, l.rect, s->serial));
        if (was_asking && s->sync.agree.asking)
            s->deadline = MIN_OF(s->deadline, s->now + PLACE_SETTLE_MS);
    }
    while (take(s, &s->from_guest, &l))
        act(s, place_guest(&s->sync, l.rect, l.serial, s->serial));
    if (s->sync.agree.asking && s->now >= s->deadline)
        act(s, place_deadline(&s->sync, s->serial));
}

static struct rect random_rect(void)
{
    return (struct rect){random_below(1400) - 300, random_below(1000) - 200, 60 + random_below(700),
                         60 + random_below(500)};
}

static void run(struct sim *s)
{
    bool drags = random_below(2), programs = random_below(2);
    unsigned letters_when_quiet = 0;

    for (s->now = 0; s->now < END_MS; s->now++) {
        if (drags && s->now < ACTIVE_MS && !random_below(15)) {
            s->host = manage(s->host_manager, s->host, random_rect());
            post(s, &s->from_host, s->host, 0, s->latency_host);
        }
        if (programs && s->now < ACTIVE_MS && !random_below(25)) {
            s->guest = manage(s->guest_manager, s->guest, random_rect());
            post(s, &s->from_guest, s->guest, s->guest_serial, s->latency_guest);
        }
        step(s);
        if (s->now == ACTIVE_MS + 8000)
            letters_when_quiet = s->letters;
    }
    CHECK_INT(s->letters, letters_when_quiet);
}

static void check_end(const struct sim *s)
{
    bool host_grants = s->host_manager == GRANT, guest_grants = s->guest_manager == GRANT;

    CHECK(!s->sync.agree.open && !s->sync.agree.asking);
    CHECK(rect_equal(s->sync.host, s->host));
    CHECK(rect_equal(s->sync.guest, s->guest));
    if (guest_grants)
        CHECK(rect_equal(s->host, s->guest));
    if (host_grants || guest_grants)
        CHECK(s->host.w == s->guest.w && s->host.h == s->guest.h);
}

static void simulate(void)
{
    static struct sim s;

    for (int trial = 0; trial < TRIALS; trial++) {
        struct rect born = random_rect();
        int failures = check_failures;

        random_state = (unsigned)trial * 7919u + 1;
        memset(&s, 0, sizeof(s));
        s.host_manager = (enum manager)random_below(MANAGERS);
        s.guest_manager = (enum manager)random_below(MANAGERS);
        s.latency_host = (int[]){0, 3, 40, 300}[random_below(4)];
        s.latency_guest = (int[]){0, 5, 60, 700}[random_below(4)];
        s.serial = 1;
        s.guest = born;
        place_start(&s.sync, born);
        s.deadline = PLACE_ASK_MS;
        s.host = manage(s.host_manager, born, born);
        post(&s, &s.from_host, s.host, 0, s.latency_host);
        run(&s);
        check_end(&s);
        if (failures != check_failures) {
            fprintf(stderr, "trial %d: host manager %d, guest manager %d, latency %d and %d\n",
                    trial, (int)s.host_manager, (int)s.guest_manager, s.latency_host,
                    s.latency_guest);
            return;
        }
    }
}

/* The rules one by one. */
static void test_host_wins(void)
{
    struct rect a = {10, 10, 100, 100}, b = {50, 60, 100, 100}, c = {70, 80, 100, 100};
    struct place_sync p;

    place_start(&p, a);
    CHECK_INT(place_host(&p, a, 1), AGREE_NOTHING);
    CHECK_INT(place_host(&p, b, 1), AGREE_TELL_GUEST);
    CHECK(rect_equal(p.told, b));
    CHECK_INT(place_host(&p, c, 2), AGREE_NOTHING);     /* one in flight, the newest waits */
    CHECK_INT(place_guest(&p, a, 0, 2), AGREE_NOTHING); /* an echo of older times */
    CHECK_INT(place_guest(&p, b, 1, 2), AGREE_TELL_GUEST);
    CHECK(rect_equal(p.told, c));
    CHECK_INT(place_guest(&p, c, 2, 3), AGREE_NOTHING);
    CHECK(!place_is_open(&p));
    CHECK_INT(place_guest(&p, a, 2, 3), AGREE_ASK_HOST); /* the guest's own move */
    CHECK(rect_equal(p.asked, a));
    CHECK_INT(place_host(&p, a, 3), AGREE_NOTHING);
}

static void test_terminal_size(void)
{
    struct rect a = {10, 10, 100, 100}, want = {10, 10, 205, 110}, got = {10, 10, 203, 104};
    struct place_sync p;

    place_start(&p, a);
    place_host(&p, a, 1);
    CHECK_INT(place_host(&p, want, 1), AGREE_TELL_GUEST);
    CHECK_INT(place_guest(&p, got, 1, 2), AGREE_ASK_HOST);
    CHECK(rect_equal(p.asked, got));
    CHECK_INT(place_host(&p, got, 2), AGREE_NOTHING);
    CHECK(!p.agree.asking);
}

static void test_three_tries(void)
{
    struct rect a = {10, 10, 100, 100}, host = {10, 10, 205, 110}, guest = {10, 10, 203, 104};
    struct place_sync p;
    uint32_t serial = 1;
    enum agree_action action;
    int told = 0;

    place_start(&p, a);
    place_host(&p, a, serial);
    action = place_host(&p, host, serial);
    for (int i = 0; i < 50 && action != AGREE_NOTHING; i++) {
        if (action == AGREE_TELL_GUEST) {
            told++;
            action = place_guest(&p, guest, serial, serial + 1);
            serial++;
        } else {
            action = place_deadline(&p, serial);
        }
    }
    CHECK_INT(action, AGREE_NOTHING);
    CHECK(told >= 2 && told <= AGREE_TRIES);
    CHECK(rect_equal(p.guest, guest));
}

int main(void)
{
    test_host_wins();
    test_terminal_size();
    test_three_tries();
    simulate();
    return check_result();
}
