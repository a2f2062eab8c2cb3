/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zlib (6): Raw's bytes through one compression stream, each rectangle with its length first. */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/stream.h"

#include <stdlib.h>

enum { STEP = 16 * 1024 }; /* bytes, or a row, that go to the stream at a time */

static void *zlib_encoder_create(void)
{
    return mem_new0(struct rfb_deflate);
}

static void zlib_encoder_destroy(void *state)
{
    if (state)
        rfb_deflate_finish(state);
    free(state);
}

static uint32_t zlib_encode(void *state, const struct rfb_encode_settings *settings,
                            const struct rfb_block *block, struct buf *out)
{
    size_t row = (size_t)block->at.w * pixel_format_bytes(&settings->format), length_at;
    int32_t rows = (int32_t)MAX_OF(STEP / row, (size_t)1);
    int level = rfb_deflate_level(settings->compression);
    uint8_t *bytes = mem_alloc0(row, (size_t)rows);

    rfb_put_rect_header(out, block->at, RFB_ZLIB);
    length_at = out->len;
    wire_put_u32(out, 0);
    if (settings->apart)
        rfb_deflate_restart(state, true);
    else if (settings->interrupted)
        rfb_deflate_forget(state);
    rfb_deflate_begin(state, level, out);
    for (int32_t y = 0; y < block->at.h; y += rows) {
        int32_t n = MIN_OF(rows, block->at.h - y);

        for (int32_t i = 0; i < n; i++)
            pixel_row_to_wire(&settings->format, bytes + row * (size_t)i,
                              rfb_block_row(block, y + i), (size_t)block->at.w);
        rfb_deflate_expect(state, rfb_content_of(bytes, row * (size_t)n), out);
        rfb_deflate_add(state, bytes, row * (size_t)n, out);
    }
    rfb_deflate_end(state, out);
    wire_patch_u32(out, length_at, (uint32_t)(out->len - length_at - 4));
    free(bytes);
    return 1;
}

const struct rfb_encoder rfb_zlib_encoder = {zlib_encoder_create, zlib_encode, zlib_encoder_destroy,
                                             .streams = true, .starts = true};

struct zlib_decoder {
    struct rfb_target target;
    struct rfb_inflate in;
    bool has_length;
    uint8_t *row; /* RECT_SIZE_MAX pixels of 4 bytes */
    size_t filled;
    int32_t y;
};

static void *zlib_decoder_create(void)
{
    struct zlib_decoder *d = mem_new0(struct zlib_decoder);

    d->row = mem_alloc0(RECT_SIZE_MAX, 4);
    return d;
}

static void zlib_decoder_destroy(void *state)
{
    struct zlib_decoder *d = state;

    if (d) {
        rfb_inflate_finish(&d->in);
        free(d->row);
    }
    free(d);
}

static void zlib_begin(void *state, const struct pixel_format *format, struct surface *to,
                       struct rect r)
{
    struct zlib_decoder *d = state;

    d->target = (struct rfb_target){*format, to, r};
    d->has_length = false;
    d->filled = 0;
    d->y = 0;
}

/* One more piece of a row; 0 when there is nothing to go on with. */
static int zlib_step(struct zlib_decoder *d, const uint8_t *data, size_t len, size_t *used,
                     struct err *err)
{
    const struct rfb_target *t = &d->target;
    size_t row = (size_t)t->r.w * pixel_format_bytes(&t->format), made;

    if (rfb_inflate_some(&d->in, data, len, used, d->row + d->filled, row - d->filled, &made, err))
        return -1;
    d->filled += made;
    if (d->filled == row) {
        pixel_row_from_wire(&t->format, surface_row(t->to, t->r.y + d->y) + t->r.x, d->row,
                            (size_t)t->r.w);
        d->filled = 0;
        d->y++;
        return 1;
    }
    if (!*used && !made && !d->in.left)
        return err_set(err, "a zlib rectangle has fewer pixels than its size");
    return *used || made;
}

static enum rfb_decoded zlib_decode(void *state, const uint8_t *data, size_t len, size_t *used,
                                    struct err *err)
{
    struct zlib_decoder *d = state;
    int answer = 1;

    *used = 0;
    if (!d->has_length) {
        struct wire_reader in = wire_reader_of(data, len);

        rfb_inflate_begin(&d->in, wire_get_u32(&in));
        if (in.failed)
            return RFB_DECODE_NEEDS_MORE;
        d->has_length = true;
        *used = 4;
    }
    while (answer > 0 && d->y < d->target.r.h) {
        size_t n;

        answer = zlib_step(d, data + *used, len - *used, &n, err);
        *used += answer < 0 ? 0 : n;
    }
    while (answer > 0 && d->in.left) {
        size_t n;

        answer = rfb_inflate_drain(&d->in, data + *used, len - *used, &n, err);
        *used += answer < 0 ? 0 : n;
    }
    return answer > 0 ? RFB_DECODE_DONE : (enum rfb_decoded)answer;
}

const struct rfb_decoder rfb_zlib_decoder = {zlib_decoder_create, zlib_begin, zlib_decode,
                                             zlib_decoder_destroy};
