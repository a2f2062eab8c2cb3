/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264's byte stream (ITU-T H.264, annex B), as far as one must look at it before a decoder may:
 * where one picture ends and the next begins, and how large pictures say that they are. Not the
 * pictures. Private to rfb/enc.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What a sequence parameter set says of the memory that a decoder will take. */
struct h264_size {
    uint32_t width, height; /* as coded: multiples of 16 */
    uint32_t references;    /* pictures that are kept */
};

enum { H264_SIDE_MAX = 16384 };

/*
 * Reads a sequence parameter set from behind its type's byte. Negative with *err: it breaks a rule,
 * or is of a kind that is not supported.
 */
int h264_read_size(const uint8_t *data, size_t len, struct h264_size *size, struct err *err);

/* Sees all sizes in the data: the largest of each; zeroes where there is none. Same answers. */
int h264_largest_size(const uint8_t *data, size_t len, struct h264_size *size, struct err *err);

/* How much of the data, which begins with a start code, belongs to its first picture. */
size_t h264_picture_length(const uint8_t *data, size_t len);

/* Whether it begins with a start code. */
int h264_starts(const uint8_t *data, size_t len);
