/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the decoders of test_differential share: a program that connects to 127.0.0.1:PORT, decodes
 * what comes until the bell rings, and prints the hash of its picture's 24 colour bits (FNV-1a, as
 * rfb_pattern_server and winprobe have it). With ORIEL_TEST_LOUD in the environment it says why
 * not.
 */
#pragma once

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { DECODE_SECONDS = 20 };

static inline void decode_print_hash(const uint32_t *pixels, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (pixels[i] & 0xffffff)) * 0x100000001b3;
    printf("%016" PRIx64 "\n", hash);
}
