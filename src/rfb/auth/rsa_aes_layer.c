/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages sealed and opened by nettle's EAX; see rsa_aes_layer.h. */
#include "rfb/auth/rsa_aes_layer.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"

#include <assert.h>
#include <gnutls/gnutls.h>
#include <nettle/eax.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 2, NONCE = 16 };

/* One direction. */
struct way {
    struct eax_key eax;
    union {
        struct aes128_ctx aes128;
        struct aes256_ctx aes256;
    } cipher;
    nettle_cipher_func *encrypt;
    uint8_t nonce[NONCE];
};

struct rfb_rsa_aes_layer {
    struct way in, out;
};

static void way_init(struct way *way, size_t key_size, const uint8_t *key)
{
    if (key_size == AES256_KEY_SIZE) {
        aes256_set_encrypt_key(&way->cipher.aes256, key);
        way->encrypt = (nettle_cipher_func *)aes256_encrypt;
    } else {
        assert(key_size == AES128_KEY_SIZE);
        aes128_set_encrypt_key(&way->cipher.aes128, key);
        way->encrypt = (nettle_cipher_func *)aes128_encrypt;
    }
    eax_set_key(&way->eax, &way->cipher, way->encrypt);
}

/* The next message of this way: its header is authenticated, its body follows. */
static void way_begin(struct way *way, struct eax_ctx *eax, const uint8_t *header)
{
    eax_set_nonce(eax, &way->eax, &way->cipher, way->encrypt, NONCE, way->nonce);
    eax_update(eax, &way->eax, &way->cipher, way->encrypt, HEADER, header);
    for (int i = 0; i < NONCE && ++way->nonce[i] == 0; i++)
        ;
}

struct rfb_rsa_aes_layer *rfb_rsa_aes_layer_create(size_t key_size, const uint8_t *receive_key,
                                                   const uint8_t *send_key)
{
    struct rfb_rsa_aes_layer *layer = mem_new0(struct rfb_rsa_aes_layer);

    way_init(&layer->in, key_size, receive_key);
    way_init(&layer->out, key_size, send_key);
    return layer;
}

void rfb_rsa_aes_layer_destroy(struct rfb_rsa_aes_layer *layer)
{
    if (!layer)
        return;
    gnutls_memset(layer, 0, sizeof(*layer)); /* the keys */
    free(layer);
}

int rfb_rsa_aes_layer_open(struct rfb_rsa_aes_layer *layer, const uint8_t *bytes, size_t len,
                           size_t max, size_t *used, struct buf *plain, struct err *err)
{
    struct way *way = &layer->in;
    struct wire_reader in = wire_reader_of(bytes, len);
    uint16_t size = wire_get_u16(&in);
    const uint8_t *body, *mac;
    uint8_t right[RFB_RSA_AES_MAC], *text;
    struct eax_ctx eax;

    *used = 0;
    if (!in.failed && size > max)
        return err_set(err, "an encrypted message has %u bytes where no more than %zu are meant",
                       size, max);
    body = wire_get_bytes(&in, size);
    mac = wire_get_bytes(&in, RFB_RSA_AES_MAC);
    if (in.failed)
        return 0;
    way_begin(way, &eax, bytes);
    text = buf_reserve(plain, size);
    eax_decrypt(&eax, &way->eax, &way->cipher, way->encrypt, size, text, body);
    eax_digest(&eax, &way->eax, &way->cipher, way->encrypt, sizeof(right), right);
    if (!memeql_sec(mac, right, sizeof(right))) {
        gnutls_memset(text, 0, size);
        return err_set(err, "an encrypted message was damaged or forged on its way");
    }
    buf_extend(plain, size);
    *used = len - wire_left(&in);
    return 0;
}

void rfb_rsa_aes_layer_seal(struct rfb_rsa_aes_layer *layer, const uint8_t *data, size_t len,
                            struct buf *wire)
{
    struct way *way = &layer->out;

    while (len) {
        size_t size = MIN_OF(len, (size_t)RFB_RSA_AES_SEND_MAX);
        uint8_t *at = buf_extend(wire, HEADER + size + RFB_RSA_AES_MAC);
        struct eax_ctx eax;

        at[0] = (uint8_t)(size >> 8);
        at[1] = (uint8_t)size;
        way_begin(way, &eax, at);
        eax_encrypt(&eax, &way->eax, &way->cipher, way->encrypt, size, at + HEADER, data);
        eax_digest(&eax, &way->eax, &way->cipher, way->encrypt, RFB_RSA_AES_MAC,
                   at + HEADER + size);
        data += size;
        len -= size;
    }
}

/* ---- As a layer of a stream -------------------------------------------------------------------
 */

static int layer_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                         struct buf *plain, struct buf *wire, struct err *err)
{
    size_t n;

    (void)wire;
    if (!len)
        return 0;
    do {
        if (rfb_rsa_aes_layer_open(layer, bytes + *used, len - *used, UINT16_MAX, &n, plain, err))
            return -1;
        *used += n;
    } while (n);
    return 0;
}

static int layer_send(void *layer, const uint8_t *data, size_t len, struct buf *wire,
                      struct err *err)
{
    (void)err;
    rfb_rsa_aes_layer_seal(layer, data, len, wire);
    return 0;
}

static void layer_destroy(void *layer)
{
    rfb_rsa_aes_layer_destroy(layer);
}

const struct layer_ops rfb_rsa_aes_layer_ops = {
    .receive = layer_receive, .send = layer_send, .destroy = layer_destroy};
