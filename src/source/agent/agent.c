/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The windows of a guest as its agent states them; see agent.h. */
#include "source/agent/agent.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/stream.h"
#include "source/agent/queue.h"
#include "winproto/link.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
    HELD_MAX = 4 << 20,       /* bytes held for their pixels; then reading pauses */
    UNREAD_MAX = 256 << 10,   /* bytes that the guest may leave unread before it is cut off */
    QUEUE_HARD_MAX = 8 << 20, /* the stream's own limit, never reached */
    NOISE_MAX = 128 << 10,    /* bytes without a greeting; the tail of an old session is shorter */
    SOCKET_BUFFER = 8192,     /* bytes: what the kernel holds can't be replaced by newer state */
};

static const uint64_t PAUSE_MIN_US = 1000000, PAUSE_MAX_US = 60000000, LOG_EVERY_US = 10000000;

/* A request to hear when the pixels are there; it outlives an agent that no longer cares. */
struct barrier {
    struct source_agent *agent; /* NULL: nobody waits */
    size_t len;                 /* bytes held when it was asked for */
};

struct source_agent {
    struct scene_source source; /* first: the scene's functions get this */
    struct io_stream *stream;   /* NULL: no channel */
    struct win_link *link;
    struct buf held;
    struct barrier *barrier; /* NULL: none is pending */
    bool reading_paused;
    bool overflowed; /* the queue was full; requests are lost until the guest reads again */
    bool failed;     /* during a feed: the scene refused a fact; `why` says which rule */
    bool applied;
    size_t noise; /* bytes since the greeting began that held no answer to it */
    struct err why;
    char session[WINDOW_MAX_TEXT + 1];
    struct agent_queue queue;
    struct win_msg desktop; /* the last SET_DESKTOP, said again to each agent */
    uint64_t pause_us;      /* before the link is started again by itself */
    uint64_t deaf_until;    /* monotonic time; meaningful while the link is broken */
    uint64_t logged_at;
    unsigned unlogged;
};

static uint64_t now_us(void)
{
    return (uint64_t)g_get_monotonic_time();
}

static uint64_t new_nonce(void)
{
    uint64_t nonce = 0;

    while (!nonce)
        if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
            nonce = (uint64_t)g_get_real_time();
    return nonce;
}

/* ---- Sending ----------------------------------------------------------------------------------
 */

static void send_out(struct source_agent *agent, struct buf *out)
{
    if (out->len && agent->stream)
        io_stream_send(agent->stream, out->data, out->len);
    buf_finish(out);
}

static void start_link(struct source_agent *agent)
{
    struct buf out = BUF_INIT;

    agent->noise = 0;
    win_link_start(agent->link, new_nonce(), &out);
    send_out(agent, &out);
}

/*
 * A guest that sleeps or is paused breaks no rule. When more was done to it than can be kept, what
 * waits is forgotten, and the agent is greeted anew as soon as it reads: it lets go of every key
 * and button then and states everything.
 */
static void send_request(struct source_agent *agent, const struct win_msg *msg)
{
    struct buf out = BUF_INIT;

    if (agent->overflowed)
        return;
    if (agent->queue.count || io_stream_queued(agent->stream)) {
        agent->overflowed = !agent_queue_add(&agent->queue, msg);
        if (agent->overflowed) {
            agent_queue_finish(&agent->queue);
            log_info("agent", "the guest does not read; what is done to it now is lost");
        }
        return;
    }
    agent_queue_note(&agent->queue, msg);
    win_msg_encode(&out, msg);
    send_out(agent, &out);
}

static void agent_window_request(struct scene_source *source, const struct win_msg *request)
{
    struct source_agent *agent = (struct source_agent *)source;

    if (!win_type_is_request(request->type))
        return;
    if (request->type == WIN_SET_DESKTOP)
        agent->desktop = *request;
    if (agent->stream && win_link_state(agent->link) == WIN_OPEN && !agent->failed)
        send_request(agent, request);
}

