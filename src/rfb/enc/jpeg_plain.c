/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where no vectors are known that would be faster than libjpeg; see jpeg_vector.h. */
#include "rfb/enc/jpeg_vector.h"

struct rfb_jpeg_vector *rfb_jpeg_vector_create(void)
{
    return NULL;
}

void rfb_jpeg_vector_destroy(struct rfb_jpeg_vector *j)
{
    (void)j;
}

void rfb_jpeg_vector_write(struct rfb_jpeg_vector *j, const uint32_t *pixels, size_t stride,
                           int32_t w, int32_t h, int quality, struct buf *out)
{
    (void)j, (void)pixels, (void)stride, (void)w, (void)h, (void)quality, (void)out;
}
