/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The agent channel's state machine: greeting in every order, the tail of an old session, messages
 * cut anywhere, restarts of either side, broken rules and the budget. No clock and no descriptor:
 * time is a number and the channel two buffers.
 */
#include "base/arith.h"
#include "base/buf.h"
#include "base/wire.h"
#include "check.h"
#include "winproto/link.h"

#include <stdlib.h>

enum { SECOND = 1000000 };

/* One end, and what it has heard. */
struct end {
    struct win_link *link;
    struct buf out;
    int opened, messages;
    uint32_t last_id;
    enum win_type last_type;
    char session[64];
    struct err err;
};

static void end_opened(void *owner, const struct win_hello *hello)
{
    struct end *end = owner;

    end->opened++;
    snprintf(end->session, sizeof(end->session), "%.*s", (int)hello->session.len,
             hello->session.data);
}

static void end_message(void *owner, const struct win_msg *msg)
{
    struct end *end = owner;

    end->messages++;
    end->last_type = msg->type;
    end->last_id = msg->id.id;
}

static const struct win_link_ops end_ops = {end_opened, end_message};

static void end_init(struct end *end, enum win_role role, uint64_t nonce)
{
    *end = (struct end){0};
    end->link = win_link_create(role, role == WIN_GUEST ? "ann on :0" : NULL, &end_ops, end);
    CHECK_INT(win_link_state(end->link), WIN_BROKEN);
    win_link_start(end->link, nonce, &end->out);
    CHECK_INT(win_link_state(end->link), WIN_GREETING);
    CHECK(end->out.len > 0);
}

static void end_finish(struct end *end)
{
    win_link_destroy(end->link);
    buf_finish(&end->out);
}

static int feed(struct end *end, const void *data, size_t len, uint64_t now)
{
    return win_link_feed(end->link, data, len, now, &end->out, &end->err);
}

/* All that `from` has to say reaches `to`, `step` bytes at a time. */
static int carry(struct end *from, struct end *to, size_t step)
{
    int result = 0;

    while (from->out.len && !result) {
        size_t n = MIN_OF(step, from->out.len);

        result = feed(to, from->out.data, n, SECOND);
        buf_consume(&from->out, n);
    }
    return result;
}

static void settle(struct end *a, struct end *b, size_t step)
{
    for (int i = 0; i < 10 && (a->out.len || b->out.len); i++) {
        carry(a, b, step);
        carry(b, a, step);
    }
}

static void say_gone(struct buf *out, uint32_t id)
{
    win_msg_encode(out, &(struct win_msg){WIN_GONE, .id = {id, 0}});
}

static void say_title(struct buf *out, uint32_t id, const char *text)
{
    win_msg_encode(out, &(struct win_msg){WIN_TITLE, .title = {id, {text, strlen(text)}}});
}

static void check_open(struct end *host, struct end *guest)
{
    CHECK_INT(win_link_state(host->link), WIN_OPEN);
    CHECK_INT(win_link_state(guest->link), WIN_OPEN);
    CHECK_STR(host->session, "ann on :0");
    CHECK_STR(guest->session, "");
}

/* Whoever is there first, whatever the pieces: both open once, with one statement. */
static void test_greeting(void)
{
    for (int order = 0; order < 3; order++)
        for (size_t step = 1; step < 100; step += 7) {
            struct end host, guest;

            end_init(&host, WIN_HOST, 111);
            end_init(&guest, WIN_GUEST, 222);
            if (order == 1)
                buf_clear(&host.out); /* sent before the guest had opened its port */
            if (order == 2)
                buf_clear(&guest.out);
            settle(&host, &guest, step);
            check_open(&host, &guest);
            CHECK_INT(host.opened, 1);
            CHECK_INT(guest.opened, 1);
            say_title(&guest.out, 7, "t");
            win_msg_encode(&host.out, &(struct win_msg){WIN_CLOSE, .id = {9, 1}});
            settle(&host, &guest, step);
            CHECK_INT(host.last_type, WIN_TITLE);
            CHECK_INT(host.last_id, 7);
            CHECK_INT(guest.last_type, WIN_CLOSE);
            CHECK_INT(guest.last_id, 9);
            end_finish(&host);
            end_finish(&guest);
        }
}

/* A stream of an old session: HELLO to another nonce, messages. */
static void old_session(struct buf *out)
{
    struct win_msg hello = {WIN_HELLO, .hello = {5, 6, 0, {"old on :0", 9}}};

    win_msg_encode(out, &hello);
    say_title(out, 1, "a window that is no more");
    say_gone(out, 1);
}

