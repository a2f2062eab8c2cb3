/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of this room share: the sink, a host window, and who does what for whom. One
 * header, because each subject (place, order, state, focus, pixels, input) acts on the same two
 * structs.
 *
 * The words: a *host window* is ours on the X server; `view` is the rectangle on the guest's
 * desktop that it shows (the place, or with the guest's decorations the frame); `id` is the guest's
 * window id, `xid` the X server's.
 */
#pragma once

#include "scene/scene.h"
#include "x11/clipboard.h"
#include "x11/display.h"
#include "x11/place.h"
#include "x11/sink.h"

#include <pixman.h>

/* ---- Pixels on the X server: picture.c ---------------------------------------------------------
 */

/* A surface as the X server reads it: attached memory, or sent through the socket. */
struct picture {
    struct surface *surface; /* a reference; NULL: none */
    xcb_window_t seg;        /* shared memory segment, XCB_NONE: none */
};

void picture_set(struct display *d, struct picture *p, struct surface *surface);
/* A surface of our own in memory that the server can attach. */
struct surface *picture_buffer(uint32_t width, uint32_t height);
/* Puts `from`, inside the surface, at x, y. True when `notify` will be answered by a completion. */
bool picture_put(struct display *d, const struct picture *p, xcb_window_t window, struct rect from,
                 int32_t x, int32_t y, bool notify);

/* ---- A host window: window.c, facts.c ----------------------------------------------------------
 */

enum window_role { ROLE_MANAGED, ROLE_POPUP };

struct state_sync {
    struct agree agree;
    uint32_t host, guest, asked, told; /* of STATE_SYNCED */
    uint64_t told_revision;            /* the scene's when the guest was told */
    uint32_t one_way;                  /* the other bits, as the host was told them */
    int64_t deadline;
};

struct host_window {
    struct x11_sink *sink;
    uint32_t id;
    xcb_window_t xid;
    enum window_role role;
    uint64_t created;           /* the scene window's: a reused id is another window */
    uint64_t shown[FACT_COUNT]; /* revisions */
    bool stated;                /* still in the scene, in the pass that is running */
    bool viewable;              /* the server said that it is mapped */
    bool reparented;            /* into a manager's frame */
    bool bare;                  /* without the host's decorations */
    xcb_window_t transient_for;
    uint32_t parent; /* the guest's id */
    uint32_t kind;

    struct place_sync place;
    int64_t place_deadline; /* µs, 0: none */
    bool moved;             /* the server told of a change that settle has not looked at */
    bool position_known;    /* … and its position on the root is in `seen` */
    struct rect seen;

    struct state_sync state;
    bool state_changed; /* likewise */

    struct rect cut;           /* what it shows, on the surface */
    pixman_region32_t visible; /* what of it the guest's screen shows, relative to the view */
    pixman_region32_t pending; /* to be painted, likewise */
    bool repaint;              /* all that is visible, even while a request is open */
    bool in_order;             /* the host's stacking order lists it */
    bool ever_in_order;        /* … or has listed it */
};

struct host_window *window_create(struct x11_sink *sink, const struct scene_window *w);
void window_destroy(struct host_window *hw);
struct host_window *window_by_id(const struct x11_sink *sink, uint32_t id);
struct host_window *window_by_xid(const struct x11_sink *sink, xcb_window_t xid);
bool window_is_shown(const struct scene_window *w); /* as a window of the host at all */
enum window_role window_role_of(const struct scene_window *w);
struct rect window_view(const struct x11_sink *sink, const struct scene_window *w);
void window_configure(struct host_window *hw, struct rect place);
/* Applies what is new; for a window that is not mapped yet all of it. */
void window_apply_facts(struct host_window *hw, const struct scene_window *w);
void window_retitle(struct host_window *hw, const struct scene_window *w);

/* windows.c */
void windows_facts(struct x11_sink *sink);
void windows_drop(struct x11_sink *sink);
void windows_retitle(struct x11_sink *sink); /* all, and the whole screen's */
void windows_event(struct x11_sink *sink, const xcb_generic_event_t *event);
void windows_settle(struct x11_sink *sink);
void windows_deadlines(struct x11_sink *sink, int64_t now);
int64_t windows_next_deadline(const struct x11_sink *sink);

/* ---- Each subject's file -----------------------------------------------------------------------
 */

/* position.c */
void position_guest_changed(struct host_window *hw, const struct scene_window *w);
void position_event(struct host_window *hw, const xcb_generic_event_t *event);
void position_settle(struct x11_sink *sink);
void position_deadline(struct host_window *hw, int64_t now);

/* state.c */
enum {
    STATE_SYNCED = WINDOW_MINIMIZED | WINDOW_MAXIMIZED_H | WINDOW_MAXIMIZED_V | WINDOW_FULLSCREEN
};
void state_before_map(struct host_window *hw, const struct scene_window *w);
void state_guest_changed(struct host_window *hw, const struct scene_window *w);
void state_acknowledged(struct x11_sink *sink);
void state_settle(struct host_window *hw);
void state_learn_work_area(struct host_window *hw);
void state_deadline(struct host_window *hw, int64_t now);

/* order.c */
struct id_list {
    uint32_t *ids; /* bottom to top */
    uint32_t count;
};

struct order_sync {
    struct agree agree;
    struct id_list host, told, asked;
    uint64_t seen; /* stack_revision */
    bool changed;  /* the manager's list, not looked at yet */
    int64_t deadline;
};
void order_finish(struct order_sync *order);
void order_guest_changed(struct x11_sink *sink);
void order_settle(struct x11_sink *sink);
void order_deadline(struct x11_sink *sink, int64_t now);
void order_raise(struct x11_sink *sink, struct host_window *hw); /* without a manager */
void order_forget(struct x11_sink *sink, uint32_t id);

/* focus.c */
struct focus_sync {
    struct agree agree;
    uint32_t host;        /* id of our window that is active on the host, 0: none */
    uint32_t asked;       /* id */
    uint32_t told;        /* id */
    uint32_t when_mapped; /* id to activate once the server has mapped it */
    bool elsewhere;       /* another program's window is active */
    uint64_t seen;        /* active_revision */
    bool changed;
    int64_t deadline;
    int64_t none_deadline; /* nobody is active: is it a transition or is it true? */
};
void focus_guest_changed(struct x11_sink *sink);
void focus_event(struct x11_sink *sink, struct host_window *hw, bool in);
void focus_settle(struct x11_sink *sink);
void focus_deadline(struct x11_sink *sink, int64_t now);
void focus_window_mapped(struct host_window *hw);
void focus_forget(struct x11_sink *sink, uint32_t id);
void focus_click(struct host_window *hw); /* without a manager */

/* paint.c */
struct paint {
    struct picture screen;
    bool busy; /* the server has not finished the last batch */
    bool due;
};
void paint_find_visible(struct x11_sink *sink);
void paint_damage(struct x11_sink *sink, const pixman_region32_t *region);
void paint_exposed(struct host_window *hw, struct rect r);
void paint_flush(struct x11_sink *sink);

/* popup.c */
struct popup_grab {
    xcb_window_t window; /* that holds the pointer grab, XCB_NONE: none */
    bool dismissed;      /* the guest was asked to close its menus: no grab until they are gone */
};
struct rect popup_place(const struct x11_sink *sink, const struct scene_window *w);
void popup_follow(struct host_window *parent);
void popup_mapped(struct host_window *hw);
void popup_gone(struct x11_sink *sink, struct host_window *hw);
bool popup_click_outside(struct x11_sink *sink, const xcb_button_press_event_t *e);
void popup_dismiss(struct x11_sink *sink);

/* input.c, keys.c */
struct key_chord {
    xcb_keysym_t keysym;
    uint16_t modifiers;
};
struct input {
    uint32_t buttons;
    uint32_t held_id;         /* window of the first button that is held */
    int32_t held_dx, held_dy; /* guest minus host, frozen while a button is held */
    bool motion;              /* one is waiting */
    xcb_motion_notify_event_t last_motion;
    uint32_t down[8]; /* bit a key code: pressed in the guest */
    uint32_t key_window;
    xcb_keycode_t taken; /* pressed, and ours: its repeats are nobody's */
    struct key_chord switch_key, grab_key, scale_key, command_key;
};
bool input_event(struct x11_sink *sink, const xcb_generic_event_t *event);
void input_settle(struct x11_sink *sink);
void input_release_buttons(struct x11_sink *sink);
int keys_parse_chord(const char *text, struct key_chord *chord, struct err *err);
void keys_event(struct x11_sink *sink, const xcb_key_press_event_t *e, bool down);
void keys_send(struct x11_sink *sink, uint32_t code, uint32_t keysym, bool down);
void keys_release_all(struct x11_sink *sink);

/* bubble.c */
struct bubble {
    xcb_window_t xid, parent; /* XCB_NONE: nothing is said */
    xcb_font_t font;          /* XCB_NONE: not used yet */
    xcb_gcontext_t gc;
    uint32_t width, height, ascent; /* of the font's characters and lines */
};
void bubble_update(struct x11_sink *sink); /* what there is to say, or where, has changed */
void bubble_lost(struct x11_sink *sink, xcb_window_t parent); /* it went with its parent */
bool bubble_event(struct x11_sink *sink, const xcb_generic_event_t *event);

/* command.c */
extern const char *const command_lines[]; /* what can be chosen; the last is NULL */
struct command {
    bool is_open; /* the next key chooses */
    char *text;   /* in the titles; NULL: none */
};
void command_begin(struct x11_sink *sink); /* the person's key */
void command_say(struct x11_sink *sink, const char *text);
void command_end(struct x11_sink *sink); /* nothing is chosen, and nothing said any more */
/* A key was pressed; true: it was for us. */
bool command_key(struct x11_sink *sink, xcb_keysym_t keysym);

/* grab.c */
struct grab {
    bool wanted;           /* the keyboard, by the person */
    char *key_text;        /* of the key that gives back, as the person wrote it */
    xcb_window_t focus;    /* our window that has the keyboard's focus, or had it last */
    xcb_window_t keyboard; /* that holds it alone; XCB_NONE: none */
    bool pointer;          /* the window of DESKTOP mode holds it */
    bool warped;           /* the pointer is on its way to the middle, by us */
    int32_t last_x, last_y;
    uint64_t mode_seen;
};
/* True: it was dealt with. */
bool grab_motion(struct x11_sink *sink, const xcb_motion_notify_event_t *e);
bool grab_button(struct x11_sink *sink, const xcb_button_press_event_t *e, bool down);
void grab_focus(struct x11_sink *sink, xcb_window_t window, bool in);
void grab_switch(struct x11_sink *sink);
void grab_release(struct x11_sink *sink);
void grab_facts(struct x11_sink *sink);
char *grab_note(const struct x11_sink *sink, bool desktop);

/* cursor.c */
xcb_cursor_t cursor_hidden(struct display *d); /* the caller frees it */
void cursor_update(struct x11_sink *sink);

/* desktop.c */
struct desktop {
    bool by_owner;                            /* it is shown, in a window that isn't ours */
    xcb_window_t xid;                         /* XCB_NONE: not shown by us */
    xcb_gcontext_t dimming;                   /* XCB_NONE: not used yet */
    uint32_t width, height;                   /* of the window */
    uint32_t followed_width, followed_height; /* what we asked for last, or got */
    int64_t asked_at;                         /* µs */
    int64_t resize_deadline;                  /* µs: the guest is asked for this size; 0: none */
    bool viewable;
    struct picture scaled;
    pixman_region32_t pending; /* of the screen */
    int32_t pan_x, pan_y;      /* the pointer's place in the window, which chooses what a window
                                  shows that is smaller than the picture */
};
void desktop_show(struct x11_sink *sink);
void desktop_hide(struct x11_sink *sink);
bool desktop_is_shown(const struct x11_sink *sink);
void desktop_screen_changed(struct x11_sink *sink);
void desktop_damage(struct x11_sink *sink, const pixman_region32_t *region);
bool desktop_event(struct x11_sink *sink, const xcb_generic_event_t *event);
void desktop_deadline(struct x11_sink *sink, int64_t now);
bool desktop_paint(struct x11_sink *sink); /* true: a completion will come */
void desktop_retitle(struct x11_sink *sink);
void desktop_next_scale(struct x11_sink *sink); /* the person's key */
void desktop_note_changed(struct x11_sink *sink);
void desktop_pointer(struct x11_sink *sink, int32_t x, int32_t y, uint32_t buttons);

/* ---- The sink: sink.c --------------------------------------------------------------------------
 */

struct x11_sink {
    struct scene_sink base;
    struct scene *scene;
    const struct x11_sink_ops *ops;
    void *owner;
    struct display display;
    enum x11_decorations decorations;
    enum x11_resize resize;
    enum x11_scale scale;
    char *title_format;
    char *note;         /* of x11_sink_set_note(); NULL: none */
    bool waits;         /* nothing is shown yet */
    bool wants_desktop; /* the person's wish */
    bool seamless;      /* the mode that is shown */
    bool shown_before;  /* SEAMLESS has had its first pass */

    GHashTable *by_id, *by_xid; /* of struct host_window */
    bool any_moved, any_state_changed;
    uint32_t serial; /* of the newest request; above every one seen from the guest */
    xcb_timestamp_t user_time;
    GSource *deadline;

    struct order_sync order;
    struct focus_sync focus;
    struct paint paint;
    struct popup_grab popup_grab;
    struct grab grab;
    struct input input;
    struct command command;
    struct bubble bubble;
    struct desktop desktop;
    struct x11_clipboard clipboard;
    xcb_cursor_t cursor;
    uint64_t cursor_seen, name_seen, ack_seen;
    struct extents frame;    /* of a decorated window of the host */
    struct rect max_content; /* of a maximised one; empty: not known */
    struct win_set_desktop desktop_told;
};

uint32_t sink_next_serial(struct x11_sink *sink);
void sink_saw_serial(struct x11_sink *sink, uint32_t serial);
void sink_send(struct x11_sink *sink, const struct win_msg *request);
/* Wakes the deadlines up in ms from now; returns when that is, in µs. */
int64_t sink_deadline(struct x11_sink *sink, int ms);
void sink_announce(
    struct x11_sink *sink); /* size, mode and work area to the guest, if they changed */
void sink_switch(struct x11_sink *sink); /* the person's key */
