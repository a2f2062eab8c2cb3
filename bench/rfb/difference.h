/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a decoded screen is from the picture that was painted. */
#pragma once

#include "pixel/surface.h"

struct difference {
    uint64_t wrong; /* pixels */
    double psnr;    /* dB; 99: equal */
};

/* `want` has the surface's size, packed. */
struct difference difference_between(const struct surface *s, const uint32_t *want);
/* Whether there is any. It begins at the row *from and leaves there one that differs: asked again
   and again while a picture arrives it costs little. */
bool difference_is_none(const struct surface *surface, const uint32_t *want, uint32_t *from);
