/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conversation of three lines with a QEMU that has no machine; see dbus_display.h. */
#include "vm/dbus_display.h"

#include "base/buf.h"
#include "io/socket.h"
#include "vm/qmp.h"
#include "vm/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, READ_AT_ONCE = 64 << 10 };

/* The next message, or negative. Consumes it from `in`. */
static int next_message(int fd, struct buf *in, struct qmp_message *msg)
{
    struct err ignored;

    for (;;) {
        long used = qmp_parse(in->data, in->len, msg, &ignored);
        struct pollfd p = {fd, POLLIN, 0};
        ssize_t n;

        if (used) {
            if (used > 0)
                buf_consume(in, (size_t)used);
            return used > 0 ? 0 : -1;
        }
        if (poll(&p, 1, PATIENCE_MS) <= 0)
            return -1;
        n = read(fd, buf_reserve(in, READ_AT_ONCE), READ_AT_ONCE);
        if (n <= 0)
            return -1;
        buf_extend(in, (size_t)n);
    }
}

static bool list_lacks(const struct json *types)
{
    if (!types || types->type != JSON_ARRAY || !types->first)
        return false;
    for (const struct json *t = types->first; t; t = t->next)
        if (!strcmp(json_text(json_member(t, "name"), ""), "dbus-display"))
            return false;
    return true;
}

static bool converse(int fd)
{
    static const char *const commands[] = {"qmp_capabilities", "qom-list-types"};
    struct buf in = BUF_INIT, out = BUF_INIT;
    struct qmp_message msg;
    bool lacks = false;

    for (uint64_t i = 1; i <= 2; i++)
        qmp_put_command(&out, i, commands[i - 1], NULL);
    if (send(fd, out.data, out.len, MSG_NOSIGNAL) == (ssize_t)out.len) {
        bool done = false;

        while (!done && next_message(fd, &in, &msg) == 0) {
            done = msg.id == 2;
            lacks = done && msg.kind == QMP_RETURN && list_lacks(msg.body);
            qmp_message_finish(&msg);
        }
    }
    buf_finish(&in);
    buf_finish(&out);
    return lacks;
}

bool vm_dbus_display_is_missing(const char *qemu)
{
    struct vm_strings argv = {NULL, 0};
    int fds[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct err ignored;
    bool missing = false;
    pid_t pid;

    if (null < 0 || io_socket_pair(fds, &ignored) < 0) {
        close(null);
        return false;
    }
    for (const char *const *w =
             (const char *const[]){qemu, "-M", "none", "-nodefaults", "-no-user-config", "-display",
                                   "none", "-S", "-mon", "chardev=m,mode=control", "-chardev",
                                   NULL};
         *w; w++)
        vm_strings_add(&argv, *w);
    vm_strings_addf(&argv, "socket,id=m,fd=%d", fds[1]);
    pid = vm_spawn(argv.items, &fds[1], 1, null, &ignored);
    close(fds[1]);
    close(null);
    if (pid > 0) {
        missing = converse(fds[0]);
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close(fds[0]);
    vm_strings_finish(&argv);
    return missing;
}
