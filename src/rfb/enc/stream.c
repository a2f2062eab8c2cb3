/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compression streams over zlib; see stream.h. */
#include "rfb/enc/stream.h"

#include "base/arith.h"
#include "rfb/enc/huffman.h"

#include <stdlib.h>
#include <string.h>

enum {
    OUR_LEVEL = 1,       /* what a fast network and a busy guest want */
    SPACE = 16 * 1024,   /* bytes offered to zlib at a time */
    BLOCK_MAX = 1 << 30, /* zlib counts in unsigned int */
    MEMORY = 8,          /* zlib's own default */
};

int rfb_deflate_level(int asked)
{
    return asked < 0 || asked > 9 ? OUR_LEVEL : asked;
}

/*
 * Two bytes taken at random are equal with a chance of 1/256 when all values are equally likely,
 * and with a larger one otherwise. The bytes looked at lie evenly in the data, a step apart that
 * shares no factor with a pixel's bytes, so that each colour is among them.
 */
static bool is_noise(const uint8_t *data, size_t len)
{
    enum { LOOKS = 1536, LEAST = 768 };
    static const int to_coprime[6] = {1, 0, -1, 2, 1, 0}; /* neither even nor a multiple of 3 */
    uint16_t seen[256] = {0};
    size_t step = len / LOOKS, n = 0, pairs = 0;

    step += (size_t)to_coprime[step % 6];
    for (size_t i = 0; i < len && n < LOOKS; i += step, n++)
        pairs += seen[data[i]]++;
    return n >= LEAST && pairs * 256 < n * (n - 1) / 2 * 23 / 20;
}

/*
 * False when four bytes hardly ever come again. Of all places an eighth is looked at, chosen by
 * what stands there, so that what repeats is met each time it comes, however far apart.
 */
static bool repeats(const uint8_t *data, size_t len)
{
    enum { BYTES = 4096, SLOTS = 512, ONE_OF = 8, LEAST = 64, FEW = 64 };
    uint16_t seen[SLOTS] = {0}; /* the place + 1; 0: nothing yet */
    unsigned looks = 0, hits = 0;

    for (size_t i = 0; i + 4 <= MIN_OF(len, (size_t)BYTES); i++) {
        uint32_t four, before, hash;

        memcpy(&four, data + i, 4);
        hash = four * 0x9e3779b1u >> 20;
        if (hash % ONE_OF)
            continue;
        hash /= ONE_OF;
        if (seen[hash]) {
            memcpy(&before, data + seen[hash] - 1, 4);
            hits += before == four;
        }
        seen[hash] = (uint16_t)(i + 1);
        looks++;
    }
    return looks < LEAST || hits * FEW > looks;
}

enum rfb_content rfb_content_of(const uint8_t *data, size_t len)
{
    if (is_noise(data, len))
        return RFB_NOISE;
    return repeats(data, len) ? RFB_REPEATS : RFB_GRAIN;
}

/* Runs zlib until it has taken all its input and, with a flush, given all its output. */
static void pump(struct rfb_deflate *d, int how, struct buf *out)
{
    do {
        d->z.next_out = buf_reserve(out, SPACE);
        d->z.avail_out = SPACE;
        deflate(&d->z, how);
        out->len += SPACE - d->z.avail_out;
    } while (!d->z.avail_out || d->z.avail_in);
}

/* Up to a byte's edge, behind which anybody may write. */
static void flush(struct rfb_deflate *d, struct buf *out)
{
    if (!d->open)
        return;
    d->z.avail_in = 0;
    pump(d, Z_SYNC_FLUSH, out);
    d->open = false;
}

