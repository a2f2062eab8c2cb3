/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every message is made of, for the three files of the codec: message.c (the table and the
 * rules), message_encode.c and message_decode.c. The encoder, the decoder and the checks all walk
 * the same table, so they cannot disagree, and docs/windows-protocol.md is that table in prose.
 * Private to this room.
 */
#pragma once

#include "winproto/message.h"

/* What a field is on the wire, and with it what is allowed in it. */
enum field_kind {
    FIELD_END,
    FIELD_U8,
    FIELD_BOOL, /* U8, 0 or 1 */
    FIELD_U32,
    FIELD_U64,
    FIELD_S16,
    FIELD_MAGIC,    /* U32 magic, U16 version, U16 zero; nothing in the struct */
    FIELD_ID,       /* U32, not 0 */
    FIELD_SIZE,     /* U32, 1…RECT_SIZE_MAX */
    FIELD_SIZE_OR0, /* U32, 0…RECT_SIZE_MAX */
    FIELD_SCALE,    /* U32, WIN_SCALE_MIN…WIN_SCALE_MAX */
    FIELD_SCALE_OR0,
    FIELD_KEY,     /* U32, 0…WIN_KEY_MAX */
    FIELD_COORD,   /* S32, ±RECT_PLACE_MAX */
    FIELD_RECT,    /* two coordinates, two sizes of at least 1 */
    FIELD_AREA,    /* the same, or sizes 0 × 0 */
    FIELD_EXTENTS, /* four U16: left, right, top, bottom, each at most WIN_MAX_EXTENT */
    FIELD_TEXT,    /* U16 length, clean UTF-8 of at most WINDOW_MAX_TEXT bytes */
    FIELD_IDS,     /* U32 count, that many different ids */
    FIELD_RECTS,   /* U32 count, that many rectangles */
    FIELD_PIXELS,  /* U32 width, U32 height, width × height U32 */
};

struct field {
    enum field_kind kind;
    uint16_t offset; /* in struct win_msg */
    const char *name;
};

enum { FIELDS_MAX = 10 };

struct win_layout {
    uint16_t number;
    const char *name;
    struct field fields[FIELDS_MAX];
};

/* NULL: no such type. */
const struct win_layout *win_layout_of(unsigned type);

/* All the rules of a message; -1 with the broken one in err. */
int win_check(const struct win_layout *layout, const struct win_msg *msg, struct err *err);

/* An icon's size by itself, because it has to be known before its pixels are read. */
int win_check_icon_size(const struct win_icon *icon, struct err *err);

/* "limits.limits.min_w" is a path of the program; a person reads "min_w". */
const char *win_field_name(const struct field *field);
