/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open H.264 (50): a rectangle is U32 length, U32 flags and whole H.264 pictures. Each rectangle's
 * place and size has a context, a stream that goes on from update to update; at most 64 of them,
 * of which the one that was idle for longest goes first.
 *
 * Here are the contexts and all that must be known of a peer's bytes before a library sees them.
 * The coding itself is done by libraries (rfb/h264), which are told of here once they are loaded.
 * Until then, and where there is none, the encoding is neither asked for nor sent.
 */
#pragma once

#include "base/buf.h"
#include "base/rect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_H264_RESET = 1,     /* flags: this rectangle's context begins anew, */
    RFB_H264_RESET_ALL = 2, /* no context is left */
};

/* How a stream's next picture is wanted. */
struct rfb_h264_wish {
    int quality;    /* 1…100, as JPEG's */
    uint64_t bytes; /* a second that the path takes; 0: not known */
    bool first;     /* it must be understood without those before */
};

struct rfb_h264_encoder;
struct rfb_h264_decoder;

/* The two libraries: any number of encoders and decoders, each used by one thread at a time. */
struct rfb_h264_encoding {
    /* NULL: there is no encoder for that; the size may be too large. */
    struct rfb_h264_encoder *(*create)(uint32_t width, uint32_t height,
                                       const struct rfb_h264_wish *wish);
    /* Appends one picture of surface pixels (stride in pixels). False: it failed. */
    bool (*encode)(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                   const struct rfb_h264_wish *wish, struct buf *out);
    void (*destroy)(struct rfb_h264_encoder *e); /* takes NULL */
};

struct rfb_h264_decoding {
    struct rfb_h264_decoder *(*create)(void); /* NULL: there is none */
    /*
     * Takes one picture in, whose parameters were looked at (h264_stream.h). True: there is one to
     * be drawn. What is damaged is left out.
     */
    bool (*decode)(struct rfb_h264_decoder *d, const uint8_t *data, size_t len);
    /* Its size, 0 × 0 before there is any. */
    void (*size)(const struct rfb_h264_decoder *d, uint32_t *width, uint32_t *height);
    /* Its top left corner as surface pixels (stride in pixels), which the picture is as large as.
       False: no. */
    bool (*draw)(struct rfb_h264_decoder *d, uint32_t *to, size_t stride, uint32_t width,
                 uint32_t height);
    void (*destroy)(struct rfb_h264_decoder *d); /* takes NULL */
};

/* From any thread; they stay. NULL: there is none. */
void rfb_h264_use_encoding(const struct rfb_h264_encoding *library);
void rfb_h264_use_decoding(const struct rfb_h264_decoding *library);
bool rfb_h264_encodes(void);
bool rfb_h264_decodes(void);

const struct rfb_h264_decoding *rfb_h264_decoding(void); /* NULL: none is loaded */

/* A rectangle without pixels, which closes all contexts of the viewer. */
void rfb_put_h264_reset_all(struct buf *out, struct rect r);
