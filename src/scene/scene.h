/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scene: what there is to see and to act on. Sources fill it and take input, sinks show it and
 * send input; they meet here and nowhere else. The scene holds *state*, never history: a sink that
 * was busy looks again and sees the newest.
 *
 * Threads: one, the owner's. A source with a thread of its own hands its news over to the owner's
 * before it calls anything here. (Surfaces' pixels are the exception; see pixel/surface.h.)
 *
 * How a change reaches a sink: a source calls the functions of "For sources" any number of times
 * and then scene_commit(); only then each sink hears of it, once: first `screen` if the surface is
 * another one, then `facts` if anything but pixels changed, then `damage` with the pixels. A batch
 * of facts and the pixels they belong to is committed together, so geometry and content never
 * disagree.
 *
 * How a sink knows which facts changed: every fact has the revision at which it was last set, out
 * of one counter (`scene->revision`). A sink that shows things to a slow peer remembers the
 * revision up to which the peer is told; a fact is news when its revision is greater.
 */
#pragma once

#include "base/rect.h"
#include "pixel/cursor.h"
#include "pixel/surface.h"
#include "winproto/message.h"

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What a guest may state is more than anybody should have to keep or to draw. Beyond these a window
 * has no icon, or is a rectangle.
 */
enum {
    SCENE_ICON_BYTES = 64 << 20, /* of all icons together: 1,820 of 96 × 96 */
    SCENE_SHAPE_BOXES = 1024,    /* of one shape: the union of 4,096 rectangles can have millions */
};

/* The facts of a window that have a revision of their own. */
enum scene_fact {
    FACT_WINDOW, /* record: parent, kind, flags, place, source */
    FACT_TITLE,
    FACT_APP,
    FACT_ICON,
    FACT_STATE,
    FACT_LIMITS,
    FACT_SHAPE,
    FACT_FRAME,
    FACT_COUNT
};

/* Read-only for everybody but scene.c. Strings are never NULL, and valid UTF-8. */
struct scene_window {
    uint64_t revision[FACT_COUNT]; /* 0: never stated, the value is the default */
    uint64_t created;              /* revision at which this id appeared */
    struct win_window record;      /* .id is the window's id */
    char *title;
    char *app_id, *instance, *class_name;
    uint32_t pid;
    uint32_t icon_width, icon_height; /* 0: none, or no room for it, see SCENE_ICON_BYTES */
    uint32_t *icon;                   /* ARGB, not premultiplied */
    uint32_t state;
    struct window_limits limits;
    uint32_t shape_count; /* 0: rectangular; at most SCENE_SHAPE_BOXES */
    struct rect *shape;   /* apart from each other and in pixman's order, whatever was stated */
    struct window_frame frame;
};

struct scene_source;
struct scene_sink;

/* What can be asked of the machine as a whole: to switch itself off, to do that and start again, to
   be reset without being asked. */
enum scene_power { SCENE_SHUTDOWN, SCENE_REBOOT, SCENE_RESET };

struct scene {
    uint64_t revision;

    struct surface *screen; /* NULL until there is one */
    char *name;             /* the machine's, for titles; "" until told */
    uint64_t name_revision;

    struct cursor *cursor; /* NULL: no image is known, show the host's own pointer */
    uint64_t cursor_revision;
    int32_t pointer_x, pointer_y; /* where the guest last put it itself */
    uint64_t pointer_revision;
    uint32_t leds; /* bit 0 scroll, 1 num, 2 caps */
    uint64_t leds_revision;
    bool pointer_is_absolute;
    uint64_t pointer_mode_revision;

    /* True between SYNC_END and the loss of the agent. While false there are no windows to show. */
    bool has_windows;
    uint64_t has_windows_revision;
    bool windows_elsewhere; /* there are some, but another viewer has them: has_windows is false */
    struct win_desktop desktop;
    uint64_t desktop_revision;
    uint32_t active; /* window id or 0 */
    uint32_t active_serial;
    uint64_t active_revision;
    /* Bottom to top; only ids that exist. Windows that no STACK named yet are on top. */
    uint32_t *stack;
    uint32_t stack_count;
    uint32_t stack_serial;
    uint64_t stack_revision;
    uint32_t ack_serial; /* the newest ACK */
    uint64_t ack_revision;

    struct scene_private *p;
};

struct scene *scene_create(void);
void scene_destroy(struct scene *scene); /* sources and sinks are removed first, by their owners */

struct scene_window *scene_window(const struct scene *scene,
                                  uint32_t id); /* NULL: no such window */
/* The i-th in the order of ids; NULL past the last. */
struct scene_window *scene_window_at(const struct scene *scene, uint32_t i);

/* ---- Sources ----------------------------------------------------------------------------------
 */

/*
 * What a source can do for a sink. A NULL function: it can't. Embedded as the first member of a
 * source's own struct.
 */
struct scene_source_ops {
    /* Keys by Linux evdev code (KEY_…); keysym 0 where unknown. */
    void (*key)(struct scene_source *source, uint32_t code, uint32_t keysym, bool down);
    /* Absolute position on the screen, buttons held: bit 0 left, 1 middle, 2 right, 3 back, 4
     * forward. */
    void (*pointer)(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons);
    void (*pointer_relative)(struct scene_source *source, int32_t dx, int32_t dy, uint32_t buttons);
    void (*wheel)(struct scene_source *source, int32_t dx,
                  int32_t dy); /* 1/120 notch; + right, down */
    /* Asks for a size of the screen; what comes is another `screen`, or nothing. mm may be 0. */
    void (*screen_size)(struct scene_source *source, uint32_t width, uint32_t height,
                        uint32_t width_mm, uint32_t height_mm);
    /* Calls `done` once the pixels that the guest had produced by now are in the scene (or it can't
       know, or 50 ms are over). Never calls it from inside this call. */
    void (*after_pixels)(struct scene_source *source, void (*done)(void *data), void *data);
    /* Somebody listens, or nobody any more; see audio.h. A source that comes later asks. */
    void (*audio)(struct scene_source *source, bool wanted);
    /* False: it can't now. */
    bool (*power)(struct scene_source *source, enum scene_power what);
    /* A host-to-guest message of the windows protocol (0x2xx), already valid. */
    void (*window_request)(struct scene_source *source, const struct win_msg *request);
};

struct scene_source {
    const struct scene_source_ops *ops;
    struct scene *scene;
    struct scene_source *next; /* the scene's */
};

void scene_add_source(struct scene *scene, struct scene_source *source);
/* After it no call reaches the source; a pending after_pixels is done at once. */
void scene_remove_source(struct scene *scene, struct scene_source *source);

/* ---- For sources ------------------------------------------------------------------------------
 */

void scene_set_screen(struct scene *scene, struct surface *screen); /* takes its own reference */
void scene_damage(struct scene *scene, struct rect r);              /* clipped to the screen */
void scene_set_cursor(struct scene *scene, struct cursor *cursor);  /* takes its own reference */
void scene_set_pointer(struct scene *scene, int32_t x, int32_t y);
void scene_set_pointer_mode(struct scene *scene, bool absolute);
void scene_set_leds(struct scene *scene, uint32_t leds);
void scene_set_name(struct scene *scene, const char *name); /* sanitised here */

/*
 * Takes a guest-to-host message (0x1xx, ACK) into the model. The message is valid by itself
 * (codec); here the rules that need memory are checked: at most WINDOW_MAX_COUNT windows, no facts
 * about a window that does not exist, a parent that is another window. Between SYNC_BEGIN and
 * SYNC_END the windows of before stay, and those that were not stated again go at SYNC_END. Returns
 * 0, or -1 with the broken rule in err: the caller then cuts its peer off and calls
 * scene_drop_windows().
 */
int scene_apply(struct scene *scene, const struct win_msg *fact, struct err *err);
void scene_drop_windows(struct scene *scene); /* the agent is gone: no windows, has_windows false */
void scene_set_windows_elsewhere(struct scene *scene); /* the same, but another viewer has them */

void scene_commit(struct scene *scene);

/* ---- Sinks ------------------------------------------------------------------------------------
 */

struct scene_sink_ops {
    void (*screen)(
        struct scene_sink *sink); /* scene->screen is another surface; all of it is new */
    void (*facts)(struct scene_sink *sink);
    void (*damage)(struct scene_sink *sink, const pixman_region32_t *region);
};

/* Embedded in a sink's own struct. */
struct scene_sink {
    const struct scene_sink_ops *ops;
    struct scene *scene;
    struct scene_sink *next; /* the scene's */
};

/* The sink looks at the scene itself for what is there already. */
void scene_add_sink(struct scene *scene, struct scene_sink *sink);
void scene_remove_sink(struct scene *scene, struct scene_sink *sink);

/* ---- For sinks: each goes to the first source that can do it; false: none can -----------------
 */

bool scene_send_key(struct scene *scene, uint32_t code, uint32_t keysym, bool down);
bool scene_send_pointer(struct scene *scene, int32_t x, int32_t y, uint32_t buttons);
bool scene_send_pointer_relative(struct scene *scene, int32_t dx, int32_t dy, uint32_t buttons);
bool scene_send_wheel(struct scene *scene, int32_t dx, int32_t dy);
bool scene_send_screen_size(struct scene *scene, uint32_t width, uint32_t height, uint32_t width_mm,
                            uint32_t height_mm);
bool scene_send_power(struct scene *scene, enum scene_power what);
bool scene_has_power(const struct scene *scene); /* somebody takes such requests */
bool scene_send_window_request(struct scene *scene, const struct win_msg *request);
/* Always calls done, also when no source can tell. */
void scene_after_pixels(struct scene *scene, void (*done)(void *data), void *data);

/* The facts of a window as a message, for encoding; text and arrays point into the scene. */
void scene_window_fact(const struct scene_window *window, enum scene_fact fact,
                       struct win_msg *msg);
