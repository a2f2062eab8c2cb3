/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RFB's numbers, in one place: the community specification's (rfbproto.rst) and our own. Names are
 * the specification's. Layouts are beside the code that reads and writes each.
 */
#pragma once

enum rfb_client_message {
    RFB_SET_PIXEL_FORMAT = 0,
    RFB_SET_ENCODINGS = 2,
    RFB_FRAMEBUFFER_UPDATE_REQUEST = 3,
    RFB_KEY_EVENT = 4,
    RFB_POINTER_EVENT = 5,
    RFB_CLIENT_CUT_TEXT = 6,
    RFB_ENABLE_CONTINUOUS_UPDATES = 150,
    RFB_CLIENT_WINDOWS = 210, /* ours: U8 pad[3], U32 length, whole windows-protocol messages */
    RFB_CLIENT_FENCE = 248,
    RFB_CLIENT_XVP = 250,
    RFB_SET_DESKTOP_SIZE = 251,
    RFB_QEMU_CLIENT = 255,
    RFB_QEMU_CLIENT_AUDIO = 255 << 8 | 1, /* its submessage 1, a type of its own in here */
};

enum rfb_server_message {
    RFB_FRAMEBUFFER_UPDATE = 0,
    RFB_SET_COLOUR_MAP_ENTRIES = 1,
    RFB_BELL = 2,
    RFB_SERVER_CUT_TEXT = 3,
    RFB_END_OF_CONTINUOUS_UPDATES = 150,
    RFB_SERVER_FENCE = 248,
    RFB_SERVER_XVP = 250,
    RFB_QEMU_SERVER = 255,
};

/* Encodings and pseudo-encodings, signed as on the wire. */
enum rfb_encoding {
    RFB_RAW = 0,
    RFB_COPY_RECT = 1,
    RFB_RRE = 2,
    RFB_HEXTILE = 5,
    RFB_ZLIB = 6,
    RFB_TIGHT = 7,
    RFB_TRLE = 15,
    RFB_ZRLE = 16,
    RFB_JPEG = 21,
    RFB_OPEN_H264 = 50,
    RFB_TIGHT_PNG = -260,

    RFB_JPEG_QUALITY_0 = -32, /* … -23 is quality 9 */
    RFB_JPEG_QUALITY_9 = -23,
    RFB_FINE_QUALITY_0 = -512, /* … -412 is JPEG's quality 100 */
    RFB_FINE_QUALITY_100 = -412,
    RFB_SUBSAMPLING_1X = -768, /* not in order: 1, 4, 2, grey, 8, 16 */
    RFB_SUBSAMPLING_4X = -767,
    RFB_SUBSAMPLING_2X = -766,
    RFB_SUBSAMPLING_GREY = -765,
    RFB_SUBSAMPLING_8X = -764,
    RFB_SUBSAMPLING_16X = -763,
    RFB_COMPRESSION_0 = -256, /* … -247 is level 9 */
    RFB_COMPRESSION_9 = -247,
    RFB_DESKTOP_SIZE = -223,
    RFB_LAST_RECT = -224,
    RFB_POINTER_POS = -232,
    RFB_CURSOR = -239,
    RFB_X_CURSOR = -240,
    RFB_QEMU_POINTER_MOTION = -257,
    RFB_QEMU_EXTENDED_KEY = -258,
    RFB_QEMU_AUDIO = -259,
    RFB_QEMU_LED_STATE = -261,
    RFB_DESKTOP_NAME = -307,
    RFB_EXTENDED_DESKTOP_SIZE = -308,
    RFB_XVP = -309,
    RFB_FENCE = -312,
    RFB_CONTINUOUS_UPDATES = -313,
    RFB_CURSOR_WITH_ALPHA = -314,
    RFB_EXTENDED_MOUSE_BUTTONS = -316,
    RFB_VMWARE_CURSOR = 0x574d5664,
    RFB_VMWARE_CURSOR_POSITION = 0x574d5666,
    RFB_VMWARE_LED_STATE = 0x574d5668,
    RFB_EXTENDED_CLIPBOARD = -1063131698, /* 0xc0a1e5ce */

    /*
     * Ours (docs/windows-protocol.md), fresh 32-bit tags that nobody claims:
     *
     * WINDOWS "ORLW": rectangle 0,0 0×0, then U32 length and that many bytes of whole
     * windows-protocol messages: the facts that belong to the pixels of this very update. The
     * first, with length 0, acknowledges the client's listing; only after it the client sends
     * RFB_CLIENT_WINDOWS. All state is stated between SYNC_BEGIN and SYNC_END (which may lie in
     * different updates) first of all, and again whenever windows have come back; SYNC_BEGIN and
     * SYNC_END with one of two epochs (enum in winproto/message.h) and nothing between them say
     * that there are no windows (any more), or that another viewer has them: show the screen.
     *
     * WINDOWS_WATCH "ORLO": beside WINDOWS in a client's list, no rectangle: it only watches, for a
     * picture or a recording. It is told of the windows also while another viewer has them, and
     * what it asks for is ignored.
     *
     * SHARED_SURFACE "ORLM": rectangle 0,0 w×h = the whole framebuffer, then U32 offset, U32
     * stride, U64 size of the memory, whose descriptor travels with the first byte of this update
     * (SCM_RIGHTS). Pixels as in pixel/surface.h, little-endian. Unix sockets only. It replaces an
     * earlier one; 0×0, with a body of zeros and no descriptor, ends the sharing: pixels come
     * encoded from then on, into memory of the client's own. SHARED_DAMAGE "ORLD": the rectangle's
     * pixels are in the shared surface; no body.
     */
    RFB_WINDOWS = 0x4f524c57,
    RFB_WINDOWS_WATCH = 0x4f524c4f,
    RFB_SHARED_SURFACE = 0x4f524c4d,
    RFB_SHARED_DAMAGE = 0x4f524c44,
};

/* FramebufferUpdate's count that means "until LastRect". */
enum { RFB_RECTS_UNTIL_LAST = 65535 };
