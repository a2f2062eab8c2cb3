/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RSA keys as files in PEM: what is taken is written as a file that is the same key. */
#include "rfb/auth/rsa_key.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {""};
    struct rfb_rsa_key *key = rfb_rsa_key_from_pem(data, size, &err), *again;
    struct buf file = BUF_INIT;
    const uint8_t *one, *other;
    size_t len, other_len;

    if (!key) {
        claim(err.text[0]);
        return 0;
    }
    claim(rfb_rsa_public_size(rfb_rsa_key_public(key)) >= RFB_RSA_BITS_OURS / 8);
    rfb_rsa_key_to_pem(key, &file);
    again = rfb_rsa_key_from_pem(file.data, file.len, &err);
    claim(again);
    one = rfb_rsa_public_wire(rfb_rsa_key_public(key), &len);
    other = rfb_rsa_public_wire(rfb_rsa_key_public(again), &other_len);
    claim(len == other_len && !memcmp(one, other, len));
    rfb_rsa_key_destroy(key);
    rfb_rsa_key_destroy(again);
    buf_finish(&file);
    return 0;
}
