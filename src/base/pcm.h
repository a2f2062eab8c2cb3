/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound as samples. Inside of the program it is always the same: pairs of 16-bit numbers of this
 * machine's order, left and right, at some rate. Here is the way from and to what others have.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PCM_RATE_MIN = 4000, PCM_RATE_MAX = 192000, PCM_CHANNELS_MAX = 16 };

struct pcm_format {
    uint8_t bits; /* 8, 16 or 32 */
    bool is_signed, is_float, is_big_endian;
    uint8_t channels; /* 1…PCM_CHANNELS_MAX; of more than two the first two are heard */
    uint32_t rate;    /* frames a second, PCM_RATE_MIN…PCM_RATE_MAX */
};

bool pcm_format_is_valid(const struct pcm_format *format);
size_t pcm_format_frame(const struct pcm_format *format); /* bytes of one sample a channel */

/* Appends whole frames as int16_t pairs; what is left of a frame is dropped. */
void pcm_to_stereo(const struct pcm_format *format, const void *bytes, size_t len, struct buf *out);
/* The other way; one channel gets the mean of both. `frames` pairs. */
void pcm_from_stereo(const struct pcm_format *format, const int16_t *stereo, size_t frames,
                     struct buf *out);

/* From one rate to another, with straight lines between the samples. */
struct pcm_rate {
    uint32_t from, to;
    uint64_t at;     /* of the next output frame, behind `last`, in 1/to of an input frame */
    int16_t last[2]; /* the newest input frame of before */
};

void pcm_rate_init(struct pcm_rate *r, uint32_t from, uint32_t to);
/* Appends as many pairs as these give. */
void pcm_rate_convert(struct pcm_rate *r, const int16_t *stereo, size_t frames, struct buf *out);
