/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layers on a stream: toy layers that greet, frame and answer by themselves, alone and stacked, cut
 * at every position, and everything that can end them.
 */
#include "base/mem.h"
#include "check.h"
#include "io/layers.h"
#include "io/socket.h"
#include "io/stream.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The toy: each end first says "H"; what is sent before the peer's "H" has come is kept. Then
 * frames: a length below 200 and so many bytes, each xored with the key. 200 asks for a "p" from
 * the layer itself, 201 breaks it, a "Z" in a length's place is the last word.
 */
struct toy {
    uint8_t key;
    bool greeted;
    struct buf kept;
};

enum { TOY_FRAME = 199, TOY_PING = 200, TOY_BROKEN = 201 };

static int toys;

static struct toy *toy(uint8_t key)
{
    struct toy *t = mem_new0(struct toy);

    toys++;
    t->key = key;
    return t;
}

static void toy_frames(const struct toy *t, const uint8_t *data, size_t len, struct buf *wire)
{
    for (size_t at = 0; at < len;) {
        size_t n = MIN(len - at, (size_t)TOY_FRAME);
        uint8_t *frame = buf_extend(wire, n + 1);

        *frame++ = (uint8_t)n;
        for (size_t i = 0; i < n; i++)
            frame[i] = data[at + i] ^ t->key;
        at += n;
    }
}

static int toy_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                       struct buf *plain, struct buf *wire, struct err *err)
{
    struct toy *t = layer;
    uint8_t *to;

    if (!t->greeted) {
        if (bytes[0] != 'H')
            return err_set(err, "it does not greet");
        *used = 1;
        t->greeted = true;
        toy_frames(t, t->kept.data, t->kept.len, wire);
        return 0;
    }
    if (bytes[0] == TOY_PING) {
        *used = 1;
        buf_append(wire, "p", 1);
        return 0;
    }
    if (bytes[0] == 'Z') { /* the peer's last word */
        *used = 1;
        err_set(err, "the peer has ended it");
        return 1;
    }
    if (bytes[0] >= TOY_BROKEN) {
        buf_append(wire, "!", 1);
        return err_set(err, "a frame of %u bytes", bytes[0]);
    }
    if (len < (size_t)bytes[0] + 1)
        return 0;
    *used = (size_t)bytes[0] + 1;
    to = buf_extend(plain, bytes[0]);
    for (size_t i = 0; i < bytes[0]; i++)
        to[i] = bytes[i + 1] ^ t->key;
    return 0;
}

static int toy_send(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err)
{
    struct toy *t = layer;

    if (!len)
        buf_append(wire, "H", 1);
    else if (len == 13)
        return err_set(err, "13 bytes bring bad luck");
    else if (t->greeted)
        toy_frames(t, data, len, wire);
    else
        buf_append(&t->kept, data, len);
    return 0;
}

static void toy_destroy(void *layer)
{
    buf_finish(&((struct toy *)layer)->kept);
    free(layer);
    toys--;
}

static void toy_end(void *layer, struct buf *wire)
{
    if (((struct toy *)layer)->greeted)
        buf_append(wire, "Z", 1);
}

static const struct layer_ops toy_ops = {toy_receive, toy_send, toy_destroy, toy_end};

/* One end: what it was given. */
struct end {
    struct io_stream *s;
    char got[512];
    size_t len, room; /* room: data() takes no more than this in all; 0: everything */
    unsigned calls, closed;
    bool layers_at_l, destroys_at_d; /* what these letters bring about */
    char reason[80];
};

static size_t end_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct end *e = owner;

    e->calls++;
    if (e->room)
        len = MIN(len, e->room - e->len);
    if (e->destroys_at_d && bytes[0] == 'D') {
        io_stream_destroy(steal(&e->s));
        return len;
    }
    if (e->layers_at_l) { /* a byte at a time, as a handshake does */
        if (bytes[0] == 'L') {
            io_stream_add_layer(e->s, &toy_ops, toy(7));
            io_stream_send(e->s, "after", 5);
        }
        len = 1;
    }
    len = MIN(len, sizeof(e->got) - e->len);
    memcpy(e->got + e->len, bytes, len);
    e->len += len;
    return len;
}

static void end_closed(void *owner, const char *reason)
{
    struct end *e = owner;

    e->closed++;
    g_strlcpy(e->reason, reason, sizeof(e->reason));
}

static const struct io_stream_ops ops = {.data = end_data, .closed = end_closed};

/* A stream at one end; the other is a plain descriptor, so that a test sees the wire. */
static int begin(struct end *e)
{
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    *e = (struct end){0};
    e->s = io_stream_create(fds[0], &ops, e);
    return fds[1];
}

static void finish(struct end *e, int fd)
{
    io_stream_destroy(e->s);
    close(fd);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    CHECK_INT(toys, 0);
}

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void put(int fd, const void *bytes, size_t len)
{
    if (len)
        CHECK_INT(write(fd, bytes, len), len);
    turn();
}

