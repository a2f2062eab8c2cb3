/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rig of the X11 agent's tests: an Xvfb with a window manager or none, the agent on it, a host
 * that speaks the windows protocol over a Unix socket and remembers what it was told, and an X
 * client whose windows are the subject. Waits on events with a deadline; never sleeps.
 */
#pragma once

#include "check.h"
#include "winproto/link.h"

#include <stdbool.h>
#include <xcb/xcb.h>

enum { HOST_MAX = 1024, PATIENCE_MS = 10000 };

struct host_window {
    struct win_window record;
    struct window_limits limits;
    struct window_frame frame;
    uint32_t state, shape_count, icon_w, icon_h, pid;
    char title[256], instance[64], class_name[64];
};

struct rig {
    const char *manager; /* "none", "openbox" … */
    char dir[64], socket[96], display[16];
    int xvfb, wm, agent; /* pids; 0: not running */
    /* the X client */
    xcb_connection_t *x;
    xcb_window_t root;
    uint32_t delete_window;                 /* the last window that was asked to close */
    xcb_window_t key_window, button_window; /* of the last press */
    unsigned keys, buttons, last_button;
    /* the host */
    int listener, fd;
    struct win_link *link;
    struct buf out;
    bool open, synced;
    struct host_window *windows; /* HOST_MAX */
    size_t count;
    uint32_t stack[HOST_MAX], stack_count, stack_serial;
    uint32_t active, active_serial, ack_serial, serial;
    uint8_t ack_result;
    struct win_desktop desktop;
    uint64_t deadline;
    unsigned messages;
};

bool rig_start(struct rig *r, const char *agent, const char *manager); /* false: skip the test */
void rig_finish(struct rig *r);
bool rig_manager_start(struct rig *r); /* false: it never managed a window */
void rig_agent_start(struct rig *r);
void rig_agent_kill(struct rig *r);
void rig_host_leave(struct rig *r);
int rig_spawn(struct rig *r, const char *const argv[]); /* on the rig's display; the pid */
void rig_end(int *pid, int signal_number);

/* Waits for the next thing to happen; false when the deadline has passed. */
bool rig_pump(struct rig *r);
void rig_patience(struct rig *r, int ms);

/* Waits until it is so once, and checks that it was. */
#define WAIT(r, condition)                                                                         \
    do {                                                                                           \
        bool was_;                                                                                 \
        rig_patience(r, PATIENCE_MS);                                                              \
        while (!(was_ = (condition)) && rig_pump(r))                                               \
            ;                                                                                      \
        if (!was_)                                                                                 \
            fprintf(stderr, "never: %s\n", #condition);                                            \
        CHECK(was_);                                                                               \
    } while (0)

/* The host. Names are titles; NULL: there is no such window. */
struct host_window *host_window(struct rig *r, const char *title);
struct host_window *host_by_id(struct rig *r, uint32_t id);
uint32_t host_id(struct rig *r, const char *title); /* 0: none */
int host_level(struct rig *r, const char *title);   /* in the stack; -1: not there */
void host_say(struct rig *r, struct win_msg *msg);  /* gives it the next serial where it has one */
void host_pointer(struct rig *r, uint32_t id, int x, int y, uint32_t buttons, int wheel_y);
void host_key(struct rig *r, uint32_t id, uint32_t code, bool down);

/* The X client. */
xcb_window_t client_window(struct rig *r, const char *title, struct rect place, bool unmanaged);
void client_map(struct rig *r, xcb_window_t w);
void client_destroy(struct rig *r, xcb_window_t w);
void client_set_cards(struct rig *r, xcb_window_t w, const char *name, const char *type,
                      const uint32_t *items, uint32_t count);
void client_set_title(struct rig *r, xcb_window_t w, const char *title);
uint32_t client_atom(struct rig *r, const char *name);
struct rect client_place(struct rig *r, xcb_window_t w); /* where the X server has it */
bool client_has_property(struct rig *r, xcb_window_t w, const char *name);
