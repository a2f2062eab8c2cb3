/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may come in at a machine's VNC addresses: the options as security types, and the RSA key that
 * is made once and kept.
 */
#include "check.h"
#include "cli/guard.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/oriel-guard-XXXXXX";
static char *password_file, *key_file;

static void write_file(const char *path, const char *text, mode_t mode)
{
    CHECK(g_file_set_contents(path, text, -1, NULL));
    CHECK_INT(chmod(path, mode), 0);
}

/* The sentence for these options, "" if they are fine; *rc is guard_create()'s. */
static const char *complaint(struct guard_options o, int *rc)
{
    static struct err err;
    struct guard *g = NULL;

    err.text[0] = '\0';
    *rc = guard_create(&o, &g, &err);
    if (!*rc)
        guard_destroy(g);
    return err.text;
}

static void check_offers(const char *security, bool password, const enum rfb_security_type *types,
                         size_t count)
{
    struct guard_options o = {.security = security,
                              .password_file = password ? password_file : NULL};
    const struct rfb_security_offer *offers;
    struct guard *g = NULL;
    struct err err = {""};
    size_t n = 0;

    CHECK_INT(guard_create(&o, &g, &err), 0);
    CHECK_STR(err.text, "");
    if (!g)
        return;
    offers = guard_offers(g, &n);
    CHECK_INT(n, count);
    for (size_t i = 0; i < n && i < count; i++)
        CHECK_INT(offers[i].security->type, types[i]);
    CHECK_INT(guard_allows_anywhere(g), password);
    guard_destroy(g);
}

static void test_offers(void)
{
    check_offers(NULL, false, (enum rfb_security_type[]){RFB_SECURITY_NONE}, 1);
    check_offers("ra2ne,RA2_256,ra2,RA2ne_256,dh", true,
                 (enum rfb_security_type[]){RFB_SECURITY_RA2NE, RFB_SECURITY_RA2_256,
                                            RFB_SECURITY_RA2, RFB_SECURITY_RA2NE_256,
                                            RFB_SECURITY_APPLE_DH},
                 5);
    check_offers(
        "TLSPlain,RA2,X509Plain,VncAuth", true,
        (enum rfb_security_type[]){RFB_SECURITY_VENCRYPT, RFB_SECURITY_RA2, RFB_SECURITY_VNC_AUTH},
        3);
    /* With no more than a password: everything that hides what is seen. */
    check_offers(
        NULL, true,
        (enum rfb_security_type[]){RFB_SECURITY_VENCRYPT, RFB_SECURITY_RA2_256, RFB_SECURITY_RA2},
        3);
}

static void test_password_is_needed(void)
{
    static const char *const names[] = {"RA2", "RA2ne", "RA2_256", "RA2ne_256", "DH"};
    int rc;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        CHECK(strstr(complaint((struct guard_options){.security = names[i]}, &rc),
                     "needs a password"));
        CHECK_INT(rc, 1);
    }
    CHECK(strstr(complaint((struct guard_options){.security = "MSLogonII"}, &rc), "viewers only"));
    CHECK_INT(rc, 1);
    CHECK(strstr(complaint((struct guard_options){.security = "RA3"}, &rc), "no security type"));
    CHECK_INT(rc, 1);
}

/* rsa_key: a file, or NULL for our own. */
static void describe(const char *rsa_key, char text[512])
{
    struct guard_options o = {
        .security = "RA2_256", .password_file = password_file, .rsa_key = rsa_key};
    struct guard *g = NULL;
    struct err err = {""};

    CHECK_INT(guard_create(&o, &g, &err), 0);
    g_strlcpy(text, g ? guard_describe(g) : err.text, 512);
    guard_destroy(g);
}

/* It's made when it's first needed, for its owner's eyes, and not made again. */
static void test_rsa_key(void)
{
    char first[512], second[512], third[512];
    g_autofree char *chosen = NULL;
    struct stat st;
    int rc;

    g_unlink(key_file);
    describe(NULL, first);
    CHECK(g_str_has_prefix(first, "RA2_256; RSA key SHA256:") && strstr(first, ", shown as "));
    CHECK_INT(stat(key_file, &st), 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    describe(NULL, second);
    CHECK_STR(second, first);

    write_file(key_file, "-----BEGIN RSA PRIVATE KEY-----\nbm9uZQ==\n", 0600);
    CHECK(strstr(
        complaint((struct guard_options){.security = "RA2", .password_file = password_file}, &rc),
        "vnc-rsa-key.pem: this is no RSA key"));
    CHECK_INT(rc, -1);
    g_unlink(key_file);
    describe(NULL, third);
    CHECK(strcmp(third, first) != 0);

    /* Somebody's choice: neither moved nor made. */
    chosen = g_build_filename(folder, "chosen.pem", NULL);
    CHECK(strstr(complaint((struct guard_options){.security = "RA2",
                                                  .password_file = password_file,
                                                  .rsa_key = chosen},
                           &rc),
                 "chosen.pem: No such file"));
    CHECK_INT(rc, 1);
    CHECK_INT(g_rename(key_file, chosen), 0);
    describe(chosen, second);
    CHECK_STR(second, third);
    CHECK(access(key_file, F_OK) != 0);
    g_unlink(chosen);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    g_setenv("XDG_DATA_HOME", folder, TRUE);
    password_file = g_build_filename(folder, "password", NULL);
    key_file = g_build_filename(folder, "oriel", "vnc-rsa-key.pem", NULL);
    write_file(password_file, "eight888\n", 0600);
    test_offers();
    test_password_is_needed();
    test_rsa_key();
    if (!check_failures) {
        g_autofree char *remove = g_strconcat("rm -rf ", folder, NULL);

        CHECK_INT(system(remove), 0);
    }
    g_free(password_file);
    g_free(key_file);
    return check_result();
}
