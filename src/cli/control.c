/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket, both sides; see control.h. */
#include "cli/control.h"

#include "cli/command.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/runtime.h"

#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_MAX = 200, LEAVE_MS = 3000, KILL_PATIENCE_S = 5 };

struct peer {
    struct control *control;
    struct io_stream *stream;
};

struct control {
    struct io_listener *listener;
    const struct control_ops *ops;
    void *owner;
    GPtrArray *peers; /* of struct peer */
};

static void peer_destroy(gpointer data)
{
    struct peer *p = data;

    io_stream_destroy(p->stream);
    g_free(p);
}

static void obey(struct peer *p, const char *request)
{
    struct control *c = p->control;
    unsigned seconds, port, columns, rows;
    char end;

    if (sscanf(request, "stop %9u%c", &seconds, &end) == 1) {
        c->ops->stop(c->owner, seconds);
    } else if (sscanf(request, "size %3u %5u %5u%c", &port, &columns, &rows, &end) == 3) {
        if (columns <= UINT16_MAX && rows <= UINT16_MAX)
            c->ops->size(c->owner, port, columns, rows);
    } else if (!strcmp(request, "kill")) {
        c->ops->kill(c->owner);
    } else {
        static const char answer[] = "error this machine's oriel does not know the request\n";

        io_stream_send(p->stream, answer, sizeof(answer) - 1);
    }
}

static size_t peer_data(void *owner, const uint8_t *bytes, size_t len)
{
    const uint8_t *newline = memchr(bytes, '\n', len);
    char request[REQUEST_MAX];

    if (!newline)
        return 0;
    if ((size_t)(newline - bytes) < sizeof(request)) {
        g_strlcpy(request, (const char *)bytes, (gsize)(newline - bytes) + 1);
        obey(owner, request);
    }
    return (size_t)(newline - bytes) + 1;
}

static void peer_closed(void *owner, const char *reason)
{
    struct peer *p = owner;

    (void)reason;
    g_ptr_array_remove_fast(p->control->peers, p);
}

static const struct io_stream_ops peer_ops = {.data = peer_data, .closed = peer_closed};

static void accepted(void *owner, int fd)
{
    struct control *c = owner;
    struct peer *p = g_new0(struct peer, 1);

    p->control = c;
    p->stream = io_stream_create(fd, &peer_ops, p);
    io_stream_set_limits(p->stream, REQUEST_MAX, IO_STREAM_INPUT_MAX);
    g_ptr_array_add(c->peers, p);
}

struct control *control_create(const char *path, const struct control_ops *ops, void *owner,
                               struct err *err)
{
    struct control *c = g_new0(struct control, 1);

    c->ops = ops;
    c->owner = owner;
    c->peers = g_ptr_array_new_with_free_func(peer_destroy);
    c->listener = io_listen_unix(path, accepted, c, err);
    if (c->listener)
        return c;
    control_destroy(c);
    return NULL;
}

void control_stop_listening(struct control *c)
{
    io_listener_destroy(c->listener);
    c->listener = NULL;
}

void control_tell(struct control *c, const char *kind, const char *text)
{
    g_autofree char *line = g_strdup_printf("%s %s\n", kind, text);

    for (guint i = 0; i < c->peers->len; i++)
        io_stream_send(((struct peer *)c->peers->pdata[i])->stream, line, strlen(line));
}

void control_destroy(struct control *c)
{
    if (!c)
        return;
    io_listener_destroy(c->listener);
    g_ptr_array_unref(c->peers);
    g_free(c);
}

/* Prints "say" lines; returns the exit status at the last line, or -1 when there was none. */
static int listen_to(FILE *answers)
{
    char line[1024];

    while (fgets(line, sizeof(line), answers)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "say ", 4)) {
            puts(line + 4);
            fflush(stdout);
        } else if (!strncmp(line, "ok ", 3)) {
            puts(line + 3);
            return CLI_OK;
        } else if (!strncmp(line, "error ", 6)) {
            return cli_failed("%s", line + 6);
        }
    }
    return -1;
}

static int open_supervisor(const char *name)
{
    char *text = vm_runtime_read(name, "pid");
    long pid = text ? strtol(text, NULL, 10) : 0;

    free(text);
    return pid > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
}

/* A supervisor that does not answer is killed; its guard ends QEMU and clears up. */
static int kill_supervisor(const char *name, int supervisor)
{
    if (supervisor < 0 || syscall(SYS_pidfd_send_signal, supervisor, SIGKILL, NULL, 0) < 0)
        return cli_failed("%s does not answer and cannot be killed", name);
    vm_runtime_wait(name);
    printf("%s: it was killed together with its oriel, which did not answer\n", name);
    return CLI_OK;
}

static int converse(const char *name, int fd, int supervisor, const char *request, bool insist)
{
    struct timeval patience = {.tv_sec = KILL_PATIENCE_S};
    FILE *answers = fdopen(fd, "r+");
    int status;

    fcntl(fd, F_SETFL, 0); /* it has nothing else to do than to wait */
    if (insist)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    fprintf(answers, "%s\n", request);
    fflush(answers);
    status = listen_to(answers);
    fclose(answers);
    if (status < 0 && insist)
        return kill_supervisor(name, supervisor);
    if (supervisor >= 0)
        poll(&(struct pollfd){supervisor, POLLIN, 0}, 1, LEAVE_MS);
    return status >= 0 ? status : cli_failed("the oriel that ran %s is gone", name);
}

int control_ask(const char *name, const char *request, bool insist)
{
    struct err err;
    char *path = vm_runtime_find(name, "control", &err);
    int fd, supervisor, status;

    if (!path)
        return cli_wrong("%s", err.text);
    supervisor = open_supervisor(name);
    fd = io_connect_unix(path, &err);
    free(path);
    status = fd < 0 ? cli_failed("%s", err.text) : converse(name, fd, supervisor, request, insist);
    if (supervisor >= 0)
        close(supervisor);
    return status;
}
