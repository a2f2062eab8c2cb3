/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server's certificate and key: a new pair, signed by itself, or one that somebody brings along.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "rfb/auth/tls_private.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 3600, VALID_DAYS = 3650 };

static int fill(gnutls_x509_crt_t crt, const char *host, uint64_t now_s)
{
    static const uint8_t loopback4[] = {127, 0, 0, 1}, loopback6[16] = {[15] = 1};
    uint8_t serial[16];
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and never shorter */
    rc = MIN_OF(rc, gnutls_x509_crt_set_version(crt, 3));
    rc = MIN_OF(rc, gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)));
    rc = MIN_OF(rc, gnutls_x509_crt_set_activation_time(crt, (time_t)(now_s - DAY_S)));
    rc = MIN_OF(rc, gnutls_x509_crt_set_expiration_time(
                        crt, (time_t)(now_s + (uint64_t)DAY_S * VALID_DAYS)));
    rc = MIN_OF(rc, gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, host,
                                                  (unsigned)strlen(host)));
    rc = MIN_OF(rc, gnutls_x509_crt_set_basic_constraints(crt, 0, -1));
    rc = MIN_OF(rc, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
    rc = MIN_OF(rc, gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
    rc = MIN_OF(rc, gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host,
                                                         (unsigned)strlen(host), GNUTLS_FSAN_SET));
    rc = MIN_OF(rc, gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
                                                         GNUTLS_FSAN_APPEND));
    rc = MIN_OF(rc, gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback4, 4,
                                                         GNUTLS_FSAN_APPEND));
    rc = MIN_OF(rc, gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback6, 16,
                                                         GNUTLS_FSAN_APPEND));
    return rc;
}

int rfb_tls_identity_make(const char *host, uint64_t now_s, struct buf *certificate,
                          struct buf *key, struct err *err)
{
    gnutls_x509_privkey_t private = NULL;
    gnutls_x509_crt_t crt = NULL;
    gnutls_datum_t key_pem = {NULL, 0}, crt_pem = {NULL, 0};
    int rc = gnutls_x509_privkey_init(&private);

    if (rc >= 0)
        rc = gnutls_x509_privkey_generate(private, GNUTLS_PK_ECDSA,
                                          GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (rc >= 0)
        rc = gnutls_x509_crt_init(&crt);
    if (rc >= 0)
        rc = fill(crt, host, now_s);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_key(crt, private);
    if (rc >= 0)
        rc = gnutls_x509_crt_sign2(crt, crt, private, GNUTLS_DIG_SHA256, 0);
    if (rc >= 0)
        rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &crt_pem);
    if (rc >= 0)
        rc = gnutls_x509_privkey_export2(private, GNUTLS_X509_FMT_PEM, &key_pem);
    if (rc >= 0) {
        buf_append(certificate, crt_pem.data, crt_pem.size);
        buf_append(key, key_pem.data, key_pem.size);
    }
    gnutls_free(crt_pem.data);
    gnutls_free(key_pem.data);
    if (crt)
        gnutls_x509_crt_deinit(crt);
    if (private)
        gnutls_x509_privkey_deinit(private);
    return rc < 0 ? err_set(err, "cannot make a certificate: %s", gnutls_strerror(rc)) : 0;
}

static int fingerprint(const gnutls_datum_t *pem, uint8_t sha256[RFB_TLS_SHA256])
{
    gnutls_x509_crt_t crt;
    size_t size = RFB_TLS_SHA256;
    int rc = gnutls_x509_crt_init(&crt);

    if (rc < 0)
        return rc;
    rc = gnutls_x509_crt_import(crt, pem, GNUTLS_X509_FMT_PEM);
    if (rc >= 0)
        rc = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, sha256, &size);
    gnutls_x509_crt_deinit(crt);
    return rc;
}

struct rfb_tls_identity *rfb_tls_identity_create(const struct buf *certificate,
                                                 const struct buf *key, struct err *err)
{
    struct rfb_tls_identity *identity = mem_new0(struct rfb_tls_identity);
    gnutls_datum_t crt_pem = {certificate->data, (unsigned)certificate->len};
    gnutls_datum_t key_pem = {key->data, (unsigned)key->len};
    int rc = gnutls_certificate_allocate_credentials(&identity->credentials);

    if (rc >= 0)
        rc = gnutls_certificate_set_x509_key_mem2(identity->credentials, &crt_pem, &key_pem,
                                                  GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc >= 0)
        rc = fingerprint(&crt_pem, identity->sha256);
    if (rc >= 0)
        return identity;
    err_set(err, "the certificate and its key cannot be used: %s", gnutls_strerror(rc));
    rfb_tls_identity_destroy(identity);
    return NULL;
}

void rfb_tls_identity_destroy(struct rfb_tls_identity *identity)
{
    if (!identity)
        return;
    if (identity->credentials)
        gnutls_certificate_free_credentials(identity->credentials);
    free(identity);
}

const uint8_t *rfb_tls_identity_sha256(const struct rfb_tls_identity *identity)
{
    return identity->sha256;
}