static void stream_drained(void *owner)
{
    struct source_agent *agent = owner;
    struct buf out = BUF_INIT;

    if (agent->overflowed) {
        agent->overflowed = false;
        start_link(agent);
    }
    while (!io_stream_queued(agent->stream) && agent_queue_take(&agent->queue, &out))
        send_out(agent, &out);
}

/* ---- The session ------------------------------------------------------------------------------
 */

static void cancel_barrier(struct source_agent *agent)
{
    if (agent->barrier)
        agent->barrier->agent = NULL;
    agent->barrier = NULL;
}

/* Nothing of the session is left; the link is as it was. */
static void end_session(struct source_agent *agent)
{
    cancel_barrier(agent);
    buf_finish(&agent->held);
    agent_queue_finish(&agent->queue);
    agent->overflowed = false;
    agent->session[0] = '\0';
    if (agent->reading_paused && agent->stream)
        io_stream_pause_reading(agent->stream, false);
    agent->reading_paused = false;
    scene_drop_windows(agent->source.scene);
    scene_commit(agent->source.scene);
}

/* One line for a broken peer, but not one a millisecond. */
static void log_failure(struct source_agent *agent, const char *why)
{
    uint64_t now = now_us();

    if (agent->logged_at && now - agent->logged_at < LOG_EVERY_US) {
        agent->unlogged++;
        return;
    }
    if (agent->unlogged)
        log_warning("agent", "cut off: %s (and %u times before this)", why, agent->unlogged);
    else
        log_warning("agent", "cut off: %s", why);
    agent->logged_at = now;
    agent->unlogged = 0;
}

static void fail(struct source_agent *agent, const char *why)
{
    log_failure(agent, why);
    agent->failed = true;
    agent->pause_us = MIN_OF(MAX_OF(agent->pause_us * 2, PAUSE_MIN_US), PAUSE_MAX_US);
    agent->deaf_until = now_us() + agent->pause_us;
    end_session(agent);
}

static void link_opened(void *owner, const struct win_hello *hello)
{
    struct source_agent *agent = owner;

    if (agent->failed)
        return;
    if (!agent->session[0])
        log_info("agent", "greeted by \"%.*s\"", (int)hello->session.len, hello->session.data);
    memcpy(agent->session, hello->session.data, hello->session.len);
    agent->session[hello->session.len] = '\0';
    agent_queue_finish(&agent->queue);
    send_request(agent, &agent->desktop);
}

static void link_message(void *owner, const struct win_msg *msg)
{
    struct source_agent *agent = owner;

    if (agent->failed || agent->why.text[0])
        return;
    agent->applied = true;
    if (msg->type == WIN_SYNC_END)
        agent->pause_us = 0; /* it can make itself understood */
    (void)scene_apply(agent->source.scene, msg, &agent->why);
}

static const struct win_link_ops link_ops = {link_opened, link_message};

/* A tail of an old session is dropped without a word; what goes on and on is something else. */
static void count_noise(struct source_agent *agent, size_t len)
{
    bool told = agent->noise > NOISE_MAX;

    agent->noise = win_link_state(agent->link) == WIN_GREETING ? agent->noise + len : 0;
    if (!told && agent->noise > NOISE_MAX)
        log_warning("agent", "what the guest writes to its agent's port is not the windows "
                             "protocol; install the agent that comes with this program");
}

/* What was held for these pixels takes effect, at once. */
static void apply_held(struct source_agent *agent, size_t len)
{
    struct buf out = BUF_INIT;
    struct err err = {0};
    int result;

    agent->applied = false;
    agent->why.text[0] = '\0';
    result = win_link_feed(agent->link, agent->held.data, len, now_us(), &out, &err);
    send_out(agent, &out);
    count_noise(agent, len);
    if (agent->failed)
        return; /* inside the feed, and everything is cleaned up */
    if (result)
        fail(agent, err.text);
    else if (agent->why.text[0])
        fail(agent, agent->why.text);
    else if (agent->stream && io_stream_queued(agent->stream) > UNREAD_MAX)
        fail(agent, "it does not read what it is told");
    if (agent->failed)
        return;
    buf_consume(&agent->held, len);
    if (agent->applied)
        scene_commit(agent->source.scene);
}

