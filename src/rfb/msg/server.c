/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes server-to-client messages and rectangles without pixels; see server.h. */
#include "rfb/msg/server.h"

#include "base/wire.h"
#include "rfb/enc/enc.h"
#include "rfb/msg/client.h"

#include <assert.h>
#include <string.h>

/* The bytes of a name to send: at most RFB_NAME_MAX, no character cut in two. */
static size_t name_size(const char *name)
{
    size_t len = strlen(name);

    if (len <= RFB_NAME_MAX)
        return len;
    len = RFB_NAME_MAX;
    while (len && ((uint8_t)name[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void put_name(struct buf *out, const char *name)
{
    size_t len = name_size(name);

    wire_put_u32(out, (uint32_t)len);
    buf_append(out, name, len);
}

void rfb_put_server_init(struct buf *out, const struct rfb_server_init *init)
{
    wire_put_u16(out, init->width);
    wire_put_u16(out, init->height);
    pixel_format_put(out, &init->format);
    put_name(out, init->name);
}

void rfb_put_update_header(struct buf *out, uint16_t count)
{
    wire_put_u8(out, RFB_FRAMEBUFFER_UPDATE);
    wire_put_zeros(out, 1);
    wire_put_u16(out, count);
}

void rfb_patch_update_count(struct buf *out, size_t header_offset, uint16_t count)
{
    wire_patch_u16(out, header_offset + 2, count);
}

void rfb_put_bgr233_map(struct buf *out, unsigned count)
{
    assert(count <= 256);
    wire_put_u8(out, RFB_SET_COLOUR_MAP_ENTRIES);
    wire_put_zeros(out, 1);
    wire_put_u16(out, 0);
    wire_put_u16(out, (uint16_t)count);
    for (unsigned i = 0; i < count; i++) {
        uint16_t red, green, blue;

        pixel_format_bgr233_entry((uint8_t)i, &red, &green, &blue);
        wire_put_u16(out, red);
        wire_put_u16(out, green);
        wire_put_u16(out, blue);
    }
}

void rfb_put_end_of_continuous_updates(struct buf *out)
{
    wire_put_u8(out, RFB_END_OF_CONTINUOUS_UPDATES);
}

void rfb_put_server_fence(struct buf *out, uint32_t flags, const void *payload, uint8_t len)
{
    wire_put_u8(out, RFB_SERVER_FENCE);
    wire_put_zeros(out, 3);
    wire_put_u32(out, flags);
    wire_put_u8(out, len);
    buf_append(out, payload, len);
}

void rfb_put_audio_event(struct buf *out, enum rfb_audio_event event)
{
    wire_put_u8(out, RFB_QEMU_SERVER);
    wire_put_u8(out, 1);
    wire_put_u16(out, (uint16_t)event);
}

void rfb_put_audio_data(struct buf *out, const void *samples, size_t len)
{
    rfb_put_audio_event(out, RFB_AUDIO_DATA);
    wire_put_u32(out, (uint32_t)len);
    buf_append(out, samples, len);
}

void rfb_put_server_xvp(struct buf *out, uint8_t code)
{
    wire_put_u8(out, RFB_SERVER_XVP);
    wire_put_zeros(out, 1);
    wire_put_u8(out, RFB_XVP_VERSION);
    wire_put_u8(out, code);
}

void rfb_put_server_cut_text(struct buf *out, const void *latin1, size_t len)
{
    wire_put_u8(out, RFB_SERVER_CUT_TEXT);
    wire_put_zeros(out, 3);
    wire_put_u32(out, (uint32_t)len);
    buf_append(out, latin1, len);
}

/* ---- Rectangles without pixels ----------------------------------------------------------------
 */

void rfb_put_ack_rect(struct buf *out, int32_t encoding)
{
    rfb_put_rect_header(out, (struct rect){0}, encoding);
}

void rfb_put_last_rect(struct buf *out)
{
    rfb_put_ack_rect(out, RFB_LAST_RECT);
}

void rfb_put_desktop_size(struct buf *out, uint16_t width, uint16_t height)
{
    rfb_put_rect_header(out, (struct rect){0, 0, width, height}, RFB_DESKTOP_SIZE);
}

void rfb_put_extended_desktop_size(struct buf *out, enum rfb_resize_reason reason,
                                   enum rfb_resize_status status, uint16_t width, uint16_t height)
{
    /* libvncclient up to 0.9.14 takes a screen with id 0 for none, and keeps its old size. */
    struct rfb_screen whole = {.id = 1, .area = {0, 0, width, height}};

    rfb_put_rect_header(out, (struct rect){(int32_t)reason, (int32_t)status, width, height},
                        RFB_EXTENDED_DESKTOP_SIZE);
    wire_put_u8(out, 1);
    wire_put_zeros(out, 3);
    rfb_screen_put(out, &whole);
}

void rfb_put_pointer_pos(struct buf *out, uint16_t x, uint16_t y)
{
    rfb_put_rect_header(out, (struct rect){x, y, 0, 0}, RFB_POINTER_POS);
}

void rfb_put_qemu_pointer_motion(struct buf *out, bool absolute)
{
    rfb_put_rect_header(out, (struct rect){absolute, 0, 0, 0}, RFB_QEMU_POINTER_MOTION);
}

void rfb_put_qemu_led_state(struct buf *out, uint8_t leds)
{
    rfb_put_rect_header(out, (struct rect){0}, RFB_QEMU_LED_STATE);
    wire_put_u8(out, leds);
}

void rfb_put_vmware_cursor_position(struct buf *out, uint16_t x, uint16_t y)
{
    rfb_put_rect_header(out, (struct rect){x, y, 0, 0}, RFB_VMWARE_CURSOR_POSITION);
}

void rfb_put_vmware_led_state(struct buf *out, uint32_t leds)
{
    rfb_put_rect_header(out, (struct rect){0}, RFB_VMWARE_LED_STATE);
    wire_put_u32(out, leds);
}

void rfb_put_desktop_name(struct buf *out, const char *name)
{
    rfb_put_rect_header(out, (struct rect){0}, RFB_DESKTOP_NAME);
    put_name(out, name);
}

void rfb_put_windows(struct buf *out, const void *messages, uint32_t len)
{
    rfb_put_rect_header(out, (struct rect){0}, RFB_WINDOWS);
    wire_put_u32(out, len);
    buf_append(out, messages, len);
}

void rfb_put_shared_surface(struct buf *out, const struct rfb_shared_surface *shared)
{
    rfb_put_rect_header(out, (struct rect){0, 0, shared->width, shared->height},
                        RFB_SHARED_SURFACE);
    wire_put_u32(out, shared->offset);
    wire_put_u32(out, shared->stride);
    wire_put_u64(out, shared->size);
}

void rfb_put_shared_damage(struct buf *out, struct rect area)
{
    rfb_put_rect_header(out, area, RFB_SHARED_DAMAGE);
}
