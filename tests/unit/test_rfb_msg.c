/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client messages: composed, parsed, cut at every position, and broken in every way. */
#include "check.h"

#include "base/arith.h"
#include "base/wire.h"
#include "rfb/msg/client.h"
#include "rfb/msg/server.h"

#include <stdlib.h>

static const struct rfb_client_agreed everything = {
    .extended_buttons = true, .windows = true, .audio = true, .clipboard = 2 << 20};
static const struct rfb_client_agreed nothing = {0};

/* Parses a whole message, after checking that no shorter start of it is one. */
static struct rfb_client_msg parse_whole(const struct buf *b)
{
    struct rfb_client_msg msg = {0};
    struct err err;
    size_t used = 0;

    for (size_t len = 0; len < b->len; len++) {
        /* A copy of its own, so that a sanitizer sees a read behind its end. */
        uint8_t *part = malloc(len ? len : 1);

        if (len)
            memcpy(part, b->data, len);
        CHECK_INT(rfb_client_msg_parse(part, len, &everything, &used, &msg, &err),
                  RFB_PARSED_NEEDS_MORE);
        free(part);
    }
    CHECK_INT(used, 0);
    CHECK_INT(rfb_client_msg_parse(b->data, b->len, &everything, &used, &msg, &err),
              RFB_PARSED_MESSAGE);
    CHECK_INT(used, b->len);
    return msg;
}

static void check_round_trips(void)
{
    struct rect area = {1, 2, 65535, 4};
    struct buf b = BUF_INIT;
    struct rfb_client_msg m;
    int32_t encodings[] = {RFB_TIGHT, RFB_RAW, RFB_FENCE, RFB_WINDOWS};

    rfb_put_set_pixel_format(&b, &pixel_format_bgr233);
    m = parse_whole(&b);
    CHECK_INT(m.type, RFB_SET_PIXEL_FORMAT);
    CHECK(pixel_format_equal(&m.format, &pixel_format_bgr233));
    buf_clear(&b);

    rfb_put_set_encodings(&b, encodings, ARRAY_LEN(encodings));
    m = parse_whole(&b);
    CHECK_INT(m.encodings.count, 4);
    for (unsigned i = 0; i < 4; i++)
        CHECK_INT(rfb_set_encodings_at(&m.encodings, i), encodings[i]);
    buf_clear(&b);

    rfb_put_update_request(&b, true, area);
    m = parse_whole(&b);
    CHECK(m.request.incremental && rect_equal(m.request.area, area));
    buf_clear(&b);

    rfb_put_key_event(&b, true, 0xffe1);
    m = parse_whole(&b);
    CHECK(m.key.down && m.key.keysym == 0xffe1 && !m.key.keycode);
    buf_clear(&b);

    rfb_put_qemu_key_event(&b, false, 0x61, 0x1e);
    m = parse_whole(&b);
    CHECK_INT(m.type, RFB_QEMU_CLIENT);
    CHECK(!m.key.down && m.key.keysym == 0x61 && m.key.keycode == 0x1e);
    buf_clear(&b);

    rfb_put_client_cut_text(&b, "caf\xe9", 4);
    m = parse_whole(&b);
    CHECK(!m.cut_text.extended && m.cut_text.text.len == 4 &&
          !memcmp(m.cut_text.text.data, "caf\xe9", 4));
    buf_clear(&b);

    rfb_put_enable_continuous_updates(&b, true, area);
    m = parse_whole(&b);
    CHECK(m.continuous.enable && rect_equal(m.continuous.area, area));
    buf_clear(&b);

    rfb_put_client_fence(&b, RFB_FENCE_REQUEST | 5, "payload", 7);
    m = parse_whole(&b);
    CHECK(m.fence.flags == 0x80000005u && m.fence.payload.len == 7 &&
          !memcmp(m.fence.payload.data, "payload", 7));
    buf_clear(&b);

    for (unsigned bits = 8; bits <= 32; bits *= 2) {
        struct pcm_format f = {.bits = (uint8_t)bits, .is_signed = bits == 16};

        f.channels = bits == 8 ? 1 : 2;
        f.rate = 11025 * bits / 8;
        rfb_put_audio_format(&b, &f);
        m = parse_whole(&b);
        CHECK(m.type == RFB_QEMU_CLIENT_AUDIO && m.audio.wish == RFB_AUDIO_FORMAT);
        CHECK(!memcmp(&m.audio.format, &f, sizeof(f)));
        buf_clear(&b);
    }
    rfb_put_audio_enable(&b, false);
    m = parse_whole(&b);
    CHECK(m.type == RFB_QEMU_CLIENT_AUDIO && m.audio.wish == RFB_AUDIO_DISABLE);
    buf_clear(&b);

    rfb_put_client_xvp(&b, RFB_XVP_RESET);
    m = parse_whole(&b);
    CHECK(m.type == RFB_CLIENT_XVP && m.xvp.version == 1 && m.xvp.code == RFB_XVP_RESET);
    buf_clear(&b);

    rfb_put_client_windows(&b, "0123456789", 10);
    m = parse_whole(&b);
    CHECK(m.windows.len == 10 && !memcmp(m.windows.data, "0123456789", 10));
    buf_finish(&b);
}

