/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open H.264's contexts and the libraries for them, the encoder's side; see h264.h. */
#include "rfb/enc/h264.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"

#include <stdlib.h>

static const struct rfb_h264_encoding *encoding;
static const struct rfb_h264_decoding *decoding;

void rfb_h264_use_encoding(const struct rfb_h264_encoding *library)
{
    __atomic_store_n(&encoding, library, __ATOMIC_RELEASE);
}

void rfb_h264_use_decoding(const struct rfb_h264_decoding *library)
{
    __atomic_store_n(&decoding, library, __ATOMIC_RELEASE);
}

static const struct rfb_h264_encoding *rfb_h264_encoding(void)
{
    return __atomic_load_n(&encoding, __ATOMIC_ACQUIRE);
}

const struct rfb_h264_decoding *rfb_h264_decoding(void)
{
    return __atomic_load_n(&decoding, __ATOMIC_ACQUIRE);
}

bool rfb_h264_encodes(void)
{
    return rfb_h264_encoding();
}

bool rfb_h264_decodes(void)
{
    return rfb_h264_decoding();
}

void rfb_put_h264_reset_all(struct buf *out, struct rect r)
{
    rfb_put_rect_header(out, r, RFB_OPEN_H264);
    wire_put_u32(out, 0);
    wire_put_u32(out, RFB_H264_RESET_ALL);
}

/* ---- Encoder ----------------------------------------------------------------------------------
 */

/* One film at a time: where it is elsewhere, or of another size, another stream begins. */
struct encoder {
    struct rect at; /* empty: no stream */
    struct rfb_h264_encoder *stream;
    const struct rfb_h264_encoding *library; /* the stream's */
};

static void *encoder_create(void)
{
    return mem_new0(struct encoder);
}

static void encoder_close(struct encoder *e)
{
    if (e->stream)
        e->library->destroy(e->stream);
    *e = (struct encoder){0};
}

static void encoder_destroy(void *state)
{
    if (state)
        encoder_close(state);
    free(state);
}

/* No rectangle at all where it fails: the caller has other encodings. */
static uint32_t encode(void *state, const struct rfb_encode_settings *settings,
                       const struct rfb_block *block, struct buf *out)
{
    struct encoder *e = state;
    struct rfb_h264_wish wish = {.quality = settings->quality, .bytes = settings->path_bytes};
    size_t before = out->len, head;

    if (!rfb_h264_encodes())
        return 0;
    wish.first = !e->stream || !rect_equal(e->at, block->at);
    if (wish.first) {
        encoder_close(e);
        e->library = rfb_h264_encoding();
        e->stream = e->library->create((uint32_t)block->at.w, (uint32_t)block->at.h, &wish);
        e->at = block->at;
    }
    rfb_put_rect_header(out, block->at, RFB_OPEN_H264);
    head = out->len;
    wire_put_u32(out, 0);
    wire_put_u32(out, wish.first ? RFB_H264_RESET_ALL : 0);
    if (!e->stream || !e->library->encode(e->stream, block->pixels, block->stride, &wish, out) ||
        out->len - head - 8 > UINT32_MAX) {
        out->len = before;
        encoder_close(e);
        return 0;
    }
    wire_patch_u32(out, head, (uint32_t)(out->len - head - 8));
    rfb_tell_lossy(settings, block->at);
    return 1;
}

const struct rfb_encoder rfb_h264_encoder = {
    .create = encoder_create, .encode = encode, .destroy = encoder_destroy};
