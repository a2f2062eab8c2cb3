/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scene recorded as a video, decoded by FFmpeg's libraries: its size, its pictures in their
 * order, how long it is, the pointer in it, and a screen that changes its size. $ORIEL_MODULES
 * names the folder of the module.
 */
#include "check.h"
#include "record/video.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { WIDE = 151, HIGH = 99, PATIENCE_S = 20, COLOURS = 6 };

static const uint32_t colours[COLOURS] = {0xc02020, 0x20c020, 0x2020c0,
                                          0xc0c020, 0x20c0c0, 0xffffff};

/* ---- Recording ---- */

static void fill(struct scene *scene, uint32_t colour)
{
    struct rect all = surface_bounds(scene->screen);

    for (int32_t y = 0; y < all.h; y++)
        for (int32_t x = 0; x < all.w; x++)
            surface_row(scene->screen, y)[x] = colour;
    scene_damage(scene, all);
    scene_commit(scene);
}

static void set_screen(struct scene *scene, uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h);

    scene_set_screen(scene, s);
    surface_unref(s);
}

static gboolean on_late(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

/* Until the picture that is due has been taken: longer than one takes. */
static void run_for(guint ms)
{
    bool over = false;

    g_timeout_add(ms, on_late, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

static void on_failed(void *owner, const struct err *err)
{
    (void)owner;
    fprintf(stderr, "%s\n", err->text);
    CHECK(!"the recording goes on");
}

static void record(const char *path)
{
    static const uint32_t black[4] = {0xff000000, 0xff000000, 0xff000000, 0xff000000};
    struct cursor *cursor = cursor_create(2, 2, 0, 0, black);
    struct scene *scene = scene_create();
    struct record_video *video;
    struct err err = {0};

    set_screen(scene, WIDE, HIGH);
    fill(scene, colours[0]);
    video = record_video_create(scene, path, on_failed, NULL, &err);
    CHECK_STR(err.text, "");
    for (int i = 0; video && i < COLOURS; i++) {
        if (i == COLOURS - 1)
            set_screen(scene, WIDE / 2, HIGH);
        fill(scene, colours[i]);
        run_for(100);
    }
    scene_set_cursor(scene, cursor);
    scene_set_pointer(scene, 20, 20);
    scene_commit(scene);
    if (video)
        CHECK_INT(record_video_finish(video, &err), 0);
    cursor_unref(cursor);
    scene_destroy(scene);
}

/* ---- Looking at it ---- */

struct seen {
    int frames, width, height;
    unsigned colours; /* bit i: colours[i] was there, in the order of the list */
    int64_t ms;
    uint8_t corner, outside, pointer; /* brightness of the last picture */
};

static int brightness(uint32_t colour)
{
    double y = 0.299 * (colour >> 16 & 255) + 0.587 * (colour >> 8 & 255) + 0.114 * (colour & 255);

    return (int)(16 + y * 219 / 255);
}

static uint8_t at(const AVFrame *f, int x, int y)
{
    return f->data[0][y * f->linesize[0] + x];
}

static void look(struct seen *s, const AVFrame *f, AVRational base)
{
    s->frames++;
    s->width = f->width;
    s->height = f->height;
    s->ms = av_rescale_q(f->pts, base, (AVRational){1, 1000});
    s->corner = at(f, 10, 10);
    s->outside = at(f, WIDE - 10, 10);
    s->pointer = at(f, 20, 20);
    for (int i = 0; i < COLOURS; i++)
        if (abs(s->corner - brightness(colours[i])) < 8 && s->colours == (1u << i) - 1)
            s->colours |= 1u << i;
}

static void decode(AVCodecContext *c, const AVPacket *packet, AVRational base, struct seen *s)
{
    AVFrame *frame = av_frame_alloc();

    CHECK(avcodec_send_packet(c, packet) >= 0);
    while (avcodec_receive_frame(c, frame) >= 0)
        look(s, frame, base);
    av_frame_free(&frame);
}

static struct seen watch(const char *path)
{
    AVFormatContext *file = NULL;
    AVPacket *packet = av_packet_alloc();
    AVCodecContext *c;
    struct seen s = {0};
    AVRational base;

    CHECK(avformat_open_input(&file, path, NULL, NULL) >= 0);
    if (!file)
        return s;
    CHECK(avformat_find_stream_info(file, NULL) >= 0);
    CHECK_INT(file->nb_streams, 1);
    base = file->streams[0]->time_base;
    c = avcodec_alloc_context3(avcodec_find_decoder(file->streams[0]->codecpar->codec_id));
    avcodec_parameters_to_context(c, file->streams[0]->codecpar);
    CHECK(avcodec_open2(c, NULL, NULL) >= 0);
    while (av_read_frame(file, packet) >= 0) {
        decode(c, packet, base, &s);
        av_packet_unref(packet);
    }
    decode(c, NULL, base, &s);
    avcodec_free_context(&c);
    av_packet_free(&packet);
    avformat_close_input(&file);
    return s;
}

static void test(const char *ending)
{
    char path[64];
    struct seen s;

    snprintf(path, sizeof(path), "/tmp/oriel-test-video-%d%s", (int)getpid(), ending);
    record(path);
    s = watch(path);
    CHECK_INT(s.width, WIDE + 1);
    CHECK_INT(s.height, HIGH + 1);
    CHECK(s.frames >= COLOURS && s.frames <= 4 * COLOURS);
    CHECK_INT(s.colours, (1u << COLOURS) - 1);
    CHECK(s.ms >= 100 * COLOURS);
    CHECK(s.outside < 40); /* the screen has become narrower: black */
    CHECK(s.corner > 200);
    CHECK(s.pointer < s.corner - 60);
    unlink(path);
}

static void test_mistakes(void)
{
    struct scene *scene = scene_create();
    struct err err = {0};

    set_screen(scene, WIDE, HIGH);
    CHECK(!record_video_create(scene, "/nowhere/x.webm", on_failed, NULL, &err));
    CHECK(strstr(err.text, "No such file"));
    CHECK(!record_video_create(scene, "/tmp/x.nonsense", on_failed, NULL, &err));
    CHECK(strstr(err.text, "x.nonsense"));
    scene_destroy(scene);
}

int main(void)
{
    test(".webm");
    test(".mp4");
    test_mistakes();
    return check_result();
}
