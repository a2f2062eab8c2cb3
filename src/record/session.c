/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording a session, as a viewer of a server of our own; see session.h. */
#include "record/session.h"

#include "base/arith.h"
#include "base/mem.h"
#include "io/socket.h"
#include "io/stream.h"
#include "rfb/msg/client.h"
#include "rfb/msg/fbs.h"
#include "rfb/registry.h"
#include "rfb/server/server.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GREETING_BYTES = 12,
    SECURITY_NONE = 1,
    INIT_HEAD = 24, /* ServerInit up to the name */
};

static const char old_version[] = "RFB 003.003\n"; /* of which recordings are */

struct record_session {
    int fd;
    record_failed_fn failed;
    void *owner;
    struct rfb_server *server;
    struct io_stream *stream; /* of its one viewer; NULL: over */
    enum { GREETING, SECURITY, INIT, RUNNING } step;
    int64_t began; /* µs */
    uint64_t bytes;
    struct buf out; /* to the server, or to the file; empty between calls */
};

static void stop(struct record_session *r, const struct err *err)
{
    io_stream_destroy(steal(&r->stream));
    r->failed(r->owner, err);
}

/* ---- To the file ---- */

static int write_out(struct record_session *r, struct err *err)
{
    while (r->out.len) {
        ssize_t n = write(r->fd, r->out.data, r->out.len);

        if (n < 0 && errno != EINTR)
            return err_set(err, "the recording cannot be written on: %s", g_strerror(errno));
        if (n > 0) {
            buf_consume(&r->out, (size_t)n);
            r->bytes += (size_t)n;
        }
    }
    return 0;
}

static int keep(struct record_session *r, const void *data, size_t len, struct err *err)
{
    uint32_t ms = (uint32_t)((g_get_monotonic_time() - r->began) / 1000);

    for (size_t n; len; data = (const uint8_t *)data + n, len -= n) {
        n = MIN_OF(len, (size_t)FBS_BLOCK_MAX);
        fbs_put_block(&r->out, data, n, ms);
        if (write_out(r, err))
            return -1;
    }
    return 0;
}

/* ---- To the server ---- */

static void send_out(struct record_session *r)
{
    io_stream_send(r->stream, r->out.data, r->out.len);
    buf_clear(&r->out);
}

/* One request is open at any time; more of them are the same one. */
static void request(struct record_session *r, bool incremental)
{
    rfb_put_update_request(&r->out, incremental, (struct rect){0, 0, UINT16_MAX, UINT16_MAX});
    send_out(r);
}

static void begin(struct record_session *r)
{
    static const int32_t encodings[] = {RFB_TIGHT,  RFB_COPY_RECT,   RFB_LAST_RECT,
                                        RFB_CURSOR, RFB_POINTER_POS, RFB_DESKTOP_SIZE};

    rfb_put_set_pixel_format(&r->out, &pixel_format_native);
    rfb_put_set_encodings(&r->out, encodings, ARRAY_LEN(encodings));
    request(r, false);
}

/* One part of the handshake: 1 and *used, 0: needs more, -1. */
static int shake_hands(struct record_session *r, const uint8_t *data, size_t len, size_t *used,
                       struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len);

    if (r->step == GREETING) {
        if (!wire_get_bytes(&in, GREETING_BYTES))
            return 0;
        buf_append(&r->out, old_version, GREETING_BYTES);
        send_out(r);
        data = (const uint8_t *)old_version;
    } else if (r->step == SECURITY) {
        uint32_t type = wire_get_u32(&in);

        if (in.failed)
            return 0;
        if (type != SECURITY_NONE)
            return err_set(err, "the recording's own server asks for a password");
        wire_put_u8(&r->out, 1); /* ClientInit: others may look as well */
        send_out(r);
    } else {
        wire_skip(&in, INIT_HEAD - 4);
        wire_skip(&in, wire_get_u32(&in));
        if (in.failed)
            return 0;
        begin(r);
    }
    *used = len - wire_left(&in);
    r->step++;
    return keep(r, data, *used, err) ? -1 : 1;
}

static size_t on_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct record_session *r = owner;
    struct err err = {0};
    size_t used = 0;

    if (r->step < RUNNING) {
        if (shake_hands(r, bytes, len, &used, &err) < 0) {
            stop(r, &err);
            return len;
        }
        return used;
    }
    request(r, true);
    if (keep(r, bytes, len, &err))
        stop(r, &err);
    return len;
}

static void on_closed(void *owner, const char *reason)
{
    struct err err;

    err_set(&err, "the recording's own server is gone: %s", reason);
    stop(owner, &err);
}

static const struct io_stream_ops stream_ops = {.data = on_data, .closed = on_closed};

/* ---- Life ---- */

static gboolean fail_later(gpointer owner)
{
    struct record_session *r = owner;
    struct err err;

    err_set(&err, "no socket can be made for the recording");
    r->failed(r->owner, &err);
    return G_SOURCE_REMOVE;
}

struct record_session *record_session_create(struct scene *scene, int fd, record_failed_fn failed,
                                             void *owner)
{
    struct record_session *r = mem_new0(struct record_session);
    struct err err;
    int fds[2];

    r->fd = fd;
    r->failed = failed;
    r->owner = owner;
    r->began = g_get_monotonic_time();
    r->server = rfb_server_create(scene);
    fbs_put_version(&r->out);
    if (write_out(r, &err) || io_socket_pair(fds, &err)) {
        buf_clear(&r->out);
        g_idle_add(fail_later, r);
        return r;
    }
    rfb_server_accept(r->server, fds[0]);
    r->stream = io_stream_create(fds[1], &stream_ops, r);
    return r;
}

uint64_t record_session_bytes(const struct record_session *r)
{
    return r->bytes;
}

void record_session_destroy(struct record_session *r)
{
    if (!r)
        return;
    g_idle_remove_by_data(r);
    io_stream_destroy(r->stream);
    rfb_server_destroy(r->server);
    buf_finish(&r->out);
    free(r);
}
