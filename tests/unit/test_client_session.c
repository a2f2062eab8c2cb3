/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client session: handshakes of all versions, an update with everything in it cut at every
 * position, what it sends, and servers that lie.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "check.h"
#include "rfb/enc/enc.h"
#include "rfb/msg/client.h"
#include "rfb/msg/clipboard.h"
#include "rfb/msg/server.h"
#include "rfb/session/client.h"

#include <stdarg.h>
#include <stdlib.h>

/* What the session told, as text. */
struct witness {
    struct rfb_client_session *session;
    char text[8192];
    size_t at;
    bool map_fails;
};

static void note(struct witness *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct witness *w, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    w->at += (size_t)vsnprintf(w->text + w->at, sizeof(w->text) - w->at, format, ap);
    va_end(ap);
    if (w->at >= sizeof(w->text)) {
        fprintf(stderr, "too many notes\n");
        exit(1);
    }
}

static struct surface *on_map(void *owner, const struct rfb_shared_surface *m, struct err *err)
{
    struct witness *w = owner;

    note(w, "map %ux%u offset %u stride %u size %d\n", m->width, m->height, m->offset, m->stride,
         (int)m->size);
    if (!w->map_fails)
        return surface_create(m->width, m->height);
    err_set(err, "no memory came");
    return NULL;
}

static void on_connected(void *owner)
{
    note(owner, "connected\n");
}

static void on_screen(void *owner, struct surface *s)
{
    note(owner, "screen %ux%u\n", s->width, s->height);
}

static uint32_t sum_of(const struct surface *s, struct rect r)
{
    uint32_t sum = 0;

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            sum = sum * 31 + (surface_row(s, y)[x] & 0xffffff);
    return sum;
}

static void on_damage(void *owner, struct rect r)
{
    struct witness *w = owner;

    note(w, "damage %d,%d %dx%d sum %08x\n", r.x, r.y, r.w, r.h,
         sum_of(rfb_client_session_screen(w->session), r));
}

static void on_cursor(void *owner, struct cursor *c)
{
    note(owner, "cursor %ux%u at %u,%u first %08x\n", c->width, c->height, c->hot_x, c->hot_y,
         c->width ? c->pixels[0] : 0);
}

static void on_pointer(void *owner, int32_t x, int32_t y)
{
    note(owner, "pointer %d,%d\n", x, y);
}

static void on_pointer_mode(void *owner, bool absolute)
{
    note(owner, "pointer is %s\n", absolute ? "absolute" : "relative");
    if (!absolute)
        rfb_client_session_power(((struct witness *)owner)->session, RFB_XVP_RESET);
}

static void on_leds(void *owner, uint32_t leds)
{
    note(owner, "leds %u\n", leds);
}

static void on_name(void *owner, const char *name)
{
    note(owner, "name %s\n", name);
}

static int on_fact(void *owner, const struct win_msg *fact, struct err *err)
{
    note(owner, "fact %s\n", win_type_name(fact->type));
    return fact->type == WIN_GONE ? err_set(err, "no such window") : 0;
}

static void on_update_ended(void *owner)
{
    note(owner, "update ended\n");
}

static void on_fence(void *owner, uint32_t id)
{
    note(owner, "fence %u\n", id);
}

static void on_power_refused(void *owner)
{
    note(owner, "power refused\n");
}

static void on_clipboard(void *owner, bool has)
{
    note(owner, "clipboard %d\n", has);
}

static void on_clipboard_text(void *owner, const char *text, size_t len)
{
    note(owner, "clipboard's text %.*s\n", text ? (int)len : 7, text ? text : "is none");
}

static void on_clipboard_wanted(void *owner)
{
    note(owner, "clipboard is wanted\n");
}

static const struct rfb_client_session_ops ops = {
    .map_surface = on_map,
    .connected = on_connected,
    .screen = on_screen,
    .damage = on_damage,
    .cursor = on_cursor,
    .pointer = on_pointer,
    .pointer_mode = on_pointer_mode,
    .leds = on_leds,
    .name = on_name,
    .fact = on_fact,
    .update_ended = on_update_ended,
    .fence = on_fence,
    .power_refused = on_power_refused,
    .clipboard = on_clipboard,
    .clipboard_text = on_clipboard_text,
    .clipboard_wanted = on_clipboard_wanted,
};

static struct witness *open_session(bool local)
{
    struct witness *w = mem_new0(struct witness);
    struct rfb_client_options options = {local, true, RFB_COPY_RECT};

    options.clipboard = 1000;
    w->session = rfb_client_session_create(&options, &ops, w);
    return w;
}

