/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the viewer's side of security types asks for; see trust.h. */
#include "reach/trust.h"

#include "base/mem.h"
#include "reach/data.h"
#include "reach/known.h"
#include "reach/security.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/mslogon2.h"
#include "rfb/auth/rsa_aes.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_MAX = 300 };

struct trust {
    const struct trust_options *options;
    const struct route *route;
    trust_ask_fn ask;
    void *owner;
    char host[HOST_MAX]; /* what a key is known for */
    struct security_list list;
    struct rfb_security_asks asks;
    struct rfb_tls_trust *tls;
    struct rfb_vencrypt_client vencrypt;
    struct rfb_security_offer takes[SECURITY_NAMES_MAX];
    size_t count;
    const char *hint;             /* why the list is shorter than people may expect; or NULL */
    struct rfb_credentials known; /* once asked for, or read; for the next connection */
};

/* ---- The password ---- */

static int find_user(struct trust *t, struct err *err)
{
    const char *user = t->options->user ? t->options->user : t->route->user;
    char question[HOST_MAX + 32];

    if (t->known.user[0])
        return 0;
    if (user && strlen(user) < sizeof(t->known.user)) {
        strcpy(t->known.user, user);
        return 0;
    }
    snprintf(question, sizeof(question), "User at %s: ", t->host);
    if (t->ask(t->owner, question, true, t->known.user, sizeof(t->known.user), err) < 0)
        return err_set(err, "the server asks for a user's name; give it with --user");
    return 0;
}

static int find_password(struct trust *t, struct err *err)
{
    char *password = t->known.password;
    char question[HOST_MAX + 32];

    if (password[0])
        return 0;
    if (t->options->password_file)
        return data_read_secret(t->options->password_file, password, sizeof(t->known.password),
                                err);
    snprintf(question, sizeof(question), "Password for %s: ", t->host);
    if (t->ask(t->owner, question, false, password, sizeof(t->known.password), err) < 0) {
        password[0] = 0;
        err_prefix(err, "the server asks for a password, which --password-file can name");
        return -1;
    }
    return 0;
}

static int on_credentials(void *owner, bool user, struct rfb_credentials *credentials,
                          struct err *err)
{
    struct trust *t = owner;

    if ((user && find_user(t, err) < 0) || find_password(t, err) < 0)
        return -1;
    *credentials = t->known;
    return 0;
}

/* ---- The server's key ---- */

/* The digest that is kept for a host and a kind: 0 with it, 1: none, -1 with *err. */
static int look_up(const char *path, const char *host, const char *kind,
                   char digest[KNOWN_DIGEST_SIZE], struct err *err)
{
    struct buf file = BUF_INIT;
    int rc = data_read(path, &file, err);

    if (!rc)
        rc = !known_find(&file, host, kind, digest);
    buf_finish(&file);
    return rc;
}

static int remember(const char *path, const char *host, const char *kind, const char *digest,
                    struct err *err)
{
    struct buf file = BUF_INIT;
    int lock = data_lock(err), rc;

    if (lock < 0)
        return -1;
    rc = data_read(path, &file, err);
    if (rc >= 0) {
        known_add(&file, host, kind, digest);
        rc = data_write(path, &file, err);
    }
    close(lock);
    buf_finish(&file);
    return rc;
}

static int ask_about(const struct trust *t, const struct rfb_server_key *key, struct err *err)
{
    char fingerprint[RFB_FINGERPRINT_SIZE], question[HOST_MAX + 400], answer[16];
    struct err asking;

    rfb_fingerprint_format(key->sha256, fingerprint);
    snprintf(question, sizeof(question),
             "The key of %s is not known here, and %s.\nIts fingerprint is %s%s%s\n"
             "Is that the one, and shall it be remembered? (yes/no) ",
             t->host, key->doubt, fingerprint, key->shown ? ", shown by others as " : "",
             key->shown ? key->shown : "");
    if (t->ask(t->owner, question, true, answer, sizeof(answer), &asking) < 0)
        return err_set(err,
                       "the key of %s is not known here, and %s; if %s is its fingerprint, give it "
                       "with --fingerprint",
                       t->host, key->doubt, fingerprint);
    if (g_ascii_strcasecmp(answer, "yes"))
        return err_set(err, "the key of %s was not taken", t->host);
    return 0;
}

static int compare_fingerprint(const struct trust *t, const struct rfb_server_key *key,
                               struct err *err)
{
    char fingerprint[RFB_FINGERPRINT_SIZE];

    rfb_fingerprint_format(key->sha256, fingerprint);
    if (!g_ascii_strcasecmp(fingerprint, t->options->fingerprint))
        return 0;
    return err_set(err, "the server's fingerprint is %s, not the one that was given", fingerprint);
}

static int on_server_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    struct trust *t = owner;
    cleanup_free char *path = data_path("known-servers");
    char known[KNOWN_DIGEST_SIZE];
    char *digest;
    int rc;

    if (t->options->fingerprint)
        return compare_fingerprint(t, key, err);
    if (!key->doubt)
        return 0;
    digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, key->data, key->len);
    rc = look_up(path, t->host, key->kind, known, err);
    if (rc > 0) {
        rc = ask_about(t, key, err);
        if (!rc)
            rc = remember(path, t->host, key->kind, digest, err);
    } else if (!rc && strcmp(known, digest) != 0) {
        rc = err_set(err,
                     "the key of %s has CHANGED: somebody may be in between. If the server was "
                     "set up anew, take its line out of %s",
                     t->host, path);
    }
    g_free(digest);
    return rc;
}

