/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encoding H.264 by libavcodec's libx264: the baseline profile, no picture later than it must be,
 * one slice a picture (some viewers take a slice for a picture), a full picture only at the
 * beginning, since nothing is lost on the way. Quality is constant as long as the path holds it.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "rfb/h264/libav.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_RATE = 30, /* as the limit of the path is reckoned; others come as they come */
    SIDE_MAX = 8192,
    BITS_MAX = 400 << 20, /* a second: no limit */
    BITS_LEAST = 200000,
    BURST = 10, /* a picture may take a second's tenth */
};

struct rfb_h264_encoder {
    AVCodecContext *codec;
    struct SwsContext *scale;
    AVFrame *pixels, *frame; /* as it comes, and as it is encoded; of even size */
    AVPacket *packet;
    uint32_t width, height; /* of what comes */
    uint32_t *even;         /* NULL: its size is even */
    int crf;
};

/* x264's scale, where six more are half the bits: about as good as JPEG of that quality. */
static int crf_of(int quality)
{
    return 37 - quality * 18 / 100;
}

/* A queue that fills makes everything late, and there is more to say. */
static int64_t bits_of(const struct rfb_h264_wish *wish)
{
    uint64_t bits = wish->bytes ? MIN_OF(wish->bytes, (uint64_t)BITS_MAX) * 8 / 10 * 6 : BITS_MAX;

    return (int64_t)MIN_OF(MAX_OF(bits, (uint64_t)BITS_LEAST), (uint64_t)BITS_MAX);
}

static void set_quality(struct rfb_h264_encoder *e, const struct rfb_h264_wish *wish)
{
    int64_t bits = bits_of(wish), was = e->codec->rc_max_rate;
    int crf = crf_of(wish->quality);
    char text[16];

    /* Each change makes the encoder think: small ones are none. */
    if (!was || bits > was + was / 8 || bits < was - was / 8) {
        e->codec->rc_max_rate = bits;
        e->codec->rc_buffer_size = (int)(bits / BURST);
    }
    if (crf == e->crf)
        return;
    snprintf(text, sizeof(text), "%d", crf);
    av_opt_set(e->codec->priv_data, "crf", text, 0);
    e->crf = crf;
}

/*
 * Colours as television has them (BT.601, 16…235): what decoders take for granted that do not look
 * at what the stream says of it, and ours says it.
 */
static bool open_codec(struct rfb_h264_encoder *e, const struct rfb_h264_wish *wish)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *c;

    if (!codec)
        return false;
    c = e->codec = avcodec_alloc_context3(codec);
    c->width = e->frame->width;
    c->height = e->frame->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, FRAME_RATE};
    c->framerate = (AVRational){FRAME_RATE, 1};
    c->gop_size = INT_MAX;
    c->max_b_frames = 0;
    c->thread_count = 1;
    c->color_range = AVCOL_RANGE_MPEG;
    c->colorspace = AVCOL_SPC_SMPTE170M;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_IEC61966_2_1;
    av_opt_set(c->priv_data, "preset", "ultrafast", 0);
    av_opt_set(c->priv_data, "tune", "zerolatency", 0);
    av_opt_set(c->priv_data, "profile", "baseline", 0);
    av_opt_set(c->priv_data, "x264-params",
               "keyint=infinite:scenecut=0:sliced-threads=0:slices=1:aud=0", 0);
    set_quality(e, wish);
    return avcodec_open2(c, codec, NULL) >= 0;
}

static AVFrame *frame_of(const struct rfb_h264_encoder *e, enum AVPixelFormat format)
{
    AVFrame *frame = av_frame_alloc();

    if (!frame)
        return NULL;
    frame->format = format;
    frame->width = (int)(e->width + 1) & ~1;
    frame->height = (int)(e->height + 1) & ~1;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    return frame;
}

static bool make_frames(struct rfb_h264_encoder *e)
{
    e->packet = av_packet_alloc();
    e->pixels = frame_of(e, PIXELS);
    e->frame = frame_of(e, AV_PIX_FMT_YUV420P);
    if (!e->packet || !e->pixels || !e->frame)
        return false;
    e->scale = sws_getContext(e->frame->width, e->frame->height, PIXELS, e->frame->width,
                              e->frame->height, AV_PIX_FMT_YUV420P, SWS_AREA, NULL, NULL, NULL);
    return e->scale;
}

struct rfb_h264_encoder *h264_encoder_create(uint32_t width, uint32_t height,
                                             const struct rfb_h264_wish *wish)
{
    struct rfb_h264_encoder *e;

    if (!width || !height || width > SIDE_MAX || height > SIDE_MAX)
        return NULL;
    e = mem_new0(struct rfb_h264_encoder);
    e->width = width;
    e->height = height;
    e->crf = -1;
    if (make_frames(e) && open_codec(e, wish))
        return e;
    h264_encoder_destroy(e);
    return NULL;
}

/*
 * A copy, because swscale reads pixels in pairs and a vector beyond a row's end. An odd column and
 * row is doubled, which costs least.
 */
static void take_pixels(const struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride)
{
    const AVFrame *f = e->pixels;

    for (uint32_t y = 0; y < (uint32_t)f->height; y++) {
        const uint32_t *from = pixels + (y < e->height ? y : y - 1) * stride;
        uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0];

        memcpy(row, from, e->width * sizeof(*from));
        memcpy(row + ((size_t)f->width - 1) * sizeof(*from), from + e->width - 1, sizeof(*from));
    }
}

bool h264_encode(struct rfb_h264_encoder *e, const uint32_t *pixels, size_t stride,
                 const struct rfb_h264_wish *wish, struct buf *out)
{
    size_t before = out->len;

    if (av_frame_make_writable(e->frame) < 0)
        return false;
    take_pixels(e, pixels, stride);
    sws_scale(e->scale, (const uint8_t *const *)e->pixels->data, e->pixels->linesize, 0,
              e->frame->height, e->frame->data, e->frame->linesize);
    set_quality(e, wish);
    e->frame->pict_type = wish->first ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    e->frame->pts++;
    if (avcodec_send_frame(e->codec, e->frame) < 0)
        return false;
    while (avcodec_receive_packet(e->codec, e->packet) >= 0) {
        buf_append(out, e->packet->data, (size_t)e->packet->size);
        av_packet_unref(e->packet);
    }
    return out->len > before;
}

void h264_encoder_destroy(struct rfb_h264_encoder *e)
{
    if (!e)
        return;
    av_packet_free(&e->packet);
    av_frame_free(&e->pixels);
    av_frame_free(&e->frame);
    sws_freeContext(e->scale);
    avcodec_free_context(&e->codec);
    free(e);
}
