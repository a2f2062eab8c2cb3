/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that stay; see data.h. */
#include "reach/data.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *data_path(const char *file)
{
    char *path = g_build_filename(g_get_user_data_dir(), "oriel", file, NULL);
    char *own = mem_strdup(path);

    g_free(path);
    return own;
}

int data_lock(struct err *err)
{
    cleanup_free char *path = data_path("");
    int fd;

    if (g_mkdir_with_parents(path, 0700) < 0)
        return err_set(err, "cannot make the directory %s: %s", path, strerror(errno));
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        err_set(err, "cannot lock the directory %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

int data_read(const char *path, struct buf *out, struct err *err)
{
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f) {
        err_set(err, "cannot read %s: %s", path, strerror(errno));
        return errno == ENOENT ? 1 : -1;
    }
    n = fread(buf_reserve(out, DATA_FILE_MAX + 1), 1, DATA_FILE_MAX + 1, f);
    if (ferror(f)) {
        fclose(f);
        return err_set(err, "cannot read %s: %s", path, strerror(errno));
    }
    fclose(f);
    if (n > DATA_FILE_MAX)
        return err_set(err, "%s is longer than %d bytes", path, DATA_FILE_MAX);
    buf_extend(out, n);
    return 0;
}

int data_write(const char *path, const struct buf *text, struct err *err)
{
    GError *error = NULL;

    if (g_file_set_contents_full(path, (const char *)text->data, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
        return 0;
    err_set(err, "cannot write %s: %s", path, error->message);
    g_error_free(error);
    return -1;
}

int data_read_secret(const char *path, char *line, size_t room, struct err *err)
{
    struct buf text = BUF_INIT;
    struct stat st;
    size_t len;
    int rc = -1;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        return err_set(err, "%s can be read by others; \"chmod 600 %s\" keeps it to yourself", path,
                       path);
    if (data_read(path, &text, err)) {
        buf_finish(&text);
        return -1;
    }
    buf_append(&text, "\n", 1);
    len = (size_t)((uint8_t *)memchr(text.data, '\n', text.len) - text.data);
    if (len && text.data[len - 1] == '\r')
        len--;
    if (!len || memchr(text.data, 0, len)) {
        err_set(err, "%s has no password in its first line", path);
    } else if (len >= room) {
        err_set(err, "the password in %s is longer than %zu bytes", path, room - 1);
    } else {
        memcpy(line, text.data, len);
        line[len] = 0;
        rc = 0;
    }
    explicit_bzero(text.data, text.len);
    buf_finish(&text);
    return rc;
}
