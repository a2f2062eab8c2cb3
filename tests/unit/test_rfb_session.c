/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's end of the handshake: every version, cut at every position, and who is refused. Also
 * what a client's list of encodings means, and the keyboard of viewers that send keysyms.
 */
#include "check.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/wire.h"
#include "rfb/enc/enc.h"
#include "rfb/session/keyboard.h"
#include "rfb/session/keysym.h"
#include "rfb/session/server.h"
#include "rfb/session/wants.h"

#include <stdlib.h>

struct watcher {
    unsigned inits, messages;
    bool shared;
    uint8_t types[16];
};

static void on_init(void *owner, bool shared, struct rfb_server_init *init)
{
    struct watcher *w = owner;

    w->inits++;
    w->shared = shared;
    *init = (struct rfb_server_init){640, 480, pixel_format_native, "name"};
}

static int on_message(void *owner, const struct rfb_client_msg *msg, struct err *err)
{
    struct watcher *w = owner;

    if (msg->type == RFB_CLIENT_CUT_TEXT)
        return err_set(err, "no cut text here");
    if (w->messages < sizeof(w->types))
        w->types[w->messages++] = (uint8_t)msg->type;
    return 0;
}

static const struct rfb_server_session_ops ops = {.init = on_init, .message = on_message};

/* A type that wants two bytes, "ok". */
static void *pin_create(const void *config)
{
    return mem_dup(config, 2);
}

static enum rfb_security_answer pin_step(void *state, const uint8_t *data, size_t len, size_t *used,
                                         struct buf *out, struct err *err)
{
    (void)out;
    if (len < 2)
        return RFB_SECURITY_NEEDS_MORE;
    *used = 2;
    if (!memcmp(data, state, 2))
        return RFB_SECURITY_PASSED;
    err_set(err, "wrong pin");
    return RFB_SECURITY_REFUSED;
}

static const struct rfb_security pin = {(enum rfb_security_type)99, pin_create, pin_step, free};
static const struct rfb_security vnc_like = {RFB_SECURITY_VNC_AUTH, pin_create, pin_step, free};

static const struct rfb_security_offer only_none[] = {{&rfb_security_none, NULL}};
static const struct rfb_security_offer only_pin[] = {{&pin, "ok"}};
static const struct rfb_security_offer pins[] = {{&pin, "ok"}, {&vnc_like, "ok"}};

struct outcome {
    int rc;
    struct watcher seen;
    struct buf out;
    struct err err;
    enum rfb_server_state state;
};

/* Feeds the bytes in two parts, as a stream does: what is not consumed is offered again. */
static struct outcome run(const struct rfb_security_offer *offers, size_t count, const void *bytes,
                          size_t len, size_t cut)
{
    struct outcome o = {.err = {""}};
    struct rfb_server_session *s = rfb_server_session_create(offers, count, &ops, &o.seen, &o.out);
    size_t done = 0;

    for (int part = 0; part < 2 && o.rc == 0; part++) {
        size_t have = (part ? len : cut) - done, used = 0;
        uint8_t *copy = malloc(have ? have : 1);

        memcpy(copy, (const uint8_t *)bytes + done, have);
        o.rc = rfb_server_session_feed(s, copy, have, &used, &o.out, &o.err);
        done += used;
        free(copy);
    }
    o.state = rfb_server_session_state(s);
    rfb_server_session_destroy(s);
    return o;
}

static const char init_640[] = "\x02\x80\x01\xe0"
                               "\x20\x18\x00\x01\x00\xff\x00\xff\x00\xff\x10\x08\x00\x00\x00\x00"
                               "\x00\x00\x00\x04name";
#define INIT_SIZE 28
#define REQUEST "\x03\x01\0\0\0\0\x02\x80\x01\xe0"
#define KEY "\x04\x01\0\0\0\0\0\x61"

