/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The web server over real sockets: files and what goes with them, who is refused, how much one
 * peer can take, and WebSockets whose streams carry the payload alone.
 */
#include "check.h"
#include "wait.h"

#include "base/log.h"
#include "base/mem.h"
#include "io/socket.h"
#include "rfb/auth/tls.h"
#include "web/server/files.h"
#include "web/server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "Host: 127.0.0.1:6080\r\n"
#define UPGRADE                                                                                    \
    "GET /websockify HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"            \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static GString *logged;

static void hear_log(enum log_level level, const char *area, const char *text)
{
    if (level <= LOG_LEVEL_WARNING)
        g_string_append_printf(logged, "%s: %s\n", area, text);
}

/* ---- The owner of WebSockets: an echo ---- */

static struct {
    struct io_stream *stream;
    unsigned opened, closed;
    char reason[100];
} echo;

static size_t echo_data(void *owner, const uint8_t *bytes, size_t len)
{
    (void)owner;
    io_stream_send(echo.stream, bytes, len);
    return len;
}

static void echo_closed(void *owner, const char *reason)
{
    (void)owner;
    g_strlcpy(echo.reason, reason, sizeof(echo.reason));
    echo.closed++;
    io_stream_destroy(steal(&echo.stream));
}

static const struct io_stream_ops echo_ops = {.data = echo_data, .closed = echo_closed};

static void socket_opened(void *owner, struct io_stream *stream)
{
    CHECK(owner == &echo);
    echo.stream = stream;
    echo.opened++;
    io_stream_set_owner(stream, &echo_ops, NULL);
    io_stream_send(stream, "hello", 5);
}

/* ---- A client ---- */

struct client {
    int fd;
    struct buf in; /* with a NUL behind it */
    bool ended;
};

static struct web_server *start(void)
{
    static const char *const names[] = {"desk.example"};

    echo.opened = echo.closed = 0;
    g_string_truncate(logged, 0);
    return web_server_create(&(struct web_server_config){
        .names = names, .name_count = 1, .opened = socket_opened, .owner = &echo});
}

static struct client client_new(struct web_server *server)
{
    struct client c = {.fd = -1};
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    web_server_accept(server, fds[1]);
    c.fd = fds[0];
    return c;
}

static void client_finish(struct client *c)
{
    close(c->fd);
    buf_finish(&c->in);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void take_in(struct client *c)
{
    uint8_t bytes[65536];
    ssize_t n;

    while (g_main_context_iteration(NULL, FALSE))
        ;
    n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n > 0)
        buf_append(&c->in, bytes, (size_t)n);
    c->ended = c->ended || n == 0 || (n < 0 && errno == ECONNRESET);
}

/* What the server says to it, as far as it comes without delay. */
static const char *say_bytes(struct client *c, const void *data, size_t len)
{
    size_t before;

    buf_clear(&c->in);
    CHECK_INT(send(c->fd, data, len, MSG_NOSIGNAL), len);
    do {
        before = c->in.len;
        take_in(c);
    } while (c->in.len != before);
    buf_append(&c->in, "", 1);
    return (const char *)c->in.data;
}

static const char *say(struct client *c, const char *text)
{
    return say_bytes(c, text, strlen(text));
}

static bool starts(const char *text, const char *with)
{
    bool yes = !strncmp(text, with, strlen(with));

    if (!yes)
        fprintf(stderr, "\"%.60s\" does not start with \"%s\"\n", text, with);
    return yes;
}

/* ---- Tests ---- */

