/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the modules export: oriel-x264.so the encoder, oriel-h264.so the decoder. */
#pragma once

#include "rfb/enc/h264.h"

#define RFB_H264_ENCODING_SYMBOL "oriel_h264_encoding"
extern const struct rfb_h264_encoding oriel_h264_encoding;

/* Finds out whether FFmpeg's library decodes here; NULL: it doesn't. The same object each time. */
typedef const struct rfb_h264_decoding *(*rfb_h264_decoding_fn)(void);

#define RFB_H264_DECODING_SYMBOL "oriel_h264_decoding"
const struct rfb_h264_decoding *oriel_h264_decoding(void);
