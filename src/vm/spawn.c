/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fork() and exec; see spawn.h. */
#include "vm/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork() and exec: only what a signal handler may do. Writes errno to `failed`. */
static void child(char *const *argv, const int *keep, size_t n_keep, int out, pid_t parent,
                  int failed)
{
    sigset_t none;
    int null, error;
    ssize_t n;

    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0); /* a terminal's Ctrl-C is ours to handle */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    null = open("/dev/null", O_RDWR);
    if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        goto failed;
    if (null > 2)
        close(null);
    for (size_t i = 0; i < n_keep; i++)
        if (keep[i] >= 0 && fcntl(keep[i], F_SETFD, 0) < 0)
            goto failed;
    execvp(argv[0], argv);
failed:
    error = errno;
    n = write(failed, &error, sizeof(error));
    _exit(n == sizeof(error) ? 127 : 126);
}

pid_t vm_spawn(char *const *argv, const int *keep, size_t n_keep, int out, struct err *err)
{
    pid_t parent = getpid(), pid;
    int failed[2], error = 0;
    ssize_t n;

    if (pipe2(failed, O_CLOEXEC) < 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    pid = fork();
    if (!pid)
        child(argv, keep, n_keep, out, parent, failed[1]);
    close(failed[1]);
    if (pid < 0) {
        close(failed[0]);
        return err_set(err, "cannot start a process: %s", strerror(errno));
    }
    do
        n = read(failed[0], &error, sizeof(error));
    while (n < 0 && errno == EINTR);
    close(failed[0]);
    if (n <= 0)
        return pid;
    waitpid(pid, NULL, 0);
    if (error == ENOENT)
        return err_set(err, "%.200s is not installed; install the package qemu-system-x86",
                       argv[0]);
    return err_set(err, "cannot start %.200s: %s", argv[0], strerror(error));
}
