/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hostile RFB server against the client session, from its greeting on. First byte: bit 0 a Unix
 * socket, bit 1 the bytes come in pieces of the second byte's size, bit 2 they are a recording's,
 * in a format of its own; then what the server says.
 */
#include "rfb/session/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct surface *on_map(void *owner, const struct rfb_shared_surface *m, struct err *err)
{
    (void)owner, (void)err;
    return surface_create(m->width, m->height);
}

static void on_nothing(void *owner)
{
    (void)owner;
}

static void on_screen(void *owner, struct surface *screen)
{
    (void)owner;
    surface_row(screen, (int32_t)screen->height - 1)[screen->width - 1] = 1;
}

static void on_damage(void *owner, struct rect r)
{
    struct rfb_client_session *s = *(struct rfb_client_session **)owner;

    if (!rect_contains(surface_bounds(rfb_client_session_screen(s)), r))
        __builtin_trap();
}

static void on_cursor(void *owner, struct cursor *cursor)
{
    (void)owner;
    if (cursor->width && (cursor->hot_x >= cursor->width || cursor->hot_y >= cursor->height))
        __builtin_trap();
}

static void on_pointer(void *owner, int32_t x, int32_t y)
{
    (void)owner, (void)x, (void)y;
}

static void on_pointer_mode(void *owner, bool absolute)
{
    struct rfb_client_session *s = *(struct rfb_client_session **)owner;

    rfb_client_session_pointer_relative(s, absolute, -5, 1);
    rfb_client_session_wheel(s, 120, -240);
}

static void on_number(void *owner, uint32_t number)
{
    (void)owner, (void)number;
}

static void on_name(void *owner, const char *name)
{
    (void)owner, (void)name;
}

static int on_fact(void *owner, const struct win_msg *fact, struct err *err)
{
    (void)owner, (void)err;
    return fact->type >= 0x200;
}

static void on_clipboard(void *owner, bool has)
{
    struct rfb_client_session *s = *(struct rfb_client_session **)owner;

    if (has)
        rfb_client_session_request_text(s);
}

static void on_clipboard_text(void *owner, const char *text, size_t len)
{
    struct rfb_client_session *s = *(struct rfb_client_session **)owner;

    if (text)
        rfb_client_session_provide_text(s, text, len);
    rfb_client_session_offer_text(s, true);
}

static void on_clipboard_wanted(void *owner)
{
    rfb_client_session_provide_text(*(struct rfb_client_session **)owner, "mine", 4);
}

static void on_samples(void *owner, const int16_t *stereo, size_t frames)
{
    (void)owner;
    if (!frames || stereo[2 * frames - 1] - stereo[0] > UINT16_MAX) /* reads them */
        __builtin_trap();
}

static const struct rfb_client_session_ops ops = {
    .map_surface = on_map,
    .connected = on_nothing,
    .screen = on_screen,
    .damage = on_damage,
    .cursor = on_cursor,
    .pointer = on_pointer,
    .pointer_mode = on_pointer_mode,
    .leds = on_number,
    .name = on_name,
    .fact = on_fact,
    .update_ended = on_nothing,
    .fence = on_number,
    .audio_begin = on_nothing,
    .audio_samples = on_samples,
    .audio_end = on_nothing,
    .clipboard = on_clipboard,
    .clipboard_text = on_clipboard_text,
    .clipboard_wanted = on_clipboard_wanted,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rfb_client_session *s;
    struct rfb_client_options options;
    struct err err;
    size_t piece, at = 2, there = 2, used;

    if (size < 2)
        return 0;
    options = (struct rfb_client_options){data[0] & 1, true, RFB_COPY_RECT};
    options.clipboard = 64 << 10;
    options.audio = true;
    piece = data[0] & 2 ? data[1] + 1u : size;
    s = rfb_client_session_create(&options, &ops, &s);
    rfb_client_session_listen(s, true);
    if (data[0] & 4)
        rfb_client_session_hear_recording(s);
    while (there < size) {
        there = there + piece < size ? there + piece : size;
        if (rfb_client_session_feed(s, data + at, there - at, &used, &err))
            break;
        at += used;
        buf_clear(rfb_client_session_output(s));
    }
    rfb_client_session_destroy(s);
    return 0;
}
