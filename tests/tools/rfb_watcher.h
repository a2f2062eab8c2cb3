/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A viewer for tests of the RFB server: it writes down what it is sent, as text that a test
 * compares, and keeps Raw's pixels. It runs in the server's own process and loop. Not a decoder of
 * anything else.
 */
#pragma once

#include "check.h"

#include "base/wire.h"
#include "io/socket.h"
#include "rfb/msg/client.h"
#include "rfb/msg/server.h"
#include "rfb/server/server.h"

#include <errno.h>
#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef WATCHER_WIDTH
#define WATCHER_WIDTH 64
#define WATCHER_HEIGHT 48
#endif
enum { W = WATCHER_WIDTH, H = WATCHER_HEIGHT };

struct viewer {
    int fd, passed; /* passed: the descriptor that came, or -1 */
    struct buf in, out;
    GString *said; /* what the server said since the last look */
    struct surface *picture;
    bool closed;
    bool answers_fences;
    unsigned updates, fences;
};

static void say(struct viewer *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct viewer *v, const char *format, ...)
{
    va_list args;

    if (v->said->len && v->said->str[v->said->len - 1] != '[')
        g_string_append_c(v->said, ' ');
    va_start(args, format);
    g_string_append_vprintf(v->said, format, args);
    va_end(args);
}

static void note_windows(struct viewer *v, struct wire_reader *r)
{
    uint32_t len = wire_get_u32(r);
    const uint8_t *data = wire_get_bytes(r, len);
    struct win_msg msg;
    struct err err;
    size_t used;

    say(v, "windows(");
    while (data && len && win_msg_decode(data, len, &used, &msg, &err) == WIN_MESSAGE) {
        g_string_append_printf(v->said, "%s;", win_type_name(msg.type));
        win_msg_finish(&msg);
        data += used;
        len -= (uint32_t)used;
    }
    CHECK(!len);
    g_string_append_c(v->said, ')');
}

static void note_raw(struct viewer *v, struct wire_reader *r, struct rect a)
{
    const uint8_t *pixels = wire_get_bytes(r, (size_t)a.w * (size_t)a.h * 4);

    if (!pixels)
        return;
    for (int32_t y = 0; y < a.h; y++)
        memcpy(surface_row(v->picture, a.y + y) + a.x, pixels + (size_t)y * (size_t)a.w * 4,
               (size_t)a.w * 4);
    say(v, "raw(%d,%d %dx%d)", a.x, a.y, a.w, a.h);
}

static void note_copy(struct viewer *v, struct wire_reader *r, struct rect a)
{
    int32_t x = wire_get_u16(r), y = wire_get_u16(r);
    struct surface *old;

    if (r->failed)
        return;
    CHECK(rect_contains(surface_bounds(v->picture), (struct rect){x, y, a.w, a.h}));
    old = surface_create(v->picture->width, v->picture->height);
    surface_copy(old, v->picture, surface_bounds(old));
    for (int32_t i = 0; i < a.h; i++)
        memcpy(surface_row(v->picture, a.y + i) + a.x, surface_row(old, y + i) + x,
               (size_t)a.w * 4);
    surface_unref(old);
    say(v, "copy(%d,%d %dx%d from %d,%d)", a.x, a.y, a.w, a.h, x, y);
}

/* False: LastRect. */
static bool note_rect(struct viewer *v, struct wire_reader *r)
{
    struct rect a;
    int32_t encoding;

    a.x = wire_get_u16(r);
    a.y = wire_get_u16(r);
    a.w = wire_get_u16(r);
    a.h = wire_get_u16(r);
    encoding = wire_get_s32(r);
    switch (encoding) {
    case RFB_RAW:
        note_raw(v, r, a);
        break;
    case RFB_COPY_RECT:
        note_copy(v, r, a);
        break;
    case RFB_LAST_RECT:
        return false;
    case RFB_EXTENDED_DESKTOP_SIZE:
        wire_skip(r, 20);
        say(v, "size(%d/%d %dx%d)", a.x, a.y, a.w, a.h);
        break;
    case RFB_DESKTOP_SIZE:
        say(v, "oldsize(%dx%d)", a.w, a.h);
        break;
    case RFB_CURSOR_WITH_ALPHA:
        wire_skip(r, 4 + (size_t)a.w * (size_t)a.h * 4);
        say(v, "cursor(%dx%d)", a.w, a.h);
        break;
    case RFB_VMWARE_CURSOR:
        wire_skip(r, 2 + (size_t)a.w * (size_t)a.h * 4);
        say(v, "vmware(%dx%d)", a.w, a.h);
        break;
    case RFB_X_CURSOR:
        wire_skip(r, a.w ? 6 + 2 * (((size_t)a.w + 7) / 8) * (size_t)a.h : 0);
        say(v, "xcursor(%dx%d)", a.w, a.h);
        break;
    case RFB_VMWARE_CURSOR_POSITION:
        say(v, "at(%d,%d)", a.x, a.y);
        break;
    case RFB_VMWARE_LED_STATE:
        say(v, "vmleds(%u)", wire_get_u32(r));
        break;
    case RFB_WINDOWS:
        note_windows(v, r);
        break;
    case RFB_SHARED_SURFACE:
        wire_skip(r, RFB_SHARED_SURFACE_BODY);
        say(v, "shared(%dx%d)", a.w, a.h);
        break;
    case RFB_SHARED_DAMAGE:
        say(v, "damage(%d,%d %dx%d)", a.x, a.y, a.w, a.h);
        break;
    case RFB_QEMU_LED_STATE:
        say(v, "leds(%u)", wire_get_u8(r));
        break;
    case RFB_DESKTOP_NAME:
        wire_skip(r, wire_get_u32(r));
        say(v, "name");
        break;
    default:
        say(v, "ack(%d,%d)", encoding, a.x);
    }
    return true;
}