/* What is answered after the server's own version, up to ServerInit. */
static const struct {
    const char *what;
    const struct rfb_security_offer *offers;
    size_t count;
    const char *client;
    size_t client_len;
    const char *answer;
    size_t answer_len;
    bool shared;
} good[] = {
    {"3.8, None", only_none, 1, "RFB 003.008\n\x01\x01" REQUEST KEY, 32, "\x01\x01\0\0\0\0", 6,
     true},
    {"3.7, None", only_none, 1, "RFB 003.007\n\x01\x00" REQUEST KEY, 32, "\x01\x01", 2, false},
    {"3.3, None", only_none, 1, "RFB 003.003\n\x01" REQUEST KEY, 31, "\0\0\0\x01", 4, true},
    {"3.5 is 3.3", only_none, 1, "RFB 003.005\n\x00" REQUEST KEY, 31, "\0\0\0\x01", 4, false},
    {"3.9 is 3.8", only_none, 1, "RFB 003.009\n\x01\x01" REQUEST KEY, 32, "\x01\x01\0\0\0\0", 6,
     true},
    {"4.1 is 3.8", only_none, 1, "RFB 004.001\n\x01\x01" REQUEST KEY, 32, "\x01\x01\0\0\0\0", 6,
     true},
    {"Apple", only_none, 1, "RFB 003.889\n\x01" REQUEST KEY, 31, "\x01\x01", 2, true},
    {"3.8, a type with bytes", only_pin, 1, "RFB 003.008\n\x63ok\x01" REQUEST KEY, 34,
     "\x01\x63\0\0\0\0", 6, true},
    {"3.7, it has a result", only_pin, 1, "RFB 003.007\n\x63ok\x01" REQUEST KEY, 34,
     "\x01\x63\0\0\0\0", 6, true},
    {"3.3 takes the one it knows", pins, 2, "RFB 003.003\nok\x01" REQUEST KEY, 33,
     "\0\0\0\x02\0\0\0\0", 8, true},
};

static void check_versions(void)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        for (size_t cut = 0; cut <= good[i].client_len; cut++) {
            struct outcome o =
                run(good[i].offers, good[i].count, good[i].client, good[i].client_len, cut);
            const uint8_t *out = o.out.data;
            bool right = o.rc == 0 && o.state == RFB_SERVER_MESSAGES && o.seen.inits == 1 &&
                         o.seen.messages == 2 && o.seen.shared == good[i].shared &&
                         o.seen.types[0] == RFB_FRAMEBUFFER_UPDATE_REQUEST &&
                         o.out.len == 12 + good[i].answer_len + INIT_SIZE &&
                         !memcmp(out, "RFB 003.008\n", 12) &&
                         !memcmp(out + 12, good[i].answer, good[i].answer_len) &&
                         !memcmp(out + 12 + good[i].answer_len, init_640, INIT_SIZE);

            if (!right)
                fprintf(stderr, "%s, cut at %zu: %s\n", good[i].what, cut, o.err.text);
            CHECK(right);
            buf_finish(&o.out);
        }
}

static const struct {
    const char *what;
    const struct rfb_security_offer *offers;
    size_t count;
    const char *client;
    size_t client_len;
    const char *reason; /* what the client and the log get to read */
    size_t told;        /* bytes after the version and before the reason; 0: the client gets none */
} refused[] = {
    {"HTTP", only_none, 1, "GET / HTTP/1.1\r\n", 16, "this is not an RFB client", 0},
    {"letters", only_none, 1, "RFB 003.00x\n", 12, "this is not an RFB client", 0},
    {"a repeater", only_none, 1, "RFB 000.000\n", 12,
     "RFB version 0.0 is not spoken here, 3.3 and later are", 0},
    {"a type that was not offered", only_pin, 1, "RFB 003.008\n\x01", 13,
     "security type 1 was not offered", 6},
    {"0 as a type", only_none, 1, "RFB 003.008\n\0", 13, "security type 0 was not offered", 6},
    {"the wrong pin", only_pin, 1, "RFB 003.008\n\x63no\x01", 16, "wrong pin", 6},
    {"3.3 without a type of its time", only_pin, 1, "RFB 003.003\n", 12,
     "RFB 3.3 has none of the security types that are asked for here", 4},
    {"a message that is none", only_none, 1, "RFB 003.008\n\x01\x01\x01", 15,
     "client message 1, which was never offered", 0},
    {"a message that the owner refuses", only_none, 1, "RFB 003.008\n\x01\x01\x06\0\0\0\0\0\0\0",
     22, "no cut text here", 0},
};

