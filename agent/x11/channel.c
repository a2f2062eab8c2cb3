/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to the host: a virtio-serial port, or a Unix socket in tests. Bytes go between it and the
 * link; what they mean is not known here.
 *
 * A port stays open while the host comes and goes. With no host at the other end poll() says
 * "readable, hung up" for ever, read() says 0 and write() EAGAIN. So the port is watched through an
 * epoll set of its own, edge-triggered: the kernel wakes it once when the host comes, and nothing
 * runs while it is away. A socket whose host has gone is closed and opened again with growing
 * pauses.
 */
#include "agent.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PORT_NAME "org.oriel.agent.0"
#define PORT_LINK "/dev/virtio-ports/" PORT_NAME
#define PORT_NAMES "/sys/class/virtio-ports"

enum {
    PAUSE_MIN = 200000,  /* µs between attempts to open, doubled each time … */
    PAUSE_MAX = 5000000, /* … up to this */
    BROKEN_PAUSE = 1000000,
    INPUT_STOP = 1 << 20, /* bytes of answers waiting, above which no requests are read */
};

struct channel {
    struct agent *agent;
    char *path;
    bool socket; /* else a port */
    int fd;      /* -1: closed */
    int epoll;
    bool present; /* the host is at the other end */
    uint64_t pause, deadline;
    struct win_link *link; /* also agent->link */
};

/* ---- Finding and opening ----------------------------------------------------------------------
 */

/* Without udev there is no link by name; the kernel's own list has the names. */
static char *find_port(void)
{
    DIR *dir = opendir(PORT_NAMES);
    struct dirent *entry;
    char *found = NULL;

    while (dir && !found && (entry = readdir(dir))) {
        char path[PATH_MAX], name[64] = "";
        FILE *file;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, PORT_NAMES "/%s/name", entry->d_name);
        if (!(file = fopen(path, "re")))
            continue;
        if (fgets(name, sizeof name, file)) {
            name[strcspn(name, "\n")] = 0;
            if (!strcmp(name, PORT_NAME)) {
                snprintf(path, sizeof path, "/dev/%s", entry->d_name);
                found = mem_strdup(path);
            }
        }
        fclose(file);
    }
    if (dir)
        closedir(dir);
    return found;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int try_open(struct channel *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    int fd = c->socket ? open_socket(c->path) : open(c->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event)) {
        close(fd);
        return -1;
    }
    c->fd = fd;
    c->pause = PAUSE_MIN;
    c->deadline = 0;
    return 0;
}

static void try_later(struct channel *c)
{
    c->deadline = c->agent->now + c->pause;
    c->pause = MIN_OF(c->pause * 2, (uint64_t)PAUSE_MAX);
}

/* ---- The link ---------------------------------------------------------------------------------
 */

static void on_opened(void *owner, const struct win_hello *hello)
{
    struct agent *a = owner;

    (void)hello;
    log_info("channel", "the host is there");
    input_release(a);
    report_opened(a);
}

static void on_message(void *owner, const struct win_msg *msg)
{
    act_message(owner, msg);
}

static const struct win_link_ops link_ops = {on_opened, on_message};

static void start_link(struct channel *c)
{
    uint64_t nonce = 0;

    if (getrandom(&nonce, sizeof nonce, GRND_NONBLOCK) != sizeof nonce || !nonce)
        nonce = x_clock() << 20 ^ (uint64_t)getpid(); /* unpredictable is not needed, new is */
    win_link_start(c->link, nonce | 1, &c->agent->out);
}

static void host_came(struct channel *c)
{
    c->present = true;
    start_link(c);
}

/* Everything that is only for the host's sake is undone, by an agent before this one, too. */
static void host_went(struct channel *c)
{
    struct agent *a = c->agent;

    if (c->present)
        log_info("channel", "the host has gone");
    c->present = false;
    report_closed(a);
    input_release(a);
    screen_leave(a);
    frames_set(a, false);
}

static void broken(struct channel *c, const struct err *err)
{
    char reason[sizeof err->text];

    utf8_sanitize(err->text, strlen(err->text), reason, sizeof reason);
    log_warning("channel", "the host broke the windows protocol (%s); greeting it again", reason);
    host_went(c);
    c->present = true;
    c->deadline = c->agent->now + BROKEN_PAUSE;
}

static void lost(struct channel *c)
{
    host_went(c);
    if (!c->socket)
        return;
    close(c->fd);
    c->fd = -1;
    try_later(c);
}

