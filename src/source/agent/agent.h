/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scene source: the windows of a guest, as its agent states them over a byte stream (the host end
 * of a virtio-serial port; any connected socket in tests). It knows the windows protocol's link and
 * when to apply what was said; what facts mean is the scene's business, pixels are another
 * source's.
 *
 * Facts travel with their pixels: what was received is held until scene_after_pixels() says that
 * the pixels of that moment are in the scene, and is applied and committed then.
 *
 * The guest is not trusted. A broken rule costs it its windows and one line in the log; the channel
 * is listened to again when the guest opens its port anew, or when it says something after a pause
 * that grows from one second to one minute. Nothing is queued without bound in either direction.
 *
 * Threads: one, the scene's; the stream runs on that thread's default main context.
 */
#pragma once

#include "scene/scene.h"

#include <stdbool.h>

struct source_agent;

/* Adds itself to the scene. Its `window_request` goes to the agent while one is there. */
struct source_agent *source_agent_create(struct scene *scene);
/* Takes the windows out of the scene (committed) and itself too. NULL is fine. */
void source_agent_destroy(struct source_agent *agent);

/*
 * Takes over a connected stream socket and greets whoever is there; a channel of before is closed.
 * -1: no channel. When the other end closes it, the windows go and the next call brings a new one.
 */
void source_agent_set_channel(struct source_agent *agent, int fd);

/*
 * The guest has opened or closed its end (QEMU's VSERPORT_CHANGE), while the channel stays: a new
 * program may be there, whatever the stream looks like. Does nothing without a channel.
 */
void source_agent_channel_changed(struct source_agent *agent, bool guest_open);

/* Where the agent says it runs ("ann on :0"), "" while there is none; valid until the loop runs. */
const char *source_agent_session(const struct source_agent *agent);
