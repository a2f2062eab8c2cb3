/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host end of the agent channel against a fake agent on a socket pair, a fake screen whose
 * pixels come when the test says so, and a sink that counts. Everything runs on one loop; a wait is
 * for an event and fails after ten seconds.
 */
#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "source/agent/agent.h"
#include "source/agent/queue.h"
#include "winproto/link.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Waiting ----------------------------------------------------------------------------------
 */

static gboolean set_true(gpointer flag)
{
    *(bool *)flag = true;
    return G_SOURCE_REMOVE;
}

#define WAIT(condition)                                                                            \
    do {                                                                                           \
        bool late_ = false;                                                                        \
        guint timer_ = g_timeout_add(10000, set_true, &late_);                                     \
        while (!(condition) && !late_)                                                             \
            g_main_context_iteration(NULL, TRUE);                                                  \
        CHECK(condition);                                                                          \
        if (!late_)                                                                                \
            g_source_remove(timer_);                                                               \
    } while (0)

static char last_log[600];
static int warnings;

static void keep_log(enum log_level level, const char *area, const char *text)
{
    if (level > LOG_LEVEL_WARNING)
        return;
    warnings++;
    snprintf(last_log, sizeof(last_log), "%s: %s", area, text);
}

/* ---- The fake screen and the counting sink ----------------------------------------------------
 */

struct screen {
    struct scene_source source;
    bool delays;
    int asked;
    void (*done)(void *data);
    void *data;
};

static gboolean screen_idle(gpointer data)
{
    struct screen *screen = data;
    void (*done)(void *data) = screen->done;

    screen->done = NULL;
    done(screen->data);
    return G_SOURCE_REMOVE;
}

static void screen_after_pixels(struct scene_source *source, void (*done)(void *data), void *data)
{
    struct screen *screen = (struct screen *)source;

    CHECK(!screen->done);
    screen->asked++;
    screen->done = done;
    screen->data = data;
    if (!screen->delays)
        g_idle_add(screen_idle, screen);
}

static const struct scene_source_ops screen_ops = {.after_pixels = screen_after_pixels};

static int facts_heard;

static void sink_facts(struct scene_sink *sink)
{
    (void)sink;
    facts_heard++;
}

static void sink_nothing(struct scene_sink *sink)
{
    (void)sink;
}

static void sink_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)sink, (void)region;
}

static const struct scene_sink_ops sink_ops = {sink_nothing, sink_facts, sink_damage};

/* ---- The fake agent ---------------------------------------------------------------------------
 */

struct fake {
    int fd;
    guint watch;
    bool reads;
    struct win_link *link;
    int opened, requests;
    struct win_msg last[4]; /* the newest first; ids are not kept */
    uint32_t motions, keys, next_key;
    bool keys_in_order;
};

static void fake_opened(void *owner, const struct win_hello *hello)
{
    (void)hello;
    ((struct fake *)owner)->opened++;
}

static void fake_message(void *owner, const struct win_msg *msg)
{
    struct fake *fake = owner;

    memmove(fake->last + 1, fake->last, sizeof(fake->last) - sizeof(fake->last[0]));
    fake->last[0] = *msg;
    fake->requests++;
    fake->motions += msg->type == WIN_POINTER_EVENT;
    if (msg->type == WIN_KEY_EVENT) {
        fake->keys++;
        fake->keys_in_order = fake->keys_in_order && msg->key.keysym == fake->next_key;
        fake->next_key++;
    }
}

static const struct win_link_ops fake_ops = {fake_opened, fake_message};

static void fake_write(struct fake *fake, const void *data, size_t len)
{
    const uint8_t *at = data;

    while (len) {
        ssize_t n = write(fake->fd, at, len);

        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else {
            g_main_context_iteration(NULL, FALSE); /* the host reads */
        }
    }
}

static void fake_send(struct fake *fake, struct buf *out)
{
    fake_write(fake, out->data, out->len);
    buf_finish(out);
}

static gboolean fake_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct fake *fake = data;
    struct buf out = BUF_INIT;
    struct err err = {0};
    uint8_t bytes[4096];
    ssize_t n;

    (void)condition;
    n = read(fd, bytes, sizeof(bytes));
    if (n <= 0) {
        fake->watch = 0;
        return G_SOURCE_REMOVE;
    }
    if (fake->link)
        CHECK_INT(win_link_feed(fake->link, bytes, (size_t)n, 1, &out, &err), 0);
    fake_send(fake, &out);
    return G_SOURCE_CONTINUE;
}

