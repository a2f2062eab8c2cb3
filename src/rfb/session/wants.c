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
    {RFB_VMWARE_CURSOR, FLAG(vmware_cursor)},
    {RFB_X_CURSOR, FLAG(x_cursor)},
    {RFB_VMWARE_CURSOR_POSITION, FLAG(vmware_cursor_position)},
    {RFB_VMWARE_LED_STATE, FLAG(vmware_led_state)},
    {RFB_POINTER_POS, FLAG(pointer_pos)},
    {RFB_QEMU_POINTER_MOTION, FLAG(pointer_motion)},
    {RFB_QEMU_EXTENDED_KEY, FLAG(extended_key)},
    {RFB_QEMU_LED_STATE, FLAG(led_state)},
    {RFB_DESKTOP_NAME, FLAG(desktop_name)},
    {RFB_EXTENDED_MOUSE_BUTTONS, FLAG(extended_buttons)},
    {RFB_EXTENDED_CLIPBOARD, FLAG(extended_clipboard)},
    {RFB_QEMU_AUDIO, FLAG(audio)},
    {RFB_XVP, FLAG(xvp)},
    {RFB_FENCE, FLAG(fence)},
    {RFB_CONTINUOUS_UPDATES, FLAG(continuous_updates)},
    {RFB_OPEN_H264, FLAG(open_h264)},
    {RFB_TIGHT_PNG, FLAG(tight_png)},
    {RFB_WINDOWS, FLAG(windows)},
    {RFB_WINDOWS_WATCH, FLAG(windows_watch)},
    {RFB_SHARED_SURFACE, FLAG(shared_surface)},
};

/* What clients mean by the ten levels: JPEG's quality and subsampling, as their makers have it. */
static const struct {
    uint8_t quality, subsampling;
} levels[10] = {
    {15, RFB_COLOUR_4X}, {29, RFB_COLOUR_4X},  {41, RFB_COLOUR_4X}, {42, RFB_COLOUR_2X},
    {62, RFB_COLOUR_2X}, {77, RFB_COLOUR_2X},  {79, RFB_COLOUR_1X}, {86, RFB_COLOUR_1X},
    {92, RFB_COLOUR_1X}, {100, RFB_COLOUR_1X},
};

/* By RFB_SUBSAMPLING_…, from 1X on; what JPEG hardly has is the nearest that it has. */
static const uint8_t subsamplings[6] = {RFB_COLOUR_1X, RFB_COLOUR_4X, RFB_COLOUR_2X,
                                        RFB_GREY,      RFB_COLOUR_4X, RFB_COLOUR_4X};

struct lossy {
    int level, fine, subsampling; /* -1: not listed */
};

static void read_lossy(struct lossy *l, int32_t encoding)
{
    if (encoding >= RFB_JPEG_QUALITY_0 && encoding <= RFB_JPEG_QUALITY_9)
        l->level = encoding - RFB_JPEG_QUALITY_0;
    if (encoding >= RFB_FINE_QUALITY_0 && encoding <= RFB_FINE_QUALITY_100)
        l->fine = encoding - RFB_FINE_QUALITY_0;
    if (encoding >= RFB_SUBSAMPLING_1X && encoding <= RFB_SUBSAMPLING_16X)
        l->subsampling = subsamplings[encoding - RFB_SUBSAMPLING_1X];
}

/* The fine words have precedence over the level, in whatever order they come. */
static void settle_lossy(struct rfb_wants *wants, const struct lossy *l)
{
    if (l->level >= 0) {
        wants->quality = levels[l->level].quality;
        wants->subsampling = (enum rfb_subsampling)levels[l->level].subsampling;
    }
    if (l->fine >= 0)
        wants->quality = MAX_OF(l->fine, 1);
    if (l->subsampling >= 0)
        wants->subsampling = (enum rfb_subsampling)l->subsampling;
}

struct rfb_wants rfb_wants_default(void)
{
    return (struct rfb_wants){.codec = rfb_codec_index(RFB_RAW), .compression = -1};
}

struct rfb_wants rfb_wants_read(const struct rfb_set_encodings *encodings)
{
    struct rfb_wants wants = rfb_wants_default();
    struct lossy lossy = {-1, -1, -1};
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
        read_lossy(&lossy, encoding);
        for (size_t k = 0; k < ARRAY_LEN(extensions); k++)
            if (extensions[k].encoding == encoding)
                *(bool *)((char *)&wants + extensions[k].flag) = true;
    }
    settle_lossy(&wants, &lossy);
    return wants;
}
