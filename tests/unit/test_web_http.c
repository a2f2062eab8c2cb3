/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP as the web server's port takes it: what requests mean wherever they are split, what is
 * refused with which status, which browsers may talk to us, and the WebSocket's handshake.
 */
#include "check.h"

#include "web/proto/answer.h"
#include "web/proto/handshake.h"
#include "web/proto/http.h"
#include "web/proto/site_rules.h"

#include <stdlib.h>

#define HOST "Host: 127.0.0.1:6080\r\n"

static const char browser[] =
    "GET /websockify?token=x HTTP/1.1\r\nHost: localhost:6080\r\n"
    "Connection: keep-alive, Upgrade\r\nPragma: no-cache\r\nUpgrade: websocket\r\n"
    "Origin: http://localhost:6080\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: br, "
    "gzip;q=1\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, binary\r\n\r\n";

static enum http_parsed parse(const char *text, size_t len, size_t *used, struct http_request *r,
                              unsigned *status)
{
    uint8_t *exact = malloc(len ? len : 1); /* one byte too far is seen */
    enum http_parsed rc;
    struct err err = {""};

    memcpy(exact, text, len);
    rc = http_request_parse(exact, len, used, r, status, &err);
    CHECK((rc == HTTP_INVALID) == (err.text[0] != '\0'));
    free(exact);
    return rc;
}

static struct http_text text_of(const char *text)
{
    return (struct http_text){text, strlen(text)};
}

static void check_requests(void)
{
    size_t len = sizeof(browser) - 1, used = 0;
    struct http_request r;
    struct err err;
    unsigned status = 0;

    for (size_t i = 0; i < len; i++)
        CHECK_INT(parse(browser, i, &used, &r, &status), HTTP_NEEDS_MORE);
    CHECK_INT(parse(browser, len, &used, &r, &status), HTTP_REQUEST);
    CHECK_INT(used, len);
    CHECK_INT(http_request_parse((const uint8_t *)browser, len, &used, &r, &status, &err),
              HTTP_REQUEST);
    CHECK(!r.is_head && r.keeps_open && r.takes_gzip && r.connection_upgrade);
    CHECK(http_text_equals(r.path, "/websockify"));
    CHECK(http_text_equals(r.host, "localhost:6080"));
    CHECK(http_text_equals(r.origin, "http://localhost:6080"));
    CHECK(http_text_is(r.upgrade, "WebSocket") && !http_text_equals(r.upgrade, "WebSocket"));
    CHECK(!r.if_none_match.at);

    /* What follows is the next one's. */
    CHECK_INT(parse("HEAD / HTTP/1.0\r\n" HOST "\r\nGET /", 45, &used, &r, &status), HTTP_REQUEST);
    CHECK_INT(used, 41);
    CHECK(r.is_head && !r.keeps_open && !r.takes_gzip);
    CHECK_INT(parse("GET / HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n", 59, &used, &r, &status),
              HTTP_REQUEST);
    CHECK(!r.keeps_open);
    CHECK(http_list_has(text_of(" a;q=1 ,\tB"), "b") && http_list_has(text_of("a;q=0"), "A"));
    CHECK(!http_list_has(text_of("ab, c d"), "c") && !http_list_has(text_of(""), "a"));
}

