/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The vocabulary of windows: what a window is, in enumerations of meaning and never in any system's
 * style bits. The numbers are the wire's (docs/windows-protocol.md). The scene's model and the
 * protocol's messages are both made of these; how they travel is message.h's business.
 */
#pragma once

#include "base/rect.h"

#include <stdbool.h>
#include <stdint.h>

/* Limits that both ends enforce on what they receive. */
enum {
    WINDOW_MAX_COUNT = 4096, /* windows alive at once */
    WINDOW_MAX_TEXT = 4096,  /* bytes of a string, valid UTF-8 without control characters */
    WINDOW_MAX_ICON = 256,   /* pixels of an icon's width and height */
    WINDOW_MAX_SHAPE = 4096, /* rectangles of a shape */
};

/* An unknown kind is a toplevel. */
enum window_kind {
    WINDOW_TOPLEVEL = 0,
    WINDOW_DIALOG = 1,
    WINDOW_UTILITY = 2, /* palettes, toolbars torn off */
    WINDOW_MENU = 3,    /* menus, submenus, combo boxes: has a grab, is closed by a click outside */
    WINDOW_TOOLTIP = 4,
    WINDOW_DND = 5,     /* the picture that follows a drag */
    WINDOW_DESKTOP = 6, /* the guest's wallpaper window: never shown as a window of the host */
    WINDOW_DOCK = 7,    /* the guest's panel or taskbar: likewise */
    WINDOW_SPLASH = 8,
    WINDOW_NOTIFICATION = 9,
    WINDOW_POPUP = 10, /* an unmanaged window of no clearer kind */
};

enum window_flags {
    WINDOW_UNMANAGED = 1 << 0, /* override-redirect: the guest's window manager leaves it alone */
    WINDOW_OWN_FRAME = 1 << 1, /* the client draws its own title bar, or wants none */
    WINDOW_NO_FOCUS = 1 << 2,  /* does not take the keyboard */
};

enum window_state_bits {
    WINDOW_MINIMIZED = 1 << 0,
    WINDOW_MAXIMIZED_H = 1 << 1,
    WINDOW_MAXIMIZED_V = 1 << 2,
    WINDOW_FULLSCREEN = 1 << 3,
    WINDOW_MODAL = 1 << 4,
    WINDOW_URGENT = 1 << 5,
    WINDOW_ABOVE = 1 << 6,
    WINDOW_BELOW = 1 << 7,
    WINDOW_SKIP_TASKBAR = 1 << 8,
};

/* Sizes are of the place. 0 = no limit; inc 0 or 1 = any size. size = base + n * inc. */
struct window_limits {
    uint32_t min_w, min_h, max_w, max_h, base_w, base_h, inc_w, inc_h;
};

/*
 * The four rectangles of a window, all on the guest's desktop:
 *
 *   frame:  place grown by `frame`: what the guest's window manager draws around the client
 *   place:  the content a person sees: the client without its shadow. Every place, size and limit
 * in the protocol is of this one shadow: place grown by `shadow`: transparent margins that the
 * client itself draws outside
 *
 * At most one of the two extents is non-zero in practice; both are 0…1024 a side.
 */
struct window_frame {
    struct extents frame;
    struct extents shadow;
};
