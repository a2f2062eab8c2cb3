/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound through PulseAudio, or PipeWire in its place: one connection and one stream, asynchronous,
 * on the default main context. While nothing is played the stream is corked, so that the device can
 * sleep. Nothing piles up anywhere: what does not fit is dropped, in one piece rather than in many.
 * See output.h.
 */
#include "sound/output.h"

#include "base/buf.h"
#include "base/mem.h"

#include <pulse/glib-mainloop.h>
#include <pulse/pulseaudio.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FRAME = 4, START_MS = 40, REQUEST_MS = 10 };

struct sound_output {
    pa_glib_mainloop *loop;
    pa_context *context;
    pa_stream *stream; /* NULL until the context is ready */
    pa_operation *drain;
    char *name;
    uint32_t rate;
    sound_output_failed_fn failed;
    void *owner;
    struct buf early; /* what came before the stream was there */
    bool ready;       /* the stream */
    bool paused;      /* corked, or will be once it has played all */
    bool behind;      /* dropping, until half of what may wait has been heard */
    bool broken;
};

static size_t bytes_of(const struct sound_output *o, unsigned ms)
{
    return (size_t)o->rate * ms / 1000 * FRAME;
}

static void fail(struct sound_output *o)
{
    struct err err;

    if (o->broken)
        return;
    o->broken = true;
    o->ready = false;
    err_set(&err, "the desktop's sound server does not play it: %s",
            pa_strerror(pa_context_errno(o->context)));
    o->failed(o->owner, &err);
}

static void forget(pa_operation *operation)
{
    if (operation)
        pa_operation_unref(operation);
}

static void end_drain(struct sound_output *o)
{
    if (!o->drain)
        return;
    pa_operation_cancel(o->drain);
    pa_operation_unref(o->drain);
    o->drain = NULL;
}

/* ---- Playing ---- */

/* What the stream takes before it is full: the server asks for less, to have its device's share of
   the latency, and more comes in one go when the network had held it up. */
static size_t room_of(const struct sound_output *o)
{
    const pa_buffer_attr *buffer = pa_stream_get_buffer_attr(o->stream);
    size_t asked = pa_stream_writable_size(o->stream);

    if (!buffer || asked == (size_t)-1)
        return 0;
    return asked + (buffer->maxlength > buffer->tlength ? buffer->maxlength - buffer->tlength : 0);
}

static void write_samples(struct sound_output *o, const void *samples, size_t len)
{
    size_t room = room_of(o);

    if (o->behind && room < bytes_of(o, SOUND_LATENCY_MS) / 2)
        return;
    o->behind = len > room;
    if (o->behind)
        len = room / FRAME * FRAME;
    if (len)
        pa_stream_write(o->stream, samples, len, NULL, 0, PA_SEEK_RELATIVE);
}

static void on_drained(pa_stream *stream, int success, void *owner)
{
    struct sound_output *o = owner;

    end_drain(o);
    if (success && o->paused)
        forget(pa_stream_cork(stream, 1, NULL, NULL));
}

static void play(struct sound_output *o, const int16_t *stereo, size_t frames)
{
    size_t len = frames * FRAME;

    if (o->broken)
        return;
    if (!o->ready) {
        size_t room = bytes_of(o, SOUND_LATENCY_MS) - o->early.len;

        o->paused = false;
        buf_append(&o->early, stereo, len < room ? len : room);
        return;
    }
    if (o->paused) {
        o->paused = o->behind = false;
        end_drain(o);
        forget(pa_stream_cork(o->stream, 0, NULL, NULL));
    }
    write_samples(o, stereo, len);
}

/* The drain makes the server play also what is too short for it to begin by itself. */
static void pause_output(struct sound_output *o)
{
    o->paused = true;
    if (o->ready && !o->drain)
        o->drain = pa_stream_drain(o->stream, on_drained, o);
}

/* ---- Connecting ---- */

static void on_stream_state(pa_stream *stream, void *owner)
{
    struct sound_output *o = owner;

    if (pa_stream_get_state(stream) == PA_STREAM_READY) {
        o->ready = true;
        write_samples(o, o->early.data, o->early.len);
        buf_finish(&o->early);
        if (o->paused)
            pause_output(o);
    } else if (!PA_STREAM_IS_GOOD(pa_stream_get_state(stream))) {
        fail(o);
    }
}

static void make_stream(struct sound_output *o)
{
    const pa_sample_spec samples = {PA_SAMPLE_S16NE, o->rate, 2};
    const pa_buffer_attr buffer = {
        .maxlength = (uint32_t)bytes_of(o, SOUND_LATENCY_MS),
        .tlength = (uint32_t)bytes_of(o, SOUND_LATENCY_MS),
        .prebuf = (uint32_t)bytes_of(o, START_MS),
        .minreq = (uint32_t)bytes_of(o, REQUEST_MS),
        .fragsize = (uint32_t)-1,
    };

    o->stream = pa_stream_new(o->context, o->name, &samples, NULL);
    if (!o->stream) {
        fail(o);
        return;
    }
    pa_stream_set_state_callback(o->stream, on_stream_state, o);
    if (pa_stream_connect_playback(o->stream, NULL, &buffer, PA_STREAM_ADJUST_LATENCY, NULL, NULL))
        fail(o);
}

static void on_context_state(pa_context *context, void *owner)
{
    if (pa_context_get_state(context) == PA_CONTEXT_READY)
        make_stream(owner);
    else if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(context)))
        fail(owner);
}

static void destroy(struct sound_output *o)
{
    if (!o)
        return;
    o->broken = true;
    end_drain(o);
    if (o->stream) {
        pa_stream_set_state_callback(o->stream, NULL, NULL);
        pa_stream_disconnect(o->stream);
        pa_stream_unref(o->stream);
    }
    if (o->context) {
        pa_context_set_state_callback(o->context, NULL, NULL);
        pa_context_disconnect(o->context);
        pa_context_unref(o->context);
    }
    pa_glib_mainloop_free(o->loop);
    buf_finish(&o->early);
    pa_xfree(o->name);
    free(o);
}

static struct sound_output *create(const char *name, uint32_t rate, sound_output_failed_fn failed,
                                   void *owner, struct err *err)
{
    struct sound_output *o = mem_new0(struct sound_output);
    pa_proplist *about = pa_proplist_new();

    o->name = pa_xstrdup(name[0] ? name : "Oriel");
    o->rate = rate;
    o->failed = failed;
    o->owner = owner;
    o->loop = pa_glib_mainloop_new(NULL);
    pa_proplist_sets(about, PA_PROP_APPLICATION_NAME, "Oriel");
    pa_proplist_sets(about, PA_PROP_APPLICATION_ID, "oriel");
    pa_proplist_sets(about, PA_PROP_APPLICATION_ICON_NAME, "computer");
    o->context = pa_context_new_with_proplist(pa_glib_mainloop_get_api(o->loop), NULL, about);
    pa_proplist_free(about);
    /* A desktop that has sound has its server running, or a socket that starts it. */
    if (o->context && !pa_context_connect(o->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) &&
        PA_CONTEXT_IS_GOOD(pa_context_get_state(o->context))) {
        pa_context_set_state_callback(o->context, on_context_state, o);
        return o;
    }
    err_set(err, "there is no sound server on this desktop: %s",
            pa_strerror(o->context ? pa_context_errno(o->context) : PA_ERR_INTERNAL));
    destroy(o);
    return NULL;
}

const struct sound_output_ops oriel_sound_output = {create, play, pause_output, destroy};
