/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The io room: streams under load, descriptors in step with their bytes, sockets, shared memory. */
#include "base/mem.h"
#include "check.h"
#include "io/shm.h"
#include "io/socket.h"
#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* One end: counts what comes, checks that it is the counting pattern, takes descriptors. */
struct end {
    struct io_stream *s;
    uint64_t got;
    unsigned wrong, closed, drained, ended;
    size_t only; /* data() consumes at most this many bytes a call; 0: all */
    bool destroys;
    char reason[80];
};

static uint8_t pattern(uint64_t i)
{
    return (uint8_t)(i * 31 + (i >> 8));
}

static size_t end_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct end *e = owner;

    if (e->destroys) {
        io_stream_destroy(e->s);
        e->s = NULL;
        return len;
    }
    if (e->only && len > e->only)
        len = e->only;
    for (size_t i = 0; i < len; i++)
        e->wrong += bytes[i] != pattern(e->got + i);
    e->got += len;
    return len;
}

static void end_closed(void *owner, const char *reason)
{
    struct end *e = owner;

    e->closed++;
    g_strlcpy(e->reason, reason, sizeof(e->reason));
}

static void end_drained(void *owner)
{
    ((struct end *)owner)->drained++;
}

static void end_input_ended(void *owner)
{
    ((struct end *)owner)->ended++;
}

static const struct io_stream_ops ops = {end_data, end_closed, end_drained, NULL};
static const struct io_stream_ops half_ops = {end_data, end_closed, end_drained, end_input_ended};

static void pair(struct end *a, struct end *b, const struct io_stream_ops *o)
{
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    *a = *b = (struct end){0};
    a->s = io_stream_create(fds[0], o, a);
    b->s = io_stream_create(fds[1], o, b);
}

static void finish(struct end *a, struct end *b)
{
    io_stream_destroy(a->s);
    io_stream_destroy(b->s);
}

/* Turns the loop until the condition holds; a watchdog ends a test that waits in vain. */
#define TURN_UNTIL(condition)                                                                      \
    do {                                                                                           \
        while (!(condition))                                                                       \
            g_main_context_iteration(NULL, TRUE);                                                  \
    } while (0)

static void test_bulk(void)
{
    enum { TOTAL = 20 << 20 };
    uint8_t *all = mem_alloc0(TOTAL, 1);
    struct end a, b;

    for (size_t i = 0; i < TOTAL; i++)
        all[i] = pattern(i);
    pair(&a, &b, &ops);
    b.only = 1 << 15;
    for (size_t at = 0; at < TOTAL; at += TOTAL / 4)
        io_stream_send(a.s, all + at, TOTAL / 4);
    CHECK(io_stream_queued(a.s) > TOTAL / 2);
    TURN_UNTIL(b.got == TOTAL);
    CHECK_INT(b.wrong, 0);
    CHECK_INT(io_stream_queued(a.s), 0);
    TURN_UNTIL(a.drained);
    CHECK_INT(a.drained, 1);
    finish(&a, &b);
    free(all);
}

/* The order of descriptors and bytes survives a full socket and any way the reads are cut. */
static void test_descriptors(void)
{
    struct end a, b;
    uint64_t sent = 0;
    struct stat want[5], got;

    pair(&a, &b, &ops);
    io_stream_expect_fds(b.s);
    io_stream_pause_reading(b.s, true);
    for (int i = 0; i < 5; i++) {
        struct io_shm shm;
        struct err err;
        uint8_t block[100000];

        for (size_t k = 0; k < sizeof(block); k++)
            block[k] = pattern(sent + k);
        CHECK_INT(io_shm_create((size_t)(i + 1) * 4096, "test", &shm, &err), 0);
        CHECK_INT(fstat(shm.fd, &want[i]), 0);
        io_stream_send_fd(a.s, block, sizeof(block), shm.fd);
        sent += sizeof(block);
        io_shm_finish(&shm);
    }
    CHECK(io_stream_queued(a.s) > 0);
    io_stream_pause_reading(b.s, false);
    TURN_UNTIL(b.got == sent);
    CHECK_INT(b.wrong, 0);
    for (int i = 0; i < 5; i++) {
        int fd = io_stream_take_fd(b.s);

        CHECK(fd >= 0 && fstat(fd, &got) == 0 && got.st_ino == want[i].st_ino);
        CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    }
    CHECK_INT(io_stream_take_fd(b.s), -1);
    finish(&a, &b);
}

