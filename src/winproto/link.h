/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One end of an agent channel: a byte stream that can lose its other end at any byte, come back
 * with the tail of an old session, and be fed by a hostile peer. Pure: bytes in, messages out
 * through a callback; bytes to send are appended to `out`. Used by the host (source/agent) and by
 * the agents. Inside RFB the envelope is framed and no link is needed.
 *
 * The life of a link
 *
 *   GREETING   nothing of this session has been seen. Incoming bytes are dropped until a HELLO
 *              envelope with the magic is found by scanning: on the host only one that answers its
 *              own nonce counts, on the guest any. The host sends its HELLO at link_start().
 *   OPEN       messages flow. A guest that sees another HELLO answers it and starts its statement
 *              anew (`opened` is called again). A host that sees a HELLO with answer 0 (an agent
 * was restarted) greets again and is GREETING. BROKEN     a rule was broken; `feed` returned -1
 * with the reason. Only link_start() leaves it.
 *
 * The host counts messages against a budget (WIN_RATE_* below) with the caller's clock.
 */
#pragma once

#include "winproto/message.h"

enum win_role { WIN_HOST, WIN_GUEST };

enum win_link_state { WIN_GREETING, WIN_OPEN, WIN_BROKEN };

/* A token bucket: 2,000 messages a second sustained, bursts of 20,000 (a full statement is one). */
enum { WIN_RATE_SUSTAINED = 2000, WIN_RATE_BURST = 20000 };

struct win_link;

struct win_link_ops {
    /* The handshake is complete. The guest now sends SYNC_BEGIN, all its state, SYNC_END. */
    void (*opened)(void *owner, const struct win_hello *hello);
    /* A valid message that may come from this side's peer; owned by the link. */
    void (*message)(void *owner, const struct win_msg *msg);
};

/* `session` is for the guest's HELLO (NULL for the host); it is copied. */
struct win_link *win_link_create(enum win_role role, const char *session,
                                 const struct win_link_ops *ops, void *owner);
void win_link_destroy(struct win_link *link);

/*
 * The channel is (again) there: forgets everything of an earlier session and takes the new random
 * nonce (not 0). Appends this side's HELLO to out (the guest's with answer 0).
 */
void win_link_start(struct win_link *link, uint64_t nonce, struct buf *out);

enum win_link_state win_link_state(const struct win_link *link);

/*
 * Takes all the bytes (it keeps an incomplete message itself, at most one). Answers to the
 * handshake are appended to out. now_us is any monotonic clock in microseconds. Returns 0, or -1
 * with the reason when the peer broke a rule or its budget: then the link is BROKEN.
 */
int win_link_feed(struct win_link *link, const uint8_t *data, size_t len, uint64_t now_us,
                  struct buf *out, struct err *err);
