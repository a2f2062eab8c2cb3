/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A serial port's socket and its log: history and present for several viewers, one that does not
 * read, whose answers the guest gets, and a log that is larger than what is kept.
 */
#include "check.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/serial.h"
#include "vm/serial_log.h"
#include "wait.h"

#include <glib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

/* ---- The log ---- */

/* The byte at a position of what is logged. */
static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at ^ (at >> 8) ^ (at >> 16));
}

struct seen {
    uint64_t at, gaps, gap_at;
    bool wrong;
};

static void see_bytes(void *owner, const uint8_t *bytes, size_t len)
{
    struct seen *s = owner;

    for (size_t i = 0; i < len; i++)
        s->wrong = s->wrong || bytes[i] != byte_at(s->at + i);
    s->at += len;
}

static void see_gap(void *owner, uint64_t len)
{
    struct seen *s = owner;

    s->gap_at = s->at;
    s->gaps += len;
    s->at += len;
}

static const struct vm_serial_log_reader reader = {see_bytes, see_gap};

static void write_up_to(struct vm_serial_log *log, uint64_t *at, uint64_t end)
{
    uint8_t block[9973]; /* no file ends with one */

    while (*at < end) {
        size_t n = end - *at < sizeof(block) ? (size_t)(end - *at) : sizeof(block);

        for (size_t i = 0; i < n; i++)
            block[i] = byte_at(*at + i);
        vm_serial_log_append(log, block, n);
        *at += n;
    }
}

static uint64_t size_of_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    uint64_t sum = 0;
    const char *name;
    struct stat st;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        CHECK_INT(stat(path, &st), 0);
        CHECK_INT(st.st_mode & 0777, 0600);
        sum += (uint64_t)st.st_size;
    }
    g_dir_close(dir);
    return sum;
}

static void clear_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        unlink(path);
    }
    g_dir_close(dir);
}

static void test_log(void)
{
    static const struct {
        uint64_t len, gap;
    } cases[] = {{0, 0},
                 {100, 0},
                 {VM_SERIAL_LOG_START, 0},
                 {VM_SERIAL_LOG_START + 2 * VM_SERIAL_LOG_PART, 0},
                 {VM_SERIAL_LOG_START + 2 * VM_SERIAL_LOG_PART + 1, VM_SERIAL_LOG_PART},
                 {VM_SERIAL_LOG_START + 5 * VM_SERIAL_LOG_PART - 1, 3 * VM_SERIAL_LOG_PART}};
    g_autofree char *path = g_build_filename(folder, "serial.log", NULL);
    struct err err;
    struct vm_serial_log *log = vm_serial_log_create(path, &err);
    uint64_t at = 0;

    CHECK(log != NULL);
    CHECK(!vm_serial_log_create(path, &err));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct seen seen = {0};

        write_up_to(log, &at, cases[i].len);
        CHECK_INT(vm_serial_log_read(path, &reader, &seen, &err), 0);
        CHECK(!seen.wrong);
        CHECK_INT(seen.at, cases[i].len);
        CHECK_INT(seen.gaps, cases[i].gap);
        CHECK(!seen.gaps || seen.gap_at == VM_SERIAL_LOG_START);
        CHECK(size_of_folder() <= VM_SERIAL_LOG_START + 2 * VM_SERIAL_LOG_PART);
    }
    vm_serial_log_destroy(log);
    clear_folder();
    CHECK(vm_serial_log_read(path, &reader, NULL, &err) < 0);
}

/* ---- The socket ---- */

struct peer {
    struct io_stream *stream;
    GString *got;
    bool closed;
};

static size_t peer_data(void *owner, const uint8_t *bytes, size_t len)
{
    g_string_append_len(((struct peer *)owner)->got, (const char *)bytes, (gssize)len);
    return len;
}

static void peer_closed(void *owner, const char *reason)
{
    (void)reason;
    ((struct peer *)owner)->closed = true;
}

static const struct io_stream_ops peer_ops = {.data = peer_data, .closed = peer_closed};

static struct peer *peer_create(int fd)
{
    struct peer *p = g_new0(struct peer, 1);

    CHECK(fd >= 0);
    p->got = g_string_new(NULL);
    p->stream = io_stream_create(fd, &peer_ops, p);
    return p;
}

