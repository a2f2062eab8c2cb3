/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Servers that lie to the client, over a real socket: the classes of bugs that other clients have
 * had, by their names. Each either ends the connection with a sentence that names the broken rule
 * (and is no loss: it would happen again), or does no harm. Run under the sanitizers as well.
 */
#include "base/wire.h"
#include "check.h"
#include "io/socket.h"
#include "io/stream.h"
#include "rfb/client/client.h"
#include "rfb/enc/enc.h"
#include "rfb/msg/server.h"
#include "rfb/registry.h"
#include "wait.h"

#include <stdlib.h>
#include <zlib.h>

enum { WIDTH = 60, HEIGHT = 33, BOMB = 1 << 20 };

/* ---- What servers say ---- */

static void greet(struct buf *b)
{
    struct rfb_server_init init = {WIDTH, HEIGHT, pixel_format_native, "liar"};

    buf_append(b, "RFB 003.008\n\1\1\0\0\0\0", 18);
    rfb_put_server_init(b, &init);
}

static void rect(struct buf *b, int32_t x, int32_t y, int32_t w, int32_t h, int32_t encoding)
{
    greet(b);
    rfb_put_update_header(b, 1);
    rfb_put_rect_header(b, (struct rect){x, y, w, h}, encoding);
}

/* A zlib stream of `len` bytes of one value, with its length in front (U32, or Tight's). */
static void compressed(struct buf *b, uint8_t value, size_t len, bool tight)
{
    uLongf size = compressBound(len);
    uint8_t *plain = malloc(len), *packed = malloc(size);

    memset(plain, value, len);
    compress2(packed, &size, plain, len, 9);
    if (!tight) {
        wire_put_u32(b, (uint32_t)size);
    } else {
        wire_put_u8(b, (uint8_t)((size & 0x7f) | 0x80));
        wire_put_u8(b, (uint8_t)((size >> 7 & 0x7f) | 0x80));
        wire_put_u8(b, (uint8_t)(size >> 14));
    }
    buf_append(b, packed, size);
    free(plain);
    free(packed);
}

/* -- Length plus one, and lengths nobody should believe -- */

static void length_cut_text(struct buf *b)
{
    greet(b);
    buf_append(b, "\3\0\0\0\x7f\xff\xff\xff", 8);
}

static void length_name(struct buf *b)
{
    buf_append(b, "RFB 003.008\n\1\1\0\0\0\0", 18);
    wire_put_u16(b, WIDTH);
    wire_put_u16(b, HEIGHT);
    wire_put_zeros(b, 16);
    wire_put_u32(b, 0xffffffff);
}

static void length_reason(struct buf *b)
{
    buf_append(b, "RFB 003.008\n\0\xff\xff\xff\xff", 17);
}

static void length_new_name(struct buf *b)
{
    rect(b, 0, 0, 0, 0, RFB_DESKTOP_NAME);
    wire_put_u32(b, 0xfffffffe);
}

static void length_colour_map(struct buf *b) /* 65535 entries of nothing: read over */
{
    greet(b);
    buf_append(b, "\1\0\0\0\xff\xff", 6);
    wire_put_zeros(b, 65535 * 6);
}

/* -- Sizes times sizes -- */

static void size_screen(struct buf *b)
{
    rect(b, 0, 0, 65535, 65535, RFB_DESKTOP_SIZE);
}

static void size_extended(struct buf *b)
{
    rect(b, 0, 0, 65535, 65535, RFB_EXTENDED_DESKTOP_SIZE);
    wire_put_u8(b, 1);
    wire_put_zeros(b, 3 + 16);
}

static void size_cursor(struct buf *b)
{
    rect(b, 0, 0, 65535, 65535, RFB_CURSOR_WITH_ALPHA);
}

static void size_nothing(struct buf *b) /* UltraVNC says 0 × 0 as a greeting */
{
    rect(b, 0, 0, 0, 0, RFB_EXTENDED_DESKTOP_SIZE);
    wire_put_zeros(b, 4);
}

static void size_storm(struct buf *b) /* a thousand sizes in one update */
{
    greet(b);
    rfb_put_update_header(b, 1000);
    for (int i = 0; i < 1000; i++)
        rfb_put_rect_header(b, (struct rect){0, 0, 100 + i, 2000 - i}, RFB_DESKTOP_SIZE);
}

/* -- Past the rectangle or the screen -- */

static void past_screen(struct buf *b)
{
    rect(b, WIDTH - 1, HEIGHT - 1, 2, 1, RFB_RAW);
}

