/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ExtendedDesktopSize's and SetDesktopSize's SCREEN: one monitor of a framebuffer. The server's
 * rectangle and the client's message carry a list of the same.
 */
#pragma once

#include "base/buf.h"
#include "base/rect.h"

#include <stdint.h>

struct rfb_screen {
    uint32_t id;
    struct rect area; /* each field 0…65535 on the wire */
    uint32_t flags;   /* kept as they are: none are defined */
};

enum { RFB_SCREEN_WIRE_SIZE = 16 };

void rfb_screen_put(struct buf *out, const struct rfb_screen *screen);
/* Screen `index` of a list on the wire that holds more than index whole ones. */
struct rfb_screen rfb_screen_at(const uint8_t *wire, unsigned index);

/* ExtendedDesktopSize's x: why the rectangle was sent. */
enum rfb_resize_reason {
    RFB_RESIZE_BY_SERVER = 0,
    RFB_RESIZE_BY_THIS_CLIENT = 1, /* the answer to its SetDesktopSize */
    RFB_RESIZE_BY_OTHER_CLIENT = 2,
};

/* Its y, when the reason is RFB_RESIZE_BY_THIS_CLIENT. */
enum rfb_resize_status {
    RFB_RESIZE_DONE = 0,
    RFB_RESIZE_PROHIBITED = 1,
    RFB_RESIZE_OUT_OF_RESOURCES = 2,
    RFB_RESIZE_INVALID_LAYOUT = 3,
    RFB_RESIZE_FORWARDED = 4, /* asked of the machine: another rectangle may follow */
};
