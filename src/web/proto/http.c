/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parser; see http.h. A head is looked at once it is whole, so splitting it changes nothing. */
#include "web/proto/http.h"

#include <string.h>

/* ---- Text ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool http_text_equals(struct http_text text, const char *what)
{
    return text.len == strlen(what) && (!text.len || !memcmp(text.at, what, text.len));
}

bool http_text_is(struct http_text text, const char *what)
{
    if (text.len != strlen(what))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (lower(text.at[i]) != lower(what[i]))
            return false;
    return true;
}

/* The text up to `c`, which goes away with it; all of it when there is none. */
static struct http_text cut(struct http_text *rest, char c)
{
    const char *at = rest->len ? memchr(rest->at, c, rest->len) : NULL;
    struct http_text part = *rest;

    if (!at) {
        *rest = (struct http_text){rest->at + rest->len, 0};
        return part;
    }
    part.len = (size_t)(at - rest->at);
    *rest = (struct http_text){at + 1, rest->len - part.len - 1};
    return part;
}

static struct http_text trim(struct http_text t)
{
    while (t.len && (t.at[0] == ' ' || t.at[0] == '\t'))
        t.at++, t.len--;
    while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
        t.len--;
    return t;
}

bool http_list_has(struct http_text list, const char *what)
{
    while (list.len) {
        struct http_text element = cut(&list, ',');

        if (http_text_is(trim(cut(&element, ';')), what))
            return true;
    }
    return false;
}

static bool is_token(struct http_text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = lower(t.at[i]);

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return t.len > 0;
}

/* No control characters but the tab. Bytes above 127 may be there and match nothing. */
static bool is_plain(struct http_text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (((unsigned char)t.at[i] < 32 && t.at[i] != '\t') || t.at[i] == 127)
            return false;
    return true;
}

/* ---- The request ---- */

static int refuse(unsigned *status, unsigned value, struct err *err, const char *why)
{
    *status = value;
    return err_set(err, "%s", why);
}

/* "GET /path HTTP/1.1" */
static int take_first_line(struct http_text line, struct http_request *r, unsigned *status,
                           struct err *err)
{
    struct http_text method = cut(&line, ' '), target = cut(&line, ' ');

    if (line.len != 8 || memcmp(line.at, "HTTP/", 5) || line.at[6] != '.')
        return refuse(status, 400, err, "this is not an HTTP request");
    if (line.at[5] != '1' || line.at[7] < '0' || line.at[7] > '9')
        return refuse(status, 505, err, "a version of HTTP that is not spoken here, 1.1 is");
    r->keeps_open = line.at[7] != '0';
    r->is_head = http_text_equals(method, "HEAD");
    if (!r->is_head && !http_text_equals(method, "GET"))
        return refuse(status, 405, err, "a method other than GET and HEAD");
    if (target.len > HTTP_TARGET_MAX)
        return refuse(status, 414, err, "a longer path than any here");
    r->path = cut(&target, '?');
    if (!r->path.len || r->path.at[0] != '/' || !is_plain(r->path) || !is_plain(target))
        return refuse(status, 400, err, "a path that does not begin with a slash");
    return 0;
}

/* Fields that count here, each at most once; those that are lists may come in one line only. */
static struct http_text *place_of(struct http_text name, struct http_request *r)
{
    struct {
        const char *name;
        struct http_text *place;
    } known[] = {
        {"host", &r->host},
        {"origin", &r->origin},
        {"if-none-match", &r->if_none_match},
        {"upgrade", &r->upgrade},
        {"sec-websocket-version", &r->ws_version},
        {"sec-websocket-key", &r->ws_key},
        {"sec-websocket-protocol", &r->ws_protocols},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (http_text_is(name, known[i].name))
            return known[i].place;
    return NULL;
}

static int take_field(struct http_text line, struct http_request *r, unsigned *status,
                      struct err *err)
{
    bool has_colon = memchr(line.at, ':', line.len) != NULL;
    struct http_text name = cut(&line, ':'), value = trim(line), *place = place_of(name, r);

    if (!has_colon || !is_token(name) || !is_plain(value))
        return refuse(status, 400, err, "a header field that is none");
    if (place && place->at)
        return refuse(status, 400, err, "a header field twice that may come once");
    if (place)
        *place = value;
    if (http_text_is(name, "transfer-encoding") ||
        (http_text_is(name, "content-length") && !http_text_equals(value, "0")))
        return refuse(status, 400, err, "a request with a body");
    if (http_text_is(name, "connection")) {
        r->connection_upgrade = r->connection_upgrade || http_list_has(value, "upgrade");
        r->keeps_open = r->keeps_open && !http_list_has(value, "close");
    }
    if (http_text_is(name, "accept-encoding"))
        r->takes_gzip = http_list_has(value, "gzip");
    return 0;
}

static int take_head(struct http_text head, struct http_request *r, unsigned *status,
                     struct err *err)
{
    for (size_t n = 0; head.len; n++) {
        struct http_text line = cut(&head, '\n');
        int rc;

        /* The caller made sure that the head ends in CR LF, so no line is without its end. */
        if (!line.len || line.at[line.len - 1] != '\r')
            return refuse(status, 400, err, "a line that does not end in CR LF");
        line.len--;
        if (n > HTTP_FIELDS_MAX)
            return refuse(status, 431, err, "more header fields than allowed");
        rc = n ? take_field(line, r, status, err) : take_first_line(line, r, status, err);
        if (rc < 0)
            return rc;
    }
    if (!r->host.len)
        return refuse(status, 400, err, "a request without a Host");
    return 0;
}

enum http_parsed http_request_parse(const uint8_t *data, size_t len, size_t *used,
                                    struct http_request *request, unsigned *status, struct err *err)
{
    size_t seen = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
    const uint8_t *end = seen ? memmem(data, seen, "\r\n\r\n", 4) : NULL;
    struct http_request r = {0};

    if (!end && len < HTTP_HEAD_MAX)
        return HTTP_NEEDS_MORE;
    if (!end)
        return refuse(status, 431, err, "a request longer than allowed");
    /* With the CR LF of its last line, without the empty one. */
    if (take_head((struct http_text){(const char *)data, (size_t)(end - data) + 2}, &r, status,
                  err) < 0)
        return HTTP_INVALID;
    *used = (size_t)(end - data) + 4;
    *request = r;
    return HTTP_REQUEST;
}