static void fake_watch(struct fake *fake)
{
    fake->watch = g_unix_fd_add(fake->fd, G_IO_IN, fake_readable, fake);
}

/* A program in the guest opens the port: a link of its own. */
static void fake_start(struct fake *fake, uint64_t nonce)
{
    struct buf out = BUF_INIT;

    win_link_destroy(fake->link);
    fake->link = win_link_create(WIN_GUEST, "ann on :0", &fake_ops, fake);
    win_link_start(fake->link, nonce, &out);
    fake_send(fake, &out);
}

static void fake_stop_reading(struct fake *fake)
{
    g_source_remove(fake->watch);
    fake->watch = 0;
}

static void put_window(struct buf *out, uint32_t id)
{
    struct rect r = {(int32_t)id, 20, 300, 200};

    win_msg_encode(out,
                   &(struct win_msg){WIN_WINDOW, .window = {.id = id, .place = r, .source = r}});
}

static void put_title(struct buf *out, uint32_t id, const char *text)
{
    win_msg_encode(out, &(struct win_msg){WIN_TITLE, .title = {id, {text, strlen(text)}}});
}

static void put_statement(struct buf *out, uint32_t windows)
{
    win_msg_encode(out, &(struct win_msg){WIN_SYNC_BEGIN, .sync = {1}});
    win_msg_encode(out,
                   &(struct win_msg){WIN_DESKTOP, .desktop = {800, 600, {0, 0, 800, 600}, 120}});
    for (uint32_t id = 1; id <= windows; id++)
        put_window(out, id);
    win_msg_encode(out, &(struct win_msg){WIN_SYNC_END, .sync = {1}});
}

static void fake_state(struct fake *fake, uint32_t windows)
{
    struct buf out = BUF_INIT;

    put_statement(&out, windows);
    fake_send(fake, &out);
}

/* ---- The stage --------------------------------------------------------------------------------
 */

struct stage {
    struct scene *scene;
    struct screen screen;
    struct scene_sink sink;
    struct source_agent *agent;
    struct fake fake;
};

static void stage_connect(struct stage *stage)
{
    int fds[2];

    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    g_unix_set_fd_nonblocking(fds[1], TRUE, NULL);
    stage->fake.fd = fds[1];
    stage->fake.keys_in_order = true;
    fake_watch(&stage->fake);
    source_agent_set_channel(stage->agent, fds[0]);
}

static struct stage *stage_create(void)
{
    struct stage *stage = mem_new0(struct stage);

    warnings = 0;
    last_log[0] = '\0';
    stage->scene = scene_create();
    stage->screen.source.ops = &screen_ops;
    stage->sink.ops = &sink_ops;
    scene_add_source(stage->scene, &stage->screen.source);
    scene_add_sink(stage->scene, &stage->sink);
    stage->agent = source_agent_create(stage->scene);
    stage_connect(stage);
    facts_heard = 0;
    return stage;
}

/* … with an agent that has stated some windows. */
static struct stage *stage_create_open(uint32_t windows)
{
    struct stage *stage = stage_create();

    fake_start(&stage->fake, 1);
    WAIT(stage->fake.opened == 1);
    fake_state(&stage->fake, windows);
    WAIT(stage->scene->has_windows);
    facts_heard = 0;
    return stage;
}

static void stage_disconnect(struct stage *stage)
{
    if (stage->fake.watch)
        g_source_remove(stage->fake.watch);
    close(stage->fake.fd);
    win_link_destroy(stage->fake.link);
    stage->fake = (struct fake){.fd = -1};
}

static void stage_destroy(struct stage *stage)
{
    stage_disconnect(stage);
    source_agent_destroy(stage->agent);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    if (stage->screen.done)
        stage->screen.done(stage->screen.data); /* nobody is there any more to hear it */
    scene_remove_source(stage->scene, &stage->screen.source);
    scene_remove_sink(stage->scene, &stage->sink);
    scene_destroy(stage->scene);
    free(stage);
}

