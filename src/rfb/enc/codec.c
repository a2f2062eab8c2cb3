/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of codecs, and the header that all rectangles begin with; see enc.h. */
#include "rfb/enc/codec.h"

#include "base/wire.h"

const struct rfb_codec rfb_codecs[RFB_CODEC_COUNT] = {
    {RFB_COPY_RECT, "CopyRect", NULL, &rfb_copy_rect_decoder},
    {RFB_TIGHT, "Tight", &rfb_tight_encoder, &rfb_tight_decoder},
    {RFB_ZRLE, "ZRLE", &rfb_zrle_encoder, &rfb_zrle_decoder},
    {RFB_ZLIB, "zlib", &rfb_zlib_encoder, &rfb_zlib_decoder},
    {RFB_TRLE, "TRLE", &rfb_trle_encoder, &rfb_trle_decoder},
    {RFB_HEXTILE, "Hextile", &rfb_hextile_encoder, &rfb_hextile_decoder},
    {RFB_RRE, "RRE", &rfb_rre_encoder, &rfb_rre_decoder},
    {RFB_TIGHT_PNG, "TightPNG", &rfb_tight_png_encoder, &rfb_tight_png_decoder},
    {RFB_JPEG, "JPEG", &rfb_jpeg_encoder, &rfb_jpeg_decoder},
    {RFB_OPEN_H264, "H.264", NULL, &rfb_h264_decoder, &rfb_h264_encoder},
    {RFB_RAW, "Raw", &rfb_raw_encoder, &rfb_raw_decoder},
};

int rfb_codec_index(int32_t encoding)
{
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (rfb_codecs[i].encoding == encoding)
            return i;
    return -1;
}

void rfb_put_rect_header(struct buf *out, struct rect r, int32_t encoding)
{
    wire_put_u16(out, (uint16_t)r.x);
    wire_put_u16(out, (uint16_t)r.y);
    wire_put_u16(out, (uint16_t)r.w);
    wire_put_u16(out, (uint16_t)r.h);
    wire_put_s32(out, encoding);
}
