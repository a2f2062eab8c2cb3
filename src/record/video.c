/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording a video: the sink that has pictures taken; see video.h. */
#include "record/video.h"

#include "base/arith.h"
#include "base/mem.h"
#include "io/module.h"
#include "record/video_writer.h"

#include <glib.h>
#include <stdlib.h>

enum { FRAME_MS = 33 };

struct record_video {
    struct scene_sink sink; /* first */
    struct scene *scene;
    const struct video_writer_ops *ops;
    struct video_writer *writer;
    record_video_failed_fn failed;
    void *owner;
    uint32_t width, height;
    uint32_t *pixels; /* the picture */
    int64_t began;    /* µs */
    int64_t last;     /* ms of the last picture; -1: none */
    guint timer;      /* a picture is due then */
    bool is_broken;
};

/* ---- The module ---- */

static int load_module(struct record_video *v, struct err *err)
{
    v->ops = io_module_load("record", "oriel-video", VIDEO_WRITER_SYMBOL);
    return v->ops ? 0
                  : err_set(err, "this oriel cannot make videos: it was built without FFmpeg's "
                                 "libraries; record a .fbs file");
}

/* ---- The picture ---- */

static uint32_t blend(uint32_t under, uint32_t over)
{
    uint32_t clear = 255 - (over >> 24), result = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t c = (over >> shift & 255) + (under >> shift & 255) * clear / 255;

        result |= MIN_OF(c, 255u) << shift;
    }
    return result;
}

/* Its pixels are premultiplied. */
static void draw_pointer(struct record_video *v)
{
    const struct cursor *c = v->scene->cursor;
    int32_t left, top;

    if (!c)
        return;
    left = v->scene->pointer_x - (int32_t)c->hot_x;
    top = v->scene->pointer_y - (int32_t)c->hot_y;
    for (int32_t y = 0; y < (int32_t)c->height; y++) {
        for (int32_t x = 0; x < (int32_t)c->width; x++) {
            int32_t to_x = left + x, to_y = top + y;
            uint32_t *to;

            if (to_x < 0 || to_y < 0 || to_x >= (int32_t)v->width || to_y >= (int32_t)v->height)
                continue;
            to = &v->pixels[(size_t)to_y * v->width + (size_t)to_x];
            *to = blend(*to, c->pixels[(size_t)y * c->width + (size_t)x]);
        }
    }
}

static void draw(struct record_video *v)
{
    const struct surface *s = v->scene->screen;
    size_t w = MIN_OF(v->width, s->width);

    for (uint32_t y = 0; y < v->height; y++) {
        uint32_t *to = v->pixels + (size_t)y * v->width;
        size_t n = y < s->height ? w : 0;

        if (n)
            memcpy(to, surface_row(s, (int32_t)y), n * 4);
        memset(to + n, 0, (v->width - n) * 4);
    }
    draw_pointer(v);
}

static int take(struct record_video *v, struct err *err)
{
    int64_t ms = (g_get_monotonic_time() - v->began) / 1000;

    v->last = MAX_OF(ms, v->last + 1);
    return v->ops->put(v->writer, v->pixels, v->last, err);
}

static gboolean picture_is_due(gpointer owner)
{
    struct record_video *v = owner;
    struct err err;

    v->timer = 0;
    draw(v);
    if (take(v, &err)) {
        v->is_broken = true;
        v->failed(v->owner, &err);
    }
    return G_SOURCE_REMOVE;
}

static void something_changed(struct record_video *v)
{
    int64_t ms = (g_get_monotonic_time() - v->began) / 1000;

    if (!v->timer && !v->is_broken)
        v->timer =
            g_timeout_add((guint)MAX_OF(v->last + FRAME_MS - ms, (int64_t)0), picture_is_due, v);
}

static void on_change(struct scene_sink *sink)
{
    something_changed((struct record_video *)sink);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)region;
    something_changed((struct record_video *)sink);
}

static const struct scene_sink_ops sink_ops = {on_change, on_change, on_damage};

/* ---- Life ---- */

static void give_back(struct record_video *v)
{
    free(v->pixels);
    free(v);
}

struct record_video *record_video_create(struct scene *scene, const char *path,
                                         record_video_failed_fn failed, void *owner,
                                         struct err *err)
{
    struct record_video *v = mem_new0(struct record_video);

    v->sink.ops = &sink_ops;
    v->scene = scene;
    v->failed = failed;
    v->owner = owner;
    v->width = (scene->screen->width + 1) & ~1u;
    v->height = (scene->screen->height + 1) & ~1u;
    v->last = -1;
    if (!load_module(v, err))
        v->writer = v->ops->create(path, v->width, v->height, err);
    if (!v->writer) {
        give_back(v);
        return NULL;
    }
    v->pixels = mem_alloc0((size_t)v->width * v->height, 4);
    v->began = g_get_monotonic_time();
    scene_add_sink(scene, &v->sink);
    something_changed(v);
    return v;
}

uint64_t record_video_bytes(const struct record_video *v)
{
    return v->ops->bytes(v->writer);
}

int record_video_finish(struct record_video *v, struct err *err)
{
    int answer = 0;

    if (v->timer)
        g_source_remove(v->timer);
    scene_remove_sink(v->scene, &v->sink);
    draw(v);
    if (!v->is_broken)
        answer = take(v, err);
    if (v->ops->finish(v->writer, answer || v->is_broken ? &(struct err){0} : err) && !v->is_broken)
        answer = -1;
    give_back(v);
    return answer;
}
