/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options about security mean for the server; see guard.h. */
#include "cli/guard.h"

#include "base/mem.h"
#include "reach/data.h"
#include "reach/security.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/rsa_aes.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct guard {
    struct security_list list;
    struct rfb_account account;
    struct rfb_brake brake;
    struct rfb_tls_identity *identity;
    struct rfb_vencrypt_server vencrypt;
    struct rfb_rsa_key *rsa_key;
    struct rfb_rsa_aes_server rsa_aes;
    struct rfb_security_offer offers[SECURITY_NAMES_MAX];
    size_t count;
    struct rfb_vencrypt_server web_vencrypt; /* Plain alone */
    struct rfb_security_offer web_offers[3];
    size_t web_count;
    struct guard_options options;
    bool open;
    char text[512];
};

static uint64_t now_ms(void)
{
    return (uint64_t)g_get_monotonic_time() / 1000;
}

/* ---- The password ---- */

/* Without a list: what is worth a password, as far as this one fits. */
static const char *default_names(const struct guard *g, bool has_password)
{
    if (!has_password)
        return "None";
    return strlen(g->account.credentials.password) <= RFB_VNC_PASSWORD_MAX
               ? "X509Plain,X509Vnc,RA2_256,RA2,TLSPlain,TLSVnc"
               : "X509Plain,RA2_256,RA2,TLSPlain";
}

static int read_account(struct guard *g, const struct guard_options *o, struct err *err)
{
    struct rfb_credentials *c = &g->account.credentials;
    const char *user = o->user ? o->user : g_get_user_name();

    g->account.now_ms = now_ms;
    g->account.brake = &g->brake;
    if (!user[0] || strlen(user) >= sizeof(c->user))
        return err_set(err, "the user's name must have 1 to %zu bytes", sizeof(c->user) - 1);
    strcpy(c->user, user);
    return o->password_file
               ? data_read_secret(o->password_file, c->password, sizeof(c->password), err)
               : 0;
}

/* 0, or -1: a type and the password don't go together. */
static int check_password(const struct guard *g, bool has_password, struct err *err)
{
    size_t len = strlen(g->account.credentials.password);
    bool asked = false;

    for (size_t i = 0; i < g->list.count; i++) {
        const struct security_name *name = g->list.items[i];

        if (name->is_viewers)
            return err_set(err, "%s is for viewers only; leave it out of --vnc-security",
                           name->name);
        asked = asked || name->wants_password;
        if (name->wants_password && !has_password)
            return err_set(err,
                           "%s needs a password; write one into a file (chmod 600) and name "
                           "it with --vnc-password-file",
                           name->name);
        if (name->is_short && len > RFB_VNC_PASSWORD_MAX)
            return err_set(err,
                           "%s knows passwords of at most %d bytes, and this one has %zu; choose "
                           "a shorter one, or leave %s out of --vnc-security",
                           name->name, RFB_VNC_PASSWORD_MAX, len, name->name);
    }
    if (has_password && !asked)
        return err_set(err, "none of the types of --vnc-security asks for the password");
    return 0;
}

/* ---- The certificate ---- */

static struct rfb_tls_identity *load(const char *certificate, const char *key, struct err *err)
{
    struct buf certificate_pem = BUF_INIT, key_pem = BUF_INIT;
    struct rfb_tls_identity *identity = NULL;

    if (!data_read(certificate, &certificate_pem, err) && !data_read(key, &key_pem, err)) {
        identity = rfb_tls_identity_create(&certificate_pem, &key_pem, err);
        if (!identity)
            err_prefix(err, "%s, %s", certificate, key);
    }
    if (key_pem.len)
        explicit_bzero(key_pem.data, key_pem.len);
    buf_finish(&certificate_pem);
    buf_finish(&key_pem);
    return identity;
}

static int make(const char *certificate, const char *key, struct err *err)
{
    struct buf certificate_pem = BUF_INIT, key_pem = BUF_INIT;
    int rc = rfb_tls_identity_make(g_get_host_name(), (uint64_t)time(NULL), &certificate_pem,
                                   &key_pem, err);

    if (!rc)
        rc = data_write(key, &key_pem, err);
    if (!rc)
        rc = data_write(certificate, &certificate_pem, err);
    if (key_pem.len)
        explicit_bzero(key_pem.data, key_pem.len);
    buf_finish(&certificate_pem);
    buf_finish(&key_pem);
    return rc;
}

/* The pair that all machines of this user share; made by the first that needs it. */
static struct rfb_tls_identity *own_identity(struct err *err)
{
    cleanup_free char *certificate = data_path("vnc-cert.pem"), *key = data_path("vnc-key.pem");
    struct rfb_tls_identity *identity = NULL;
    int lock = data_lock(err);

