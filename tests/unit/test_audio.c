/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound: samples from one format and rate to another, and what a guest plays on its way through our
 * server to our client and to a viewer that wants it in another format.
 */
#include "check.h"
#include "rfb_watcher.h"

#include "base/arith.h"
#include "base/pcm.h"
#include "rfb/client/client.h"
#include "scene/audio.h"
#include "wait.h"

#include <stdlib.h>

static const struct pcm_format s16 = {.bits = 16, .is_signed = true, .channels = 2, .rate = 44100};

/* ---- Samples ---- */

static void check_to(const struct pcm_format *f, const char *bytes, size_t len, int left, int right)
{
    struct buf out = BUF_INIT;

    CHECK(pcm_format_is_valid(f));
    pcm_to_stereo(f, bytes, len, &out);
    CHECK_INT(out.len, 4);
    CHECK_INT(((int16_t *)(void *)out.data)[0], left);
    CHECK_INT(((int16_t *)(void *)out.data)[1], right);
    buf_finish(&out);
}

static void check_from(const struct pcm_format *f, int16_t left, int16_t right, const char *want,
                       size_t len)
{
    const int16_t pair[] = {left, right};
    struct buf out = BUF_INIT;

    pcm_from_stereo(f, pair, 1, &out);
    CHECK(out.len == len && !memcmp(out.data, want, len));
    buf_finish(&out);
}

static void test_samples(void)
{
    struct pcm_format f = s16;

    check_to(&f, "\x01\x02\xff\xff", 4, 0x201, -1);
    check_from(&f, 0x201, -1, "\x01\x02\xff\xff", 4);
    check_to(&f, "\x01\x02\xff\xff\7", 5, 0x201, -1); /* a part of a frame is none */
    f.is_big_endian = true;
    check_to(&f, "\x01\x02\xff\xff", 4, 0x102, -1);
    check_from(&f, 0x102, -1, "\x01\x02\xff\xff", 4);
    f = (struct pcm_format){.bits = 8, .channels = 1, .rate = 8000};
    check_to(&f, "\x80", 1, 0, 0);
    check_to(&f, "\xff", 1, 0x7f00, 0x7f00);
    check_from(&f, 100 << 8, 50 << 8, "\xcb", 1);
    f = (struct pcm_format){.bits = 32, .is_signed = true, .channels = 3, .rate = 8000};
    check_to(&f, "\0\0\0\x80\0\0\1\0abcd", 12, INT16_MIN, 1);
    f = (struct pcm_format){.bits = 32, .is_float = true, .channels = 2, .rate = 8000};
    check_to(&f, "\0\0\x80\x3f\0\0\0\xbf", 8, INT16_MAX, -16383);
    check_to(&f, "\0\0\xc0\x7f\xff\xff\xff\xff", 8, 0, 0);             /* no numbers */
    check_to(&f, "\0\0\x80\x7f\0\0\x80\xff", 8, INT16_MAX, INT16_MIN); /* infinite */
    f.bits = 16;
    CHECK(!pcm_format_is_valid(&f));
    f = s16;
    f.channels = 0;
    CHECK(!pcm_format_is_valid(&f));
    f = s16;
    f.rate = 3999;
    CHECK(!pcm_format_is_valid(&f));
}

/* However the input is cut, the same comes out, at the right length and without jumps. */
static void test_rates(void)
{
    static const uint32_t rates[][2] = {
        {44100, 48000}, {48000, 44100}, {44100, 8000}, {8000, 192000}, {44100, 44100}};
    static int16_t ramp[2 * 2000];

    for (int i = 0; i < 2000; i++)
        ramp[2 * i] = ramp[2 * i + 1] = (int16_t)(i * 10);
    for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
        struct buf whole = BUF_INIT, parts = BUF_INIT;
        struct pcm_rate a, b;
        size_t want = (size_t)2000 * rates[k][1] / rates[k][0];
        const int16_t *out;

        pcm_rate_init(&a, rates[k][0], rates[k][1]);
        pcm_rate_init(&b, rates[k][0], rates[k][1]);
        pcm_rate_convert(&a, ramp, 2000, &whole);
        for (size_t at = 0, n; at < 2000; at += n) {
            n = MIN_OF(1 + at % 7, 2000 - at);
            pcm_rate_convert(&b, ramp + 2 * at, n, &parts);
        }
        CHECK(whole.len == parts.len && !memcmp(whole.data, parts.data, whole.len));
        CHECK(whole.len / 4 + 30 > want && whole.len / 4 < want + 30);
        out = (const int16_t *)(void *)whole.data;
        for (size_t i = 1; i < whole.len / 4; i++)
            CHECK(out[2 * i] >= out[2 * i - 2] && out[2 * i] <= out[2 * i - 2] + 60);
        buf_finish(&whole);
        buf_finish(&parts);
    }
}

/* ---- Server and client ---- */

struct machine {
    struct scene_source source;
    struct scene *scene;
    struct rfb_server *server;
    bool wanted;
};

static void on_audio(struct scene_source *s, bool wanted)
{
    ((struct machine *)s)->wanted = wanted;
}

static const struct scene_source_ops machine_ops = {.audio = on_audio};

static void machine_open(struct machine *m)
{
    *m = (struct machine){.source = {.ops = &machine_ops}, .scene = scene_create()};
    scene_add_source(m->scene, &m->source);
    scene_audio_set_available(m->scene, true);
    m->server = rfb_server_create(m->scene);
}

static void machine_close(struct machine *m)
{
    rfb_server_destroy(m->server);
    CHECK(!m->wanted);
    scene_remove_source(m->scene, &m->source);
    scene_destroy(m->scene);
}

struct ear {
    struct scene_listener listener;
    uint32_t rate;
    unsigned begun, ended;
    struct buf heard;
};

