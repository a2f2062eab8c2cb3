/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copy and paste: the scene's rules, the extended clipboard's messages, text's line ends, and our
 * server with our client and with a viewer of the old kind.
 */
#include "check.h"
#include "copier.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wire.h"
#include "io/socket.h"
#include "rfb/client/client.h"
#include "rfb/msg/clipboard.h"
#include "rfb/msg/cut_text.h"
#include "rfb/server/server.h"
#include "wait.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* ---- The scene ---- */

static void test_scene(void)
{
    struct scene *scene = scene_create();
    struct copier guest, one, two;

    copier_join(&guest, scene, SCENE_GUEST);
    copier_join(&one, scene, SCENE_PERSON);
    copier_join(&two, scene, SCENE_PERSON);
    CHECK(!scene_clipboard_has(&one.peer));
    scene_clipboard_paste(&one.peer, &one.paste);
    CHECK(one.pasted == 1 && one.got_nothing);

    /* The guest copies: both hear of it, and nothing is asked of it before one pastes. */
    scene_clipboard_offer(&guest.peer);
    CHECK(one.changed == 1 && two.changed == 1 && !guest.changed && !guest.asked);
    CHECK(scene_clipboard_has(&one.peer) && !scene_clipboard_has(&guest.peer));
    scene_clipboard_paste(&one.peer, &one.paste);
    scene_clipboard_paste(&two.peer, &two.paste);
    CHECK(guest.asked == 1 && one.pasted == 1 && !two.pasted);
    scene_clipboard_cancel(&two.paste);
    scene_clipboard_provide(&guest.peer, "hello", 5);
    CHECK(one.pasted == 2 && !two.pasted);
    CHECK_STR(copier_got(&one), "hello");
    scene_clipboard_paste(&two.peer, &two.paste); /* from memory */
    CHECK(guest.asked == 1 && two.pasted == 1);
    CHECK_STR(copier_got(&two), "hello");

    /* One copies: the guest has something, the other has no more what there was, and gets none. */
    scene_clipboard_offer(&one.peer);
    CHECK(guest.changed == 1 && two.changed == 2 && one.changed == 1);
    CHECK(scene_clipboard_has(&guest.peer) && !scene_clipboard_has(&two.peer));
    scene_clipboard_provide(&guest.peer, "late", 4); /* not the owner's */
    scene_clipboard_paste(&guest.peer, &guest.paste);
    CHECK(one.asked == 1 && !guest.pasted);
    scene_clipboard_offer(&two.peer); /* what waits for the old text gets none */
    CHECK(guest.pasted == 1 && guest.got_nothing && guest.changed == 2 && one.changed == 1);
    two.text = "two";
    scene_clipboard_paste(&guest.peer, &guest.paste);
    CHECK_STR(copier_got(&guest), "two");
    scene_clipboard_withdraw(&one.peer); /* not its own */
    CHECK(scene_clipboard_has(&guest.peer));
    copier_leave(&two);
    CHECK(guest.changed == 3 && !scene_clipboard_has(&guest.peer));
    copier_leave(&one);
    copier_leave(&guest);
    scene_destroy(scene);
}

static void test_scene_limit(void)
{
    struct scene *scene = scene_create();
    struct copier guest, one;

    scene_clipboard_set_limit(scene, 4);
    copier_join(&guest, scene, SCENE_GUEST);
    copier_join(&one, scene, SCENE_PERSON);
    guest.text = "four";
    scene_clipboard_offer(&guest.peer);
    scene_clipboard_paste(&one.peer, &one.paste);
    CHECK_STR(copier_got(&one), "four");
    guest.text = "five!";
    scene_clipboard_offer(&guest.peer);
    scene_clipboard_paste(&one.peer, &one.paste);
    CHECK(one.pasted == 2 && one.got_nothing);
    scene_clipboard_paste(&one.peer, &one.paste); /* asked anew, it was not given before */
    CHECK_INT(guest.asked, 3);
    guest.text = NULL;
    scene_clipboard_offer(&guest.peer);
    scene_clipboard_paste(&one.peer, &one.paste);
    copier_leave(&one); /* waits no more */
    scene_clipboard_provide(&guest.peer, "late", 4);
    CHECK_INT(one.pasted, 3);
    copier_leave(&guest);
    scene_destroy(scene);
}