static void close_session(struct witness *w)
{
    rfb_client_session_destroy(w->session);
    free(w);
}

/* Offers the bytes as they would come: up to `first`, then `piece` more at a time. */
static int feed(struct witness *w, const struct buf *b, size_t first, size_t piece, struct err *err)
{
    size_t at = 0;

    for (size_t there = first;; there = MIN_OF(b->len, there + piece)) {
        size_t used = 0, len = there - at;
        uint8_t *copy = malloc(len ? len : 1);
        int answer;

        memcpy(copy, b->data + at, len);
        answer = rfb_client_session_feed(w->session, copy, len, &used, err);
        free(copy);
        if (answer)
            return -1;
        at += used;
        if (there == b->len)
            return (int)(b->len - at);
    }
}

/* ---- What a server says ---- */

static void say_hello(struct buf *b, uint16_t width, uint16_t height)
{
    struct rfb_server_init init = {width, height, pixel_format_native, "a\x1b machine"};

    buf_append(b, "RFB 003.008\n\1\1\0\0\0\0", 18);
    rfb_put_server_init(b, &init);
}

static void say_pixels(struct buf *b, int32_t encoding, struct rect r, uint32_t seed)
{
    const struct rfb_codec *codec = &rfb_codecs[rfb_codec_index(encoding)];
    void *state = codec->encoder->create ? codec->encoder->create() : NULL;
    struct rfb_encode_settings settings = {pixel_format_native, -1};
    uint32_t *pixels = mem_alloc0((size_t)r.w * (size_t)r.h, 4);
    struct rfb_block block = {pixels, (size_t)r.w, r};

    for (size_t i = 0; i < (size_t)r.w * (size_t)r.h; i++)
        pixels[i] = i % 7 < 3 ? seed * 0x010305 : (uint32_t)i * seed;
    CHECK_INT(codec->encoder->encode(state, &settings, &block, b), 1);
    if (codec->encoder->destroy)
        codec->encoder->destroy(state);
    free(pixels);
}

static void put_fact(struct buf *b, const struct win_msg *msg)
{
    struct buf m = BUF_INIT;

    win_msg_encode(&m, msg);
    rfb_put_windows(b, m.data, (uint32_t)m.len);
    buf_finish(&m);
}

/* Caps, another text, the text unasked, a request, a peek, none any more; and one too long. */
static void say_clipboard(struct buf *b)
{
    rfb_put_clipboard_caps(b, RFB_SERVER_CUT_TEXT);
    rfb_put_clipboard_action(b, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_NOTIFY, RFB_CLIPBOARD_TEXT);
    rfb_put_clipboard_provide(b, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_TEXT, "a\r\n\xc3\xa9", 6);
    rfb_put_clipboard_action(b, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_REQUEST, RFB_CLIPBOARD_TEXT);
    rfb_put_clipboard_action(b, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_PEEK, 0);
    rfb_put_clipboard_action(b, RFB_SERVER_CUT_TEXT, RFB_CLIPBOARD_NOTIFY, 0);
    wire_put_u32(b, RFB_SERVER_CUT_TEXT << 24);
    wire_put_s32(b, -9000);
    wire_put_zeros(b, 9000);
}

