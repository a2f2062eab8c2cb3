/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA keys as RSA-AES uses them: pairs of our own (a host key that is kept as PEM, or one made for
 * a single connection), a peer's public key as it comes over the wire, and what both are used for.
 * Not a certificate; where a host key's file lies is the edge's business.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RFB_RSA_BITS_MIN = 1024, /* of a peer's key, what others take as well */
    RFB_RSA_BITS_MAX = 8192,
    RFB_RSA_BITS_OURS = 2048,   /* of the keys that we make, and the least of a kept one */
    RFB_RSA_EXPONENT_BITS = 64, /* of a peer's public exponent: it is our time that it costs */
    RFB_RSA_FINGERPRINT_SIZE = 24,
};

/* A public key: "U32 bits, modulus, exponent" as it travels, by which it is known. */
struct rfb_rsa_public;
/* A pair. */
struct rfb_rsa_key;

/* Takes a tenth of a second or more. bits: RFB_RSA_BITS_MIN…MAX. */
struct rfb_rsa_key *rfb_rsa_key_generate(unsigned bits);
/* NULL with a sentence: not one unencrypted RSA key of RFB_RSA_BITS_OURS or more in PEM. */
struct rfb_rsa_key *rfb_rsa_key_from_pem(const void *pem, size_t len, struct err *err);
void rfb_rsa_key_to_pem(const struct rfb_rsa_key *key, struct buf *pem);
void rfb_rsa_key_destroy(struct rfb_rsa_key *key); /* takes NULL */
const struct rfb_rsa_public *rfb_rsa_key_public(const struct rfb_rsa_key *key);

/*
 * A peer's key at the front of its bytes: 1 with *used and *key (the caller's), 0 needs more, -1 it
 * is none that can be used. A length out of range is refused before the key has come.
 */
int rfb_rsa_public_read(const uint8_t *data, size_t len, size_t *used, struct rfb_rsa_public **key,
                        struct err *err);
void rfb_rsa_public_destroy(struct rfb_rsa_public *key); /* takes NULL */
const uint8_t *rfb_rsa_public_wire(const struct rfb_rsa_public *key, size_t *len);
size_t rfb_rsa_public_size(const struct rfb_rsa_public *key); /* bytes of the modulus */
/* Appends rfb_rsa_public_size() bytes: len ≤ 32 bytes, padded by PKCS #1 1.5 and encrypted. */
void rfb_rsa_public_encrypt(const struct rfb_rsa_public *key, const uint8_t *data, size_t len,
                            struct buf *out);
/*
 * The other way round; `size` must be the modulus's. Whether the padding was right isn't told, nor
 * shown by the time it takes: random bytes are what a wrong one yields, and the first MAC fails.
 */
void rfb_rsa_key_decrypt(const struct rfb_rsa_key *key, const uint8_t *sealed, size_t size,
                         uint8_t *data, size_t len);

/* Random numbers fit for keys. */
void rfb_rsa_random(uint8_t *bytes, size_t len);

/*
 * What people compare: the SHA-256 of a key's wire form, and what RealVNC and TigerVNC show of it,
 * the first 8 bytes of its SHA-1 as "12-34-…".
 */
void rfb_rsa_public_digest(const struct rfb_rsa_public *key, uint8_t sha256[static 32],
                           char shown[static RFB_RSA_FINGERPRINT_SIZE]);
