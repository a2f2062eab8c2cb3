/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open H.264's decoder: a rectangle's data as a whole, its context, picture after picture. What
 * decoders would take memory for is known before they see a byte, and all of them together have a
 * budget: beyond it the context that was idle for longest goes, as it would beyond 64.
 *
 * Damaged pictures are left out, as the specification recommends: the next whole one mends it. What
 * breaks a rule ends the connection.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/codec.h"
#include "rfb/enc/h264.h"
#include "rfb/enc/h264_stream.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 8,
    CONTEXTS_MAX = 64,
    PICTURES_MAX = 64,       /* in one rectangle */
    ALIGNED = 64,            /* encoders round sizes up to as much */
    LENGTH_LEAST = 64 << 10, /* of data that any rectangle may have, */
    LENGTH_PIXEL = 4,        /* and for each pixel */
    WORK_PICTURES = 4,       /* that a decoder holds besides those that are referred to */
};
#define BUDGET ((uint64_t)768 << 20) /* bytes of pictures in all decoders */

struct context {
    struct rect at; /* empty: none */
    uint64_t used;  /* when */
    uint64_t bytes; /* of the budget */
    struct rfb_h264_decoder *stream;
    bool is_begun; /* it has parameters */
};

struct decoder {
    struct context contexts[CONTEXTS_MAX];
    uint64_t turn;
    struct surface *to;
    struct rect r;
    bool has_head;
    uint32_t length, flags;
    struct buf data;
};

static void *decoder_create(void)
{
    return mem_new0(struct decoder);
}

static void context_close(struct context *c)
{
    if (c->stream)
        rfb_h264_decoding()->destroy(c->stream);
    *c = (struct context){0};
}

static void decoder_destroy(void *state)
{
    struct decoder *d = state;

    if (!d)
        return;
    for (int i = 0; i < CONTEXTS_MAX; i++)
        context_close(&d->contexts[i]);
    buf_finish(&d->data);
    free(d);
}

/* ---- Contexts ---- */

static struct context *find(struct decoder *d, struct rect at)
{
    for (int i = 0; i < CONTEXTS_MAX; i++)
        if (rect_equal(d->contexts[i].at, at))
            return &d->contexts[i];
    return NULL;
}

/* The one that was idle for longest, but not that; NULL: there is none. */
static struct context *oldest(struct decoder *d, const struct context *but)
{
    struct context *found = NULL;

    for (int i = 0; i < CONTEXTS_MAX; i++) {
        struct context *c = &d->contexts[i];

        if (!rect_is_empty(c->at) && c != but && (!found || c->used < found->used))
            found = c;
    }
    return found;
}

static struct context *open_context(struct decoder *d, struct err *err)
{
    struct context *c = find(d, d->r);

    if (!c)
        c = find(d, (struct rect){0});
    if (!c) {
        c = oldest(d, NULL);
        context_close(c);
    }
    c->at = d->r;
    c->used = ++d->turn;
    if (!c->stream && rfb_h264_decodes())
        c->stream = rfb_h264_decoding()->create();
    if (c->stream)
        return c;
    err_set(err, "there is no decoder for an H.264 rectangle");
    return NULL;
}

static void apply_flags(struct decoder *d)
{
    for (int i = 0; i < CONTEXTS_MAX; i++)
        if (d->flags & RFB_H264_RESET_ALL ||
            (d->flags & RFB_H264_RESET && rect_equal(d->contexts[i].at, d->r)))
            context_close(&d->contexts[i]);
}

/* ---- Memory ---- */

