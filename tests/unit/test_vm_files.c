/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What files are taken for, how initrds are joined, and the runtime directory's life. */
#include "check.h"
#include "vm/disk.h"
#include "vm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

static char *make_file(const char *name, off_t at, const char *bytes, size_t len, mode_t mode)
{
    char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    CHECK(fd >= 0 && ftruncate(fd, 40000) == 0);
    CHECK(pwrite(fd, bytes, len, at) == (ssize_t)len);
    CHECK_INT(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static void test_disks(void)
{
    static const struct {
        const char *name;
        off_t at;
        const char *bytes;
        mode_t mode;
        enum vm_format format;
        bool read_only;
    } cases[] = {
        {"a.qcow2", 0, "QFI\xfb", 0600, VM_FORMAT_QCOW2, false},
        {"renamed.img", 0, "QFI\xfb", 0400, VM_FORMAT_QCOW2, true},
        {"a.raw", 0, "text", 0600, VM_FORMAT_RAW, false},
        {"a.sqfs", 0, "hsqs", 0600, VM_FORMAT_RAW, true},
        {"a:b,c.iso", 0x8001, "CD001", 0600, VM_FORMAT_CD, true},
    };
    struct vm_config c;
    struct err err;

    vm_config_init(&c);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = make_file(cases[i].name, cases[i].at, cases[i].bytes,
                                          strlen(cases[i].bytes), cases[i].mode);

        CHECK_INT(vm_disk_add(&c, path, &err), 0);
        CHECK_INT(c.n_disks, i + 1);
        CHECK_INT(c.disks[i].format, cases[i].format);
        CHECK_INT(c.disks[i].read_only, cases[i].read_only);
        CHECK(c.disks[i].path[0] == '/');
        unlink(path);
        CHECK(vm_disk_add(&c, path, &err) < 0 && strstr(err.text, "does not exist"));
    }
    CHECK(vm_disk_add(&c, folder, &err) < 0 && strstr(err.text, "is not a file"));
    CHECK(vm_disk_add(&c, "/dev/null", &err) < 0);
    CHECK_INT(c.n_disks, G_N_ELEMENTS(cases));
    vm_config_finish(&c);
}

static void test_initrds(void)
{
    g_autofree char *a = make_file("a", 39999, "A", 1, 0600);
    g_autofree char *b = make_file("b", 39996, "BBBBB", 5, 0600); /* ends 1 byte after a word */
    g_autofree char *c = make_file("c", 0, "C", 1, 0600);
    struct vm_strings paths = {NULL, 0};
    struct err err;
    char bytes[120004];
    int fd;

    vm_strings_add(&paths, a);
    vm_strings_add(&paths, b);
    vm_strings_add(&paths, c);
    fd = vm_initrds_join(&paths, &err);
    CHECK(fd >= 0);
    CHECK_INT(pread(fd, bytes, sizeof(bytes), 0), 120004);
    CHECK(bytes[39999] == 'A' && bytes[80000] == 'B' && bytes[80001] == 0 && bytes[80004] == 'C');
    close(fd);
    unlink(b);
    CHECK(vm_initrds_join(&paths, &err) < 0 && strstr(err.text, "does not exist"));
    unlink(a);
    unlink(c);
    vm_strings_finish(&paths);
}

static bool is_listed(const char *name)
{
    struct vm_strings names = {NULL, 0};
    struct err err;
    bool found = false;

    CHECK_INT(vm_runtime_list(&names, &err), 0);
    for (size_t i = 0; i < names.count; i++)
        found = found || !strcmp(names.items[i], name);
    vm_strings_finish(&names);
    return found;
}

static void test_runtime(void)
{
    g_autofree char *root = g_build_filename(folder, "oriel", NULL);
    g_autofree char *path = g_build_filename(root, "m", NULL);
    struct vm_runtime rt = VM_RUNTIME_INIT, second = VM_RUNTIME_INIT;
    struct err err;
    struct stat st;
    char *text;

    CHECK(!is_listed("m"));
    CHECK_INT(vm_runtime_claim("m", &rt, &err), 0);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK(stat(root, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK(is_listed("m"));
    CHECK_INT(vm_runtime_claim("m", &second, &err), 1);
    CHECK(strstr(err.text, "a machine named m is running"));
    CHECK_INT(vm_runtime_write(&rt, "info", "one", &err), 0);
    CHECK_INT(vm_runtime_write(&rt, "info", "two", &err), 0);
    text = vm_runtime_read("m", "info");
    CHECK_STR(text ? text : "", "two");
    free(text);
    CHECK(!vm_runtime_find("none", "info", &err) && strstr(err.text, "no machine named none"));
    CHECK(!vm_runtime_find("../m", "info", &err));
    vm_runtime_release(&rt);
    CHECK(stat(root, &st) < 0 && errno == ENOENT);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* What somebody who was killed with his guard left is taken over, and what is in it goes. */
static void test_left_over(void)
{
    g_autofree char *root = g_build_filename(folder, "oriel", NULL);
    g_autofree char *path = g_build_filename(root, "m", NULL);
    g_autofree char *old = g_build_filename(path, "display", NULL);
    struct vm_runtime rt = VM_RUNTIME_INIT;
    struct err err;
    struct stat st;

    CHECK_INT(g_mkdir_with_parents(path, 0700), 0);
    CHECK(g_file_set_contents(old, "x", 1, NULL));
    CHECK_INT(vm_runtime_claim("m", &rt, &err), 0);
    CHECK(stat(old, &st) < 0);
    vm_runtime_release(&rt);
    CHECK_INT(g_mkdir_with_parents(path, 0700), 0);
    CHECK(!is_listed("m"));
    CHECK(stat(root, &st) < 0);
    CHECK_INT(symlink("/tmp", root), 0); /* a folder that is not ours by itself is not used */
    CHECK(vm_runtime_claim("m", &rt, &err) < 0 && strstr(err.text, "belongs to somebody else"));
    unlink(root);
}

/* Somebody who made the folder at the right moment and holds its lock is no machine of ours. */
static void test_somebody_else(void)
{
    g_autofree char *root = g_build_filename(folder, "oriel", NULL);
    g_autofree char *path = g_build_filename(root, "m", NULL);
    struct err err;
    int lock;

    if (getuid()) /* only root can play somebody else */
        return;
    CHECK_INT(g_mkdir_with_parents(path, 0755), 0);
    lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(flock(lock, LOCK_EX), 0);
    CHECK(is_listed("m"));
    CHECK_INT(chown(path, 1, 1), 0);
    CHECK(!is_listed("m"));
    CHECK(!vm_runtime_find("m", "vnc.sock", &err));
    close(lock);
    rmdir(path);
    rmdir(root);
}

int main(void)
{
    alarm(60);
    folder = g_dir_make_tmp("oriel-vm-XXXXXX", NULL);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    test_disks();
    test_initrds();
    test_runtime();
    test_left_over();
    test_somebody_else();
    rmdir(folder);
    g_free(folder);
    return check_result();
}
