/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host and Origin; see site_rules.h. */
#include "web/proto/site_rules.h"

#include <string.h>

static bool is_digits(struct http_text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.len > 0;
}

/* The host without its port; false when it is not written as one. */
static bool without_port(struct http_text host, struct http_text *name)
{
    const char *end = NULL;

    if (!host.len)
        return false;
    end = host.at[0] == '[' ? memchr(host.at, ']', host.len) : memchr(host.at, ':', host.len);
    if (host.at[0] == '[') {
        if (!end)
            return false;
        end++;
    }
    *name = (struct http_text){host.at, end ? (size_t)(end - host.at) : host.len};
    if (name->len == host.len)
        return true;
    return host.at[name->len] == ':' &&
           is_digits((struct http_text){host.at + name->len + 1, host.len - name->len - 1});
}

/* Four decimal numbers; browsers write every other form of an IPv4 address so. */
static bool is_ipv4(struct http_text t)
{
    unsigned dots = 0, digits = 0, value = 0;

    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] == '.') {
            if (!digits)
                return false;
            dots++;
            digits = value = 0;
            continue;
        }
        if (t.at[i] < '0' || t.at[i] > '9' || digits == 3)
            return false;
        value = value * 10 + (unsigned)(t.at[i] - '0');
        digits++;
        if (value > 255)
            return false;
    }
    return dots == 3 && digits;
}

/* In brackets nothing but an address can stand; "[v1.x]" forms are not for names either. */
static bool is_ipv6(struct http_text t)
{
    if (t.len < 4 || t.at[0] != '[' || t.at[t.len - 1] != ']')
        return false;
    for (size_t i = 1; i < t.len - 1; i++)
        if (!t.at[i] || !strchr("0123456789abcdefABCDEF:.", t.at[i]))
            return false;
    return true;
}

bool web_host_is_ours(struct http_text host, const char *const *names, size_t count)
{
    struct http_text name;

    if (!without_port(host, &name))
        return false;
    if (is_ipv4(name) || is_ipv6(name) || http_text_is(name, "localhost"))
        return true;
    for (size_t i = 0; i < count; i++)
        if (http_text_is(name, names[i]))
            return true;
    return false;
}

bool web_origin_is_ours(struct http_text origin, struct http_text host)
{
    static const char *const schemes[] = {"http://", "https://"};

    if (!origin.at)
        return true; /* no browser; "null" is one's word for a page that hides where it is from */
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);

        if (origin.len == n + host.len && !memcmp(origin.at, schemes[i], n) &&
            !memcmp(origin.at + n, host.at, host.len))
            return true;
    }
    return false;
}