static void check_refused(void)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        for (size_t cut = 0; cut <= refused[i].client_len; cut++) {
            struct outcome o = run(refused[i].offers, refused[i].count, refused[i].client,
                                   refused[i].client_len, cut);
            size_t len = strlen(refused[i].reason), at = 12 + refused[i].told + 4;
            bool right =
                o.rc < 0 && o.state == RFB_SERVER_BROKEN && !strcmp(o.err.text, refused[i].reason);

            if (refused[i].told)
                right = right && o.out.len == at + len &&
                        !memcmp(o.out.data + at, refused[i].reason, len);
            if (!right)
                fprintf(stderr, "%s, cut at %zu: %s\n", refused[i].what, cut, o.err.text);
            CHECK(right);
            buf_finish(&o.out);
        }
}

/* A security type that never has enough does not make us keep what it is sent. */
static enum rfb_security_answer hungry_step(void *state, const uint8_t *data, size_t len,
                                            size_t *used, struct buf *out, struct err *err)
{
    (void)state, (void)data, (void)out, (void)err;
    *used = len;
    return RFB_SECURITY_NEEDS_MORE;
}

static void check_budget(void)
{
    static const struct rfb_security hungry = {.type = (enum rfb_security_type)98,
                                               .step = hungry_step};
    static const struct rfb_security_offer offer[] = {{&hungry, NULL}};
    uint8_t bytes[13 + RFB_UNAUTHENTICATED_MAX];
    struct outcome o;

    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, "RFB 003.008\n\x62", 13);
    o = run(offer, 1, bytes, RFB_UNAUTHENTICATED_MAX, 20);
    CHECK_INT(o.rc, 0);
    buf_finish(&o.out);
    o = run(offer, 1, bytes, sizeof(bytes), 20);
    CHECK_INT(o.rc, -1);
    buf_finish(&o.out);
}

static void check_wants(void)
{
    int32_t list[] = {RFB_COPY_RECT, 12345,    RFB_ZRLE,    RFB_TIGHT,
                      RFB_FENCE,     -256 + 2, RFB_WINDOWS, RFB_LAST_RECT};
    struct rfb_client_agreed agreed = {0};
    struct rfb_client_msg msg;
    struct buf b = BUF_INIT;
    struct rfb_wants w;
    struct err err;
    size_t used;

    rfb_put_set_encodings(&b, list, ARRAY_LEN(list));
    CHECK_INT(rfb_client_msg_parse(b.data, b.len, &agreed, &used, &msg, &err), RFB_PARSED_MESSAGE);
    w = rfb_wants_read(&msg.encodings);
    CHECK_INT(rfb_codecs[w.codec].encoding, RFB_ZRLE);
    CHECK_INT(w.compression, 2);
    CHECK(w.fence && w.windows && w.last_rect);
    CHECK(!w.cursor && !w.continuous_updates && !w.shared_surface);
    CHECK_INT(w.quality, 0);
    w = rfb_wants_default();
    CHECK_INT(rfb_codecs[w.codec].encoding, RFB_RAW);
    CHECK_INT(w.compression, -1);
    buf_finish(&b);
}

/* Quality by levels and by the fine words, in any order; nothing lossy without either. */
static void check_quality(void)
{
    static const struct {
        int32_t list[3];
        int quality;
        enum rfb_subsampling subsampling;
    } cases[] = {
        {{RFB_TIGHT, -768, RFB_RAW}, 0, RFB_COLOUR_1X},
        {{RFB_TIGHT, -32, RFB_RAW}, 15, RFB_COLOUR_4X},
        {{-23, RFB_TIGHT, RFB_RAW}, 100, RFB_COLOUR_1X},
        {{RFB_TIGHT, -27, -412}, 100, RFB_COLOUR_2X},
        {{-512, -27, RFB_TIGHT}, 1, RFB_COLOUR_2X},
        {{RFB_TIGHT, -452, -763}, 60, RFB_COLOUR_4X},
        {{-765, RFB_TIGHT, -24}, 92, RFB_GREY},
        {{-766, -767, -422}, 90, RFB_COLOUR_4X},
        {{-33, -22, -411}, 0, RFB_COLOUR_1X},
        {{-513, -769, -762}, 0, RFB_COLOUR_1X},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rfb_client_agreed agreed = {0};
        struct rfb_client_msg msg;
        struct buf b = BUF_INIT;
        struct rfb_wants w;
        struct err err;
        size_t used;

        rfb_put_set_encodings(&b, cases[i].list, 3);
        CHECK_INT(rfb_client_msg_parse(b.data, b.len, &agreed, &used, &msg, &err),
                  RFB_PARSED_MESSAGE);
        w = rfb_wants_read(&msg.encodings);
        CHECK_INT(w.quality, cases[i].quality);
        if (w.quality)
            CHECK_INT(w.subsampling, cases[i].subsampling);
        buf_finish(&b);
    }
}

