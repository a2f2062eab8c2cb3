/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of an agent channel; see link.h. While GREETING it looks at every byte for a HELLO that
 * counts, because the tail of an old session may come first and may itself be cut anywhere; once
 * OPEN the stream is a plain sequence of messages.
 */
#include "winproto/link.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    HELLO_FIXED = 24, /* bytes of a HELLO's payload that no version may change */
    HELLO_MAX = 8192, /* longest payload that is taken for a HELLO while scanning */
    MESSAGE_US = 1000000 / WIN_RATE_SUSTAINED,
};

struct win_link {
    enum win_role role;
    enum win_link_state state;
    const struct win_link_ops *ops;
    void *owner;
    char *session;
    uint64_t nonce;      /* ours */
    uint64_t peer_nonce; /* of the HELLO that opened the link */
    size_t dropped;      /* GREETING: bytes that are not charged yet */
    uint64_t budget_at;  /* the time at which the bucket is full again */
    struct buf pending;  /* GREETING: from the first possible HELLO; OPEN: one incomplete message */
};

struct win_link *win_link_create(enum win_role role, const char *session,
                                 const struct win_link_ops *ops, void *owner)
{
    struct win_link *link = mem_new0(struct win_link);

    link->role = role;
    link->state = WIN_BROKEN; /* until win_link_start() */
    link->ops = ops;
    link->owner = owner;
    link->session = mem_strdup(session ? session : "");
    return link;
}

void win_link_destroy(struct win_link *link)
{
    if (!link)
        return;
    buf_finish(&link->pending);
    free(link->session);
    free(link);
}

static void put_hello(struct win_link *link, uint64_t answer, struct buf *out)
{
    struct win_msg msg = {.type = WIN_HELLO};

    msg.hello.nonce = link->nonce;
    msg.hello.answer = answer;
    msg.hello.session = (struct win_text){link->session, strlen(link->session)};
    win_msg_encode(out, &msg);
}

void win_link_start(struct win_link *link, uint64_t nonce, struct buf *out)
{
    link->state = WIN_GREETING;
    link->nonce = nonce;
    link->peer_nonce = 0;
    link->budget_at = link->dropped = 0;
    buf_finish(&link->pending);
    put_hello(link, 0, out);
}

enum win_link_state win_link_state(const struct win_link *link)
{
    return link->state;
}

static int break_link(struct win_link *link)
{
    link->state = WIN_BROKEN;
    buf_finish(&link->pending);
    return -1;
}

/* Only the host counts: its memory and its time are what a guest must not spend. */
static int charge(struct win_link *link, size_t bytes, uint64_t now_us, struct err *err)
{
    uint64_t cost = MESSAGE_US * (uint64_t)(1 + bytes / WIN_RATE_BYTES);

    if (link->role != WIN_HOST)
        return 0;
    link->budget_at = MAX_OF(link->budget_at, now_us) + cost;
    if (link->budget_at - now_us > (uint64_t)WIN_RATE_BURST * MESSAGE_US)
        return err_set(err, "it sends more than %d messages a second", WIN_RATE_SUSTAINED);
    return 0;
}

/* Looking for a HELLO is work as well; what is dropped counts as messages of the greatest size. */
static int charge_dropped(struct win_link *link, uint64_t now_us, struct err *err)
{
    size_t whole = link->dropped / WIN_RATE_BYTES;

    link->dropped %= WIN_RATE_BYTES;
    return whole ? charge(link, (whole - 1) * WIN_RATE_BYTES, now_us, err) : 0;
}

/* ---- HELLO ------------------------------------------------------------------------------------
 */

/* What a HELLO means to this side now. */
enum hello_meaning {
    HELLO_STALE,  /* of another session, or one that is answered already */
    HELLO_GREET,  /* to the host: an agent has just started, greet it */
    HELLO_ANSWER, /* to the guest: answer it and state everything */
    HELLO_OPENS,  /* to the host: the answer to its own */
};

static enum hello_meaning hello_meaning(const struct win_link *link, uint64_t nonce,
                                        uint64_t answer)
{
    if (link->role == WIN_HOST) {
        if (!answer)
            return HELLO_GREET;
        return answer == link->nonce ? HELLO_OPENS : HELLO_STALE;
    }
    /* A host that greets again because our first HELLO crossed its own has our answer already. */
    if (link->state == WIN_OPEN && nonce == link->peer_nonce)
        return HELLO_STALE;
    return HELLO_ANSWER;
}

static void take_hello(struct win_link *link, const struct win_hello *hello, struct buf *out)
{
    switch (hello_meaning(link, hello->nonce, hello->answer)) {
    case HELLO_STALE:
        return;
    case HELLO_GREET:
        link->state = WIN_GREETING;
        put_hello(link, hello->nonce, out);
        return;
    case HELLO_ANSWER:
        put_hello(link, hello->nonce, out);
        break;
    case HELLO_OPENS:
        break;
    }
    link->state = WIN_OPEN;
    link->peer_nonce = hello->nonce;
    link->ops->opened(link->owner, hello);
}

enum candidate { NOT_HELLO, MAYBE_HELLO, WHOLE_HELLO };

