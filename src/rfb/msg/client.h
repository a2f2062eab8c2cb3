/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Client-to-server messages, both directions side by side: the parser is the server's, the
 * composers are the client's. Pure: bytes in, checked values out, and back. Nothing here remembers
 * anything; the handshake before the first message and what was agreed upon are rfb/session's.
 *
 * Wire formats are the specification's (rfbproto.rst); for RFB_CLIENT_WINDOWS see registry.h.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/pcm.h"
#include "base/rect.h"
#include "pixel/format.h"
#include "rfb/msg/screen.h"
#include "rfb/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits on what a client may send; more is invalid. */
enum {
    RFB_ENCODINGS_MAX = 1024,
    RFB_CUT_TEXT_MAX = 1 << 20,             /* bytes of plain cut text; more is thrown away */
    RFB_FENCE_MAX = 64,                     /* bytes of payload, the specification's */
    RFB_CLIENT_WINDOWS_MAX = (1 << 20) + 8, /* bytes: one windows-protocol message of any size */
};

/* The bits of a fence's flags. A response repeats them without REQUEST. */
enum rfb_fence_flags {
    RFB_FENCE_BLOCK_BEFORE = 1 << 0,
    RFB_FENCE_BLOCK_AFTER = 1 << 1,
    RFB_FENCE_SYNC_NEXT = 1 << 2,
};
#define RFB_FENCE_REQUEST 0x80000000u

/* PointerEvent's buttons. 8 and 9 travel only when the extended buttons are agreed upon. */
enum rfb_button_mask {
    RFB_BUTTON_LEFT = 1 << 0,
    RFB_BUTTON_MIDDLE = 1 << 1,
    RFB_BUTTON_RIGHT = 1 << 2,
    RFB_BUTTON_WHEEL_UP = 1 << 3,
    RFB_BUTTON_WHEEL_DOWN = 1 << 4,
    RFB_BUTTON_WHEEL_LEFT = 1 << 5,
    RFB_BUTTON_WHEEL_RIGHT = 1 << 6,
    RFB_BUTTON_BACK = 1 << 7,    /* button 8 */
    RFB_BUTTON_FORWARD = 1 << 8, /* button 9 */
};

/* Bytes inside the parsed data, valid as long as it is. */
struct rfb_bytes {
    const uint8_t *data;
    size_t len;
};

struct rfb_set_encodings {
    uint16_t count;
    const uint8_t *wire; /* rfb_set_encodings_at() reads it */
};

struct rfb_update_request {
    bool incremental;
    struct rect area; /* as sent: may be empty or outside of the framebuffer */
};

struct rfb_key_event {
    bool down;
    uint32_t keysym;  /* X keysym; 0 where unknown (QEMU's message only) */
    uint32_t keycode; /* QEMU's message: XT code, 0xe0 prefix as bit 7; else 0 */
};

struct rfb_pointer_event {
    uint16_t x, y;
    uint16_t buttons; /* enum rfb_button_mask, as held now */
};

struct rfb_cut_text {
    bool extended;         /* the extended clipboard's message (clipboard.h), else Latin-1 text */
    struct rfb_bytes text; /* empty when it is too long to be taken: */
    size_t skip;           /* … as many bytes of it are still to come, and mean nothing */
};

struct rfb_continuous_updates {
    bool enable;
    struct rect area;
};

struct rfb_fence {
    uint32_t flags;
    struct rfb_bytes payload;
};

/* Both directions' codes of the xvp extension: the server's FAIL and INIT, the client's wishes. */
enum rfb_xvp_code {
    RFB_XVP_FAIL = 0,
    RFB_XVP_INIT = 1,
    RFB_XVP_SHUTDOWN = 2,
    RFB_XVP_REBOOT = 3,
    RFB_XVP_RESET = 4,
};
enum { RFB_XVP_VERSION = 1 };

struct rfb_xvp {
    uint8_t version, code; /* as sent */
};

