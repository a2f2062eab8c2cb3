/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Films: a part of the screen that changes all the time, sent as one stream of Open H.264 to a
 * viewer that knows it, where the path is too slow for JPEG. A film's stream is one viewer's own:
 * it costs an encoder's memory and time for each, so few may have one at a time.
 *
 * Here is where a film is and whether it is worth it; it is encoded as any strip (strips.h).
 */
#pragma once

#include "base/rect.h"

#include <stdbool.h>

enum {
    RFB_FILMS_MAX = 4,             /* at a time, of all viewers */
    RFB_FILM_PIXELS = 3840 * 2160, /* of one at most */
    RFB_FILM_QUALITY = 60, /* at most: the path is slow, and what has stopped is sharpened */
    RFB_FILM_PIXELS_LEAST = 64 << 10,
};

struct rfb_film {
    struct rect at;   /* empty: there is none */
    struct rect next; /* where one seems to be, and how many updates in a row it was there */
    unsigned seen;
    bool is_slow;  /* the path, for JPEG */
    bool is_open;  /* there is an encoder */
    bool is_asked; /* the library was asked for */
    bool failed;   /* there won't be one */
};
