/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guest plays, for a viewer that has asked for it, in the format that it asked for. Sound
 * that comes too late is worth nothing: a viewer that does not keep up misses some. See private.h.
 */
#include "rfb/server/private.h"

enum {
    QUEUE_MAX = 512 << 10
}; /* bytes that a viewer has not read, from which on sound is dropped */

static struct rfb_viewer *viewer_of(struct scene_listener *l)
{
    return (struct rfb_viewer *)((char *)l - offsetof(struct rfb_viewer, audio.listener));
}

static void send_event(struct rfb_viewer *c, enum rfb_audio_event event)
{
    struct buf out = BUF_INIT;

    rfb_put_audio_event(&out, event);
    rfb_viewer_send(c, out.data, out.len);
    buf_finish(&out);
}

static void on_begin(struct scene_listener *l, uint32_t rate)
{
    struct rfb_viewer *c = viewer_of(l);

    pcm_rate_init(&c->audio.rate, rate, c->audio.format.rate);
    c->audio.is_playing = true;
    send_event(c, RFB_AUDIO_BEGIN);
}

/* The bytes of one. More of it is not kept for a viewer that does not read. */
static size_t second_of(const struct rfb_viewer *c)
{
    return pcm_format_frame(&c->audio.format) * c->audio.format.rate;
}

static void on_samples(struct scene_listener *l, const int16_t *stereo, size_t frames)
{
    struct rfb_viewer *c = viewer_of(l);
    struct buf even = BUF_INIT, samples = BUF_INIT, out = BUF_INIT;

    if (!io_stream_queued(c->stream) && !c->sending.later.len)
        c->audio.unread = 0;
    if (!c->audio.is_playing || c->audio.unread > second_of(c))
        return;
    pcm_rate_convert(&c->audio.rate, stereo, frames, &even);
    if (even.len) {
        pcm_from_stereo(&c->audio.format, (const int16_t *)(void *)even.data, even.len / 4,
                        &samples);
        rfb_put_audio_data(&out, samples.data, samples.len);
        c->audio.unread += samples.len;
        rfb_viewer_send(c, out.data, out.len);
    }
    buf_finish(&even);
    buf_finish(&samples);
    buf_finish(&out);
}

static void on_end(struct scene_listener *l)
{
    struct rfb_viewer *c = viewer_of(l);

    c->audio.is_playing = false;
    send_event(c, RFB_AUDIO_END);
}

static const struct scene_listener_ops listener_ops = {on_begin, on_samples, on_end};

void rfb_viewer_audio_init(struct rfb_viewer *c)
{
    c->audio.listener.ops = &listener_ops;
    c->audio.format =
        (struct pcm_format){.bits = 16, .is_signed = true, .channels = 2, .rate = 44100};
}

/* A viewer that stops listening, or changes its mind about the format, hears an end first. */
static void stop(struct rfb_viewer *c)
{
    if (c->audio.is_playing)
        on_end(&c->audio.listener);
    scene_unlisten(&c->audio.listener);
}

void rfb_viewer_audio(struct rfb_viewer *c, const struct rfb_audio *audio)
{
    struct scene *scene = rfb_server_scene(c->server);
    bool listens = c->audio.listener.scene;

    switch (audio->wish) {
    case RFB_AUDIO_ENABLE:
        if (!listens)
            scene_listen(scene, &c->audio.listener);
        break;
    case RFB_AUDIO_DISABLE:
        stop(c);
        break;
    case RFB_AUDIO_FORMAT:
        stop(c);
        c->audio.format = audio->format;
        if (listens)
            scene_listen(scene, &c->audio.listener);
        break;
    }
}

void rfb_viewer_audio_leave(struct rfb_viewer *c)
{
    scene_unlisten(&c->audio.listener);
}
