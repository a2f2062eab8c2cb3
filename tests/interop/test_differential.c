/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One recorded session, several decoders. For each encoding our server's bytes are recorded while
 * the pattern server paints, moves a block and scrolls; our client's session decodes them as they
 * come, then they are played to other people's decoders. All pictures must be the server's own.
 *
 *     test_differential PATTERN_SERVER NAME=DECODER…     decode.h says what a decoder is
 */
#include "base/mem.h"
#include "check.h"
#include "io/socket.h"
#include "rfb/enc/enc.h"
#include "rfb/msg/client.h"
#include "rfb/session/client.h"

#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 20, UPDATES_MAX = 100 };

/* ---- The server, and its bytes ---- */

struct recording {
    pid_t pid;
    FILE *to, *from;
    int fd;
    struct rfb_client_session *session;
    struct buf bytes; /* all that it sent */
    struct buf held;  /* of them what the session has not used */
    unsigned updates;
};

static void on_screen(void *owner, struct surface *screen)
{
    (void)owner, (void)screen;
}

static void on_damage(void *owner, struct rect r)
{
    (void)owner, (void)r;
}

static void on_connected(void *owner)
{
    (void)owner;
}

static void on_name(void *owner, const char *name)
{
    (void)owner, (void)name;
}

static void on_update_ended(void *owner)
{
    ((struct recording *)owner)->updates++;
}

static const struct rfb_client_session_ops ops = {
    .connected = on_connected,
    .screen = on_screen,
    .damage = on_damage,
    .name = on_name,
    .update_ended = on_update_ended,
};

/* A line that begins so; false: it ended before. */
static bool line(struct recording *r, const char *start, char *rest, size_t room)
{
    char text[256];

    while (fgets(text, sizeof(text), r->from))
        if (!strncmp(text, start, strlen(start))) {
            snprintf(rest, room, "%s", text + strlen(start));
            rest[strcspn(rest, "\n")] = '\0';
            return true;
        }
    return false;
}

static void tell(struct recording *r, const char *command)
{
    char rest[64];

    fprintf(r->to, "%s\n", command);
    fflush(r->to);
    CHECK(line(r, "ok", rest, sizeof(rest)));
}

static uint64_t hash_of_server(struct recording *r)
{
    char rest[64] = "0", ok[8];

    fprintf(r->to, "hash\n");
    fflush(r->to);
    CHECK(line(r, "hash ", rest, sizeof(rest)) && line(r, "ok", ok, sizeof(ok)));
    return strtoull(rest, NULL, 16);
}

static uint64_t hash_of(const struct surface *s)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (uint32_t i = 0; s && i < s->width * s->height; i++)
        hash = (hash ^ (surface_row(s, (int32_t)(i / s->width))[i % s->width] & 0xffffff)) *
               0x100000001b3;
    return hash;
}

/* Our side speaks for itself: only what every decoder knows is listed. */
static void say_hello(struct recording *r, int32_t encoding)
{
    struct buf out = BUF_INIT;
    int32_t encodings[] = {encoding, RFB_COPY_RECT};

    buf_append(&out, "RFB 003.008\n\1\1", 14); /* None, shared */
    rfb_put_set_pixel_format(&out, &pixel_format_native);
    rfb_put_set_encodings(&out, encodings, 2);
    rfb_put_update_request(&out, false, (struct rect){0, 0, 400, 300});
    CHECK_INT(write(r->fd, out.data, out.len), (ssize_t)out.len);
    buf_finish(&out);
}

static void ask_for_more(struct recording *r)
{
    struct buf out = BUF_INIT;

    rfb_put_update_request(&out, true, (struct rect){0, 0, 400, 300});
    CHECK_INT(write(r->fd, out.data, out.len), (ssize_t)out.len);
    buf_finish(&out);
}

