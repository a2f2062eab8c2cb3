/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's connection: joins a socket to the session machine, and what that tells to the scene.
 * Input is input.c, memory memory.c.
 */
#include "rfb/client/client.h"

#include "base/log.h"
#include "base/mem.h"
#include "rfb/client/private.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/load.h"
#include "scene/audio.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    QUEUE_MAX = 4 << 20,  /* bytes of input and requests that a server may leave unread */
    COMMIT_WAIT_MS = 500, /* the longest that a sink which is slow is spared */
};

void client_flush(struct rfb_client *c)
{
    struct buf *out = rfb_client_session_output(c->session);

    if (c->stream && out->len)
        io_stream_send(c->stream, out->data, out->len);
    buf_clear(out);
}

static void finish(struct rfb_client *c)
{
    rfb_client_session_destroy(c->session);
    free(c);
}

static void enter(struct rfb_client *c)
{
    c->busy++;
}

/* False: the owner has destroyed the client meanwhile, it is not to be touched any more. */
static bool leave(struct rfb_client *c)
{
    if (--c->busy || !c->destroyed)
        return !c->destroyed;
    finish(c);
    return false;
}

/* ---- Commits ----
 * A server may send updates faster than a sink can follow, be it only to be a nuisance. So a commit
 * waits for as long as the last one took, and then stands for all the updates that have ended by
 * then; at most half of the time goes into them, and an ordinary one never waits.
 */

static void commit(struct rfb_client *c)
{
    int64_t start = g_get_monotonic_time();

    if (!c->news)
        return;
    c->news = false;
    scene_commit(c->scene);
    c->commit_ended = g_get_monotonic_time();
    c->commit_took = c->commit_ended - start;
}

static void end_wait_for_commit(struct rfb_client *c)
{
    if (!c->commit)
        return;
    g_source_destroy(c->commit);
    g_source_unref(c->commit);
    c->commit = NULL;
}

static int64_t time_to_commit(const struct rfb_client *c)
{
    return c->commit_ended + c->commit_took - g_get_monotonic_time();
}

static gboolean commit_is_due(gpointer owner)
{
    struct rfb_client *c = owner;

    end_wait_for_commit(c);
    enter(c);
    if (!rfb_client_session_in_update(c->session)) /* else its end commits */
        commit(c);
    if (leave(c))
        client_flush(c);
    return G_SOURCE_REMOVE;
}

/* After everything at hand was read: what has to wait gets its time. */
static void await_commit(struct rfb_client *c)
{
    int64_t left = time_to_commit(c);

    if (!c->news || c->commit || rfb_client_session_in_update(c->session))
        return;
    if (left <= 0) {
        commit(c);
        return;
    }
    c->commit = g_timeout_source_new((guint)MIN(left / 1000 + 1, COMMIT_WAIT_MS));
    g_source_set_callback(c->commit, commit_is_due, c, NULL);
    g_source_attach(c->commit, g_main_context_get_thread_default());
}

/* ---- The end ---- */

static void end_patience(struct rfb_client *c)
{
    if (!c->patience)
        return;
    g_source_destroy(c->patience);
    g_source_unref(c->patience);
    c->patience = NULL;
}

/* The server is gone for the scene: no windows, the last picture stays. */
static void drop_connection(struct rfb_client *c)
{
    end_patience(c);
    end_wait_for_commit(c);
    io_stream_destroy(steal(&c->stream));
    client_waits_finish(c);
    scene_clipboard_leave(&c->clipboard);
    scene_audio_end(c->scene);
    scene_drop_windows(c->scene);
    scene_commit(c->scene);
}

static void fail(struct rfb_client *c, const char *reason)
{
    log_debug("rfb", "connection over: %s", reason);
    drop_connection(c);
    if (!c->destroyed && c->ops && c->ops->closed)
        c->ops->closed(c->owner, reason);
}

/* ---- The session's news ---- */

static struct surface *on_make_surface(void *owner, uint32_t width, uint32_t height)
{
    (void)owner;
    return client_make_surface(width, height);
}

static struct surface *on_map_surface(void *owner, const struct rfb_shared_surface *shared,
                                      struct err *err)
{
    struct rfb_client *c = owner;

    return client_map_surface(io_stream_take_fd(c->stream), shared, err);
}

static void on_add_layer(void *owner, const struct rfb_security_layer *layer)
{
    struct rfb_client *c = owner;

    client_flush(c);
    io_stream_add_layer(c->stream, layer->ops, layer->layer);
}

/* ---- The link ---- */

/* µs, negative when it is not TCP. */
static int64_t round_trip(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ? -1 : (int64_t)info.tcpi_rtt;
}

static void on_h264(void *owner)
{
    struct rfb_client *c = owner;

    if (!c->stream || !rfb_h264_decodes())
        return;
    rfb_client_session_set_quality(c->session, c->quality, c->compression);
    client_flush(c);
}

