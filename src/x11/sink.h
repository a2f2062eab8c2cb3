/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sink that shows a scene on an X11 desktop: every window of the guest as a window of the host
 * (SEAMLESS), or the whole screen in one window (DESKTOP) while there are no windows to show or the
 * person wants it so. Raw xcb on a connection of its own, in the GLib loop of the calling thread;
 * idle it costs nothing. It sees the scene and nothing behind it.
 */
#pragma once

#include "base/err.h"
#include "scene/scene.h"

struct x11_sink;

enum x11_decorations {
    X11_HOST_DECORATIONS, /* the host draws the frames; the guest's are cut away */
    X11_GUEST_DECORATIONS /* bare windows that show the guest's frames */
};

/* What the size of the guest's screen follows. */
enum x11_resize {
    X11_RESIZE_HOST,     /* this host's screen */
    X11_RESIZE_SEAMLESS, /* this host's screen while windows are shown one by one; else nothing */
    X11_RESIZE_WINDOW,   /* the window that shows the whole screen, as the person makes it */
};

/* How the whole screen is shown in its window. */
enum x11_scale {
    X11_SCALE_FIT,   /* as large as fits */
    X11_SCALE_WHOLE, /* the same, at whole factors: sharp */
    X11_SCALE_NONE,  /* pixel for pixel; what does not fit follows the pointer */
    X11_SCALE_COUNT
};

#define X11_SWITCH_KEY "ctrl+alt+shift+s"
#define X11_SCALE_KEY "ctrl+alt+shift+f"
#define X11_GRAB_KEY "ctrl+alt+shift+g"
#define X11_COMMAND_KEY "ctrl+alt+shift+c"

/* Everything is copied. Zeroes and NULLs are the defaults. */
struct x11_options {
    const char *display; /* NULL: $DISPLAY */
    bool no_clipboard;   /* the host's is kept from the guest, and the other way round */
    bool desktop;        /* starts with the whole screen in one window */
    bool waits;          /* shows nothing before x11_sink_set_note(NULL): a connection is made, for
                            which the person may have to be asked at the terminal */
    enum x11_decorations decorations;
    enum x11_resize resize;
    const char *title; /* %t the window's title, %n the machine's name; NULL: "%t — %n" */
    /* NULL: those of below. */
    const char *switch_key; /* switches between the modes */
    enum x11_scale scale;
    const char *scale_key;   /* the next of those */
    bool grab;               /* the keyboard is the guest's alone while it has the focus */
    const char *grab_key;    /* takes it and gives it back, the pointer too */
    const char *command_key; /* opens the choice of keys that the host keeps to itself, and of the
                                machine's power */
};

struct x11_sink_ops {
    /* The person closed the window of DESKTOP mode. */
    void (*closed)(void *owner);
    /* The display is gone; the sink does nothing any more. The owner destroys it, later. */
    void (*lost)(void *owner, const struct err *err);
    /*
     * DESKTOP mode begins (true) and ends: the owner shows the whole screen in a window of its own,
     * with the pointer's and the keyboard's way to the guest. NULL, or false to a beginning: it
     * does not, and the sink has a plain window. Comes
     * from inside of the scene's commits, so no sink may be added or removed in it; not from
     * x11_sink_destroy(), and from x11_sink_create() only without `waits`.
     */
    bool (*whole)(void *owner, bool shown);
};

/* Is this a value of `switch_key` and the other keys? 0, or -1 with the reason. */
int x11_check_key(const char *text, struct err *err);

/* Adds itself to the scene, which must outlive it. NULL with *err filled. */
struct x11_sink *x11_sink_create(struct scene *scene, const struct x11_options *options,
                                 const struct x11_sink_ops *ops, void *owner, struct err *err);
/*
 * While there is a note ("connection lost …", copied; NULL: none) the whole screen is shown dimmed
 * with the note in its title, and nothing that a person does is sent. When it goes, whatever was
 * held pressed before is released in the guest.
 */
void x11_sink_set_note(struct x11_sink *sink, const char *note);
/* As the person's switch_key does. */
void x11_sink_switch(struct x11_sink *sink);
/* In the titles until the next key or click; copied. */
void x11_sink_say(struct x11_sink *sink, const char *text);
/* All windows vanish; the guest is told that nobody shows its windows any more. Takes NULL. */
void x11_sink_destroy(struct x11_sink *sink);
