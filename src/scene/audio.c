/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scene's sound; see audio.h. */
#include "scene/audio.h"

#include "scene/private.h"

#include <assert.h>

static void tell_sources(struct scene *scene, bool wanted)
{
    for (struct scene_source *s = scene->p->sources, *next; s; s = next) {
        next = s->next;
        if (s->ops->audio)
            s->ops->audio(s, wanted);
    }
}

void scene_listen(struct scene *scene, struct scene_listener *l)
{
    bool first = !scene->p->listeners;

    assert(!l->scene);
    l->scene = scene;
    l->next = scene->p->listeners;
    scene->p->listeners = l;
    if (first)
        tell_sources(scene, true);
    else if (scene->p->audio_rate)
        l->ops->begin(l, scene->p->audio_rate);
}

void scene_unlisten(struct scene_listener *l)
{
    struct scene *scene = l->scene;
    struct scene_listener **at;

    if (!scene)
        return;
    for (at = &scene->p->listeners; *at != l;)
        at = &(*at)->next;
    *at = l->next;
    l->scene = NULL;
    if (scene->p->listeners)
        return;
    scene->p->audio_rate = 0;
    tell_sources(scene, false);
}

void scene_audio_set_available(struct scene *scene, bool available)
{
    scene->p->has_audio = available;
}

bool scene_has_audio(const struct scene *scene)
{
    return scene->p->has_audio;
}

bool scene_has_listener(const struct scene *scene)
{
    return scene->p->listeners;
}

void scene_audio_begin(struct scene *scene, uint32_t rate)
{
    scene_audio_end(scene);
    if (!scene->p->listeners)
        return;
    scene->p->audio_rate = rate;
    for (struct scene_listener *l = scene->p->listeners, *next; l; l = next) {
        next = l->next;
        l->ops->begin(l, rate);
    }
}

void scene_audio_samples(struct scene *scene, const int16_t *stereo, size_t frames)
{
    for (struct scene_listener *l = scene->p->listeners, *next; l && scene->p->audio_rate;
         l = next) {
        next = l->next;
        l->ops->samples(l, stereo, frames);
    }
}

void scene_audio_end(struct scene *scene)
{
    bool was = scene->p->audio_rate;

    scene->p->audio_rate = 0;
    for (struct scene_listener *l = scene->p->listeners, *next; was && l; l = next) {
        next = l->next;
        l->ops->end(l);
    }
}
