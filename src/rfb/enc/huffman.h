/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks of a deflate stream (RFC 1951) that zlib is not needed for: bytes as they are, and bytes
 * by how often each comes, without any search for repetitions, which zlib does as well, at a tenth
 * of the speed. Private to rfb/enc.
 */
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Appends blocks that hold the data; none of them is the stream's last. They begin and end at a
 * byte's edge, so what comes before must have been flushed, and nothing after them refers to bytes
 * before their end.
 */
void rfb_stored_put(const uint8_t *data, size_t len, struct buf *out);
/* Stores where that is shorter. */
void rfb_huffman_put(const uint8_t *data, size_t len, struct buf *out);
