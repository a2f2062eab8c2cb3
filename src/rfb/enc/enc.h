/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RFB's encodings: an encoder and a decoder for each, side by side in one file, in one table. Pure:
 * pixels in, bytes out, and back. What a session does with rectangles that carry no pixels is not
 * here (rfb/session), except the pointer's image.
 *
 * Threads: none of its own. A codec's state belongs to one connection and is used by one thread at
 * a time; different states are independent.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/rect.h"
#include "pixel/cursor.h"
#include "pixel/format.h"
#include "pixel/surface.h"
#include "rfb/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Encoding ---------------------------------------------------------------------------------
 */

/*
 * Pixels to encode, in the surface's format (0xXXRRGGBB), and where they are on the screen (at: w
 * and h are the block's size, both at least 1). The memory is a *private copy*: an encoder looks at
 * a pixel more than once, and a machine's live surface changes meanwhile. `stride` counts pixels
 * from row to row, so that a part of a larger copy can be encoded.
 */
struct rfb_block {
    const uint32_t *pixels;
    size_t stride;
    struct rect at;
};

/* How many pixels of a JPEG image share their colour (their brightness is always their own). */
enum rfb_subsampling { RFB_COLOUR_1X, RFB_COLOUR_2X, RFB_COLOUR_4X, RFB_GREY };

struct rfb_encode_settings {
    struct pixel_format format; /* the client's, valid and true colour (pixel_format_resolve) */
    int compression;            /* 0…9 as the client asked for; -1: the encoder's own choice */
    /*
     * JPEG's, 1…100, for what has too many colours to be text or a drawing; 0: pixels arrive as
     * they are. Only a client that asked for a quality may be sent anything else.
     */
    int quality;
    enum rfb_subsampling subsampling;
    /* If there, told of every rectangle (on the screen) whose pixels do not arrive as they are. */
    void (*lossy)(void *data, struct rect r);
    void *lossy_data;
    /*
     * The block can be understood by any client, whatever was sent to it before (but see `starts`):
     * it refers to nothing, and nothing later in this state refers to it. So it may be sent to
     * several, and be encoded out of turn, in another state. A little longer than otherwise.
     */
    bool apart;
    /* Blocks of other states were sent to the client since this state's last one. */
    bool interrupted;
    /*
     * No rectangle may refer to another at all. noVNC's inflate (pako's) has no window any more
     * once a stream that was in use was reset: "invalid distance too far back" is what it says
     * then.
     */
    bool forgetful;
    /* H.264's: bytes a second that the path takes; 0: not known. */
    uint64_t path_bytes;
};

struct rfb_encoder {
    /* The state of one connection (compression streams live as long as it); NULL: needs none. */
    void *(*create)(void);
    /*
     * Appends one or more whole rectangles, headers included, and returns how many. Never fails.
     * The rectangles must reach the client in the order of the calls.
     */
    uint32_t (*encode)(void *state, const struct rfb_encode_settings *settings,
                       const struct rfb_block *block, struct buf *out);
    void (*destroy)(void *state); /* takes NULL */
    /* It keeps compression streams for a client: a block that is not `apart` refers to others. */
    bool streams;
    /* And then a client needs a block that is not `apart` before the first one that is. */
    bool starts;
};

/* ---- Decoding ---------------------------------------------------------------------------------
 */

enum rfb_decoded {
    RFB_DECODE_INVALID = -1,   /* err says which rule was broken; the connection is over */
    RFB_DECODE_NEEDS_MORE = 0, /* call again with what was not used and more behind it */
    RFB_DECODE_DONE = 1,       /* the rectangle's pixels are in the surface */
};

/*
 * A decoder never keeps input and never asks for more than RFB_DECODE_WINDOW bytes at once: offered
 * that many it always uses some. Called with less it may use none. So a session's buffer is bounded
 * and bytes are not parsed again and again.
 */
enum { RFB_DECODE_WINDOW = 64 * 1024 };

struct rfb_decoder {
    void *(*create)(void); /* never NULL */
    /* A rectangle begins; r is not empty and lies inside the surface, which lives until it ends. */
    void (*begin)(void *state, const struct pixel_format *format, struct surface *to,
                  struct rect r);
    /* Sets *used (also with NEEDS_MORE) unless INVALID. */
    enum rfb_decoded (*decode)(void *state, const uint8_t *data, size_t len, size_t *used,
                               struct err *err);
    void (*destroy)(void *state); /* takes NULL */
};

/* ---- The table --------------------------------------------------------------------------------
 */

struct rfb_codec {
    int32_t encoding;
    const char *name;
    const struct rfb_encoder *encoder; /* NULL for CopyRect (rfb_put_copy_rect()) and H.264 */
    const struct rfb_decoder *decoder;
    /*
     * H.264's, for a film beside what another encoding is for: each block is a picture that refers
     * to those that the client was sent before. No rectangle (0) means that it can't.
     */
    const struct rfb_encoder *film;
};

/* In the order in which a client prefers them. A session keeps an array of states by index. */
enum { RFB_CODEC_COUNT = 11 };
extern const struct rfb_codec rfb_codecs[RFB_CODEC_COUNT];

int rfb_codec_index(int32_t encoding); /* -1: no such codec */

/* ---- Rectangles without an encoder ------------------------------------------------------------
 */

void rfb_put_rect_header(struct buf *out, struct rect r, int32_t encoding);

/* One rectangle: the pixels at `to` are those that were at from_x, from_y, same size. */
void rfb_put_copy_rect(struct buf *out, struct rect to, int32_t from_x, int32_t from_y);

/*
 * The pointer's image as one rectangle of RFB_CURSOR (alpha below half becomes invisible) or
 * RFB_CURSOR_WITH_ALPHA. NULL or 0 × 0 hides the pointer.
 */
void rfb_put_cursor(struct buf *out, const struct pixel_format *format,
                    const struct cursor *cursor);
void rfb_put_cursor_with_alpha(struct buf *out, const struct cursor *cursor);

/* The same for older viewers: two colours; VMware's, with alpha. */
void rfb_put_x_cursor(struct buf *out, const struct cursor *cursor);
void rfb_put_vmware_cursor(struct buf *out, const struct cursor *cursor);

/*
 * The body of such a rectangle (after its header) whose x, y are the hot spot and w, h the size, at
 * most CURSOR_SIZE_MAX a side (checked). Needs all of the body at once. *cursor is a new reference,
 * set when DONE.
 */
enum rfb_decoded rfb_get_cursor(const struct pixel_format *format, struct rect r,
                                const uint8_t *data, size_t len, size_t *used,
                                struct cursor **cursor, struct err *err);
enum rfb_decoded rfb_get_cursor_with_alpha(struct rect r, const uint8_t *data, size_t len,
                                           size_t *used, struct cursor **cursor, struct err *err);
enum rfb_decoded rfb_get_x_cursor(struct rect r, const uint8_t *data, size_t len, size_t *used,
                                  struct cursor **cursor, struct err *err);
enum rfb_decoded rfb_get_vmware_cursor(const struct pixel_format *format, struct rect r,
                                       const uint8_t *data, size_t len, size_t *used,
                                       struct cursor **cursor, struct err *err);
