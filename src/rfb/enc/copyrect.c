/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CopyRect (1): pixels that are on the screen already, from another place there. */
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"

#include <stdlib.h>
#include <string.h>

void rfb_put_copy_rect(struct buf *out, struct rect to, int32_t from_x, int32_t from_y)
{
    rfb_put_rect_header(out, to, RFB_COPY_RECT);
    wire_put_u16(out, (uint16_t)from_x);
    wire_put_u16(out, (uint16_t)from_y);
}

static void *copy_create(void)
{
    return mem_new0(struct rfb_target);
}

static void copy_begin(void *state, const struct pixel_format *format, struct surface *to,
                       struct rect r)
{
    *(struct rfb_target *)state = (struct rfb_target){*format, to, r};
}

/* Source and target may overlap: rows go in the order that reads each before it is written. */
static void copy_pixels(struct surface *s, struct rect to, int32_t from_x, int32_t from_y)
{
    bool upwards = from_y < to.y;

    for (int32_t i = 0; i < to.h; i++) {
        int32_t y = upwards ? to.h - 1 - i : i;

        memmove(surface_row(s, to.y + y) + to.x, surface_row(s, from_y + y) + from_x,
                (size_t)to.w * 4);
    }
}

static enum rfb_decoded copy_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                    struct err *err)
{
    struct rfb_target *t = state;
    struct wire_reader in = wire_reader_of(data, len);
    int32_t x = wire_get_u16(&in), y = wire_get_u16(&in);
    struct rect from = {x, y, t->r.w, t->r.h};

    *used = 0;
    if (in.failed)
        return RFB_DECODE_NEEDS_MORE;
    if (!rect_contains(surface_bounds(t->to), from)) {
        err_set(err, "CopyRect copies from %d,%d %dx%d, which is not on the screen", from.x, from.y,
                from.w, from.h);
        return RFB_DECODE_INVALID;
    }
    copy_pixels(t->to, t->r, from.x, from.y);
    *used = 4;
    return RFB_DECODE_DONE;
}

const struct rfb_decoder rfb_copy_rect_decoder = {copy_create, copy_begin, copy_decode, free};