#define CHECK_GOT(e, text)                                                                         \
    do {                                                                                           \
        CHECK_INT((e).len, strlen(text));                                                          \
        CHECK(!memcmp((e).got, text, strlen(text)));                                               \
    } while (0)

static void check_wire(int fd, const void *want, size_t len)
{
    char got[512];
    ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

    CHECK_INT(n, len);
    CHECK(n == (ssize_t)len && !memcmp(got, want, len));
}

/* "one", a ping, "two" through a toy of key 0. */
static const char two_frames[] = "H\x03one\xc8\x03two";

static void test_cut_everywhere(void)
{
    size_t len = sizeof(two_frames) - 1;

    for (size_t cut = 0; cut <= len; cut++) {
        struct end e;
        int fd = begin(&e);

        io_stream_add_layer(e.s, &toy_ops, toy(0));
        io_stream_send(e.s, "early", 5);
        put(fd, two_frames, cut);
        put(fd, two_frames + cut, len - cut);
        CHECK_GOT(e, "onetwo");
        io_stream_send(e.s, "late", 4);
        check_wire(fd,
                   "H\x05"
                   "earlyp\x04late",
                   13);
        finish(&e, fd);
    }
}

/* The layer begins with the first byte that its adder did not consume, wherever the reads end. */
static void test_added_in_data(void)
{
    static const char all[] = "abLH\x02\x7f\x7e\x01\x7d";
    size_t len = sizeof(all) - 1;

    for (size_t cut = 0; cut <= len; cut++) {
        struct end e;
        int fd = begin(&e);

        e.layers_at_l = true;
        put(fd, all, cut);
        put(fd, all + cut, len - cut);
        CHECK_GOT(e, "abLxyz");
        check_wire(fd, "H\x05\x66\x61\x73\x62\x75", 7);
        finish(&e, fd);
    }
}

/* Two layers: the second's greeting travels in the first's frames, each xors with its own key. */
static void test_stacked(void)
{
    struct buf inner = BUF_INIT, wire = BUF_INIT;
    struct toy low = {.key = 0x11}, high = {.key = 0x22};
    struct end e;
    int fd;

    buf_append(&inner, "H", 1);
    toy_frames(&high, (const uint8_t *)"hello, ", 7, &inner);
    buf_append(&inner, "\xc8", 1);
    toy_frames(&high, (const uint8_t *)"world", 5, &inner);
    buf_append(&wire, "H", 1);
    for (size_t i = 0; i < inner.len; i += 3) /* frames that fit nothing above */
        toy_frames(&low, inner.data + i, MIN(inner.len - i, (size_t)3), &wire);
    for (size_t cut = 0; cut <= wire.len; cut++) {
        struct buf want = BUF_INIT;

        fd = begin(&e);
        io_stream_add_layer(e.s, &toy_ops, toy(0x11));
        io_stream_add_layer(e.s, &toy_ops, toy(0x22));
        io_stream_send(e.s, "me", 2);
        put(fd, wire.data, cut);
        put(fd, wire.data + cut, wire.len - cut);
        CHECK_GOT(e, "hello, world");
        buf_append(&want, "H", 1);
        toy_frames(&low, (const uint8_t *)"H", 1, &want);
        toy_frames(&low, (const uint8_t *)"\x02\x4f\x47", 3, &want);
        toy_frames(&low, (const uint8_t *)"p", 1, &want);
        check_wire(fd, want.data, want.len);
        buf_finish(&want);
        finish(&e, fd);
    }
    buf_finish(&inner);
    buf_finish(&wire);
}

/* The last words: of each layer through those below it, and only where they can be understood. */
static void test_last_words(void)
{
    static char much[1 << 20];
    char left[4096];
    ssize_t n = 0, all = 0;
    struct end e;
    int fd = begin(&e);

    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\x01H", 3);
    check_wire(fd, "H\x01H", 3);
    io_stream_destroy(steal(&e.s));
    check_wire(fd, "\x01ZZ", 3);
    CHECK_INT(recv(fd, left, 1, MSG_DONTWAIT), 0);
    finish(&e, fd);

    fd = begin(&e); /* the peer's: what came before counts, and it is no failure */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\x05H\x02okZZ", 8);
    CHECK_GOT(e, "ok");
    CHECK_INT(e.closed, 1);
    CHECK_STR(e.reason, "the peer has ended it");
    CHECK(!io_stream_is_broken(e.s));
    finish(&e, fd);

    fd = begin(&e); /* a half of the connection is closed */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H", 1);
    io_stream_end_output(e.s);
    check_wire(fd, "HZ", 2);
    CHECK_INT(recv(fd, left, 1, MSG_DONTWAIT), 0);
    finish(&e, fd);

    fd = begin(&e); /* not after what was broken */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\xc9", 2);
    check_wire(fd, "H!", 2);
    io_stream_destroy(steal(&e.s));
    CHECK_INT(recv(fd, left, 1, MSG_DONTWAIT), 0);
    finish(&e, fd);

    fd = begin(&e); /* nor in the middle of what the peer has not read */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H", 1);
    io_stream_send(e.s, much, sizeof(much));
    CHECK(io_stream_queued(e.s));
    io_stream_destroy(steal(&e.s));
    while ((n = recv(fd, left, sizeof(left), MSG_DONTWAIT)) > 0)
        all += n;
    CHECK(all > 0 && all < (ssize_t)sizeof(much));
    CHECK(!memchr(left, 'Z', sizeof(left)));
    finish(&e, fd);
}