static void past_screen_wrapped(struct buf *b)
{
    rect(b, 65535, 65535, 65535, 65535, RFB_HEXTILE);
}

static void past_copy(struct buf *b)
{
    rect(b, 0, 0, 30, 30, RFB_COPY_RECT);
    wire_put_u16(b, 0xffff);
    wire_put_u16(b, 0);
}

static void past_rre(struct buf *b)
{
    rect(b, 0, 0, 10, 10, RFB_RRE);
    wire_put_u32(b, 1);
    wire_put_zeros(b, 8);
    wire_put_u16(b, 9), wire_put_u16(b, 0), wire_put_u16(b, 2), wire_put_u16(b, 1);
}

static void past_rre_count(struct buf *b)
{
    rect(b, 0, 0, 10, 10, RFB_RRE);
    wire_put_u32(b, 0xffffffff);
    wire_put_u32(b, 0);
}

static void past_hextile(struct buf *b)
{
    rect(b, 0, 0, 10, 10, RFB_HEXTILE);
    buf_append(b, "\x0e\0\0\0\0\0\0\0\0\1\x9f\x12", 12); /* both colours, one part of 2 × 3 */
}

static void past_old_encoding(struct buf *b) /* CoRRE, which was not asked for */
{
    rect(b, 0, 0, 10, 10, 4);
    wire_put_u32(b, 1);
}

static void past_tight_width(struct buf *b)
{
    greet(b);
    rfb_put_update_header(b, 2);
    rfb_put_rect_header(b, (struct rect){0, 0, 3000, 10}, RFB_DESKTOP_SIZE);
    rfb_put_rect_header(b, (struct rect){0, 0, 2049, 10}, RFB_TIGHT);
    buf_append(b, "\0\x90\x4e", 3);
}

/* -- Colours out of a palette -- */

static void palette_trle(struct buf *b)
{
    rect(b, 0, 0, 4, 1, RFB_TRLE);
    buf_append(b, "\3\0\0\0\1\1\1\2\2\2\xff", 11); /* indices 3 of 3 */
}

static void palette_tight(struct buf *b)
{
    rect(b, 0, 0, 3, 1, RFB_TIGHT);
    buf_append(b, "\x40\1\2\0\0\0\1\1\1\2\2\2\0\1\x09", 15); /* 3 colours; 9 is none of them */
}

/* -- Decompression -- */

static void bomb_zlib(struct buf *b)
{
    rect(b, 0, 0, 4, 4, RFB_ZLIB);
    compressed(b, 7, BOMB, false);
}

static void bomb_zrle(struct buf *b)
{
    rect(b, 0, 0, 4, 4, RFB_ZRLE);
    compressed(b, 1, BOMB, false);
}

static void bomb_tight(struct buf *b) /* more rows than the rectangle */
{
    rect(b, 0, 0, 8, 8, RFB_TIGHT);
    wire_put_u8(b, 0);
    compressed(b, 7, BOMB, true);
}

static void bomb_damaged(struct buf *b)
{
    rect(b, 0, 0, 8, 8, RFB_ZLIB);
    buf_append(b, "\0\0\0\4\xde\xad\xbe\xef", 8);
}

/* -- Pixel formats: the server's is of no interest -- */

static void format_garbage(struct buf *b)
{
    buf_append(b, "RFB 003.008\n\1\1\0\0\0\0", 18);
    wire_put_u16(b, WIDTH);
    wire_put_u16(b, HEIGHT);
    buf_append(b, "\x21\xff\7\7\xff\xff\0\3\0\0\xff\x20\x40\1\1\1", 16);
    wire_put_u32(b, 0);
}

/* -- The handshake -- */

static void handshake_not_offered(struct buf *b)
{
    buf_append(b, "RFB 003.008\n\2\x63\x64", 15);
}

static void handshake_chosen_for_us(struct buf *b) /* 3.3: a type that nobody here speaks */
{
    buf_append(b, "RFB 003.003\n\0\0\0\x63", 16);
}

static void handshake_failed(struct buf *b)
{
    buf_append(b, "RFB 003.008\n\1\1\xff\xff\xff\xff\0\0\0\6go \ngo", 28);
}

static void handshake_another_protocol(struct buf *b)
{
    buf_append(b, "HTTP/1.1 400 Bad Request\r\n", 26);
}

/* -- Messages -- */

static void message_unknown(struct buf *b)
{
    greet(b);
    buf_append(b, "\xc8", 1);
}

