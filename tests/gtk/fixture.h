/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the GTK widgets stand on: an X server of their own (x11/rig.h), a scripted
 * machine, which is a scene source that notes the input it gets, and a window with a display in it.
 * One of each, as GTK can be started once a process.
 */
#pragma once

#include "rig.h"

#include "gtk/connection-private.h"
#include "gtk/oriel-gtk4.h"

enum { MACHINE_NOTES = 4096, MACHINE_KEYS = 256 };

struct machine {
    struct scene_source base;
    struct scene *scene;
    struct surface *screen;
    uint32_t keys[MACHINE_NOTES]; /* code, with MACHINE_UP when it was released */
    int key_count;
    bool down[MACHINE_KEYS];
    int32_t x, y, moved_x, moved_y, wheel_x, wheel_y;
    uint32_t buttons;
    uint32_t asked_width, asked_height;
};

enum { MACHINE_UP = 1 << 16 };

extern struct rig rig;
extern struct machine machine;
extern OrielConnection *connection;
extern GtkWidget *window, *display;

/* The X server with a manager or "none", and GTK with a renderer. False: not here, so skip. */
bool fixture_start(const char *manager, const char *renderer);
void fixture_finish(void);

/* A machine with a pattern on its screen, and a connection that is up. */
void machine_start(uint32_t width, uint32_t height);
void machine_finish(void);
void machine_resize(uint32_t width, uint32_t height);
/* Draws a part of the pattern with another seed, and commits. */
void machine_paint(struct rect r, uint32_t seed);
int machine_keys_down(void);

/* Pixels of the monitor for one of GTK's: $GDK_SCALE when GTK was started. */
int window_scale(void);
/* A window without a frame, with a display of that size in pixels of the monitor. */
void window_open(int width, int height);
void window_close(void);
xcb_window_t window_xid(void);
struct rect window_place(void); /* on the root */
/* Of the window's pixels, those that are further than `most` from the reference in any colour. */
int window_wrong(const struct surface *reference, int most);
/* With $ORIEL_TEST_KEEP, the window as NAME.png for people to look at. */
void window_keep(const char *name);