static void check_refusals(void)
{
    static const struct {
        const char *text;
        unsigned status;
    } bad[] = {
        {"RFB 003.008\n\r\n\r\n", 400},
        {"GET /\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
        {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
        {"GET / HTTP/1.x\r\n" HOST "\r\n", 505},
        {"POST / HTTP/1.1\r\n" HOST "\r\n", 405},
        {"get / HTTP/1.1\r\n" HOST "\r\n", 405},
        {"GET http://127.0.0.1/ HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET ?/ HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /?\x7f HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "host: evil\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Field\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Field : x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST " folded: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Field: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 0, 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400},
        {"\r\n\r\n", 400},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct http_request r;
        unsigned status = 0;
        size_t used = 99, len = strlen(bad[i].text);

        CHECK_INT(parse(bad[i].text, len, &used, &r, &status), HTTP_INVALID);
        CHECK_INT(status, bad[i].status);
        CHECK_INT(used, 99);
        for (size_t n = 0; n < len; n++) /* no part of it is taken for something else */
            CHECK(parse(bad[i].text, n, &used, &r, &status) != HTTP_REQUEST);
    }
}

/* Each limit: what just fits, and one more. */
static void check_limits(void)
{
    char *text = malloc(HTTP_HEAD_MAX + 64);
    struct http_request r;
    unsigned status = 0;
    size_t used;

    for (int more = 0; more < 2; more++) {
        int n = sprintf(text, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", HTTP_TARGET_MAX - 1 + more, 0);

        CHECK_INT(parse(text, (size_t)n, &used, &r, &status), more ? HTTP_INVALID : HTTP_REQUEST);
    }
    CHECK_INT(status, 414);
    for (int more = 0; more < 2; more++) {
        int n = sprintf(text, "GET / HTTP/1.1\r\n" HOST);

        for (int i = 1; i < HTTP_FIELDS_MAX + more; i++)
            n += sprintf(text + n, "F%d: x\r\n", i);
        n += sprintf(text + n, "\r\n");
        CHECK_INT(parse(text, (size_t)n, &used, &r, &status), more ? HTTP_INVALID : HTTP_REQUEST);
    }
    CHECK_INT(status, 431);
    for (int more = 0; more < 2; more++) {
        int n = sprintf(text, "GET / HTTP/1.1\r\n" HOST "Cookie: ");
        int fill = HTTP_HEAD_MAX - n - 4 + more;

        memset(text + n, 'c', (size_t)fill);
        memcpy(text + n + fill, "\r\n\r\n", 4);
        status = 0;
        CHECK_INT(parse(text, HTTP_HEAD_MAX - 1, &used, &r, &status), HTTP_NEEDS_MORE);
        CHECK_INT(parse(text, HTTP_HEAD_MAX, &used, &r, &status),
                  more ? HTTP_INVALID : HTTP_REQUEST);
        CHECK_INT(status, more ? 431 : 0);
    }
    free(text);
}

static void check_hosts(void)
{
    static const char *const names[] = {"desk.example", "[not"};
    static const char *const ours[] = {"localhost",      "LocalHost:6080", "127.0.0.1",
                                       "127.0.0.1:6080", "192.168.1.9:80", "[::1]:6080",
                                       "[fe80::1]",      "DESK.example:1", "[::ffff:127.0.0.1]:1"};
    static const char *const theirs[] = {"evil.example",
                                         "evil.example:6080",
                                         "localhost.evil.example",
                                         "127.0.0.1.evil.example",
                                         "127.0.0.1evil:80",
                                         "1.2.3",
                                         "1.2.3.4.5",
                                         "256.1.1.1",
                                         "1..2.3",
                                         "0001.2.3.4",
                                         "[::1",
                                         "[evil]",
                                         "[]",
                                         "localhost:",
                                         "localhost:80x",
                                         "localhost:80:80",
                                         "[::1]x",
                                         "desk.example.",
                                         "",
                                         ":80",
                                         "user@127.0.0.1",
                                         "1.2.3.4.",
                                         "desk.exampl"};

    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        CHECK(web_host_is_ours(text_of(ours[i]), names, 2));
    for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
        CHECK(!web_host_is_ours(text_of(theirs[i]), names, 2));
    CHECK(!web_host_is_ours(text_of("desk.example"), NULL, 0));

    CHECK(web_origin_is_ours((struct http_text){NULL, 0}, text_of("localhost:6080")));
    CHECK(web_origin_is_ours(text_of("http://localhost:6080"), text_of("localhost:6080")));
    CHECK(web_origin_is_ours(text_of("https://[::1]:6080"), text_of("[::1]:6080")));
    CHECK(!web_origin_is_ours(text_of(""), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("null"), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("http://localhost:6081"), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("http://127.0.0.1:6080"), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("http://evil.example"), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("http://localhost:6080.evil.example"),
                              text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("ftp://localhost:6080"), text_of("localhost:6080")));
    CHECK(!web_origin_is_ours(text_of("http://"), text_of("localhost:6080")));
}

static void check_handshake(void)
{
    struct http_request r, good;
    struct buf out = BUF_INIT;
    unsigned status = 0;
    struct err err;
    size_t used;

    CHECK_INT(http_request_parse((const uint8_t *)browser, sizeof(browser) - 1, &used, &good,
                                 &status, &err),
              HTTP_REQUEST);
    CHECK(ws_is_asked_for(&good));
    CHECK_INT(ws_handshake(&good, &out, &status, &err), 0);
    buf_append(&out, "", 1);
    /* The key and its answer are the RFC's example. */
    CHECK_STR((char *)out.data,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "Sec-WebSocket-Protocol: binary\r\n\r\n");
    buf_clear(&out);
    r = good;
    r.ws_protocols = (struct http_text){NULL, 0};
    CHECK_INT(ws_handshake(&r, &out, &status, &err), 0);
    buf_append(&out, "", 1);
    CHECK(!strstr((char *)out.data, "Protocol:"));
    buf_clear(&out);

#define REFUSED(with, want)                                                                        \
    do {                                                                                           \
        r = good;                                                                                  \
        r.with;                                                                                    \
        CHECK(ws_handshake(&r, &out, &status, &err) < 0);                                          \
        CHECK_INT(status, want);                                                                   \
        CHECK_INT(out.len, 0);                                                                     \
    } while (0)
    REFUSED(is_head = true, 400);
    REFUSED(connection_upgrade = false, 400);
    REFUSED(upgrade = text_of("h2c"), 400);
    REFUSED(ws_version = text_of("8"), 426);
    REFUSED(ws_version.len = 0, 426);
    REFUSED(ws_key = text_of("dGhlIHNhbXBsZSBub25jZQ="), 400);
    REFUSED(ws_key = text_of("dGhlIHNhbXBsZSBub25jZXh4"), 400); /* 18 bytes */
    REFUSED(ws_key = text_of("dGhlIHNhbXBsZSBub25j*Q=="), 400);
    REFUSED(ws_key.len = 0, 400);
    REFUSED(ws_protocols = text_of("base64, chat"), 400);
    memset(&r, 0, sizeof(r));
    CHECK(!ws_is_asked_for(&r));
    buf_finish(&out);
}

static void check_answers(void)
{
    struct http_answer a = {.status = 200,
                            .type = "text/html",
                            .etag = "\"1\"",
                            .body = "hello",
                            .len = 5,
                            .is_gzip = true};
    struct buf out = BUF_INIT;
    const char *text;

    http_put_answer(&out, &a);
    buf_append(&out, "", 1);
    text = (char *)out.data;
    CHECK(!strncmp(text, "HTTP/1.1 200 OK\r\n", 17));
    CHECK(strstr(text, "Content-Length: 5\r\n") && strstr(text, "Content-Encoding: gzip\r\n"));
    CHECK(strstr(text, "Content-Security-Policy: default-src 'none'; "));
    CHECK(strstr(text, "frame-ancestors 'none'\r\n") && strstr(text, "ETag: \"1\"\r\n"));
    CHECK(strstr(text, "Connection: keep-alive\r\n\r\nhello"));
    buf_clear(&out);
    a.is_head = a.is_last = true;
    http_put_answer(&out, &a);
    buf_append(&out, "", 1);
    text = (char *)out.data;
    CHECK(strstr(text, "Content-Length: 5\r\n") && !strstr(text, "hello"));
    CHECK(strstr(text, "Connection: close\r\n\r\n"));
    buf_clear(&out);
    http_put_refusal(&out, 426, "a version", false);
    buf_append(&out, "", 1);
    text = (char *)out.data;
    CHECK(strstr(text, "426 Upgrade Required\r\n") &&
          strstr(text, "Sec-WebSocket-Version: 13\r\n"));
    CHECK(strstr(text, "\r\n\r\na version\n"));
    buf_finish(&out);
}

int main(void)
{
    check_requests();
    check_refusals();
    check_limits();
    check_hosts();
    check_handshake();
    check_answers();
    return check_result();
}
