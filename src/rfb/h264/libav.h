/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two halves of the module over libavcodec. */
#pragma once

#include "rfb/enc/h264.h"

#include <libavutil/pixfmt.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PIXELS AV_PIX_FMT_BGR0
#else
#define PIXELS AV_PIX_FMT_0RGB
#endif

struct rfb_h264_encoder *h264_encoder_create(uint32_t width, uint32_t height,
                                             const struct rfb_h264_wish *wish);
bool h264_encode(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                 const struct rfb_h264_wish *wish, struct buf *out);
void h264_encoder_destroy(struct rfb_h264_encoder *e);