static void say_everything(struct buf *b)
{
    static const uint32_t image[6] = {0xff112233, 0x80404040, 0, 0xffffffff, 0, 0x01010101};
    struct cursor *cursor = cursor_create(3, 2, 1, 1, image);
    struct win_msg begin = {.type = WIN_SYNC_BEGIN, .sync = {7}},
                   title = {.type = WIN_TITLE, .title = {9, {"xterm", 5}}};

    rfb_put_update_header(b, RFB_RECTS_UNTIL_LAST);
    rfb_put_extended_desktop_size(b, RFB_RESIZE_BY_SERVER, RFB_RESIZE_DONE, 50, 40);
    say_pixels(b, RFB_RAW, (struct rect){0, 0, 10, 5}, 3);
    say_pixels(b, RFB_TIGHT, (struct rect){10, 0, 20, 9}, 4);
    say_pixels(b, RFB_ZRLE, (struct rect){30, 30, 20, 10}, 5);
    say_pixels(b, RFB_ZLIB, (struct rect){0, 20, 7, 7}, 6);
    rfb_put_copy_rect(b, (struct rect){1, 1, 20, 9}, 10, 0);
    rfb_put_cursor(b, &pixel_format_native, cursor);
    rfb_put_cursor_with_alpha(b, cursor);
    rfb_put_cursor_with_alpha(b, NULL);
    rfb_put_x_cursor(b, cursor);
    rfb_put_vmware_cursor(b, cursor);
    rfb_put_pointer_pos(b, 11, 12);
    rfb_put_vmware_cursor_position(b, 13, 14);
    rfb_put_qemu_led_state(b, 5);
    rfb_put_vmware_led_state(b, 0x102);
    rfb_put_ack_rect(b, RFB_QEMU_EXTENDED_KEY);
    rfb_put_ack_rect(b, RFB_EXTENDED_MOUSE_BUTTONS);
    rfb_put_desktop_name(b, "renamed");
    rfb_put_windows(b, NULL, 0);
    put_fact(b, &begin);
    put_fact(b, &title);
    rfb_put_last_rect(b);
    buf_append(b, "\2", 1);
    buf_append(b, "\3\0\0\0\0\0\0\4text", 12);
    buf_append(b, "\1\0\0\0\0\2abcdefghijkl", 18);
    rfb_put_server_fence(b, RFB_FENCE_REQUEST | RFB_FENCE_BLOCK_AFTER | 0x100, "hello", 5);
    rfb_put_server_fence(b, RFB_FENCE_BLOCK_BEFORE, "\0\0\1\2", 4);
    rfb_put_end_of_continuous_updates(b);
    rfb_put_server_xvp(b, RFB_XVP_INIT);
    rfb_put_server_xvp(b, RFB_XVP_FAIL); /* nobody has asked */
    rfb_put_update_header(b, 2);
    rfb_put_qemu_pointer_motion(b, false); /* now the witness asks */
    rfb_put_desktop_size(b, 30, 20);
    rfb_put_server_xvp(b, RFB_XVP_FAIL);
    rfb_put_server_xvp(b, RFB_XVP_FAIL);
    say_clipboard(b);
    rfb_put_update_header(b, 0);
    cursor_unref(cursor);
}

static void say_shared(struct buf *b)
{
    rfb_put_update_header(b, 2);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){60, 33, 4096, 512, 4096 + 512 * 33});
    rfb_put_shared_damage(b, (struct rect){1, 2, 3, 4});
    rfb_put_update_header(b, 2);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){0});
    say_pixels(b, RFB_RAW, (struct rect){0, 0, 10, 5}, 3);
}

static const char everything_heard[] = "screen 60x33\n"
                                       "name a? machine\n"
                                       "connected\n"
                                       "screen 50x40\n";

static void test_splits(bool shared)
{
    struct buf b = BUF_INIT;
    struct witness *whole = open_session(shared);
    struct err err = {0};

    say_hello(&b, 60, 33);
    if (shared)
        say_shared(&b);
    else
        say_everything(&b);
    CHECK_INT(feed(whole, &b, b.len, 1, &err), 0);
    CHECK_STR(err.text, "");
    if (!shared)
        CHECK(!strncmp(whole->text, everything_heard, strlen(everything_heard)));
    for (size_t cut = 0; cut <= b.len; cut++) {
        struct witness *w = open_session(shared);

        CHECK_INT(feed(w, &b, cut, b.len - cut + !cut, &err), 0);
        CHECK_STR(w->text, whole->text);
        CHECK_INT(rfb_client_session_output(w->session)->len,
                  rfb_client_session_output(whole->session)->len);
        close_session(w);
    }
    {
        struct witness *w = open_session(shared);

        CHECK_INT(feed(w, &b, 0, 1, &err), 0);
        CHECK_STR(w->text, whole->text);
        close_session(w);
    }
    close_session(whole);
    buf_finish(&b);
}

/* The order and the content of what is told. */
static void test_everything(void)
{
    static const char *const parts[] = {
        "damage 0,0 10x5 sum",
        "damage 10,0 20x9 sum",
        "damage 30,30 20x10 sum",
        "damage 0,20 7x7 sum",
        "damage 1,1 20x9 sum",
        "cursor 3x2 at 1,1 first ff112233",
        "cursor 3x2 at 1,1 first",
        "cursor 0x0 at 0,0 first 00000000",
        "cursor 3x2 at 1,1",
        "cursor 3x2 at 1,1 first ff112233",
        "pointer 11,12",
        "pointer 13,14",
        "leds 5",
        "leds 2",
        "name renamed",
        "fact SYNC_BEGIN",
        "fact TITLE",
        "update ended",
        "fence 258",
        "pointer is relative",
        "screen 30x20",
        "update ended",
        "power refused",
        "clipboard 1",
        "clipboard 1",
        "clipboard's text a\n\xc3\xa9\n",
        "clipboard is wanted",
        "clipboard 0",
        "clipboard 0",
        "update ended",
    };
    struct buf b = BUF_INIT;
    struct witness *w = open_session(false);
    struct err err = {0};
    const char *at;

    say_hello(&b, 60, 33);
    say_everything(&b);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    at = w->text;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *next = strstr(at, parts[i]);

        CHECK(!next || strcmp(parts[i], "power refused") || !strstr(next + 1, parts[i]));
        if (!next)
            fprintf(stderr, "not told, or too early: %s\n", parts[i]);
        CHECK(next);
        at = next ? next + strlen(parts[i]) : at;
    }
    CHECK_INT(rfb_client_session_abilities(w->session),
              RFB_CAN_UPDATE | RFB_CAN_KEYCODES | RFB_CAN_RESIZE | RFB_CAN_FENCE |
                  RFB_CAN_CONTINUE | RFB_CAN_BUTTONS | RFB_CAN_WINDOWS | RFB_IS_RELATIVE |
                  RFB_CAN_CLIPBOARD | RFB_CAN_POWER);
    close_session(w);
    buf_finish(&b);
}