    if (lock < 0)
        return NULL;
    if ((access(certificate, F_OK) == 0 && access(key, F_OK) == 0) ||
        make(certificate, key, err) == 0)
        identity = load(certificate, key, err);
    close(lock);
    return identity;
}

static int find_identity(struct guard *g, const struct guard_options *o, struct err *err)
{
    bool wanted = false;

    for (size_t i = 0; i < g->list.count; i++)
        wanted = wanted || g->list.items[i]->has_certificate;
    if (!o->certificate != !o->key) {
        err_set(err, "--vnc-cert and --vnc-key go together");
        return 1;
    }
    if (!wanted)
        return 0;
    g->identity = o->certificate ? load(o->certificate, o->key, err) : own_identity(err);
    if (!g->identity)
        return o->certificate ? 1 : -1;
    return 0;
}

/* ---- The RSA key ---- */

static struct rfb_rsa_key *load_rsa_key(const char *path, struct buf *pem, struct err *err)
{
    struct rfb_rsa_key *key;

    if (data_read(path, pem, err))
        return NULL;
    key = rfb_rsa_key_from_pem(pem->data, pem->len, err);
    if (!key)
        err_prefix(err, "%s", path);
    return key;
}

static struct rfb_rsa_key *make_rsa_key(const char *path, struct buf *pem, struct err *err)
{
    struct rfb_rsa_key *key = rfb_rsa_key_generate(RFB_RSA_BITS_OURS);

    rfb_rsa_key_to_pem(key, pem);
    if (data_write(path, pem, err) == 0)
        return key;
    rfb_rsa_key_destroy(key);
    return NULL;
}

/* As the certificate: shared by this user's machines, and made by the first that needs it. */
static struct rfb_rsa_key *own_rsa_key(struct buf *pem, struct err *err)
{
    cleanup_free char *path = data_path("vnc-rsa-key.pem");
    struct rfb_rsa_key *key;
    int lock = data_lock(err);

    if (lock < 0)
        return NULL;
    key = (access(path, F_OK) == 0 ? load_rsa_key : make_rsa_key)(path, pem, err);
    close(lock);
    return key;
}

static int find_rsa_key(struct guard *g, const struct guard_options *o, struct err *err)
{
    struct buf pem = BUF_INIT;
    bool wanted = false;

    for (size_t i = 0; i < g->list.count; i++)
        wanted = wanted || g->list.items[i]->has_rsa_key;
    if (!wanted)
        return 0;
    g->rsa_key = o->rsa_key ? load_rsa_key(o->rsa_key, &pem, err) : own_rsa_key(&pem, err);
    if (pem.len)
        explicit_bzero(pem.data, pem.len);
    buf_finish(&pem);
    if (!g->rsa_key)
        return o->rsa_key ? 1 : -1;
    return 0;
}

/* ---- What comes of it ---- */

static struct rfb_security_offer offer_of(const struct guard *g, enum rfb_security_type type)
{
    switch (type) {
    case RFB_SECURITY_VNC_AUTH:
        return (struct rfb_security_offer){&rfb_security_vnc_auth, &g->account};
    case RFB_SECURITY_VENCRYPT:
        return (struct rfb_security_offer){&rfb_security_vencrypt, &g->vencrypt};
    case RFB_SECURITY_RA2:
        return (struct rfb_security_offer){&rfb_security_ra2, &g->rsa_aes};
    case RFB_SECURITY_RA2NE:
        return (struct rfb_security_offer){&rfb_security_ra2ne, &g->rsa_aes};
    case RFB_SECURITY_RA2_256:
        return (struct rfb_security_offer){&rfb_security_ra2_256, &g->rsa_aes};
    case RFB_SECURITY_RA2NE_256:
        return (struct rfb_security_offer){&rfb_security_ra2ne_256, &g->rsa_aes};
    case RFB_SECURITY_TLS:
        return (struct rfb_security_offer){&rfb_security_anon_tls, &g->account};
    case RFB_SECURITY_APPLE_DH:
        return (struct rfb_security_offer){&rfb_security_apple_dh, &g->account};
    default:
        return (struct rfb_security_offer){&rfb_security_none, NULL};
    }
}

static void make_offers(struct guard *g)
{
    enum rfb_security_type types[SECURITY_NAMES_MAX];

    g->vencrypt =
        (struct rfb_vencrypt_server){security_vencrypt_types(&g->list), &g->account, g->identity};
    g->count = security_types(&g->list, types);
    for (size_t i = 0; i < g->count; i++)
        g->offers[i] = offer_of(g, types[i]);
}

static void offer_browsers(struct guard *g, const struct rfb_security *security, const void *config)
{
    g->web_offers[g->web_count++] = (struct rfb_security_offer){security, config};
}

