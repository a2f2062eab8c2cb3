/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Peers that stop at every byte of every message, in each state of a connection: others get their
 * pictures meanwhile, and when the rest comes after all it means what it would have meant at once.
 * (What comes a byte at a time is test_rfb_session's.)
 */
#define WATCHER_WIDTH 40
#define WATCHER_HEIGHT 30
#include "check.h"
#include "rfb_rig.h"

#include "base/arith.h"
#include "rfb/auth/anon_tls.h"
#include "rfb/auth/apple_dh.h"
#include "rfb/auth/rsa_aes.h"
#include "rfb/msg/clipboard.h"

#include <malloc.h>
#include <stdlib.h>

static uint64_t now_ms(void)
{
    return 1;
}

static int64_t wall; /* by how much the server's clock is ahead, microseconds */

static int64_t clock_now(void *data)
{
    (void)data;
    return g_get_monotonic_time() + wall;
}

static struct rfb_brake brake;
static const struct rfb_account account = {{"ada", "geheim"}, now_ms, &brake};
static struct rfb_rsa_aes_server rsa = {NULL, &account, true};

/* ---- What is said: the handshakes, and every message ------------------------------------------
 */

static void say_version(struct buf *out)
{
    buf_append(out, "RFB 003.008\n", 12);
}

static void with_none(struct buf *out)
{
    say_version(out);
    buf_append(out, "\x01\x01", 2);
}

static void by_the_oldest_version(struct buf *out)
{
    buf_append(out, "RFB 003.003\n\x01", 13);
}

static void with_a_wrong_answer(struct buf *out)
{
    say_version(out);
    wire_put_u8(out, RFB_SECURITY_VNC_AUTH);
    memset(buf_extend(out, 16), 0x55, 16);
}

static void with_tls(struct buf *out)
{
    say_version(out);
    wire_put_u8(out, RFB_SECURITY_TLS);
    buf_append(out, "\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03", 11);
    memset(buf_extend(out, 42), 0, 42);
}

static void with_rsa(struct buf *out)
{
    say_version(out);
    wire_put_u8(out, RFB_SECURITY_RA2_256);
    wire_put_u32(out, 1024);
    memset(buf_extend(out, 128), 0xff, 128);
    memset(buf_extend(out, 125), 0, 125);
    buf_append(out, "\x01\x00\x01", 3);
    wire_put_u16(out, 256);
    memset(buf_extend(out, 256), 0x22, 256);
}

static void with_dh(struct buf *out)
{
    say_version(out);
    wire_put_u8(out, RFB_SECURITY_APPLE_DH);
    memset(buf_extend(out, 128 + 256), 0x37, 128 + 256);
}

/* The server's size comes alone; then it says what of the list it knows. Both are waited for before
   any of it is used. */
enum { ANSWERS = 2 };
static size_t answer_at[ANSWERS];

static void say_messages(struct buf *out)
{
    static const int32_t encodings[] = {RFB_RAW,
                                        RFB_COPY_RECT,
                                        RFB_LAST_RECT,
                                        RFB_EXTENDED_DESKTOP_SIZE,
                                        RFB_QEMU_AUDIO,
                                        RFB_XVP,
                                        RFB_FENCE,
                                        RFB_CONTINUOUS_UPDATES,
                                        RFB_DESKTOP_NAME,
                                        RFB_EXTENDED_MOUSE_BUTTONS,
                                        RFB_EXTENDED_CLIPBOARD};
    static const struct pcm_format pcm = {
        .is_signed = true, .bits = 16, .channels = 2, .rate = 48000};
    struct rfb_screen screen = {1, {0, 0, W, H}, 0};

    with_none(out);
    rfb_put_set_pixel_format(out, &pixel_format_native);
    rfb_put_set_encodings(out, encodings, ARRAY_LEN(encodings));
    rfb_put_update_request(out, false, (struct rect){0, 0, W, H});
    answer_at[0] = out->len;
    rfb_put_update_request(out, true, (struct rect){0, 0, W, H});
    answer_at[1] = out->len;
    rfb_put_key_event(out, true, 'a');
    rfb_put_qemu_key_event(out, false, 'a', 30);
    rfb_put_pointer_event(out, 3, 4, RFB_BUTTON_LEFT, false);
    rfb_put_pointer_event(out, 3, 4, 0, true);
    rfb_put_client_cut_text(out, "plain", 5);
    rfb_put_clipboard_caps(out, RFB_CLIENT_CUT_TEXT);
    rfb_put_clipboard_action(out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_NOTIFY, RFB_CLIPBOARD_TEXT);
    rfb_put_clipboard_provide(out, RFB_CLIENT_CUT_TEXT, RFB_CLIPBOARD_TEXT, "text", 5);
    rfb_put_enable_continuous_updates(out, true, (struct rect){0, 0, W, H});
    rfb_put_enable_continuous_updates(out, false, (struct rect){0, 0, W, H});
    rfb_put_set_desktop_size(out, W, H, &screen, 1);
    rfb_put_audio_format(out, &pcm);
    rfb_put_audio_enable(out, true);
    rfb_put_client_xvp(out, RFB_XVP_REBOOT);
    rfb_put_client_fence(out, RFB_FENCE_REQUEST, "the end", 7);
}

static const struct script {
    const char *name;
    const struct rfb_security *security;
    const void *config;
    void (*compose)(struct buf *out);
} scripts[] = {
    {"every message", &rfb_security_none, NULL, say_messages},
    {"RFB 3.3", &rfb_security_none, NULL, by_the_oldest_version},
    {"VncAuth", &rfb_security_vnc_auth, &account, with_a_wrong_answer},
    {"TLS", &rfb_security_anon_tls, &account, with_tls},
    {"RSA-AES", &rfb_security_ra2_256, &rsa, with_rsa},
    {"Diffie-Hellman", &rfb_security_apple_dh, &account, with_dh},
};

/* ---- Stopping ---------------------------------------------------------------------------------
 */

struct slow {
    int fd;
    struct buf heard;
    bool closed;
};

static void listen_to(struct slow *s)
{
    ssize_t n;

    settle();
    while ((n = recv(s->fd, buf_reserve(&s->heard, 65536), 65536, MSG_DONTWAIT)) > 0) {
        s->heard.len += (size_t)n;
        settle();
    }
    s->closed = n == 0 || errno != EAGAIN;
}

static void say_part(struct slow *s, const struct buf *says, size_t from, size_t to)
{
    for (int i = 0; i < ANSWERS; i++)
        if (from < answer_at[i] && answer_at[i] < to) {
            say_part(s, says, from, answer_at[i]);
            from = answer_at[i];
        }
    if (to > from && !s->closed)
        send(s->fd, says->data + from, to - from, MSG_NOSIGNAL);
    listen_to(s);
}

/* Whether it is cut off in the end. */
static bool stop_at(struct rig *r, const struct script *script, const struct buf *says, size_t at)
{
    struct rfb_security_offer offer = {script->security, script->config};
    struct slow s = {0};
    struct err err;
    int fds[2];

    CHECK_INT(io_socket_pair(fds, &err), 0);
    s.fd = fds[0];
    brake = (struct rfb_brake){0};
    rfb_server_accept_secured(r->server, fds[1], &offer, 1);
    say_part(&s, says, 0, at);
    if (at < says->len)
        CHECK(!s.closed);
    rig_paint(r);
    if (!rig_serves(r, &r->calm)) {
        fprintf(stderr, "%s, stopped after %zu bytes\n", script->name, at);
        CHECK(!"others are served");
    }
    say_part(&s, says, at, says->len);
    /* The last thing that was asked for is the last that is said. */
    if (script->compose == say_messages)
        CHECK(s.heard.len > 7 && !memcmp(s.heard.data + s.heard.len - 7, "the end", 7));
    close(s.fd);
    buf_finish(&s.heard);
    settle();
    return s.closed;
}

static void check_script(const struct script *script)
{
    struct rig r;
    struct buf says = BUF_INIT;
    bool is_cut_off;

    rig_start(&r);
    rfb_server_set_clock(r.server, clock_now, NULL);
    memset(answer_at, 0, sizeof(answer_at));
    script->compose(&says);
    is_cut_off = stop_at(&r, script, &says, says.len);
    for (size_t at = 0; at < says.len; at++) {
        if (stop_at(&r, script, &says, at) != is_cut_off) {
            fprintf(stderr, "%s, gone on after %zu bytes\n", script->name, at);
            CHECK(!"the rest means the same");
        }
        wall += 10 * G_USEC_PER_SEC; /* what strangers may cost comes back */
    }
    CHECK_INT(rfb_server_client_count(r.server), 1);
    printf("%s: stopped at each of %zu bytes\n", script->name, says.len);
    buf_finish(&says);
    rig_stop(&r);
}

/* ---- What nobody wrote is not sent (CVE-2019-15681) --------------------------------------------
 */

/* All that the server says to every message, with its fresh memory full of `filler`. */
static struct buf say_all(uint8_t filler)
{
    struct rig r;
    struct buf says = BUF_INIT;
    struct slow s = {0};
    struct err err;
    int fds[2];

    mallopt(M_PERTURB, filler);
    rig_start(&r);
    memset(answer_at, 0, sizeof(answer_at));
    say_messages(&says);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    s.fd = fds[0];
    rfb_server_accept(r.server, fds[1]);
    say_part(&s, &says, 0, says.len);
    close(s.fd);
    buf_finish(&says);
    rig_stop(&r);
    return s.heard;
}

static void check_nothing_unwritten(void)
{
    struct buf one = say_all(0x55), other = say_all(0xaa);

    CHECK(one.len > 4 * W * H);
    CHECK(one.len == other.len && !memcmp(one.data, other.data, one.len));
    buf_finish(&one);
    buf_finish(&other);
}

int main(void)
{
    struct rfb_rsa_key *key = rfb_rsa_key_generate(2048);

    rsa.key = key;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        check_script(&scripts[i]);
    rfb_rsa_key_destroy(key);
    check_nothing_unwritten();
    return check_result();
}