static void test_shared(void)
{
    struct buf b = BUF_INIT;
    struct witness *w = open_session(true);
    struct err err = {0};

    say_hello(&b, 60, 33);
    say_shared(&b);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    CHECK(strstr(w->text, "connected\nmap 60x33 offset 4096 stride 512 size 20992\nscreen 60x33\n"
                          "damage 1,2 3x4 sum 00000000\nupdate ended\nscreen 60x33\n"
                          "damage 0,0 10x5 sum"));
    CHECK(!(rfb_client_session_abilities(w->session) & RFB_IS_SHARED));
    close_session(w);
    w = open_session(true);
    w->map_fails = true;
    CHECK_INT(feed(w, &b, b.len, 1, &err), -1);
    CHECK_STR(err.text, "no memory came");
    close_session(w);
    buf_finish(&b);
}

/* ---- Handshakes ---- */

static void test_versions(void)
{
    static const struct {
        const char *server;
        size_t len;
        const char *client; /* what it answers, without what follows ClientInit */
        size_t client_len;
        const char *error; /* NULL: none */
    } cases[] = {
        {"RFB 003.008\n\1\1\0\0\0\0", 18, "RFB 003.008\n\1\1", 14, NULL},
        {"RFB 003.889\n\3\36\2\1\0\0\0\0", 20, "RFB 003.008\n\1\1", 14, NULL},
        {"RFB 004.001\n\1\1\0\0\0\0", 18, "RFB 003.008\n\1\1", 14, NULL},
        {"RFB 003.007\n\2\1\2", 15, "RFB 003.007\n\1\1", 14, NULL},
        {"RFB 003.003\n\0\0\0\1", 16, "RFB 003.003\n\1", 13, NULL},
        {"RFB 003.005\n\0\0\0\1", 16, "RFB 003.003\n\1", 13, NULL},
        {"RFB 003.003\n\0\0\0\0\0\0\0\3bad", 23, NULL, 0, "refused the connection: bad"},
        {"RFB 003.003\n\0\0\0\2", 16, NULL, 0, "wants security type 2"},
        {"RFB 003.008\n\0\0\0\0\4full", 21, NULL, 0, "refused the connection: full"},
        {"RFB 003.008\n\2\2\23", 15, NULL, 0, "offers security types 2 19,"},
        {"RFB 003.008\n\1\1\0\0\0\1\0\0\0\2no", 24, NULL, 0, "refused the connection: no"},
        {"RFB 003.008\n\1\1\0\0\0\1\377\377\377\377", 22, NULL, 0, "refused the connection"},
        {"RFB 003.002\n", 12, NULL, 0, "3.3 is the oldest"},
        {"RFB 000.000\n", 12, NULL, 0, "3.3 is the oldest"},
        {"RFB 003,008\n", 12, NULL, 0, "not a VNC server"},
        {"RFB 00x.008\n", 12, NULL, 0, "not a VNC server"},
        {"SSH-2.0", 7, NULL, 0, "not a VNC server"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct witness *w = open_session(false);
        struct err err = {0};
        struct buf b = BUF_INIT, *out = rfb_client_session_output(w->session);

        buf_append(&b, cases[i].server, cases[i].len);
        CHECK_INT(feed(w, &b, 0, 1, &err), cases[i].error ? -1 : 0);
        if (cases[i].error) {
            CHECK(strstr(err.text, cases[i].error));
            if (!strstr(err.text, cases[i].error))
                fprintf(stderr, "  \"%s\" instead of \"%s\"\n", err.text, cases[i].error);
            CHECK_INT(feed(w, &b, b.len, 1, &err), -1); /* and it stays over */
        } else {
            CHECK_INT(out->len, cases[i].client_len);
            CHECK(!memcmp(out->data, cases[i].client, MIN_OF(out->len, cases[i].client_len)));
        }
        buf_finish(&b);
        close_session(w);
    }
}

/* ---- What the client sends, read by the server's parser ---- */

static unsigned parse(struct buf *out, struct rfb_client_agreed agreed,
                      struct rfb_client_msg *messages, unsigned room)
{
    unsigned count = 0;
    struct err err;
    size_t used, at = 0;

    while (at < out->len && count < room) {
        CHECK_INT(rfb_client_msg_parse(out->data + at, out->len - at, &agreed, &used,
                                       &messages[count], &err),
                  RFB_PARSED_MESSAGE);
        at += used;
        count++;
    }
    return count;
}

/* What follows the handshake at once. */
static void check_greeting(struct buf *out)
{
    struct rfb_client_msg m[8];
    unsigned encodings = 0;

    CHECK_INT(parse(out, (struct rfb_client_agreed){0}, m, 8), 3);
    CHECK(m[0].type == RFB_SET_PIXEL_FORMAT &&
          pixel_format_equal(&m[0].format, &pixel_format_native));
    CHECK(m[1].type == RFB_SET_ENCODINGS);
    for (unsigned i = 0; i < m[1].encodings.count; i++) {
        int32_t encoding = rfb_set_encodings_at(&m[1].encodings, i);

        encodings += encoding == RFB_TIGHT || encoding == RFB_WINDOWS;
        CHECK(encoding != RFB_SHARED_SURFACE && encoding != RFB_SHARED_DAMAGE);
    }
    CHECK_INT(encodings, 2);
    CHECK(m[2].type == RFB_FRAMEBUFFER_UPDATE_REQUEST && !m[2].request.incremental &&
          rect_equal(m[2].request.area, (struct rect){0, 0, 60, 33}));
    buf_clear(out);
}

/* What a person does before the server has said what it can. */
static void check_early(struct rfb_client_session *s, struct buf *out)
{
    struct rfb_client_msg m[8];

    rfb_client_session_key(s, 30, 'a', true); /* no key codes yet: a keysym */
    rfb_client_session_key(s, 30, 0, false);
    rfb_client_session_resize(s, 100, 100); /* not known to the server yet */
    CHECK(!rfb_client_session_fence(s, 1));
    rfb_client_session_window_request(s, &(struct win_msg){.type = WIN_CLOSE, .id = {1, 2}});
    rfb_client_session_pointer(s, 1000, -5, 9);
    CHECK_INT(parse(out, (struct rfb_client_agreed){0}, m, 8), 2);
    CHECK(m[0].type == RFB_KEY_EVENT && m[0].key.keysym == 'a' && m[0].key.down);
    CHECK(m[1].type == RFB_POINTER_EVENT && m[1].pointer.x == 59 && !m[1].pointer.y &&
          m[1].pointer.buttons == RFB_BUTTON_LEFT);
    buf_clear(out);
}

/* The answers to an update with everything in it. */
static void check_answers(struct buf *out, struct rfb_client_agreed agreed)
{
    struct rfb_client_msg m[10];

    CHECK_INT(parse(out, agreed, m, 10), 10);
    CHECK(m[5].type == RFB_CLIENT_XVP && m[5].xvp.code == RFB_XVP_RESET); /* the witness's */
    memmove(m + 5, m + 6, 4 * sizeof(m[0]));
    CHECK(m[7].type == RFB_CLIENT_CUT_TEXT && m[7].cut_text.extended && /* caps, then a notify */
          m[8].type == RFB_CLIENT_CUT_TEXT && m[8].cut_text.extended);
    CHECK(m[1].type == RFB_SET_DESKTOP_SIZE && m[1].desktop_size.width == 100); /* from above */
    m[1] = m[0];
    memmove(m, m + 1, 6 * sizeof(m[0]));
    CHECK(m[0].type == RFB_FRAMEBUFFER_UPDATE_REQUEST && m[0].request.incremental);
    CHECK(m[1].type == RFB_FRAMEBUFFER_UPDATE_REQUEST && !m[1].request.incremental &&
          m[1].request.area.w == 50);
    CHECK(m[2].type == RFB_CLIENT_FENCE && m[2].fence.flags == RFB_FENCE_BLOCK_AFTER &&
          m[2].fence.payload.len == 5);
    CHECK(m[3].type == RFB_ENABLE_CONTINUOUS_UPDATES && m[3].continuous.enable);
    CHECK(m[4].type == RFB_ENABLE_CONTINUOUS_UPDATES && m[4].continuous.area.w == 30);
    CHECK(m[5].type == RFB_FRAMEBUFFER_UPDATE_REQUEST && !m[5].request.incremental);
    buf_clear(out);
}

/* And with all that the server has agreed to. */
static void check_late(struct rfb_client_session *s, struct buf *out,
                       struct rfb_client_agreed agreed)
{
    struct rfb_client_msg m[16];

    rfb_client_session_key(s, 30, 'a', true);
    rfb_client_session_key(s, 103, 0, false); /* KEY_UP: 0xe0 0x48 */
    rfb_client_session_pointer_relative(s, -3, 4, 8);
    rfb_client_session_wheel(s, 0, 60);
    rfb_client_session_wheel(s, -240, 60);
    rfb_client_session_resize(s, 1400, 1050);
    CHECK(rfb_client_session_fence(s, 77));
    rfb_client_session_window_request(s, &(struct win_msg){.type = WIN_CLOSE, .id = {1, 2}});
    CHECK_INT(parse(out, agreed, m, 16), 12);
    CHECK(m[0].type == RFB_QEMU_CLIENT && m[0].key.keycode == 0x1e && m[0].key.keysym == 'a');
    CHECK(m[1].type == RFB_QEMU_CLIENT && m[1].key.keycode == 0xc8 && !m[1].key.down);
    CHECK(m[2].pointer.x == 32764 && m[2].pointer.y == 32771 &&
          m[2].pointer.buttons == RFB_BUTTON_BACK);
    CHECK(m[3].pointer.buttons == (RFB_BUTTON_BACK | RFB_BUTTON_WHEEL_LEFT));
    CHECK(m[4].pointer.buttons == RFB_BUTTON_BACK);
    CHECK(m[7].pointer.buttons == (RFB_BUTTON_BACK | RFB_BUTTON_WHEEL_DOWN));
    CHECK(m[9].type == RFB_SET_DESKTOP_SIZE && m[9].desktop_size.width == 1400 &&
          m[9].desktop_size.count == 1);
    CHECK(m[10].type == RFB_CLIENT_FENCE && m[10].fence.flags & RFB_FENCE_REQUEST);
    CHECK(m[11].type == RFB_CLIENT_WINDOWS && m[11].windows.len);
}

/* The levels that a list of encodings names, -1: none; and whether JPEG itself is in it. */
static bool lists(const struct rfb_client_msg *m, int quality, int compression, bool jpeg)
{
    int q = -1, c = -1;
    bool has_jpeg = false;

    for (unsigned i = 0; i < m->encodings.count; i++) {
        int32_t e = rfb_set_encodings_at(&m->encodings, i);

        if (e >= RFB_JPEG_QUALITY_0 && e <= RFB_JPEG_QUALITY_9)
            q = e - RFB_JPEG_QUALITY_0;
        if (e >= RFB_COMPRESSION_0 && e <= RFB_COMPRESSION_9)
            c = e - RFB_COMPRESSION_0;
        has_jpeg |= e == RFB_JPEG;
    }
    return m->type == RFB_SET_ENCODINGS && q == quality && c == compression && has_jpeg == jpeg;
}

/* It changes while connected; what was drawn with losses is asked for anew when they end. */
static void test_quality(void)
{
    struct witness *w = open_session(false);
    struct buf b = BUF_INIT, *out = rfb_client_session_output(w->session);
    struct rfb_client_msg m[8];
    struct err err = {0};

    rfb_client_session_set_quality(w->session, 7, 2);
    CHECK_INT(out->len, 0);
    say_hello(&b, 60, 33);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    buf_consume(out, 14);
    CHECK_INT(parse(out, (struct rfb_client_agreed){0}, m, 8), 3);
    CHECK(lists(&m[1], 7, 2, true));
    buf_clear(out);
    rfb_client_session_set_quality(w->session, 9, 9);
    rfb_client_session_set_quality(w->session, 0, 0);
    CHECK_INT(parse(out, (struct rfb_client_agreed){0}, m, 8), 3);
    CHECK(lists(&m[0], 9, 9, true));
    CHECK(lists(&m[1], -1, -1, false));
    CHECK(m[2].type == RFB_FRAMEBUFFER_UPDATE_REQUEST && !m[2].request.incremental);
    b.len = 0; /* what was on its way comes all the same */
    rfb_put_update_header(&b, 1);
    say_pixels(&b, RFB_JPEG, (struct rect){0, 0, 16, 16}, 3);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    CHECK_STR(err.text, "");
    buf_finish(&b);
    close_session(w);
}

/* neatvnc (0.5.4) reads no more than 32 and takes the rest for the next message. */
static void check_list_is_short(bool local)
{
    struct rfb_client_options options = {.local = local,
                                         .windows = true,
                                         .watch = true,
                                         .audio = true,
                                         .clipboard = 1 << 20,
                                         .preferred = RFB_COPY_RECT,
                                         .quality = 8,
                                         .compression = 2};
    struct witness w = {0};
    struct buf b = BUF_INIT, *out;
    struct rfb_client_msg m[8];
    struct err err;
    size_t used;

    w.session = rfb_client_session_create(&options, &ops, &w);
    out = rfb_client_session_output(w.session);
    say_hello(&b, 60, 33);
    CHECK_INT(rfb_client_session_feed(w.session, b.data, b.len, &used, &err), 0);
    buf_consume(out, 14);
    CHECK_INT(parse(out, (struct rfb_client_agreed){0}, m, 8), 3);
    CHECK(lists(&m[1], 8, 2, true));
    CHECK(m[1].encodings.count <= 32);
    rfb_client_session_destroy(w.session);
    buf_finish(&b);
}

static void test_list_is_short(void)
{
    check_list_is_short(false);
    check_list_is_short(true);
}

static void test_sent(void)
{
    struct rfb_client_agreed agreed = {
        .extended_buttons = true, .windows = true, .clipboard = 1 << 20};
    struct witness *w = open_session(false);
    struct buf b = BUF_INIT, *out = rfb_client_session_output(w->session);
    struct err err = {0};

    rfb_client_session_key(w->session, 30, 'a', true); /* nobody is there yet */
    rfb_client_session_pointer(w->session, 1, 1, 1);
    CHECK_INT(out->len, 0);
    say_hello(&b, 60, 33);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    buf_consume(out, 14); /* version, security type, ClientInit */
    check_greeting(out);
    check_early(w->session, out);
    b.len = 0;
    say_everything(&b);
    CHECK_INT(feed(w, &b, b.len, 1, &err), 0);
    check_answers(out, agreed);
    check_late(w->session, out, agreed);
    buf_finish(&b);
    close_session(w);
}

/* ---- Servers that lie ---- */

static void rect_of(struct buf *b, struct rect r, int32_t encoding)
{
    rfb_put_update_header(b, 1);
    rfb_put_rect_header(b, r, encoding);
}

static void lie_message(struct buf *b)
{
    buf_append(b, "\x7f", 1);
}

static void lie_cut_text(struct buf *b)
{
    buf_append(b, "\3\0\0\0\x7f\xff\xff\xff", 8);
}

static void lie_clipboard(struct buf *b)
{
    buf_append(b, "\3\0\0\0\xff\xff\xff\xf8\x10\0\0\1zlib", 16);
}

static void lie_encoding(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 1, 1}, 4);
}

