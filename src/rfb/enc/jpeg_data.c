/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JPEG images over libjpeg; see jpeg_data.h. */
#include "rfb/enc/jpeg_data.h"

#include "base/arith.h"
#include "base/mem.h"
#include "rfb/enc/jpeg_vector.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* A surface's pixel, 0xXXRRGGBB, as bytes. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PIXELS JCS_EXT_BGRX
#else
#define PIXELS JCS_EXT_XRGB
#endif

enum { SPACE = 16 * 1024 }; /* bytes offered to libjpeg at a time */

/* ---- Errors ---- */

struct trap {
    struct jpeg_error_mgr manager; /* first: libjpeg hands it back */
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

static void jump_back(j_common_ptr c)
{
    struct trap *t = (struct trap *)c->err;

    c->err->format_message(c, t->text);
    longjmp(t->back, 1);
}

/* Warnings, of damage in the picture, and traces: for nobody. */
static void say_nothing(j_common_ptr c, int level)
{
    (void)c;
    (void)level;
}

static void trap_init(struct trap *t)
{
    jpeg_std_error(&t->manager);
    t->manager.error_exit = jump_back;
    t->manager.emit_message = say_nothing;
}

/*
 * Runs a step, which calls libjpeg and holds nothing that a jump would lose. -1: libjpeg gave up,
 * and says why in the trap.
 */
static int run_trapped(struct trap *t, int (*step)(void *), void *data)
{
    if (setjmp(t->back))
        return -1;
    return step(data);
}

/* ---- Writing ---- */

struct rfb_jpeg_writer {
    struct jpeg_compress_struct c;
    struct trap trap;
    struct jpeg_destination_mgr to;
    struct rfb_jpeg_vector *vector; /* NULL: there are no such vectors */
    /* The image being written. */
    struct buf *out;
    const struct rfb_encode_settings *settings;
    const struct rfb_block *block;
    struct rect at;
};

static void offer_space(j_compress_ptr c)
{
    struct rfb_jpeg_writer *j = c->client_data;

    j->to.next_output_byte = buf_reserve(j->out, SPACE);
    j->to.free_in_buffer = SPACE;
}

static boolean take_full_space(j_compress_ptr c)
{
    struct rfb_jpeg_writer *j = c->client_data;

    j->out->len += SPACE; /* libjpeg means all of it, whatever free_in_buffer says */
    offer_space(c);
    return TRUE;
}

static void take_space(j_compress_ptr c)
{
    struct rfb_jpeg_writer *j = c->client_data;

    j->out->len += SPACE - j->to.free_in_buffer;
}

static int make_compressor(void *data)
{
    struct rfb_jpeg_writer *j = data;

    jpeg_create_compress(&j->c);
    return 0;
}

struct rfb_jpeg_writer *rfb_jpeg_writer_create(void)
{
    struct rfb_jpeg_writer *j = mem_new0(struct rfb_jpeg_writer);

    trap_init(&j->trap);
    j->c.err = &j->trap.manager;
    if (run_trapped(&j->trap, make_compressor, j))
        abort(); /* only for lack of memory, or another library than we were built for */
    j->to = (struct jpeg_destination_mgr){.init_destination = offer_space,
                                          .empty_output_buffer = take_full_space,
                                          .term_destination = take_space};
    j->c.dest = &j->to;
    j->c.client_data = j;
    j->vector = rfb_jpeg_vector_create();
    return j;
}

static void set_subsampling(j_compress_ptr c, enum rfb_subsampling subsampling)
{
    if (subsampling == RFB_GREY) {
        jpeg_set_colorspace(c, JCS_GRAYSCALE);
        return;
    }
    c->comp_info[0].h_samp_factor = subsampling == RFB_COLOUR_1X ? 1 : 2;
    c->comp_info[0].v_samp_factor = subsampling == RFB_COLOUR_4X ? 2 : 1;
}

static int write_image(void *data)
{
    struct rfb_jpeg_writer *j = data;

    j->c.image_width = (JDIMENSION)j->at.w;
    j->c.image_height = (JDIMENSION)j->at.h;
    j->c.input_components = 4;
    j->c.in_color_space = PIXELS;
    jpeg_set_defaults(&j->c);
    jpeg_set_quality(&j->c, j->settings->quality, TRUE);
    set_subsampling(&j->c, j->settings->subsampling);
    jpeg_start_compress(&j->c, TRUE);
    while (j->c.next_scanline < j->c.image_height) {
        const uint32_t *from =
            rfb_block_row(j->block, j->at.y + (int32_t)j->c.next_scanline) + j->at.x;
        JSAMPROW row = (JSAMPROW)(uintptr_t)from; /* which it only reads */

        jpeg_write_scanlines(&j->c, &row, 1);
    }
    jpeg_finish_compress(&j->c);
    return 0;
}

bool rfb_jpeg_write(struct rfb_jpeg_writer *j, const struct rfb_encode_settings *settings,
                    const struct rfb_block *block, struct rect at, struct buf *out)
{
    size_t before = out->len;

    if (j->vector && settings->subsampling == RFB_COLOUR_1X) {
        rfb_jpeg_vector_write(j->vector, rfb_block_row(block, at.y) + at.x, block->stride, at.w,
                              at.h, settings->quality, out);
        return true;
    }
    j->out = out;
    j->settings = settings;
    j->block = block;
    j->at = at;
    if (!run_trapped(&j->trap, write_image, j))
        return true;
    jpeg_abort_compress(&j->c);
    out->len = before;
    return false;
}

void rfb_jpeg_writer_destroy(struct rfb_jpeg_writer *j)
{
    if (j) {
        jpeg_destroy_compress(&j->c);
        rfb_jpeg_vector_destroy(j->vector);
    }
    free(j);
}

/* ---- Reading ---- */

enum read_step { HEADER, START, ROWS, END };

struct rfb_jpeg_reader {
    struct jpeg_decompress_struct c;
    struct trap trap;
    struct jpeg_source_mgr from;
    size_t skip; /* bytes to come that libjpeg does not want */
    enum read_step step;
    struct surface *to;
    struct rect r;
    struct err *err; /* of this call */
};

static void do_nothing(j_decompress_ptr c)
{
    (void)c;
}

/* There is no more now: libjpeg goes back to where it can begin again, and returns. */
static boolean suspend(j_decompress_ptr c)
{
    (void)c;
    return FALSE;
}

static void skip_bytes(j_decompress_ptr c, long count)
{
    struct rfb_jpeg_reader *j = c->client_data;
    size_t n = MIN_OF((size_t)MAX_OF(count, 0), j->from.bytes_in_buffer);

    j->from.next_input_byte += n;
    j->from.bytes_in_buffer -= n;
    j->skip = (size_t)MAX_OF(count, 0) - n;
}

static int make_decompressor(void *data)
{
    struct rfb_jpeg_reader *j = data;

    jpeg_create_decompress(&j->c);
    return 0;
}

struct rfb_jpeg_reader *rfb_jpeg_reader_create(void)
{
    struct rfb_jpeg_reader *j = mem_new0(struct rfb_jpeg_reader);

