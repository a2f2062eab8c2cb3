/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Playing a recorded session; see player.h. */
#include "reach/player.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/socket.h"
#include "io/stream.h"
#include "rfb/msg/fbs.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

struct player {
    FILE *file;
    struct buf bytes; /* read and not played yet */
    struct io_stream *stream;
    int64_t began; /* µs */
    guint timer;
    struct err err;
};

static void play(struct player *p);

static void end(struct player *p)
{
    io_stream_destroy(steal(&p->stream));
}

/* 1: more is there, 0: the file is at its end, -1 */
static int read_piece(struct player *p)
{
    size_t n = fread(buf_reserve(&p->bytes, PIECE), 1, PIECE, p->file);

    p->bytes.len += n;
    if (ferror(p->file))
        return err_set(&p->err, "the recording cannot be read on: %s", g_strerror(errno));
    return n > 0;
}

/* The next block, at the front of the bytes: 1 and how many it takes, 0: there is none, -1 */
static int next_block(struct player *p, struct fbs_block *block, size_t *used)
{
    int answer;

    while (!(answer = fbs_read_block(p->bytes.data, p->bytes.len, used, block, &p->err))) {
        int more = read_piece(p);

        if (more > 0)
            continue;
        if (!more && p->bytes.len)
            return err_set(&p->err, "the recording ends in the middle of a block");
        return more;
    }
    return answer;
}

static gboolean block_is_due(gpointer owner)
{
    struct player *p = owner;

    p->timer = 0;
    play(p);
    return G_SOURCE_REMOVE;
}

/* Plays what is due, as fast as the viewer reads. */
static void play(struct player *p)
{
    while (p->stream && !p->timer && !io_stream_queued(p->stream)) {
        struct fbs_block block;
        int64_t wait;
        size_t used;

        if (next_block(p, &block, &used) <= 0) {
            end(p);
            return;
        }
        wait = (int64_t)block.ms - (g_get_monotonic_time() - p->began) / 1000;
        if (wait > 0) {
            p->timer = g_timeout_add((guint)wait, block_is_due, p);
            return;
        }
        if (block.len)
            io_stream_send(p->stream, block.data, block.len);
        buf_consume(&p->bytes, used);
    }
}

static size_t on_data(void *owner, const uint8_t *bytes, size_t len)
{
    (void)owner;
    (void)bytes;
    return len;
}

static void on_closed(void *owner, const char *reason)
{
    (void)reason;
    end(owner);
}

static void on_drained(void *owner)
{
    play(owner);
}

static const struct io_stream_ops stream_ops = {
    .data = on_data, .closed = on_closed, .drained = on_drained};

static int open_recording(struct player *p, const char *path, struct err *err)
{
    size_t used;
    int answer;

    p->file = fopen(path, "rbe");
    if (!p->file)
        return err_set(err, "cannot open %.200s: %s", path, g_strerror(errno));
    while (!(answer = fbs_read_version(p->bytes.data, p->bytes.len, &used, err)))
        if (read_piece(p) <= 0)
            return err_set(err, "%.200s is no recorded session: it is too short", path);
    if (answer < 0)
        return err_prefix(err, "%.200s", path);
    buf_consume(&p->bytes, used);
    return 0;
}

struct player *player_start(const char *path, int *fd, struct err *err)
{
    struct player *p = mem_new0(struct player);
    int fds[2];

    buf_reserve(&p->bytes, PIECE);
    if (open_recording(p, path, err) || io_socket_pair(fds, err)) {
        player_destroy(p);
        return NULL;
    }
    *fd = fds[0];
    p->stream = io_stream_create(fds[1], &stream_ops, p);
    p->began = g_get_monotonic_time();
    p->timer = g_idle_add(block_is_due, p);
    return p;
}

const char *player_error(const struct player *p)
{
    return p->err.text;
}

void player_destroy(struct player *p)
{
    if (!p)
        return;
    if (p->timer)
        g_source_remove(p->timer);
    end(p);
    if (p->file)
        fclose(p->file);
    buf_finish(&p->bytes);
    free(p);
}