static bool hung_up(const struct channel *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static void read_all(struct channel *c)
{
    struct agent *a = c->agent;
    uint8_t bytes[32768];
    struct err err;

    while (c->fd >= 0 && a->out.len < INPUT_STOP) {
        ssize_t got = read(c->fd, bytes, sizeof bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            lost(c);
            return;
        }
        if (!c->present)
            host_came(c);
        if (win_link_state(c->link) == WIN_BROKEN)
            continue; /* until it is started again */
        if (win_link_feed(c->link, bytes, (size_t)got, a->now, &a->out, &err))
            broken(c, &err);
    }
}

void channel_flush(struct channel *c)
{
    struct agent *a = c->agent;
    bool was_full = a->out.len >= INPUT_STOP;

    while (c->fd >= 0 && c->present && a->out.len) {
        ssize_t put = c->socket ? send(c->fd, a->out.data, a->out.len, MSG_NOSIGNAL)
                                : write(c->fd, a->out.data, MIN_OF(a->out.len, (size_t)32768));

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno != EAGAIN) {
            lost(c);
            return;
        }
        if (put <= 0)
            break;
        buf_consume(&a->out, (size_t)put);
    }
    if (!a->out.len)
        buf_finish(&a->out);
    if (was_full && a->out.len < INPUT_STOP)
        read_all(c); /* the edge that announced these bytes is over */
}

void channel_ready(struct channel *c)
{
    struct epoll_event event;

    if (epoll_wait(c->epoll, &event, 1, 0) <= 0 || c->fd < 0)
        return;
    if (!c->socket && hung_up(c)) {
        /* What the host wrote before it went is of no use any more. */
        host_went(c);
        return;
    }
    if (!c->present)
        host_came(c);
    read_all(c);
    channel_flush(c);
}

/* ---- Life -------------------------------------------------------------------------------------
 */

static char *session_name(void)
{
    const char *user = getenv("USER"), *display = getenv("DISPLAY");
    char host[64] = "", text[256], clean[256];

    gethostname(host, sizeof host - 1);
    snprintf(text, sizeof text, "%s at %s, display %s", user ? user : "somebody", host,
             display ? display : "?");
    utf8_sanitize(text, strlen(text), clean, sizeof clean);
    return mem_strdup(clean);
}

static int open_first(struct channel *c, struct err *err)
{
    if (!try_open(c))
        return 0;
    if (c->socket || errno == EBUSY) {
        try_later(c); /* the host, or an agent that is just ending */
        return 0;
    }
    if (errno == EACCES || errno == EPERM)
        return err_set(err,
                       "%s may not be opened by this user: run \"oriel-agent-x11 --install\" as "
                       "root once, then log in again",
                       c->path);
    return err_set(err, "%s cannot be opened: %s", c->path, strerror(errno));
}

struct channel *channel_open(struct agent *a, const char *where, struct err *err)
{
    struct channel *c = mem_new0(struct channel);
    cleanup_free char *session = session_name();

    c->agent = a;
    c->fd = -1;
    c->pause = PAUSE_MIN;
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->link = a->link = win_link_create(WIN_GUEST, session, &link_ops, a);
    if (where && !strncmp(where, "unix:", 5)) {
        c->socket = true;
        c->path = mem_strdup(where + 5);
    } else if (where) {
        c->path = mem_strdup(where);
    } else if (!access(PORT_LINK, F_OK)) {
        c->path = mem_strdup(PORT_LINK);
    } else {
        c->path = find_port();
    }
    if (!c->path)
        err_set(err, "this machine has no port " PORT_NAME
                     ": start it with oriel run, or give QEMU a virtserialport of that name");
    else if (!open_first(c, err))
        return c;
    channel_close(c);
    a->link = NULL;
    return NULL;
}

void channel_close(struct channel *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    close(c->epoll);
    win_link_destroy(c->link);
    free(c->path);
    free(c);
}

int channel_fd(const struct channel *c)
{
    return c->epoll;
}

uint64_t channel_deadline(const struct channel *c)
{
    return c->deadline;
}

void channel_timer(struct channel *c)
{
    if (!c->deadline || c->agent->now < c->deadline)
        return;
    c->deadline = 0;
    if (c->fd < 0) {
        if (try_open(c))
            try_later(c);
    } else if (c->present) {
        start_link(c); /* the pause after a broken link is over */
    }
}
