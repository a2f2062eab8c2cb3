/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests that wait for a channel that is backed up; see queue.h. */
#include "source/agent/queue.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void remove_at(struct agent_queue *queue, size_t at)
{
    win_msg_finish(&queue->requests[at].msg);
    queue->count--;
    memmove(queue->requests + at, queue->requests + at + 1,
            (queue->count - at) * sizeof(*queue->requests));
}

void agent_queue_finish(struct agent_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        win_msg_finish(&queue->requests[i].msg);
    free(queue->requests);
    *queue = (struct agent_queue){0};
}

/* May a newer request of the same kind replace this one, and others step over it? */
static bool is_state(const struct agent_request *request)
{
    switch (request->msg.type) {
    case WIN_POINTER_EVENT:
        return request->motion;
    case WIN_CONFIGURE:
    case WIN_RESTACK:
    case WIN_SET_DESKTOP:
        return true;
    default:
        return false;
    }
}

static bool replaces(const struct win_msg *newer, const struct win_msg *older)
{
    if (newer->type != older->type)
        return false;
    if (newer->type == WIN_CONFIGURE)
        return newer->configure.id == older->configure.id;
    if (newer->type == WIN_POINTER_EVENT)
        return newer->pointer.id == older->pointer.id;
    return true;
}

static void drop_replaced(struct agent_queue *queue, const struct agent_request *newer)
{
    if (!is_state(newer))
        return;
    for (size_t i = queue->count; i-- > 0 && is_state(&queue->requests[i]);)
        if (replaces(&newer->msg, &queue->requests[i].msg)) {
            remove_at(queue, i);
            return;
        }
}

static int16_t add_turns(int16_t a, int16_t b)
{
    int sum = a + b;

    return (int16_t)MAX_OF(INT16_MIN, MIN_OF(INT16_MAX, sum));
}

/* Turns of the wheel at the end of the queue add up. */
static bool add_to_wheel(struct agent_queue *queue, const struct win_msg *msg)
{
    struct agent_request *last = queue->count ? &queue->requests[queue->count - 1] : NULL;
    const struct win_pointer *turn = &msg->pointer;

    if (!last || msg->type != WIN_POINTER_EVENT || last->msg.type != WIN_POINTER_EVENT ||
        last->msg.pointer.id != turn->id || last->msg.pointer.buttons != turn->buttons ||
        (!last->msg.pointer.wheel_x && !last->msg.pointer.wheel_y) ||
        (!turn->wheel_x && !turn->wheel_y))
        return false;
    last->msg.pointer.x = turn->x;
    last->msg.pointer.y = turn->y;
    last->msg.pointer.wheel_x = add_turns(last->msg.pointer.wheel_x, turn->wheel_x);
    last->msg.pointer.wheel_y = add_turns(last->msg.pointer.wheel_y, turn->wheel_y);
    return true;
}

void agent_queue_note(struct agent_queue *queue, const struct win_msg *msg)
{
    if (msg->type == WIN_POINTER_EVENT)
        queue->buttons = msg->pointer.buttons;
}

bool agent_queue_add(struct agent_queue *queue, const struct win_msg *msg)
{
    struct agent_request request = {.msg = *msg};

    if (add_to_wheel(queue, msg))
        return true;
    request.motion = msg->type == WIN_POINTER_EVENT && !msg->pointer.wheel_x &&
                     !msg->pointer.wheel_y && msg->pointer.buttons == queue->buttons;
    drop_replaced(queue, &request);
    if (queue->count >= AGENT_QUEUE_MAX)
        return false;
    if (!queue->requests)
        queue->requests = mem_alloc0(AGENT_QUEUE_MAX, sizeof(*queue->requests));
    if (msg->type == WIN_RESTACK && msg->order.count)
        request.msg.order.ids = mem_dup(msg->order.ids, msg->order.count * sizeof(uint32_t));
    queue->requests[queue->count++] = request;
    agent_queue_note(queue, msg);
    return true;
}

bool agent_queue_take(struct agent_queue *queue, struct buf *out)
{
    if (!queue->count)
        return false;
    win_msg_encode(out, &queue->requests[0].msg);
    remove_at(queue, 0);
    return true;
}