static void test_too_many_descriptors(void)
{
    struct end a, b;
    uint8_t byte;

    pair(&a, &b, &ops);
    io_stream_expect_fds(b.s);
    for (uint64_t i = 0; i <= IO_STREAM_FDS_MAX; i++) {
        byte = pattern(i);
        io_stream_send_fd(a.s, &byte, 1, 0);
    }
    TURN_UNTIL(b.closed);
    CHECK_STR(b.reason, "more file descriptors than allowed");
    finish(&a, &b);

    pair(&a, &b, &ops); /* not expected: dropped, and the bytes go on */
    byte = pattern(0);
    io_stream_send_fd(a.s, &byte, 1, 0);
    TURN_UNTIL(b.got == 1);
    CHECK_INT(io_stream_take_fd(b.s), -1);
    finish(&a, &b);
}

static void test_ends(void)
{
    uint8_t bytes[4] = {pattern(0), pattern(1), pattern(2), pattern(3)};
    struct end a, b;

    pair(&a, &b, &ops); /* what was sent before the close arrives */
    io_stream_send(a.s, bytes, 4);
    io_stream_destroy(a.s);
    a.s = NULL;
    TURN_UNTIL(b.closed);
    CHECK_INT(b.got, 4);
    CHECK_STR(b.reason, "the peer closed the connection");
    CHECK(!io_stream_is_open(b.s));
    io_stream_send(b.s, bytes, 4); /* dropped, no signal */
    finish(&a, &b);

    pair(&a, &b, &half_ops); /* half closed: the other direction goes on */
    io_stream_send(a.s, bytes, 2);
    io_stream_end_output(a.s);
    TURN_UNTIL(b.ended);
    CHECK_INT(b.got, 2);
    CHECK_INT(b.closed, 0);
    io_stream_send(b.s, bytes, 4);
    TURN_UNTIL(a.got == 4);
    io_stream_end_output(b.s);
    TURN_UNTIL(a.closed && b.closed);
    finish(&a, &b);

    pair(&a, &b, &ops); /* destroyed inside its own callback */
    b.destroys = true;
    io_stream_send(a.s, bytes, 4);
    TURN_UNTIL(!b.s && a.closed);
    finish(&a, &b);
}

static void test_limits(void)
{
    static const uint8_t block[1 << 16];
    struct end a, b;

    pair(&a, &b, &ops);
    io_stream_set_limits(a.s, 1000, 300000);
    io_stream_pause_reading(b.s, true);
    for (int i = 0; i < 20; i++)
        io_stream_send(a.s, block, sizeof(block));
    CHECK(io_stream_queued(a.s) <= 300000);
    TURN_UNTIL(a.closed);
    CHECK_STR(a.reason, "the peer reads too slowly");
    finish(&a, &b);
}

/* A paused reader whose peer has gone must not make the loop spin, and loses nothing. */
static void test_paused_hang_up(void)
{
    uint8_t bytes[2] = {pattern(0), pattern(1)};
    struct end a, b;
    int turns = 0;

    pair(&a, &b, &ops);
    io_stream_pause_reading(b.s, true);
    io_stream_send(a.s, bytes, 2);
    io_stream_destroy(a.s);
    a.s = NULL;
    while (g_main_context_iteration(NULL, FALSE) && turns < 100)
        turns++;
    CHECK(turns < 5);
    CHECK_INT(b.closed, 0);
    io_stream_pause_reading(b.s, false);
    TURN_UNTIL(b.closed);
    CHECK_INT(b.got, 2);
    finish(&a, &b);
}

static int accepted_fd = -1;

static void on_accept(void *owner, int fd)
{
    CHECK(owner == &accepted_fd);
    accepted_fd = fd;
}

static void test_unix(const char *folder)
{
    struct err err;
    struct stat st;
    char *deep = g_strdup_printf("%s/%0120d", folder, 7), *path = g_build_filename(deep, "s", NULL);
    struct io_listener *l, *second;
    int fd;

    CHECK_INT(g_mkdir_with_parents(deep, 0700), 0);
    l = io_listen_unix(path, on_accept, &accepted_fd, &err);
    CHECK(l != NULL);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    second = io_listen_unix(path, on_accept, &accepted_fd, &err);
    CHECK(!second && strstr(err.text, "in use already"));
    fd = io_connect_unix(path, &err);
    CHECK(fd >= 0);
    close(fd);
    for (int waiting = 2; waiting; waiting--) { /* the refused listener knocked too */
        accepted_fd = -1;
        TURN_UNTIL(accepted_fd >= 0);
        close(accepted_fd);
    }
    io_listener_destroy(l);
    CHECK(stat(path, &st) < 0 && errno == ENOENT);
    CHECK(io_connect_unix(path, &err) < 0);

    fd = io_bind_unix(path, &err); /* a socket left by somebody who died is replaced */
    close(fd);
    l = io_listen_unix(path, on_accept, &accepted_fd, &err);
    CHECK(l != NULL);
    io_listener_destroy(l);
    rmdir(deep);
    g_free(deep);
    g_free(path);
}

