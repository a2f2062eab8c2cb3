/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The video writer over FFmpeg's libraries: VP8 in WebM, H.264 in MP4 (or MPEG-4 where nobody
 * encodes that). A module of its own; see video_writer.h.
 */
#include "base/mem.h"
#include "record/video_writer.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PIXELS AV_PIX_FMT_BGR0
#else
#define PIXELS AV_PIX_FMT_0RGB
#endif

enum {
    TICKS = 1000, /* a second has */
    FRAME_RATE = 30,
    KEY_EVERY_FRAMES = 300, /* so that one can jump about in the file */
    BITS = 8000000,         /* a second at most, where an encoder needs to know */
};

/* In the order of preference. */
static const struct encoder {
    const char *ending, *name;
    const char *options[5][2];
} encoders[] = {
    {".webm",
     "libvpx",
     {{"deadline", "realtime"}, {"cpu-used", "6"}, {"crf", "8"}, {"screen-content-mode", "1"}}},
    {".mp4", "libx264", {{"preset", "veryfast"}, {"crf", "20"}}},
    {".mp4", "libopenh264", {{NULL, NULL}}},
    {".mp4", "mpeg4", {{NULL, NULL}}},
};

struct video_writer {
    AVFormatContext *file;
    AVStream *stream;
    AVCodecContext *codec;
    struct SwsContext *scale;
    AVFrame *frame;
    AVPacket *packet;
};

static int fail(struct err *err, const char *what, int error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";

    av_strerror(error, text, sizeof(text));
    return err_set(err, "%s: %s", what, text);
}

static void destroy(struct video_writer *w)
{
    av_packet_free(&w->packet);
    av_frame_free(&w->frame);
    sws_freeContext(w->scale);
    avcodec_free_context(&w->codec);
    if (w->file)
        avio_closep(&w->file->pb);
    avformat_free_context(w->file);
    free(w);
}

/* ---- Opening ---- */

static bool ends_in(const char *path, const char *ending)
{
    size_t len = strlen(path), n = strlen(ending);

    return len > n && !strcmp(path + len - n, ending);
}

static bool open_codec(struct video_writer *w, const struct encoder *e, uint32_t width,
                       uint32_t height)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(e->name);

    if (!codec)
        return false;
    w->codec = avcodec_alloc_context3(codec);
    w->codec->width = (int)width;
    w->codec->height = (int)height;
    w->codec->pix_fmt = AV_PIX_FMT_YUV420P;
    w->codec->time_base = (AVRational){1, TICKS};
    w->codec->framerate = (AVRational){FRAME_RATE, 1};
    w->codec->gop_size = KEY_EVERY_FRAMES;
    w->codec->bit_rate = BITS;
    w->codec->color_range = AVCOL_RANGE_MPEG;
    w->codec->colorspace = AVCOL_SPC_SMPTE170M;
    if (w->file->oformat->flags & AVFMT_GLOBALHEADER)
        w->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    for (size_t i = 0; i < 5 && e->options[i][0]; i++)
        av_opt_set(w->codec->priv_data, e->options[i][0], e->options[i][1], 0);
    if (avcodec_open2(w->codec, codec, NULL) < 0) {
        avcodec_free_context(&w->codec);
        return false;
    }
    return true;
}

static int find_codec(struct video_writer *w, const char *path, uint32_t width, uint32_t height,
                      struct err *err)
{
    for (size_t i = 0; i < sizeof(encoders) / sizeof(encoders[0]); i++)
        if (ends_in(path, encoders[i].ending) && open_codec(w, &encoders[i], width, height))
            return 0;
    return err_set(err, "no encoder for %.200s in a size of %ux%u is installed", path, width,
                   height);
}

static int open_file(struct video_writer *w, const char *path, struct err *err)
{
    int error;

    w->stream = avformat_new_stream(w->file, NULL);
    if (!w->stream)
        return err_set(err, "no room for a video");
    w->stream->time_base = w->codec->time_base;
    avcodec_parameters_from_context(w->stream->codecpar, w->codec);
    error = avio_open(&w->file->pb, path, AVIO_FLAG_WRITE);
    if (error >= 0)
        error = avformat_write_header(w->file, NULL);
    return error < 0 ? fail(err, "the video cannot be begun", error) : 0;
}

static int make_frame(struct video_writer *w, struct err *err)
{
    int width = w->codec->width, height = w->codec->height;

    w->packet = av_packet_alloc();
    w->frame = av_frame_alloc();
    w->scale = sws_getContext(width, height, PIXELS, width, height, AV_PIX_FMT_YUV420P, SWS_AREA,
                              NULL, NULL, NULL);
    if (!w->packet || !w->frame || !w->scale)
        return err_set(err, "no room for a video");
    w->frame->format = AV_PIX_FMT_YUV420P;
    w->frame->width = width;
    w->frame->height = height;
    return av_frame_get_buffer(w->frame, 0) < 0 ? err_set(err, "no room for a picture") : 0;
}

static struct video_writer *create(const char *path, uint32_t width, uint32_t height,
                                   struct err *err)
{
    struct video_writer *w = mem_new0(struct video_writer);
    char *url = mem_alloc0(strlen(path) + 6, 1); /* a path is no address, whatever is in it */

    strcat(strcpy(url, "file:"), path);
    av_log_set_level(AV_LOG_QUIET);
    avformat_alloc_output_context2(&w->file, NULL, NULL, url);
    if (!w->file)
        err_set(err, "FFmpeg's libraries know no format of the name %.200s", path);
    if (!w->file || find_codec(w, path, width, height, err) || open_file(w, url, err) ||
        make_frame(w, err)) {
        destroy(w);
        w = NULL;
    }
    free(url);
    return w;
}

/* ---- Writing ---- */

/* What the encoder has to give; with no frame, all the rest. */
static int encode(struct video_writer *w, const AVFrame *frame, struct err *err)
{
    int error = avcodec_send_frame(w->codec, frame);

    while (error >= 0) {
        error = avcodec_receive_packet(w->codec, w->packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return 0;
        if (error < 0)
            break;
        if (!w->packet->duration) /* the last one in an MP4 would not be shown at all */
            w->packet->duration = TICKS / FRAME_RATE;
        av_packet_rescale_ts(w->packet, w->codec->time_base, w->stream->time_base);
        w->packet->stream_index = w->stream->index;
        error = av_interleaved_write_frame(w->file, w->packet);
    }
    return error < 0 ? fail(err, "the video cannot be written on", error) : 0;
}

static int put(struct video_writer *w, const uint32_t *pixels, int64_t ms, struct err *err)
{
    const uint8_t *rows[1] = {(const uint8_t *)pixels};
    int stride[1] = {w->codec->width * 4};
    int error = av_frame_make_writable(w->frame);

    if (error < 0)
        return fail(err, "the video cannot be written on", error);
    sws_scale(w->scale, rows, stride, 0, w->codec->height, w->frame->data, w->frame->linesize);
    w->frame->pts = ms * TICKS / 1000;
    return encode(w, w->frame, err);
}

static uint64_t bytes(const struct video_writer *w)
{
    int64_t n = avio_tell(w->file->pb);

    return n > 0 ? (uint64_t)n : 0;
}

static int finish(struct video_writer *w, struct err *err)
{
    int answer = encode(w, NULL, err);
    int error = answer ? 0 : av_write_trailer(w->file);

    if (error >= 0)
        error = avio_closep(&w->file->pb);
    if (!answer && error < 0)
        answer = fail(err, "the video cannot be finished", error);
    destroy(w);
    return answer;
}

const struct video_writer_ops oriel_video_writer = {create, put, bytes, finish};