static void ask_barrier(struct source_agent *agent);

static void barrier_passed(void *data)
{
    struct barrier *barrier = data;
    struct source_agent *agent = barrier->agent;
    size_t len = barrier->len;

    free(barrier);
    if (!agent)
        return;
    agent->barrier = NULL;
    apply_held(agent, len);
    if (agent->reading_paused && agent->held.len <= HELD_MAX) {
        agent->reading_paused = false;
        io_stream_pause_reading(agent->stream, false);
    }
    ask_barrier(agent);
}

static void ask_barrier(struct source_agent *agent)
{
    if (agent->barrier || !agent->held.len)
        return;
    agent->barrier = mem_new0(struct barrier);
    *agent->barrier = (struct barrier){agent, agent->held.len};
    scene_after_pixels(agent->source.scene, barrier_passed, agent->barrier);
}

static size_t stream_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct source_agent *agent = owner;

    if (agent->failed) {
        if (now_us() < agent->deaf_until)
            return len;
        agent->failed = false;
        start_link(agent);
    }
    buf_append(&agent->held, bytes, len);
    if (agent->held.len > HELD_MAX && !agent->reading_paused) {
        agent->reading_paused = true;
        io_stream_pause_reading(agent->stream, true);
    }
    ask_barrier(agent);
    return len;
}

static void stream_closed(void *owner, const char *reason)
{
    struct source_agent *agent = owner;

    log_info("agent", "the channel is gone: %s", reason);
    source_agent_set_channel(agent, -1);
}

static const struct io_stream_ops stream_ops = {
    .data = stream_data, .closed = stream_closed, .drained = stream_drained};

static const struct scene_source_ops source_ops = {.window_request = agent_window_request};

/* ---- Life -------------------------------------------------------------------------------------
 */

struct source_agent *source_agent_create(struct scene *scene)
{
    struct source_agent *agent = mem_new0(struct source_agent);

    agent->source.ops = &source_ops;
    agent->desktop = (struct win_msg){WIN_SET_DESKTOP, .set_desktop = {.scale = 120}};
    agent->link = win_link_create(WIN_HOST, NULL, &link_ops, agent);
    scene_add_source(scene, &agent->source);
    return agent;
}

void source_agent_destroy(struct source_agent *agent)
{
    if (!agent)
        return;
    source_agent_set_channel(agent, -1);
    scene_remove_source(agent->source.scene, &agent->source);
    win_link_destroy(agent->link);
    free(agent);
}

void source_agent_set_channel(struct source_agent *agent, int fd)
{
    const int buffer = SOCKET_BUFFER;

    io_stream_destroy(steal(&agent->stream));
    agent->reading_paused = false;
    end_session(agent);
    agent->failed = false;
    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer,
                     sizeof(buffer)); /* else it is only slower */
    agent->stream = io_stream_create(fd, &stream_ops, agent);
    io_stream_set_limits(agent->stream, HELD_MAX, QUEUE_HARD_MAX);
    start_link(agent);
}

void source_agent_channel_changed(struct source_agent *agent, bool guest_open)
{
    bool greets;

    if (!agent->stream)
        return;
    /*
     * A greeting that was sent while nobody was there waits in the channel or is lost; then the
     * agent's own first HELLO asks for another. So one that is not answered is not repeated.
     */
    greets = !agent->failed && win_link_state(agent->link) == WIN_GREETING;
    if (guest_open && greets)
        return;
    end_session(agent);
    agent->failed = false;
    if (!greets)
        start_link(agent);
}

const char *source_agent_session(const struct source_agent *agent)
{
    return agent->session;
}