/* ---- What is taken ---- */

/* On this host None is as good as anything, and nothing else asks a question less. Elsewhere who
   is proven comes before who is not, and what is sealed before what is open; a password that who
   listens could read, by Plain or MSLogonII, is given only to those who ask for it by name. */
static const char *default_names(const struct route *route, bool proven, bool certified)
{
    if (certified)
        return "X509None,X509Vnc,X509Plain";
    if (proven)
        return "X509None,X509Vnc,X509Plain,RA2_256,RA2,RA2ne_256,RA2ne";
    return route->kind == ROUTE_TCP
               ? "X509None,X509Vnc,X509Plain,RA2_256,RA2,TLSNone,TLSVnc,TLSPlain,TLS,None,"
                 "RA2ne_256,RA2ne,VncAuth,DH"
               : "None,VncAuth,X509None,X509Vnc,X509Plain,TLSNone,TLSVnc,TLSPlain,TLS,RA2_256,RA2,"
                 "RA2ne_256,RA2ne,DH,Plain";
}

/* Is any key of the host known? */
static bool is_known(const struct trust *t)
{
    cleanup_free char *path = data_path("known-servers");
    char digest[KNOWN_DIGEST_SIZE];
    struct err err;

    return look_up(path, t->host, "x509", digest, &err) == 0 ||
           look_up(path, t->host, "rsa", digest, &err) == 0;
}

/* Who is to prove which server it is does so, or is none: else somebody in between would just not
   offer to. */
static const char *choose_names(struct trust *t)
{
    const struct trust_options *o = t->options;

    if (o->security)
        return o->security;
    if (o->fingerprint || o->ca_file)
        t->hint = "--ca and --fingerprint want types that prove it; --security names others";
    else if (is_known(t))
        t->hint = "its key is known, so it has to prove it; --security names other types";
    return default_names(t->route, t->hint != NULL, o->ca_file && !o->fingerprint);
}

static struct rfb_security_offer take_of(const struct trust *t, enum rfb_security_type type)
{
    switch (type) {
    case RFB_SECURITY_VNC_AUTH:
        return (struct rfb_security_offer){&rfb_security_vnc_auth_client, &t->asks};
    case RFB_SECURITY_VENCRYPT:
        return (struct rfb_security_offer){&rfb_security_vencrypt_client, &t->vencrypt};
    case RFB_SECURITY_RA2:
        return (struct rfb_security_offer){&rfb_security_ra2_client, &t->asks};
    case RFB_SECURITY_RA2NE:
        return (struct rfb_security_offer){&rfb_security_ra2ne_client, &t->asks};
    case RFB_SECURITY_RA2_256:
        return (struct rfb_security_offer){&rfb_security_ra2_256_client, &t->asks};
    case RFB_SECURITY_RA2NE_256:
        return (struct rfb_security_offer){&rfb_security_ra2ne_256_client, &t->asks};
    case RFB_SECURITY_TLS:
        return (struct rfb_security_offer){&rfb_security_anon_tls_client, &t->asks};
    case RFB_SECURITY_APPLE_DH:
        return (struct rfb_security_offer){&rfb_security_apple_dh_client, &t->asks};
    case RFB_SECURITY_MSLOGON2:
        return (struct rfb_security_offer){&rfb_security_mslogon2_client, &t->asks};
    default:
        return (struct rfb_security_offer){&rfb_security_none_client, NULL};
    }
}

static void make_takes(struct trust *t)
{
    enum rfb_security_type types[SECURITY_NAMES_MAX];

    t->tls = rfb_tls_trust_create(t->options->ca_file);
    t->vencrypt = (struct rfb_vencrypt_client){security_vencrypt_types(&t->list), &t->asks, t->tls};
    t->count = security_types(&t->list, types);
    for (size_t i = 0; i < t->count; i++)
        t->takes[i] = take_of(t, types[i]);
}

int trust_create(const struct trust_options *options, const struct route *route, trust_ask_fn ask,
                 void *owner, struct trust **out, struct err *err)
{
    struct trust *t = mem_new0(struct trust);

    t->options = options;
    t->route = route;
    t->ask = ask;
    t->owner = owner;
    if (route->kind == ROUTE_TCP)
        snprintf(t->host, sizeof(t->host), strchr(route->host, ':') ? "[%s]:%u" : "%s:%u",
                 route->host, route->port);
    else
        snprintf(t->host, sizeof(t->host), "%s", route->name);
    t->asks = (struct rfb_security_asks){.owner = t,
                                         .host = route->kind == ROUTE_TCP ? route->host : NULL,
                                         .credentials = on_credentials,
                                         .server_key = on_server_key};
    if (security_parse(choose_names(t), &t->list, err) < 0 ||
        (options->ca_file && access(options->ca_file, R_OK) < 0 &&
         err_set(err, "cannot read %s, the file of --ca", options->ca_file))) {
        free(t);
        return 1;
    }
    make_takes(t);
    *out = t;
    return 0;
}

void trust_destroy(struct trust *t)
{
    if (!t)
        return;
    rfb_tls_trust_destroy(t->tls);
    explicit_bzero(t, sizeof(*t)); /* the password */
    free(t);
}

const struct rfb_security_offer *trust_takes(const struct trust *t, size_t *count)
{
    *count = t->count;
    return t->takes;
}

const char *trust_hint(const struct trust *t)
{
    return t->hint;
}
