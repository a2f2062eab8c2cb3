/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of a serial port; see serial_log.h. A file is never changed but at its end, so that a
 * reader needs no lock; one that is removed under it can still be read to its end. */
#include "vm/serial_log.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARTS = 2, READ_AT_ONCE = 64 << 10, PARTS_SEEN_MAX = 16 };

struct vm_serial_log {
    char *path;
    int fd;                /* of the file that is written; -1: the log has ended */
    uint64_t at, end;      /* position in the whole, and where this file is full */
    uint64_t parts[PARTS]; /* positions of the files beside the first, the oldest first; 0: none */
};

/* The file of a part; the caller frees the name. */
static char *part_path(const char *path, uint64_t position)
{
    char *name;

    if (asprintf(&name, "%s.%" PRIu64, path, position) < 0)
        abort(); /* as mem.h's functions do */
    return name;
}

static int make_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

struct vm_serial_log *vm_serial_log_create(const char *path, struct err *err)
{
    struct vm_serial_log *log;
    int fd = make_file(path);

    if (fd < 0) {
        err_set(err, "cannot make %s: %s", path, strerror(errno));
        return NULL;
    }
    log = mem_new0(struct vm_serial_log);
    log->path = mem_strdup(path);
    log->fd = fd;
    log->end = VM_SERIAL_LOG_START;
    return log;
}

void vm_serial_log_destroy(struct vm_serial_log *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    free(log);
}

static void end_log(struct vm_serial_log *log)
{
    log_warning("vm", "%s ends here: %s", log->path, strerror(errno));
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

/* The next file, and the oldest one but the first is removed when there are enough. */
static void begin_part(struct vm_serial_log *log)
{
    cleanup_free char *name = part_path(log->path, log->at);
    int fd = make_file(name);

    if (fd < 0) {
        end_log(log);
        return;
    }
    close(log->fd);
    log->fd = fd;
    log->end = log->at + VM_SERIAL_LOG_PART;
    if (log->parts[0]) {
        cleanup_free char *oldest = part_path(log->path, log->parts[0]);

        unlink(oldest);
    }
    memmove(log->parts, log->parts + 1, sizeof(log->parts) - sizeof(log->parts[0]));
    log->parts[PARTS - 1] = log->at;
}

void vm_serial_log_append(struct vm_serial_log *log, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;

    while (len && log->fd >= 0) {
        size_t room = (size_t)(log->end - log->at);
        ssize_t n;

        if (!room) {
            begin_part(log);
            continue;
        }
        n = write(log->fd, from, len < room ? len : room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            end_log(log);
            return;
        }
        log->at += (uint64_t)n;
        from += n;
        len -= (size_t)n;
    }
}

/* ---- Reading ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The positions of the parts that are there, in order; returns how many. */
static size_t find_parts(const char *path, uint64_t parts[PARTS_SEEN_MAX])
{
    cleanup_free char *folder = mem_strdup(path);
    char *slash = strrchr(folder, '/');
    const char *name = slash ? slash + 1 : folder;
    size_t len = strlen(name), n = 0;
    struct dirent *e;
    DIR *dir;

    if (slash)
        *slash = 0;
    dir = opendir(slash ? folder : ".");
    while (dir && n < PARTS_SEEN_MAX && (e = readdir(dir))) {
        char *end;
        uint64_t position;

        if (strncmp(e->d_name, name, len) != 0 || e->d_name[len] != '.')
            continue;
        position = strtoull(e->d_name + len + 1, &end, 10);
        if (!*end && position)
            parts[n++] = position;
    }
    if (dir)
        closedir(dir);
    qsort(parts, n, sizeof(parts[0]), by_value);
    return n;
}

/* Returns how many bytes there were. */
static uint64_t read_file(int fd, const struct vm_serial_log_reader *reader, void *owner)
{
    cleanup_free uint8_t *block = mem_alloc0(READ_AT_ONCE, 1);
    uint64_t sum = 0;
    ssize_t n;

    while ((n = read(fd, block, READ_AT_ONCE)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0)
            continue;
        reader->bytes(owner, block, (size_t)n);
        sum += (uint64_t)n;
    }
    close(fd);
    return sum;
}

int vm_serial_log_read(const char *path, const struct vm_serial_log_reader *reader, void *owner,
                       struct err *err)
{
    uint64_t parts[PARTS_SEEN_MAX], at;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t n;

    if (fd < 0)
        return err_set(err, "cannot read %s: %s", path, strerror(errno));
    at = read_file(fd, reader, owner);
    n = find_parts(path, parts);
    for (size_t i = 0; i < n; i++) {
        cleanup_free char *name = part_path(path, parts[i]);

        fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue; /* removed meanwhile: the next one's gap is larger */
        if (parts[i] > at)
            reader->gap(owner, parts[i] - at);
        at = parts[i] + read_file(fd, reader, owner);
    }
    return 0;
}