/* With losses, films may come as such; what decodes them is listed once it is loaded. */
static void ask_quality(struct rfb_client *c, unsigned quality, unsigned compression)
{
    c->quality = quality;
    c->compression = compression;
    rfb_client_session_set_quality(c->session, quality, compression);
    if (!quality || c->h264)
        return;
    c->h264 = g_cancellable_new();
    rfb_h264_load(c->h264, on_h264, c);
}

static void take_choice(struct rfb_client *c, struct rfb_link_choice choice)
{
    log_debug("rfb", "%.1f Mbit/s: quality %u", c->link.rate * 8 / 1e6, choice.quality);
    ask_quality(c, choice.quality, choice.compression);
}

/* `len` bytes are offered, some perhaps once more. */
static size_t count_new(struct rfb_client *c, size_t len)
{
    if (c->adapts && !c->link.chosen) /* before the encodings are listed for the first time */
        take_choice(c, rfb_link_start(&c->link, g_get_monotonic_time(),
                                      round_trip(io_stream_fd(c->stream))));
    return len - MIN(len, c->unused);
}

static void measure(struct rfb_client *c, size_t bytes, bool before)
{
    bool after = rfb_client_session_in_update(c->session);

    if (c->adapts && rfb_link_received(&c->link, g_get_monotonic_time(), bytes, before, after))
        take_choice(c, rfb_link_choice(&c->link));
}

static void on_connected(void *owner)
{
    struct rfb_client *c = owner;

    end_patience(c);
    scene_set_pointer_mode(c->scene, true); /* until the server says otherwise */
    client_clipboard_join(c);
    rfb_client_session_listen(c->session, scene_has_listener(c->scene));
    scene_commit(c->scene);
    if (!c->destroyed && c->ops && c->ops->connected)
        c->ops->connected(c->owner);
}

static void on_screen(void *owner, struct surface *screen)
{
    scene_set_screen(((struct rfb_client *)owner)->scene, screen);
}

static void on_damage(void *owner, struct rect r)
{
    scene_damage(((struct rfb_client *)owner)->scene, r);
}

static void on_cursor(void *owner, struct cursor *cursor)
{
    scene_set_cursor(((struct rfb_client *)owner)->scene, cursor);
}

static void on_pointer(void *owner, int32_t x, int32_t y)
{
    scene_set_pointer(((struct rfb_client *)owner)->scene, x, y);
}

static void on_pointer_mode(void *owner, bool absolute)
{
    scene_set_pointer_mode(((struct rfb_client *)owner)->scene, absolute);
}

static void on_leds(void *owner, uint32_t leds)
{
    scene_set_leds(((struct rfb_client *)owner)->scene, leds);
}

static void on_name(void *owner, const char *name)
{
    scene_set_name(((struct rfb_client *)owner)->scene, name);
}

/* Inside RFB two epochs say that there is nothing to be stated, and why. */
static int on_fact(void *owner, const struct win_msg *fact, struct err *err)
{
    struct scene *scene = ((struct rfb_client *)owner)->scene;
    bool sync = fact->type == WIN_SYNC_BEGIN || fact->type == WIN_SYNC_END;

    if (sync && fact->sync.epoch == WIN_EPOCH_NONE)
        scene_drop_windows(scene);
    else if (sync && fact->sync.epoch == WIN_EPOCH_ELSEWHERE)
        scene_set_windows_elsewhere(scene);
    else
        return scene_apply(scene, fact, err);
    return 0;
}

static void on_update_ended(void *owner)
{
    struct rfb_client *c = owner;

    c->news = true;
    if (time_to_commit(c) <= 0)
        commit(c);
}

static void on_fence(void *owner, uint32_t id)
{
    commit(owner); /* who waits for pixels finds them in the scene */
    client_waits_done(owner, id);
}

static void on_audio_begin(void *owner)
{
    scene_audio_begin(((struct rfb_client *)owner)->scene, RFB_CLIENT_AUDIO_RATE);
}

static void on_audio_samples(void *owner, const int16_t *stereo, size_t frames)
{
    scene_audio_samples(((struct rfb_client *)owner)->scene, stereo, frames);
}

static void on_audio_end(void *owner)
{
    scene_audio_end(((struct rfb_client *)owner)->scene);
}

static void on_power_refused(void *owner)
{
    struct rfb_client *c = owner;

    log_debug("rfb", "the server does not do that to its machine");
    if (!c->destroyed && c->ops && c->ops->refused)
        c->ops->refused(c->owner, "the server does not do that to its machine");
}

static const struct rfb_client_session_ops session_ops = {
    .add_layer = on_add_layer,
    .make_surface = on_make_surface,
    .map_surface = on_map_surface,
    .connected = on_connected,
    .screen = on_screen,
    .damage = on_damage,
    .cursor = on_cursor,
    .pointer = on_pointer,
    .pointer_mode = on_pointer_mode,
    .leds = on_leds,
    .name = on_name,
    .fact = on_fact,
    .update_ended = on_update_ended,
    .fence = on_fence,
    .audio_begin = on_audio_begin,
    .audio_samples = on_audio_samples,
    .audio_end = on_audio_end,
    .power_refused = on_power_refused,
    .clipboard = client_on_clipboard,
    .clipboard_text = client_on_clipboard_text,
    .clipboard_wanted = client_on_clipboard_wanted,
};