static void note_fence(struct viewer *v, struct wire_reader *r)
{
    uint8_t len = wire_get_u8(r);
    const uint8_t *payload = wire_get_bytes(r, len);

    if (r->failed)
        return;
    v->fences++;
    if (v->answers_fences)
        rfb_put_client_fence(&v->out, 0, payload, len);
}

static bool note_message(struct viewer *v)
{
    struct wire_reader r = wire_reader_of(v->in.data, v->in.len);
    size_t before = v->said->len;
    uint8_t type = wire_get_u8(&r);
    uint16_t count;

    if (type == RFB_FRAMEBUFFER_UPDATE) {
        wire_skip(&r, 1);
        count = wire_get_u16(&r);
        say(v, "[");
        for (unsigned i = 0; i < count && !r.failed && note_rect(v, &r); i++)
            ;
        g_string_append(v->said, "]");
        v->updates += !r.failed;
    } else if (type == RFB_SERVER_FENCE) {
        uint32_t flags;

        wire_skip(&r, 3);
        flags = wire_get_u32(&r);
        note_fence(v, &r);
        say(v, "fence(%x)", flags);
    } else if (type == RFB_END_OF_CONTINUOUS_UPDATES) {
        say(v, "end");
    } else {
        say(v, "?%u", type);
        buf_clear(&v->in);
        return false;
    }
    if (r.failed) {
        g_string_truncate(v->said, before);
        return false;
    }
    buf_consume(&v->in, v->in.len - wire_left(&r));
    return true;
}

static void receive(struct viewer *v)
{
    char control[CMSG_SPACE(sizeof(int))];
    ssize_t n;

    do {
        struct iovec iov = {buf_reserve(&v->in, 65536), 65536};
        struct msghdr m = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};

        n = recvmsg(v->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n > 0) {
            struct cmsghdr *c = CMSG_FIRSTHDR(&m);

            buf_extend(&v->in, (size_t)n);
            if (c)
                memcpy(&v->passed, CMSG_DATA(c), sizeof(int));
        }
    } while (n > 0);
    v->closed = v->closed || n == 0 || (n < 0 && errno != EAGAIN);
}

/* Lets the server do all that it can do. */
static void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

/* Sends what was composed and reads all answers; what was said is in v->said. */
static const char *talk(struct viewer *v)
{
    g_string_truncate(v->said, 0);
    if (v->out.len)
        CHECK_INT(send(v->fd, v->out.data, v->out.len, MSG_NOSIGNAL), v->out.len);
    buf_clear(&v->out);
    for (size_t before = 1; before;) {
        size_t had = v->in.len;

        settle();
        receive(v);
        before = v->in.len - had;
        while (v->in.len && note_message(v))
            ;
    }
    return v->said->str;
}

static inline void request(struct viewer *v, bool incremental)
{
    rfb_put_update_request(&v->out, incremental, (struct rect){0, 0, W, H});
}

/* A viewer that has ServerInit. */
static struct viewer viewer_new(struct rfb_server *server)
{
    struct viewer v = {.passed = -1, .said = g_string_new(NULL), .picture = surface_create(W, H)};
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    v.fd = fds[0];
    rfb_server_accept(server, fds[1]);
    buf_append(&v.out, "RFB 003.008\n\x01\x01", 14);
    CHECK_INT(send(v.fd, v.out.data, v.out.len, 0), 14);
    buf_clear(&v.out);
    settle();
    receive(&v);
    CHECK(v.in.len > 12 + 2 + 4 + 24);
    buf_clear(&v.in);
    return v;
}

static void viewer_finish(struct viewer *v)
{
    close(v->fd);
    if (v->passed >= 0)
        close(v->passed);
    buf_finish(&v->in);
    buf_finish(&v->out);
    g_string_free(v->said, TRUE);
    surface_unref(v->picture);
    settle();
}

/* The viewer's picture is the screen, top bytes aside. */
static inline bool picture_is_right(const struct viewer *v, const struct scene *scene)
{
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            if ((surface_row(v->picture, y)[x] ^ surface_row(scene->screen, y)[x]) & 0xffffff)
                return false;
    return true;
}