/* ---- Text ---- */

static void check_text(void (*convert)(const void *, size_t, struct buf *), const char *from,
                       size_t len, const char *want)
{
    struct buf b = BUF_INIT;
    void *alone = mem_dup(from, len ? len : 1); /* a sanitizer sees what is read behind it */

    convert(alone, len, &b);
    wire_put_u8(&b, 0);
    CHECK_STR((const char *)b.data, want);
    CHECK_INT(b.len, strlen(want) + 1);
    buf_finish(&b);
    free(alone);
}

static void to_wire(const void *text, size_t len, struct buf *out)
{
    rfb_text_to_wire(text, len, out);
    CHECK(out->len && !out->data[out->len - 1]);
    out->len--;
}

static void to_latin1(const void *text, size_t len, struct buf *out)
{
    rfb_text_to_latin1(text, len, out);
}

static void test_text(void)
{
    check_text(to_wire, "a\nb\r\nc\n\nd\r", 10, "a\r\nb\r\nc\r\n\r\nd\r");
    check_text(to_wire, "", 0, "");
    check_text(rfb_text_from_wire, "a\r\nb\rc\n\r\nd\r\0after", 18, "a\nb\nc\n\nd\n");
    check_text(rfb_text_from_wire, "no NUL\r", 7, "no NUL\n");
    check_text(rfb_text_from_wire, "\xe2\x82\xac", 3, "\xe2\x82\xac");
    check_text(rfb_text_from_wire, "x\xe2\x82", 3, "x??");
    check_text(rfb_text_from_wire, "\xff\xc0\x80\xed\xa0\x80.", 7, "??????.");
    check_text(to_latin1, "caf\xc3\xa9 \xe2\x82\xac\r\n\xff", 12, "caf\xe9 ?\n?");
    check_text(rfb_text_from_latin1, "caf\xe9\r\n\xff\r\0x", 10, "caf\xc3\xa9\n\xc3\xbf\n");
    check_text(rfb_text_from_latin1, "", 0, "");
}

/* ---- Messages ---- */

/* What a cut-text message of negative length holds. */
static const uint8_t *body(const struct buf *b, size_t *len)
{
    struct wire_reader r = wire_reader_of(b->data, b->len);

    wire_skip(&r, 4);
    *len = (size_t) - (int64_t)wire_get_s32(&r);
    CHECK_INT(*len, wire_left(&r));
    return r.at;
}

