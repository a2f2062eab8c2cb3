/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encoding H.264 by x264 itself, without the hundred libraries that libavcodec brings along, of
 * which a server that only encodes has no use. The baseline profile, no picture later than it must
 * be, one slice a picture (some viewers take a slice for a picture), a full picture only at the
 * beginning, since nothing is lost on the way. Quality is constant as long as the path holds it.
 */
#include "rfb/h264/module.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>

#include <x264.h>

enum {
    FRAME_RATE = 30, /* as the limit of the path is reckoned; others come as they come */
    SIDE_MAX = 8192,
    KBITS_MAX = 400 << 10, /* a second: no limit */
    KBITS_LEAST = 200,
    BURST = 10, /* a picture may take a second's tenth */
};

struct rfb_h264_encoder {
    x264_t *x264;
    x264_param_t settings;
    x264_picture_t picture; /* of even size */
    uint32_t width, height; /* of what comes */
    int64_t count;
};

/* ---- Colours ----------------------------------------------------------------------------------
 *
 * As television has them (BT.601, 16…235): what decoders take for granted that do not look at what
 * the stream says of it, and ours says it.
 */

struct sum {
    int32_t r, g, b;
};

static inline struct sum colours_of(uint32_t pixel)
{
    return (struct sum){pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255};
}

static inline uint8_t luma_of(uint32_t pixel)
{
    struct sum c = colours_of(pixel);

    return (uint8_t)((66 * c.r + 129 * c.g + 25 * c.b + (16 << 8) + 128) >> 8);
}

/* Of four pixels. */
static inline void put_chroma(const uint32_t *upper, const uint32_t *lower, int next, uint8_t *cb,
                              uint8_t *cr)
{
    struct sum p[4] = {colours_of(upper[0]), colours_of(upper[next]), colours_of(lower[0]),
                       colours_of(lower[next])};
    int32_t r = p[0].r + p[1].r + p[2].r + p[3].r, g = p[0].g + p[1].g + p[2].g + p[3].g;
    int32_t b = p[0].b + p[1].b + p[2].b + p[3].b;

    *cb = (uint8_t)((112 * b - 38 * r - 74 * g + (128 << 10) + 512) >> 10);
    *cr = (uint8_t)((112 * r - 94 * g - 18 * b + (128 << 10) + 512) >> 10);
}

static void put_luma(const uint32_t *row, uint32_t width, uint8_t *to)
{
    for (uint32_t x = 0; x < width; x++)
        to[x] = luma_of(row[x]);
    to[width - 1 + (width & 1)] = luma_of(row[width - 1]);
}

/* An odd column or row is doubled. */
static void take_pixels(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride)
{
    const x264_image_t *to = &e->picture.img;

    for (uint32_t y = 0; y < e->height; y += 2) {
        const uint32_t *upper = pixels + (size_t)y * stride;
        const uint32_t *lower = y + 1 < e->height ? upper + stride : upper;
        uint8_t *luma = to->plane[0] + (size_t)y * (size_t)to->i_stride[0];
        uint8_t *cb = to->plane[1] + (size_t)(y / 2) * (size_t)to->i_stride[1];
        uint8_t *cr = to->plane[2] + (size_t)(y / 2) * (size_t)to->i_stride[2];

        put_luma(upper, e->width, luma);
        put_luma(lower, e->width, luma + to->i_stride[0]);
        for (uint32_t x = 0; x + 1 < e->width; x += 2)
            put_chroma(upper + x, lower + x, 1, cb + x / 2, cr + x / 2);
        if (e->width & 1)
            put_chroma(upper + e->width - 1, lower + e->width - 1, 0, cb + e->width / 2,
                       cr + e->width / 2);
    }
}

/* ---- The encoder ------------------------------------------------------------------------------
 */

/* x264's scale, where six more are half the bits: about as good as JPEG of that quality. */
static float factor_of(int quality)
{
    return (float)(37 - quality * 18 / 100);
}

