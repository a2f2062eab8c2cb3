/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QMP shared out among several clients: a QEMU of a few lines at one end, clients at the other, who
 * get their own answers in order and all events, leave in the middle and send nonsense.
 */
#include "check.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/relay.h"
#include "wait.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One end of a connection: what has come, as text. */
struct peer {
    struct io_stream *stream;
    GString *got;
    bool closed;
    int fd;
};

static size_t peer_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct peer *p = owner;
    int fd = io_stream_take_fd(p->stream);

    if (fd >= 0)
        p->fd = fd;
    g_string_append_len(p->got, (const char *)bytes, (gssize)len);
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

    p->got = g_string_new(NULL);
    p->fd = -1;
    p->stream = io_stream_create(fd, &peer_ops, p);
    io_stream_expect_fds(p->stream);
    return p;
}

static void peer_destroy(struct peer *p)
{
    io_stream_destroy(p->stream);
    g_string_free(p->got, TRUE);
    if (p->fd >= 0)
        close(p->fd);
    g_free(p);
}

static void say(struct peer *p, const char *text)
{
    io_stream_send(p->stream, text, strlen(text));
}

/* Waits until a peer was told so much, compares it, and forgets it. */
static void expect(struct peer *p, const char *want)
{
    CHECK(WAIT_FOR(p->got->len >= strlen(want) || p->closed));
    CHECK_STR(p->got->str, want);
    g_string_truncate(p->got, 0);
}

static char *path;

static struct peer *connect_client(void)
{
    struct err err;
    int fd = io_connect_unix(path, &err);

    CHECK(fd >= 0);
    return peer_create(fd);
}

#define GREETING_START "{\"QMP\": {\"version\": {}, \"capabilities\": ["
#define NEGOTIATE "{\"execute\": \"qmp_capabilities\"}"
#define FINE "{\"return\": {}}\r\n"

static void test_sharing(struct peer *qemu)
{
    struct peer *early = connect_client(), *late, *gone;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct stat a, b;

    say(qemu, GREETING_START "\"oob\"]}}\r\n");
    expect(qemu, NEGOTIATE "\n");
    say(qemu, FINE);
    expect(early, GREETING_START "]}}\r\n");
    late = connect_client();
    gone = connect_client();
    expect(late, GREETING_START "]}}\r\n");
    expect(gone, GREETING_START "]}}\r\n");
    say(early, "{\"execute\":\"stop\",\"id\":1}");
    expect(early, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities "
                  "negotiation with 'qmp_capabilities'\"}, \"id\": 1}\r\n");
    say(early, NEGOTIATE NEGOTIATE);
    expect(early, FINE FINE);
    say(gone, "{\"execute\": \"qmp_capabilities\", \"id\": \"x\"}\n");
    expect(gone, "{\"return\": {}, \"id\": \"x\"}\r\n");
    /* Three commands, whose answers go to those who asked; one has left. */
    say(gone, "{\"execute\":\"b\"}");
    expect(qemu, "{\"execute\":\"b\"}\n");
    say(early, "{\"execute\":\n\"a\"}");
    expect(qemu, "{\"execute\":\n\"a\"}\n");
    peer_destroy(gone);
    say(late, NEGOTIATE "{\"execute\":\"c\", \"id\": 9007199254740993}");
    expect(late, FINE);
    expect(qemu, "{\"execute\":\"c\", \"id\": 9007199254740993}\n");
    say(qemu, "{\"return\": \"b\"}\r\n{\"event\": \"E\"}\r\n{\"error\": {}}\r\n"
              "{\"return\": 3, \"id\": 9007199254740993}\r\n");
    expect(early, "{\"event\": \"E\"}\r\n{\"error\": {}}\r\n");
    expect(late, "{\"event\": \"E\"}\r\n{\"return\": 3, \"id\": 9007199254740993}\r\n");
    /* A descriptor goes with the command that it came with. */
    io_stream_send_fd(early->stream, "{\"execute\":\"getfd\"}", 19, null);
    expect(qemu, "{\"execute\":\"getfd\"}\n");
    CHECK(qemu->fd >= 0 && fstat(qemu->fd, &a) == 0 && fstat(null, &b) == 0 &&
          a.st_rdev == b.st_rdev);
    close(null);
    say(qemu, FINE);
    expect(early, FINE);
    peer_destroy(late);
    peer_destroy(early);
}

static void test_nonsense(struct peer *qemu)
{
    struct peer *c = connect_client();
    GString *many = g_string_new(NULL), *all = g_string_new(NULL);

    expect(c, GREETING_START "]}}\r\n");
    say(c, NEGOTIATE "quit\n[1]\n{\"a\":}{\"execute\":\"x\"}");
    expect(qemu, "{\"execute\":\"x\"}\n");
    say(qemu, FINE);
    expect(c, FINE
           "{\"error\": {\"class\": \"GenericError\", \"desc\": \"A command is a JSON "
           "object\"}}\r\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"A command is "
           "a JSON object\"}}\r\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"This is "
           "no JSON\"}}\r\n" FINE);
    /* More commands than may wait: they come when there are answers. */
    for (int i = 0; i < 100; i++) {
        g_string_append(many, "{\"execute\":\"m\"}\n");
        g_string_append(all, FINE);
    }
    say(c, many->str);
    while (qemu->got->len < many->len) {
        size_t before = qemu->got->len;

        CHECK(WAIT_FOR(qemu->got->len > before));
        for (; before < qemu->got->len; before++)
            if (qemu->got->str[before] == '\n')
                say(qemu, FINE);
    }
    expect(qemu, many->str);
    expect(c, all->str);
    /* An object without end is cut off at a limit. */
    say(c, "{\"");
    g_string_set_size(many, 2 << 20);
    memset(many->str, 'x', many->len);
    io_stream_send(c->stream, many->str, many->len);
    CHECK(WAIT_FOR(c->closed));
    peer_destroy(c);
    g_string_free(many, TRUE);
    g_string_free(all, TRUE);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("oriel-relay-XXXXXX", NULL);
    struct vm_relay *relay;
    struct peer *qemu, *last;
    struct err err;
    int fds[2];

    path = g_build_filename(folder, "qmp", NULL);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    relay = vm_relay_create(fds[0], path, &err);
    CHECK(relay != NULL);
    qemu = peer_create(fds[1]);
    test_sharing(qemu);
    test_nonsense(qemu);
    last = connect_client();
    expect(last, GREETING_START "]}}\r\n");
    peer_destroy(qemu);
    CHECK(WAIT_FOR(last->closed));
    peer_destroy(last);
    vm_relay_destroy(relay);
    CHECK_INT(access(path, F_OK), -1);
    rmdir(folder);
    g_free(path);
    return check_result();
}