static void peer_destroy(struct peer *p)
{
    io_stream_destroy(p->stream);
    g_string_free(p->got, TRUE);
    g_free(p);
}

static void say(struct peer *p, const char *text)
{
    io_stream_send(p->stream, text, strlen(text));
}

static void expect(struct peer *p, const char *want)
{
    CHECK(WAIT_FOR(p->got->len >= strlen(want) || p->closed));
    CHECK_STR(p->got->str, want);
    g_string_truncate(p->got, 0);
}

static struct peer *look(const char *path)
{
    struct err err;

    return peer_create(io_connect_unix(path, &err));
}

static void test_viewers(struct peer *guest, const char *path)
{
    struct peer *one = look(path), *two;

    say(guest, "\33[31mhello\33]0;title\a\33[6n");
    expect(one, "\33[31mhello\33]0;title\a\33[6n"); /* the present is as it is */
    two = look(path);
    expect(two, "\33[31mhello"); /* the history isn't */
    say(guest, "!\r\n");
    expect(one, "!\r\n");
    expect(two, "!\r\n");
    /* Both terminals answer; who types last is heard. */
    say(one, "\33[5;6R");
    expect(guest, "\33[5;6R");
    say(two, "\33[5;7R");
    say(two, "ls\r");
    expect(guest, "ls\r");
    say(one, "\33[5;8R\33[0n");
    say(two, "\33[2;9R");
    expect(guest, "\33[2;9R");
    peer_destroy(two);
    say(guest, "?");
    expect(one, "?");
    CHECK(WAIT_FOR((say(one, "\33[3;1R"), guest->got->len > 0)));
    g_string_truncate(guest->got, 0);
    peer_destroy(one);
}

/* Eleven megabytes without a newline, for one who reads and one who doesn't. */
static void test_flood(struct peer *guest, const char *path)
{
    enum { BLOCK = 1 << 16, BLOCKS = 176 };
    struct peer *reads = look(path), *late;
    struct err err;
    int sleeps = io_connect_unix(path, &err);
    g_autofree char *block = g_strnfill(BLOCK, 'x');
    g_autofree char *log = g_strconcat(path, ".log", NULL);
    struct seen seen = {0};
    size_t history = 0;

    CHECK(WAIT_FOR(reads->got->len > 0));
    g_string_truncate(reads->got, 0);
    for (int i = 0; i < BLOCKS; i++) {
        io_stream_send(guest->stream, block, BLOCK);
        history += BLOCK;
        CHECK(WAIT_FOR(reads->got->len >= history));
    }
    CHECK_INT(reads->got->len, (size_t)BLOCK * BLOCKS);
    late = look(path);
    CHECK(WAIT_FOR(late->got->len >= VM_SERIAL_HISTORY));
    CHECK_INT(late->got->len, VM_SERIAL_HISTORY);
    say(guest, "\nline\n");
    CHECK(WAIT_FOR(reads->got->len >= history + 6));
    peer_destroy(late);
    late = look(path); /* now there are lines: it begins with one */
    expect(late, "line\n");
    CHECK_INT(vm_serial_log_read(log, &reader, &seen, &err), 0);
    CHECK(seen.at > history && !seen.gaps);
    peer_destroy(late);
    peer_destroy(reads);
    close(sleeps);
}

int main(void)
{
    g_autofree char *path = NULL;
    char name[VM_SERIAL_FILE_SIZE];
    struct vm_serial *serial;
    struct peer *guest, *last;
    struct err err;
    int fds[2];

    folder = g_dir_make_tmp("oriel-serial-XXXXXX", NULL);
    test_log();
    CHECK_STR(vm_serial_file(0, name), "serial");
    path = g_build_filename(folder, vm_serial_file(7, name), NULL);
    CHECK_STR(name, "serial7");
    CHECK_INT(io_socket_pair(fds, &err), 0);
    serial = vm_serial_create(fds[0], path, &err);
    CHECK(serial != NULL);
    guest = peer_create(fds[1]);
    test_viewers(guest, path);
    test_flood(guest, path);
    last = look(path);
    expect(last, "line\n");
    vm_serial_destroy(serial);
    CHECK(WAIT_FOR(last->closed));
    peer_destroy(last);
    peer_destroy(guest);
    clear_folder();
    rmdir(folder);
    g_free(folder);
    return check_result();
}
