/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the X11 sink stand on: an X server of their own with a window manager or none,
 * a connection that looks at it from outside as any program may, and a scripted guest, which is a
 * scene source with windows, patterns for pixels and habits (how it answers requests). Everything
 * runs in one thread on the GLib loop; a wait has a deadline and looks again after every event.
 */
#pragma once

#include "scene/scene.h"
#include "x11/sink.h"

#include <glib.h>
#include <xcb/xcb.h>

/* ---- The X server ------------------------------------------------------------------------------
 */

struct rig {
    const char *manager; /* "none" or the program's name */
    char display[16];
    GPid server, wm;
    char *home; /* the manager's, thrown away */
    xcb_connection_t *c;
    xcb_window_t root;
};

/* False when a program is not installed: the caller skips the test (status 77). */
bool rig_start(struct rig *rig, const char *manager);
void rig_finish(struct rig *rig);
void rig_end_server(struct rig *rig);

/* Turns the loop until the condition holds, at most 5 s; whether it does. */
#define rig_wait(condition)                                                                        \
    ({                                                                                             \
        gint64 end_ = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;                                 \
        while (!(condition) && g_get_monotonic_time() < end_)                                      \
            rig_turn();                                                                            \
        (condition);                                                                               \
    })
#define WAIT_FOR(condition) CHECK(rig_wait(condition))
void rig_turn(void); /* one turn of the loop, at most 3 ms of sleep */
/* Turns the loop until nothing has happened on the X server and in the guest for some time. */
void rig_quiet(struct rig *rig);

xcb_atom_t rig_atom(struct rig *rig, const char *name);
uint32_t rig_property(struct rig *rig, xcb_window_t w, const char *name, uint32_t *out,
                      uint32_t room);
char *rig_text(struct rig *rig, xcb_window_t w,
               const char *name); /* g_free(); "" if there is none */
bool rig_has_atom(struct rig *rig, xcb_window_t w, const char *property, const char *value);
void rig_message(struct rig *rig, xcb_window_t w, const char *type, uint32_t a, uint32_t b,
                 uint32_t c, uint32_t d, uint32_t e);
xcb_window_t rig_active(struct rig *rig);
bool rig_supports(struct rig *rig, const char *name); /* the manager, a _NET_… hint */

/* The host window that shows a guest's window, 0 if there is none or it is not viewable. */
xcb_window_t rig_window(struct rig *rig, uint32_t id);
xcb_window_t rig_desktop_window(struct rig *rig);
int rig_count(struct rig *rig);                         /* of the sink's windows */
struct rect rig_place(struct rig *rig, xcb_window_t w); /* of the client, on the root */
bool rig_is_at(struct rig *rig, uint32_t id, struct rect place);
bool rig_is_above(struct rig *rig, uint32_t upper, uint32_t lower);
/* Pixels of the window itself, 0xRRGGBB; g_free(). */
uint32_t *rig_pixels(struct rig *rig, xcb_window_t w, struct rect r);

void rig_pointer(struct rig *rig, int x, int y);
void rig_button(struct rig *rig, int button, bool down);
void rig_key(struct rig *rig, uint32_t code, bool down); /* evdev */
/* A window of another program, mapped and focused. */
xcb_window_t rig_other_window(struct rig *rig, struct rect place);
unsigned rig_resources(struct rig *rig); /* of all clients but this test's observer */

/* ---- The scripted guest ------------------------------------------------------------------------
 */

enum { GUEST_WINDOWS = 512, GUEST_REQUESTS = 8192 };

struct guest_window {
    uint32_t id;
    struct win_window record;
    struct window_frame frame;
    uint32_t state;
};

struct guest {
    struct scene_source base;
    struct scene *scene;
    struct surface *screen;
    struct guest_window windows[GUEST_WINDOWS]; /* bottom to top */
    int count;
    uint32_t active, active_serial, stack_serial, ack_serial;
    int inc_w, inc_h;                   /* sizes are whole multiples, 0: any */
    bool deaf;                          /* answers nothing */
    int delay_ms;                       /* before each answer */
    struct win_msg got[GUEST_REQUESTS]; /* requests, without what they point to */
    int got_count;
    uint32_t keys[256];
    int key_count;
    uint32_t pointer_x, pointer_y, pointer_buttons;
    int wheel_x, wheel_y;
    int moved_x, moved_y; /* by pointer_relative, summed up */
    uint32_t asked_width, asked_height;
};

void guest_start(struct guest *g, uint32_t width, uint32_t height);
void guest_finish(struct guest *g);
void guest_open(struct guest *g); /* the agent speaks: has_windows becomes true */
void guest_lose_agent(struct guest *g);

/* A new window on top; more facts may follow before guest_commit(). */
struct guest_window *guest_add(struct guest *g, uint32_t id, enum window_kind kind, uint32_t parent,
                               uint32_t flags, struct rect place);
void guest_apply(struct guest *g, const struct win_msg *fact);
void guest_title(struct guest *g, uint32_t id, const char *title);
void guest_class(struct guest *g, uint32_t id, const char *instance, const char *class_name);
void guest_set_state(struct guest *g, uint32_t id, uint32_t bits);
void guest_move(struct guest *g, uint32_t id, struct rect place); /* by itself, no commit */
void guest_raise(struct guest *g, uint32_t id);
void guest_activate(struct guest *g, uint32_t id);
void guest_remove(struct guest *g, uint32_t id);
void guest_paint(struct guest *g);  /* draws the screen anew and damages what changed */
void guest_commit(struct guest *g); /* paints and commits */
struct guest_window *guest_window(struct guest *g, uint32_t id);

/* What the guest's screen shows of a window, compared with the host's window; the number of wrong
 * pixels, among those that the guest shows. */
int guest_wrong_pixels(struct guest *g, struct rig *rig, uint32_t id);
/* The newest request of a type about a window (0: any), NULL: none. */
const struct win_msg *guest_got(const struct guest *g, enum win_type type, uint32_t id);
int guest_got_count(const struct guest *g, enum win_type type);
