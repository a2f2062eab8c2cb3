/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real QEMU for a test: started with a D-Bus display and nothing to boot, spoken to by QMP over
 * a private socket, one command at a time, blocking. For tests of what QEMU really does; not a
 * supervisor (that is src/vm).
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct guest {
    pid_t pid;
    int qmp;
    char answer[65536]; /* the last one */
};

static inline bool guest_read_line(struct guest *g)
{
    size_t n = 0;

    while (n + 1 < sizeof(g->answer) && read(g->qmp, g->answer + n, 1) == 1)
        if (g->answer[n++] == '\n') {
            g->answer[n] = 0;
            return true;
        }
    return false;
}

/* Sends one command, with a descriptor if fd is not -1. False: an error or QEMU is gone. */
static inline bool guest_qmp_fd(struct guest *g, const char *command, int fd)
{
    struct iovec io = {(void *)(uintptr_t)command, strlen(command)};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        *CMSG_FIRSTHDR(&m) = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
    }
    if (sendmsg(g->qmp, &m, MSG_NOSIGNAL) < 0)
        return false;
    while (guest_read_line(g)) {
        if (!strncmp(g->answer, "{\"return\"", 9))
            return true;
        if (!strncmp(g->answer, "{\"error\"", 8))
            return false;
    }
    return false;
}

static inline bool guest_qmp(struct guest *g, const char *command)
{
    return guest_qmp_fd(g, command, -1);
}

/* `arguments` ends with NULL; they follow `-display dbus,p2p=yes`. False: no QEMU here. */
static inline bool guest_start(struct guest *g, const char *const *arguments)
{
    const char *argv[64] = {"qemu-system-x86_64",
                            "-nodefaults",
                            "-no-user-config",
                            "-display",
                            "dbus,p2p=yes",
                            "-accel",
                            "tcg",
                            "-mon",
                            "chardev=qmp0,mode=control",
                            "-chardev"};
    char chardev[64];
    int pair[2], n = 10;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return false;
    snprintf(chardev, sizeof(chardev), "socket,id=qmp0,fd=%d", pair[1]);
    argv[n++] = chardev;
    for (; *arguments; arguments++)
        argv[n++] = *arguments;
    g->pid = fork();
    if (!g->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pair[0]);
        execvp(argv[0], (char **)(uintptr_t)argv);
        _exit(127);
    }
    close(pair[1]);
    g->qmp = pair[0];
    return guest_read_line(g) && guest_qmp(g, "{\"execute\":\"qmp_capabilities\"}\n");
}

static inline void guest_stop(struct guest *g)
{
    kill(g->pid, SIGKILL);
    waitpid(g->pid, NULL, 0);
    close(g->qmp);
}

/* A new connection to the display, our end of it. */
static inline int guest_attach_display(struct guest *g)
{
    int pair[2];
    bool ok;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    ok = guest_qmp_fd(g, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"display\"}}\n",
                      pair[1]) &&
         guest_qmp(g, "{\"execute\":\"add_client\",\"arguments\":{\"protocol\":\"@dbus-display\","
                      "\"fdname\":\"display\"}}\n");
    close(pair[1]);
    if (ok)
        return pair[0];
    close(pair[0]);
    return -1;
}

/* Resident memory in kB. */
static inline long guest_rss(const struct guest *g)
{
    char path[64], line[256];
    long kb = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)g->pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}
