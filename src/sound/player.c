/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scene's sound on this desktop; see player.h. */
#include "sound/player.h"

#include "base/log.h"
#include "base/mem.h"
#include "io/module.h"
#include "scene/audio.h"
#include "sound/output.h"

#include <glib.h>
#include <stdlib.h>

struct sound_player {
    struct scene_listener listener; /* first */
    struct scene *scene;
    sound_unheard_fn unheard;
    void *owner;
    const struct sound_output_ops *ops; /* NULL: the module is not loaded, or there is none */
    struct sound_output *output;        /* NULL: none */
    uint32_t rate;                      /* the output's, and what is played now */
    bool is_broken;                     /* the output */
    bool is_told;                       /* the person */
    int64_t looked_at;                  /* µs, when an output was looked for; 0: never */
};

static void complain(struct sound_player *p, const struct err *why)
{
    log_debug("sound", "%s", why->text);
    if (!p->is_told)
        p->unheard(p->owner, why);
    p->is_told = true;
}

static void on_failed(void *owner, const struct err *err)
{
    struct sound_player *p = owner;

    p->is_broken = true;
    complain(p, err);
}

static void drop_output(struct sound_player *p)
{
    if (p->output)
        p->ops->destroy(steal(&p->output));
    p->is_broken = false;
}

static void look_for_output(struct sound_player *p)
{
    struct err err;

    drop_output(p);
    p->looked_at = g_get_monotonic_time();
    if (!p->ops)
        p->ops = io_module_load("sound", "oriel-sound", SOUND_OUTPUT_SYMBOL);
    if (p->ops)
        p->output = p->ops->create(p->scene->name, p->rate, on_failed, p, &err);
    else
        err_set(&err, "this oriel was built without a library that plays sound");
    if (!p->output)
        complain(p, &err);
}

static void on_begin(struct scene_listener *l, uint32_t rate)
{
    struct sound_player *p = (struct sound_player *)l;

    if (p->rate != rate)
        drop_output(p);
    p->rate = rate;
    if (!p->output || p->is_broken)
        look_for_output(p);
}

static void on_samples(struct scene_listener *l, const int16_t *stereo, size_t frames)
{
    struct sound_player *p = (struct sound_player *)l;

    if ((!p->output || p->is_broken) &&
        g_get_monotonic_time() - p->looked_at >= SOUND_RETRY_SECONDS * G_USEC_PER_SEC)
        look_for_output(p);
    if (p->output && !p->is_broken)
        p->ops->play(p->output, stereo, frames);
}

static void on_end(struct scene_listener *l)
{
    struct sound_player *p = (struct sound_player *)l;

    if (p->output && !p->is_broken)
        p->ops->pause(p->output);
}

static const struct scene_listener_ops listener_ops = {on_begin, on_samples, on_end};

struct sound_player *sound_player_create(struct scene *scene, sound_unheard_fn unheard, void *owner)
{
    struct sound_player *p = mem_new0(struct sound_player);

    p->listener.ops = &listener_ops;
    p->scene = scene;
    p->unheard = unheard;
    p->owner = owner;
    scene_listen(scene, &p->listener);
    return p;
}

void sound_player_destroy(struct sound_player *p)
{
    if (!p)
        return;
    scene_unlisten(&p->listener);
    drop_output(p);
    free(p);
}