/* Until another update is complete. */
static bool take_update(struct recording *r)
{
    static uint8_t piece[65536];
    unsigned before = r->updates;
    struct pollfd p = {r->fd, POLLIN, 0};
    struct err err = {0};

    while (r->updates == before) {
        size_t used;
        ssize_t n;

        if (poll(&p, 1, SECONDS * 1000) <= 0 || (n = read(r->fd, piece, sizeof(piece))) <= 0)
            return false;
        buf_append(&r->bytes, piece, (size_t)n);
        buf_append(&r->held, piece, (size_t)n);
        if (rfb_client_session_feed(r->session, r->held.data, r->held.len, &used, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return false;
        }
        buf_consume(&r->held, used);
        buf_clear(rfb_client_session_output(r->session));
    }
    return true;
}

/* All of what the server shows has come. */
static bool catch_up(struct recording *r)
{
    uint64_t want = hash_of_server(r);

    for (unsigned i = 0; i < UPDATES_MAX; i++) {
        if (!take_update(r))
            return false;
        if (hash_of(rfb_client_session_screen(r->session)) == want)
            return true;
        ask_for_more(r);
    }
    return false;
}

static bool start(struct recording *r, const char *program)
{
    struct rfb_client_options options = {.preferred = RFB_COPY_RECT};
    char address[64];
    struct err err;
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return false;
    r->pid = fork();
    if (!r->pid) {
        dup2(in[0], 0), dup2(out[1], 1);
        execl(program, program, "400", "300", "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(in[0]), close(out[1]);
    r->to = fdopen(in[1], "w");
    r->from = fdopen(out[0], "r");
    r->session = rfb_client_session_create(&options, &ops, r);
    r->fd = line(r, "listening ", address, sizeof(address))
                ? io_connect_tcp(address, SECONDS * 1000, &err)
                : -1;
    if (r->fd >= 0)
        fcntl(r->fd, F_SETFL, fcntl(r->fd, F_GETFL) & ~O_NONBLOCK);
    return r->fd >= 0;
}

static void stop(struct recording *r)
{
    fclose(r->to);
    fclose(r->from);
    waitpid(r->pid, NULL, 0);
    close(r->fd);
    rfb_client_session_destroy(r->session);
    buf_finish(&r->held);
}

/* The bytes are the caller's. */
static bool record(const char *program, int32_t encoding, struct buf *bytes, uint64_t *hash)
{
    static const char *const commands[] = {"paint 3", "scroll 24", "move 3", "scroll 100",
                                           "paint 4"};
    struct recording r = {.fd = -1};
    bool good = start(&r, program);

    if (good)
        say_hello(&r, encoding);
    good = good && catch_up(&r);
    for (size_t i = 0; good && i < sizeof(commands) / sizeof(commands[0]); i++) {
        tell(&r, commands[i]);
        ask_for_more(&r);
        good = catch_up(&r);
    }
    *hash = hash_of(rfb_client_session_screen(r.session));
    CHECK_INT(r.held.len, 0);
    stop(&r);
    *bytes = r.bytes;
    buf_append(bytes, "\2", 1); /* the bell: all is said */
    return good;
}

/* ---- Playing it ---- */

/* A child that sends the bytes to the first who comes, and listens to nothing. Its port. */
static int play(const struct buf *bytes, pid_t *pid)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(listening, (struct sockaddr *)&at, len) || listen(listening, 1) ||
        getsockname(listening, (struct sockaddr *)&at, &len))
        return -1;
    *pid = fork();
    if (!*pid) {
        int fd = accept(listening, NULL, NULL);
        char ignored[4096];
        size_t sent = 0;

        alarm(2 * SECONDS);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        for (;;) {
            struct pollfd p = {fd, (short)(POLLIN | (sent < bytes->len ? POLLOUT : 0)), 0};
            ssize_t n;

            poll(&p, 1, -1);
            if (p.revents & POLLIN && read(fd, ignored, sizeof(ignored)) == 0)
                _exit(0);
            if (p.revents & (POLLERR | POLLHUP))
                _exit(0);
            if (p.revents & POLLOUT &&
                (n = send(fd, bytes->data + sent, bytes->len - sent, MSG_NOSIGNAL)) > 0)
                sent += (size_t)n;
        }
    }
    close(listening);
    return ntohs(at.sin_port);
}

/* What the decoder makes of them; 0: it failed. */
static uint64_t decode(const char *decoder, const struct buf *bytes)
{
    char command[512], text[64] = "";
    pid_t player = 0;
    int port = play(bytes, &player);
    FILE *f;

    snprintf(command, sizeof(command), "'%s' %d", decoder, port);
    f = popen(command, "r");
    if (f && !fgets(text, sizeof(text), f))
        text[0] = '\0';
    if (f)
        pclose(f);
    kill(player, SIGKILL);
    waitpid(player, NULL, 0);
    return strtoull(text, NULL, 16);
}

/* ---- */

static bool knows(const char *name, int32_t encoding)
{
    if (encoding == RFB_TIGHT_PNG)
        return false;
    return strcmp(name, "gtk-vnc") || (encoding != RFB_ZLIB && encoding != RFB_TRLE);
}

static void try_encoding(const struct rfb_codec *codec, int count, char **decoders)
{
    struct buf bytes;
    uint64_t want;
    bool good = record(decoders[0], codec->encoding, &bytes, &want);

    CHECK(good);
    if (!good)
        fprintf(stderr, "%s: our own client's picture is another than the server's\n", codec->name);
    for (int i = 1; good && i < count; i++) {
        char name[32];
        const char *equals = strchr(decoders[i], '=');
        uint64_t got;

        snprintf(name, sizeof(name), "%.*s", (int)(equals - decoders[i]), decoders[i]);
        if (!knows(name, codec->encoding))
            continue;
        got = decode(equals + 1, &bytes);
        CHECK(got == want);
        if (got == want && !strcmp(name, "gtk-vnc"))
            printf("# cell: server | %s | gtk-vnc | equal\n", codec->name);
        if (got != want)
            fprintf(stderr, "%s, %s: %016" PRIx64 ", want %016" PRIx64 "\n", codec->name, name, got,
                    want);
    }
    fprintf(stderr, "%s: %zu bytes\n", codec->name, bytes.len);
    buf_finish(&bytes);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return 2;
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (rfb_codecs[i].encoder && rfb_codecs[i].encoding != RFB_JPEG)
            try_encoding(&rfb_codecs[i], argc - 1, argv + 1);
    return check_result();
}
