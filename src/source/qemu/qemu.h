/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's display as a source of a scene: D-Bus, peer to peer, unmodified QEMU ≥ 7.2 started with
 * `-display dbus,p2p=yes`. The first graphic console is the scene's screen. Not for starting QEMU
 * or speaking QMP: the caller has made a stream socketpair and given one end to QEMU by QMP's
 * `getfd` and `add_client` (protocol "@dbus-display").
 *
 * One client per QEMU: another program that does the same takes the display away (lost()).
 *
 * Threads: all functions and callbacks belong to the thread whose thread-default GLib context was
 * current at creation. Pictures are received on a thread of the source's own, so that context may
 * stand still for any time without QEMU noticing.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

struct source_qemu;

/* Neither is called from inside source_qemu_create(); both may destroy the source. */
struct source_qemu_ops {
    /* The display is attached; the first picture follows. May be NULL. */
    void (*ready)(void *owner);
    /*
     * It is of no further use, for the reason given (one sentence): QEMU ended, did not answer, is
     * not usable, or another program took the display. Called at most once; destroy the source.
     */
    void (*lost)(void *owner, const struct err *reason);
};

/*
 * Adds itself to the scene. Takes dbus_fd over in any case. NULL with *err filled when the
 * descriptor is none of a socket; what fails later comes through lost().
 */
struct source_qemu *source_qemu_create(struct scene *scene, int dbus_fd,
                                       const struct source_qemu_ops *ops, void *owner,
                                       struct err *err);

/*
 * Takes NULL. Lets go of all keys and buttons, leaves the scene (whose screen stays as it was), and
 * calls what still waits for after_pixels(). QEMU runs on and takes another source.
 */
void source_qemu_destroy(struct source_qemu *source);