static void test_failures(void)
{
    struct end e;
    int fd = begin(&e);

    /* What came before the fault is offered, the layer's last word goes out, one reason is told. */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\x02ok\xc9\x02no", 8);
    CHECK_GOT(e, "ok");
    CHECK_INT(e.closed, 1);
    CHECK_STR(e.reason, "a frame of 201 bytes");
    check_wire(fd, "H!", 2);
    CHECK(io_stream_is_broken(e.s));
    finish(&e, fd);

    fd = begin(&e); /* a fault in the upper of two */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\x05H\x01y\xff\xff", 7);
    CHECK_GOT(e, "y");
    CHECK_INT(e.closed, 1);
    CHECK_STR(e.reason, "a frame of 255 bytes");
    check_wire(fd, "H\x01H\x01!", 5);
    finish(&e, fd);

    fd = begin(&e); /* a fault while sending: told by the loop, not inside of the call */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_send(e.s, "exactly 13 by", 13);
    CHECK_INT(e.closed, 0);
    turn();
    CHECK_INT(e.closed, 1);
    CHECK_STR(e.reason, "13 bytes bring bad luck");
    finish(&e, fd);

    fd = begin(&e);
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_send_fd(e.s, "x", 1, fd);
    turn();
    CHECK_STR(e.reason, "a file descriptor cannot go through a layer");
    finish(&e, fd);

    fd = begin(&e); /* the end of the peer, in the middle of a frame */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H\x02ok\x05ha", 7);
    shutdown(fd, SHUT_WR);
    turn();
    CHECK_GOT(e, "ok");
    CHECK_INT(e.closed, 1);
    CHECK_STR(e.reason, "the peer closed the connection");
    finish(&e, fd);

    fd = begin(&e); /* destroyed by its owner, between two frames */
    e.destroys_at_d = true;
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd,
        "H\x01"
        "D\x01"
        "E",
        5);
    CHECK(!e.s);
    CHECK_INT(e.calls, 1);
    finish(&e, fd);
}

static void test_limits(void)
{
    static const uint8_t block[40000];
    struct end e;
    int fd = begin(&e), turns = 0;

    /* What the layer cannot use yet counts. */
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_set_limits(e.s, 20, 100000);
    put(fd,
        "H\x64"
        "0123456789012345678",
        21);
    CHECK_INT(e.closed, 0);
    put(fd, "0", 1);
    CHECK_STR(e.reason, "a message longer than allowed");
    finish(&e, fd);

    fd = begin(&e); /* so does what the owner leaves */
    e.room = 1;
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    io_stream_set_limits(e.s, 20, 100000);
    put(fd,
        "H\x01"
        "0\x14"
        "01234567890123456789",
        24);
    CHECK_INT(e.closed, 0);
    put(fd, "\x01x", 2);
    CHECK_STR(e.reason, "a message longer than allowed");
    finish(&e, fd);

    fd = begin(&e); /* and what the peer does not read, as it stands on the wire */
    io_stream_set_limits(e.s, 20, 100000);
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    put(fd, "H", 1);
    while (!e.closed && turns++ < 100) {
        io_stream_send(e.s, block, sizeof(block));
        CHECK(io_stream_queued(e.s) <= 100000);
        turn();
    }
    CHECK_STR(e.reason, "the peer reads too slowly");
    finish(&e, fd);
}

/* While paused nothing comes through, and resuming brings all of it. */
static void test_pause(void)
{
    struct end e;
    int fd = begin(&e);

    io_stream_pause_reading(e.s, true);
    put(fd, two_frames, sizeof(two_frames) - 1);
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    turn();
    CHECK_INT(e.calls, 0);
    io_stream_pause_reading(e.s, false);
    turn();
    CHECK_GOT(e, "onetwo");
    finish(&e, fd);

    fd = begin(&e); /* what was left unconsumed when the layer came */
    e.room = 2;
    put(fd, "ab", 2);
    put(fd, two_frames, sizeof(two_frames) - 1);
    CHECK_GOT(e, "ab");
    e.room = 0;
    io_stream_add_layer(e.s, &toy_ops, toy(0));
    turn();
    CHECK_GOT(e, "abonetwo");
    finish(&e, fd);
}

int main(void)
{
    test_cut_everywhere();
    test_added_in_data();
    test_stacked();
    test_last_words();
    test_failures();
    test_limits();
    test_pause();
    return check_result();
}