static void request(struct stage *stage, struct win_msg msg)
{
    CHECK(scene_send_window_request(stage->scene, &msg));
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void test_statement(void)
{
    struct stage *stage = stage_create();
    struct buf out = BUF_INIT;

    CHECK_STR(source_agent_session(stage->agent), "");
    fake_start(&stage->fake, 1);
    WAIT(stage->fake.opened == 1);
    put_statement(&out, 2);
    put_title(&out, 2, "two");
    fake_send(&stage->fake, &out);
    WAIT(stage->scene->has_windows);
    CHECK_STR(source_agent_session(stage->agent), "ann on :0");
    CHECK_INT(stage->scene->desktop.width, 800);
    CHECK_INT(stage->scene->stack_count, 2);
    CHECK_STR(scene_window(stage->scene, 2)->title, "two");
    CHECK_INT(facts_heard, 1);
    CHECK_INT(warnings, 0);
    stage_destroy(stage);
}

/* What was said is invisible until its pixels are there, and only what was said by then. */
static void test_barrier(void)
{
    struct stage *stage = stage_create_open(1);
    struct buf out = BUF_INIT;
    int asked = stage->screen.asked;

    stage->screen.delays = true;
    put_title(&out, 1, "first");
    fake_send(&stage->fake, &out);
    WAIT(stage->screen.done);
    CHECK_INT(stage->screen.asked, asked + 1);
    CHECK_STR(scene_window(stage->scene, 1)->title, "");
    put_title(&out, 1, "second");
    put_window(&out, 2);
    fake_send(&stage->fake, &out);
    /* It is in the socket, so the turns of the loop that carry this request read it as well. */
    request(stage, (struct win_msg){WIN_CLOSE, .id = {1, 1}});
    WAIT(stage->fake.requests == 1);
    CHECK_STR(scene_window(stage->scene, 1)->title, "");
    CHECK_INT(facts_heard, 0);
    screen_idle(&stage->screen);
    CHECK_STR(scene_window(stage->scene, 1)->title, "first");
    CHECK(!scene_window(stage->scene, 2));
    CHECK_INT(facts_heard, 1);
    WAIT(stage->screen.done);
    CHECK(!scene_window(stage->scene, 2));
    screen_idle(&stage->screen);
    CHECK_STR(scene_window(stage->scene, 1)->title, "second");
    CHECK(scene_window(stage->scene, 2));
    CHECK_INT(facts_heard, 2);
    CHECK(!stage->screen.done);
    stage_destroy(stage);
}

static void test_destroyed_at_the_barrier(void)
{
    struct stage *stage = stage_create_open(1);
    struct buf out = BUF_INIT;

    stage->screen.delays = true;
    put_title(&out, 1, "never seen");
    fake_send(&stage->fake, &out);
    WAIT(stage->screen.done);
    stage_destroy(stage);
}

static void test_garbage_first(void)
{
    struct stage *stage = stage_create();
    struct buf out = BUF_INIT;

    memset(buf_extend(&out, 3000), 'g', 3000);
    put_title(&out, 77, "the tail of an old session");
    fake_send(&stage->fake, &out);
    fake_start(&stage->fake, 1);
    WAIT(stage->fake.opened == 1);
    fake_state(&stage->fake, 3);
    WAIT(stage->scene->has_windows);
    CHECK_INT(stage->scene->stack_count, 3);
    CHECK_INT(warnings, 0);
    stage_destroy(stage);
}

/* More than any tail: something that is no agent has the port. One line, however long it goes on.
 */
static void test_garbage_for_ever(void)
{
    struct stage *stage = stage_create();

    warnings = 0;
    for (int i = 0; i < 20; i++) {
        struct buf out = BUF_INIT;

        memset(buf_extend(&out, 20000), 'g', 20000);
        fake_send(&stage->fake, &out);
    }
    WAIT(warnings);
    CHECK(strstr(last_log, "not the windows protocol; install the agent"));
    fake_start(&stage->fake, 1);
    WAIT(stage->fake.opened == 1);
    fake_state(&stage->fake, 2);
    WAIT(stage->scene->has_windows);
    CHECK_INT(warnings, 1);
    stage_destroy(stage);
}

/* The agent dies in the middle of a message; the port closes and another agent opens it. */
static void test_restart_inside(void)
{
    struct stage *stage = stage_create_open(3);
    struct buf out = BUF_INIT;

    request(stage,
            (struct win_msg){WIN_SET_DESKTOP, .set_desktop = {1366, 768, 120, WIN_SEAMLESS}});
    WAIT(stage->fake.requests == 1);
    put_title(&out, 1, "half of this title is all that comes");
    out.len /= 2;
    fake_send(&stage->fake, &out);
    source_agent_channel_changed(stage->agent, false);
    CHECK(!stage->scene->has_windows);
    CHECK_INT(stage->scene->stack_count, 0);
    CHECK_STR(source_agent_session(stage->agent), "");
    fake_start(&stage->fake, 2);
    source_agent_channel_changed(stage->agent, true);
    WAIT(stage->fake.opened == 2);
    /* What the desktop should be is told again, though nobody asked again. */
    WAIT(stage->fake.requests == 2);
    CHECK_INT(stage->fake.last[0].type, WIN_SET_DESKTOP);
    CHECK_INT(stage->fake.last[0].set_desktop.height, 768);
    fake_state(&stage->fake, 2);
    WAIT(stage->scene->has_windows);
    CHECK_INT(stage->scene->stack_count, 2);
    CHECK_STR(scene_window(stage->scene, 1)->title, "");
    CHECK_INT(warnings, 0);
    stage_destroy(stage);
}

/* Without news of the port: the new agent's HELLO is enough, and the windows need not go. */
static void test_restart_between(void)
{
    struct stage *stage = stage_create_open(3);

    fake_start(&stage->fake, 2);
    WAIT(stage->fake.opened == 2);
    CHECK(stage->scene->has_windows);
    fake_state(&stage->fake, 1);
    WAIT(stage->scene->stack_count == 1);
    CHECK_INT(warnings, 0);
    stage_destroy(stage);
}

static void test_wrong_version(void)
{
    struct stage *stage = stage_create();
    struct buf out = BUF_INIT;

    win_msg_encode(&out, &(struct win_msg){WIN_HELLO, .hello = {5, 0, 0, {"", 0}}});
    wire_patch_u16(&out, 12, 2);
    fake_send(&stage->fake, &out);
    WAIT(warnings);
    CHECK(strstr(last_log, "speaks version 2 of the windows protocol, this program version 1"));
    CHECK_INT(warnings, 1);
    fake_start(&stage->fake, 6); /* the matching one is installed */
    source_agent_channel_changed(stage->agent, false);
    source_agent_channel_changed(stage->agent, true);
    WAIT(stage->fake.opened == 1);
    fake_state(&stage->fake, 1);
    WAIT(stage->scene->has_windows);
    CHECK_INT(warnings, 1);
    stage_destroy(stage);
}

static gboolean send_a_title(gpointer data)
{
    struct buf out = BUF_INIT;

    put_title(&out, 1, "still here");
    fake_send(data, &out);
    return G_SOURCE_CONTINUE;
}

/* Cut off for a broken rule, and listened to again after a pause of a second. */
static void test_broken_and_back(void)
{
    struct stage *stage = stage_create_open(1);
    struct buf out = BUF_INIT;
    gint64 start = g_get_monotonic_time();
    guint timer;

    put_title(&out, 9, "of a window that does not exist");
    fake_send(&stage->fake, &out);
    WAIT(warnings);
    CHECK_STR(last_log, "agent: cut off: TITLE for window 9, which does not exist");
    CHECK(!stage->scene->has_windows);
    CHECK_INT(facts_heard, 1);
    timer = g_timeout_add(100, send_a_title, &stage->fake);
    WAIT(stage->fake.opened == 2);
    CHECK(g_get_monotonic_time() - start >= 1000000);
    g_source_remove(timer);
    fake_state(&stage->fake, 2);
    WAIT(stage->scene->has_windows);
    CHECK_INT(warnings, 1);
    stage_destroy(stage);
}

static void test_too_many_windows(void)
{
    struct stage *stage = stage_create_open(WINDOW_MAX_COUNT);
    struct buf out = BUF_INIT;

    CHECK_INT(stage->scene->stack_count, WINDOW_MAX_COUNT);
    CHECK_INT(warnings, 0);
    put_window(&out, WINDOW_MAX_COUNT + 1);
    fake_send(&stage->fake, &out);
    WAIT(warnings);
    CHECK_STR(last_log, "agent: cut off: more than 4096 windows");
    CHECK(!stage->scene->has_windows);
    CHECK_INT(stage->scene->stack_count, 0);
    stage_destroy(stage);
}

static void test_too_fast(void)
{
    struct stage *stage = stage_create_open(1);
    struct buf out = BUF_INIT;

    for (int i = 0; i < WIN_RATE_BURST + 4000; i++)
        put_title(&out, 1, "t");
    fake_send(&stage->fake, &out);
    WAIT(warnings);
    CHECK_STR(last_log, "agent: cut off: it sends more than 2000 messages a second");
    CHECK(!stage->scene->has_windows);
    stage_destroy(stage);
}

static void test_requests(void)
{
    struct stage *stage = stage_create();
    uint32_t order[] = {2, 1};

    /* Before an agent is there only the desktop's state is remembered. */
    request(stage, (struct win_msg){WIN_SET_DESKTOP, .set_desktop = {1400, 1050, 0, 0}});
    request(stage, (struct win_msg){WIN_CLOSE, .id = {1, 1}});
    fake_start(&stage->fake, 1);
    WAIT(stage->fake.requests == 1);
    CHECK_INT(stage->fake.last[0].set_desktop.width, 1400);
    request(stage, (struct win_msg){WIN_ACTIVATE, .activate = {1, 5}});
    request(stage, (struct win_msg){WIN_RESTACK, .order = {6, 2, order}});
    request(stage, (struct win_msg){WIN_POINTER_EVENT, .pointer = {.id = 1, .x = 3, .buttons = 1}});
    WAIT(stage->fake.requests == 4);
    CHECK_INT(stage->fake.last[2].type, WIN_ACTIVATE);
    CHECK_INT(stage->fake.last[1].type, WIN_RESTACK);
    CHECK_INT(stage->fake.last[0].pointer.x, 3);
    stage_destroy(stage);
}

static void move_pointer(struct stage *stage, int32_t x)
{
    request(stage, (struct win_msg){WIN_POINTER_EVENT, .pointer = {.id = 1, .x = x}});
}

static void press(struct stage *stage, uint32_t number)
{
    request(stage, (struct win_msg){WIN_KEY_EVENT, .key = {1, 30, number & 1, number}});
}

/* While the guest sleeps only the newest place of the pointer and of each window is kept. */
static void test_backed_up(void)
{
    struct stage *stage = stage_create_open(1);

    fake_stop_reading(&stage->fake);
    for (int32_t i = 0; i < 100000; i++) {
        move_pointer(stage, i % 20000);
        request(stage, (struct win_msg){WIN_CONFIGURE,
                                        .configure = {1 + i % 3, (uint32_t)i, {0, 0, 100, 100}}});
    }
    press(stage, 0);
    move_pointer(stage, 7);
    press(stage, 1);
    fake_watch(&stage->fake);
    WAIT(stage->fake.keys == 2);
    CHECK(stage->fake.keys_in_order);
    CHECK(stage->fake.requests < 2000);
    CHECK_INT(stage->fake.last[0].type, WIN_KEY_EVENT);
    CHECK_INT(stage->fake.last[1].pointer.x, 7);
    CHECK_INT(stage->fake.last[2].type, WIN_KEY_EVENT);
    CHECK_INT(stage->fake.last[3].configure.serial, 99999);
    CHECK_INT(stage->fake.opened, 1);
    stage_destroy(stage);
}

/* More than can be kept is lost, and the agent starts anew when it wakes; its windows stay. */
static void test_overflow(void)
{
    struct stage *stage = stage_create_open(1);

    fake_stop_reading(&stage->fake);
    for (uint32_t i = 0; i < 10000; i++)
        press(stage, i);
    fake_watch(&stage->fake);
    WAIT(stage->fake.opened == 2);
    CHECK(stage->fake.keys_in_order);
    CHECK(stage->fake.keys < 2000);
    CHECK(stage->scene->has_windows);
    fake_state(&stage->fake, 2);
    WAIT(stage->scene->stack_count == 2);
    CHECK_INT(warnings, 0);
    stage_destroy(stage);
}

/* A guest that asks to be greeted for ever and never reads fills nothing. */
static void test_greedy(void)
{
    struct stage *stage = stage_create();
    struct buf out = BUF_INIT;

    fake_stop_reading(&stage->fake);
    for (uint64_t i = 1; i < 20000; i++)
        win_msg_encode(&out, &(struct win_msg){WIN_HELLO, .hello = {i, 0, 0, {"", 0}}});
    fake_send(&stage->fake, &out);
    WAIT(warnings);
    CHECK_STR(last_log, "agent: cut off: it does not read what it is told");
    stage_destroy(stage);
}

static void test_channel_gone(void)
{
    struct stage *stage = stage_create_open(2);

    stage_disconnect(stage);
    WAIT(!stage->scene->has_windows);
    request(stage, (struct win_msg){WIN_CLOSE, .id = {1, 1}});
    source_agent_channel_changed(stage->agent, true);
    stage_connect(stage);
    fake_start(&stage->fake, 2);
    WAIT(stage->fake.opened == 1);
    fake_state(&stage->fake, 1);
    WAIT(stage->scene->has_windows);
    stage_destroy(stage);
}

/* ---- The queue by itself ----------------------------------------------------------------------
 */

static void add_pointer(struct agent_queue *queue, int32_t x, uint32_t buttons, int16_t wheel)
{
    struct win_pointer p = {.id = 1, .x = x, .buttons = buttons, .wheel_y = wheel};

    CHECK(agent_queue_add(queue, &(struct win_msg){WIN_POINTER_EVENT, .pointer = p}));
}

static void test_queue(void)
{
    static const struct {
        int32_t x;
        uint32_t buttons;
        int16_t wheel, count_after;
    } steps[] = {
        {1, 0, 0, 1},   {2, 0, 0, 1},   {3, 1, 0, 2}, /* down: moves and presses are two things */
        {4, 1, 0, 3},   {5, 1, 0, 3},   {6, 0, 0, 4}, /* the drag, then up */
        {7, 0, 120, 5}, {8, 0, 120, 5}, {9, 0, 0, 6}, {10, 0, -60, 7},
    };
    struct agent_queue queue = {0};
    struct buf out = BUF_INIT;
    int32_t xs[16];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        add_pointer(&queue, steps[i].x, steps[i].buttons, steps[i].wheel);
        CHECK_INT(queue.count, steps[i].count_after);
    }
    CHECK_INT(queue.requests[4].msg.pointer.wheel_y, 240);
    CHECK_INT(queue.requests[4].msg.pointer.x, 8);
    while (agent_queue_take(&queue, &out)) {
        struct win_msg msg;
        struct err err;
        size_t used;

        CHECK_INT(win_msg_decode(out.data, out.len, &used, &msg, &err), WIN_MESSAGE);
        xs[n++] = msg.pointer.x;
        buf_clear(&out);
    }
    CHECK_INT(n, 7);
    CHECK(!memcmp(xs, (int32_t[]){2, 3, 5, 6, 8, 9, 10}, sizeof(int32_t) * 7));
    buf_finish(&out);
    agent_queue_finish(&queue);
}

