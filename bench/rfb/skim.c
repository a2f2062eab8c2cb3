/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows messages without decoding them; see skim.h. */
#include "skim.h"

#include "base/arith.h"
#include "base/wire.h"
#include "rfb/msg/client.h"
#include "rfb/registry.h"

enum {
    TIGHT_FILL = 8,
    TIGHT_JPEG = 9,
    TIGHT_HAS_FILTER = 4,
    TIGHT_PALETTE = 1,
    TIGHT_PIXEL = 3,         /* bytes */
    TIGHT_UNCOMPRESSED = 12, /* so few bytes or fewer have no length */
};

static uint64_t compact_length(struct wire_reader *in)
{
    uint64_t length = 0;

    for (unsigned shift = 0; shift < 21; shift += 7) {
        uint8_t b = wire_get_u8(in);

        length |= (uint64_t)(shift < 14 ? b & 0x7f : b) << shift;
        if (!(b & 0x80))
            break;
    }
    return length;
}

static void end_rect(struct skim *s)
{
    if (s->until_last || --s->rects_left)
        return;
    s->in_update = false;
    s->updates++;
}

static void request(const struct skim *s, struct buf *out)
{
    if (!s->continuous)
        rfb_put_update_request(out, true, (struct rect){0, 0, s->width, s->height});
}

static int read_tight(struct skim *s, struct wire_reader *in)
{
    uint8_t control = wire_get_u8(in) >> 4, filter = 0;
    uint64_t size = (uint64_t)s->w * s->h * TIGHT_PIXEL;

    if (control == TIGHT_FILL) {
        s->skip = TIGHT_PIXEL;
    } else if (control == TIGHT_JPEG) {
        s->skip = compact_length(in);
    } else {
        if (control & TIGHT_HAS_FILTER)
            filter = wire_get_u8(in);
        if (filter == TIGHT_PALETTE) {
            unsigned colours = wire_get_u8(in) + 1u;

            wire_skip(in, (size_t)colours * TIGHT_PIXEL);
            size = colours == 2 ? (uint64_t)(s->w + 7) / 8 * s->h : (uint64_t)s->w * s->h;
        }
        s->skip = size < TIGHT_UNCOMPRESSED ? size : compact_length(in);
    }
    if (in->failed)
        return 0;
    s->in_tight = false;
    end_rect(s);
    return 1;
}

static int read_rect(struct skim *s, struct wire_reader *in, struct err *err)
{
    int32_t encoding;
    uint64_t skip = 0;

    wire_skip(in, 4);
    s->w = wire_get_u16(in);
    s->h = wire_get_u16(in);
    encoding = wire_get_s32(in);
    if (in->failed)
        return 0;
    switch (encoding) {
    case RFB_RAW:
        skip = (uint64_t)s->w * s->h * 4;
        break;
    case RFB_COPY_RECT:
        skip = 4;
        break;
    case RFB_CURSOR:
        skip = (uint64_t)s->w * s->h * 4 + (uint64_t)(s->w + 7) / 8 * s->h;
        break;
    case RFB_ZRLE:
        skip = wire_get_u32(in);
        break;
    case RFB_TIGHT:
        s->in_tight = true;
        return 1;
    case RFB_LAST_RECT:
        s->until_last = false;
        s->rects_left = 1;
        break;
    case RFB_QEMU_EXTENDED_KEY:
    case RFB_DESKTOP_SIZE:
        break;
    default:
        return err_set(err, "a rectangle has encoding %d, which cannot be skimmed", encoding);
    }
    if (in->failed)
        return 0;
    s->skip = skip;
    end_rect(s);
    return 1;
}

static int read_fence(struct wire_reader *in, struct buf *out)
{
    const uint8_t *payload;
    uint32_t flags;
    uint8_t len;

    wire_skip(in, 3);
    flags = wire_get_u32(in);
    len = wire_get_u8(in);
    payload = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    if (flags & RFB_FENCE_REQUEST && len <= RFB_FENCE_MAX)
        rfb_put_client_fence(out, flags & ~(uint32_t)RFB_FENCE_REQUEST, payload, len);
    return 1;
}

static int begin_update(struct skim *s, struct wire_reader *in, struct buf *out)
{
    uint16_t count;

    wire_skip(in, 1);
    count = wire_get_u16(in);
    if (in->failed)
        return 0;
    s->until_last = count == RFB_RECTS_UNTIL_LAST;
    s->rects_left = count;
    s->in_update = count;
    request(s, out);
    return 1;
}

static int read_message(struct skim *s, struct wire_reader *in, struct buf *out, struct err *err)
{
    uint8_t type = wire_get_u8(in);

    if (in->failed)
        return 0;
    switch (type) {
    case RFB_FRAMEBUFFER_UPDATE:
        return begin_update(s, in, out);
    case RFB_BELL:
        return 1;
    case RFB_SERVER_CUT_TEXT:
        wire_skip(in, 3);
        s->skip = wire_get_u32(in);
        return !in->failed;
    case RFB_END_OF_CONTINUOUS_UPDATES:
        if (!s->continuous)
            rfb_put_enable_continuous_updates(out, true, (struct rect){0, 0, s->width, s->height});
        s->continuous = true;
        return 1;
    case RFB_SERVER_FENCE:
        return read_fence(in, out);
    default:
        return err_set(err, "a message of type %u cannot be skimmed", type);
    }
}

int skim_feed(struct skim *s, const uint8_t *data, size_t len, size_t *used, struct buf *out,
              struct err *err)
{
    struct wire_reader in = wire_reader_of(data, len), before;
    int answer;

    do {
        size_t over = (size_t)MIN_OF(s->skip, (uint64_t)wire_left(&in));

        wire_skip(&in, over);
        s->skip -= over;
        before = in;
        if (s->skip || !wire_left(&in))
            break;
        answer = s->in_tight    ? read_tight(s, &in)
                 : s->in_update ? read_rect(s, &in, err)
                                : read_message(s, &in, out, err);
        if (answer < 0)
            return -1;
        if (!answer)
            s->skip = 0; /* what was read of a length that is not all there */
    } while (answer > 0);
    *used = len - wire_left(&before);
    return 0;
}