static void lie_not_listed(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 60, 33}, RFB_SHARED_SURFACE);
}

static void lie_outside(struct buf *b)
{
    rect_of(b, (struct rect){50, 0, 11, 1}, RFB_RAW);
}

static void lie_far_outside(struct buf *b)
{
    rect_of(b, (struct rect){65535, 65535, 65535, 65535}, RFB_TIGHT);
}

static void lie_empty(struct buf *b)
{
    rect_of(b, (struct rect){5, 5, 0, 3}, RFB_ZRLE);
}

static void lie_copy(struct buf *b)
{
    rfb_put_update_header(b, 1);
    rfb_put_copy_rect(b, (struct rect){0, 0, 50, 30}, 11, 0);
}

static void lie_size(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 65535, 1}, RFB_DESKTOP_SIZE);
}

static void lie_area(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 16384, 16384}, RFB_DESKTOP_SIZE);
}

static void lie_cursor(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 65535, 65535}, RFB_CURSOR);
}

static void lie_name(struct buf *b)
{
    rect_of(b, (struct rect){0}, RFB_DESKTOP_NAME);
    wire_put_u32(b, 0xffffffff);
}

static void lie_fence(struct buf *b)
{
    buf_append(b, "\xf8\0\0\0\x80\0\0\0\x41", 9);
}

