/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection to the X server: atoms, the visual, which extensions there are, what the window
 * manager can do, and the GLib source that hands out events. It knows no scene and no windows of
 * ours. Everything runs on the thread whose default main context was current at display_open().
 */
#pragma once

#include "base/err.h"
#include "base/rect.h"

#include <glib.h>
#include <xcb/render.h>
#include <xcb/xcb.h>

#include <stdbool.h>
#include <stdint.h>

#define DISPLAY_ATOMS(A)                                                                           \
    A(WM_PROTOCOLS)                                                                                \
    A(WM_DELETE_WINDOW)                                                                            \
    A(WM_STATE)                                                                                    \
    A(WM_CHANGE_STATE)                                                                             \
    A(UTF8_STRING)                                                                                 \
    A(_MOTIF_WM_HINTS)                                                                             \
    A(_NET_SUPPORTED)                                                                              \
    A(_NET_SUPPORTING_WM_CHECK)                                                                    \
    A(_NET_CLIENT_LIST_STACKING)                                                                   \
    A(_NET_ACTIVE_WINDOW)                                                                          \
    A(_NET_RESTACK_WINDOW)                                                                         \
    A(_NET_MOVERESIZE_WINDOW)                                                                      \
    A(_NET_WORKAREA)                                                                               \
    A(_NET_CURRENT_DESKTOP)                                                                        \
    A(_NET_FRAME_EXTENTS)                                                                          \
    A(_NET_WM_NAME)                                                                                \
    A(_NET_WM_ICON_NAME)                                                                           \
    A(_NET_WM_ICON)                                                                                \
    A(_NET_WM_USER_TIME)                                                                           \
    A(_NET_WM_STATE)                                                                               \
    A(_NET_WM_STATE_MODAL)                                                                         \
    A(_NET_WM_STATE_MAXIMIZED_HORZ)                                                                \
    A(_NET_WM_STATE_MAXIMIZED_VERT)                                                                \
    A(_NET_WM_STATE_FULLSCREEN)                                                                    \
    A(_NET_WM_STATE_ABOVE)                                                                         \
    A(_NET_WM_STATE_BELOW)                                                                         \
    A(_NET_WM_STATE_HIDDEN)                                                                        \
    A(_NET_WM_STATE_SKIP_TASKBAR)                                                                  \
    A(_NET_WM_STATE_DEMANDS_ATTENTION)                                                             \
    A(_NET_WM_WINDOW_TYPE)                                                                         \
    A(_NET_WM_WINDOW_TYPE_NORMAL)                                                                  \
    A(_NET_WM_WINDOW_TYPE_DIALOG)                                                                  \
    A(_NET_WM_WINDOW_TYPE_UTILITY)                                                                 \
    A(_NET_WM_WINDOW_TYPE_POPUP_MENU)                                                              \
    A(_NET_WM_WINDOW_TYPE_TOOLTIP)                                                                 \
    A(_NET_WM_WINDOW_TYPE_DND)                                                                     \
    A(_NET_WM_WINDOW_TYPE_NOTIFICATION)                                                            \
    A(_NET_WM_WINDOW_TYPE_COMBO)                                                                   \
    A(CLIPBOARD)                                                                                   \
    A(TARGETS)                                                                                     \
    A(TIMESTAMP)                                                                                   \
    A(INCR)                                                                                        \
    A(_ORIEL_CLIPBOARD)                                                                            \
    A(_ORIEL_MACHINE)                                                                              \
    A(_ORIEL_WINDOW)

struct display_atoms {
#define ATOM_FIELD(name) xcb_atom_t name;
    DISPLAY_ATOMS(ATOM_FIELD)
#undef ATOM_FIELD
    xcb_atom_t TEXT_PLAIN_UTF8; /* whose name is no word of C */
};

struct display_ops {
    void (*event)(void *owner, const xcb_generic_event_t *event);
    void (*settled)(void *owner);                     /* all the events at hand were handed out */
    void (*lost)(void *owner, const struct err *err); /* the connection is dead; once */
};

struct display {
    xcb_connection_t *c;
    xcb_window_t root;
    xcb_visualid_t visual; /* of the root: 24 bits of depth, 32 bits a pixel, 0xRRGGBB */
    xcb_gcontext_t gc;     /* for windows of that visual */
    uint32_t width, height, width_mm, height_mm; /* of the root window now */
    bool keeps_hidden_pixels;                    /* backing store is offered */
    bool has_shm;                                /* descriptors can be passed and attached */
    bool has_shape;
    uint8_t shm_opcode, shm_completion, randr_event; /* event codes; 0: never */
    xcb_render_pictformat_t argb;                    /* XCB_NONE: no Render */
    struct display_atoms atom;

    /* The window manager, renewed by display_find_manager(). */
    bool has_manager, has_active, has_stacking, has_restack;
    struct rect work_area; /* the whole root while nobody says */

    uint8_t min_keycode, max_keycode, keysyms_per_code;
    xcb_keysym_t *keysyms; /* (max - min + 1) × keysyms_per_code */

    const struct display_ops *ops;
    void *owner;
    GSource *source;
    bool is_lost;
};

/* `name` as in $DISPLAY, NULL for $DISPLAY itself. Negative with *err filled. */
int display_open(struct display *d, const char *name, const struct display_ops *ops, void *owner,
                 struct err *err);
void display_finish(struct display *d); /* all resources of the connection go with it */

void display_find_manager(struct display *d);
void display_find_work_area(struct display *d);
void display_load_keysyms(struct display *d);
/* The keysym of a key code with the state's shift level and group; 0 when it has none. */
xcb_keysym_t display_keysym(const struct display *d, xcb_keycode_t code, uint16_t state);

/* Up to `room` 32-bit items of a property; how many there were (0 also on any failure). */
uint32_t display_get_property(struct display *d, xcb_window_t window, xcb_atom_t property,
                              xcb_atom_t type, uint32_t *out, uint32_t room);
void display_set_property(struct display *d, xcb_window_t window, xcb_atom_t property,
                          xcb_atom_t type, uint32_t count, const uint32_t *values);
void display_set_text(struct display *d, xcb_window_t window, xcb_atom_t property,
                      const char *text);
/* A client message about a window to the root, as window managers want it. */
void display_tell_manager(struct display *d, xcb_window_t window, xcb_atom_t type,
                          const uint32_t data[static 5]);
