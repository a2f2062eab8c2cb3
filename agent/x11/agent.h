/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the X11 agent share: the agent itself, a top (a child of the root window), a
 * win (a window as the host knows it), and each file's functions, in the order in which an event
 * travels: x.c, tree.c, props.c, icon.c, popup.c, manager.c, report.c, channel.c, act.c, restack.c,
 * frames.c, input.c, screen.c. One thread; everything hangs on the event loop in main.c.
 *
 * Events only mark what is to be looked at (`check`, `fetch`); at the end of a batch the agent
 * looks at the X server's present state and marks what changed (`dirty`); report.c says the present
 * value of what is dirty when the channel has room. So nothing is queued, and nothing is reported
 * twice because it changed twice.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/rect.h"
#include "winproto/link.h"

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

#define ATOM_LIST(X)                                                                               \
    X(COMPOUND_TEXT)                                                                               \
    X(UTF8_STRING)                                                                                 \
    X(WM_CHANGE_STATE)                                                                             \
    X(WM_DELETE_WINDOW)                                                                            \
    X(WM_PROTOCOLS)                                                                                \
    X(WM_STATE)                                                                                    \
    X(WM_TAKE_FOCUS)                                                                               \
    X(_GTK_APPLICATION_ID)                                                                         \
    X(_GTK_FRAME_EXTENTS)                                                                          \
    X(_MOTIF_WM_HINTS)                                                                             \
    X(_NET_ACTIVE_WINDOW)                                                                          \
    X(_NET_CLIENT_LIST)                                                                            \
    X(_NET_CLOSE_WINDOW)                                                                           \
    X(_NET_CURRENT_DESKTOP)                                                                        \
    X(_NET_FRAME_EXTENTS)                                                                          \
    X(_NET_MOVERESIZE_WINDOW)                                                                      \
    X(_NET_REQUEST_FRAME_EXTENTS)                                                                  \
    X(_NET_RESTACK_WINDOW)                                                                         \
    X(_NET_SUPPORTED)                                                                              \
    X(_NET_SUPPORTING_WM_CHECK)                                                                    \
    X(_NET_WM_DESKTOP_FILE)                                                                        \
    X(_NET_WM_ICON)                                                                                \
    X(_NET_WM_NAME)                                                                                \
    X(_NET_WM_PID)                                                                                 \
    X(_NET_WM_STATE)                                                                               \
    X(_NET_WM_STATE_ABOVE)                                                                         \
    X(_NET_WM_STATE_BELOW)                                                                         \
    X(_NET_WM_STATE_DEMANDS_ATTENTION)                                                             \
    X(_NET_WM_STATE_FULLSCREEN)                                                                    \
    X(_NET_WM_STATE_HIDDEN)                                                                        \
    X(_NET_WM_STATE_MAXIMIZED_HORZ)                                                                \
    X(_NET_WM_STATE_MAXIMIZED_VERT)                                                                \
    X(_NET_WM_STATE_MODAL)                                                                         \
    X(_NET_WM_STATE_SKIP_TASKBAR)                                                                  \
    X(_NET_WM_STRUT)                                                                               \
    X(_NET_WM_STRUT_PARTIAL)                                                                       \
    X(_NET_WM_WINDOW_TYPE)                                                                         \
    X(_NET_WM_WINDOW_TYPE_COMBO)                                                                   \
    X(_NET_WM_WINDOW_TYPE_DESKTOP)                                                                 \
    X(_NET_WM_WINDOW_TYPE_DIALOG)                                                                  \
    X(_NET_WM_WINDOW_TYPE_DND)                                                                     \
    X(_NET_WM_WINDOW_TYPE_DOCK)                                                                    \
    X(_NET_WM_WINDOW_TYPE_DROPDOWN_MENU)                                                           \
    X(_NET_WM_WINDOW_TYPE_MENU)                                                                    \
    X(_NET_WM_WINDOW_TYPE_NORMAL)                                                                  \
    X(_NET_WM_WINDOW_TYPE_NOTIFICATION)                                                            \
    X(_NET_WM_WINDOW_TYPE_POPUP_MENU)                                                              \
    X(_NET_WM_WINDOW_TYPE_SPLASH)                                                                  \
    X(_NET_WM_WINDOW_TYPE_TOOLBAR)                                                                 \
    X(_NET_WM_WINDOW_TYPE_TOOLTIP)                                                                 \
    X(_NET_WM_WINDOW_TYPE_UTILITY)                                                                 \
    X(_NET_WORKAREA)                                                                               \
    X(_ORIEL_ID)                                                                                   \
    X(_ORIEL_NEXT_ID)                                                                              \
    X(_ORIEL_SAVED_MOTIF_HINTS)

