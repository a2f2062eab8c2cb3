/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connecting along a route; see dial.h. */
#include "reach/dial.h"

#include "base/mem.h"
#include "io/socket.h"
#include "reach/player.h"
#include "vm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    SSH_LEAVES_MS = 3000, /* after its connection was closed */
    SSH_FAILED = 255,     /* ssh's own exit status: it, not the command, failed */
    NO_COMMAND = 127,     /* a shell's */
};

struct dial {
    const struct route *route;
    const struct dial_ops *ops;
    void *owner;
    GSource *later; /* the answer to a call */
    int fd;         /* that connected() hands out later; -1: none */
    enum dial_end why;
    struct err err;
    GCancellable *cancel; /* TCP */
    struct player *player;

    pid_t ssh; /* 0: none, or it has been waited for */
    int ssh_status;
    guint ssh_watch, ssh_patience;
    bool end_asked;
};

bool dial_is_local(const struct route *route)
{
    return route->kind == ROUTE_MACHINE || route->kind == ROUTE_UNIX;
}

/* ---- Answers ---- */

static void no_more(struct dial *d)
{
    if (d->later) {
        g_source_destroy(d->later);
        g_source_unref(d->later);
    }
    d->later = NULL;
}

static gboolean answer(gpointer data)
{
    struct dial *d = data;
    int fd = d->fd;

    no_more(d);
    d->fd = -1;
    if (fd >= 0)
        d->ops->connected(d->owner, fd);
    else
        d->ops->ended(d->owner, d->why, &d->err);
    return G_SOURCE_REMOVE;
}

static void answer_later(struct dial *d)
{
    d->later = g_idle_source_new();
    g_source_set_priority(d->later, G_PRIORITY_DEFAULT);
    g_source_set_callback(d->later, answer, d, NULL);
    g_source_attach(d->later, NULL);
}

/* ---- On this host ---- */

static void dial_machine(struct dial *d)
{
    cleanup_free char *path = vm_runtime_find(d->route->machine, "display", &d->err);

    /* A machine that ends closes its door before it sends its viewers away. */
    d->why = DIAL_GONE;
    if (path)
        d->fd = io_connect_unix(path, &d->err);
    answer_later(d);
}

static void dial_unix(struct dial *d)
{
    d->why = DIAL_REFUSED;
    d->fd = io_connect_unix(d->route->path, &d->err);
    answer_later(d);
}

static void dial_file(struct dial *d)
{
    d->why = DIAL_HOPELESS;
    d->player = player_start(d->route->path, &d->fd, &d->err);
    answer_later(d);
}

/* ---- TCP ---- */

/* A peer that vanishes without a word is noticed within a minute, by the kernel's own clock. */
static void keep_alive(int fd)
{
    static const int on = 1, idle = 20, between = 10, count = 3;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void tcp_connected(GObject *client, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect_to_host_finish(G_SOCKET_CLIENT(client), result, &error);
    struct dial *d = data;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the dial is gone */
    if (connection)
        d->fd =
            fcntl(g_socket_get_fd(g_socket_connection_get_socket(connection)), F_DUPFD_CLOEXEC, 0);
    if (d->fd >= 0) {
        keep_alive(d->fd);
    } else {
        d->why = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ? DIAL_REFUSED
                                                                                   : DIAL_FAILED;
        err_set(&d->err, "cannot connect to %s (port %u): %s", d->route->host, d->route->port,
                error ? error->message : g_strerror(errno));
    }
    answer(d);
}

static void dial_tcp(struct dial *d)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) address =
        g_network_address_new(d->route->host, (guint16)d->route->port);

    /* A proxy for the web is none for this. */
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, DIAL_SECONDS);
    d->cancel = g_cancellable_new();
    g_socket_client_connect_async(client, address, d->cancel, tcp_connected, d);
}

/* ---- ssh ---- */

static void end_ssh_sources(struct dial *d)
{
    if (d->ssh_watch)
        g_source_remove(d->ssh_watch);
    if (d->ssh_patience)
        g_source_remove(d->ssh_patience);
    d->ssh_watch = d->ssh_patience = 0;
}

