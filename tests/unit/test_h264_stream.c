/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of H.264's bytes before a library sees them (sizes, pictures, lengths), and the
 * contexts of many rectangles, with a library that only counts.
 */
#include "codec.h"
#include "rfb/enc/h264.h"
#include "rfb/enc/h264_stream.h"

/* ---- Bits ---- */

struct bits {
    uint8_t bytes[256];
    unsigned count;
};

static void put_bits(struct bits *b, uint32_t value, unsigned n)
{
    while (n--) {
        b->bytes[b->count / 8] |= (uint8_t)((value >> n & 1) << (7 - b->count % 8));
        b->count++;
    }
}

static void put_ue(struct bits *b, uint32_t value)
{
    unsigned n = 0;

    while (n < 31 && (value + 1) >> (n + 1))
        n++;
    put_bits(b, 0, n);
    put_bits(b, value + 1, n + 1);
}

static void put_se(struct bits *b, int32_t value)
{
    put_ue(b, value > 0 ? (uint32_t)value * 2 - 1 : (uint32_t)-value * 2);
}

struct sequence {
    uint32_t profile, chroma, deep, order, references, columns, rows;
    bool fields, lists;
};

/* A sequence parameter set behind its type's byte, up to the size. */
static struct bits sequence_bits(const struct sequence *s)
{
    struct bits b = {0};

    put_bits(&b, s->profile, 8);
    put_bits(&b, 30, 16);
    put_ue(&b, 0);
    if (s->profile >= 100) {
        put_ue(&b, s->chroma);
        if (s->chroma == 3)
            put_bits(&b, 0, 1);
        put_ue(&b, s->deep);
        put_ue(&b, 0);
        put_bits(&b, 0, 1);
        put_bits(&b, s->lists, 1);
        for (unsigned i = 0; s->lists && i < (s->chroma == 3 ? 12 : 8); i++) {
            put_bits(&b, i != 1, 1);
            for (unsigned k = 0; i != 1 && k < (i < 6 ? 16 : 64); k++) {
                put_se(&b, i == 2 ? -8 : (k & 1) ? 1 : -1);
                if (i == 2)
                    break; /* the rest is as before */
            }
        }
    }
    put_ue(&b, 1);
    put_ue(&b, s->order);
    if (s->order == 0)
        put_ue(&b, 2);
    if (s->order == 1) {
        put_bits(&b, 1, 1);
        put_se(&b, -3);
        put_se(&b, 4);
        put_ue(&b, 2);
        put_se(&b, 1);
        put_se(&b, -1);
    }
    put_ue(&b, s->references);
    put_bits(&b, 0, 1);
    put_ue(&b, s->columns - 1);
    put_ue(&b, s->rows - 1);
    put_bits(&b, !s->fields, 1);
    return b;
}

