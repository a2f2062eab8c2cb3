/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What RSA-AES puts on the wire once both ends have the session's keys: messages of a U16 length,
 * as many bytes encrypted by AES-EAX and a MAC of 16. The length is the associated data, the nonce
 * counts messages (little-endian, 128 bits), each direction has a key and a count of its own.
 * Messages have nothing to do with RFB's: it is a layer of a stream. Not the key exchange, which is
 * rsa_aes.h's.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/layer.h"

#include <stddef.h>
#include <stdint.h>

enum {
    RFB_RSA_AES_SEND_MAX = 8192, /* bytes in a message of ours: what every peer has room for */
    RFB_RSA_AES_MAC = 16,
    RFB_RSA_AES_KEY_MAX = 32,
};

struct rfb_rsa_aes_layer;

/* For the stream. A message's length is the only thing that a peer may choose freely. */
extern const struct layer_ops rfb_rsa_aes_layer_ops;

/* Keys of 16 (AES-128) or 32 bytes (AES-256); copied. */
struct rfb_rsa_aes_layer *rfb_rsa_aes_layer_create(size_t key_size, const uint8_t *receive_key,
                                                   const uint8_t *send_key);
void rfb_rsa_aes_layer_destroy(struct rfb_rsa_aes_layer *layer); /* takes NULL */

/*
 * Opens at most one message of at most `max` bytes and appends it to plain; *used is 0 while it is
 * not complete. -1: it is longer, or its MAC is wrong; nothing was appended.
 */
int rfb_rsa_aes_layer_open(struct rfb_rsa_aes_layer *layer, const uint8_t *bytes, size_t len,
                           size_t max, size_t *used, struct buf *plain, struct err *err);
/* Appends len > 0 bytes to wire as messages. */
void rfb_rsa_aes_layer_seal(struct rfb_rsa_aes_layer *layer, const uint8_t *data, size_t len,
                            struct buf *wire);