static void test_messages(void)
{
    struct rfb_clipboard_msg m;
    struct buf b = BUF_INIT, out = BUF_INIT;
    struct err err = {""};
    const uint8_t *data;
    size_t len;

    rfb_put_clipboard_caps(&b, RFB_SERVER_CUT_TEXT);
    data = body(&b, &len);
    for (size_t n = 0; n < len; n++)
        CHECK_INT(rfb_clipboard_parse(data, n, &m, &err), -1);
    CHECK_INT(rfb_clipboard_parse(data, len, &m, &err), 0);
    CHECK(m.action == RFB_CLIPBOARD_CAPS && m.formats == RFB_CLIPBOARD_TEXT && !m.sizes[0]);
    CHECK_INT(m.actions, RFB_CLIPBOARD_REQUEST | RFB_CLIPBOARD_PEEK | RFB_CLIPBOARD_NOTIFY |
                             RFB_CLIPBOARD_PROVIDE);
    buf_clear(&b);
    rfb_put_clipboard_action(&b, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_NOTIFY, RFB_CLIPBOARD_HTML);
    data = body(&b, &len);
    CHECK(!rfb_clipboard_parse(data, len, &m, &err) && m.action == RFB_CLIPBOARD_NOTIFY &&
          m.formats == RFB_CLIPBOARD_HTML);
    /* Sizes of formats that are not defined yet count too. */
    CHECK(!rfb_clipboard_parse((uint8_t[]){1, 0, 0x80, 2, 0, 0, 0, 7, 0, 0, 0, 9}, 12, &m, &err));
    CHECK(m.sizes[1] == 7 && m.sizes[15] == 9 && !m.sizes[0]);
    CHECK_INT(rfb_clipboard_parse((uint8_t[]){6, 0, 0, 1}, 4, &m, &err), -1);
    CHECK(strstr(err.text, "several actions"));
    CHECK(!rfb_clipboard_parse((uint8_t[]){0x40, 0, 0, 1}, 4, &m, &err) && !m.action);

    /* Provided, cut at every byte: broken, and nothing is appended. */
    buf_clear(&b);
    rfb_put_clipboard_provide(&b, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, "some text", 10);
    data = body(&b, &len);
    for (size_t n = 4; n < len; n++) {
        uint8_t *part = mem_dup(data, n);
        int rc;

        CHECK_INT(rfb_clipboard_parse(part, n, &m, &err), 0);
        rc = rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, 100, &out, &err);
        CHECK(rc > 0 ? out.len == 10 : rc < 0 && !out.len); /* the check sum may be lacking */
        out.len = 0;
        free(part);
    }
    CHECK_INT(rfb_clipboard_parse(data, len, &m, &err), 0);
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, 9, &out, &err), 0);
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_RTF, 9, &out, &err), 0);
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, 10, &out, &err), 1);
    CHECK(out.len == 10 && !memcmp(out.data, "some text", 10));
    buf_finish(&b);
    buf_finish(&out);
}

/* A stream of two formats by zlib itself, and one that unpacks to 64 MiB out of 64 KiB. */
static void test_streams(void)
{
    static const uint8_t two[] = {0, 0, 0, 3, 't', '1', 0, 0, 0, 0, 2, '{', '}'};
    static uint8_t bomb[1 << 20];
    uint8_t packed[sizeof(bomb)];
    struct rfb_clipboard_msg m = {.action = RFB_CLIPBOARD_PROVIDE, .formats = 5};
    struct buf out = BUF_INIT;
    struct err err = {""};
    uLongf len = sizeof(packed);

    CHECK_INT(compress(packed, &len, two, sizeof(two)), Z_OK);
    m.stream = (struct rfb_bytes){packed, len};
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_HTML, 10, &out, &err), 1);
    CHECK(out.len == 2 && !memcmp(out.data, "{}", 2));
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_HTML, 2, &out, &err), 0);
    /* It claims what it is allowed, and is shorter: no more is taken than has come. */
    buf_finish(&out);
    memcpy(bomb, (uint8_t[]){0, 0xa0, 0, 0}, 4);
    len = sizeof(packed);
    CHECK_INT(compress(packed, &len, bomb, sizeof(bomb)), Z_OK);
    m.stream = (struct rfb_bytes){packed, len};
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, 10 << 20, &out, &err), -1);
    CHECK(strstr(err.text, "cut short"));
    CHECK(out.room <= 4 << 20);
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, (10 << 20) - 1, &out, &err), 0);
    packed[2] ^= 0xff;
    CHECK_INT(rfb_clipboard_unpack(&m, RFB_CLIPBOARD_TEXT, 10 << 20, &out, &err), -1);
    CHECK(strstr(err.text, "broken"));
    buf_finish(&out);
}

/* ---- Server and client ---- */

struct pair {
    struct scene *machine, *desk;
    struct rfb_server *server;
    struct rfb_client *client;
    struct copier guest, host;
};

static void pair_open(struct pair *p)
{
    struct err err = {""};
    int fds[2];

    *p = (struct pair){.machine = scene_create(), .desk = scene_create()};
    p->server = rfb_server_create(p->machine);
    copier_join(&p->guest, p->machine, SCENE_GUEST);
    copier_join(&p->host, p->desk, SCENE_PERSON);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    rfb_server_accept(p->server, fds[0]);
    p->client = rfb_client_create(p->desk, fds[1], NULL, NULL);
}

