/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One viewer: its connection, its handshake, its messages. See private.h. */
#include "rfb/server/private.h"

#include "base/log.h"
#include "base/mem.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    ANSWERS_MAX = 64 << 10, /* bytes of answers that a viewer leaves unread */
    UNSENT_MAX = 128 << 10, /* bytes that the kernel queues before the network has room */
    LAYER_US = 1000,        /* what a layer's own handshake costs, which nobody sees from here */
    /* What a viewer is told while the machine has no screen. */
    BLANK_WIDTH = 640,
    BLANK_HEIGHT = 480,
};

bool rfb_viewer_is_in(const struct rfb_viewer *c)
{
    return rfb_server_session_state(c->session) == RFB_SERVER_MESSAGES &&
           io_stream_is_open(c->stream);
}

void rfb_viewer_answer(struct rfb_viewer *c, const struct buf *message)
{
    rfb_viewer_send(c, message->data, message->len);
    c->answers = c->sending.open || io_stream_queued(c->stream) ? c->answers + message->len : 0;
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

static void take_pixel_format(struct rfb_viewer *c, const struct pixel_format *format)
{
    struct pixel_format resolved = pixel_format_resolve(format);

    /* What went in another format may have lost something. */
    if (!pixel_format_equal(&c->settings.format, &resolved)) {
        rfb_viewer_cut_update(c);
        rfb_owed_all(&c->owed);
    }
    c->settings.format = resolved;
    rfb_server_want_flush(c->server);
    if (!format->true_colour) {
        struct buf out = BUF_INIT;

        rfb_put_bgr233_map(&out, 256);
        rfb_viewer_answer(c, &out);
        buf_finish(&out);
    }
    c->told.cursor_any = false; /* its image has pixels of the old format */
}

static void take_encodings(struct rfb_viewer *c, const struct rfb_set_encodings *encodings)
{
    c->wants = rfb_wants_read(encodings);
    c->settings.compression = c->wants.compression;
    c->settings.forgetful = c->wants.tight_png;
    c->told.cursor_any = false;
    rfb_viewer_greet_extensions(c);
    rfb_viewer_clipboard_greet(c);
    rfb_server_want_flush(c->server);
}

static void take_request(struct rfb_viewer *c, const struct rfb_update_request *request)
{
    const struct rect *a = &request->area;

    if (!request->incremental)
        rfb_owed_changed_rect(&c->owed, *a);
    c->request_area = c->requested ? rect_union(c->request_area, *a) : *a;
    c->requested = true;
    rfb_server_want_flush(c->server);
}

static int take_continuous(struct rfb_viewer *c, const struct rfb_continuous_updates *continuous,
                           struct err *err)
{
    struct buf out = BUF_INIT;

    if (!c->told.continuous_updates)
        return err_set(err, "EnableContinuousUpdates, which was never offered");
    if (c->continuous && !continuous->enable) {
        rfb_put_end_of_continuous_updates(&out);
        rfb_viewer_answer(c, &out);
        buf_finish(&out);
    }
    c->continuous = continuous->enable;
    c->continuous_area = continuous->area;
    rfb_server_want_flush(c->server);
    return 0;
}

static void answer_fence(struct rfb_viewer *c, uint32_t flags, const uint8_t *payload, uint8_t len)
{
    struct buf out = BUF_INIT;

    rfb_put_server_fence(&out, flags, payload, len);
    rfb_viewer_answer(c, &out);
    buf_finish(&out);
}

/*
 * Messages are handled in their order and nothing of them is left for later, so "before" and
 * "after" hold by themselves. SyncNext's answer must stand right before the next message's effect.
 */
static void take_fence(struct rfb_viewer *c, const struct rfb_fence *fence)
{
    uint32_t flags =
        fence->flags & (RFB_FENCE_BLOCK_BEFORE | RFB_FENCE_BLOCK_AFTER | RFB_FENCE_SYNC_NEXT);
    uint8_t len = (uint8_t)fence->payload.len;

    if (!(fence->flags & RFB_FENCE_REQUEST)) {
        rfb_viewer_fence_answered(c, fence->payload.data, fence->payload.len);
        return;
    }
    if (!(flags & RFB_FENCE_SYNC_NEXT)) {
        answer_fence(c, flags, fence->payload.data, len);
        return;
    }
    c->fence = (struct rfb_held_fence){.held = true, .flags = flags, .len = len};
    if (len)
        memcpy(c->fence.payload, fence->payload.data, len);
}

/* Each of its screens lies on the framebuffer that it asks for. */
static bool is_layout(const struct rfb_set_desktop_size *size)
{
    struct rect whole = {0, 0, size->width, size->height};

    for (unsigned i = 0; i < size->count; i++) {
        struct rect area = rfb_screen_at(size->wire, i).area;

        if (rect_is_empty(area) || !rect_contains(whole, area))
            return false;
    }
    return size->count && !rect_is_empty(whole);
}

static void take_desktop_size(struct rfb_viewer *c, const struct rfb_set_desktop_size *size)
{
    struct scene *scene = rfb_server_scene(c->server);
    enum rfb_resize_status status = RFB_RESIZE_FORWARDED;

    if (!is_layout(size))
        status = RFB_RESIZE_INVALID_LAYOUT;
    else if (size->width > RECT_SIZE_MAX || size->height > RECT_SIZE_MAX)
        status = RFB_RESIZE_OUT_OF_RESOURCES;
    else if (size->width == c->width && size->height == c->height)
        status = RFB_RESIZE_DONE;
    else if (!scene_send_screen_size(scene, size->width, size->height, 0, 0))
        status = RFB_RESIZE_PROHIBITED;
    if (status == RFB_RESIZE_FORWARDED) {
        c->asked_width = size->width;
        c->asked_height = size->height;
    }
    c->resize = (struct rfb_resize){true, RFB_RESIZE_BY_THIS_CLIENT, status};
    rfb_server_want_flush(c->server);
}

static int client_message(void *owner, const struct rfb_client_msg *msg, struct err *err)
{
    struct rfb_viewer *c = owner;

    if (c->handshake_out->len) { /* it did not wait for ServerInit, but its answers do */
        io_stream_send(c->stream, c->handshake_out->data, c->handshake_out->len);
        buf_clear(c->handshake_out);
    }
    if (c->fence.held) {
        c->fence.held = false;
        answer_fence(c, c->fence.flags, c->fence.payload, c->fence.len);
    }
    if (c->answers > ANSWERS_MAX)
        return err_set(err, "it does not read its answers");
    switch (msg->type) {
    case RFB_SET_PIXEL_FORMAT:
        take_pixel_format(c, &msg->format);
        return 0;
    case RFB_SET_ENCODINGS:
        take_encodings(c, &msg->encodings);
        return 0;
    case RFB_FRAMEBUFFER_UPDATE_REQUEST:
        take_request(c, &msg->request);
        return 0;
    case RFB_KEY_EVENT:
    case RFB_QEMU_CLIENT:
        rfb_viewer_key(c, &msg->key);
        return 0;
    case RFB_POINTER_EVENT:
        rfb_viewer_pointer(c, &msg->pointer);
        return 0;
    case RFB_CLIENT_CUT_TEXT:
        return rfb_viewer_cut_text(c, &msg->cut_text, err);
    case RFB_ENABLE_CONTINUOUS_UPDATES:
        return take_continuous(c, &msg->continuous, err);
    case RFB_CLIENT_WINDOWS:
        return rfb_viewer_window_requests(c, msg->windows, err);
    case RFB_CLIENT_FENCE:
        take_fence(c, &msg->fence);
        return 0;
    case RFB_QEMU_CLIENT_AUDIO:
        rfb_viewer_audio(c, &msg->audio);
        return 0;
    case RFB_CLIENT_XVP:
        return rfb_viewer_xvp(c, &msg->xvp, err);
    case RFB_SET_DESKTOP_SIZE:
        take_desktop_size(c, &msg->desktop_size);
        return 0;
    }
    return err_set(err, "client message %d has no handler", msg->type);
}

static void client_init(void *owner, bool shared, struct rfb_server_init *init)
{
    struct rfb_viewer *c = owner;
    struct scene *scene = rfb_server_scene(c->server);

    /* Viewers always share: a machine's screen is not thrown from one to the next. */
    (void)shared;
    c->width = scene->screen ? (uint16_t)scene->screen->width : BLANK_WIDTH;
    c->height = scene->screen ? (uint16_t)scene->screen->height : BLANK_HEIGHT;
    *init = (struct rfb_server_init){c->width, c->height, c->settings.format,
                                     scene->name[0] ? scene->name : "Oriel"};
    c->told.name = scene->name_revision;
    rfb_owed_all(&c->owed);
    rfb_viewer_clipboard_join(c);
    rfb_viewer_audio_init(c);
    g_source_destroy(c->handshake);
    g_source_unref(c->handshake);
    c->handshake = NULL;
}

/* The screen's own memory does not go through a layer, so there is no difference to TCP. */
static void client_add_layer(void *owner, struct buf *out, const struct rfb_security_layer *layer)
{
    struct rfb_viewer *c = owner;

    io_stream_send(c->stream, out->data, out->len);
    buf_clear(out);
    io_stream_add_layer(c->stream, layer->ops, layer->layer);
    rfb_server_charge(c->server, LAYER_US);
    c->is_unix = false;
}

static const struct rfb_server_session_ops session_ops = {
    .add_layer = client_add_layer, .init = client_init, .message = client_message};

/* ---- The connection ---------------------------------------------------------------------------
 */

static void cut_off(struct rfb_viewer *c, const char *reason)
{
    log_warning("rfb", "viewer %u (%s) is cut off: %s", c->number, c->peer, reason);
    rfb_viewer_destroy(c);
}

static int64_t processor_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

static int feed(struct rfb_viewer *c, const uint8_t *bytes, size_t len, size_t *used,
                struct buf *out, struct err *err)
{
    bool is_stranger = c->handshake;
    int64_t begin = is_stranger ? processor_us() : 0;
    int rc;

    c->handshake_out = out;
    rc = rfb_server_session_feed(c->session, bytes, len, used, out, err);
    c->handshake_out = NULL;
    if (is_stranger)
        rfb_server_charge(c->server, processor_us() - begin);
    return rc;
}

static size_t stream_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct rfb_viewer *c = owner;
    struct buf out = BUF_INIT;
    struct err err;
    size_t used = 0;
    int rc = feed(c, bytes, len, &used, &out, &err);

    if (out.len)
        io_stream_send(c->stream, out.data, out.len);
    buf_finish(&out);
    if (rc < 0)
        cut_off(c, err.text);
    return rc < 0 ? len : used;
}

