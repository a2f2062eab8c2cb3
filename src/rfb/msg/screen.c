/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One monitor of a framebuffer on the wire; see screen.h. */
#include "rfb/msg/screen.h"

#include "base/wire.h"

void rfb_screen_put(struct buf *out, const struct rfb_screen *screen)
{
    wire_put_u32(out, screen->id);
    wire_put_u16(out, (uint16_t)screen->area.x);
    wire_put_u16(out, (uint16_t)screen->area.y);
    wire_put_u16(out, (uint16_t)screen->area.w);
    wire_put_u16(out, (uint16_t)screen->area.h);
    wire_put_u32(out, screen->flags);
}

struct rfb_screen rfb_screen_at(const uint8_t *wire, unsigned index)
{
    struct wire_reader r =
        wire_reader_of(wire + (size_t)index * RFB_SCREEN_WIRE_SIZE, RFB_SCREEN_WIRE_SIZE);
    struct rfb_screen screen;

    screen.id = wire_get_u32(&r);
    screen.area.x = wire_get_u16(&r);
    screen.area.y = wire_get_u16(&r);
    screen.area.w = wire_get_u16(&r);
    screen.area.h = wire_get_u16(&r);
    screen.flags = wire_get_u32(&r);
    return screen;
}
