/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client listed in its newest SetEncodings, as a server reads it: the encoding to use for
 * pixels, and which extensions it knows. Numbers that we do not know are skipped.
 */
#pragma once

#include "rfb/enc/enc.h"
#include "rfb/msg/client.h"

#include <stdbool.h>

struct rfb_wants {
    int codec;       /* index into rfb_codecs: the first listed that has an encoder, else Raw */
    int compression; /* 0…9; -1: not said */
    int quality;     /* JPEG's, 1…100; 0: none was asked for, so nothing lossy may be sent */
    enum rfb_subsampling subsampling;
    bool copy_rect;
    bool desktop_size, extended_desktop_size, last_rect;
    bool cursor, cursor_with_alpha, vmware_cursor, x_cursor;
    bool pointer_pos, vmware_cursor_position;
    bool pointer_motion, extended_key, led_state, vmware_led_state, desktop_name, extended_buttons;
    bool fence, continuous_updates;
    bool extended_clipboard, xvp, audio;
    bool open_h264;
    bool tight_png; /* only noVNC lists it */
    bool windows, windows_watch, shared_surface;
};

/* Before the first SetEncodings: Raw and nothing else. */
struct rfb_wants rfb_wants_default(void);
struct rfb_wants rfb_wants_read(const struct rfb_set_encodings *encodings);