/* ---- Keys -------------------------------------------------------------------------------------
 */

static char typed[256];

static void note_key(void *owner, uint32_t code, uint32_t keysym, bool down)
{
    size_t len = strlen(typed);

    (void)owner, (void)keysym;
    snprintf(typed + len, sizeof(typed) - len, "%s%c%u", len ? " " : "", down ? '+' : '-', code);
}

static void check_keys(void)
{
    static const struct {
        const char *what;
        int keys[8]; /* keysyms, negative: released; 0 ends */
        bool caps;
        const char *want;
    } cases[] = {
        {"a letter", {'a', -'a'}, false, "+30 -30"},
        {"A with Shift", {0xffe1, 'A', -'A', -0xffe1}, false, "+42 +30 -30 -42"},
        {"A without Shift gets one", {'A', -'A'}, false, "+42 +30 -42 -30"},
        {"A under Caps Lock needs none", {'A', -'A'}, true, "+30 -30"},
        {"Caps Lock is for letters only", {'1', -'1'}, true, "+2 -2"},
        {"7 on a keyboard where it needs Shift",
         {0xffe1, '7', -'7', -0xffe1},
         false,
         "+42 -42 +8 +42 -8 -42"},
        {"a shortcut stays one", {0xffe3, 'C', -'C', -0xffe3}, false, "+29 +46 -46 -29"},
        {"released as another character", {0xffe1, '!', -0xffe1, -'1'}, false, "+42 +2 -42 -2"},
        {"a release without a press", {-'a'}, false, ""},
        {"the arrows and the keypad",
         {0xff52, -0xff52, 0xffb7, -0xffb7},
         false,
         "+103 -103 +71 -71"},
        {"not on this keyboard", {0x6c1}, false, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rfb_keyboard k = {0};

        typed[0] = 0;
        for (int n = 0; n < 8 && cases[i].keys[n]; n++) {
            struct rfb_key_event e = {.down = cases[i].keys[n] > 0,
                                      .keysym = (uint32_t)abs(cases[i].keys[n])};

            rfb_keyboard_event(&k, &e, cases[i].caps, note_key, NULL);
        }
        CHECK_STR(typed, cases[i].want);
    }
}

static void check_key_numbers(void)
{
    struct rfb_key_event right_control = {true, 0xffe4, 0x9d}, print = {true, 0xff61, 0xb7};
    struct rfb_keyboard k = {0};

    typed[0] = 0;
    rfb_keyboard_event(&k, &right_control, false, note_key, NULL);
    rfb_keyboard_event(&k, &print, false, note_key, NULL);
    rfb_keyboard_release_all(&k, note_key, NULL);
    rfb_keyboard_release_all(&k, note_key, NULL);
    CHECK_STR(typed, "+97 +99 -97 -99");
}

/* Every character of ASCII has its key, and no two keys make the same one. */
static void check_ascii(void)
{
    struct rfb_keysym_key a, b;

    for (uint32_t c = ' '; c <= '~'; c++) {
        CHECK(rfb_keysym_lookup(c, &a));
        CHECK(rfb_keysym_lookup(0x01000000 + c, &b) && b.code == a.code);
        for (uint32_t d = ' '; d < c; d++)
            CHECK(rfb_keysym_lookup(d, &b) && (b.code != a.code || b.shift != a.shift));
    }
}

int main(void)
{
    check_versions();
    check_refused();
    check_budget();
    check_wants();
    check_quality();
    check_keys();
    check_key_numbers();
    check_ascii();
    return check_result();
}
