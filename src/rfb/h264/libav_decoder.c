/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding H.264 by libavcodec, in one thread, and the module's door; who encodes is
 * x264_encoder.c. What the bytes ask for was
 * looked at before (rfb/enc/h264_decoder.c).
 */
#include "base/mem.h"
#include "rfb/h264/module.h"

#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_ALIGNED = 64 };

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PIXELS AV_PIX_FMT_BGR0
#else
#define PIXELS AV_PIX_FMT_0RGB
#endif

struct rfb_h264_decoder {
    AVCodecContext *codec;
    AVFrame *frame, *next; /* the last one, and where another one comes to */
    AVPacket *packet;
    struct SwsContext *scale;
    uint8_t *rgb; /* a picture of `width` × `height`, whose rows are longer than it is wide */
    int width, height, stride;
};

static void destroy(struct rfb_h264_decoder *d)
{
    if (!d)
        return;
    av_packet_free(&d->packet);
    av_frame_free(&d->frame);
    av_frame_free(&d->next);
    sws_freeContext(d->scale);
    avcodec_free_context(&d->codec);
    av_free(d->rgb);
    free(d);
}

static struct rfb_h264_decoder *create(void)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
    struct rfb_h264_decoder *d;

    if (!codec)
        return NULL;
    d = mem_new0(struct rfb_h264_decoder);
    d->codec = avcodec_alloc_context3(codec);
    d->frame = av_frame_alloc();
    d->next = av_frame_alloc();
    d->packet = av_packet_alloc();
    if (d->codec) {
        d->codec->thread_count = 1;
        d->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
        d->codec->err_recognition = AV_EF_EXPLODE;
    }
    if (d->codec && d->frame && d->next && d->packet && avcodec_open2(d->codec, codec, NULL) >= 0)
        return d;
    destroy(d);
    return NULL;
}

static bool decode(struct rfb_h264_decoder *d, const uint8_t *data, size_t len)
{
    bool shows = false;

    /* Decoders look at some bytes behind the end. */
    if (len > INT32_MAX / 2 || av_new_packet(d->packet, (int)len) < 0)
        return false;
    memcpy(d->packet->data, data, len);
    if (avcodec_send_packet(d->codec, d->packet) >= 0)
        while (avcodec_receive_frame(d->codec, d->next) >= 0) {
            av_frame_unref(d->frame);
            av_frame_move_ref(d->frame, d->next);
            shows = true;
        }
    av_packet_unref(d->packet);
    return shows;
}

static void decoded_size(const struct rfb_h264_decoder *d, uint32_t *width, uint32_t *height)
{
    *width = (uint32_t)d->frame->width;
    *height = (uint32_t)d->frame->height;
}

/* What the stream says of its colours, or what is usual. */
static void set_colours(struct rfb_h264_decoder *d)
{
    const AVFrame *f = d->frame;
    int space = f->colorspace == AVCOL_SPC_BT709        ? SWS_CS_ITU709
                : f->colorspace == AVCOL_SPC_BT2020_NCL ? SWS_CS_BT2020
                                                        : SWS_CS_ITU601;
    bool full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
                f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P;

    sws_setColorspaceDetails(d->scale, sws_getCoefficients(space), full,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
}

static bool make_room(struct rfb_h264_decoder *d)
{
    const AVFrame *f = d->frame;

    d->scale = sws_getCachedContext(d->scale, f->width, f->height, f->format, f->width, f->height,
                                    PIXELS, SWS_POINT | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!d->scale)
        return false;
    if (d->rgb && d->width == f->width && d->height == f->height)
        return true;
    av_freep(&d->rgb);
    d->width = f->width;
    d->height = f->height;
    d->stride = (f->width * 4 + 2 * ROW_ALIGNED) / ROW_ALIGNED * ROW_ALIGNED;
    d->rgb = av_malloc((size_t)d->stride * (size_t)(d->height + 1));
    return d->rgb;
}

/* Not at once to where it is wanted: swscale writes beyond a row's end. */
static bool draw(struct rfb_h264_decoder *d, uint32_t *to, size_t stride, uint32_t width,
                 uint32_t height)
{
    uint8_t *rows[1];

    if ((int)width > d->frame->width || (int)height > d->frame->height || !make_room(d))
        return false;
    set_colours(d);
    rows[0] = d->rgb;
    sws_scale(d->scale, (const uint8_t *const *)d->frame->data, d->frame->linesize, 0,
              d->frame->height, rows, &d->stride);
    for (uint32_t y = 0; y < height; y++)
        memcpy(to + y * stride, d->rgb + (size_t)y * (size_t)d->stride, width * sizeof(*to));
    return true;
}

const struct rfb_h264_decoding *oriel_h264_decoding(void)
{
    static const struct rfb_h264_decoding library = {
        .create = create, .decode = decode, .size = decoded_size, .draw = draw, .destroy = destroy};
    struct rfb_h264_decoder *d;

    av_log_set_level(AV_LOG_QUIET);
    d = create();
    destroy(d);
    return d ? &library : NULL;
}
