/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the source's files share: qemu.c (life, objects and properties), input.c (keys, pointer,
 * size), clipboard.c and barrier.c (after_pixels). Nobody else includes it.
 */
#pragma once

#include "listener.h"
#include "qemu.h"
#include "scene/clipboard.h"

#include <gio/gio.h>

enum { QEMU_KEYS = 256 };

struct source_qemu {
    struct scene_source source; /* first */
    const struct source_qemu_ops *ops;
    void *owner;
    GMainContext *context;
    bool *destroyed; /* where a callback in progress wants to know it; or NULL */
    bool ready, lost;

    GCancellable *cancel; /* of every call; a cancelled call's answer touches nothing */
    GDBusConnection *connection;
    guint subscription;
    gulong closed_handler;
    char *console; /* object path */
    struct listener *listener;
    GSource *news, *deadline; /* the listener has news; the start takes too long */

    /* The console's properties. */
    uint32_t width, height; /* 0: not known */
    bool is_absolute;
    bool asking_size;

    struct {
        bool key_down[QEMU_KEYS]; /* by evdev code */
        uint32_t buttons;         /* as the scene numbers them */
        bool has_place;           /* x and y are where the pointer was put last */
        int32_t x, y;
        bool moving, moves;       /* a motion is unanswered; another one waits for that */
        int64_t dx, dy;           /* … by this, while relative */
        int32_t wheel_x, wheel_y; /* parts of a notch */
        uint32_t unanswered;
        bool complained;
    } input;

    struct {
        bool unanswered, wanted, unsupported;
        uint32_t width, height, width_mm, height_mm;
    } size;

    struct {
        GArray *waiting; /* of struct waiter, oldest first */
        uint64_t number; /* of the newest */
        GSource *deadline;
    } barrier;

    struct {
        struct qemu_audio *stream; /* NULL: nobody listens */
        bool is_there;
    } audio;

    struct {
        struct scene_clipboard_peer peer;
        struct scene_paste paste;       /* the text that QEMU asked for */
        GDBusMethodInvocation *request; /* … which has not been answered, or NULL */
        GSource *deadline;              /* of that */
        guint object;                   /* what QEMU calls; 0: none */
        bool is_there, is_registered;
        uint32_t serial; /* of the next offer, whichever side's */
    } clipboard;
};

extern const char qemu_console_interface[], qemu_clipboard_path[], qemu_audio_path[];

/* qemu.c */
/* True for the answers that tell that the display is no longer ours; then it is lost. */
bool qemu_error_is_fatal(struct source_qemu *s, const GError *error);
/* A source that is dispatched when its ready time has come; owned by the caller. */
GSource *qemu_alarm_create(struct source_qemu *s, GSourceFunc function);

/* input.c */
void qemu_input_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down);
void qemu_input_pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons);
void qemu_input_pointer_relative(struct scene_source *source, int32_t dx, int32_t dy,
                                 uint32_t buttons);
void qemu_input_wheel(struct scene_source *source, int32_t dx, int32_t dy);
void qemu_input_screen_size(struct scene_source *source, uint32_t width, uint32_t height,
                            uint32_t width_mm, uint32_t height_mm);
void qemu_input_release_all(struct source_qemu *s);

/* barrier.c */
void qemu_barrier_init(struct source_qemu *s);
void qemu_barrier_finish(struct source_qemu *s); /* calls all that wait */
void qemu_barrier_after_pixels(struct scene_source *source, void (*done)(void *data), void *data);
void qemu_barrier_set_alarm(struct source_qemu *s); /* also after s->lost has become true */
void qemu_barrier_reached(struct source_qemu *s, uint64_t number);

/* audio.c */
void qemu_audio_found(struct source_qemu *s, GVariant *interfaces); /* QEMU's object */
void qemu_audio_want(struct scene_source *source, bool wanted);

/* clipboard.c */
void qemu_clipboard_start(struct source_qemu *s); /* the connection is there */
void qemu_clipboard_stop(struct source_qemu *s);  /* … still */
