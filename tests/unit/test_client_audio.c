/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's audio messages at the client's end, cut at every byte and broken in every way; and in what
 * order it asks for them.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "check.h"
#include "rfb/msg/server.h"
#include "rfb/session/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct witness {
    struct rfb_client_session *session;
    char text[4096];
    size_t len;
};

static void note(struct witness *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    w->len += (size_t)vsnprintf(w->text + w->len, sizeof(w->text) - w->len, format, args);
    va_end(args);
}

static void on_nothing(void *owner)
{
    (void)owner;
}

static void on_screen(void *owner, struct surface *screen)
{
    (void)owner, (void)screen;
}

static void on_damage(void *owner, struct rect r)
{
    (void)owner, (void)r;
}

static void on_name(void *owner, const char *name)
{
    (void)owner, (void)name;
}

static void on_begin(void *owner)
{
    note(owner, "begin ");
}

static void on_samples(void *owner, const int16_t *stereo, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        note(owner, "%d,%d ", stereo[2 * i], stereo[2 * i + 1]);
}

static void on_end(void *owner)
{
    note(owner, "end ");
}

static const struct rfb_client_session_ops ops = {.connected = on_nothing,
                                                  .screen = on_screen,
                                                  .damage = on_damage,
                                                  .name = on_name,
                                                  .update_ended = on_nothing,
                                                  .audio_begin = on_begin,
                                                  .audio_samples = on_samples,
                                                  .audio_end = on_end};

/* Up to the agreement upon sound, if there is one. */
static void say_hello(struct buf *b, bool agrees)
{
    struct rfb_server_init init = {4, 4, pixel_format_native, "m"};

    buf_append(b, "RFB 003.008\n\1\1\0\0\0\0", 18);
    rfb_put_server_init(b, &init);
    rfb_put_update_header(b, agrees);
    if (agrees)
        rfb_put_ack_rect(b, RFB_QEMU_AUDIO);
}

static struct witness *open_session(bool listens)
{
    struct rfb_client_options options = {.preferred = RFB_COPY_RECT, .audio = true};
    struct witness *w = mem_new0(struct witness);

    w->session = rfb_client_session_create(&options, &ops, w);
    rfb_client_session_listen(w->session, listens);
    return w;
}

static void close_session(struct witness *w)
{
    rfb_client_session_destroy(w->session);
    free(w);
}

/* In two parts, each in memory that ends where it does. How many bytes were not taken; -1. */
static int feed(struct witness *w, const struct buf *b, size_t cut, struct err *err)
{
    size_t at = 0, ends[] = {cut, b->len};

    for (int i = 0; i < 2; i++) {
        size_t used = 0;
        uint8_t *copy = mem_dup(b->data + at, ends[i] - at + !(ends[i] - at));
        int answer = rfb_client_session_feed(w->session, copy, ends[i] - at, &used, err);

        free(copy);
        if (answer)
            return -1;
        at += used;
    }
    return (int)(b->len - at);
}

static void test_cut_everywhere(void)
{
    static const int16_t samples[] = {1, -2, 300, -400, 32767, -32768};
    struct buf b = BUF_INIT;

    say_hello(&b, true);
    rfb_put_audio_data(&b, samples, 4); /* before it has begun */
    rfb_put_audio_event(&b, RFB_AUDIO_END);
    rfb_put_audio_event(&b, RFB_AUDIO_BEGIN);
    rfb_put_audio_data(&b, samples, sizeof(samples));
    rfb_put_audio_data(&b, samples, 0);
    rfb_put_audio_event(&b, RFB_AUDIO_BEGIN); /* once more */
    rfb_put_audio_data(&b, samples, 8);
    rfb_put_audio_event(&b, RFB_AUDIO_END);
    rfb_put_audio_event(&b, RFB_AUDIO_END);
    for (int listens = 0; listens < 2; listens++)
        for (size_t cut = 0; cut < b.len; cut++) {
            struct witness *w = open_session(listens);
            struct err err = {""};

            CHECK_INT(feed(w, &b, cut, &err), 0);
            CHECK_STR(w->text, listens ? "begin 1,-2 300,-400 32767,-32768 end begin 1,-2 "
                                         "300,-400 end "
                                       : "");
            close_session(w);
        }
    buf_finish(&b);
}

/* Nobody listens any more, in the middle of a message: its rest is passed over. */
static void test_stops(void)
{
    static const int16_t samples[] = {1, 2, 3, 4, 5, 6};
    struct buf b = BUF_INIT;

    say_hello(&b, true);
    rfb_put_audio_event(&b, RFB_AUDIO_BEGIN);
    for (size_t cut = 0; cut < 4 + 4 + sizeof(samples); cut++) {
        struct witness *w = open_session(true);
        struct buf data = BUF_INIT;
        struct err err = {""};
        size_t used = 0, rest = 0;

        CHECK_INT(feed(w, &b, b.len, &err), 0);
        rfb_put_audio_data(&data, samples, sizeof(samples));
        rfb_put_audio_event(&data, RFB_AUDIO_END);
        CHECK_INT(rfb_client_session_feed(w->session, data.data, cut, &used, &err), 0);
        rfb_client_session_listen(w->session, false);
        CHECK(strstr(w->text, "end "));
        CHECK_INT(
            rfb_client_session_feed(w->session, data.data + used, data.len - used, &rest, &err), 0);
        CHECK_INT(used + rest, data.len);
        CHECK(!strcmp(strstr(w->text, "end "), "end "));
        buf_finish(&data);
        close_session(w);
    }
    buf_finish(&b);
}

static void check_lie(bool agrees, const char *bytes, size_t len, const char *why)
{
    struct witness *w = open_session(true);
    struct buf b = BUF_INIT;
    struct err err = {""};

    say_hello(&b, agrees);
    buf_append(&b, bytes, len);
    CHECK_INT(feed(w, &b, b.len - 1, &err), -1);
    CHECK(strstr(err.text, why));
    buf_finish(&b);
    close_session(w);
}

static void test_lies(void)
{
    check_lie(false, "\xff\1\0\1", 4, "unasked");
    check_lie(true, "\xff\1\0\3", 4, "operation 3");
    check_lie(true, "\xff\1\xff\xff", 4, "operation 65535");
    check_lie(true, "\xff\0\0\1", 4, "message 0");
    check_lie(true, "\xff\2\0\1", 4, "message 2");
    check_lie(true, "\xff\1\0\2\0\0\0\3", 8, "no whole number of samples");
    check_lie(true, "\xff\1\0\2\xff\xff\xff\xff", 8, "no whole number of samples");
}

/* 4 GB in one message: nothing is kept for it. */
static void test_endless(void)
{
    static const uint8_t block[64 << 10];
    struct witness *w = open_session(false);
    struct buf b = BUF_INIT;
    struct err err = {""};
    size_t used;

    say_hello(&b, true);
    buf_append(&b, "\xff\1\0\2\xff\xff\xff\xfc", 8);
    CHECK_INT(feed(w, &b, 5, &err), 0);
    for (int i = 0; i < 100; i++) {
        used = 0;
        CHECK_INT(rfb_client_session_feed(w->session, block, sizeof(block), &used, &err), 0);
        CHECK_INT(used, sizeof(block));
    }
    CHECK_STR(w->text, "");
    buf_finish(&b);
    close_session(w);
}

int main(void)
{
    test_cut_everywhere();
    test_stops();
    test_lies();
    test_endless();
    return check_result();
}
