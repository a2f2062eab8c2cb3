/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hostile agent against the host's end of its channel with a scene behind: the handshake is done
 * for it, so what the input says are facts, which must leave a scene that a sink may read, or cost
 * it the channel. How messages are cut is fuzz_winlink's.
 */
#include "base/log.h"
#include "io/socket.h"
#include "source/agent/agent.h"
#include "winproto/link.h"

#include <glib.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 3 };

static void be_silent(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area, (void)text;
}

static void nothing(struct scene_sink *sink)
{
    (void)sink;
}

/* Puts every fact into words again, as for a viewer that has just come; the encoder asserts. */
static void read_facts(struct scene_sink *sink)
{
    struct scene *scene = sink->scene;
    struct scene_window *w;
    struct win_msg fact;
    struct buf out = BUF_INIT;

    for (uint32_t i = 0; (w = scene_window_at(scene, i)); i++) {
        for (enum scene_fact f = FACT_WINDOW; f < FACT_COUNT; f++) {
            scene_window_fact(w, f, &fact);
            win_msg_encode(&out, &fact);
        }
        buf_clear(&out);
    }
    for (uint32_t i = 0; i < scene->stack_count; i++)
        if (!scene_window(scene, scene->stack[i]))
            __builtin_trap();
    buf_finish(&out);
}

static void damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)sink, (void)region;
}

static const struct scene_sink_ops sink_ops = {nothing, read_facts, damage};

static void on_opened(void *owner, const struct win_hello *hello)
{
    (void)hello;
    *(bool *)owner = true;
}

static void on_request(void *owner, const struct win_msg *msg)
{
    (void)owner, (void)msg;
}

static void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static bool shake_hands(int fd)
{
    static const struct win_link_ops ops = {on_opened, on_request};
    bool open = false;
    struct win_link *link = win_link_create(WIN_GUEST, "fuzz", &ops, &open);
    struct buf out = BUF_INIT;
    struct err err;
    uint8_t bytes[4096];
    ssize_t n = 0;

    win_link_start(link, 1, &out);
    do {
        if (n > 0)
            win_link_feed(link, bytes, (size_t)n, 1, &out, &err);
        if (out.len && send(fd, out.data, out.len, MSG_NOSIGNAL) < 0)
            break;
        buf_clear(&out);
        settle();
        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    } while (n > 0);
    win_link_destroy(link);
    buf_finish(&out);
    return open;
}

static void say(int fd, struct scene *scene, const uint8_t *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t end = done + (size + PARTS - 1) / PARTS;
        struct win_msg request = {WIN_ACTIVATE, .activate = {.serial = (uint32_t)done}};
        ssize_t n =
            send(fd, data + done, (end < size ? end : size) - done, MSG_DONTWAIT | MSG_NOSIGNAL);

        settle();
        if (n <= 0)
            break;
        done += (size_t)n;
        scene_send_window_request(scene, &request);
        settle();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene_sink sink = {.ops = &sink_ops};
    struct scene *scene = scene_create();
    struct source_agent *agent = source_agent_create(scene);
    struct err err;
    int fds[2];

    log_set_hook(be_silent);
    scene_add_sink(scene, &sink);
    if (io_socket_pair(fds, &err) == 0) {
        source_agent_set_channel(agent, fds[0]);
        settle();
        if (!shake_hands(fds[1]))
            __builtin_trap();
        say(fds[1], scene, data, size);
        close(fds[1]);
        settle();
    }
    source_agent_destroy(agent);
    scene_remove_sink(scene, &sink);
    scene_destroy(scene);
    settle();
    return 0;
}
