/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of a machine; see disk.h. */
#include "vm/disk.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CD_MAGIC_AT = 0x8001, COPY_AT_ONCE = 1 << 20 };

static bool has_magic(int fd, off_t at, const char *magic, size_t len)
{
    char bytes[8];

    return pread(fd, bytes, len, at) == (ssize_t)len && !memcmp(bytes, magic, len);
}

static int open_file(const char *what, const char *path, struct stat *st, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT)
        return err_set(err, "the %s %.300s does not exist; check the path", what, path);
    if (fd < 0)
        return err_set(err, "the %s %.300s cannot be read: %s", what, path, strerror(errno));
    if (fstat(fd, st) < 0 || (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))) {
        close(fd);
        return err_set(err, "the %s %.300s is not a file", what, path);
    }
    return fd;
}

int vm_file_check(const char *what, const char *path, struct err *err)
{
    struct stat st;
    int fd = open_file(what, path, &st, err);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

int vm_disk_add(struct vm_config *c, const char *path, struct err *err)
{
    struct stat st;
    struct vm_disk *d;
    char *absolute;
    bool squashfs;
    int fd = open_file("disk", path, &st, err);

    if (fd < 0)
        return -1;
    absolute = realpath(path, NULL);
    if (!absolute) {
        close(fd);
        return err_set(err, "the disk %.300s cannot be found: %s", path, strerror(errno));
    }
    d = vm_config_add_disk(c);
    d->path = absolute;
    squashfs = has_magic(fd, 0, "hsqs", 4);
    if (has_magic(fd, 0, "QFI\xfb", 4))
        d->format = VM_FORMAT_QCOW2;
    else if (has_magic(fd, CD_MAGIC_AT, "CD001", 5))
        d->format = VM_FORMAT_CD;
    /* Root may write anything, so the mode is asked as well: nobody means a read-only file. */
    d->read_only = squashfs || d->format == VM_FORMAT_CD || access(path, W_OK) < 0 ||
                   (S_ISREG(st.st_mode) && !(st.st_mode & 0222));
    close(fd);
    return 0;
}

/* Appends one file; the padding to 4 bytes is the hole that the next one leaves. */
static int append_file(int to, const char *path, off_t *end, struct err *err)
{
    cleanup_free char *block = mem_alloc0(COPY_AT_ONCE, 1);
    struct stat st;
    int fd = open_file("initrd", path, &st, err);
    ssize_t n;

    if (fd < 0)
        return -1;
    *end = (*end + 3) & ~(off_t)3;
    while ((n = read(fd, block, COPY_AT_ONCE)) > 0) {
        if (pwrite(to, block, (size_t)n, *end) != n) {
            close(fd);
            return err_set(err, "the initrds do not fit into memory: %s", strerror(errno));
        }
        *end += n;
    }
    close(fd);
    return n < 0 ? err_set(err, "the initrd %.300s cannot be read: %s", path, strerror(errno)) : 0;
}

int vm_initrds_join(const struct vm_strings *paths, struct err *err)
{
    int fd = memfd_create("oriel-initrd", MFD_CLOEXEC);
    off_t end = 0;

    if (fd < 0)
        return err_set(err, "no memory for the initrds: %s", strerror(errno));
    for (size_t i = 0; i < paths->count; i++) {
        if (append_file(fd, paths->items[i], &end, err) < 0) {
            close(fd);
            return -1;
        }
    }
    return fd;
}
