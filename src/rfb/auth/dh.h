/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Diffie-Hellman as Apple's and UltraVNC's security types use it: a server names a modulus, a
 * generator and its public value, all big-endian bytes. Whoever sends them is believed nothing: a
 * modulus that is even, zero or short, and a public value that gives the secret away, are refused
 * with a sentence before anything is computed.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    RFB_DH_SIZE_MAX = 1024,  /* bytes of a modulus */
    RFB_DH_SECRET_SIZE = 64, /* bytes of an exponent, or the modulus's where that has fewer */
};

struct rfb_dh_group {
    const uint8_t *modulus; /* `size` bytes */
    size_t size;
    uint64_t generator;
};

/* 0, or -1: none that a secret can be made with, or of less than min_bits. */
int rfb_dh_check_group(const struct rfb_dh_group *group, size_t min_bits, struct err *err);
/* 0, or -1: a peer's public value (size bytes) that isn't one. */
int rfb_dh_check_public(const struct rfb_dh_group *group, const uint8_t *value, struct err *err);

struct rfb_dh_secret {
    uint8_t bytes[RFB_DH_SECRET_SIZE];
    size_t size;
};

/* The groups and public values of these have been checked; results have `size` bytes. */
void rfb_dh_make_secret(const struct rfb_dh_group *group, struct rfb_dh_secret *secret,
                        uint8_t *public_value);
void rfb_dh_share(const struct rfb_dh_group *group, const struct rfb_dh_secret *secret,
                  const uint8_t *peer_value, uint8_t *shared);
