/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a peer's bytes to checked values: the reading half of the codec; see message.h. Every count
 * is compared with its cap and with the bytes that are there before anything is allocated.
 */
#include "base/mem.h"
#include "base/wire.h"
#include "winproto/message_layout.h"

static struct rect get_rect(struct wire_reader *r)
{
    struct rect rect;

    rect.x = wire_get_s32(r);
    rect.y = wire_get_s32(r);
    rect.w = wire_get_s32(r);
    rect.h = wire_get_s32(r);
    return rect;
}

static struct extents get_extents(struct wire_reader *r)
{
    struct extents e;

    e.left = wire_get_u16(r);
    e.right = wire_get_u16(r);
    e.top = wire_get_u16(r);
    e.bottom = wire_get_u16(r);
    return e;
}

/* Text stays where it is; a length over the limit is found by check_text(). */
static struct win_text get_text(struct wire_reader *r)
{
    size_t len = wire_get_u16(r);
    const uint8_t *data = wire_get_bytes(r, len);

    return data ? (struct win_text){(const char *)data, len} : (struct win_text){"", 0};
}

static int get_ids(struct wire_reader *r, struct win_order *order, struct err *err)
{
    uint32_t count = wire_get_u32(r);

    if (count > WINDOW_MAX_COUNT)
        return err_set(err, "%u windows in the order, at most %d are allowed", count,
                       WINDOW_MAX_COUNT);
    if (wire_left(r) < (size_t)count * 4) {
        r->failed = true;
        return 0;
    }
    order->ids = count ? mem_alloc0(count, sizeof(*order->ids)) : NULL;
    order->count = count;
    for (uint32_t i = 0; i < count; i++)
        order->ids[i] = wire_get_u32(r);
    return 0;
}

static int get_rects(struct wire_reader *r, struct win_shape *shape, struct err *err)
{
    uint32_t count = wire_get_u32(r);

    if (count > WINDOW_MAX_SHAPE)
        return err_set(err, "a shape of %u rectangles, at most %d are allowed", count,
                       WINDOW_MAX_SHAPE);
    if (wire_left(r) < (size_t)count * 16) {
        r->failed = true;
        return 0;
    }
    shape->rects = count ? mem_alloc0(count, sizeof(*shape->rects)) : NULL;
    shape->count = count;
    for (uint32_t i = 0; i < count; i++)
        shape->rects[i] = get_rect(r);
    return 0;
}

static int get_pixels(struct wire_reader *r, struct win_icon *icon, struct err *err)
{
    struct win_icon untrusted = {.width = wire_get_u32(r)};
    uint32_t count;

    untrusted.height = wire_get_u32(r);
    if (!r->failed && win_check_icon_size(&untrusted, err))
        return -1;
    count = untrusted.width * untrusted.height;
    if (wire_left(r) < (size_t)count * 4) {
        r->failed = true;
        return 0;
    }
    icon->pixels = count ? mem_alloc0(count, sizeof(*icon->pixels)) : NULL;
    icon->width = untrusted.width;
    icon->height = untrusted.height;
    for (uint32_t i = 0; i < count; i++)
        icon->pixels[i] = wire_get_u32(r);
    return 0;
}

static int get_magic(struct wire_reader *r, struct err *err)
{
    uint32_t magic = wire_get_u32(r);
    uint16_t version = wire_get_u16(r);

    (void)wire_get_u16(r);
    if (r->failed)
        return 0;
    if (magic != WIN_MAGIC)
        return err_set(err, "the magic is %08x", magic);
    if (version != WIN_VERSION)
        return err_set(err,
                       "the other side speaks version %u of the windows protocol, this "
                       "program version %u; install the matching one",
                       version, WIN_VERSION);
    return 0;
}

static int get_field(struct wire_reader *r, const struct field *field, struct win_msg *msg,
                     struct err *err)
{
    void *at = (char *)msg + field->offset;

    switch (field->kind) {
    case FIELD_U8:
    case FIELD_BOOL:
        *(uint8_t *)at = wire_get_u8(r);
        return 0;
    case FIELD_S16:
        *(int16_t *)at = (int16_t)wire_get_u16(r);
        return 0;
    case FIELD_U64:
        *(uint64_t *)at = wire_get_u64(r);
        return 0;
    case FIELD_MAGIC:
        return get_magic(r, err);
    case FIELD_RECT:
    case FIELD_AREA:
        *(struct rect *)at = get_rect(r);
        return 0;
    case FIELD_EXTENTS:
        *(struct extents *)at = get_extents(r);
        return 0;
    case FIELD_TEXT:
        *(struct win_text *)at = get_text(r);
        return 0;
    case FIELD_IDS:
        return get_ids(r, &msg->order, err);
    case FIELD_RECTS:
        return get_rects(r, &msg->shape, err);
    case FIELD_PIXELS:
        return get_pixels(r, &msg->icon, err);
    default:
        *(uint32_t *)at = wire_get_u32(r);
        return 0;
    }
}

static int get_payload(const struct win_layout *layout, struct wire_reader *r, struct win_msg *msg,
                       struct err *err)
{
    for (const struct field *field = layout->fields; field->kind; field++) {
        if (get_field(r, field, msg, err))
            return -1;
        if (r->failed)
            return err_set(err, "it ends before its field \"%s\"", win_field_name(field));
    }
    return win_check(layout, msg, err);
}

enum win_decoded win_msg_decode(const uint8_t *data, size_t len, size_t *used, struct win_msg *msg,
                                struct err *err)
{
    struct wire_reader r = wire_reader_of(data, len);
    unsigned number = wire_get_u16(&r), flags = wire_get_u16(&r);
    uint32_t length = wire_get_u32(&r);
    const struct win_layout *layout = win_layout_of(number);
    struct win_msg parsed = {0};

    if (r.failed)
        return WIN_NEEDS_MORE;
    if (length > WIN_MAX_PAYLOAD) {
        err_set(err, "a message of type 0x%03x (%s) has %u bytes, at most %d are allowed", number,
                win_type_name(number), length, WIN_MAX_PAYLOAD);
        return WIN_INVALID;
    }
    if (layout && flags) {
        err_set(err, "%s: the flags 0x%04x are not defined", layout->name, flags);
        return WIN_INVALID;
    }
    if (wire_left(&r) < length)
        return WIN_NEEDS_MORE;
    if (!layout) {
        *used = WIN_ENVELOPE + length;
        return WIN_UNKNOWN;
    }
    parsed.type = layout->number;
    r = wire_reader_of(data + WIN_ENVELOPE, length);
    if (get_payload(layout, &r, &parsed, err)) {
        err_prefix(err, "%s", layout->name);
        win_msg_finish(&parsed);
        return WIN_INVALID;
    }
    *used = WIN_ENVELOPE + length;
    *msg = parsed;
    return WIN_MESSAGE;
}
