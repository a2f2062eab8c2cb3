/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Server-to-client messages and the rectangles without pixels, composed. Rectangles with pixels
 * (and the pointer's image) are rfb/enc's. Each function appends to `out`.
 *
 * Not the client's reading of them: rfb/session's client machine does it field by field, because a
 * FramebufferUpdate is a stream and never a whole message in memory.
 */
#pragma once

#include "base/buf.h"
#include "base/rect.h"
#include "pixel/format.h"
#include "rfb/msg/screen.h"
#include "rfb/registry.h"

#include <stdint.h>

/* ---- Messages ---------------------------------------------------------------------------------
 */

struct rfb_server_init {
    uint16_t width, height;
    struct pixel_format format;
    const char *name; /* UTF-8; cut at RFB_NAME_MAX bytes */
};

/* gtk-vnc cuts servers off at 4096. */
enum { RFB_NAME_MAX = 1024 };

void rfb_put_server_init(struct buf *out, const struct rfb_server_init *init);

/* `count` rectangles follow; RFB_RECTS_UNTIL_LAST: until rfb_put_last_rect(). */
void rfb_put_update_header(struct buf *out, uint16_t count);
/* Sets the count of the header that was put at this offset of the buffer. */
void rfb_patch_update_count(struct buf *out, size_t header_offset, uint16_t count);

/* The first `count` entries (at most 256) of the colour map that makes a pixel a bgr233 value. */
void rfb_put_bgr233_map(struct buf *out, unsigned count);
void rfb_put_end_of_continuous_updates(struct buf *out);
/* len at most 64 */
void rfb_put_server_fence(struct buf *out, uint32_t flags, const void *payload, uint8_t len);

/* QEMU's audio operations, whose numbers are not the client's. */
enum rfb_audio_event { RFB_AUDIO_END = 0, RFB_AUDIO_BEGIN = 1, RFB_AUDIO_DATA = 2 };

void rfb_put_audio_event(struct buf *out, enum rfb_audio_event event); /* END or BEGIN */
void rfb_put_audio_data(struct buf *out, const void *samples, size_t len);
void rfb_put_server_xvp(struct buf *out, uint8_t code); /* RFB_XVP_FAIL or RFB_XVP_INIT */
/* Latin-1, LF at the ends of lines. */
void rfb_put_server_cut_text(struct buf *out, const void *latin1, size_t len);

/* ---- Rectangles without pixels ----------------------------------------------------------------
 */

/* An empty rectangle that says "I know this extension": the acknowledgement of many. */
void rfb_put_ack_rect(struct buf *out, int32_t encoding);
void rfb_put_last_rect(struct buf *out);
void rfb_put_desktop_size(struct buf *out, uint16_t width, uint16_t height);
/* One screen that fills the framebuffer. */
void rfb_put_extended_desktop_size(struct buf *out, enum rfb_resize_reason reason,
                                   enum rfb_resize_status status, uint16_t width, uint16_t height);
void rfb_put_pointer_pos(struct buf *out, uint16_t x, uint16_t y);
void rfb_put_qemu_pointer_motion(struct buf *out, bool absolute);
void rfb_put_qemu_led_state(struct buf *out, uint8_t leds); /* bit 0 scroll, 1 num, 2 caps */
void rfb_put_vmware_cursor_position(struct buf *out, uint16_t x, uint16_t y);
void rfb_put_vmware_led_state(struct buf *out, uint32_t leds); /* the same bits */
void rfb_put_desktop_name(struct buf *out, const char *name);
/* Whole windows-protocol messages; len 0 is the acknowledgement. */
void rfb_put_windows(struct buf *out, const void *messages, uint32_t len);

struct rfb_shared_surface {
    uint16_t width, height; /* 0 × 0: sharing has ended, the rest is 0, no descriptor travels */
    uint32_t offset;        /* of the first pixel, bytes */
    uint32_t stride;        /* bytes from row to row */
    uint64_t size;          /* of the memory, bytes */
};
enum { RFB_SHARED_SURFACE_BODY = 16 };

void rfb_put_shared_surface(struct buf *out, const struct rfb_shared_surface *shared);
void rfb_put_shared_damage(struct buf *out, struct rect area);