/* The new session begins behind a tail that starts and ends anywhere in the old one. */
static void test_old_tail(void)
{
    struct buf old = BUF_INIT;

    old_session(&old);
    for (size_t from = 0; from < old.len; from += 3)
        for (size_t to = from; to <= old.len; to++) {
            struct end host, guest;

            end_init(&host, WIN_HOST, 111);
            end_init(&guest, WIN_GUEST, 222);
            carry(&host, &guest, 1000);
            CHECK_INT(feed(&host, old.data + from, to - from, SECOND), 0);
            CHECK_INT(host.messages, 0);
            say_gone(&guest.out, 4);
            carry(&guest, &host, 5);
            check_open(&host, &guest);
            CHECK_INT(host.messages, 1);
            CHECK_INT(host.last_id, 4);
            end_finish(&host);
            end_finish(&guest);
        }
    buf_finish(&old);
}

/* The guest may see the tail of what an old host said, its HELLO included. */
static void test_old_host(void)
{
    struct end host, guest, old;

    end_init(&old, WIN_HOST, 99);
    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    carry(&old, &guest, 1000);
    CHECK_INT(win_link_state(guest.link), WIN_OPEN);
    say_gone(&guest.out, 1); /* stated to the old host */
    settle(&host, &guest, 1000);
    check_open(&host, &guest);
    CHECK_INT(guest.opened, 2);
    CHECK_INT(host.messages, 0);
    end_finish(&host);
    end_finish(&guest);
    end_finish(&old);
}

static void test_garbage(void)
{
    struct end host, guest;
    uint32_t seed = 1;

    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    carry(&host, &guest, 1000);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        CHECK_INT(feed(&host, &(uint8_t){(uint8_t)(seed >> 24)}, 1, SECOND), 0);
    }
    CHECK_INT(win_link_state(host.link), WIN_GREETING);
    settle(&host, &guest, 1000);
    check_open(&host, &guest);
    end_finish(&host);
    end_finish(&guest);
}

/* The agent's program is started again; the old one had sent whole messages. */
static void test_agent_restart(void)
{
    struct end host, guest, again;

    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    say_gone(&guest.out, 4);
    carry(&guest, &host, 1000);
    end_init(&again, WIN_GUEST, 333);
    carry(&again, &host, 1000);
    CHECK_INT(win_link_state(host.link), WIN_GREETING);
    settle(&host, &again, 1000);
    check_open(&host, &again);
    CHECK_INT(host.opened, 2);
    CHECK_INT(again.opened, 1);
    end_finish(&host);
    end_finish(&guest);
    end_finish(&again);
}

/* … or died inside a message: the host hears of the port's closing and starts again. */
static void test_agent_restart_inside(void)
{
    struct buf cut = BUF_INIT;

    say_title(&cut, 3, "half of a title");
    for (size_t at = 1; at < cut.len; at++) {
        struct end host, guest, again;

        end_init(&host, WIN_HOST, 111);
        end_init(&guest, WIN_GUEST, 222);
        settle(&host, &guest, 1000);
        CHECK_INT(feed(&host, cut.data, at, SECOND), 0);
        buf_clear(&host.out);
        win_link_start(host.link, 112, &host.out);
        end_init(&again, WIN_GUEST, 333);
        settle(&host, &again, 1000);
        check_open(&host, &again);
        CHECK_INT(host.messages, 0);
        end_finish(&host);
        end_finish(&guest);
        end_finish(&again);
    }
    buf_finish(&cut);
}

/* A new host finds an agent that is in the middle of a session with the old one. */
static void test_host_restart(void)
{
    struct end host, guest, again;

    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    say_gone(&guest.out, 4);
    end_init(&again, WIN_HOST, 112);
    settle(&again, &guest, 1000);
    check_open(&again, &guest);
    CHECK_INT(guest.opened, 2);
    CHECK_INT(again.messages, 0);
    end_finish(&host);
    end_finish(&guest);
    end_finish(&again);
}

static void test_version(void)
{
    struct end host;
    struct buf wire = BUF_INIT;

    /* A later version's HELLO may be longer; only its first 24 bytes are read. */
    win_msg_encode(&wire, &(struct win_msg){WIN_HELLO, .hello = {5, 0, 0, {"", 0}}});
    wire_put_zeros(&wire, 10);
    wire_patch_u32(&wire, 4, (uint32_t)wire.len - WIN_ENVELOPE);
    wire_patch_u16(&wire, 12, 2);
    end_init(&host, WIN_HOST, 111);
    CHECK_INT(feed(&host, wire.data, wire.len, SECOND), -1);
    CHECK(strstr(host.err.text, "speaks version 2 of the windows protocol"));
    CHECK_INT(win_link_state(host.link), WIN_BROKEN);
    CHECK_INT(feed(&host, wire.data, wire.len, SECOND), -1);
    end_finish(&host);
    buf_finish(&wire);
}

