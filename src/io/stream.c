/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stream is its own GSource: GLib keeps it alive during a dispatch, so a callback may destroy
 * it, and g_source_is_destroyed() tells the code after the callback. See stream.h.
 */
#include "io/stream.h"

#include "base/buf.h"
#include "io/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_AT_ONCE = 64 << 10,
    READ_A_TURN = 512 << 10, /* then the loop's other sources get their turn */
    FDS_A_MESSAGE = 8,
};

/* A descriptor that leaves with the byte at stream position `at`. */
struct fd_mark {
    uint64_t at;
    int fd;
};

struct io_stream {
    GSource source; /* first: GLib allocates and frees the whole */
    int fd;
    gpointer tag; /* of the fd in the source; NULL while nothing is awaited */
    GIOCondition waits_for;
    const struct io_stream_ops *ops;
    void *owner;
    struct io_layers layers;
    unsigned layers_fed; /* more of them: what `in` holds is still to go through the new ones */
    struct buf in, out;  /* for the owner; for the socket */
    uint64_t sent;       /* stream position of out.data[0] */
    GArray *marks;       /* of struct fd_mark, by position */
    int fds[IO_STREAM_FDS_MAX];
    unsigned n_fds;
    size_t input_max, queue_max;
    size_t layer_words; /* bytes of the layers' own since the queue was last empty */
    bool broken;        /* the failure is a layer's: nothing is read any more */
    bool layer_ended;   /* … and no failure: the peer said that this is the end */
    bool offering;      /* inside of data() */
    bool expects_fds, paused, over, input_over, ends_output, output_over, tells_drained;
    char failure[sizeof(
        ((struct err *)NULL)->text)]; /* set outside of a dispatch, told by the next one */
};

static void wait_for(struct io_stream *s)
{
    GIOCondition c = 0;

    if (!s->over && !s->paused && !s->input_over)
        c |= G_IO_IN;
    if (!s->over && s->out.len)
        c |= G_IO_OUT;
    /* Half closed and idle: only the hang-up is awaited, which poll() reports unasked. */
    if (c == s->waits_for && (c || s->tag))
        return;
    if (s->tag)
        g_source_modify_unix_fd(&s->source, s->tag, c);
    else
        s->tag = g_source_add_unix_fd(&s->source, s->fd, c);
    s->waits_for = c;
}

static void stop_waiting(struct io_stream *s)
{
    if (s->tag)
        g_source_remove_unix_fd(&s->source, s->tag);
    s->tag = NULL;
    s->waits_for = 0;
}

static void fail_later(struct io_stream *s, const char *reason)
{
    if (s->over || s->failure[0])
        return;
    g_strlcpy(s->failure, reason, sizeof(s->failure));
    g_source_set_ready_time(&s->source, 0);
}

static void drop_output(struct io_stream *s)
{
    for (guint i = 0; i < s->marks->len; i++)
        close(g_array_index(s->marks, struct fd_mark, i).fd);
    g_array_set_size(s->marks, 0);
    s->sent += s->out.len;
    buf_clear(&s->out);
}

static void end(struct io_stream *s, const char *reason)
{
    if (s->over)
        return;
    s->over = true;
    stop_waiting(s);
    drop_output(s);
    shutdown(s->fd, SHUT_RDWR);
    s->ops->closed(s->owner, reason);
}

/* Sends the bytes up to the next mark with the descriptor of a mark that is due. */
static ssize_t send_some(struct io_stream *s, const uint8_t *data, size_t len)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)data, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct fd_mark *mark = s->marks->len ? &g_array_index(s->marks, struct fd_mark, 0) : NULL;
    ssize_t n;

    if (mark && mark->at == s->sent) {
        struct cmsghdr *c;

        msg.msg_control = control.room;
        msg.msg_controllen = sizeof(control.room);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &mark->fd, sizeof(int));
        if (s->marks->len > 1)
            iov.iov_len = MIN(len, (size_t)(mark[1].at - s->sent));
    } else if (mark) {
        iov.iov_len = MIN(len, (size_t)(mark->at - s->sent));
    }
    do
        n = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n > 0 && msg.msg_control) {
        close(mark->fd);
        g_array_remove_index(s->marks, 0);
    }
    if (n > 0)
        s->sent += (uint64_t)n;
    return n;
}