/* A queue that fills makes everything late, and there is more to say. */
static int kbits_of(const struct rfb_h264_wish *wish)
{
    uint64_t kbits = wish->bytes ? wish->bytes / 10 * 6 / (1000 / 8) : KBITS_MAX;

    return (int)MIN_OF(MAX_OF(kbits, (uint64_t)KBITS_LEAST), (uint64_t)KBITS_MAX);
}

/* True: something changed. */
static bool set_quality(struct rfb_h264_encoder *e, const struct rfb_h264_wish *wish)
{
    int kbits = kbits_of(wish), was = e->settings.rc.i_vbv_max_bitrate;
    float factor = factor_of(wish->quality);
    /* Each change makes the encoder think: small ones are none. */
    bool changed = !was || kbits > was + was / 8 || kbits < was - was / 8;

    if (changed) {
        e->settings.rc.i_vbv_max_bitrate = kbits;
        e->settings.rc.i_vbv_buffer_size = kbits / BURST;
    }
    if (factor < e->settings.rc.f_rf_constant || factor > e->settings.rc.f_rf_constant) {
        e->settings.rc.f_rf_constant = factor;
        changed = true;
    }
    return changed;
}

static bool choose_settings(struct rfb_h264_encoder *e, const struct rfb_h264_wish *wish)
{
    x264_param_t *s = &e->settings;

    if (x264_param_default_preset(s, "ultrafast", "zerolatency") < 0)
        return false;
    s->i_log_level = X264_LOG_NONE;
    s->i_width = (int)(e->width + 1) & ~1;
    s->i_height = (int)(e->height + 1) & ~1;
    s->i_csp = X264_CSP_I420;
    s->i_fps_num = FRAME_RATE;
    s->i_fps_den = 1;
    s->b_vfr_input = 0;
    s->i_threads = 1;
    s->b_sliced_threads = 0;
    s->i_keyint_max = X264_KEYINT_MAX_INFINITE;
    s->i_scenecut_threshold = 0;
    s->vui.b_fullrange = 0;
    s->vui.i_colorprim = 1; /* BT.709's */
    s->vui.i_transfer = 13; /* sRGB's */
    s->vui.i_colmatrix = 6; /* BT.601's */
    s->rc.i_rc_method = X264_RC_CRF;
    set_quality(e, wish);
    return x264_param_apply_profile(s, "baseline") >= 0;
}

static void destroy(struct rfb_h264_encoder *e)
{
    if (!e)
        return;
    if (e->x264)
        x264_encoder_close(e->x264);
    x264_picture_clean(&e->picture);
    free(e);
}

static struct rfb_h264_encoder *create(uint32_t width, uint32_t height,
                                       const struct rfb_h264_wish *wish)
{
    struct rfb_h264_encoder *e;

    if (!width || !height || width > SIDE_MAX || height > SIDE_MAX)
        return NULL;
    e = mem_new0(struct rfb_h264_encoder);
    e->width = width;
    e->height = height;
    x264_picture_init(&e->picture);
    if (choose_settings(e, wish) &&
        x264_picture_alloc(&e->picture, X264_CSP_I420, e->settings.i_width, e->settings.i_height) >=
            0)
        e->x264 = x264_encoder_open(&e->settings);
    if (e->x264)
        return e;
    destroy(e);
    return NULL;
}

static bool encode(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                   const struct rfb_h264_wish *wish, struct buf *out)
{
    x264_picture_t done;
    x264_nal_t *parts;
    int count, bytes;

    take_pixels(e, pixels, stride);
    if (set_quality(e, wish) && x264_encoder_reconfig(e->x264, &e->settings) < 0)
        return false;
    e->picture.i_type = wish->first ? X264_TYPE_IDR : X264_TYPE_AUTO;
    e->picture.i_pts = e->count++;
    bytes = x264_encoder_encode(e->x264, &parts, &count, &e->picture, &done);
    if (bytes <= 0)
        return false;
    buf_append(out, parts[0].p_payload, (size_t)bytes); /* they lie one behind the other */
    return true;
}

const struct rfb_h264_encoding oriel_h264_encoding = {
    .create = create, .encode = encode, .destroy = destroy};