/* Do these bytes begin a HELLO? As many of its fixed first bytes are compared as are there. */
static enum candidate candidate_at(const uint8_t *data, size_t len)
{
    static const uint8_t pattern[] = {WIN_HELLO >> 8,
                                      WIN_HELLO & 0xff,
                                      0,
                                      0, /* flags */
                                      0,
                                      0,
                                      0,
                                      0, /* length: not compared */
                                      WIN_MAGIC >> 24,
                                      WIN_MAGIC >> 16 & 0xff,
                                      WIN_MAGIC >> 8 & 0xff,
                                      WIN_MAGIC & 0xff};
    struct wire_reader r = wire_reader_of(data, len);
    uint32_t length;

    for (size_t i = 0; i < MIN_OF(len, sizeof(pattern)); i++)
        if (data[i] != pattern[i] && i != 6 && i != 7)
            return NOT_HELLO;
    if (len < WIN_ENVELOPE)
        return MAYBE_HELLO;
    wire_skip(&r, 4);
    length = wire_get_u32(&r);
    if (length < HELLO_FIXED || length > HELLO_MAX)
        return NOT_HELLO;
    return wire_left(&r) < length ? MAYBE_HELLO : WHOLE_HELLO;
}

/*
 * Does this whole HELLO count? One of another version does, so that somebody is told; nothing but
 * its version and its nonces is read.
 */
static bool hello_counts(const struct win_link *link, const uint8_t *data, size_t len)
{
    struct wire_reader r = wire_reader_of(data, len);
    struct err ignored;
    struct win_msg msg;
    uint16_t version;
    uint64_t nonce, answer;
    size_t used;

    wire_skip(&r, WIN_ENVELOPE + 4);
    version = wire_get_u16(&r);
    wire_skip(&r, 2);
    nonce = wire_get_u64(&r);
    answer = wire_get_u64(&r);
    if (hello_meaning(link, nonce, answer) == HELLO_STALE)
        return false;
    if (version != WIN_VERSION)
        return true;
    if (win_msg_decode(data, len, &used, &msg, &ignored) != WIN_MESSAGE)
        return false;
    win_msg_finish(&msg);
    return true;
}

static size_t message_length(const uint8_t *data)
{
    struct wire_reader r = wire_reader_of(data, WIN_ENVELOPE);

    wire_skip(&r, 4);
    return WIN_ENVELOPE + wire_get_u32(&r);
}

/*
 * Drops bytes up to a HELLO that counts. Of several the one that ends first is taken, because that
 * is the one which is taken when the bytes come singly. An incomplete one is kept, but it does not
 * hide a complete one behind it: it may be the cut end of an old session.
 */
static int scan(struct win_link *link, uint64_t now_us, struct buf *out, struct err *err)
{
    const uint8_t *data = link->pending.data;
    size_t len = link->pending.len, keep = len, start = 0, end = SIZE_MAX, used;
    struct win_msg msg;

    for (size_t at = 0; at < len && at < end; at++) {
        enum candidate found = candidate_at(data + at, len - at);

        if (found == MAYBE_HELLO)
            keep = MIN_OF(keep, at);
        if (found != WHOLE_HELLO || at + message_length(data + at) >= end)
            continue;
        if (hello_counts(link, data + at, len - at)) {
            start = at;
            end = at + message_length(data + at);
        }
    }
    if (end == SIZE_MAX) {
        link->dropped += keep;
        buf_consume(&link->pending, keep);
        return charge_dropped(link, now_us, err);
    }
    if (win_msg_decode(data + start, len - start, &used, &msg, err) != WIN_MESSAGE ||
        charge(link, used, now_us, err))
        return -1;
    take_hello(link, &msg.hello, out);
    win_msg_finish(&msg);
    buf_consume(&link->pending, end);
    return 0;
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

static int take_message(struct win_link *link, const struct win_msg *msg, struct buf *out,
                        struct err *err)
{
    bool expected =
        link->role == WIN_HOST ? win_type_is_fact(msg->type) : win_type_is_request(msg->type);

    if (msg->type == WIN_HELLO) {
        take_hello(link, &msg->hello, out);
        return 0;
    }
    if (!expected)
        return err_set(err, "%s is not for this side to receive", win_type_name(msg->type));
    link->ops->message(link->owner, msg);
    return 0;
}

/* One message from the front of the pending bytes: 1 there was one, 0 it is incomplete, -1. */
static int read_message(struct win_link *link, uint64_t now_us, struct buf *out, struct err *err)
{
    struct win_msg msg;
    size_t used;
    int result = 0;

    switch (win_msg_decode(link->pending.data, link->pending.len, &used, &msg, err)) {
    case WIN_INVALID:
        return -1;
    case WIN_NEEDS_MORE:
        return 0;
    case WIN_UNKNOWN:
        break;
    case WIN_MESSAGE:
        result = take_message(link, &msg, out, err);
        win_msg_finish(&msg);
        break;
    }
    if (result || charge(link, used, now_us, err))
        return -1;
    buf_consume(&link->pending, used);
    return 1;
}

int win_link_feed(struct win_link *link, const uint8_t *data, size_t len, uint64_t now_us,
                  struct buf *out, struct err *err)
{
    if (link->state == WIN_BROKEN)
        return err_set(err, "the link is broken and was not started again");
    buf_append(&link->pending, data, len);
    while (link->pending.len) {
        size_t before = link->pending.len;
        int result = link->state == WIN_GREETING ? scan(link, now_us, out, err)
                                                 : read_message(link, now_us, out, err);

        if (result < 0)
            return break_link(link);
        if (link->pending.len == before)
            break;
    }
    if (!link->pending.len)
        buf_finish(&link->pending);
    return 0;
}
