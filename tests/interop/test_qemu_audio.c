/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a real QEMU plays: its PC speaker, whose ports the monitor sets, heard through the D-Bus
 * display at the pitch that it was set to, while somebody listens and only then.
 */
#include "check.h"
#include "guest.h"
#include "scene/audio.h"
#include "source/qemu/qemu.h"
#include "wait.h"

#include <stdlib.h>

enum { PIT_HZ = 1193182, TONE_HZ = 1000, LOUD = 500 };

struct ear {
    struct scene_listener listener;
    uint32_t rate;
    unsigned begun, ended;
    size_t frames, crossings; /* of what is heard since the first loud sample */
    bool high, loud;
};

static void on_begin(struct scene_listener *l, uint32_t rate)
{
    ((struct ear *)l)->rate = rate;
    ((struct ear *)l)->begun++;
}

static void on_samples(struct scene_listener *l, const int16_t *stereo, size_t frames)
{
    struct ear *e = (struct ear *)l;

    for (size_t i = 0; i < frames; i++) {
        e->loud |= abs(stereo[2 * i]) > LOUD;
        if (!e->loud)
            continue;
        e->frames++;
        if ((stereo[2 * i] > LOUD && !e->high) || (stereo[2 * i] < -LOUD && e->high)) {
            e->high = !e->high;
            e->crossings++;
        }
    }
}

static void on_end(struct scene_listener *l)
{
    ((struct ear *)l)->ended++;
}

static const struct scene_listener_ops ops = {on_begin, on_samples, on_end};

static void out(struct guest *g, unsigned port, unsigned value)
{
    char command[160];

    snprintf(command, sizeof(command),
             "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
             "\"o /b 0x%x 0x%x\"}}\n",
             port, value);
    CHECK(guest_qmp(g, command));
}

static void on_lost(void *owner, const struct err *reason)
{
    (void)owner;
    fprintf(stderr, "lost: %s\n", reason->text);
    CHECK(!"lost");
}

static const struct source_qemu_ops source_ops = {.lost = on_lost};

int main(void)
{
    const char *const arguments[] = {
        "-display", "dbus,p2p=yes,audiodev=a", "-audiodev", "dbus,id=a",
        "-machine", "pc,pcspk-audiodev=a",     "-device",   "VGA",
        NULL};
    struct ear ear = {.listener = {.ops = &ops}};
    struct scene *scene = scene_create();
    struct source_qemu *source;
    struct guest guest;
    struct err err = {""};
    double hz;

    if (!guest_start(&guest, arguments)) {
        fprintf(stderr, "no QEMU with D-Bus display and audio here: skipped\n");
        return 77;
    }
    source = source_qemu_create(scene, guest_attach_display(&guest), &source_ops, NULL, &err);
    CHECK(source);
    CHECK(WAIT_FOR(scene->screen));
    if (!scene_has_audio(scene)) { /* and it does not die of being asked */
        scene_listen(scene, &ear.listener);
        out(&guest, 0x61, 0);
        CHECK(!ear.begun);
        scene_unlisten(&ear.listener);
        source_qemu_destroy(source);
        scene_destroy(scene);
        guest_stop(&guest);
        fprintf(stderr, "this QEMU is older than 8.1: its sound cannot be heard\n");
        return check_result();
    }
    for (int i = 0; i < 2; i++) { /* and again */
        ear = (struct ear){.listener = {.ops = &ops}};
        scene_listen(scene, &ear.listener);
        out(&guest, 0x43, 0xb6);
        out(&guest, 0x42, PIT_HZ / TONE_HZ & 0xff);
        out(&guest, 0x42, PIT_HZ / TONE_HZ >> 8);
        out(&guest, 0x61, 3);
        CHECK(WAIT_FOR(ear.frames > 22050));
        CHECK(ear.begun >= 1 && ear.rate == 44100);
        hz = (double)ear.crossings / 2 / ((double)ear.frames / ear.rate);
        fprintf(stderr, "%zu frames, %.0f Hz\n", ear.frames, hz);
        CHECK(hz > TONE_HZ * 0.8 && hz < TONE_HZ * 1.2);
        out(&guest, 0x61, 0);
        scene_unlisten(&ear.listener);
        ear.frames = 0;
        for (int k = 0; k < 20; k++)
            g_main_context_iteration(NULL, FALSE);
        CHECK(!ear.frames);
    }
    source_qemu_destroy(source);
    scene_destroy(scene);
    guest_stop(&guest);
    return check_result();
}