static void message_fence(struct buf *b)
{
    greet(b);
    buf_append(b, "\xf8\0\0\0\x80\0\0\0\xff", 9);
}

static void message_shared_memory(struct buf *b) /* a descriptor that never came */
{
    greet(b);
    rfb_put_update_header(b, 1);
    rfb_put_shared_surface(
        b, &(struct rfb_shared_surface){WIDTH, HEIGHT, 0, WIDTH * 4, WIDTH * 4 * HEIGHT});
}

/* ---- What the client makes of it ---- */

struct end {
    struct rfb_client *client;
    bool closed, lost, was_up;
    char reason[512];
};

static void on_connected(void *owner)
{
    ((struct end *)owner)->was_up = true;
}

static void on_closed(void *owner, const char *reason)
{
    struct end *e = owner;

    e->closed = true;
    e->lost = rfb_client_was_lost(e->client);
    snprintf(e->reason, sizeof(e->reason), "%s", reason);
}

/* The server listens to nothing. */
static size_t on_data(void *owner, const uint8_t *bytes, size_t len)
{
    (void)owner, (void)bytes;
    return len;
}

static void on_left(void *owner, const char *reason)
{
    (void)owner, (void)reason;
}

/* `says` is what the reason must contain; NULL: nothing happens until the server leaves. */
static void test_lie(const char *name, void (*lie)(struct buf *b), const char *says)
{
    static const struct rfb_client_ops ops = {.connected = on_connected, .closed = on_closed};
    static const struct io_stream_ops server_ops = {.data = on_data, .closed = on_left};
    struct io_stream *server;
    struct scene *scene = scene_create();
    struct buf b = BUF_INIT;
    struct end e = {0};
    struct err err;
    int fds[2];

    lie(&b);
    CHECK_INT(io_socket_pair(fds, &err), 0);
    e.client = rfb_client_create(scene, fds[0], &ops, &e);
    server = io_stream_create(fds[1], &server_ops, NULL);
    io_stream_send(server, b.data, b.len);
    if (!says)
        io_stream_end_output(server); /* after all of it */
    CHECK(WAIT_FOR(e.closed));
    CHECK(says || e.was_up);
    CHECK_INT(e.lost, !says);
    CHECK(!strchr(e.reason, '\n'));
    if (says && !strstr(e.reason, says)) {
        fprintf(stderr, "%s: \"%s\" does not say \"%s\"\n", name, e.reason, says);
        CHECK(!"the rule is named");
    }
    CHECK(!scene->screen || scene->screen->width <= 16384); /* what was there can be looked at */
    rfb_client_destroy(e.client);
    scene_destroy(scene);
    io_stream_destroy(server);
    buf_finish(&b);
}

int main(void)
{
#define LIE(name, says) test_lie(#name, name, says)
    LIE(length_cut_text, "too long");
    LIE(length_name, "name has 4294967295 bytes");
    LIE(length_reason, "refused the connection");
    LIE(length_new_name, "name has 4294967294 bytes");
    LIE(length_colour_map, NULL);
    LIE(size_screen, "65535x65535, too large");
    LIE(size_extended, "65535x65535, too large");
    LIE(size_cursor, "pointer image is 65535x65535");
    LIE(size_nothing, NULL);
    LIE(size_storm, NULL);
    LIE(past_screen, "at 59,32 2x1 is not on the screen");
    LIE(past_screen_wrapped, "is not on the screen");
    LIE(past_copy, "CopyRect");
    LIE(past_rre, "lies outside of it");
    LIE(past_rre_count, "4294967295 parts, more than its pixels");
    LIE(past_hextile, "lies outside of it");
    LIE(past_old_encoding, "encoding 4, which was not asked for");
    LIE(past_tight_width, "2049 pixels wide, more than 2048");
    LIE(palette_trle, "uses colour 3 of 3");
    LIE(palette_tight, "olour");
    LIE(bomb_zlib, "more pixels than its size");
    LIE(bomb_zrle, "more");
    LIE(bomb_tight, "more pixels than its size");
    LIE(bomb_damaged, "damaged");
    LIE(format_garbage, NULL);
    LIE(handshake_not_offered, "99");
    LIE(handshake_chosen_for_us, "99");
    LIE(handshake_failed, "go ?go");
    LIE(handshake_another_protocol, "not a VNC server");
    LIE(message_unknown, "unknown type 200");
    LIE(message_fence, "payload of 255 bytes");
    LIE(message_shared_memory, "descriptor");
    return check_result();
}