    trap_init(&j->trap);
    j->c.err = &j->trap.manager;
    if (run_trapped(&j->trap, make_decompressor, j))
        abort();
    j->from = (struct jpeg_source_mgr){.init_source = do_nothing,
                                       .fill_input_buffer = suspend,
                                       .skip_input_data = skip_bytes,
                                       .resync_to_restart = jpeg_resync_to_restart,
                                       .term_source = do_nothing};
    j->c.src = &j->from;
    j->c.client_data = j;
    return j;
}

void rfb_jpeg_reader_begin(struct rfb_jpeg_reader *j, struct surface *to, struct rect r)
{
    jpeg_abort_decompress(&j->c);
    j->skip = 0;
    j->step = HEADER;
    j->to = to;
    j->r = r;
}

/* Before memory is taken: the size is the rectangle's, and no scan needs a copy of all of it. */
static int check_header(struct rfb_jpeg_reader *j)
{
    const struct jpeg_decompress_struct *c = &j->c;

    if (c->image_width != (JDIMENSION)j->r.w || c->image_height != (JDIMENSION)j->r.h)
        return err_set(j->err, "a JPEG rectangle of %dx%d holds an image of %ux%u", j->r.w, j->r.h,
                       c->image_width, c->image_height);
    if (c->num_components != 1 && c->num_components != 3)
        return err_set(j->err, "a JPEG image has %d colours; 1 and 3 are supported",
                       c->num_components);
    if (c->progressive_mode || c->arith_code || jpeg_has_multiple_scans(&j->c))
        return err_set(j->err, "a JPEG image is progressive or in several scans: not supported");
    return 0;
}

/* 1: the image is done, 0: needs more, -1: err says why, -1 by a jump: the trap says it. */
static int read_image(void *data)
{
    struct rfb_jpeg_reader *j = data;

    if (j->step == HEADER) {
        if (jpeg_read_header(&j->c, TRUE) == JPEG_SUSPENDED)
            return 0;
        if (check_header(j))
            return -1;
        j->c.out_color_space = PIXELS;
        j->step = START;
    }
    if (j->step == START) {
        if (!jpeg_start_decompress(&j->c))
            return 0;
        j->step = ROWS;
    }
    while (j->c.output_scanline < j->c.output_height) {
        uint32_t *to = surface_row(j->to, j->r.y + (int32_t)j->c.output_scanline) + j->r.x;
        JSAMPROW row = (JSAMPROW)to;

        if (!jpeg_read_scanlines(&j->c, &row, 1))
            return 0;
    }
    j->step = END;
    return jpeg_finish_decompress(&j->c);
}

enum rfb_decoded rfb_jpeg_read(struct rfb_jpeg_reader *j, const uint8_t *data, size_t len,
                               size_t *used, struct err *err)
{
    size_t skipped = MIN_OF(j->skip, len);
    int answer;

    j->skip -= skipped;
    *used = skipped;
    if (j->skip)
        return RFB_DECODE_NEEDS_MORE;
    j->from.next_input_byte = data + skipped;
    j->from.bytes_in_buffer = len - skipped;
    j->err = err;
    j->trap.text[0] = '\0';
    answer = run_trapped(&j->trap, read_image, j);
    if (answer < 0 && j->trap.text[0])
        err_set(err, "a JPEG image is damaged (%s)", j->trap.text);
    if (answer < 0)
        return RFB_DECODE_INVALID;
    *used = len - j->from.bytes_in_buffer;
    if (!answer && !*used && len >= RFB_DECODE_WINDOW) {
        err_set(err, "a JPEG image has a part that is too long");
        return RFB_DECODE_INVALID;
    }
    return (enum rfb_decoded)answer;
}

void rfb_jpeg_reader_destroy(struct rfb_jpeg_reader *j)
{
    if (j)
        jpeg_destroy_decompress(&j->c);
    free(j);
}