static void test_tcp(void)
{
    static const struct {
        const char *address, *says;
    } wrong[] = {
        {"5901", "write HOST:PORT"},        {"127.0.0.1:", "write HOST:PORT"},
        {"127.0.0.1:99999", "write HOST"},  {"127.0.0.1:59x", "write HOST"},
        {"0.0.0.0:0", "reached by others"}, {"[::]:0", "reached by others"},
        {"no.such.invalid:1", "no.such"},
    };
    struct err err;
    struct io_listener *l = io_listen_tcp("localhost:0", false, on_accept, &accepted_fd, &err);
    char peer[IO_PEER_SIZE], own[IO_PEER_SIZE];
    int fd, pair[2];

    CHECK(l != NULL);
    CHECK(!io_listen_tcp(io_listener_address(l), false, on_accept, &accepted_fd, &err));
    CHECK(strstr(err.text, "the port is taken"));
    fd = io_connect_tcp(io_listener_address(l), 1000, &err);
    CHECK(fd >= 0);
    accepted_fd = -1;
    TURN_UNTIL(accepted_fd >= 0);
    io_peer_name(fd, peer); /* the listener's address, but for its name of the host */
    CHECK(strrchr(peer, ':') && !strcmp(strrchr(peer, ':'), strrchr(io_listener_address(l), ':')));
    CHECK(!strncmp(peer, "127.0.0.1:", 10) || !strncmp(peer, "[::1]:", 6));
    close(accepted_fd);
    close(fd);
    io_listener_destroy(l);
    CHECK_INT(io_socket_pair(pair, &err), 0);
    snprintf(own, sizeof(own), "process %d", (int)getpid());
    io_peer_name(pair[0], peer);
    CHECK_STR(peer, own);
    close(pair[1]);
    close(pair[0]);
    fd = memfd_create("no socket", MFD_CLOEXEC);
    io_peer_name(fd, peer);
    close(fd);
    CHECK_STR(peer, "somebody");
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        CHECK(!io_listen_tcp(wrong[i].address, false, on_accept, &accepted_fd, &err));
        CHECK(strstr(err.text, wrong[i].says));
    }
    l = io_listen_tcp("0.0.0.0:0", true, on_accept, &accepted_fd, &err);
    CHECK(l != NULL);
    io_listener_destroy(l);
}

static void test_shm(void)
{
    struct io_shm mine, theirs;
    struct err err;
    int loose;

    CHECK_INT(io_shm_create(10000, "test", &mine, &err), 0);
    ((char *)mine.data)[9999] = 'x';
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mine.fd, 0) == MAP_FAILED);
    CHECK(ftruncate(mine.fd, 0) < 0);
    CHECK_INT(io_shm_map_peer(dup(mine.fd), 10000, 1 << 20, &theirs, &err), 0);
    CHECK(((char *)theirs.data)[9999] == 'x');
    ((char *)mine.data)[0] = 'y';
    CHECK(((char *)theirs.data)[0] == 'y');
    io_shm_finish(&theirs);
    CHECK(!theirs.data && theirs.fd == -1);
    CHECK(io_shm_map_peer(dup(mine.fd), 10001, 1 << 20, &theirs, &err) < 0);
    CHECK(strstr(err.text, "smaller"));
    CHECK(io_shm_map_peer(dup(mine.fd), 10000, 9999, &theirs, &err) < 0);
    io_shm_finish(&mine);
    loose = memfd_create("loose", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK_INT(ftruncate(loose, 10000), 0);
    CHECK(io_shm_map_peer(dup(loose), 10000, 1 << 20, &theirs, &err) < 0);
    CHECK(strstr(err.text, "not sealed"));
    close(loose);
    CHECK(io_shm_map_peer(open("/dev/null", O_RDONLY), 1, 1 << 20, &theirs, &err) < 0);
}

static int open_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("oriel-io-XXXXXX", NULL);
    int before;

    alarm(60); /* a callback that never comes */
    g_main_context_iteration(NULL, FALSE);
    before = open_descriptors();
    test_bulk();
    test_descriptors();
    test_too_many_descriptors();
    test_ends();
    test_limits();
    test_paused_hang_up();
    test_unix(folder);
    test_tcp();
    test_shm();
    CHECK_INT(open_descriptors(), before);
    rmdir(folder);
    return check_result();
}