/* Returns how many of the bytes went out; a failure is remembered for the loop. */
static size_t send_now(struct io_stream *s, const uint8_t *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = send_some(s, data + done, len - done);

        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                fail_later(s, errno == EPIPE || errno == ECONNRESET
                                  ? "the peer closed the connection"
                                  : g_strerror(errno));
            break;
        }
        done += (size_t)n;
    }
    return done;
}

/* After it nothing can be sent any more. */
static void say_last_words(struct io_stream *s)
{
    struct buf wire = BUF_INIT;

    if (s->over || s->failure[0] || s->out.len || s->output_over)
        return;
    io_layers_end(&s->layers, &wire);
    send_now(s, wire.data, wire.len); /* best effort: it is a few bytes, and the queue is empty */
    buf_finish(&wire);
}

static void end_output_when_empty(struct io_stream *s)
{
    if (s->ends_output && !s->output_over && !s->out.len) {
        say_last_words(s);
        s->output_over = true;
        shutdown(s->fd, SHUT_WR);
    }
}

static void flush(struct io_stream *s)
{
    size_t n = send_now(s, s->out.data, s->out.len);

    buf_consume(&s->out, n);
    end_output_when_empty(s);
    wait_for(s);
    if (!s->out.len && s->tells_drained && !s->failure[0]) {
        s->tells_drained = false;
        if (s->ops->drained)
            s->ops->drained(s->owner);
    }
}

/* False when the peer sent more descriptors than may wait. */
static bool keep_fds(struct io_stream *s, struct msghdr *msg)
{
    bool fit = !(msg->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (s->expects_fds && s->n_fds < IO_STREAM_FDS_MAX) {
                s->fds[s->n_fds++] = fd;
            } else {
                close(fd);
                fit = fit && !s->expects_fds;
            }
        }
    }
    return fit;
}

/* Appends to what waits for the lowest layer, or to `in`. Returns the bytes read, 0 at the end of
 * input, or -1 with errno. */
static ssize_t read_some(struct io_stream *s)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(FDS_A_MESSAGE * sizeof(int))];
    } control;
    struct buf *to = s->layers.count ? io_layers_input(&s->layers, 0) : &s->in;
    struct iovec iov = {buf_reserve(to, READ_AT_ONCE), READ_AT_ONCE};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = sizeof(control.room)};
    ssize_t n;

    do
        n = recvmsg(s->fd, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n;
    buf_extend(to, (size_t)n);
    if (!keep_fds(s, &msg)) {
        errno = EMFILE;
        return -1;
    }
    return n;
}

static void send_raw(struct io_stream *s, const uint8_t *data, size_t len);

static void break_later(struct io_stream *s, const struct err *err)
{
    fail_later(s, err->text);
    s->broken = true;
}

/* What has come goes up through the layers, as far as it can, and their own words go out. */
static void climb(struct io_stream *s)
{
    struct buf wire = BUF_INIT;
    struct err err;
    int rc;

    if (!s->layers.count || s->broken)
        return;
    if (s->layers_fed < s->layers.count) {
        buf_append(io_layers_input(&s->layers, s->layers_fed), s->in.data, s->in.len);
        buf_clear(&s->in);
        s->layers_fed = s->layers.count;
    }
    rc = io_layers_receive(&s->layers, s->input_max, &s->in, &wire, &err);
    if (rc)
        break_later(s, &err);
    s->layer_ended = rc > 0;
    send_raw(s, wire.data, wire.len);
    /* Pings cost their sender little; whoever does not read the pongs gets no more of them. */
    s->layer_words = s->out.len ? s->layer_words + wire.len : 0;
    if (s->layer_words > IO_STREAM_LAYER_WORDS_MAX)
        fail_later(s, "it does not read its answers");
    buf_finish(&wire);
}