static void test_queue_orders(void)
{
    struct agent_queue queue = {0};
    uint32_t first[] = {1, 2}, second[] = {2, 1};

    CHECK(agent_queue_add(&queue, &(struct win_msg){WIN_RESTACK, .order = {1, 2, first}}));
    CHECK(agent_queue_add(&queue, &(struct win_msg){WIN_RESTACK, .order = {2, 2, second}}));
    CHECK_INT(queue.count, 1);
    CHECK_INT(queue.requests[0].msg.order.serial, 2);
    CHECK(queue.requests[0].msg.order.ids != second);
    CHECK(agent_queue_add(&queue, &(struct win_msg){WIN_ACTIVATE, .activate = {1, 3}}));
    CHECK(agent_queue_add(&queue, &(struct win_msg){WIN_RESTACK, .order = {4, 2, first}}));
    CHECK_INT(queue.count, 3);
    for (uint32_t i = 0; i < AGENT_QUEUE_MAX - 3; i++)
        CHECK(agent_queue_add(&queue, &(struct win_msg){WIN_CLOSE, .id = {1, i}}));
    CHECK(!agent_queue_add(&queue, &(struct win_msg){WIN_CLOSE, .id = {1, 0}}));
    agent_queue_finish(&queue);
    CHECK_INT(queue.count, 0);
}

int main(void)
{
    log_set_hook(keep_log);
    test_statement();
    test_barrier();
    test_destroyed_at_the_barrier();
    test_garbage_first();
    test_garbage_for_ever();
    test_restart_inside();
    test_restart_between();
    test_wrong_version();
    test_broken_and_back();
    test_too_many_windows();
    test_too_fast();
    test_requests();
    test_backed_up();
    test_overflow();
    test_greedy();
    test_channel_gone();
    test_queue();
    test_queue_orders();
    return check_result();
}