/* What its exit status means. What it had to say itself it has said on standard error. */
static void judge_ssh(struct dial *d)
{
    const struct route *r = d->route;
    int status = WIFEXITED(d->ssh_status) ? WEXITSTATUS(d->ssh_status) : SSH_FAILED;

    d->why = DIAL_FAILED;
    if (status == NO_COMMAND) {
        d->why = DIAL_HOPELESS;
        err_set(&d->err, "%s has no oriel where its ssh finds programs; install it there", r->host);
    } else if (status == SSH_FAILED) {
        err_set(&d->err, "ssh to %s failed", r->host);
    } else if (status) { /* of "oriel connect" */
        d->why = DIAL_GONE;
        err_set(&d->err, "%s has no running machine %s", r->host, r->machine);
    }
}

static void ssh_ended(GPid pid, gint status, gpointer data)
{
    struct dial *d = data;

    (void)pid;
    d->ssh = 0;
    d->ssh_status = status;
    d->ssh_watch = 0;
    end_ssh_sources(d);
    if (d->end_asked) {
        judge_ssh(d);
        answer(d);
    }
}

static gboolean ssh_lingers(gpointer data)
{
    struct dial *d = data;

    d->ssh_patience = 0;
    kill(d->ssh, SIGTERM);
    return G_SOURCE_REMOVE;
}

/* It stays in our process group: it may have to ask for a password on the terminal. */
static int spawn_ssh(struct dial *d, const char *program, int fd)
{
    const struct route *r = d->route;
    char port[8];
    const char *argv[12] = {program, "-T"};
    size_t n = 2;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t defaults;
    int rc;

    snprintf(port, sizeof(port), "%u", r->port);
    if (r->port)
        argv[n++] = "-p", argv[n++] = port;
    if (r->user)
        argv[n++] = "-l", argv[n++] = r->user;
    argv[n++] = r->host;
    argv[n++] = "oriel";
    argv[n++] = "connect";
    argv[n++] = r->machine;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fd, 0);
    posix_spawn_file_actions_adddup2(&files, fd, 1);
    posix_spawnattr_init(&how);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&how, &defaults);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawnp(&d->ssh, program, &files, &how, (char *const *)argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (!rc)
        return 0;
    d->ssh = 0;
    return err_set(&d->err, "cannot start %.200s: %s", program, strerror(rc));
}

static void dial_ssh(struct dial *d, const char *program)
{
    int fds[2];

    if (!program)
        program = getenv("ORIEL_SSH");
    if (!program || !*program)
        program = "ssh";
    d->why = DIAL_HOPELESS;
    if (!io_socket_pair(fds, &d->err)) {
        if (spawn_ssh(d, program, fds[1])) {
            close(fds[0]);
        } else {
            d->fd = fds[0];
            d->ssh_watch = g_child_watch_add(d->ssh, ssh_ended, d);
        }
        close(fds[1]);
    }
    answer_later(d);
}

/* ---- Life ---- */

struct dial *dial_start(const struct route *route, const char *ssh, const struct dial_ops *ops,
                        void *owner)
{
    struct dial *d = mem_new0(struct dial);

    d->route = route;
    d->ops = ops;
    d->owner = owner;
    d->fd = -1;
    switch (route->kind) {
    case ROUTE_MACHINE:
        dial_machine(d);
        break;
    case ROUTE_UNIX:
        dial_unix(d);
        break;
    case ROUTE_TCP:
        dial_tcp(d);
        break;
    case ROUTE_SSH:
        dial_ssh(d, ssh);
        break;
    case ROUTE_FILE:
        dial_file(d);
        break;
    }
    return d;
}

void dial_ask_end(struct dial *d)
{
    d->end_asked = true;
    d->why = DIAL_FAILED;
    d->err = (struct err){0};
    if (d->ssh) {
        d->ssh_patience = g_timeout_add(SSH_LEAVES_MS, ssh_lingers, d);
        return;
    }
    if (d->route->kind == ROUTE_SSH)
        judge_ssh(d);
    if (d->player) { /* its end, or what is wrong with it: nothing that would change */
        d->why = *player_error(d->player) ? DIAL_HOPELESS : DIAL_GONE;
        err_set(&d->err, "%s", player_error(d->player));
    }
    answer_later(d);
}

void dial_finish(struct dial *d)
{
    if (!d)
        return;
    no_more(d);
    end_ssh_sources(d);
    if (d->cancel) {
        g_cancellable_cancel(d->cancel);
        g_object_unref(d->cancel);
    }
    player_destroy(d->player);
    if (d->fd >= 0)
        close(d->fd);
    if (d->ssh) {
        kill(d->ssh, SIGTERM);
        while (waitpid(d->ssh, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(d);
}