/* Offers what is there; false when the stream is over or destroyed afterwards. */
static bool offer(struct io_stream *s)
{
    while (!s->paused) {
        size_t n;

        climb(s);
        if (!s->in.len)
            break;
        s->offering = true;
        n = s->ops->data(s->owner, s->in.data, s->in.len);
        if (g_source_is_destroyed(&s->source) || s->over)
            return false;
        s->offering = false;
        buf_consume(&s->in, MIN(n, s->in.len));
        if (!n && s->layers_fed == s->layers.count)
            break;
    }
    if (s->in.len > s->input_max && !s->paused) {
        end(s, "a message longer than allowed");
        return false;
    }
    if (s->broken) {
        end(s, s->failure);
        return false;
    }
    return true;
}

static void input_ended(struct io_stream *s)
{
    s->input_over = true;
    if (!s->ops->input_ended || s->output_over) {
        end(s, "the peer closed the connection");
        return;
    }
    wait_for(s);
    s->ops->input_ended(s->owner);
}

static void read_turn(struct io_stream *s)
{
    for (size_t got = 0; got < READ_A_TURN && !s->paused;) {
        ssize_t n = read_some(s);

        if (n < 0) {
            if (errno == EMFILE)
                end(s, "more file descriptors than allowed");
            else if (errno != EAGAIN && errno != EWOULDBLOCK)
                end(s, errno == ECONNRESET ? "the peer closed the connection" : g_strerror(errno));
            return;
        }
        if (!n) {
            input_ended(s);
            return;
        }
        got += (size_t)n;
        if (!offer(s))
            return;
        if (n < READ_AT_ONCE) /* most likely all: the next poll tells */
            return;
    }
}

/* A send failed or the queue is too long: what the peer sent before it left is still offered. */
static void tell_failure(struct io_stream *s)
{
    while (!s->paused && !s->input_over && !s->broken && s->in.len <= s->input_max &&
           read_some(s) > 0) {
        if (!offer(s))
            return;
    }
    end(s, s->failure);
}

static gboolean stream_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct io_stream *s = (struct io_stream *)source;
    GIOCondition ready = s->tag ? g_source_query_unix_fd(source, s->tag) : 0;

    (void)callback, (void)data;
    if (g_source_get_ready_time(source) == 0) { /* resumed, or failed outside of the loop */
        g_source_set_ready_time(source, -1);
        if (!s->over && !offer(s))
            return G_SOURCE_CONTINUE;
    }
    if (!s->over && (ready & (G_IO_IN | G_IO_HUP | G_IO_ERR)) && !s->paused && !s->input_over)
        read_turn(s);
    if (g_source_is_destroyed(source) || s->over)
        return G_SOURCE_CONTINUE;
    if (s->out.len && (ready & (G_IO_OUT | G_IO_HUP | G_IO_ERR)))
        flush(s);
    if (g_source_is_destroyed(source) || s->over)
        return G_SOURCE_CONTINUE;
    if (s->failure[0])
        tell_failure(s);
    else if ((ready & (G_IO_HUP | G_IO_ERR)) && s->input_over)
        end(s, "the peer closed the connection");
    else if ((ready & (G_IO_HUP | G_IO_ERR)) && s->paused)
        stop_waiting(s); /* poll() would report it for ever; resuming finds it again */
    return G_SOURCE_CONTINUE;
}

static void stream_finalize(GSource *source)
{
    struct io_stream *s = (struct io_stream *)source;

    buf_finish(&s->in);
    buf_finish(&s->out);
    g_array_unref(s->marks);
}

static GSourceFuncs stream_funcs = {.dispatch = stream_dispatch, .finalize = stream_finalize};

struct io_stream *io_stream_create(int fd, const struct io_stream_ops *ops, void *owner)
{
    struct io_stream *s = (struct io_stream *)g_source_new(&stream_funcs, sizeof(*s));

    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    s->fd = fd;
    s->ops = ops;
    s->owner = owner;
    s->in = s->out = BUF_INIT;
    s->marks = g_array_new(FALSE, FALSE, sizeof(struct fd_mark));
    s->input_max = IO_STREAM_INPUT_MAX;
    s->queue_max = IO_STREAM_QUEUE_MAX;
    g_source_set_static_name(&s->source, "io_stream");
    wait_for(s);
    g_source_attach(&s->source, g_main_context_get_thread_default());
    return s;
}

