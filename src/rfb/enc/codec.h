/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the table of codecs (codec.c) takes from each encoding's file. Private to rfb/enc. */
#pragma once

#include "rfb/enc/enc.h"

extern const struct rfb_decoder rfb_copy_rect_decoder;
extern const struct rfb_encoder rfb_raw_encoder;
extern const struct rfb_decoder rfb_raw_decoder;
extern const struct rfb_encoder rfb_rre_encoder;
extern const struct rfb_decoder rfb_rre_decoder;
extern const struct rfb_encoder rfb_hextile_encoder;
extern const struct rfb_decoder rfb_hextile_decoder;
extern const struct rfb_encoder rfb_trle_encoder;
extern const struct rfb_decoder rfb_trle_decoder;
extern const struct rfb_encoder rfb_zlib_encoder;
extern const struct rfb_decoder rfb_zlib_decoder;
extern const struct rfb_encoder rfb_zrle_encoder;
extern const struct rfb_decoder rfb_zrle_decoder;
extern const struct rfb_encoder rfb_tight_encoder;
extern const struct rfb_decoder rfb_tight_decoder;
extern const struct rfb_encoder rfb_tight_png_encoder;
extern const struct rfb_decoder rfb_tight_png_decoder;
extern const struct rfb_encoder rfb_jpeg_encoder;
extern const struct rfb_decoder rfb_jpeg_decoder;
extern const struct rfb_encoder rfb_h264_encoder;
extern const struct rfb_decoder rfb_h264_decoder;

/* Where a decoder is in its rectangle; `to` lives as long as the rectangle. */
struct rfb_target {
    struct pixel_format format;
    struct surface *to;
    struct rect r;
};

/* The block's row y, 0 at its top. */
static inline const uint32_t *rfb_block_row(const struct rfb_block *block, int32_t y)
{
    return block->pixels + (size_t)y * block->stride;
}

static inline void rfb_tell_lossy(const struct rfb_encode_settings *settings, struct rect r)
{
    if (settings->lossy)
        settings->lossy(settings->lossy_data, r);
}
