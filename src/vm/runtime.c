/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime directory and its guard; see runtime.h. */
#include "vm/runtime.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FILE_MAX = 64 << 10,
    CLAIM_TRIES = 20, /* against others who remove the same directory at the same moment */
    QEMU_GRACE_MS = 1000,
};

static char *join(const char *folder, const char *name)
{
    size_t len = strlen(folder) + strlen(name) + 2;
    char *path = mem_alloc0(len, 1);

    snprintf(path, len, "%s/%s", folder, name);
    return path;
}

static bool is_ours(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid();
}

/* The folder of all machines; made when `make`. The caller frees it. */
static char *root(bool make, struct err *err)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    char text[64], *path;
    struct stat st;

    snprintf(text, sizeof(text), "/run/user/%u", (unsigned)getuid());
    if (!xdg || xdg[0] != '/')
        xdg = is_ours(text) ? text : NULL;
    if (xdg) {
        path = join(xdg, "oriel");
    } else {
        snprintf(text, sizeof(text), "/tmp/oriel-%u", (unsigned)getuid());
        path = mem_strdup(text);
    }
    if (make && mkdir(path, 0700) < 0 && errno != EEXIST) {
        err_set(err, "cannot make %s: %s; check XDG_RUNTIME_DIR", path, strerror(errno));
        free(path);
        return NULL;
    }
    /* In /tmp anybody could have been first; a folder of somebody else's is never used. */
    if (lstat(path, &st) == 0 && (!is_ours(path) || (make && chmod(path, 0700) < 0))) {
        err_set(err, "%s belongs to somebody else; set XDG_RUNTIME_DIR", path);
        free(path);
        return NULL;
    }
    return path;
}

/*
 * Opens and locks a machine's directory without waiting: its descriptor; -1 with EWOULDBLOCK when
 * a supervisor holds it; -1 with another errno.
 */
static int lock_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held, there;

    if (fd < 0)
        return -1;
    /* The folder of all machines may have been made by somebody else since it was looked at. */
    if (fstat(fd, &held) < 0 || held.st_uid != getuid()) {
        close(fd);
        errno = EACCES;
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        errno = EWOULDBLOCK;
        return -1;
    }
    /* It may have been removed, and made anew, between the two calls. */
    if (fstat(fd, &held) < 0 || stat(path, &there) < 0 || held.st_ino != there.st_ino ||
        held.st_dev != there.st_dev) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

