/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking apart where a viewer is to connect; see route.h. */
#include "reach/route.h"

#include "base/mem.h"
#include "vm/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static char *part(const char *from, size_t len)
{
    char *text = mem_alloc0(len + 1, 1);

    memcpy(text, from, len);
    return text;
}

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) ? NULL : text + len;
}

/* A whole number up to PORT_MAX; -1: it is none. */
static long number_of(const char *text)
{
    char *end;
    long n;

    if (*text < '0' || *text > '9')
        return -1;
    n = strtol(text, &end, 10);
    return *end || n > PORT_MAX ? -1 : n;
}

/*
 * What becomes a word of ssh's command line, or is looked up: nothing that could be taken for an
 * option or for more than one word.
 */
static bool is_plain(const char *text)
{
    if (!*text || *text == '-')
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("'\"\\$`;&|<>()*?!/@", *c))
            return false;
    return true;
}

/* "host", "[address]", each with ":…" behind it or nothing. *rest is what follows the host. */
static int take_host(const char *text, const char *whole, struct route *r, const char **rest,
                     struct err *err)
{
    const char *end;

    if (*text == '[') {
        end = strchr(++text, ']');
        if (!end)
            return err_set(err, "%.200s has a [ without a ]; write [ADDRESS]:PORT", whole);
        *rest = end + 1;
    } else {
        end = text + strcspn(text, ":");
        *rest = end;
        if (*end && strchr(end + 1, ':') &&
            (end == text || strncmp(end, "::", 2) != 0 || strchr(end + 2, ':')))
            return err_set(err, "an IPv6 address stands in brackets: [%.200s]:5900", text);
    }
    r->host = part(text, (size_t)(end - text));
    if (!is_plain(r->host))
        return err_set(err, "%.200s names no host; write HOST:PORT, as in example.org:5901", whole);
    if (**rest && **rest != ':')
        return err_set(err, "what is \"%.40s\" in %.200s? write HOST:PORT", *rest, whole);
    return 0;
}

/* "[user@]" before the host of a URI. */
static int take_user(const char **text, const char *whole, struct route *r, struct err *err)
{
    const char *at = strrchr(*text, '@');

    if (!at)
        return 0;
    r->user = part(*text, (size_t)(at - *text));
    *text = at + 1;
    if (strchr(r->user, ':'))
        return err_set(err, "a password in an address can be read by others; leave it out and you "
                            "are asked for it");
    return is_plain(r->user) ? 0 : err_set(err, "%.200s names no user before the @", whole);
}

static int take_port(const char *text, const char *whole, unsigned *port, struct err *err)
{
    long n = number_of(text);

    if (n < 1)
        return err_set(err, "\"%.40s\" in %.200s is no port; it is a number from 1 to %d", text,
                       whole, PORT_MAX);
    *port = (unsigned)n;
    return 0;
}

/* HOST:N and HOST::PORT */
static int parse_address(const char *text, struct route *r, struct err *err)
{
    const char *rest;
    long n;

    r->kind = ROUTE_TCP;
    if (take_host(text, text, r, &rest, err))
        return -1;
    if (rest[0] == ':' && rest[1] == ':')
        return take_port(rest + 2, text, &r->port, err);
    n = *rest ? number_of(rest + 1) : 0;
    if (n < 0)
        return err_set(err, "\"%.40s\" in %.200s is neither a display (0 to %d) nor a port",
                       rest + 1, text, ROUTE_DISPLAYS - 1);
    r->port = (unsigned)(n < ROUTE_DISPLAYS ? ROUTE_PORT + n : n);
    return 0;
}

static int parse_vnc(const char *text, const char *whole, struct route *r, struct err *err)
{
    cleanup_free char *authority = part(text, strcspn(text, "/?"));
    const char *at = authority, *rest;

    r->kind = ROUTE_TCP;
    r->port = ROUTE_PORT;
    if (take_user(&at, whole, r, err) || take_host(at, whole, r, &rest, err))
        return -1;
    text += strlen(authority);
    if (*text == '/')
        text++;
    if (*text)
        return err_set(err, "\"%.40s\" in %.200s means nothing here; write vnc://HOST:PORT", text,
                       whole);
    return *rest ? take_port(rest + 1, whole, &r->port, err) : 0;
}

static int parse_ssh(const char *text, const char *whole, struct route *r, struct err *err)
{
    cleanup_free char *authority = part(text, strcspn(text, "/"));
    const char *at = authority, *rest;
    struct err why;

    r->kind = ROUTE_SSH;
    if (take_user(&at, whole, r, err) || take_host(at, whole, r, &rest, err))
        return -1;
    if (*rest && take_port(rest + 1, whole, &r->port, err))
        return -1;
    text += strlen(authority);
    if (text[0] != '/' || !text[1])
        return err_set(err, "which machine of %s? write ssh://%s/NAME", r->host, authority);
    r->machine = mem_strdup(text + 1);
    if (vm_parse_name(r->machine, &why))
        return err_set(err, "%s", why.text);
    return 0;
}

static bool is_recording(const char *text)
{
    size_t len = strlen(text);

    return len > 4 && !strcmp(text + len - 4, ".fbs");
}

static int parse(const char *text, struct route *r, struct err *err)
{
    const char *rest;

    if ((rest = after(text, "ssh://")))
        return parse_ssh(rest, text, r, err);
    if ((rest = after(text, "vnc://")))
        return parse_vnc(rest, text, r, err);
    if (strstr(text, "://"))
        return err_set(err, "%.200s is neither vnc:// nor ssh://", text);
    if ((rest = after(text, "unix:"))) {
        r->kind = ROUTE_UNIX;
        r->path = mem_strdup(rest);
        return *rest ? 0 : err_set(err, "which socket? write unix:/PATH");
    }
    if ((rest = after(text, "file:")) || is_recording(text)) {
        r->kind = ROUTE_FILE;
        r->path = mem_strdup(rest ? rest : text);
        return *r->path ? 0 : err_set(err, "which recording? write file:PATH");
    }
    if (strchr(text, ':') || *text == '[')
        return parse_address(text, r, err);
    if (*text == '/' || *text == '.')
        return err_set(err, "%.200s is no machine's name; a socket is written unix:%.200s", text,
                       text);
    r->kind = ROUTE_MACHINE;
    r->machine = mem_strdup(text);
    return 0;
}

int route_parse(const char *text, struct route *out, struct err *err)
{
    struct route r = {.kind = ROUTE_MACHINE};

    if (parse(text, &r, err)) {
        route_finish(&r);
        return -1;
    }
    r.name = mem_strdup(r.kind == ROUTE_SSH ? r.machine : text);
    *out = r;
    return 0;
}

void route_finish(struct route *route)
{
    free(route->name);
    free(route->machine);
    free(route->path);
    free(route->host);
    free(route->user);
    *route = (struct route){0};
}