/* ---- The stream's ---- */

static size_t on_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct rfb_client *c = owner;
    struct err err = {0};
    bool in_update = rfb_client_session_in_update(c->session);
    size_t used = 0, come = count_new(c, len);
    int answer;

    enter(c);
    answer = rfb_client_session_feed(c->session, bytes, len, &used, &err);
    c->unused = len - used;
    if (!c->destroyed && !answer) {
        measure(c, come, in_update);
        await_commit(c);
    }
    if (!c->destroyed) {
        client_flush(c);
        if (answer)
            fail(c, err.text);
    }
    leave(c);
    return answer ? len : used;
}

static void on_closed(void *owner, const char *reason)
{
    struct rfb_client *c = owner;

    enter(c);
    /* TLS that could not begin, a key that was not taken: the next time would be the same. */
    c->lost = !io_stream_is_broken(c->stream) ||
              rfb_client_session_abilities(c->session) & RFB_CAN_UPDATE;
    fail(c, reason);
    leave(c);
}

static void on_drained(void *owner)
{
    struct rfb_client *c = owner;

    client_send_motion(c);
    client_flush(c);
    if (c->owes_text)
        client_on_clipboard_wanted(c);
}

static const struct io_stream_ops stream_ops = {
    .data = on_data,
    .closed = on_closed,
    .drained = on_drained,
};

static gboolean on_no_patience(gpointer owner)
{
    on_closed(owner, "the server did not finish its handshake");
    return G_SOURCE_REMOVE;
}

static bool is_local(int fd)
{
    int domain = 0;
    socklen_t len = sizeof(domain);

    return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == AF_UNIX;
}

struct rfb_client *rfb_client_create(struct scene *scene, int fd, const struct rfb_client_ops *ops,
                                     void *owner)
{
    struct rfb_client *c = mem_new0(struct rfb_client);
    size_t text = scene_clipboard_limit(scene);
    struct rfb_client_options options = {.local = is_local(fd),
                                         .windows = true,
                                         .preferred = RFB_COPY_RECT,
                                         .audio = true,
                                         .clipboard = text};

    c->local = options.local;
    c->source.ops = &client_source_ops;
    c->scene = scene;
    c->ops = ops;
    c->owner = owner;
    c->session = rfb_client_session_create(&options, &session_ops, c);
    c->stream = io_stream_create(fd, &stream_ops, c);
    io_stream_set_limits(c->stream, IO_STREAM_INPUT_MAX, QUEUE_MAX + 3 * text);
    if (options.local)
        io_stream_expect_fds(c->stream);
    c->patience = g_timeout_source_new_seconds(RFB_CLIENT_HANDSHAKE_SECONDS);
    g_source_set_callback(c->patience, on_no_patience, c, NULL);
    g_source_attach(c->patience, g_main_context_get_thread_default());
    scene_add_source(scene, &c->source);
    return c;
}

void rfb_client_prefer(struct rfb_client *c, int32_t encoding)
{
    rfb_client_session_prefer(c->session, encoding);
}

void rfb_client_treat_as_recording(struct rfb_client *c)
{
    rfb_client_session_hear_recording(c->session);
}

void rfb_client_watch(struct rfb_client *c)
{
    rfb_client_session_watch(c->session);
}

void rfb_client_only(struct rfb_client *c, int32_t encoding)
{
    rfb_client_session_only(c->session, encoding);
}

void rfb_client_allow_jpeg(struct rfb_client *c, unsigned quality)
{
    ask_quality(c, quality, 0);
    client_flush(c);
}

void rfb_client_follow_link(struct rfb_client *c)
{
    c->adapts = !c->local;
}

uint64_t rfb_client_drawn(const struct rfb_client *c, int32_t encoding)
{
    return rfb_client_session_drawn(c->session, encoding);
}

void rfb_client_take_security(struct rfb_client *c, const struct rfb_security_offer *security,
                              size_t count, const char *hint)
{
    rfb_client_session_take_security(c->session, security, count, hint);
}

void rfb_client_treat_as_remote(struct rfb_client *c)
{
    c->local = false;
    rfb_client_session_treat_as_remote(c->session);
}

void rfb_client_destroy(struct rfb_client *c)
{
    if (!c || c->destroyed)
        return;
    c->destroyed = true;
    if (c->h264)
        g_cancellable_cancel(c->h264);
    g_clear_object(&c->h264);
    rfb_client_session_stop(c->session);
    enter(c);
    scene_remove_source(c->scene, &c->source);
    if (c->stream) {
        client_release_all(c);
        drop_connection(c);
    }
    client_waits_finish(c);
    leave(c);
}

bool rfb_client_has_windows(const struct rfb_client *c)
{
    return rfb_client_session_abilities(c->session) & RFB_CAN_WINDOWS;
}

bool rfb_client_was_lost(const struct rfb_client *c)
{
    return c->lost;
}

bool rfb_client_is_shared(const struct rfb_client *c)
{
    return rfb_client_session_abilities(c->session) & RFB_IS_SHARED;
}
