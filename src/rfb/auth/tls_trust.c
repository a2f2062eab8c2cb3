/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client makes of a server's certificate. An authority may vouch for it, or its key is shown
 * to the client's owner, who may know it. A key that somebody once took is never an authority for
 * other hosts.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "rfb/auth/tls_private.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>

struct rfb_tls_trust *rfb_tls_trust_create(const char *ca_file)
{
    struct rfb_tls_trust *trust = mem_new0(struct rfb_tls_trust);

    trust->ca_file = ca_file ? mem_strdup(ca_file) : NULL;
    if (gnutls_certificate_allocate_credentials(&trust->credentials) < 0)
        abort(); /* out of memory */
    return trust;
}

void rfb_tls_trust_destroy(struct rfb_tls_trust *trust)
{
    if (!trust)
        return;
    gnutls_certificate_free_credentials(trust->credentials);
    free(trust->ca_file);
    free(trust);
}

/* Without any authority every certificate is in doubt, which is what is said then. */
void rfb_tls_trust_load(struct rfb_tls_trust *trust)
{
    if (trust->loaded)
        return;
    trust->loaded = true;
    if (trust->ca_file)
        gnutls_certificate_set_x509_trust_file(trust->credentials, trust->ca_file,
                                               GNUTLS_X509_FMT_PEM);
    else
        gnutls_certificate_set_x509_system_trust(trust->credentials);
}

/* The weightiest of what is wrong; NULL: nothing is. */
static const char *doubt_of(unsigned status)
{
    static const struct {
        unsigned bits;
        const char *clause;
    } doubts[] = {
        {GNUTLS_CERT_UNEXPECTED_OWNER, "the certificate is another host's"},
        {GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA,
         "no authority that is trusted here vouches for it"},
        {GNUTLS_CERT_EXPIRED, "the certificate has expired"},
        {GNUTLS_CERT_NOT_ACTIVATED, "the certificate is not valid yet"},
    };

    for (size_t i = 0; i < ARRAY_LEN(doubts); i++)
        if (status & doubts[i].bits)
            return doubts[i].clause;
    return status ? "the certificate is not in order" : NULL;
}

/* The key alone, so that a new certificate of the same key is no news. */
static int export_key(const gnutls_datum_t *certificate, gnutls_datum_t *key)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_pubkey_t pubkey = NULL;
    int rc = gnutls_x509_crt_init(&crt);

    if (rc >= 0)
        rc = gnutls_x509_crt_import(crt, certificate, GNUTLS_X509_FMT_DER);
    if (rc >= 0)
        rc = gnutls_pubkey_init(&pubkey);
    if (rc >= 0)
        rc = gnutls_pubkey_import_x509(pubkey, crt, 0);
    if (rc >= 0)
        rc = gnutls_pubkey_export2(pubkey, GNUTLS_X509_FMT_DER, key);
    if (pubkey)
        gnutls_pubkey_deinit(pubkey);
    if (crt)
        gnutls_x509_crt_deinit(crt);
    return rc;
}

int rfb_tls_trust_judge(gnutls_session_t session, const struct rfb_security_asks *asks,
                        struct err *err)
{
    struct rfb_server_key key = {.kind = "x509"};
    unsigned count = 0, status = 0;
    const gnutls_datum_t *certificates = gnutls_certificate_get_peers(session, &count);
    size_t size = sizeof(key.sha256);
    gnutls_datum_t der;
    int rc;

    if (!count || gnutls_fingerprint(GNUTLS_DIG_SHA256, certificates, key.sha256, &size) < 0 ||
        gnutls_certificate_verify_peers3(session, asks->host, &status) < 0 ||
        export_key(certificates, &der) < 0)
        return err_set(err, "the server's certificate cannot be read");
    key.doubt = !status && !asks->host ? "it is not known whose certificate it should be"
                                       : doubt_of(status);
    key.data = der.data;
    key.len = der.size;
    if (status & GNUTLS_CERT_REVOKED)
        rc = err_set(err, "the server's certificate was revoked");
    else if (asks->server_key)
        rc = asks->server_key(asks->owner, &key, err);
    else
        rc = key.doubt ? err_set(err, "the server cannot be trusted: %s", key.doubt) : 0;
    gnutls_free(der.data);
    return rc;
}

void rfb_fingerprint_format(const uint8_t sha256[RFB_TLS_SHA256], char text[RFB_FINGERPRINT_SIZE])
{
    int at = snprintf(text, RFB_FINGERPRINT_SIZE, "SHA256");

    for (int i = 0; i < RFB_TLS_SHA256; i++)
        at += snprintf(text + at, (size_t)(RFB_FINGERPRINT_SIZE - at), ":%02x", sha256[i]);
}