/* zlib is ready to go on, or to begin anew behind what it has not seen. */
static void need_zlib(struct rfb_deflate *d)
{
    if (!d->ready &&
        deflateInit2(&d->z, d->level, Z_DEFLATED, -MAX_WBITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* only for lack of memory */
    if (d->ready && d->stale)
        deflateReset(&d->z);
    d->ready = true;
    d->stale = false;
}

void rfb_deflate_begin(struct rfb_deflate *d, int level, struct buf *out)
{
    static const uint8_t head[2] = {0x78, 0x01}; /* deflate with a window of 32 KB */

    if (!d->headless)
        buf_append(out, head, sizeof(head));
    d->headless = true;
    if (d->ready && d->level != level) { /* anew: it has nothing to say about it then */
        deflateReset(&d->z);
        deflateParams(&d->z, level, Z_DEFAULT_STRATEGY);
    }
    d->level = level;
    d->content = RFB_REPEATS;
}

void rfb_deflate_forget(struct rfb_deflate *d)
{
    d->stale = true;
}

void rfb_deflate_restart(struct rfb_deflate *d, bool headless)
{
    rfb_deflate_forget(d);
    d->headless = headless;
}

void rfb_deflate_expect(struct rfb_deflate *d, enum rfb_content content, struct buf *out)
{
    d->content = d->level ? content : RFB_NOISE;
    if (d->content != RFB_REPEATS)
        flush(d, out);
}

void rfb_deflate_add(struct rfb_deflate *d, const void *data, size_t len, struct buf *out)
{
    if (d->content == RFB_REPEATS) {
        need_zlib(d);
        d->z.next_in = (z_const Bytef *)data;
        d->z.avail_in = (unsigned)MIN_OF(len, (size_t)BLOCK_MAX);
        pump(d, Z_NO_FLUSH, out);
        d->open = true;
        return;
    }
    d->stale = true;
    if (d->content == RFB_GRAIN)
        rfb_huffman_put(data, len, out);
    else
        rfb_stored_put(data, len, out);
}

void rfb_deflate_end(struct rfb_deflate *d, struct buf *out)
{
    flush(d, out);
}

void rfb_deflate_finish(struct rfb_deflate *d)
{
    if (d->ready)
        deflateEnd(&d->z);
    d->ready = false;
}

void rfb_inflate_begin(struct rfb_inflate *i, size_t block_len)
{
    if (!i->ready && inflateInit(&i->z) != Z_OK)
        abort();
    i->ready = true;
    i->left = block_len;
}

int rfb_inflate_some(struct rfb_inflate *i, const uint8_t *data, size_t len, size_t *used,
                     uint8_t *out, size_t room, size_t *made, struct err *err)
{
    size_t in = MIN_OF(MIN_OF(len, i->left), (size_t)BLOCK_MAX);
    int answer;

    *used = *made = 0;
    if (!in && !i->left) /* zlib may still hold output of input that it has taken */
        data = (const uint8_t *)"";
    else if (!in)
        return 0;
    i->z.next_in = (z_const Bytef *)data;
    i->z.avail_in = (unsigned)in;
    i->z.next_out = out;
    i->z.avail_out = (unsigned)room;
    answer = inflate(&i->z, Z_SYNC_FLUSH);
    *used = in - i->z.avail_in;
    *made = room - i->z.avail_out;
    i->left -= *used;
    if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR)
        return err_set(err, "a compressed rectangle is damaged (%s)", i->z.msg ? i->z.msg : "zlib");
    if (in && !*used && !*made)
        return err_set(err, "a compressed rectangle goes on after its stream's end");
    return 0;
}

int rfb_inflate_drain(struct rfb_inflate *i, const uint8_t *data, size_t len, size_t *used,
                      struct err *err)
{
    uint8_t excess;
    size_t made;

    *used = 0;
    if (!i->left)
        return 1;
    if (rfb_inflate_some(i, data, len, used, &excess, 1, &made, err))
        return -1;
    if (made)
        return err_set(err, "a compressed rectangle has more pixels than its size");
    return !i->left;
}

void rfb_inflate_reset(struct rfb_inflate *i)
{
    if (i->ready)
        inflateReset(&i->z);
}

void rfb_inflate_finish(struct rfb_inflate *i)
{
    if (i->ready)
        inflateEnd(&i->z);
    i->ready = false;
}