#define ATOM_ENUM(name) ATOM_##name,
enum atom_name { ATOM_LIST(ATOM_ENUM) ATOM_COUNT };
#undef ATOM_ENUM

/* What is to be looked at again in the X server. */
enum fetch {
    FETCH_PLACE = 1 << 0, /* geometry, and the margins of shadow and frame */
    FETCH_TITLE = 1 << 1,
    FETCH_APP = 1 << 2,
    FETCH_ICON = 1 << 3,
    FETCH_STATE = 1 << 4, /* _NET_WM_STATE, WM_STATE, urgency, focus model */
    FETCH_LIMITS = 1 << 5,
    FETCH_SHAPE = 1 << 6,
    FETCH_KIND = 1 << 7, /* type, owner */
    FETCH_MOTIF = 1 << 8,
    FETCH_ALL = (1 << 9) - 1,
};

/* What the host does not know yet; sent in this order. */
enum fact {
    FACT_WINDOW = 1 << 0,
    FACT_FRAME = 1 << 1,
    FACT_TITLE = 1 << 2,
    FACT_APP = 1 << 3,
    FACT_STATE = 1 << 4,
    FACT_LIMITS = 1 << 5,
    FACT_SHAPE = 1 << 6,
    FACT_ICON = 1 << 7,
    FACT_ALL = (1 << 8) - 1,
};

/* A child of the root window. */
struct top {
    xcb_window_t xid;
    xcb_window_t client; /* the managed window inside, or itself; 0: none known */
    xcb_window_t below;  /* its lower neighbour at the last look; a change means a new order */
    int16_t x, y;        /* the outer corner, border included */
    uint16_t w, h, border;
    bool mapped;
    bool override_redirect;
    bool frame; /* had a client inside: never a window in its own right */
    bool check; /* what it shows may have changed */
};

/* A window as the host knows it. Its subject is the client, or the top itself when unmanaged. */
struct win {
    struct win *next;
    uint32_t id;
    xcb_window_t xid; /* the subject */
    xcb_window_t top;
    bool managed; /* the window manager takes care of it */
    bool override_redirect;
    bool stated;   /* the host has its WINDOW */
    bool unstated; /* part of a statement that is not complete yet */
    bool gone;     /* only its GONE is left to say */
    unsigned fetch, dirty;

    struct rect client; /* the subject with its border, on the desktop */
    struct rect place;  /* without the shadow */
    struct extents frame, shadow;
    uint8_t kind;
    bool typed; /* the client itself said which kind */
    xcb_window_t transient_for;
    uint32_t parent;
    uint32_t flags;
    uint32_t state;
    uint32_t wm_state;    /* ICCCM: 0 withdrawn, 1 normal, 3 iconic */
    uint64_t hide_ticket; /* its frame left the screen; the manager says why before this; 0: none */
    char *title, *instance, *class_name, *app_id;
    uint32_t pid;
    struct window_limits limits;
    uint64_t icon_hash, shape_hash; /* of what was said last; 0: the default */

    uint32_t serial;    /* the newest CONFIGURE dealt with */
    struct rect wanted; /* the place asked for last */
    uint32_t wanted_serial;
    uint64_t wanted_ticket;   /* the barrier after which wanted_serial is dealt with; 0: none */
    int32_t nudge_x, nudge_y; /* how far off the manager puts it, as was learnt */
    unsigned place_tries;     /* how often the place was asked for */

    bool client_bare;     /* the client itself wants no frame */
    bool unhint;          /* it had no Motif hints; ours go when the manager has seen them */
    struct rect keep;     /* where the content was before its frame went or came */
    uint64_t keep_ticket; /* the barrier after which it is put back there; 0: none */
    bool frame_again;     /* another change is wished for meanwhile */
    bool keeping;         /* it is on its way back there */
};

enum { PROBES = 8 };