static void pair_close(struct pair *p)
{
    rfb_client_destroy(p->client);
    rfb_server_destroy(p->server);
    copier_leave(&p->guest);
    copier_leave(&p->host);
    scene_destroy(p->machine);
    scene_destroy(p->desk);
}

static char *long_text(size_t len)
{
    char *text = mem_alloc0(len + 1, 1);
    uint32_t seed = 7;

    for (size_t i = 0; i < len; i++)
        text[i] = (char)(' ' + (seed = seed * 1103515245 + 12345, seed >> 16) % 90);
    return text;
}

/* Both ways, lazily, with the characters and the length that plain text does not have. */
static void test_both_ways(void)
{
    char *text = long_text(9 << 20);
    struct pair p;

    pair_open(&p);
    scene_clipboard_offer(&p.guest.peer); /* before the viewer is there */
    CHECK(WAIT_FOR(scene_clipboard_has(&p.host.peer)));
    CHECK_INT(p.guest.asked, 0);
    p.guest.text = "\xe2\x82\xac\nline";
    scene_clipboard_paste(&p.host.peer, &p.host.paste);
    CHECK(WAIT_FOR(p.host.pasted == 1));
    CHECK_STR(copier_got(&p.host), "\xe2\x82\xac\nline");

    scene_clipboard_offer(&p.host.peer);
    CHECK(WAIT_FOR(scene_clipboard_has(&p.guest.peer)));
    CHECK(!p.host.asked && !scene_clipboard_has(&p.host.peer));
    p.host.text = text;
    scene_clipboard_paste(&p.guest.peer, &p.guest.paste);
    CHECK(WAIT_FOR(p.guest.pasted == 1));
    CHECK(p.guest.got.len == (9 << 20) + 1 && !strcmp(copier_got(&p.guest), text));

    scene_clipboard_withdraw(&p.host.peer);
    CHECK(WAIT_FOR(!scene_clipboard_has(&p.guest.peer)));
    pair_close(&p);
    free(text);
}

/* A text that is too long is not given, and costs nobody the connection. */
static void test_too_long(void)
{
    char *text = long_text(11 << 20);
    struct pair p;

    pair_open(&p);
    scene_clipboard_set_limit(p.desk, 64 << 20); /* this desk has other ideas than the machine */
    scene_clipboard_offer(&p.host.peer);
    CHECK(WAIT_FOR(scene_clipboard_has(&p.guest.peer)));
    p.host.text = text;
    scene_clipboard_paste(&p.guest.peer, &p.guest.paste);
    CHECK(WAIT_FOR(p.guest.pasted == 1));
    CHECK(p.guest.got_nothing);
    p.host.text = "short";
    scene_clipboard_offer(&p.host.peer);
    CHECK(WAIT_FOR(p.guest.changed >= 2));
    scene_clipboard_paste(&p.guest.peer, &p.guest.paste);
    CHECK(WAIT_FOR(p.guest.pasted == 2));
    CHECK_STR(copier_got(&p.guest), "short");
    pair_close(&p);
    free(text);
}

/* ---- Viewers by hand ---- */

struct old_viewer {
    struct scene *scene;
    struct rfb_server *server;
    struct copier guest;
    int fd;
    struct buf in;
};

static void old_open(struct old_viewer *v, size_t limit)
{
    struct err err = {""};
    int fds[2];

    *v = (struct old_viewer){.scene = scene_create()};
    scene_clipboard_set_limit(v->scene, limit);
    v->server = rfb_server_create(v->scene);
    copier_join(&v->guest, v->scene, SCENE_GUEST);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    rfb_server_accept(v->server, fds[1]);
    v->fd = fds[0];
    CHECK_INT(send(v->fd, "RFB 003.008\n\x01\x01", 14, 0), 14);
}

