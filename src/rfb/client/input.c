/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source's side of the scene: keys, pointer and requests to the server, and the barrier that
 * waits for the pixels of now. What is held pressed is remembered, to be released when we go.
 */
#include "base/mem.h"
#include "rfb/client/private.h"

#include <stdlib.h>

enum { WAIT_MS = 50 };

static struct rfb_client *client_of(struct scene_source *source)
{
    return (struct rfb_client *)source;
}

/* Motion that was held back goes before anything that comes after it. */
void client_send_motion(struct rfb_client *c)
{
    if (!c->has_motion)
        return;
    c->has_motion = false;
    rfb_client_session_pointer(c->session, c->x, c->y, c->buttons);
}

static void key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    struct rfb_client *c = client_of(source);

    client_send_motion(c);
    if (code <
        CLIENT_KEYS) { /* the release names what was pressed, whatever Shift does meanwhile */
        if (c->held[code])
            keysym = (uint32_t)(c->held[code] - 1);
        c->held[code] = down ? (uint64_t)keysym + 1 : 0;
    }
    rfb_client_session_key(c->session, code, keysym, down);
    client_flush(c);
}

static void pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons)
{
    struct rfb_client *c = client_of(source);

    if (buttons != c->buttons)
        client_send_motion(c);
    c->x = x;
    c->y = y;
    c->has_motion = true;
    if (buttons == c->buttons && c->stream && io_stream_queued(c->stream) > CLIENT_BACKLOG)
        return; /* drained() sends the newest */
    c->buttons = buttons;
    client_send_motion(c);
    client_flush(c);
}

static void pointer_relative(struct scene_source *source, int32_t dx, int32_t dy, uint32_t buttons)
{
    struct rfb_client *c = client_of(source);

    client_send_motion(c);
    c->buttons = buttons;
    rfb_client_session_pointer_relative(c->session, dx, dy, buttons);
    client_flush(c);
}

static void wheel(struct scene_source *source, int32_t dx, int32_t dy)
{
    struct rfb_client *c = client_of(source);

    client_send_motion(c);
    rfb_client_session_wheel(c->session, dx, dy);
    client_flush(c);
}

static void screen_size(struct scene_source *source, uint32_t width, uint32_t height,
                        uint32_t width_mm, uint32_t height_mm)
{
    struct rfb_client *c = client_of(source);

    (void)width_mm, (void)height_mm; /* RFB has no word for them */
    rfb_client_session_resize(c->session, width, height);
    client_flush(c);
}

static void audio(struct scene_source *source, bool wanted)
{
    struct rfb_client *c = client_of(source);

    rfb_client_session_listen(c->session, wanted);
    client_flush(c);
}

static bool power(struct scene_source *source, enum scene_power what)
{
    static const enum rfb_xvp_code codes[] = {[SCENE_SHUTDOWN] = RFB_XVP_SHUTDOWN,
                                              [SCENE_REBOOT] = RFB_XVP_REBOOT,
                                              [SCENE_RESET] = RFB_XVP_RESET};
    struct rfb_client *c = client_of(source);
    bool can = rfb_client_session_power(c->session, codes[what]);

    client_flush(c);
    return can;
}

static void window_request(struct scene_source *source, const struct win_msg *request)
{
    struct rfb_client *c = client_of(source);

    client_send_motion(c);
    rfb_client_session_window_request(c->session, request);
    client_flush(c);
}

void client_release_all(struct rfb_client *c)
{
    for (uint32_t code = 0; code < CLIENT_KEYS; code++)
        if (c->held[code])
            key(&c->source, code, 0, false);
    if (c->buttons)
        pointer(&c->source, c->x, c->y, 0);
}

/* ---- The barrier ---- */

static void wait_finish(struct client_wait *w)
{
    struct client_wait **at = &w->client->waits;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    g_source_destroy(w->timeout);
    g_source_unref(w->timeout);
    w->done(w->data);
    free(w);
}

static gboolean wait_is_over(gpointer data)
{
    wait_finish(data);
    return G_SOURCE_REMOVE;
}

static void after_pixels(struct scene_source *source, void (*done)(void *data), void *data)
{
    struct rfb_client *c = client_of(source);
    struct client_wait *w = mem_new0(struct client_wait), **at = &c->waits;
    bool asked = rfb_client_session_fence(c->session, ++c->last_fence);

    w->client = c;
    w->id = c->last_fence;
    w->done = done;
    w->data = data;
    while (*at)
        at = &(*at)->next;
    *at = w;
    w->timeout = g_timeout_source_new(asked ? WAIT_MS : 0);
    g_source_set_callback(w->timeout, wait_is_over, w, NULL);
    g_source_attach(w->timeout, g_main_context_get_thread_default());
    client_flush(c);
}

void client_waits_done(struct rfb_client *c, uint32_t id)
{
    while (c->waits && (int32_t)(id - c->waits->id) >= 0)
        wait_finish(c->waits);
}

void client_waits_finish(struct rfb_client *c)
{
    while (c->waits)
        wait_finish(c->waits);
}

const struct scene_source_ops client_source_ops = {
    .key = key,
    .pointer = pointer,
    .pointer_relative = pointer_relative,
    .wheel = wheel,
    .screen_size = screen_size,
    .after_pixels = after_pixels,
    .audio = audio,
    .power = power,
    .window_request = window_request,
};