static void check_screens(void)
{
    struct rfb_screen screens[] = {{1, {0, 0, 800, 600}, 0}, {7, {800, 0, 640, 480}, 9}}, screen;
    struct buf b = BUF_INIT;
    struct rfb_client_msg m;

    rfb_put_set_desktop_size(&b, 1440, 600, screens, 2);
    m = parse_whole(&b);
    CHECK(m.desktop_size.width == 1440 && m.desktop_size.height == 600);
    CHECK_INT(m.desktop_size.count, 2);
    screen = rfb_screen_at(m.desktop_size.wire, 1);
    CHECK(screen.id == 7 && screen.flags == 9 && rect_equal(screen.area, screens[1].area));
    buf_finish(&b);
}

static void check_buttons(void)
{
    struct buf b = BUF_INIT;
    struct rfb_client_msg m;
    struct err err;
    size_t used;

    rfb_put_pointer_event(&b, 3, 65535, RFB_BUTTON_LEFT | RFB_BUTTON_FORWARD, true);
    CHECK_INT(b.len, 7);
    m = parse_whole(&b);
    CHECK(m.pointer.x == 3 && m.pointer.y == 65535);
    CHECK_INT(m.pointer.buttons, RFB_BUTTON_LEFT | RFB_BUTTON_FORWARD);
    buf_clear(&b);

    /* Without the agreement bit 7 is button 8, and nothing follows. */
    rfb_put_pointer_event(&b, 3, 4, RFB_BUTTON_LEFT | RFB_BUTTON_BACK, false);
    CHECK_INT(b.len, 6);
    CHECK_INT(b.data[1], RFB_BUTTON_LEFT);
    b.data[1] |= 0x80;
    CHECK_INT(rfb_client_msg_parse(b.data, b.len, &nothing, &used, &m, &err), RFB_PARSED_MESSAGE);
    CHECK_INT(m.pointer.buttons, RFB_BUTTON_LEFT | RFB_BUTTON_BACK);
    CHECK_INT(rfb_client_msg_parse(b.data, b.len, &everything, &used, &m, &err),
              RFB_PARSED_NEEDS_MORE);
    buf_finish(&b);
}

/* Each breaks a rule that its first bytes already show. */
static void check_invalid(void)
{
    static const struct {
        const char *what;
        uint8_t bytes[20];
        size_t len;
    } bad[] = {
        {"an unknown message", {1}, 1},
        {"1025 encodings", {2, 0, 4, 1}, 4},
        {"an extended clipboard that nobody agreed upon", {6, 0, 0, 0, 0x80, 0, 0, 0}, 8},
        {"a fence of 65 bytes", {248, 0, 0, 0, 0, 0, 0, 0, 65}, 9},
        {"windows that nobody agreed upon", {210, 0, 0, 0, 0, 0, 0, 8}, 8},
        {"QEMU's audio", {255, 1, 0, 0}, 4},
        {"a QEMU message of no kind", {255, 2, 0, 0}, 4},
        {"24 bits a pixel", {0, 0, 0, 0, 24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0}, 20},
        {"a maximum of 254", {0, 0, 0, 0, 32, 24, 0, 1, 0, 254, 0, 255, 0, 255, 16, 8, 0}, 20},
        {"a shift out of the pixel",
         {0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 25, 8, 0},
         20},
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct rfb_client_msg msg;
        struct err err = {""};
        size_t used;

        if (rfb_client_msg_parse(bad[i].bytes, bad[i].len, &nothing, &used, &msg, &err) !=
            RFB_PARSED_INVALID)
            fprintf(stderr, "accepted: %s\n", bad[i].what);
        CHECK(err.text[0]);
    }
}

