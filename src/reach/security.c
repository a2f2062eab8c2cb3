/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of security types' names; see security.h. */
#include "reach/security.h"

#include "base/arith.h"

#include <string.h>
#include <strings.h>

static const struct security_name names[] = {
    {"None", RFB_SECURITY_NONE, 0, false, false, false, false},
    {"VncAuth", RFB_SECURITY_VNC_AUTH, 0, true, true, false, false},
    {"Plain", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_PLAIN, true, false, false, false},
    {"TLSNone", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_TLS_NONE, false, false, false, true},
    {"TLSVnc", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_TLS_VNC, true, true, false, true},
    {"TLSPlain", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_TLS_PLAIN, true, false, false, true},
    {"X509None", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_X509_NONE, false, false, true, true},
    {"X509Vnc", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_X509_VNC, true, true, true, true},
    {"X509Plain", RFB_SECURITY_VENCRYPT, RFB_VENCRYPT_X509_PLAIN, true, false, true, true},
    {"RA2", RFB_SECURITY_RA2, 0, true, false, false, true, true},
    {"RA2ne", RFB_SECURITY_RA2NE, 0, true, false, false, false, true},
    {"RA2_256", RFB_SECURITY_RA2_256, 0, true, false, false, true, true},
    {"RA2ne_256", RFB_SECURITY_RA2NE_256, 0, true, false, false, false, true},
    {"DH", RFB_SECURITY_APPLE_DH, 0, true},                /* Apple's */
    {"TLS", RFB_SECURITY_TLS, 0, true, true, false, true}, /* Vino's */
    {"MSLogonII", RFB_SECURITY_MSLOGON2, 0, true, .is_viewers = true},
};
_Static_assert(ARRAY_LEN(names) <= SECURITY_NAMES_MAX, "a list has room for all");

const char security_names[] =
    "None VncAuth Plain TLSNone TLSVnc TLSPlain X509None X509Vnc X509Plain "
    "RA2 RA2ne RA2_256 RA2ne_256 DH TLS MSLogonII";

static const struct security_name *find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == len && !strncasecmp(names[i].name, name, len))
            return &names[i];
    return NULL;
}

static bool has(const struct security_list *list, const struct security_name *name)
{
    size_t i = 0;

    while (i < list->count && list->items[i] != name)
        i++;
    return i < list->count;
}

int security_parse(const char *text, struct security_list *out, struct err *err)
{
    struct security_list list = {.count = 0};

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, ",");
        const struct security_name *name = find(at, len);

        if (!name)
            return err_set(err, "there is no security type \"%.*s\"; there are %s",
                           (int)MIN_OF(len, (size_t)40), at, security_names);
        if (!has(&list, name))
            list.items[list.count++] = name;
        at += len;
        at += *at == ',';
    }
    if (!list.count)
        return err_set(err, "no security type is named; there are %s", security_names);
    *out = list;
    return 0;
}

struct rfb_vencrypt_types security_vencrypt_types(const struct security_list *list)
{
    struct rfb_vencrypt_types types = {.count = 0};

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i]->subtype)
            types.types[types.count++] = list->items[i]->subtype;
    return types;
}

size_t security_types(const struct security_list *list,
                      enum rfb_security_type out[SECURITY_NAMES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        bool seen = false;

        for (size_t k = 0; k < count; k++)
            seen = seen || out[k] == list->items[i]->type;
        if (!seen)
            out[count++] = list->items[i]->type;
    }
    return count;
}