/* QEMU's audio operations; the server's have other numbers (server.h). */
enum rfb_audio_wish { RFB_AUDIO_ENABLE = 0, RFB_AUDIO_DISABLE = 1, RFB_AUDIO_FORMAT = 2 };

struct rfb_audio {
    enum rfb_audio_wish wish;
    struct pcm_format format; /* FORMAT; valid, little-endian, 1 or 2 channels */
};

struct rfb_set_desktop_size {
    uint16_t width, height;
    uint8_t count;       /* screens */
    const uint8_t *wire; /* rfb_screen_at() reads it */
};

struct rfb_client_msg {
    enum rfb_client_message type;
    union {
        struct pixel_format format; /* valid (pixel_format_validate) */
        struct rfb_set_encodings encodings;
        struct rfb_update_request request;
        struct rfb_key_event key; /* RFB_KEY_EVENT and RFB_QEMU_CLIENT */
        struct rfb_pointer_event pointer;
        struct rfb_cut_text cut_text;
        struct rfb_continuous_updates continuous;
        struct rfb_fence fence;
        struct rfb_xvp xvp;
        struct rfb_audio audio;
        struct rfb_set_desktop_size desktop_size;
        struct rfb_bytes windows; /* not yet decoded windows-protocol messages */
    };
};

/* What both ends have agreed upon, as far as it changes what a message means. */
struct rfb_client_agreed {
    bool extended_buttons; /* the server has sent its empty RFB_EXTENDED_MOUSE_BUTTONS */
    bool windows;          /* the server has sent its first RFB_WINDOWS */
    bool audio;            /* the server has sent its empty RFB_QEMU_AUDIO */
    size_t clipboard; /* bytes of the longest extended clipboard message; 0: none agreed upon */
};

enum rfb_parsed {
    RFB_PARSED_INVALID = -1,   /* err says which rule was broken; the peer is to be cut off */
    RFB_PARSED_NEEDS_MORE = 0, /* nothing was used */
    RFB_PARSED_MESSAGE = 1,    /* *msg is filled, *used bytes are done with */
};

/* Parses one message from the front of the data. What *msg points at lies inside the data. */
enum rfb_parsed rfb_client_msg_parse(const uint8_t *data, size_t len,
                                     const struct rfb_client_agreed *agreed, size_t *used,
                                     struct rfb_client_msg *msg, struct err *err);

int32_t rfb_set_encodings_at(const struct rfb_set_encodings *encodings, unsigned index);

/* ---- Composing: each appends one message. The caller keeps to the limits above (asserted). ----
 */

void rfb_put_set_pixel_format(struct buf *out, const struct pixel_format *format);
void rfb_put_set_encodings(struct buf *out, const int32_t *encodings, size_t count);
void rfb_put_update_request(struct buf *out, bool incremental, struct rect area);
void rfb_put_key_event(struct buf *out, bool down, uint32_t keysym);
void rfb_put_qemu_key_event(struct buf *out, bool down, uint32_t keysym, uint32_t keycode);
/* Buttons 8 and 9 are left out unless `extended` is agreed upon. */
void rfb_put_pointer_event(struct buf *out, uint16_t x, uint16_t y, uint16_t buttons,
                           bool extended);
void rfb_put_client_cut_text(struct buf *out, const void *latin1, size_t len);
void rfb_put_enable_continuous_updates(struct buf *out, bool enable, struct rect area);
void rfb_put_client_fence(struct buf *out, uint32_t flags, const void *payload, size_t len);
void rfb_put_set_desktop_size(struct buf *out, uint16_t width, uint16_t height,
                              const struct rfb_screen *screens, uint8_t count);
void rfb_put_audio_enable(struct buf *out, bool enable);
void rfb_put_audio_format(struct buf *out, const struct pcm_format *format);
void rfb_put_client_xvp(struct buf *out, enum rfb_xvp_code code);
/* Whole windows-protocol messages, at most RFB_CLIENT_WINDOWS_MAX bytes. */
void rfb_put_client_windows(struct buf *out, const void *messages, size_t len);