static void check_files(void)
{
    struct web_server *server = start();
    struct client c = client_new(server);
    const char *answer, *etag, *body;
    char again[300];
    size_t packed;

    answer = say(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
    CHECK(starts(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \""));
    CHECK(strstr(answer, "\r\n\r\n<!doctype html>"));
    etag = strstr(answer, "ETag: ") + 6;
    snprintf(again, sizeof(again),
             "GET / HTTP/1.1\r\n" HOST
             "Accept-Encoding: gzip\r\nIf-None-Match: \"x\", %.18s\r\n\r\n",
             etag);
    answer = say(&c, again); /* the same connection */
    CHECK(starts(answer, "HTTP/1.1 304 Not Modified\r\n"));
    CHECK(!strstr(answer, "Content-Length") && strstr(answer, "keep-alive\r\n\r\n"));

    answer = say(&c, "HEAD /oriel.js?x HTTP/1.1\r\n" HOST "\r\n");
    CHECK(starts(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/javascript"));
    CHECK(strstr(answer, "\r\n\r\n") && !strstr(answer, "\r\n\r\n")[4]);
    answer = say(&c, "GET /oriel.js HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
    CHECK(strstr(answer, "Content-Encoding: gzip\r\n"));
    packed = strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10);
    body = strstr(answer, "\r\n\r\n") + 4;
    CHECK_INT(c.in.len - 1 - (size_t)(body - answer), packed);

    /* Two at once, and the end after the second. */
    answer = say(&c, "GET /oriel.css HTTP/1.1\r\n" HOST "\r\n"
                     "HEAD / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    CHECK(starts(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/css"));
    CHECK(strstr(answer, "Content-Type: text/html") && strstr(answer, "Connection: close\r\n"));
    CHECK(c.ended);
    client_finish(&c);
    CHECK_INT(web_server_connection_count(server), 0);
    CHECK_STR(logged->str, "");
    web_server_destroy(server);
}

/* Each is answered, told in one line and closed; none reaches a file or a WebSocket. */
static void check_refusals(void)
{
    static const struct {
        const char *says, *answer, *why;
    } bad[] = {
        {"GET /etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404", "no such file"},
        {"GET /../../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404", "no such file"},
        {"GET /%2e%2e/ HTTP/1.1\r\n" HOST "\r\n", "404", "no such file"},
        {"GET //oriel.js HTTP/1.1\r\n" HOST "\r\n", "404", "no such file"},
        {"GET / HTTP/1.1\r\nHost: evil.example:6080\r\n\r\n", "421", "not the site"},
        {"POST / HTTP/1.1\r\n" HOST "\r\n", "405", "a method"},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "400", "a body"},
        {"RFB 003.008\r\n\r\n", "400", "not an HTTP request"},
        {UPGRADE "Origin: http://evil.example\r\n\r\n", "403", "another site"},
        {UPGRADE "Origin: null\r\n\r\n", "403", "another site"},
        {UPGRADE "Sec-WebSocket-Protocol: chat\r\n\r\n", "400", "subprotocol"},
        {"GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n\r\n", "404", "no WebSocket"},
        {"GET /websockify HTTP/1.1\r\n" HOST "Upgrade: h2c\r\n\r\n", "400", "an upgrade"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct web_server *server = start();
        struct client c = client_new(server);
        const char *answer = say(&c, bad[i].says);

        CHECK(starts(answer, "HTTP/1.1 ") && !strncmp(answer + 9, bad[i].answer, 3));
        CHECK(strstr(logged->str, bad[i].why) && strchr(logged->str, '\n')[1] == '\0');
        CHECK(c.ended && !echo.opened);
        client_finish(&c);
        CHECK_INT(web_server_connection_count(server), 0);
        web_server_destroy(server);
    }
}

/* What one peer, or many, can take of us. */
static void check_limits(void)
{
    struct web_server *server = start();
    struct client c = client_new(server), many[WEB_SERVER_CONNECTIONS_MAX];
    char *long_head = malloc(20000);
    unsigned sent = 0;

    memset(long_head, 'x', 20000);
    memcpy(long_head, "GET / HTTP/1.1\r\nA: ", 19);
    CHECK(starts(say_bytes(&c, long_head, 20000), "HTTP/1.1 431 "));
    CHECK(c.ended);
    client_finish(&c);
    free(long_head);

    /* A peer that asks and does not read is not read either. */
    c = client_new(server);
    for (;; sent++) {
        static const char ask[] = "GET /novnc/core/rfb.js HTTP/1.1\r\n" HOST "\r\n";
        ssize_t n = send(c.fd, ask, sizeof(ask) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);

        while (g_main_context_iteration(NULL, FALSE))
            ;
        if (n != sizeof(ask) - 1)
            break;
        CHECK(sent < 20000);
    }
    CHECK(errno == EAGAIN);
    CHECK_INT(web_server_connection_count(server), 1);
    client_finish(&c);

    /* Of too many the oldest goes. */
    for (unsigned i = 0; i < WEB_SERVER_CONNECTIONS_MAX; i++)
        many[i] = client_new(server);
    CHECK_INT(web_server_connection_count(server), WEB_SERVER_CONNECTIONS_MAX);
    c = client_new(server);
    CHECK_INT(web_server_connection_count(server), WEB_SERVER_CONNECTIONS_MAX);
    take_in(&many[0]);
    take_in(&many[1]);
    CHECK(many[0].ended && !many[1].ended);
    CHECK(starts(say(&c, "GET / HTTP/1.0\r\n" HOST "\r\n"), "HTTP/1.1 200"));
    for (unsigned i = 0; i < WEB_SERVER_CONNECTIONS_MAX; i++)
        client_finish(&many[i]);
    client_finish(&c);
    web_server_destroy(server);
}

static void check_sockets(void)
{
    static const uint8_t abc[] = {0x82, 0x83, 1, 2, 3, 4, 'a' ^ 1, 'b' ^ 2, 'c' ^ 3};
    static const uint8_t ping[] = {0x89, 0x80, 1, 2, 3, 4}, bye[] = {0x88, 0x80, 1, 2, 3, 4};
    static const uint8_t bad[] = {0x81, 0x80, 1, 2, 3, 4};
    struct web_server *server = start();
    struct client c = client_new(server);
    const char *answer;

    answer = say(&c, UPGRADE "Origin: http://127.0.0.1:6080\r\n\r\n");
    CHECK(starts(answer, "HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(g_str_has_suffix(answer, "\r\n\r\n\x82\x05hello"));
    CHECK_INT(web_server_connection_count(server), 0);
    CHECK_STR(say_bytes(&c, abc, sizeof(abc)), "\x82\x03"
                                               "abc");
    CHECK(!memcmp(say_bytes(&c, ping, sizeof(ping)), "\x8a\0", 3));
    CHECK(!memcmp(say_bytes(&c, bye, sizeof(bye)), "\x88\x02\x03\xe8", 4));
    CHECK(c.ended);
    CHECK_STR(echo.reason, "the peer closed the WebSocket");
    client_finish(&c);

    /* Frames that come with the request are heard; the stream outlives the server. */
    c = client_new(server);
    answer = say(&c, UPGRADE "\r\n\x82\x81\x01\x02\x03\x04y");
    CHECK(g_str_has_suffix(answer, "\r\n\r\n\x82\x05hello\x82\x01x"));
    web_server_destroy(server);
    CHECK(!memcmp(say_bytes(&c, bad, sizeof(bad)), "\x88\x02\x03\xeb", 4));
    CHECK_STR(echo.reason, "WebSocket: text; only binary is taken here");
    CHECK_INT(echo.closed, 2);
    client_finish(&c);
}

/* Pings whose pongs nobody reads don't pile up. */
static void check_ping_flood(void)
{
    struct web_server *server = start();
    struct client c = client_new(server);
    uint8_t ping[131] = {0x89, 0xfd};
    size_t sent = 0;

    say(&c, UPGRADE "\r\n");
    while (!echo.closed && sent < 64 << 20) {
        ssize_t n = send(c.fd, ping + sent % sizeof(ping), sizeof(ping) - sent % sizeof(ping),
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        g_main_context_iteration(NULL, FALSE);
    }
    CHECK_INT(echo.closed, 1);
    CHECK_STR(echo.reason, "it does not read its answers");
    CHECK(sent < 4 << 20);
    client_finish(&c);
    web_server_destroy(server);
}

/* Without TLS to speak, a TLS client is sent away in one line. */
static void check_no_tls(void)
{
    struct web_server *server = start();
    struct client c = client_new(server);
    g_autofree char *want = NULL;

    say_bytes(&c, "\x16\x03\x01", 3);
    CHECK(c.ended);
    want = g_strdup_printf("web: a connection of process %d is closed: TLS is not spoken here\n",
                           (int)getpid());
    CHECK_STR(logged->str, want);
    client_finish(&c);
    web_server_destroy(server);
}

/* ---- TLS on the same port ---- */

static struct {
    struct rfb_tls_identity *identity;
    struct io_stream *stream; /* the client's */
    GString *heard;
    bool closed;
} secure;

static void *tls_layer(void *owner, const struct layer_ops **ops)
{
    struct rfb_security_layer layer;

    (void)owner;
    rfb_tls_server_layer(secure.identity, &layer);
    *ops = layer.ops;
    return layer.layer;
}

static int take_key(void *owner, const struct rfb_server_key *key, struct err *err)
{
    (void)owner, (void)key, (void)err;
    return 0;
}

static size_t secure_data(void *owner, const uint8_t *bytes, size_t len)
{
    (void)owner;
    g_string_append_len(secure.heard, (const char *)bytes, (gssize)len);
    return len;
}

static void secure_closed(void *owner, const char *reason)
{
    (void)owner, (void)reason;
    secure.closed = true;
}

static bool secure_says(const char *text, const char *answer)
{
    g_string_truncate(secure.heard, 0);
    io_stream_send(secure.stream, text, strlen(text));
    return WAIT_FOR(strstr(secure.heard->str, answer) || secure.closed) && !secure.closed;
}

static void check_tls(void)
{
    static const struct io_stream_ops ops = {.data = secure_data, .closed = secure_closed};
    static const struct rfb_security_asks asks = {.server_key = take_key};
    struct rfb_tls_trust *trust = rfb_tls_trust_create("/dev/null");
    struct buf certificate = BUF_INIT, key = BUF_INIT;
    struct rfb_security_layer layer;
    struct web_server *server;
    struct client c;
    struct err err;
    int fds[2];

    echo.opened = echo.closed = 0;
    CHECK_INT(rfb_tls_identity_make("localhost", 1700000000, &certificate, &key, &err), 0);
    secure.identity = rfb_tls_identity_create(&certificate, &key, &err);
    secure.heard = g_string_new(NULL);
    server = web_server_create(&(struct web_server_config){
        .opened = socket_opened, .tls = tls_layer, .tls_elsewhere = true, .owner = &echo});
    CHECK_INT(io_socket_pair(fds, &err), 0);
    web_server_accept(server, fds[1]);
    secure.stream = io_stream_create(fds[0], &ops, NULL);
    rfb_tls_client_layer(trust, &asks, NULL, &layer);
    io_stream_add_layer(secure.stream, layer.ops, layer.layer);
    CHECK(secure_says("GET / HTTP/1.1\r\n" HOST "\r\n", "</html>"));
    CHECK(secure_says(UPGRADE "Origin: https://127.0.0.1:6080\r\n\r\n", "\r\n\r\n\x82\x05hello"));
    CHECK_INT(echo.opened, 1);
    CHECK(secure_says("\x82\x81\x01\x02\x03\x04y", "\x82\x01x"));
    io_stream_destroy(steal(&secure.stream));
    CHECK(WAIT_FOR(echo.closed));

    /* From this host the same port speaks plain HTTP as well. */
    c = client_new(server);
    CHECK(starts(say(&c, "HEAD / HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 200"));
    client_finish(&c);
    web_server_destroy(server);
    rfb_tls_identity_destroy(secure.identity);
    rfb_tls_trust_destroy(trust);
    g_string_free(secure.heard, TRUE);
    buf_finish(&certificate);
    buf_finish(&key);
}

/* The address of this host in the world, where it has one. */
static int connect_from_elsewhere(struct web_server *server)
{
    struct sockaddr_in at = {.sin_family = AF_INET}, test = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), listening, fd;

    test.sin_port = htons(9);
    inet_pton(AF_INET, "192.0.2.1", &test.sin_addr); /* nothing is sent there */
    if (connect(probe, (struct sockaddr *)&test, sizeof(test)) < 0 ||
        getsockname(probe, (struct sockaddr *)&at, &len) < 0 ||
        ntohl(at.sin_addr.s_addr) >> 24 == 127) {
        close(probe);
        return -1;
    }
    close(probe);
    at.sin_port = 0;
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
    CHECK_INT(listen(listening, 1), 0);
    CHECK_INT(getsockname(listening, (struct sockaddr *)&at, &len), 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    web_server_accept(server, accept4(listening, NULL, NULL, SOCK_CLOEXEC));
    close(listening);
    return fd;
}

static void check_tls_elsewhere(void)
{
    struct web_server *server = web_server_create(&(struct web_server_config){
        .opened = socket_opened, .tls = tls_layer, .tls_elsewhere = true, .owner = &echo});
    struct client c = {.fd = connect_from_elsewhere(server)};

    echo.opened = 0;
    if (c.fd >= 0) {
        const char *ask = "GET /oriel.js HTTP/1.1\r\n" HOST "\r\n";

        CHECK_INT(send(c.fd, ask, strlen(ask), 0), strlen(ask));
        while (!c.ended) /* the socket's other end answers within our own loop */
            take_in(&c);
        buf_append(&c.in, "", 1);
        CHECK(starts((char *)c.in.data, "HTTP/1.1 308 Permanent Redirect\r\n"));
        CHECK(strstr((char *)c.in.data, "Location: https://127.0.0.1:6080/oriel.js\r\n"));
        client_finish(&c);
    }
    web_server_destroy(server);
}

int main(void)
{
    struct err err;

    if (web_files_check(&err) < 0)
        return 77; /* built without noVNC */
    logged = g_string_new(NULL);
    log_set_hook(hear_log);
    check_files();
    check_refusals();
    check_limits();
    check_sockets();
    check_ping_flood();
    check_no_tls();
    check_tls();
    check_tls_elsewhere();
    g_string_free(logged, TRUE);
    return check_result();
}
