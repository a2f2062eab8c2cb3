/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Client-to-server messages: one row of a table a message says how long it is and how its fields
 * are read. The composers are beside it in client_put.c. See client.h.
 */
#include "rfb/msg/client.h"

#include "base/arith.h"
#include "base/wire.h"

#include <stdlib.h>

/* ---- How long a message is --------------------------------------------------------------------
 * Each gets the message's first bytes, `fixed` of its row, and answers the length of the whole, or
 * 0 with the broken rule.
 */

static size_t set_encodings_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                                 struct err *err)
{
    uint16_t count;

    (void)agreed;
    wire_skip(&r, 2);
    count = wire_get_u16(&r);
    if (count > RFB_ENCODINGS_MAX) {
        err_set(err, "SetEncodings with %u encodings, at most %d are allowed", count,
                RFB_ENCODINGS_MAX);
        return 0;
    }
    return 4 + (size_t)count * 4;
}

static size_t pointer_event_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                                 struct err *err)
{
    (void)err;
    wire_skip(&r, 1);
    return agreed->extended_buttons && (wire_get_u8(&r) & 0x80) ? 7 : 6;
}

/* One that is too long ends here for the parser: people do copy whole files. */
static size_t cut_text_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                            struct err *err)
{
    int64_t len;
    size_t max = RFB_CUT_TEXT_MAX;

    wire_skip(&r, 4);
    len = wire_get_s32(&r);
    if (len < 0 && !agreed->clipboard) {
        err_set(err, "an extended clipboard message before it was agreed upon");
        return 0;
    }
    if (len < 0)
        max = agreed->clipboard;
    return (size_t)llabs(len) > max ? 8 : 8 + (size_t)llabs(len);
}

static size_t windows_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                           struct err *err)
{
    uint32_t len;

    wire_skip(&r, 4);
    len = wire_get_u32(&r);
    if (!agreed->windows) {
        err_set(err, "a windows message before windows were agreed upon");
        return 0;
    }
    if (len > RFB_CLIENT_WINDOWS_MAX) {
        err_set(err, "a windows message of %u bytes, at most %d are allowed", len,
                RFB_CLIENT_WINDOWS_MAX);
        return 0;
    }
    return 8 + (size_t)len;
}

static size_t fence_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                         struct err *err)
{
    uint8_t len;

    (void)agreed;
    wire_skip(&r, 8);
    len = wire_get_u8(&r);
    if (len > RFB_FENCE_MAX) {
        err_set(err, "a fence of %u bytes, at most %d are allowed", len, RFB_FENCE_MAX);
        return 0;
    }
    return 9 + (size_t)len;
}

static size_t desktop_size_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                                struct err *err)
{
    (void)agreed;
    (void)err;
    wire_skip(&r, 6);
    return 8 + (size_t)wire_get_u8(&r) * RFB_SCREEN_WIRE_SIZE;
}

static size_t qemu_size(struct wire_reader r, const struct rfb_client_agreed *agreed,
                        struct err *err)
{
    uint16_t operation;
    uint8_t subtype;

    wire_skip(&r, 1);
    subtype = wire_get_u8(&r);
    operation = wire_get_u16(&r);
    if (!subtype)
        return 12;
    if (subtype == 1 && agreed->audio && operation <= RFB_AUDIO_FORMAT)
        return operation == RFB_AUDIO_FORMAT ? 10 : 4;
    if (subtype == 1 && agreed->audio)
        err_set(err, "QEMU's audio operation %u, which does not exist", operation);
    else
        err_set(err, "QEMU message %u, which was never offered", subtype);
    return 0;
}

/* ---- How its fields are read ------------------------------------------------------------------
 * Each gets a reader of the whole message, behind the type byte. 0, or -1 with the broken rule.
 */

static struct rect get_area(struct wire_reader *r)
{
    struct rect area;

    area.x = wire_get_u16(r);
    area.y = wire_get_u16(r);
    area.w = wire_get_u16(r);
    area.h = wire_get_u16(r);
    return area;
}

static struct rfb_bytes get_rest(struct wire_reader *r)
{
    struct rfb_bytes rest;

    rest.len = wire_left(r);
    rest.data = wire_get_bytes(r, rest.len);
    return rest;
}

static int read_pixel_format(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    wire_skip(r, 3);
    msg->format = pixel_format_get(r);
    return pixel_format_validate(&msg->format, err);
}

static int read_encodings(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    wire_skip(r, 1);
    msg->encodings.count = wire_get_u16(r);
    msg->encodings.wire = wire_get_bytes(r, (size_t)msg->encodings.count * 4);
    return 0;
}

static int read_update_request(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    msg->request.incremental = wire_get_u8(r) != 0;
    msg->request.area = get_area(r);
    return 0;
}

static int read_key_event(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    msg->key.down = wire_get_u8(r) != 0;
    wire_skip(r, 2);
    msg->key.keysym = wire_get_u32(r);
    msg->key.keycode = 0;
    return 0;
}

/* The seventh byte, when there is one, is the upper part of the mask (bit 7 is only the mark). */
static int read_pointer_event(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    uint8_t mask = wire_get_u8(r);

    (void)err;
    msg->pointer.x = wire_get_u16(r);
    msg->pointer.y = wire_get_u16(r);
    msg->pointer.buttons = mask;
    if (wire_left(r))
        msg->pointer.buttons = (uint16_t)((mask & 0x7f) | wire_get_u8(r) << 7);
    return 0;
}

