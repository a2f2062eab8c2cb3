/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests that wait for a channel that is backed up. State, not history: a newer motion of the
 * pointer, place of a window, order or desktop replaces an older one, so the queue stays short
 * however long the guest sleeps. What a person did stays in its order: nothing is replaced across a
 * key, a button, a turn of the wheel, an activation, a close or a state. Private to this room.
 */
#pragma once

#include "winproto/message.h"

#include <stdbool.h>
#include <stddef.h>

enum { AGENT_QUEUE_MAX = 1024 };

struct agent_request {
    struct win_msg msg;
    bool motion; /* a POINTER_EVENT that changes nothing but the position */
};

struct agent_queue {
    struct agent_request *requests;
    size_t count;
    uint32_t buttons; /* of the last POINTER_EVENT that was added or noted */
};

void agent_queue_finish(struct agent_queue *queue); /* frees; it is empty afterwards */

/* Copies the request. False when the queue is full. */
bool agent_queue_add(struct agent_queue *queue, const struct win_msg *msg);

/* A request went out without waiting. */
void agent_queue_note(struct agent_queue *queue, const struct win_msg *msg);

/* Takes the oldest out of the queue and appends its message to out; false: the queue is empty. */
bool agent_queue_take(struct agent_queue *queue, struct buf *out);