/* What the window manager can be asked for. */
struct manager {
    bool running;
    bool moveresize, restack, active, close, state, extents;
    /* Barriers: see manager.c. */
    xcb_window_t probes[PROBES]; /* never mapped; the manager's answers appear on them */
    uint64_t sent, done;
    bool again;
    uint64_t deadline; /* of the barrier under way, µs; 0: none under way */
};

enum { INPUT_HELD_MAX = 512 };

struct held_event {
    enum win_type type;
    union {
        struct win_pointer pointer;
        struct win_key key;
    };
    unsigned tries;
};

struct input {
    bool usable;
    uint8_t keys[32];        /* held down by us, by X key code */
    uint32_t buttons;        /* likewise, as in struct win_pointer */
    int wheel_x, wheel_y;    /* rest of a notch */
    uint32_t last_id;        /* the window of the last key or press */
    uint64_t last_press;     /* when, µs */
    struct held_event *held; /* INPUT_HELD_MAX; NULL while there are none */
    size_t held_count;
    uint64_t hold_ticket; /* input waits until this barrier is done */
};

/* One ACTIVATE (or one of our own for a key) that the manager has not carried out yet. */
struct activation {
    uint32_t id, serial;
    uint64_t ticket, deadline; /* deadline 0: none under way */
};

/* Requests that are answered by ACK after a barrier. */
enum { ACKS_MAX = 64 };
struct waiting_ack {
    uint32_t serial;
    uint32_t popup; /* answered when this one has gone, 2 when it stays; 0: always 0 */
    bool clicked;   /* the last means to close the popup was tried */
    uint64_t ticket, deadline;
};

struct channel;

struct agent {
    xcb_connection_t *x;
    xcb_screen_t *screen;
    xcb_window_t root;
    xcb_window_t own;   /* never mapped; for the manager's answers */
    xcb_window_t strut; /* mapped while the host says which area is free; 0: not there */
    xcb_atom_t atom[ATOM_COUNT];
    uint8_t shape_event; /* 0: no such extension */
    uint8_t randr_event;

    struct top **tops; /* bottom to top as of the last look */
    size_t top_count, top_room;
    bool order_check;
    struct win *wins; /* oldest first */
    size_t win_count;
    uint32_t next_id;
    bool starting; /* the first look at what is there: ids of an earlier agent count */

    struct manager wm;
    struct input input;
    struct activation activation;
    struct waiting_ack acks[ACKS_MAX];
    size_t ack_count;

    /* desktop */
    uint16_t width, height;
    struct rect work_area;
    bool desktop_check;
    uint32_t host_flags; /* of the last SET_DESKTOP */
    bool host_spoke;     /* it said SET_DESKTOP, or it is known not to be there */

    /* report */
    struct win_link *link;
    struct buf out;
    bool open, syncing;
    uint32_t epoch;
    bool desktop_dirty, order_dirty, active_dirty, focus_check;
    uint32_t active; /* id */
    uint32_t active_serial, order_serial, order_wanted;
    uint64_t order_ticket;
    uint32_t *last_order;
    size_t last_order_count;
    uint32_t turn;  /* id after which the next pass begins */
    int64_t tokens; /* messages that may be sent now, in 1/1000 */
    uint64_t tokens_time;

    struct channel *channel;
    uint64_t now; /* µs, as of this turn of the loop */
};

/* x.c: the connection and small requests. */
int x_open(struct agent *a, const char *display, struct err *err);
void x_close(struct agent *a);
uint64_t x_clock(void); /* monotonic, µs */
xcb_get_property_cookie_t x_ask(struct agent *a, xcb_window_t w, xcb_atom_t name, uint32_t items);
/* The property, NULL when it is absent; freed by the caller. */
xcb_get_property_reply_t *x_answer(struct agent *a, xcb_get_property_cookie_t cookie);
/* 32-bit items of a reply; NULL stands for none, as does any other format. */
const uint32_t *x_items(const xcb_get_property_reply_t *reply, size_t *count);
uint32_t x_card(struct agent *a, xcb_window_t w, xcb_atom_t name); /* the first item, else 0 */
void x_set_cards(struct agent *a, xcb_window_t w, xcb_atom_t name, xcb_atom_t type,
                 const uint32_t *items, uint32_t count);
/* A client message about w to the root's managers. */
void x_tell_manager(struct agent *a, xcb_window_t w, enum atom_name type, const uint32_t data[5]);

