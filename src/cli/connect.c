/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel connect: standard input and output joined to a machine's screen, for a viewer at the other
 * end of ssh. It understands nothing of what it carries, and a full output does not hold input up.
 */
#include "cli/commands.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/socket.h"
#include "vm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* One direction. */
struct flow {
    int from, to;
    struct buf held; /* read and not written yet: at most a piece */
    bool ended;      /* nothing more comes */
};

static void set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void take(struct flow *f)
{
    static uint8_t piece[PIECE];
    ssize_t n = read(f->from, piece, sizeof(piece));

    if (n > 0)
        buf_append(&f->held, piece, (size_t)n);
    else if (!n || !is_for_later())
        f->ended = true;
}

/* False: whoever reads this is gone. */
static bool give(struct flow *f)
{
    ssize_t n = write(f->to, f->held.data, f->held.len);

    if (n > 0)
        buf_consume(&f->held, (size_t)n);
    return n >= 0 || is_for_later();
}

/* Until either end is over and what came before that has been passed on. */
static void carry(struct flow flows[2])
{
    for (;;) {
        struct pollfd p[4];

        for (int i = 0; i < 2; i++) {
            bool full = flows[i].held.len > 0;

            if (!full && flows[i].ended)
                return;
            p[2 * i] = (struct pollfd){full ? -1 : flows[i].from, POLLIN, 0};
            /* Standard output is watched for its reader's leaving; the socket, where there may be
               something left to read then, is not. */
            p[2 * i + 1] = (struct pollfd){full || i ? flows[i].to : -1, full ? POLLOUT : 0, 0};
        }
        if (poll(p, 4, -1) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++) {
            if (p[2 * i].revents)
                take(&flows[i]);
            if (flows[i].held.len ? !give(&flows[i]) : (bool)p[2 * i + 1].revents)
                return;
        }
    }
}

static int join(const char *name)
{
    struct err err;
    cleanup_free char *path = vm_runtime_find(name, "display", &err);
    int fd = path ? io_connect_unix(path, &err) : -1;
    struct flow flows[2] = {{0, fd, BUF_INIT, false}, {fd, 1, BUF_INIT, false}};

    if (fd < 0)
        return cli_failed("%s", err.text);
    set_blocking(0, false);
    set_blocking(1, false);
    carry(flows);
    set_blocking(0, true); /* they may be somebody else's as well */
    set_blocking(1, true);
    buf_finish(&flows[0].held);
    buf_finish(&flows[1].held);
    close(fd);
    return CLI_OK;
}

static int connect_to_machine(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_connect, argc, argv);
    cleanup_free char *only = NULL;
    const char *name = NULL;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what != CLI_OPERAND)
            return CLI_WRONG;
        if (name)
            return cli_wrong("\"oriel connect\" takes one machine; %.80s is a second", words.value);
        name = words.value;
    }
    if (!name)
        name = only = cli_only_machine();
    return name ? join(name) : CLI_WRONG;
}

const struct cli_command cli_connect = {
    .name = "connect",
    .operands = "[NAME]",
    .summary = "Joins standard input and output to a machine's screen.",
    .text =
        "What \"oriel view ssh://HOST/NAME\" runs on HOST: RFB, as on the machine's socket. It\n"
        "ends when either end does.",
    .options = NULL,
    .takes_machine = true,
    .run = connect_to_machine,
};
