/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Samples of sound from one format to another; see pcm.h. */
#include "base/pcm.h"

#include "base/arith.h"

#include <string.h>

bool pcm_format_is_valid(const struct pcm_format *f)
{
    return (f->bits == 8 || f->bits == 16 || f->bits == 32) && (!f->is_float || f->bits == 32) &&
           f->channels >= 1 && f->channels <= PCM_CHANNELS_MAX && f->rate >= PCM_RATE_MIN &&
           f->rate <= PCM_RATE_MAX;
}

size_t pcm_format_frame(const struct pcm_format *f)
{
    return (size_t)f->bits / 8 * f->channels;
}

static int16_t float_sample(uint32_t bits)
{
    float v;

    memcpy(&v, &bits, sizeof(v));
    if (!(v > -1)) /* no number at all, too */
        return v <= -1 ? INT16_MIN : 0;
    return v >= 1 ? INT16_MAX : (int16_t)(v * 32767);
}

static int16_t get_sample(const struct pcm_format *f, const uint8_t *p)
{
    uint32_t v = 0;
    unsigned bytes = f->bits / 8;

    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[f->is_big_endian ? i : bytes - 1 - i];
    if (f->is_float)
        return float_sample(v);
    v <<= 32 - f->bits;
    if (!f->is_signed)
        v ^= 0x80000000;
    return (int16_t)(uint16_t)(v >> 16);
}

void pcm_to_stereo(const struct pcm_format *f, const void *bytes, size_t len, struct buf *out)
{
    const uint8_t *p = bytes;
    size_t frame = pcm_format_frame(f), frames = len / frame;
    int16_t pair[2];

    for (size_t i = 0; i < frames; i++, p += frame) {
        pair[0] = get_sample(f, p);
        pair[1] = f->channels > 1 ? get_sample(f, p + f->bits / 8) : pair[0];
        buf_append(out, pair, sizeof(pair));
    }
}

static void put_sample(const struct pcm_format *f, int16_t sample, uint8_t *to)
{
    uint32_t v = (uint32_t)(uint16_t)sample << 16;
    unsigned bytes = f->bits / 8;

    if (!f->is_signed)
        v ^= 0x80000000;
    for (unsigned i = 0; i < bytes; i++)
        to[f->is_big_endian ? i : bytes - 1 - i] = (uint8_t)(v >> (24 - 8 * i));
}

void pcm_from_stereo(const struct pcm_format *f, const int16_t *stereo, size_t frames,
                     struct buf *out)
{
    size_t frame = pcm_format_frame(f);
    uint8_t *to = buf_extend(out, frames * frame);

    for (size_t i = 0; i < frames; i++, to += frame) {
        int16_t left = stereo[2 * i], right = stereo[2 * i + 1];

        if (f->channels == 1)
            left = (int16_t)((left + right) / 2);
        for (unsigned c = 0; c < f->channels; c++)
            put_sample(f, c % 2 ? right : left, to + c * (f->bits / 8u));
    }
}

void pcm_rate_init(struct pcm_rate *r, uint32_t from, uint32_t to)
{
    *r = (struct pcm_rate){.from = from, .to = to, .at = to};
}

void pcm_rate_convert(struct pcm_rate *r, const int16_t *stereo, size_t frames, struct buf *out)
{
    if (r->from == r->to) {
        buf_append(out, stereo, frames * 4);
        return;
    }
    /* Input frame 0 is `last`, 1 the first of these. */
    for (; r->at / r->to < frames; r->at += r->from) {
        size_t i = (size_t)(r->at / r->to);
        int64_t part = (int64_t)(r->at % r->to), all = r->to;
        const int16_t *a = i ? stereo + 2 * (i - 1) : r->last, *b = stereo + 2 * i;
        int16_t pair[2];

        for (unsigned c = 0; c < 2; c++)
            pair[c] = (int16_t)((a[c] * (all - part) + b[c] * part) / all);
        buf_append(out, pair, sizeof(pair));
    }
    if (!frames)
        return;
    r->at -= (uint64_t)frames * r->to;
    memcpy(r->last, stereo + 2 * (frames - 1), sizeof(r->last));
}
