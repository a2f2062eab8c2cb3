/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units, pictures and sizes in H.264's byte stream; see h264_stream.h. */
#include "rfb/enc/h264_stream.h"

#include "base/arith.h"

#include <stdbool.h>

enum {
    START = 3, /* bytes: 0 0 1 */
    /* Types of units. */
    SLICE = 1,
    IDR_SLICE = 5,
    EXTRA_INFORMATION = 6,
    SEQUENCE = 7,
    DELIMITER = 9,
    REFERENCES_MAX = 16,
    CYCLE_MAX = 255,
};

/*
 * ---- Bits ----
 *
 * After two bytes of 0 comes the unit's end, or a 3 that only keeps start codes out. No encoder has
 * a reason for that before the size; and as libavcodec reads a broken set once more with the 3 as
 * bits, it could be led to another size than ours. So it is an error.
 */

struct bits {
    const uint8_t *at, *end;
    unsigned zeros; /* bytes in a row before `at` */
    unsigned left;  /* bits of `byte` */
    uint8_t byte;
    bool failed;
};

static uint32_t get_bit(struct bits *b)
{
    if (!b->left) {
        if (b->at == b->end || (b->zeros >= 2 && *b->at <= 3)) {
            b->failed = true;
            return 0;
        }
        b->byte = *b->at++;
        b->zeros = b->byte ? 0 : b->zeros + 1;
        b->left = 8;
    }
    return b->byte >> --b->left & 1u;
}

static uint32_t get_bits(struct bits *b, unsigned n)
{
    uint32_t value = 0;

    while (n--)
        value = value << 1 | get_bit(b);
    return value;
}

/* Exp-Golomb codes, of at most 32 bits' worth. */
static uint32_t get_ue(struct bits *b)
{
    unsigned zeros = 0;

    while (!get_bit(b)) {
        if (b->failed || ++zeros > 31) {
            b->failed = true;
            return 0;
        }
    }
    return (1u << zeros) - 1 + get_bits(b, zeros);
}

static int32_t get_se(struct bits *b)
{
    uint32_t value = get_ue(b);

    return value & 1 ? (int32_t)(value / 2 + 1) : -(int32_t)(value / 2);
}

/* ---- The sequence parameter set ---- */

static bool is_high(uint32_t profile)
{
    static const uint8_t high[] = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244};

    for (size_t i = 0; i < ARRAY_LEN(high); i++)
        if (high[i] == profile)
            return true;
    return false;
}

static void skip_scaling_list(struct bits *b, unsigned size)
{
    int32_t last = 8, next = 8;

    for (unsigned i = 0; i < size && !b->failed; i++) {
        if (next)
            next = (int32_t)(((uint32_t)last + (uint32_t)get_se(b)) & 255);
        last = next ? next : last;
    }
}

/* Of the profiles that have them. */
static int read_colours(struct bits *b, struct err *err)
{
    uint32_t chroma = get_ue(b), deep;

    if (chroma == 3)
        get_bit(b);
    deep = get_ue(b);
    deep |= get_ue(b);
    if (!b->failed && (chroma > 3 || deep))
        return err_set(err, "an H.264 stream has more than 8 bits a colour: not supported");
    get_bit(b);
    if (!get_bit(b))
        return 0;
    for (unsigned i = 0; i < (chroma == 3 ? 12 : 8); i++)
        if (get_bit(b))
            skip_scaling_list(b, i < 6 ? 16 : 64);
    return 0;
}

static void skip_order(struct bits *b)
{
    uint32_t type, cycle;

    get_ue(b);
    type = get_ue(b);
    if (type == 0)
        get_ue(b);
    if (type != 1)
        return;
    get_bit(b);
    get_se(b);
    get_se(b);
    cycle = get_ue(b);
    b->failed = b->failed || cycle > CYCLE_MAX;
    while (cycle-- && !b->failed)
        get_se(b);
}

int h264_read_size(const uint8_t *data, size_t len, struct h264_size *size, struct err *err)
{
    struct bits b = {.at = data, .end = data + len};
    uint32_t profile = get_bits(&b, 8), references, width, height;

    get_bits(&b, 16);
    get_ue(&b);
    if (is_high(profile) && read_colours(&b, err))
        return -1;
    skip_order(&b);
    references = get_ue(&b);
    get_bit(&b);
    width = get_ue(&b);
    height = get_ue(&b);
    height = width < H264_SIDE_MAX && height < H264_SIDE_MAX ? (height + 1) * (2 - get_bit(&b)) : 0;
    if (b.failed)
        return err_set(err, "an H.264 stream's parameters are broken");
    if (!height || width + 1 > H264_SIDE_MAX / 16 || height > H264_SIDE_MAX / 16)
        return err_set(err, "an H.264 stream's pictures have a side of more than %d pixels",
                       (int)H264_SIDE_MAX);
    if (references > REFERENCES_MAX)
        return err_set(err, "an H.264 stream refers to %u pictures; %d are allowed", references,
                       (int)REFERENCES_MAX);
    *size = (struct h264_size){(width + 1) * 16, height * 16, references};
    return 0;
}

/* ---- Units ---- */

int h264_starts(const uint8_t *data, size_t len)
{
    size_t zeros = 0;

    while (zeros < len && !data[zeros])
        zeros++;
    return zeros >= 2 && zeros < len && data[zeros] == 1;
}

/* Where the next unit's type is; NULL: there is none. */
static const uint8_t *next_unit(const uint8_t *at, const uint8_t *end)
{
    for (; end - at > START; at++)
        if (!at[0] && !at[1] && at[2] == 1)
            return at + START;
    return NULL;
}

int h264_largest_size(const uint8_t *data, size_t len, struct h264_size *size, struct err *err)
{
    const uint8_t *end = data + len;
    struct h264_size largest = {0};

    for (const uint8_t *unit = next_unit(data, end); unit; unit = next_unit(unit, end)) {
        struct h264_size one;

        if ((*unit & 31) != SEQUENCE)
            continue;
        if (h264_read_size(unit + 1, (size_t)(end - unit) - 1, &one, err))
            return -1;
        largest.width = MAX_OF(largest.width, one.width);
        largest.height = MAX_OF(largest.height, one.height);
        largest.references = MAX_OF(largest.references, one.references);
    }
    *size = largest;
    return 0;
}

size_t h264_picture_length(const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len;
    bool has_slice = false;

    for (const uint8_t *unit = next_unit(data, end); unit; unit = next_unit(unit, end)) {
        unsigned type = *unit & 31;
        bool is_slice = type == SLICE || type == IDR_SLICE;
        /* A picture's first slice says so with its first bit. */
        bool begins = is_slice ? end - unit > 1 && unit[1] & 128
                               : type >= EXTRA_INFORMATION && type <= DELIMITER;

        if (has_slice && begins) {
            const uint8_t *start = unit - START;

            return (size_t)(start - data) - (start > data && !start[-1]);
        }
        has_slice = has_slice || is_slice;
    }
    return len;
}
