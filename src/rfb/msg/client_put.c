/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes client-to-server messages; client.c reads them. See client.h. */
#include "rfb/msg/client.h"

#include "base/wire.h"

#include <assert.h>

static void put_area(struct buf *out, struct rect area)
{
    wire_put_u16(out, (uint16_t)area.x);
    wire_put_u16(out, (uint16_t)area.y);
    wire_put_u16(out, (uint16_t)area.w);
    wire_put_u16(out, (uint16_t)area.h);
}

void rfb_put_set_pixel_format(struct buf *out, const struct pixel_format *format)
{
    wire_put_u8(out, RFB_SET_PIXEL_FORMAT);
    wire_put_zeros(out, 3);
    pixel_format_put(out, format);
}

void rfb_put_set_encodings(struct buf *out, const int32_t *encodings, size_t count)
{
    assert(count <= RFB_ENCODINGS_MAX);
    wire_put_u8(out, RFB_SET_ENCODINGS);
    wire_put_zeros(out, 1);
    wire_put_u16(out, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        wire_put_s32(out, encodings[i]);
}

void rfb_put_update_request(struct buf *out, bool incremental, struct rect area)
{
    wire_put_u8(out, RFB_FRAMEBUFFER_UPDATE_REQUEST);
    wire_put_u8(out, incremental);
    put_area(out, area);
}

void rfb_put_key_event(struct buf *out, bool down, uint32_t keysym)
{
    wire_put_u8(out, RFB_KEY_EVENT);
    wire_put_u8(out, down);
    wire_put_zeros(out, 2);
    wire_put_u32(out, keysym);
}

void rfb_put_qemu_key_event(struct buf *out, bool down, uint32_t keysym, uint32_t keycode)
{
    wire_put_u8(out, RFB_QEMU_CLIENT);
    wire_put_u8(out, 0);
    wire_put_u16(out, down);
    wire_put_u32(out, keysym);
    wire_put_u32(out, keycode);
}

void rfb_put_pointer_event(struct buf *out, uint16_t x, uint16_t y, uint16_t buttons, bool extended)
{
    bool long_form = extended && buttons > 0x7f;

    wire_put_u8(out, RFB_POINTER_EVENT);
    wire_put_u8(out, (uint8_t)((buttons & 0x7f) | (long_form ? 0x80 : 0)));
    wire_put_u16(out, x);
    wire_put_u16(out, y);
    if (long_form)
        wire_put_u8(out, (uint8_t)(buttons >> 7));
}

void rfb_put_client_cut_text(struct buf *out, const void *latin1, size_t len)
{
    assert(len <= RFB_CUT_TEXT_MAX);
    wire_put_u8(out, RFB_CLIENT_CUT_TEXT);
    wire_put_zeros(out, 3);
    wire_put_u32(out, (uint32_t)len);
    buf_append(out, latin1, len);
}

void rfb_put_enable_continuous_updates(struct buf *out, bool enable, struct rect area)
{
    wire_put_u8(out, RFB_ENABLE_CONTINUOUS_UPDATES);
    wire_put_u8(out, enable);
    put_area(out, area);
}

void rfb_put_client_fence(struct buf *out, uint32_t flags, const void *payload, size_t len)
{
    assert(len <= RFB_FENCE_MAX);
    wire_put_u8(out, RFB_CLIENT_FENCE);
    wire_put_zeros(out, 3);
    wire_put_u32(out, flags);
    wire_put_u8(out, (uint8_t)len);
    buf_append(out, payload, len);
}

void rfb_put_set_desktop_size(struct buf *out, uint16_t width, uint16_t height,
                              const struct rfb_screen *screens, uint8_t count)
{
    wire_put_u8(out, RFB_SET_DESKTOP_SIZE);
    wire_put_zeros(out, 1);
    wire_put_u16(out, width);
    wire_put_u16(out, height);
    wire_put_u8(out, count);
    wire_put_zeros(out, 1);
    for (unsigned i = 0; i < count; i++)
        rfb_screen_put(out, &screens[i]);
}

void rfb_put_audio_enable(struct buf *out, bool enable)
{
    wire_put_u8(out, RFB_QEMU_CLIENT);
    wire_put_u8(out, 1);
    wire_put_u16(out, enable ? RFB_AUDIO_ENABLE : RFB_AUDIO_DISABLE);
}

void rfb_put_audio_format(struct buf *out, const struct pcm_format *f)
{
    unsigned size = f->bits == 8 ? 0 : f->bits == 16 ? 1 : 2;

    assert(pcm_format_is_valid(f) && f->channels <= 2 && !f->is_float);
    wire_put_u8(out, RFB_QEMU_CLIENT);
    wire_put_u8(out, 1);
    wire_put_u16(out, RFB_AUDIO_FORMAT);
    wire_put_u8(out, (uint8_t)(size * 2 + f->is_signed));
    wire_put_u8(out, f->channels);
    wire_put_u32(out, f->rate);
}

void rfb_put_client_xvp(struct buf *out, enum rfb_xvp_code code)
{
    wire_put_u8(out, RFB_CLIENT_XVP);
    wire_put_zeros(out, 1);
    wire_put_u8(out, RFB_XVP_VERSION);
    wire_put_u8(out, (uint8_t)code);
}

void rfb_put_client_windows(struct buf *out, const void *messages, size_t len)
{
    assert(len <= RFB_CLIENT_WINDOWS_MAX);
    wire_put_u8(out, RFB_CLIENT_WINDOWS);
    wire_put_zeros(out, 3);
    wire_put_u32(out, (uint32_t)len);
    buf_append(out, messages, len);
}
