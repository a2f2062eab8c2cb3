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
 *              that counts is found by scanning: on the host only one that answers its own nonce,
 *              on the guest any. A host that sees a HELLO with answer 0 (an agent has just
 *              started) greets again.
 *   OPEN       messages flow. A guest that sees the HELLO of another nonce answers it and starts
 *              its statement anew (`opened` is called again); one of the same nonce is an echo of
 *              the greeting and is ignored. A host that sees a HELLO with answer 0 (the agent was
 *              restarted) greets again and is GREETING; one that answers its nonce again opens
 *              the link again.
 *   BROKEN     a rule was broken; `feed` returned -1 with the reason. Only win_link_start() leaves
 *              it. A new link is BROKEN.
 *
 * The host counts messages against a budget (WIN_RATE_* below) with the caller's clock.
 */
#pragma once

#include "winproto/message.h"

enum win_role { WIN_HOST, WIN_GUEST };

enum win_link_state { WIN_GREETING, WIN_OPEN, WIN_BROKEN };

/*
 * A token bucket: a message costs 1 and another 1 for each whole WIN_RATE_BYTES of it; 2,000 a
 * second are refilled. A burst is a full statement of WINDOW_MAX_COUNT windows with all their facts
 * (eight messages a window) and some more.
 */
enum { WIN_RATE_SUSTAINED = 2000, WIN_RATE_BURST = 40000, WIN_RATE_BYTES = 16384 };

struct win_link;

struct win_link_ops {
    /* The handshake is complete. The guest now sends SYNC_BEGIN, all its state, SYNC_END. */
    void (*opened)(void *owner, const struct win_hello *hello);
    /* A valid message that may come from this side's peer; owned by the link. Neither function
       starts, feeds or destroys the link. */
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