static void lie_window_type(struct buf *b)
{
    rfb_put_update_header(b, 1);
    put_fact(b, &(struct win_msg){.type = WIN_CLOSE, .id = {1, 2}});
}

static void lie_window_cut(struct buf *b)
{
    rect_of(b, (struct rect){0}, RFB_WINDOWS);
    buf_append(b, "\0\0\0\7\1\7\0\0\0\0\0", 11);
}

static void lie_window_length(struct buf *b)
{
    rect_of(b, (struct rect){0}, RFB_WINDOWS);
    buf_append(b, "\0\0\1\0\1\7\0\0\xff\xff\xff\xff", 12);
}

static void lie_window_fact(struct buf *b)
{
    rfb_put_update_header(b, 1);
    put_fact(b, &(struct win_msg){.type = WIN_GONE, .id = {1, 0}});
}

static void lie_damage(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 1, 1}, RFB_SHARED_DAMAGE);
}

static void lie_shared_stride(struct buf *b)
{
    rfb_put_update_header(b, 1);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){60, 33, 0, 255, 1 << 20});
}

/* Nobody asked for losses. */
static void lie_jpeg(struct buf *b)
{
    rect_of(b, (struct rect){0, 0, 16, 16}, RFB_JPEG);
}

static void lie_shared_size(struct buf *b)
{
    rfb_put_update_header(b, 1);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){60, 33, 20, 256, 256 * 33});
}

