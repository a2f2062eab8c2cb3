/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the modules oriel-h264.so, over FFmpeg's libraries, and oriel-x264.so export. */
#pragma once

#include "rfb/enc/h264.h"

/* Finds out what FFmpeg's libraries can do here. The same object each time. */
typedef const struct rfb_h264_library *(*rfb_h264_library_fn)(void);

#define RFB_H264_LIBRARY_SYMBOL "oriel_h264_library"
const struct rfb_h264_library *oriel_h264_library(void);

/* The encoder alone. */
#define RFB_X264_LIBRARY_SYMBOL "oriel_x264_library"
const struct rfb_h264_library *oriel_x264_library(void);