static void test_broken(void)
{
    static const uint8_t zero_id[] = {1, 5, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0};

    for (size_t step = 1; step <= sizeof(zero_id); step++) {
        struct end host, guest;
        int result = 0;

        end_init(&host, WIN_HOST, 111);
        end_init(&guest, WIN_GUEST, 222);
        settle(&host, &guest, 1000);
        say_gone(&guest.out, 1);
        carry(&guest, &host, 1000);
        for (size_t at = 0; at < sizeof(zero_id) && !result; at += step)
            result = feed(&host, zero_id + at, MIN_OF(step, sizeof(zero_id) - at), SECOND);
        CHECK_INT(result, -1);
        CHECK_STR(host.err.text, "GONE: id is 0, allowed are 1 to 4294967295");
        CHECK_INT(win_link_state(host.link), WIN_BROKEN);
        CHECK_INT(host.messages, 1);
        win_link_start(host.link, 113, &host.out);
        settle(&host, &guest, 1000);
        check_open(&host, &guest);
        end_finish(&host);
        end_finish(&guest);
    }
}

/* Nobody may say what is the other side's to say. */
static void test_wrong_way(void)
{
    struct end host, guest;

    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    win_msg_encode(&guest.out, &(struct win_msg){WIN_CLOSE, .id = {9, 1}});
    CHECK_INT(carry(&guest, &host, 1000), -1);
    CHECK_STR(host.err.text, "CLOSE is not for this side to receive");
    say_gone(&host.out, 1);
    CHECK_INT(carry(&host, &guest, 1000), -1);
    CHECK_STR(guest.err.text, "GONE is not for this side to receive");
    CHECK_INT(host.messages + guest.messages, 0);
    end_finish(&host);
    end_finish(&guest);
}

static void test_unknown(void)
{
    static const uint8_t later[] = {1, 0xff, 0, 9, 0, 0, 0, 3, 1, 2, 3};
    struct end host, guest;

    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    buf_append(&guest.out, later, sizeof(later));
    say_gone(&guest.out, 2);
    CHECK_INT(carry(&guest, &host, 4), 0);
    CHECK_INT(host.messages, 1);
    CHECK_INT(host.last_id, 2);
    end_finish(&host);
    end_finish(&guest);
}

/* How many of the same message are taken at one moment. */
static int burst(struct end *host, const struct buf *wire, uint64_t now, int most)
{
    int n = 0;

    while (n < most && !feed(host, wire->data, wire->len, now))
        n++;
    return n;
}

static void test_budget(void)
{
    struct end host, guest;
    struct buf wire = BUF_INIT;
    int n = 0;

    say_gone(&wire, 1);
    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    /* The sustained rate can go on for ever, with a burst at any time. */
    for (uint64_t ms = 1000; ms < 61000; ms++)
        n += burst(&host, &wire, ms * 1000, WIN_RATE_SUSTAINED / 1000);
    CHECK_INT(n, 60 * WIN_RATE_SUSTAINED);
    n = burst(&host, &wire, (uint64_t)61 * SECOND, 2 * WIN_RATE_BURST);
    CHECK(n >= WIN_RATE_BURST - 2 && n <= WIN_RATE_BURST);
    CHECK_INT(win_link_state(host.link), WIN_BROKEN);
    CHECK_STR(host.err.text, "it sends more than 2000 messages a second");
    end_finish(&host);
    end_finish(&guest);
    buf_finish(&wire);
}

/* Size counts too: what costs the host more is charged more. */
static void test_budget_of_bytes(void)
{
    static uint32_t pixels[WINDOW_MAX_ICON * WINDOW_MAX_ICON];
    struct end host, guest;
    struct buf wire = BUF_INIT;
    int n;

    win_msg_encode(
        &wire, &(struct win_msg){WIN_ICON, .icon = {1, WINDOW_MAX_ICON, WINDOW_MAX_ICON, pixels}});
    end_init(&host, WIN_HOST, 111);
    end_init(&guest, WIN_GUEST, 222);
    settle(&host, &guest, 1000);
    n = burst(&host, &wire, 2 * SECOND, WIN_RATE_BURST);
    CHECK_INT(n, WIN_RATE_BURST / 17);
    end_finish(&host);
    end_finish(&guest);
    buf_finish(&wire);
}

/* Bytes that are no HELLO cost something too: there is work in looking at them. */
static void test_budget_of_garbage(void)
{
    struct end host;
    struct buf noise = BUF_INIT;
    int n;

    memset(buf_extend(&noise, 1 << 20), 0xff, 1 << 20);
    end_init(&host, WIN_HOST, 111);
    win_link_start(host.link, 111, &host.out);
    n = burst(&host, &noise, SECOND, WIN_RATE_BURST);
    CHECK_INT(n, WIN_RATE_BURST / 64);
    CHECK_STR(host.err.text, "it sends more than 2000 messages a second");
    end_finish(&host);
    buf_finish(&noise);
}

int main(void)
{
    test_greeting();
    test_old_tail();
    test_old_host();
    test_garbage();
    test_agent_restart();
    test_agent_restart_inside();
    test_host_restart();
    test_version();
    test_broken();
    test_wrong_way();
    test_unknown();
    test_budget();
    test_budget_of_bytes();
    test_budget_of_garbage();
    return check_result();
}
