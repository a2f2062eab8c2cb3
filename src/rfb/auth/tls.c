/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TLS layer; see tls.h. What certificates are is identity.c and trust.c. */
#include "rfb/auth/tls.h"

#include "base/mem.h"
#include "rfb/auth/tls_private.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 16 << 10 };

static const char with_certificate[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
/* Anonymous key exchange went with TLS 1.3. */
static const char anonymous[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH:+ANON-DH";

struct tls {
    gnutls_session_t session;
    gnutls_anon_server_credentials_t server_anonymous; /* its own, when it is an anonymous one */
    gnutls_anon_client_credentials_t client_anonymous;
    /* The client's. */
    struct rfb_tls_trust *trust;
    const struct rfb_security_asks *asks;
    rfb_tls_words words;

    const uint8_t *from; /* during receive(): what is left of its bytes */
    size_t from_len;
    struct buf *wire; /* during a call: where records go */
    struct buf kept;  /* what waits for the handshake */
    bool is_open;
    int failure; /* of its making: a GnuTLS code */
};

static ssize_t pull(gnutls_transport_ptr_t data, void *to, size_t len)
{
    struct tls *t = data;

    if (!t->from_len) {
        gnutls_transport_set_errno(t->session, EAGAIN);
        return -1;
    }
    if (len > t->from_len)
        len = t->from_len;
    memcpy(to, t->from, len);
    t->from += len;
    t->from_len -= len;
    return (ssize_t)len;
}

static ssize_t push(gnutls_transport_ptr_t data, const void *from, size_t len)
{
    buf_append(((struct tls *)data)->wire, from, len);
    return (ssize_t)len;
}

static int failed(struct tls *t, int rc, struct err *err)
{
    const char *alert;

    if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        alert = gnutls_alert_get_name(gnutls_alert_get(t->session));
        return err_set(err, "the peer ended TLS: %s", alert ? alert : "for an unknown reason");
    }
    gnutls_alert_send_appropriate(t->session, rc);
    return err_set(err, "TLS: %s", gnutls_strerror(rc));
}

static int send_records(struct tls *t, const uint8_t *data, size_t len, struct err *err)
{
    while (len) {
        ssize_t n = gnutls_record_send(t->session, data, len);

        if (n < 0)
            return failed(t, (int)n, err);
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The handshake is over: now the server is looked at, and what has waited goes. */
static int opened(struct tls *t, struct err *err)
{
    struct buf words = BUF_INIT;
    int rc = 0;

    if (t->trust && rfb_tls_trust_judge(t->session, t->asks, err) < 0) {
        gnutls_alert_send(t->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
        return -1;
    }
    t->is_open = true;
    if (t->words)
        rc = t->words(t->asks, &words, err);
    if (!rc)
        rc = send_records(t, words.data, words.len, err);
    if (!rc)
        rc = send_records(t, t->kept.data, t->kept.len, err);
    buf_finish(&words);
    buf_finish(&t->kept);
    return rc;
}

/* As far as it goes with what has come. */
static int shake_hands(struct tls *t, struct err *err)
{
    int rc;

    do
        rc = gnutls_handshake(t->session);
    while (rc < 0 && !gnutls_error_is_fatal(rc) && rc != GNUTLS_E_AGAIN);
    if (rc == GNUTLS_E_AGAIN)
        return 0;
    return rc < 0 ? failed(t, rc, err) : opened(t, err);
}

static int receive_records(struct tls *t, struct buf *plain, struct err *err)
{
    ssize_t n;

    while ((n = gnutls_record_recv(t->session, buf_reserve(plain, RECORD), RECORD)) > 0)
        buf_extend(plain, (size_t)n);
    /* A record that was not for us is an interruption: the rest is offered again. */
    if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED)
        return 0;
    if (!n) {
        err_set(err, "the peer closed the connection");
        return 1;
    }
    if (n == GNUTLS_E_REHANDSHAKE)
        return err_set(err, "the peer wants to begin TLS anew, which is not done here");
    return failed(t, (int)n, err);
}

static int tls_receive(void *layer, const uint8_t *bytes, size_t len, size_t *used,
                       struct buf *plain, struct buf *wire, struct err *err)
{
    struct tls *t = layer;
    int rc = 0;

    t->from = bytes;
    t->from_len = len;
    t->wire = wire;
    if (!t->is_open)
        rc = shake_hands(t, err);
    if (!rc && t->is_open)
        rc = receive_records(t, plain, err);
    *used = len - t->from_len;
    t->from_len = 0;
    return rc;
}

static int tls_send(void *layer, const uint8_t *data, size_t len, struct buf *wire, struct err *err)
{
    struct tls *t = layer;

    t->wire = wire;
    if (t->failure)
        return err_set(err, "TLS: %s", gnutls_strerror(t->failure));
    if (t->is_open)
        return send_records(t, data, len, err);
    if (!len)
        return shake_hands(t, err);
    if (t->kept.len + len > RFB_TLS_KEPT_MAX)
        return err_set(err, "too much is said before TLS has begun");
    buf_append(&t->kept, data, len);
    return 0;
}

static void tls_destroy(void *layer)
{
    struct tls *t = layer;

    if (t->session)
        gnutls_deinit(t->session);
    if (t->server_anonymous)
        gnutls_anon_free_server_credentials(t->server_anonymous);
    if (t->client_anonymous)
        gnutls_anon_free_client_credentials(t->client_anonymous);
    buf_finish(&t->kept);
    free(t);
}

/* So that the peer can tell the end from a connection that somebody cut. */
static void tls_end(void *layer, struct buf *wire)
{
    struct tls *t = layer;

    t->wire = wire;
    if (t->is_open)
        gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

static const struct layer_ops tls_ops = {tls_receive, tls_send, tls_destroy, tls_end};

/* Keeps the first of its failures for send(), which is called at once. */
static void note(struct tls *t, int rc)
{
    if (rc < 0 && !t->failure)
        t->failure = rc;
}

static struct tls *create(unsigned end, bool certificate, struct rfb_security_layer *layer)
{
    struct tls *t = mem_new0(struct tls);

    note(t, gnutls_init(&t->session, end | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS));
    if (t->failure)
        t->session = NULL;
    else
        note(t, gnutls_priority_set_direct(t->session, certificate ? with_certificate : anonymous,
                                           NULL));
    if (t->session) {
        gnutls_transport_set_ptr(t->session, t);
        gnutls_transport_set_pull_function(t->session, pull);
        gnutls_transport_set_push_function(t->session, push);
    }
    *layer = (struct rfb_security_layer){&tls_ops, t};
    return t;
}

void rfb_tls_server_layer(const struct rfb_tls_identity *identity, struct rfb_security_layer *layer)
{
    struct tls *t = create(GNUTLS_SERVER, identity != NULL, layer);

    if (t->failure)
        return;
    if (identity) {
        note(t, gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, identity->credentials));
        gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_IGNORE);
        return;
    }
    note(t, gnutls_anon_allocate_server_credentials(&t->server_anonymous));
    if (t->failure)
        return;
    gnutls_anon_set_server_known_dh_params(t->server_anonymous, GNUTLS_SEC_PARAM_MEDIUM);
    note(t, gnutls_credentials_set(t->session, GNUTLS_CRD_ANON, t->server_anonymous));
}

void rfb_tls_client_layer(struct rfb_tls_trust *trust, const struct rfb_security_asks *asks,
                          rfb_tls_words words, struct rfb_security_layer *layer)
{
    struct tls *t = create(GNUTLS_CLIENT, trust != NULL, layer);

    t->trust = trust;
    t->asks = asks;
    t->words = words;
    if (t->failure)
        return;
    if (trust) {
        rfb_tls_trust_load(trust);
        note(t, gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, trust->credentials));
        return;
    }
    note(t, gnutls_anon_allocate_client_credentials(&t->client_anonymous));
    if (!t->failure)
        note(t, gnutls_credentials_set(t->session, GNUTLS_CRD_ANON, t->client_anonymous));
}