void io_stream_set_owner(struct io_stream *s, const struct io_stream_ops *ops, void *owner)
{
    s->ops = ops;
    s->owner = owner;
    if (!s->offering && s->in.len && !s->paused)
        g_source_set_ready_time(&s->source, 0);
}

void io_stream_destroy(struct io_stream *s)
{
    if (!s)
        return;
    say_last_words(s);
    stop_waiting(s);
    drop_output(s);
    io_layers_finish(&s->layers);
    while (s->n_fds)
        close(s->fds[--s->n_fds]);
    close(s->fd);
    s->fd = -1;
    s->over = true;
    g_source_destroy(&s->source);
    g_source_unref(&s->source);
}

static void send_raw(struct io_stream *s, const uint8_t *data, size_t len)
{
    size_t done = 0;

    if (s->over || !len)
        return;
    if (!s->out.len)
        done = send_now(s, data, len);
    if (done == len || (s->failure[0] && !s->broken))
        return;
    if (s->out.len + (len - done) > s->queue_max) {
        fail_later(s, "the peer reads too slowly");
        return;
    }
    buf_append(&s->out, data + done, len - done);
    s->tells_drained = true;
    wait_for(s);
}

void io_stream_send(struct io_stream *s, const void *data, size_t len)
{
    struct buf wire = BUF_INIT;
    struct err err;

    if (s->over || s->failure[0] || s->ends_output || !len)
        return;
    if (!s->layers.count) {
        send_raw(s, data, len);
        return;
    }
    if (io_layers_send(&s->layers, data, len, &wire, &err) < 0)
        break_later(s, &err);
    send_raw(s, wire.data, wire.len);
    buf_finish(&wire);
}

void io_stream_add_layer(struct io_stream *s, const struct layer_ops *ops, void *layer)
{
    struct buf wire = BUF_INIT;
    struct err err;

    s->expects_fds = false;
    if (io_layers_add(&s->layers, ops, layer, &wire, &err) < 0)
        break_later(s, &err);
    send_raw(s, wire.data, wire.len);
    buf_finish(&wire);
    if (!s->offering && s->in.len && !s->paused) /* offer() goes on by itself */
        g_source_set_ready_time(&s->source, 0);
}

void io_stream_send_fd(struct io_stream *s, const void *data, size_t len, int fd)
{
    struct fd_mark mark = {s->sent + s->out.len, -1};

    if (s->over || s->failure[0] || s->ends_output || !len)
        return;
    if (s->layers.count) {
        fail_later(s, "a file descriptor cannot go through a layer");
        return;
    }
    mark.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (mark.fd < 0) {
        fail_later(s, g_strerror(errno));
        return;
    }
    g_array_append_val(s->marks, mark);
    io_stream_send(s, data, len);
}

void io_stream_end_output(struct io_stream *s)
{
    s->ends_output = true;
    if (!s->over)
        end_output_when_empty(s);
}

int io_stream_take_fd(struct io_stream *s)
{
    int fd = s->n_fds ? s->fds[0] : -1;

    if (s->n_fds)
        memmove(s->fds, s->fds + 1, --s->n_fds * sizeof(s->fds[0]));
    return fd;
}

void io_stream_expect_fds(struct io_stream *s)
{
    s->expects_fds = true;
}

void io_stream_pause_reading(struct io_stream *s, bool paused)
{
    if (s->paused == paused || s->over)
        return;
    s->paused = paused;
    wait_for(s);
    if (!paused && (s->in.len || s->layers.count))
        g_source_set_ready_time(&s->source, 0);
}

size_t io_stream_queued(const struct io_stream *s)
{
    return s->out.len;
}

void io_stream_trim(struct io_stream *s)
{
    if (!s->out.len)
        buf_finish(&s->out);
    if (!s->in.len && !s->offering)
        buf_finish(&s->in);
}

void io_stream_set_limits(struct io_stream *s, size_t input_max, size_t queue_max)
{
    s->input_max = input_max;
    s->queue_max = queue_max;
}

bool io_stream_is_broken(const struct io_stream *s)
{
    return s->broken && !s->layer_ended;
}

bool io_stream_is_open(const struct io_stream *s)
{
    return !s->over;
}

int io_stream_fd(const struct io_stream *s)
{
    return s->fd;
}