/* What the list means to somebody who knows three types. */
static void make_web_offers(struct guard *g)
{
    bool none = false, password = false;

    for (size_t i = 0; i < g->list.count; i++) {
        none = none || !g->list.items[i]->wants_password;
        password = password || g->list.items[i]->wants_password;
    }
    g->web_vencrypt = (struct rfb_vencrypt_server){
        {.types = {RFB_VENCRYPT_PLAIN}, .count = 1}, &g->account, NULL};
    if (none)
        offer_browsers(g, &rfb_security_none, NULL);
    if (password && strlen(g->account.credentials.password) <= RFB_VNC_PASSWORD_MAX)
        offer_browsers(g, &rfb_security_vnc_auth, &g->account);
    if (password)
        offer_browsers(g, &rfb_security_vencrypt, &g->web_vencrypt);
}

static void describe(struct guard *g)
{
    char fingerprint[RFB_FINGERPRINT_SIZE];
    uint8_t sha256[RFB_TLS_SHA256];
    char shown[RFB_RSA_FINGERPRINT_SIZE];
    size_t at = 0;

    for (size_t i = 0; i < g->list.count && at < sizeof(g->text); i++)
        at += (size_t)snprintf(g->text + at, sizeof(g->text) - at, "%s%s", i ? ", " : "",
                               g->list.items[i]->name);
    if (g->identity && at < sizeof(g->text)) {
        rfb_fingerprint_format(rfb_tls_identity_sha256(g->identity), fingerprint);
        at += (size_t)snprintf(g->text + at, sizeof(g->text) - at, "; certificate %s", fingerprint);
    }
    if (g->rsa_key && at < sizeof(g->text)) {
        rfb_rsa_public_digest(rfb_rsa_key_public(g->rsa_key), sha256, shown);
        rfb_fingerprint_format(sha256, fingerprint);
        snprintf(g->text + at, sizeof(g->text) - at, "; RSA key %s, shown as %s", fingerprint,
                 shown);
    }
}

static int set_up(struct guard *g, const struct guard_options *o, struct err *err)
{
    bool has_password = o->password_file != NULL;
    int rc;

    g->open = o->open;
    g->options = *o;
    if (read_account(g, o, err) < 0 ||
        security_parse(o->security ? o->security : default_names(g, has_password), &g->list, err) <
            0 ||
        check_password(g, has_password, err) < 0)
        return 1;
    rc = find_identity(g, o, err);
    if (!rc)
        rc = find_rsa_key(g, o, err);
    if (rc)
        return rc;
    g->rsa_aes = (struct rfb_rsa_aes_server){g->rsa_key, &g->account, o->user != NULL};
    make_offers(g);
    make_web_offers(g);
    describe(g);
    return 0;
}

int guard_create(const struct guard_options *options, struct guard **out, struct err *err)
{
    struct guard *g = mem_new0(struct guard);
    int rc = set_up(g, options, err);

    if (rc)
        guard_destroy(g);
    else
        *out = g;
    return rc;
}

void guard_destroy(struct guard *g)
{
    if (!g)
        return;
    rfb_tls_identity_destroy(g->identity);
    rfb_rsa_key_destroy(g->rsa_key);
    explicit_bzero(g, sizeof(*g)); /* the password */
    free(g);
}

const struct rfb_security_offer *guard_offers(const struct guard *g, size_t *count)
{
    *count = g->count;
    return g->offers;
}

const struct rfb_security_offer *guard_web_offers(const struct guard *g, size_t *count)
{
    *count = g->web_count;
    return g->web_offers;
}

static int need_identity(struct guard *g, struct err *err)
{
    if (!g->identity)
        g->identity = g->options.certificate ? load(g->options.certificate, g->options.key, err)
                                             : own_identity(err);
    return g->identity ? 0 : -1;
}

void *guard_tls_layer(struct guard *g, const struct layer_ops **ops, struct err *err)
{
    struct rfb_security_layer layer;

    if (need_identity(g, err) < 0)
        return NULL;
    rfb_tls_server_layer(g->identity, &layer);
    *ops = layer.ops;
    return layer.layer;
}

int guard_certificate(struct guard *g, char fingerprint[RFB_FINGERPRINT_SIZE], struct err *err)
{
    if (need_identity(g, err) < 0)
        return -1;
    rfb_fingerprint_format(rfb_tls_identity_sha256(g->identity), fingerprint);
    return 0;
}

bool guard_allows_anywhere(const struct guard *g)
{
    bool all = true;

    for (size_t i = 0; i < g->list.count; i++)
        all = all && g->list.items[i]->wants_password;
    return all || g->open;
}

const char *guard_describe(const struct guard *g)
{
    return g->text;
}