static void test_sizes(void)
{
    static const struct {
        struct sequence s;
        const char *why_not;
        uint32_t width, height;
    } cases[] = {
        {{66, .order = 2, .references = 1, .columns = 1, .rows = 1}, NULL, 16, 16},
        {{66, .references = 1, .columns = 120, .rows = 68}, NULL, 1920, 1088},
        {{77, .order = 1, .references = 4, .columns = 45, .rows = 18, .fields = true},
         NULL,
         720,
         576},
        {{100, 1, .references = 16, .columns = 240, .rows = 135, .lists = true}, NULL, 3840, 2160},
        {{244, 3, .references = 2, .columns = 3, .rows = 5, .lists = true}, NULL, 48, 80},
        {{100, 0, .references = 2, .columns = 1024, .rows = 1024}, NULL, 16384, 16384},
        {{100, 0, .references = 2, .columns = 1025, .rows = 1}, "16384"},
        {{100, 0, .references = 2, .columns = 1, .rows = 1025}, "16384"},
        {{100, 0, .references = 2, .columns = 1, .rows = 513, .fields = true}, "16384"},
        {{66, .references = 1, .columns = 0xffffffff, .rows = 1},
         "broken"} /* as it has no escapes */,
        {{66, .references = 17, .columns = 1, .rows = 1}, "refers to 17"},
        {{110, 1, 2, .references = 1, .columns = 9, .rows = 9}, "8 bits"},
        {{244, 4, .references = 1, .columns = 9, .rows = 9}, "8 bits"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bits b = sequence_bits(&cases[i].s);
        size_t len = (b.count + 7) / 8;
        struct h264_size size;
        struct err err = {0};
        int answer = h264_read_size(b.bytes, len, &size, &err);

        CHECK_INT(answer < 0, cases[i].why_not != NULL);
        if (answer < 0) {
            CHECK(cases[i].why_not && strstr(err.text, cases[i].why_not));
            continue;
        }
        CHECK_INT(size.width, cases[i].width);
        CHECK_INT(size.height, cases[i].height);
        CHECK_INT(size.references, cases[i].s.references);
        for (size_t n = 0; n < len; n++) /* cut */
            CHECK_INT(h264_read_size(b.bytes, n, &size, &err), -1);
    }
}

/* What decoders read in two ways has no size. */
static void test_escapes(void)
{
    struct sequence s = {66, .references = 1, .columns = 4, .rows = 4};
    struct bits b = sequence_bits(&s);
    struct h264_size size;
    struct err err;

    for (uint8_t third = 0; third < 4; third++) {
        uint8_t bytes[32] = {66, 0, 0, third};

        memcpy(bytes + 4, b.bytes + 3, 20);
        CHECK_INT(h264_read_size(bytes, sizeof(bytes), &size, &err), -1);
    }
}

/* ---- Units ---- */

static void put_start(struct buf *b, bool is_long)
{
    buf_append(b, "\0\0\0\1" + !is_long, 4 - !is_long);
}

static void put_sequence(struct buf *b, uint32_t columns, uint32_t rows, uint32_t references)
{
    struct sequence s = {66, .order = 2, .references = references, .columns = columns,
                         .rows = rows};
    struct bits bits = sequence_bits(&s);

    put_start(b, true);
    buf_append(b, "\x67", 1);
    put_bits(&bits, 1, 1);
    buf_append(b, bits.bytes, (bits.count + 7) / 8);
}

static void put_unit(struct buf *b, uint8_t type, uint8_t first, bool is_long)
{
    uint8_t bytes[3] = {type, first, 0xaa};

    put_start(b, is_long);
    buf_append(b, bytes, 3);
}

static void test_pictures(void)
{
    struct buf b = BUF_INIT;
    size_t ends[4], n = 0, at = 0;

    put_unit(&b, 9, 0xf0, true);
    put_sequence(&b, 4, 4, 1);
    put_unit(&b, 0x68, 0xce, false);
    put_unit(&b, 6, 5, false);
    put_unit(&b, 0x65, 0x88, false);
    put_unit(&b, 0x65, 0x11, false); /* its second slice */
    ends[n++] = b.len;
    put_unit(&b, 0x41, 0x9a, true);
    ends[n++] = b.len;
    put_unit(&b, 0x41, 0x9a, false);
    put_unit(&b, 0x41, 0x22, true);
    ends[n++] = b.len;
    put_unit(&b, 0x68, 0xce, true);
    put_unit(&b, 0x41, 0x9a, false);
    ends[n++] = b.len;
    for (size_t i = 0; i < n; i++) {
        at += h264_picture_length(b.data + at, b.len - at);
        CHECK_INT(at, ends[i]);
    }
    /* However it is cut, each step goes on. */
    for (size_t len = 1; len < b.len; len++) {
        struct h264_size size;
        struct err err;

        for (at = 0; at < len;) {
            size_t step = h264_picture_length(b.data + at, len - at);

            CHECK(step > 0 && step <= len - at);
            at += MAX_OF(step, (size_t)1);
        }
        (void)h264_largest_size(b.data, len, &size, &err);
    }
    CHECK(h264_starts((const uint8_t *)"\0\0\1", 3));
    CHECK(h264_starts((const uint8_t *)"\0\0\0\1\x67", 5));
    CHECK(!h264_starts((const uint8_t *)"\0\1\0\0\1", 5));
    CHECK(!h264_starts((const uint8_t *)"\0\0\0", 3));
    CHECK(!h264_starts((const uint8_t *)"", 0));
    buf_finish(&b);
}

/* ---- A library that only counts ---- */

struct rfb_h264_decoder {
    unsigned pictures, number;
};

static unsigned alive, most_alive, made;
static uint32_t shown_width, shown_height;

static struct rfb_h264_decoder *count_create(void)
{
    struct rfb_h264_decoder *d = calloc(1, sizeof(*d));

    d->number = ++made;
    alive++;
    most_alive = MAX_OF(most_alive, alive);
    return d;
}

static bool count_decode(struct rfb_h264_decoder *d, const uint8_t *data, size_t len)
{
    CHECK(h264_starts(data, len));
    d->pictures++;
    return true;
}

static void count_size(const struct rfb_h264_decoder *d, uint32_t *width, uint32_t *height)
{
    CHECK(d->pictures > 0);
    *width = shown_width;
    *height = shown_height;
}

/* The decoder's number and how many pictures it has seen. */
static bool count_draw(struct rfb_h264_decoder *d, uint32_t *to, size_t stride, uint32_t width,
                       uint32_t height)
{
    CHECK(stride >= width && height > 0);
    to[0] = d->number << 16 | d->pictures;
    return true;
}

static void count_destroy(struct rfb_h264_decoder *d)
{
    alive -= d != NULL;
    free(d);
}

static const struct rfb_h264_decoding counting = {.create = count_create,
                                                  .decode = count_decode,
                                                  .size = count_size,
                                                  .draw = count_draw,
                                                  .destroy = count_destroy};

/* ---- Rectangles ---- */

struct rig {
    const struct rfb_decoder *decoder;
    void *state;
    struct surface *screen;
    struct err err;
};

static struct rig rig_open(void)
{
    struct rig rig = {.decoder = rfb_codecs[rfb_codec_index(RFB_OPEN_H264)].decoder,
                      .screen = surface_create(4096, 2400)};

    rig.state = rig.decoder->create();
    made = most_alive = 0;
    shown_width = shown_height = 64;
    return rig;
}

static void rig_close(struct rig *rig)
{
    rig->decoder->destroy(rig->state);
    surface_unref(rig->screen);
    CHECK_INT(alive, 0);
}

/* One rectangle, byte by byte; its answer. `length` other than the data's if it isn't -1. */
static enum rfb_decoded feed(struct rig *rig, struct rect r, uint32_t flags, const struct buf *data,
                             int64_t length)
{
    struct buf b = BUF_INIT;
    enum rfb_decoded answer = RFB_DECODE_NEEDS_MORE;
    size_t at = 0, used;

    wire_put_u32(&b, length < 0 ? (uint32_t)data->len : (uint32_t)length);
    wire_put_u32(&b, flags);
    buf_append(&b, data->data, data->len);
    rig->err = (struct err){0};
    rig->decoder->begin(rig->state, &formats[0], rig->screen, r);
    for (size_t there = 1; there <= b.len && answer == RFB_DECODE_NEEDS_MORE; there++) {
        answer = rig->decoder->decode(rig->state, b.data + at, there - at, &used, &rig->err);
        at += answer < 0 ? 0 : used;
    }
    CHECK(answer != RFB_DECODE_DONE || at == b.len);
    CHECK_INT(answer < 0, rig->err.text[0] != '\0');
    buf_finish(&b);
    return answer;
}

/* A film's beginning: so many blocks of 16 a side. */
static struct buf beginning(uint32_t columns, uint32_t rows, uint32_t references)
{
    struct buf b = BUF_INIT;

    put_sequence(&b, columns, rows, references);
    put_unit(&b, 0x68, 0xce, true);
    put_unit(&b, 0x65, 0x88, true);
    return b;
}

static uint32_t drawn(const struct rig *rig, struct rect r)
{
    return surface_row(rig->screen, r.y)[r.x];
}

static void test_contexts(void)
{
    struct rig rig = rig_open();
    struct buf first = beginning(4, 4, 1), next = BUF_INIT, none = BUF_INIT;
    struct rect r = {0, 0, 64, 64};

    put_unit(&next, 0x41, 0x9a, true);
    for (int32_t i = 0; i < 70; i++) {
        r.x = i;
        CHECK_INT(feed(&rig, r, 0, &first, -1), RFB_DECODE_DONE);
        CHECK_INT(drawn(&rig, r), (uint32_t)(i + 1) << 16 | 1);
    }
    CHECK_INT(made, 70);
    CHECK_INT(most_alive, 64);
    /* 6 is there still, 5 is not: what it is sent means nothing before it has begun anew. */
    r.x = 6;
    CHECK_INT(feed(&rig, r, 0, &next, -1), RFB_DECODE_DONE);
    CHECK_INT(drawn(&rig, r), 7 << 16 | 2);
    r.x = 5;
    CHECK_INT(feed(&rig, r, 0, &next, -1), RFB_DECODE_DONE);
    CHECK_INT(drawn(&rig, r), 6 << 16 | 1); /* as it was */
    CHECK_INT(feed(&rig, r, 0, &first, -1), RFB_DECODE_DONE);
    CHECK_INT(drawn(&rig, r), 71 << 16 | 1);
    /* That took 7's place, the oldest; 6 was used since. */
    r.x = 6;
    CHECK_INT(feed(&rig, r, 0, &next, -1), RFB_DECODE_DONE);
    CHECK_INT(drawn(&rig, r), 7 << 16 | 3);
    /* One begins anew, by itself or with nothing else; then all. */
    CHECK_INT(feed(&rig, r, RFB_H264_RESET, &first, -1), RFB_DECODE_DONE);
    CHECK_INT(drawn(&rig, r), 72 << 16 | 1);
    CHECK_INT(feed(&rig, r, RFB_H264_RESET, &none, -1), RFB_DECODE_DONE);
    CHECK_INT(alive, 63);
    CHECK_INT(feed(&rig, r, 0x80000000 | RFB_H264_RESET_ALL, &none, -1), RFB_DECODE_DONE);
    CHECK_INT(alive, 0);
    CHECK_INT(feed(&rig, r, RFB_H264_RESET_ALL | RFB_H264_RESET, &first, -1), RFB_DECODE_DONE);
    CHECK_INT(alive, 1);
    buf_finish(&first);
    buf_finish(&next);
    rig_close(&rig);
}

static void test_rules(void)
{
    struct rig rig = rig_open();
    struct rect r = {8, 8, 64, 64}, large = {0, 0, 4096, 2400};
    struct buf b = beginning(4, 4, 1);

    /* Rounded up, but no further. */
    shown_width = 65;
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_DONE);
    buf_finish(&b);
    b = beginning(5, 4, 1);
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "holds a film of 80x64"));
    /* Nor smaller. */
    shown_width = 63;
    buf_finish(&b);
    b = beginning(4, 4, 1);
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "holds pictures of 63x64"));
    shown_width = 64;
    /* Too long, before it is there. */
    CHECK_INT(feed(&rig, r, 0, &b, 64 * 64 * 4 + (64 << 10) + 1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "has 81921 bytes"));
    /* Pictures. */
    for (int i = 1; i < 64; i++)
        put_unit(&b, 0x41, 0x9a, i & 1);
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_DONE);
    put_unit(&b, 0x41, 0x9a, true);
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "more than 64 pictures"));
    /* No stream at all. */
    b.data[3] = 2;
    CHECK_INT(feed(&rig, r, 0, &b, -1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "start code"));
    /* One that wants to remember too much. */
    buf_finish(&b);
    b = beginning(256, 150, 16);
    shown_width = 4096;
    shown_height = 2400;
    CHECK_INT(feed(&rig, large, 0, &b, -1), RFB_DECODE_DONE);
    buf_finish(&b);
    rig_close(&rig);
}