static int read_cut_text(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    int64_t len;

    (void)err;
    wire_skip(r, 3);
    len = wire_get_s32(r);
    msg->cut_text.extended = len < 0;
    msg->cut_text.text = get_rest(r);
    msg->cut_text.skip = (size_t)llabs(len) - msg->cut_text.text.len;
    return 0;
}

static int read_continuous(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    msg->continuous.enable = wire_get_u8(r) != 0;
    msg->continuous.area = get_area(r);
    return 0;
}

static int read_windows(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    wire_skip(r, 7);
    msg->windows = get_rest(r);
    return 0;
}

static int read_fence(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    wire_skip(r, 3);
    msg->fence.flags = wire_get_u32(r);
    wire_skip(r, 1);
    msg->fence.payload = get_rest(r);
    return 0;
}

static int read_xvp(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    wire_skip(r, 1);
    msg->xvp.version = wire_get_u8(r);
    msg->xvp.code = wire_get_u8(r);
    return 0;
}

static int read_desktop_size(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    (void)err;
    wire_skip(r, 1);
    msg->desktop_size.width = wire_get_u16(r);
    msg->desktop_size.height = wire_get_u16(r);
    msg->desktop_size.count = wire_get_u8(r);
    wire_skip(r, 1);
    msg->desktop_size.wire = get_rest(r).data;
    return 0;
}

static int read_audio(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    struct pcm_format *f = &msg->audio.format;
    uint8_t kind;

    msg->type = RFB_QEMU_CLIENT_AUDIO;
    msg->audio.wish = (enum rfb_audio_wish)wire_get_u16(r);
    if (msg->audio.wish != RFB_AUDIO_FORMAT)
        return 0;
    kind = wire_get_u8(r); /* U8, S8, U16, S16, U32, S32 */
    *f = (struct pcm_format){.bits = (uint8_t)(8 << (kind / 2 & 3)), .is_signed = kind & 1};
    f->channels = wire_get_u8(r);
    f->rate = wire_get_u32(r);
    if (kind > 5 || f->channels > 2 || !pcm_format_is_valid(f))
        return err_set(err, "sound in format %u with %u channels and %u Hz, which nobody has", kind,
                       f->channels, f->rate);
    return 0;
}

static int read_qemu(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err)
{
    if (wire_get_u8(r))
        return read_audio(r, msg, err);
    msg->key.down = wire_get_u16(r) != 0;
    msg->key.keysym = wire_get_u32(r);
    msg->key.keycode = wire_get_u32(r);
    return 0;
}

/* ---- The table --------------------------------------------------------------------------------
 */

struct message_row {
    uint8_t type;
    uint8_t fixed; /* bytes after which the length of the whole is known */
    size_t (*size)(struct wire_reader head, const struct rfb_client_agreed *agreed,
                   struct err *err); /* NULL: `fixed` is the whole */
    int (*read)(struct wire_reader *r, struct rfb_client_msg *msg, struct err *err);
};

static const struct message_row rows[] = {
    {RFB_SET_PIXEL_FORMAT, 20, NULL, read_pixel_format},
    {RFB_SET_ENCODINGS, 4, set_encodings_size, read_encodings},
    {RFB_FRAMEBUFFER_UPDATE_REQUEST, 10, NULL, read_update_request},
    {RFB_KEY_EVENT, 8, NULL, read_key_event},
    {RFB_POINTER_EVENT, 6, pointer_event_size, read_pointer_event},
    {RFB_CLIENT_CUT_TEXT, 8, cut_text_size, read_cut_text},
    {RFB_ENABLE_CONTINUOUS_UPDATES, 10, NULL, read_continuous},
    {RFB_CLIENT_WINDOWS, 8, windows_size, read_windows},
    {RFB_CLIENT_FENCE, 9, fence_size, read_fence},
    {RFB_CLIENT_XVP, 4, NULL, read_xvp},
    {RFB_SET_DESKTOP_SIZE, 8, desktop_size_size, read_desktop_size},
    {RFB_QEMU_CLIENT, 4, qemu_size, read_qemu},
};

static const struct message_row *row_of(uint8_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

enum rfb_parsed rfb_client_msg_parse(const uint8_t *data, size_t len,
                                     const struct rfb_client_agreed *agreed, size_t *used,
                                     struct rfb_client_msg *msg, struct err *err)
{
    const struct message_row *row;
    struct rfb_client_msg found;
    struct wire_reader r;
    size_t size;

    if (!len)
        return RFB_PARSED_NEEDS_MORE;
    row = row_of(data[0]);
    if (!row) {
        err_set(err, "client message %u, which was never offered", data[0]);
        return RFB_PARSED_INVALID;
    }
    if (len < row->fixed)
        return RFB_PARSED_NEEDS_MORE;
    size = row->size ? row->size(wire_reader_of(data, row->fixed), agreed, err) : row->fixed;
    if (!size)
        return RFB_PARSED_INVALID;
    if (len < size)
        return RFB_PARSED_NEEDS_MORE;
    r = wire_reader_of(data + 1, size - 1);
    found.type = (enum rfb_client_message)row->type;
    if (row->read(&r, &found, err) < 0)
        return RFB_PARSED_INVALID;
    *msg = found;
    *used = size;
    return RFB_PARSED_MESSAGE;
}

int32_t rfb_set_encodings_at(const struct rfb_set_encodings *encodings, unsigned index)
{
    struct wire_reader r = wire_reader_of(encodings->wire, (size_t)encodings->count * 4);

    wire_skip(&r, (size_t)index * 4);
    return wire_get_s32(&r);
}