/* tree.c: which windows there are. */
void tree_start(struct agent *a);
void tree_finish(struct agent *a);
void tree_event(struct agent *a, const xcb_generic_event_t *event);
void tree_settle(struct agent *a); /* looks at what events marked */
struct top *tree_top(struct agent *a, xcb_window_t xid);
xcb_window_t tree_top_of(struct agent *a, xcb_window_t xid); /* the child of the root above; 0 */
struct win *tree_win(struct agent *a, uint32_t id);          /* NULL: none, or gone */
struct win *tree_win_of(struct agent *a, xcb_window_t subject);
struct win *tree_win_at(struct agent *a, xcb_window_t top);
void tree_drop_gone(struct agent *a, struct win *w); /* frees it */

/* props.c: what a window says of itself. */
void props_event(struct agent *a, const xcb_property_notify_event_t *event);
void props_refresh(struct agent *a, struct win *w); /* carries out w->fetch */
void props_finish(struct win *w);
void props_settle(struct agent *a); /* what waited for the manager */
uint32_t props_shape(struct agent *a, struct win *w, struct rect **rects);
uint64_t props_hash(const void *data, size_t len);

/* icon.c: a new picture, NULL (and 0 × 0) when the window has none. */
uint32_t *icon_fetch(struct agent *a, struct win *w, uint32_t *width, uint32_t *height);

/* popup.c: what kind of window it is and whom it belongs to. */
void popup_refresh(struct agent *a, struct win *w);
void popup_owner_known(struct agent *a, const struct win *owner);

/* manager.c: the window manager and barriers. */
void manager_start(struct agent *a);
void manager_refresh(struct agent *a);
/* A number that manager_passed() is true of as soon as all that was asked before is carried out. */
uint64_t manager_barrier(struct agent *a);
bool manager_passed(const struct agent *a, uint64_t ticket);
void manager_answered(struct agent *a, xcb_window_t probe);
void manager_timer(struct agent *a);

/* report.c: what the host is told. */
void report_opened(struct agent *a);
void report_closed(struct agent *a);
void report_settle(struct agent *a); /* looks again at what a passed barrier may have changed */
void report_flush(struct agent *a);
bool report_waiting(const struct agent *a, uint64_t *until); /* for tokens */
void report_ack(struct agent *a, uint32_t serial, uint8_t result);

/* channel.c: the way to the host. */
struct channel *channel_open(struct agent *a, const char *where, struct err *err);
void channel_close(struct channel *c);
int channel_fd(const struct channel *c);
void channel_ready(struct channel *c);
void channel_flush(struct channel *c);
uint64_t channel_deadline(const struct channel *c); /* 0: none */
void channel_timer(struct channel *c);

/* act.c: what the host asks for. */
void act_message(struct agent *a, const struct win_msg *msg);
void act_places(struct agent *a); /* turns passed barriers into answered CONFIGUREs */
void act_settle(struct agent *a);
void act_activate(struct agent *a, struct win *w, uint32_t serial);
void act_raise(struct agent *a, struct win *w);
void act_place(struct agent *a, struct win *w, struct rect place); /* as soon as can be */

/* restack.c: the order of windows. */
void restack_take(struct agent *a, const struct win_order *order);

/* frames.c: the host draws the frames. */
void frames_set(struct agent *a, bool host_draws);
void frames_refresh(struct agent *a, struct win *w); /* the client's wishes may have changed */
void frames_settle(struct agent *a);
struct rect frames_place(const struct win *w); /* where the host is to have it */

/* keymap.c: gives XTEST's keyboard the layout of the guest's; NULL: $DISPLAY. */
void keymap_start(const char *display);

/* input.c: keys and the pointer. */
void input_start(struct agent *a);
void input_take(struct agent *a, const struct win_msg *msg);
void input_settle(struct agent *a); /* lets go what was held back */
void input_release(struct agent *a);
void input_click(struct agent *a, int16_t x, int16_t y);
void input_tap(struct agent *a, uint32_t evdev_code);

/* screen.c: the desktop's size and work area. */
void screen_start(struct agent *a);
void screen_settle(struct agent *a);
void screen_set(struct agent *a, const struct win_set_desktop *wish);
void screen_leave(struct agent *a); /* the host went away */

/* install.c */
int install_run(struct err *err);