static void stream_closed(void *owner, const char *reason)
{
    struct rfb_viewer *c = owner;

    log_info("rfb", "viewer %u (%s) is gone: %s", c->number, c->peer, reason);
    rfb_viewer_destroy(c);
}

static void stream_drained(void *owner)
{
    struct rfb_viewer *c = owner;

    c->answers = c->audio.unread = 0;
    rfb_viewer_clipboard_flush(c);
    rfb_server_want_flush(c->server);
}

static const struct io_stream_ops stream_ops = {
    .data = stream_data, .closed = stream_closed, .drained = stream_drained};

static gboolean handshake_timed_out(gpointer data)
{
    cut_off(data, "it did not finish the handshake in time");
    return G_SOURCE_REMOVE;
}

/* The kernel keeps little, so that what is queued is ours and newer pixels replace older ones. */
static void prepare_socket(struct rfb_viewer *c, int fd)
{
    int domain = 0, on = 1, unsent = UNSENT_MAX;
    socklen_t len = sizeof(domain);

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    c->is_unix = domain == AF_UNIX;
    if (c->is_unix)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

struct rfb_viewer *rfb_viewer_create(struct rfb_server *server, struct io_stream *stream,
                                     bool is_bare, unsigned number,
                                     const struct rfb_security_offer *offers, size_t count)
{
    struct rfb_viewer *c = mem_new0(struct rfb_viewer);
    struct buf out = BUF_INIT;

    c->server = server;
    c->number = number;
    c->wants = rfb_wants_default();
    c->settings = (struct rfb_encode_settings){pixel_format_native, -1};
    rfb_owed_init(&c->owed);
    rfb_viewer_sending_init(c);
    rfb_windows_told_init(&c->windows);
    c->stream = stream;
    io_stream_set_owner(stream, &stream_ops, c);
    prepare_socket(c, io_stream_fd(stream));
    io_peer_name(io_stream_fd(stream), c->peer);
    log_info("rfb", "viewer %u comes from %s", number, c->peer);
    c->is_unix = c->is_unix && is_bare; /* descriptors pass through nothing */
    io_stream_set_limits(c->stream, RFB_VIEWER_INPUT_MAX, IO_STREAM_QUEUE_MAX);
    c->session = rfb_server_session_create(offers, count, &session_ops, c, &out);
    io_stream_send(c->stream, out.data, out.len);
    buf_finish(&out);
    c->handshake = g_timeout_source_new_seconds(RFB_SERVER_HANDSHAKE_SECONDS);
    g_source_set_callback(c->handshake, handshake_timed_out, c, NULL);
    g_source_attach(c->handshake, g_main_context_get_thread_default());
    return c;
}

void rfb_viewer_destroy(struct rfb_viewer *c)
{
    rfb_viewer_release_input(c);
    rfb_viewer_clipboard_leave(c);
    rfb_viewer_audio_leave(c);
    rfb_server_forget(c->server, c);
    if (c->handshake) {
        g_source_destroy(c->handshake);
        g_source_unref(c->handshake);
    }
    rfb_viewer_sending_finish(c);
    io_stream_destroy(c->stream);
    rfb_server_session_destroy(c->session);
    surface_unref(c->shared);
    rfb_owed_finish(&c->owed);
    rfb_windows_told_finish(&c->windows);
    free(c);
}
