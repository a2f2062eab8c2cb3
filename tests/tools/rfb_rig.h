/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine with an RFB server and somebody who just looks, for tests of what others do to them
 * meanwhile: `rig_serves(&r, &r.calm)` is whether a viewer still gets a picture.
 */
#pragma once

#include "rfb_watcher.h"

#include "base/log.h"
#include "scene/audio.h"
#include "scene/clipboard.h"

enum { RIG_CLIPBOARD = 1 << 20 };

struct rig {
    struct scene *scene;
    struct scene_source source;
    struct scene_clipboard_peer guest;
    struct rfb_server *server;
    struct viewer calm;
    uint32_t painted;
};

static char rig_text[RIG_CLIPBOARD];

static void rig_on_size(struct scene_source *source, uint32_t w, uint32_t h, uint32_t w_mm,
                        uint32_t h_mm)
{
    (void)source, (void)w, (void)h, (void)w_mm, (void)h_mm; /* it has one size */
}

static bool rig_on_power(struct scene_source *source, enum scene_power what)
{
    (void)source, (void)what;
    return true;
}

static void rig_on_changed(struct scene_clipboard_peer *peer)
{
    (void)peer;
}

static void rig_on_asked(struct scene_clipboard_peer *peer)
{
    scene_clipboard_provide(peer, rig_text, sizeof(rig_text));
}

/* Another picture, with little that any encoding could leave out. */
static inline void rig_paint(struct rig *r)
{
    uint32_t value = ++r->painted * 0x9e3779b1u;

    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            surface_row(r->scene->screen, y)[x] = (value = value * 1664525 + 1013904223) >> 8;
    scene_damage(r->scene, (struct rect){0, 0, W, H});
    scene_commit(r->scene);
}

static void rig_be_silent(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area;
    if (getenv("MXLOG"))
        fprintf(stderr, "%s\n", text);
}

static void rig_start(struct rig *r)
{
    static const struct scene_source_ops source_ops = {.screen_size = rig_on_size,
                                                       .power = rig_on_power};
    static const struct scene_clipboard_peer_ops guest_ops = {rig_on_changed, rig_on_asked};
    struct surface *s = surface_create(W, H);

    log_set_hook(rig_be_silent);
    *r = (struct rig){.scene = scene_create()};
    r->source.ops = &source_ops;
    r->guest.ops = &guest_ops;
    r->guest.side = SCENE_GUEST;
    scene_add_source(r->scene, &r->source);
    scene_clipboard_set_limit(r->scene, RIG_CLIPBOARD);
    scene_clipboard_join(r->scene, &r->guest);
    scene_audio_set_available(r->scene, true);
    scene_set_screen(r->scene, s);
    surface_unref(s);
    scene_commit(r->scene);
    scene_clipboard_offer(&r->guest);
    r->server = rfb_server_create(r->scene);
    r->calm = viewer_new(r->server);
}

static void rig_stop(struct rig *r)
{
    viewer_finish(&r->calm);
    rfb_server_destroy(r->server);
    scene_clipboard_leave(&r->guest);
    scene_remove_source(r->scene, &r->source);
    scene_destroy(r->scene);
}

/* All of the picture, within 20 seconds. */
static inline bool rig_serves(struct rig *r, struct viewer *v)
{
    gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    unsigned before = v->updates;

    (void)r;
    request(v, false);
    talk(v);
    while (v->updates == before && !v->closed && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, TRUE); /* a thread encodes */
        talk(v);
    }
    return v->updates > before;
}
