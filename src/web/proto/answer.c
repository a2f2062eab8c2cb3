/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers; see answer.h. */
#include "web/proto/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct buf *out, const char *format, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_append(out, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static const char *reason_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } known[] = {
        {200, "OK"},
        {304, "Not Modified"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {414, "URI Too Long"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (known[i].status == status)
            return known[i].reason;
    return "Error";
}

void http_put_answer(struct buf *out, const struct http_answer *a)
{
    put(out, "HTTP/1.1 %u %s\r\n", a->status, reason_of(a->status));
    if (a->type)
        put(out, "Content-Type: %s\r\n", a->type);
    if (a->is_gzip)
        put(out, "Content-Encoding: gzip\r\n");
    if (a->etag)
        put(out, "ETag: %s\r\nVary: Accept-Encoding\r\n", a->etag);
    if (a->location) {
        put(out, "Location: ");
        buf_append(out, a->location, strlen(a->location));
        put(out, "\r\n");
    }
    if (a->status == 405)
        put(out, "Allow: GET, HEAD\r\n");
    if (a->status == 426)
        put(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    if (a->status != 304)
        put(out, "Content-Length: %zu\r\n", a->len);
    /* data: for pictures: noVNC's JPEG rectangles and pointers. */
    put(out, "Cache-Control: no-cache\r\n"
             "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
             "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'\r\n"
             "X-Content-Type-Options: nosniff\r\n"
             "Referrer-Policy: no-referrer\r\n"
             "Cross-Origin-Opener-Policy: same-origin\r\n"
             "Cross-Origin-Resource-Policy: same-origin\r\n");
    put(out, "Connection: %s\r\n\r\n", a->is_last ? "close" : "keep-alive");
    if (!a->is_head && a->len)
        buf_append(out, a->body, a->len);
}

void http_put_refusal(struct buf *out, unsigned status, const char *sentence, bool is_head)
{
    char text[600];
    int n = snprintf(text, sizeof(text), "%s\n", sentence);
    size_t len = n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1;

    http_put_answer(out, &(struct http_answer){.status = status,
                                               .type = "text/plain; charset=utf-8",
                                               .body = text,
                                               .len = len,
                                               .is_head = is_head,
                                               .is_last = true});
}