/* What nobody can play, though sound was agreed upon. */
static void check_invalid_audio(void)
{
    static const uint8_t bad[][10] = {
        {255, 1, 0, 3},                           /* no such wish */
        {255, 1, 255, 255},                       /* neither */
        {255, 1, 0, 2, 6, 2, 0, 0, 172, 68},      /* no such format */
        {255, 1, 0, 2, 3, 0, 0, 0, 172, 68},      /* no channel */
        {255, 1, 0, 2, 3, 255, 0, 0, 172, 68},    /* too many */
        {255, 1, 0, 2, 3, 2, 0, 0, 0, 0},         /* no rate */
        {255, 1, 0, 2, 3, 2, 255, 255, 255, 255}, /* too high */
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct rfb_client_msg msg;
        struct err err = {""};
        size_t used;

        CHECK_INT(rfb_client_msg_parse(bad[i], i < 2 ? 4 : 10, &everything, &used, &msg, &err),
                  RFB_PARSED_INVALID);
        CHECK(err.text[0]);
    }
}

/* The largest cut texts wait for their bytes; longer ones are to be skipped. */
static void check_cut_texts(void)
{
    static const struct {
        int32_t length;
        size_t skip; /* 0: it waits */
    } cases[] = {
        {RFB_CUT_TEXT_MAX, 0},           {RFB_CUT_TEXT_MAX + 1, RFB_CUT_TEXT_MAX + 1},
        {INT32_MAX, INT32_MAX},          {-(2 << 20), 0},
        {-(2 << 20) - 1, (2 << 20) + 1}, {INT32_MIN, (size_t)1 << 31},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;
        struct rfb_client_msg msg;
        struct err err;
        size_t used = 0;
        enum rfb_parsed parsed;

        wire_put_u8(&b, RFB_CLIENT_CUT_TEXT);
        wire_put_zeros(&b, 3);
        wire_put_s32(&b, cases[i].length);
        parsed = rfb_client_msg_parse(b.data, b.len, &everything, &used, &msg, &err);
        CHECK_INT(parsed, cases[i].skip ? RFB_PARSED_MESSAGE : RFB_PARSED_NEEDS_MORE);
        if (parsed == RFB_PARSED_MESSAGE) {
            CHECK(used == 8 && !msg.cut_text.text.len);
            CHECK_INT(msg.cut_text.skip, cases[i].skip);
            CHECK_INT(msg.cut_text.extended, cases[i].length < 0);
        }
        buf_finish(&b);
    }
}

/* The bytes on the wire, where a mistake would be made twice alike above. */
static void check_wire(void)
{
    static const uint8_t size[] = {0, 1, 0, 4, 4, 0, 3, 0, 255, 255, 254, 204, 1, 0, 0, 0,
                                   0, 0, 0, 1, 0, 0, 0, 0, 4,   0,   3,   0,   0, 0, 0, 0};
    static const uint8_t fence[] = {248, 0, 0, 0, 0x80, 0, 0, 0, 0};
    struct rfb_shared_surface shared = {640, 480, 0, 2560, 1228800};
    struct buf b = BUF_INIT;

    rfb_put_extended_desktop_size(&b, RFB_RESIZE_BY_THIS_CLIENT, RFB_RESIZE_FORWARDED, 1024, 768);
    CHECK_INT(b.len, sizeof(size));
    CHECK(!memcmp(b.data, size, sizeof(size)));
    buf_clear(&b);
    rfb_put_server_fence(&b, RFB_FENCE_REQUEST, NULL, 0);
    CHECK(b.len == sizeof(fence) && !memcmp(b.data, fence, sizeof(fence)));
    buf_clear(&b);
    rfb_put_bgr233_map(&b, 256);
    CHECK_INT(b.len, 6 + 256 * 6);
    buf_clear(&b);
    rfb_put_shared_surface(&b, &shared);
    CHECK_INT(b.len, 12 + RFB_SHARED_SURFACE_BODY);
    buf_finish(&b);
}

static void check_name(void)
{
    struct rfb_server_init init = {1, 2, pixel_format_native, NULL};
    char name[RFB_NAME_MAX + 8];
    struct buf b = BUF_INIT;

    /* A name that is too long ends before the character that would be cut. */
    memset(name, 'x', sizeof(name));
    memcpy(name + RFB_NAME_MAX - 1, "\xc3\xa9", 3);
    init.name = name;
    rfb_put_server_init(&b, &init);
    CHECK_INT(b.len, 24 + RFB_NAME_MAX - 1);
    buf_finish(&b);
}

int main(void)
{
    check_round_trips();
    check_screens();
    check_buttons();
    check_invalid();
    check_invalid_audio();
    check_cut_texts();
    check_wire();
    check_name();
    return check_result();
}