static uint32_t aligned(int32_t side)
{
    return ((uint32_t)side + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static int check_size(const struct decoder *d, const struct h264_size *size, struct err *err)
{
    if (size->width <= aligned(d->r.w) && size->height <= aligned(d->r.h))
        return 0;
    return err_set(err, "an H.264 rectangle of %dx%d holds a film of %ux%u", d->r.w, d->r.h,
                   size->width, size->height);
}

static uint64_t taken(const struct decoder *d)
{
    uint64_t bytes = 0;

    for (int i = 0; i < CONTEXTS_MAX; i++)
        bytes += d->contexts[i].bytes;
    return bytes;
}

/* Sees that the data asks for nothing that the context may not have. */
static int charge(struct decoder *d, struct context *c, struct err *err)
{
    struct h264_size size;
    struct context *other;
    uint64_t bytes;

    if (h264_largest_size(d->data.data, d->data.len, &size, err) || check_size(d, &size, err))
        return -1;
    if (!size.width)
        return 0;
    c->is_begun = true;
    /* Up to three bytes a pixel: colours may be as fine as the brightness. */
    bytes = (uint64_t)size.width * size.height * 3 * (size.references + WORK_PICTURES);
    c->bytes = MAX_OF(c->bytes, bytes);
    while (taken(d) > BUDGET && (other = oldest(d, c)))
        context_close(other);
    if (taken(d) > BUDGET)
        return err_set(err,
                       "an H.264 film of %ux%u that refers to %u pictures takes too much "
                       "memory",
                       size.width, size.height, size.references);
    return 0;
}

/* ---- A rectangle ---- */

static void begin(void *state, const struct pixel_format *format, struct surface *to, struct rect r)
{
    struct decoder *d = state;

    (void)format; /* a film is what it is */
    d->to = to;
    d->r = r;
    d->has_head = false;
    buf_clear(&d->data);
}

static int read_head(struct decoder *d, const uint8_t *data, struct err *err)
{
    struct wire_reader in = wire_reader_of(data, HEAD);
    uint64_t most = LENGTH_LEAST + (uint64_t)d->r.w * (uint64_t)d->r.h * LENGTH_PIXEL;

    d->length = wire_get_u32(&in);
    d->flags = wire_get_u32(&in);
    d->has_head = true;
    if (d->length > most)
        return err_set(err, "an H.264 rectangle of %dx%d has %u bytes", d->r.w, d->r.h, d->length);
    return 0;
}

static void draw(const struct decoder *d, struct context *c)
{
    size_t stride = d->to->stride / sizeof(uint32_t);

    rfb_h264_decoding()->draw(c->stream, surface_row(d->to, d->r.y) + d->r.x, stride,
                              (uint32_t)d->r.w, (uint32_t)d->r.h);
}

/* All pictures; the last one is shown. */
static int play(struct decoder *d, struct context *c, struct err *err)
{
    const struct rfb_h264_decoding *library = rfb_h264_decoding();
    const uint8_t *at = d->data.data, *end = at + d->data.len;
    unsigned pictures = 0;
    bool shows = false;
    uint32_t width, height;

    while (at < end) {
        size_t len = h264_picture_length(at, (size_t)(end - at));

        if (++pictures > PICTURES_MAX)
            return err_set(err, "an H.264 rectangle holds more than %d pictures",
                           (int)PICTURES_MAX);
        shows = library->decode(c->stream, at, len) || shows;
        at += len;
    }
    if (!shows)
        return 0;
    library->size(c->stream, &width, &height);
    if (width < (uint32_t)d->r.w || height < (uint32_t)d->r.h)
        return err_set(err, "an H.264 rectangle of %dx%d holds pictures of %ux%u", d->r.w, d->r.h,
                       width, height);
    draw(d, c);
    return 0;
}

static int finish(struct decoder *d, struct err *err)
{
    struct context *c;

    apply_flags(d);
    if (!d->length)
        return 0;
    if (!h264_starts(d->data.data, d->data.len))
        return err_set(err, "an H.264 rectangle does not begin with a start code");
    c = open_context(d, err);
    if (!c || charge(d, c, err))
        return -1;
    /* Without parameters nothing can be made of it: what comes will have them. */
    return c->is_begun ? play(d, c, err) : 0;
}

static enum rfb_decoded decode(void *state, const uint8_t *data, size_t len, size_t *used,
                               struct err *err)
{
    struct decoder *d = state;
    size_t at = 0, n;

    if (!d->has_head) {
        if (len < HEAD) {
            *used = 0;
            return RFB_DECODE_NEEDS_MORE;
        }
        if (read_head(d, data, err))
            return RFB_DECODE_INVALID;
        at = HEAD;
    }
    n = MIN_OF(len - at, d->length - d->data.len);
    if (n)
        buf_append(&d->data, data + at, n);
    *used = at + n;
    if (d->data.len < d->length)
        return RFB_DECODE_NEEDS_MORE;
    return finish(d, err) ? RFB_DECODE_INVALID : RFB_DECODE_DONE;
}

const struct rfb_decoder rfb_h264_decoder = {decoder_create, begin, decode, decoder_destroy};