/* Large films: as many as there is memory for. */
static void test_budget(void)
{
    struct rig rig = rig_open();
    struct buf b = beginning(240, 135, 4);

    shown_width = 3840;
    shown_height = 2160;
    for (int32_t i = 0; i < 10; i++)
        CHECK_INT(feed(&rig, (struct rect){i, 0, 3840, 2160}, 0, &b, -1), RFB_DECODE_DONE);
    CHECK_INT(alive, 4); /* of 200 MB each */
    buf_finish(&b);
    rig_close(&rig);
}

static void test_no_decoder(void)
{
    struct rig rig = rig_open();
    struct buf b = beginning(4, 4, 1);

    rfb_h264_use_decoding(NULL);
    CHECK_INT(feed(&rig, (struct rect){0, 0, 64, 64}, 0, &b, -1), RFB_DECODE_INVALID);
    CHECK(strstr(rig.err.text, "no decoder"));
    rfb_h264_use_decoding(&counting);
    buf_finish(&b);
    rig_close(&rig);
}

int main(void)
{
    test_sizes();
    test_escapes();
    test_pictures();
    CHECK(!rfb_h264_encodes() && !rfb_h264_decodes());
    rfb_h264_use_decoding(&counting);
    CHECK(!rfb_h264_encodes() && rfb_h264_decodes());
    test_contexts();
    test_rules();
    test_budget();
    test_no_decoder();
    return check_result();
}
