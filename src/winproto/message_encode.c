/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From values to bytes: the writing half of the codec; see message.h. */
#include "base/wire.h"
#include "winproto/message_layout.h"

#include <assert.h>

static void put_rect(struct buf *out, const struct rect *r)
{
    wire_put_s32(out, r->x);
    wire_put_s32(out, r->y);
    wire_put_s32(out, r->w);
    wire_put_s32(out, r->h);
}

static void put_extents(struct buf *out, const struct extents *e)
{
    wire_put_u16(out, (uint16_t)e->left);
    wire_put_u16(out, (uint16_t)e->right);
    wire_put_u16(out, (uint16_t)e->top);
    wire_put_u16(out, (uint16_t)e->bottom);
}

static void put_array(struct buf *out, enum field_kind kind, const struct win_msg *msg)
{
    if (kind == FIELD_IDS) {
        wire_put_u32(out, msg->order.count);
        for (uint32_t i = 0; i < msg->order.count; i++)
            wire_put_u32(out, msg->order.ids[i]);
    } else if (kind == FIELD_RECTS) {
        wire_put_u32(out, msg->shape.count);
        for (uint32_t i = 0; i < msg->shape.count; i++)
            put_rect(out, &msg->shape.rects[i]);
    } else {
        wire_put_u32(out, msg->icon.width);
        wire_put_u32(out, msg->icon.height);
        for (uint32_t i = 0; i < msg->icon.width * msg->icon.height; i++)
            wire_put_u32(out, msg->icon.pixels[i]);
    }
}

static void put_field(struct buf *out, const struct field *field, const struct win_msg *msg)
{
    const void *at = (const char *)msg + field->offset;
    const struct win_text *text;

    switch (field->kind) {
    case FIELD_U8:
    case FIELD_BOOL:
        wire_put_u8(out, *(const uint8_t *)at);
        break;
    case FIELD_S16:
        wire_put_u16(out, (uint16_t) * (const int16_t *)at);
        break;
    case FIELD_U64:
        wire_put_u64(out, *(const uint64_t *)at);
        break;
    case FIELD_MAGIC:
        wire_put_u32(out, WIN_MAGIC);
        wire_put_u16(out, WIN_VERSION);
        wire_put_u16(out, 0);
        break;
    case FIELD_RECT:
    case FIELD_AREA:
        put_rect(out, at);
        break;
    case FIELD_EXTENTS:
        put_extents(out, at);
        break;
    case FIELD_TEXT:
        text = at;
        wire_put_u16(out, (uint16_t)text->len);
        buf_append(out, text->data, text->len);
        break;
    case FIELD_IDS:
    case FIELD_RECTS:
    case FIELD_PIXELS:
        put_array(out, field->kind, msg);
        break;
    default: /* the rest are one U32 or S32 */
        wire_put_u32(out, *(const uint32_t *)at);
        break;
    }
}

void win_msg_encode(struct buf *out, const struct win_msg *msg)
{
    const struct win_layout *layout = win_layout_of(msg->type);
    size_t start = out->len;
    struct err err = {0};

    if (!layout || win_check(layout, msg, &err)) {
        assert(0 && "a message that breaks the protocol's rules");
        return;
    }
    wire_put_u16(out, layout->number);
    wire_put_u16(out, 0);
    wire_put_u32(out, 0);
    for (const struct field *field = layout->fields; field->kind; field++)
        put_field(out, field, msg);
    wire_patch_u32(out, start + 4, (uint32_t)(out->len - start - WIN_ENVELOPE));
}