/* Empties the directory; the caller holds its lock. */
static void empty(int lock)
{
    int fd = openat(lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        unlinkat(lock, entry->d_name, 0);
    if (dir)
        closedir(dir);
}

static void remove_directory(const char *path, int lock)
{
    char *folder = mem_strdup(path), *slash = strrchr(folder, '/');

    empty(lock);
    rmdir(path);
    *slash = 0;
    rmdir(folder); /* succeeds for the last machine only */
    free(folder);
}

/* Everything but the pipe and the lock would keep others' pipes and files open. */
static void forget_descriptors(int pipe, int lock)
{
    int null = open("/dev/null", O_RDWR);
    unsigned low = (unsigned)(pipe < lock ? pipe : lock);
    unsigned high = (unsigned)(pipe < lock ? lock : pipe);

    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (low > 3)
        close_range(3, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0u, 0);
}

/* The guard's life: it sleeps until the supervisor's end of the pipe is gone. */
static void guard(const char *path, int pipe, int lock)
{
    int qemu = -1;
    pid_t pid;
    ssize_t n;

    setsid();
    for (int s = 1; s < NSIG; s++)
        signal(s, s == SIGHUP || s == SIGINT || s == SIGQUIT || s == SIGTERM || s == SIGPIPE
                      ? SIG_IGN
                      : SIG_DFL);
    prctl(PR_SET_NAME, "oriel-guard");
    forget_descriptors(pipe, lock);
    if (chdir("/") < 0)
        _exit(1);
    while ((n = read(pipe, &pid, sizeof(pid))) != 0) {
        if (n == sizeof(pid))
            qemu = (int)syscall(SYS_pidfd_open, pid, 0);
        else if (errno != EINTR)
            break;
    }
    /* QEMU was sent SIGTERM by the kernel when the supervisor died. */
    if (qemu >= 0 && poll(&(struct pollfd){qemu, POLLIN, 0}, 1, QEMU_GRACE_MS) == 0)
        syscall(SYS_pidfd_send_signal, qemu, SIGKILL, NULL, 0);
    remove_directory(path, lock);
    _exit(0);
}

static int start_guard(struct vm_runtime *rt, struct err *err)
{
    int pipes[2];

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    rt->guard_pid = fork();
    if (!rt->guard_pid) {
        close(pipes[1]);
        guard(rt->path, pipes[0], rt->lock);
    }
    close(pipes[0]);
    if (rt->guard_pid < 0) {
        close(pipes[1]);
        return err_set(err, "cannot start a process: %s", strerror(errno));
    }
    rt->guard = pipes[1];
    return 0;
}

/* 0 with *lock, 1 when the name is in use. */
static int claim_path(const char *path, int *lock, struct err *err)
{
    for (int i = 0; i < CLAIM_TRIES; i++) {
        char *folder = root(true, err); /* another's end may just have removed it */

        if (!folder)
            return -1;
        free(folder);
        if (mkdir(path, 0700) < 0 && errno != EEXIST && errno != ENOENT)
            return err_set(err, "cannot make %s: %s", path, strerror(errno));
        *lock = lock_directory(path);
        if (*lock >= 0) {
            empty(*lock);
            return 0;
        }
        if (errno == EWOULDBLOCK)
            return 1;
        if (errno != ENOENT)
            return err_set(err, "cannot use %s: %s", path, strerror(errno));
    }
    return err_set(err, "cannot make %s: somebody keeps removing it", path);
}

int vm_runtime_claim(const char *name, struct vm_runtime *out, struct err *err)
{
    struct vm_runtime rt = VM_RUNTIME_INIT;
    char *folder = root(true, err);
    int rc;

    if (!folder)
        return -1;
    rt.path = join(folder, name);
    free(folder);
    rc = claim_path(rt.path, &rt.lock, err);
    if (rc > 0)
        err_set(err,
                "a machine named %s is running; choose another --name, or end it with "
                "\"oriel stop %s\"",
                name, name);
    if (!rc)
        rc = start_guard(&rt, err);
    if (rc) {
        if (rt.lock >= 0) {
            remove_directory(rt.path, rt.lock);
            close(rt.lock);
        }
        free(rt.path);
        return rc;
    }
    *out = rt;
    return 0;
}

void vm_runtime_set_qemu(struct vm_runtime *rt, pid_t pid)
{
    ssize_t n = write(rt->guard, &pid, sizeof(pid));

    (void)n; /* the kernel's signal ends QEMU all the same */
}

void vm_runtime_release(struct vm_runtime *rt)
{
    if (!rt->path)
        return;
    remove_directory(rt->path, rt->lock);
    /* Gone before we are, so that nobody who waits for our end still finds a process. */
    kill(rt->guard_pid, SIGKILL);
    while (waitpid(rt->guard_pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(rt->guard);
    close(rt->lock);
    free(rt->path);
    *rt = VM_RUNTIME_INIT;
}

char *vm_runtime_file(const struct vm_runtime *rt, const char *file)
{
    return join(rt->path, file);
}

int vm_runtime_write(const struct vm_runtime *rt, const char *file, const char *text,
                     struct err *err)
{
    size_t len = strlen(text);
    char temporary[80];
    int fd;

    snprintf(temporary, sizeof(temporary), ".%s", file);
    fd = openat(rt->lock, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, len) != (ssize_t)len ||
        renameat(rt->lock, temporary, rt->lock, file) < 0) {
        err_set(err, "cannot write %s/%s: %s", rt->path, file, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(fd);
    return 0;
}

/* True when a living supervisor has the directory; what a dead one left is removed. */
static bool lives(const char *path)
{
    int lock = lock_directory(path);

    if (lock < 0)
        return errno == EWOULDBLOCK;
    remove_directory(path, lock);
    close(lock);
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int vm_runtime_list(struct vm_strings *names, struct err *err)
{
    char *folder = root(false, err);
    DIR *dir = folder ? opendir(folder) : NULL;
    struct dirent *entry;
    struct err ignored;

    if (!folder)
        return -1;
    if (!dir && errno != ENOENT) {
        err_set(err, "cannot read %s: %s", folder, strerror(errno));
        free(folder);
        return -1;
    }
    while (dir && (entry = readdir(dir))) {
        char *path = join(folder, entry->d_name);

        if (vm_parse_name(entry->d_name, &ignored) == 0 && lives(path))
            vm_strings_add(names, entry->d_name);
        free(path);
    }
    if (dir)
        closedir(dir);
    free(folder);
    if (names->count)
        qsort(names->items, names->count, sizeof(*names->items), by_name);
    return 0;
}

char *vm_runtime_find(const char *name, const char *file, struct err *err)
{
    char *folder, *path, *found = NULL;

    if (vm_parse_name(name, err) < 0)
        return NULL;
    folder = root(false, err);
    if (!folder)
        return NULL;
    path = join(folder, name);
    if (lives(path))
        found = join(path, file);
    else
        err_set(err, "no machine named %s is running; \"oriel ls\" lists those that are", name);
    free(path);
    free(folder);
    return found;
}

void vm_runtime_wait(const char *name)
{
    struct err ignored;
    char *path = vm_runtime_find(name, ".", &ignored);
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    free(path);
    if (fd < 0)
        return;
    while (flock(fd, LOCK_EX) < 0 && errno == EINTR) /* the guard lets go of it at its end */
        ;
    close(fd);
}

char *vm_runtime_read(const char *name, const char *file)
{
    struct err ignored;
    char *path = vm_runtime_find(name, file, &ignored), *text;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    ssize_t n = -1;

    free(path);
    if (fd < 0)
        return NULL;
    text = mem_alloc0(FILE_MAX + 1, 1);
    n = read(fd, text, FILE_MAX);
    close(fd);
    if (n >= 0)
        return text;
    free(text);
    return NULL;
}