static void on_begin(struct scene_listener *l, uint32_t rate)
{
    ((struct ear *)l)->rate = rate;
    ((struct ear *)l)->begun++;
}

static void on_samples(struct scene_listener *l, const int16_t *stereo, size_t frames)
{
    buf_append(&((struct ear *)l)->heard, stereo, frames * 4);
}

static void on_end(struct scene_listener *l)
{
    ((struct ear *)l)->ended++;
}

static const struct scene_listener_ops ear_ops = {on_begin, on_samples, on_end};

static void on_closed(void *owner, const char *reason)
{
    (void)owner;
    fprintf(stderr, "closed: %s\n", reason);
    CHECK(!"closed");
}

static const struct rfb_client_ops client_ops = {.closed = on_closed};

static void test_through(void)
{
    struct ear ear = {.listener = {.ops = &ear_ops}};
    int16_t samples[2 * 480];
    struct scene *desk = scene_create();
    struct rfb_client *client;
    struct machine m;
    struct err err = {""};
    int fds[2];

    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        samples[i] = (int16_t)(i * 77);
    machine_open(&m);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    rfb_server_accept(m.server, fds[0]);
    client = rfb_client_create(desk, fds[1], &client_ops, NULL);
    scene_audio_begin(m.scene, 48000); /* nobody listens */
    scene_audio_samples(m.scene, samples, 480);
    scene_listen(desk, &ear.listener);
    CHECK(WAIT_FOR(m.wanted));
    CHECK(!ear.begun);
    scene_audio_begin(m.scene, 48000);
    for (int i = 0; i < 10; i++)
        scene_audio_samples(m.scene, samples, 480);
    CHECK(WAIT_FOR(ear.heard.len == 10 * sizeof(samples)));
    CHECK(ear.begun == 1 && ear.rate == 48000);
    for (size_t i = 0; i < 10; i++)
        CHECK(!memcmp(ear.heard.data + i * sizeof(samples), samples, sizeof(samples)));
    scene_audio_end(m.scene);
    CHECK(WAIT_FOR(ear.ended == 1));
    scene_unlisten(&ear.listener);
    CHECK(WAIT_FOR(!m.wanted));
    scene_listen(desk, &ear.listener);
    CHECK(WAIT_FOR(m.wanted));
    scene_audio_begin(m.scene, 44100);
    CHECK(WAIT_FOR(ear.begun == 2));
    rfb_client_destroy(client); /* the connection's end is the sound's */
    CHECK_INT(ear.ended, 2);
    CHECK(WAIT_FOR(!m.wanted));
    scene_unlisten(&ear.listener);
    machine_close(&m);
    scene_destroy(desk);
    buf_finish(&ear.heard);
}

/* A viewer of another make: half the rate, one channel, 8 bits; then it stops. */
static void test_viewer(void)
{
    static const uint8_t heard[] = {255, 1, 0, 1,    255,  1,   0, 2, 0,
                                    0,   0, 2, 0x80, 0xc0, 255, 1, 0, 0};
    static const int16_t samples[] = {0, 0, 0x2000, 0x2000, 0x4000, 0x4000, 0x6000, 0x6000};
    struct pcm_format half = {.bits = 8, .channels = 1, .rate = 22050};
    struct machine m;
    struct viewer v;

    machine_open(&m);
    v = viewer_new(m.server);
    rfb_put_set_encodings(&v.out, (int32_t[]){RFB_RAW, RFB_QEMU_AUDIO}, 2);
    rfb_put_update_request(&v.out, true, (struct rect){0, 0, 1, 1});
    CHECK(strstr(talk(&v), "ack(-259,0)"));
    rfb_put_audio_format(&v.out, &half);
    rfb_put_audio_enable(&v.out, true);
    CHECK_STR(talk(&v), "");
    CHECK(m.wanted);
    scene_audio_begin(m.scene, 44100);
    scene_audio_samples(m.scene, samples, 4);
    scene_audio_end(m.scene);
    settle();
    receive(&v);
    CHECK(v.in.len == sizeof(heard) && !memcmp(v.in.data, heard, sizeof(heard)));
    buf_clear(&v.in);
    rfb_put_audio_enable(&v.out, false);
    CHECK_STR(talk(&v), "");
    CHECK(!m.wanted);
    buf_append(&v.out, "\xff\1\0\2\6\2\0\0\xac\x44", 10); /* a format that there is not */
    talk(&v);
    CHECK(v.closed);
    viewer_finish(&v);
    machine_close(&m);
}

/* A viewer that does not read hears less, and is not what makes us grow. */
static void test_deaf_viewer(void)
{
    static int16_t second[2 * 48000];
    struct machine m;
    struct viewer v;
    size_t heard = 0;
    ssize_t n;

    machine_open(&m);
    v = viewer_new(m.server);
    rfb_put_set_encodings(&v.out, (int32_t[]){RFB_RAW, RFB_QEMU_AUDIO}, 2);
    rfb_put_update_request(&v.out, true, (struct rect){0, 0, 1, 1});
    talk(&v);
    rfb_put_audio_enable(&v.out, true);
    talk(&v);
    scene_audio_begin(m.scene, 48000);
    for (int i = 0; i < 600; i++)
        scene_audio_samples(m.scene, second, 48000);
    do {
        settle();
        n = recv(v.fd, buf_reserve(&v.in, 65536), 65536, MSG_DONTWAIT);
        heard += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    CHECK(heard > 100 << 10 && heard < 3 << 20);
    viewer_finish(&v);
    machine_close(&m);
}

int main(void)
{
    test_samples();
    test_rates();
    test_through();
    test_viewer();
    test_deaf_viewer();
    return check_result();
}
