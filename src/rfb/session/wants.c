/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a list of encodings; see wants.h. */
#include "rfb/session/wants.h"

#include "base/arith.h"
#include "rfb/enc/enc.h"

#include <stddef.h>

#define FLAG(name) offsetof(struct rfb_wants, name)
static const struct {
    int32_t encoding;
    size_t flag;
} extensions[] = {
    {RFB_COPY_RECT, FLAG(copy_rect)},
    {RFB_DESKTOP_SIZE, FLAG(desktop_size)},
    {RFB_EXTENDED_DESKTOP_SIZE, FLAG(extended_desktop_size)},
    {RFB_LAST_RECT, FLAG(last_rect)},
    {RFB_CURSOR, FLAG(cursor)},
    {RFB_CURSOR_WITH_ALPHA, FLAG(cursor_with_alpha)},
    {RFB_POINTER_POS, FLAG(pointer_pos)},
    {RFB_QEMU_POINTER_MOTION, FLAG(pointer_motion)},
    {RFB_QEMU_EXTENDED_KEY, FLAG(extended_key)},
    {RFB_QEMU_LED_STATE, FLAG(led_state)},
    {RFB_DESKTOP_NAME, FLAG(desktop_name)},
    {RFB_EXTENDED_MOUSE_BUTTONS, FLAG(extended_buttons)},
    {RFB_FENCE, FLAG(fence)},
    {RFB_CONTINUOUS_UPDATES, FLAG(continuous_updates)},
    {RFB_WINDOWS, FLAG(windows)},
    {RFB_SHARED_SURFACE, FLAG(shared_surface)},
};

struct rfb_wants rfb_wants_default(void)
{
    return (struct rfb_wants){.codec = rfb_codec_index(RFB_RAW), .compression = -1};
}

struct rfb_wants rfb_wants_read(const struct rfb_set_encodings *encodings)
{
    struct rfb_wants wants = rfb_wants_default();
    bool chosen = false;

    for (unsigned i = 0; i < encodings->count; i++) {
        int32_t encoding = rfb_set_encodings_at(encodings, i);
        int codec = rfb_codec_index(encoding);

        if (codec >= 0 && rfb_codecs[codec].encoder && !chosen) {
            wants.codec = codec;
            chosen = true;
        }
        if (encoding >= RFB_COMPRESSION_0 && encoding <= RFB_COMPRESSION_9)
            wants.compression = encoding - RFB_COMPRESSION_0;
        for (size_t k = 0; k < ARRAY_LEN(extensions); k++)
            if (extensions[k].encoding == encoding)
                *(bool *)((char *)&wants + extensions[k].flag) = true;
    }
    return wants;
}
