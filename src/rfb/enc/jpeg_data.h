/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JPEG images over libjpeg: what Tight's JPEG and the JPEG encoding share. libjpeg leaves its
 * functions by a jump when something is wrong; that jump never goes further than jpeg_data.c, whose
 * functions return errors. Private to rfb/enc.
 */
#pragma once

#include "rfb/enc/codec.h"

#include <stdbool.h>

struct rfb_jpeg_writer;

struct rfb_jpeg_writer *rfb_jpeg_writer_create(void);
/*
 * Appends the image of the block's part `at`, by the settings' quality (1…100) and subsampling.
 * False, with nothing appended, when libjpeg can't.
 */
bool rfb_jpeg_write(struct rfb_jpeg_writer *j, const struct rfb_encode_settings *settings,
                    const struct rfb_block *block, struct rect at, struct buf *out);
void rfb_jpeg_writer_destroy(struct rfb_jpeg_writer *j); /* takes NULL */

/* Keeps no input, only the tables of the last image, which the next one may leave out. */
struct rfb_jpeg_reader;

struct rfb_jpeg_reader *rfb_jpeg_reader_create(void);
/* An image begins that must be exactly r's size; r lies inside the surface. */
void rfb_jpeg_reader_begin(struct rfb_jpeg_reader *j, struct surface *to, struct rect r);
/* As a decoder's decode(). DONE: *used ends with the image. One scan only: nobody sends more. */
enum rfb_decoded rfb_jpeg_read(struct rfb_jpeg_reader *j, const uint8_t *data, size_t len,
                               size_t *used, struct err *err);
void rfb_jpeg_reader_destroy(struct rfb_jpeg_reader *j); /* takes NULL */
