/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Raw (0): the pixels as they are, row by row. */
#include "base/arith.h"
#include "base/mem.h"
#include "rfb/enc/codec.h"

#include <stdlib.h>

enum { HEADER = 12 };

static uint32_t raw_encode(void *state, const struct rfb_encode_settings *settings,
                           const struct rfb_block *block, struct buf *out)
{
    size_t row = (size_t)block->at.w * pixel_format_bytes(&settings->format);

    (void)state;
    buf_reserve(out, HEADER + row * (size_t)block->at.h);
    rfb_put_rect_header(out, block->at, RFB_RAW);
    for (int32_t y = 0; y < block->at.h; y++)
        pixel_row_to_wire(&settings->format, buf_extend(out, row), rfb_block_row(block, y),
                          (size_t)block->at.w);
    return 1;
}

const struct rfb_encoder rfb_raw_encoder = {.encode = raw_encode};

struct raw_decoder {
    struct rfb_target target;
    int32_t x, y; /* the next pixel, within the rectangle */
};

static void *raw_create(void)
{
    return mem_new0(struct raw_decoder);
}

static void raw_begin(void *state, const struct pixel_format *format, struct surface *to,
                      struct rect r)
{
    *(struct raw_decoder *)state = (struct raw_decoder){.target = {*format, to, r}};
}

static enum rfb_decoded raw_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                   struct err *err)
{
    struct raw_decoder *d = state;
    struct rect r = d->target.r;
    size_t bytes = pixel_format_bytes(&d->target.format);

    (void)err;
    *used = 0;
    while (d->y < r.h) {
        size_t pixels = MIN_OF((len - *used) / bytes, (size_t)(r.w - d->x));

        if (!pixels)
            return RFB_DECODE_NEEDS_MORE;
        pixel_row_from_wire(&d->target.format, surface_row(d->target.to, r.y + d->y) + r.x + d->x,
                            data + *used, pixels);
        *used += pixels * bytes;
        d->x += (int32_t)pixels;
        if (d->x == r.w) {
            d->x = 0;
            d->y++;
        }
    }
    return RFB_DECODE_DONE;
}

const struct rfb_decoder rfb_raw_decoder = {raw_create, raw_begin, raw_decode, free};