static void lie_shared_huge(struct buf *b)
{
    rfb_put_update_header(b, 1);
    rfb_put_shared_surface(
        b, &(struct rfb_shared_surface){16384, 16384, 0xfffffffc, 0xfffffffc, UINT64_MAX});
}

static void lie_shared_moved(struct buf *b)
{
    rect_of(b, (struct rect){1, 0, 60, 33}, RFB_SHARED_SURFACE);
    wire_put_zeros(b, RFB_SHARED_SURFACE_BODY);
}

static void lie_shared_drawn(struct buf *b)
{
    rfb_put_update_header(b, 2);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){60, 33, 0, 256, 256 * 33});
    say_pixels(b, RFB_RAW, (struct rect){0, 0, 1, 1}, 1);
}

static void lie_shared_damage(struct buf *b)
{
    rfb_put_update_header(b, 2);
    rfb_put_shared_surface(b, &(struct rfb_shared_surface){60, 33, 0, 256, 256 * 33});
    rfb_put_shared_damage(b, (struct rect){58, 0, 5, 1});
}

static void test_lies(void)
{
    static const struct {
        void (*lie)(struct buf *b);
        bool local;
        const char *error;
    } cases[] = {
        {lie_message, false, "message of the unknown type 127"},
        {lie_cut_text, false, "2147483647 bytes is too long"},
        {lie_clipboard, false, "clipboard's data is broken"},
        {lie_encoding, false, "encoding 4, which was not asked for"},
        {lie_jpeg, false, "encoding 21, which was not asked for"},
        {lie_not_listed, false, "which was not asked for"},
        {lie_outside, false, "Raw rectangle at 50,0 11x1 is not on the screen"},
        {lie_far_outside, false, "is not on the screen"},
        {lie_empty, false, "ZRLE rectangle is empty"},
        {lie_copy, false, "CopyRect copies from 11,0 50x30"},
        {lie_size, false, "65535x1, too large"},
        {lie_area, false, "16384x16384, too large"},
        {lie_cursor, false, "pointer image is 65535x65535"},
        {lie_name, false, "name has 4294967295 bytes"},
        {lie_fence, false, "payload of 65 bytes"},
        {lie_window_type, false, "does not send CLOSE"},
        {lie_window_cut, false, "ends inside of a message"},
        {lie_window_length, false, ""},
        {lie_window_fact, false, "no such window"},
        {lie_damage, true, "shared screen that there is not"},
        {lie_shared_stride, true, "does not fit its memory"},
        {lie_shared_size, true, "does not fit its memory"},
        {lie_shared_huge, true, "16384x16384 is not the whole framebuffer"},
        {lie_shared_moved, true, "at 1,0 60x33 is not the whole framebuffer"},
        {lie_shared_drawn, true, "draws into the screen that it shares"},
        {lie_shared_damage, true, "58,0 5x1 is not on it"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct witness *w = open_session(cases[i].local);
        struct buf b = BUF_INIT;
        struct err err = {0};

        say_hello(&b, 60, 33);
        cases[i].lie(&b);
        CHECK_INT(feed(w, &b, 0, 1, &err), -1);
        CHECK(err.text[0] && strstr(err.text, cases[i].error));
        if (!strstr(err.text, cases[i].error))
            fprintf(stderr, "  \"%s\" instead of \"%s\"\n", err.text, cases[i].error);
        close_session(w);
        buf_finish(&b);
    }
}

int main(void)
{
    test_versions();
    test_everything();
    test_splits(false);
    test_shared();
    test_splits(true);
    test_sent();
    test_list_is_short();
    test_quality();
    test_lies();
    return check_result();
}
