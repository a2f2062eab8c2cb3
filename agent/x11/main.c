/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-agent-x11: says what windows an X11 session has, and does to them what a person on the host
 * does. Arguments and the event loop; agent.h says which file does what. Sleeps in one poll() over
 * the X connection, the channel and the signals, without a timer unless an answer is awaited.
 */
#include "agent.h"

#include "base/log.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { STORM = 2000 /* events in a row */ };

struct arguments {
    const char *display, *channel;
    bool install;
};

static const char usage[] =
    "Usage: oriel-agent-x11 [--display DISPLAY] [--channel PATH | --channel unix:PATH] "
    "[--verbose]\n"
    "       oriel-agent-x11 --install\n"
    "\n"
    "Tells the host which windows this X11 session has. Started with the session; without\n"
    "--channel it uses the virtio-serial port org.oriel.agent.0.\n"
    "\n"
    "  --install   start the agent with every session (as root), or with this user's sessions;\n"
    "              as root also lets the user at the seat open the port\n"
    "  --verbose   say what happens on standard error\n"
    "  --version, --help\n";

/* Returns 0 to go on, else the exit status + 1. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool has_value = !strcmp(arg, "--display") || !strcmp(arg, "--channel");

        if (!strcmp(arg, "--help")) {
            fputs(usage, stdout);
            return 1;
        } else if (!strcmp(arg, "--version")) {
            puts("oriel-agent-x11 " AGENT_VERSION);
            return 1;
        } else if (!strcmp(arg, "--install")) {
            out->install = true;
        } else if (!strcmp(arg, "--verbose")) {
            log_set_level(LOG_LEVEL_DEBUG);
        } else if (has_value && i + 1 < argc) {
            *(arg[2] == 'd' ? &out->display : &out->channel) = argv[++i];
        } else {
            fprintf(stderr, "oriel-agent-x11: %s %s; see oriel-agent-x11 --help\n", arg,
                    has_value ? "needs a value" : "is not an option");
            return 3;
        }
    }
    if (out->channel && strlen(out->channel) > 100) {
        fprintf(stderr, "oriel-agent-x11: the path of the channel is longer than 100 bytes; use a "
                        "shorter one\n");
        return 3;
    }
    return 0;
}

/* From what the events marked to what is said of it. */
static void settle(struct agent *a)
{
    a->now = x_clock();
    manager_timer(a);
    report_settle(a);
    frames_settle(a);
    act_places(a);
    screen_settle(a);
    props_settle(a);
    tree_settle(a);
    act_settle(a);
    input_settle(a);
    report_flush(a);
    channel_flush(a->channel);
    xcb_flush(a->x);
}

static void take_event(struct agent *a, xcb_generic_event_t *event)
{
    if (event->response_type) /* 0: an error; its window has died */
        tree_event(a, event);
    free(event);
}

static void earlier(uint64_t *deadline, uint64_t other)
{
    if (other && (!*deadline || other < *deadline))
        *deadline = other;
}

static int poll_timeout(struct agent *a)
{
    uint64_t deadline = 0, until;

    earlier(&deadline, a->wm.deadline);
    earlier(&deadline, channel_deadline(a->channel));
    earlier(&deadline, a->activation.deadline);
    for (size_t i = 0; i < a->ack_count; i++)
        earlier(&deadline, a->acks[i].deadline);
    if (report_waiting(a, &until))
        earlier(&deadline, until);
    if (!deadline)
        return -1;
    a->now = x_clock();
    return deadline <= a->now ? 0 : (int)((deadline - a->now + 999) / 1000);
}

/* Until a signal, or until the X server has gone. */
static void run(struct agent *a, int signals)
{
    unsigned taken = 0;

    for (;;) {
        struct pollfd fds[] = {
            {.fd = xcb_get_file_descriptor(a->x), .events = POLLIN},
            {.fd = channel_fd(a->channel), .events = POLLIN},
            {.fd = signals, .events = POLLIN},
        };
        xcb_generic_event_t *event;

        for (; (event = xcb_poll_for_event(a->x)); taken++)
            take_event(a, event);
        settle(a);
        if (xcb_connection_has_error(a->x)) {
            log_info("main", "the X server has gone");
            return;
        }
        /* Waiting for replies may have queued events that no descriptor announces. */
        if ((event = xcb_poll_for_queued_event(a->x))) {
            take_event(a, event);
            continue;
        }
        if (taken > STORM)
            malloc_trim(0); /* what a storm of events needed is not kept for the next */
        taken = 0;
        if (poll(fds, 3, poll_timeout(a)) < 0)
            continue;
        a->now = x_clock();
        if (fds[2].revents)
            return;
        if (fds[1].revents) {
            /* Requests are judged by the state that their sender could know at best. */
            while ((event = xcb_poll_for_event(a->x)))
                take_event(a, event);
            tree_settle(a);
            channel_ready(a->channel);
        }
        channel_timer(a->channel);
    }
}

static int signal_descriptor(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int serve(const struct arguments *args, struct err *err)
{
    struct agent a = {.now = x_clock()};
    int signals = signal_descriptor();

    a.tokens_time = a.now;
    a.tokens = WIN_RATE_BURST / 2 * (int64_t)1000;
    if (x_open(&a, args->display, err))
        return -1;
    if (!(a.channel = channel_open(&a, args->channel, err))) {
        x_close(&a);
        return -1;
    }
    manager_start(&a);
    input_start(&a);
    keymap_start(args->display);
    screen_start(&a);
    tree_start(&a);
    run(&a, signals);
    input_release(&a);
    screen_leave(&a);
    frames_set(&a, false);
    xcb_flush(a.x);
    tree_finish(&a);
    channel_close(a.channel);
    x_close(&a);
    buf_finish(&a.out);
    free(a.last_order);
    close(signals);
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments args = {0};
    struct err err = {""};
    int stop = read_arguments(argc, argv, &args);

    if (stop)
        return stop - 1;
    if (args.install ? install_run(&err) : serve(&args, &err)) {
        fprintf(stderr, "oriel-agent-x11: %s\n", err.text);
        return 1;
    }
    return 0;
}