static void old_close(struct old_viewer *v)
{
    close(v->fd);
    rfb_server_destroy(v->server);
    copier_leave(&v->guest);
    scene_destroy(v->scene);
    buf_finish(&v->in);
}

/* Sends, lets the server do what it can, and keeps what it answers; false: it has hung up. */
static bool old_talk(struct old_viewer *v, struct buf *out)
{
    size_t sent = 0;
    ssize_t n = 1;

    do {
        if (sent < out->len) {
            n = send(v->fd, out->data + sent, out->len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            sent += n > 0 ? (size_t)n : 0;
        }
        while (g_main_context_iteration(NULL, FALSE))
            ;
        n = recv(v->fd, buf_reserve(&v->in, 65536), 65536, MSG_DONTWAIT);
        if (n > 0)
            buf_extend(&v->in, (size_t)n);
    } while (n > 0 || (n < 0 && sent < out->len));
    buf_finish(out);
    return n != 0;
}

static bool ends_with(const struct buf *b, const void *bytes, size_t len)
{
    return b->len >= len && !memcmp(b->data + b->len - len, bytes, len);
}

/* Plain cut text: pushed when it changes, Latin-1, and taken from viewers at any time. */
static void test_old_viewer(void)
{
    static const uint8_t hello[] = {3, 0, 0, 0, 0, 0, 0, 6, 'c', 'a', 'f', 0xe9, ' ', '?'};
    struct buf out = BUF_INIT;
    struct old_viewer v;
    char *text = long_text(2 << 20);

    old_open(&v, SCENE_CLIPBOARD_BYTES);
    v.guest.text = "caf\xc3\xa9 \xe2\x82\xac";
    scene_clipboard_offer(&v.guest.peer);
    rfb_put_set_encodings(&out, (int32_t[]){RFB_RAW}, 1);
    CHECK(old_talk(&v, &out));
    CHECK(ends_with(&v.in, hello, sizeof(hello)));
    rfb_put_client_cut_text(&out, "na\xefve\r\n", 7);
    CHECK(old_talk(&v, &out));
    CHECK(scene_clipboard_has(&v.guest.peer));
    scene_clipboard_paste(&v.guest.peer, &v.guest.paste);
    CHECK_STR(copier_got(&v.guest), "na\xc3\xafve\n");

    /* More than is taken: thrown away, and what comes behind it is understood. */
    buf_append(&out, "\x06\0\0\0\0\x20\0\0", 8);
    buf_append(&out, text, 2 << 20);
    CHECK(old_talk(&v, &out));
    CHECK(!scene_clipboard_has(&v.guest.peer));
    rfb_put_client_cut_text(&out, "after", 5);
    CHECK(old_talk(&v, &out));
    scene_clipboard_paste(&v.guest.peer, &v.guest.paste);
    CHECK_STR(copier_got(&v.guest), "after");
    /* The extended form without having listed it ends the connection. */
    rfb_put_clipboard_action(&out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_PEEK, 0);
    CHECK(!old_talk(&v, &out));
    old_close(&v);
    free(text);
}

static void list_extended(struct buf *out)
{
    rfb_put_set_encodings(out, (int32_t[]){RFB_RAW, RFB_EXTENDED_CLIPBOARD}, 2);
}

/* A viewer that tells what it can: caps with each list; peek, request, provide unasked. */
static void test_extended_viewer(void)
{
    struct buf out = BUF_INIT, caps = BUF_INIT, notify = BUF_INIT, want = BUF_INIT;
    struct old_viewer v;

    old_open(&v, 1 << 20);
    v.guest.text = "a\nb";
    rfb_put_clipboard_caps(&caps, RFB_SERVER_CUT_TEXT);
    for (int i = 0; i < 2; i++) {
        list_extended(&out);
        CHECK(old_talk(&v, &out));
        CHECK(ends_with(&v.in, caps.data, caps.len));
    }
    scene_clipboard_offer(&v.guest.peer);
    CHECK(old_talk(&v, &out));
    rfb_put_clipboard_action(&notify, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_NOTIFY,
                             RFB_CLIPBOARD_TEXT);
    CHECK(ends_with(&v.in, notify.data, notify.len));
    CHECK_INT(v.guest.asked, 0);
    buf_clear(&v.in);
    rfb_put_clipboard_action(&out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_PEEK, 0);
    CHECK(old_talk(&v, &out));
    CHECK(v.in.len == notify.len && ends_with(&v.in, notify.data, notify.len));
    rfb_put_clipboard_action(&out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_REQUEST, RFB_CLIPBOARD_TEXT);
    CHECK(old_talk(&v, &out));
    rfb_put_clipboard_provide(&want, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_TEXT, "a\r\nb", 5);
    CHECK(ends_with(&v.in, want.data, want.len));

    /* It provides without being asked; a broken stream costs it the connection. */
    rfb_put_clipboard_provide(&out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, "x\r\n", 4);
    CHECK(old_talk(&v, &out));
    scene_clipboard_paste(&v.guest.peer, &v.guest.paste);
    CHECK_STR(copier_got(&v.guest), "x\n");
    /* One that takes no notify gets the text itself; without text among its formats, nothing. */
    buf_clear(&v.in);
    buf_append(&out, "\x06\0\0\0\xff\xff\xff\xf8\x11\0\0\x01\0\0\xff\xff", 16);
    CHECK(old_talk(&v, &out));
    scene_clipboard_offer(&v.guest.peer);
    CHECK(old_talk(&v, &out));
    CHECK(v.in.len == want.len && ends_with(&v.in, want.data, want.len));
    buf_append(&out, "\x06\0\0\0\xff\xff\xff\xfc\x11\0\0\0", 12);
    CHECK(old_talk(&v, &out));
    scene_clipboard_offer(&v.guest.peer);
    CHECK(old_talk(&v, &out));
    CHECK_INT(v.in.len, want.len);
    buf_append(&out, "\x06\0\0\0\xff\xff\xff\xf8\x10\0\0\x01zlib", 16);
    CHECK(!old_talk(&v, &out));
    buf_finish(&caps);
    buf_finish(&notify);
    buf_finish(&want);
    old_close(&v);
}

/* QEMU's CVE-2023-6683 and what else asks for texts without reading them: one is queued. */
static void test_greedy_viewer(void)
{
    char *text = long_text(1 << 20);
    struct buf out = BUF_INIT;
    struct old_viewer v;

    old_open(&v, SCENE_CLIPBOARD_BYTES);
    v.guest.text = text;
    list_extended(&out);
    scene_clipboard_offer(&v.guest.peer);
    for (int i = 0; i < 1000; i++)
        rfb_put_clipboard_action(&out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_REQUEST,
                                 RFB_CLIPBOARD_TEXT);
    CHECK_INT(send(v.fd, out.data, out.len, 0), out.len);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    buf_clear(&out);
    CHECK(old_talk(&v, &out)); /* what was queued, and one more that was asked for meanwhile */
    CHECK(v.in.len > 600 << 10 && v.in.len < 3 << 20);
    old_close(&v);
    free(text);
}

/* With a limit of 0 there is no clipboard: no caps, and what comes is not kept. */
static void test_none(void)
{
    struct buf out = BUF_INIT;
    struct old_viewer v;
    size_t before;

    old_open(&v, 0);
    CHECK(old_talk(&v, &out));
    before = v.in.len;
    list_extended(&out);
    rfb_put_client_cut_text(&out, "text", 4);
    CHECK(old_talk(&v, &out));
    CHECK_INT(v.in.len, before);
    CHECK(!scene_clipboard_has(&v.guest.peer));
    old_close(&v);
}

static void be_silent(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area, (void)text;
}

int main(void)
{
    log_set_hook(be_silent);
    test_scene();
    test_scene_limit();
    test_text();
    test_messages();
    test_streams();
    test_both_ways();
    test_too_long();
    test_old_viewer();
    test_extended_viewer();
    test_greedy_viewer();
    test_none();
    return check_result();
}
