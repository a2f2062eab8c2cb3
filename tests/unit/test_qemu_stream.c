/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What QEMU sends to a listener, taken apart: any splitting of the bytes means the same, sizes that
 * contradict each other are refused, every format becomes the surface's, and our own messages are
 * read by our own reader.
 */
#include "base/arith.h"
#include "base/log.h"
#include "check.h"
#include "source/qemu/stream.h"

#include <pixman.h>

static const char display_interface[] = "org.qemu.Display1.Listener";

/* ---- Messages as GDBus writes them -------------------------------------------------------------
 */

static void put_u32(struct buf *b, uint32_t v)
{
    buf_append(b, &v, sizeof(v));
}

static void pad(struct buf *b, size_t start, size_t to)
{
    wire_put_zeros(b, (to - (b->len - start) % to) % to);
}

static void put_field(struct buf *b, size_t start, uint8_t code, char type, const char *text)
{
    pad(b, start, 8);
    buf_append(b, (uint8_t[]){code, 1, (uint8_t)type, 0}, 4);
    if (type == 'g')
        wire_put_u8(b, (uint8_t)strlen(text));
    else
        put_u32(b, (uint32_t)strlen(text));
    buf_append(b, text, strlen(text) + 1);
}

static void put_call(struct buf *b, const char *interface, const char *member,
                     const char *signature, const void *body, size_t len)
{
    size_t start = b->len;
    uint32_t fields;

    buf_append(b, (uint8_t[]){'l', DBUS_CALL, 1, 1}, 4);
    put_u32(b, (uint32_t)len);
    put_u32(b, 7);
    put_u32(b, 0);
    put_field(b, start, 1, 'o', "/org/qemu/Display1/Listener");
    put_field(b, start, 2, 's', interface);
    put_field(b, start, 3, 's', member);
    put_field(b, start, 8, 'g', signature);
    fields = (uint32_t)(b->len - start - 16);
    memcpy(b->data + start + 12, &fields, 4);
    pad(b, start, 8);
    buf_append(b, body, len);
}

static void put_picture(struct buf *b, const char *member, const uint32_t *numbers, size_t count,
                        const void *pixels, uint32_t len)
{
    struct buf body = BUF_INIT;

    for (size_t i = 0; i < count; i++)
        put_u32(&body, numbers[i]);
    put_u32(&body, len);
    buf_append(&body, pixels, len);
    put_call(b, display_interface, member, count == 4 ? "uuuuay" : "iiiiuuay", body.data, body.len);
    buf_finish(&body);
}

/* ---- What comes out ----------------------------------------------------------------------------
 */

struct seen {
    struct buf text; /* one line an event, and the pixels */
    unsigned pictures, ends, messages;
    uint32_t next_row;
};

static void on_picture(void *owner, const struct frame *f)
{
    struct seen *s = owner;
    char line[128];
    int n = snprintf(line, sizeof(line), "picture %d %d %d %d %d\n", f->whole, f->at.x, f->at.y,
                     f->at.w, f->at.h);

    buf_append(&s->text, line, (size_t)n);
    s->pictures++;
    s->next_row = 0;
}

static void on_rows(void *owner, const struct frame *f, uint32_t y, uint32_t count,
                    const uint8_t *pixels, size_t stride)
{
    struct seen *s = owner;

    CHECK_INT(y, s->next_row);
    CHECK(count && y + count <= (uint32_t)f->at.h && stride >= (size_t)f->at.w * 4);
    CHECK(!((uintptr_t)pixels % 4));
    for (uint32_t i = 0; i < count; i++)
        buf_append(&s->text, pixels + i * stride, (size_t)f->at.w * 4);
    s->next_row += count;
}

static void on_end(void *owner, const struct frame *f)
{
    struct seen *s = owner;

    CHECK_INT(s->next_row, f->at.h);
    s->ends++;
}

static void on_message(void *owner, const struct dbus_head *head, const uint8_t *body)
{
    struct seen *s = owner;

    buf_append(&s->text, head->member, strlen(head->member));
    if (head->body_len)
        buf_append(&s->text, body, head->body_len);
    s->messages++;
}

static const struct stream_ops ops = {on_picture, on_rows, on_end, on_message};

/* Feeds the bytes in two pieces, or byte by byte if `cut` is beyond their end. */
static int feed(const struct buf *bytes, size_t cut, struct seen *seen, struct err *err)
{
    struct stream stream;
    struct buf in = BUF_INIT;
    int answer = 0;

    *seen = (struct seen){0};
    stream_init(&stream, &ops, seen);
    for (size_t at = 0, end; at < bytes->len && !answer; at = end) {
        end = cut > bytes->len ? at + 1 : at < cut ? cut : bytes->len;
        buf_append(&in, bytes->data + at, end - at);
        answer = stream_run(&stream, &in, err);
    }
    stream_finish(&stream);
    buf_finish(&in);
    return answer;
}

static void test_splitting(void)
{
    uint32_t pixels[5 * 4];
    struct buf bytes = BUF_INIT;
    struct seen whole, part;
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(pixels); i++)
        pixels[i] = (uint32_t)(i * 0x01020304);
    put_picture(&bytes, "Scanout", (uint32_t[]){5, 4, 20, PIXMAN_x8r8g8b8}, 4, pixels, 80);
    /* Three bytes: what follows lies at an odd address. */
    put_call(&bytes, "org.example.Other", "Other", "ay", "abc", 3);
    put_picture(&bytes, "Update", (uint32_t[]){7, 9, 4, 4, 20, PIXMAN_a8r8g8b8}, 6, pixels, 80);
    /* The last row ends at its last pixel; and a gap behind each row. */
    put_picture(&bytes, "Update", (uint32_t[]){0, 0, 3, 4, 20, PIXMAN_x8b8g8r8}, 6, pixels, 72);
    put_call(&bytes, display_interface, "Disable", "", NULL, 0);
    CHECK_INT(feed(&bytes, 0, &whole, &err), 0);
    CHECK_INT(whole.pictures, 3);
    CHECK_INT(whole.ends, 3);
    CHECK_INT(whole.messages, 2);
    for (size_t cut = 1; cut <= bytes.len + 1; cut++) {
        CHECK_INT(feed(&bytes, cut, &part, &err), 0);
        CHECK(part.text.len == whole.text.len &&
              !memcmp(part.text.data, whole.text.data, whole.text.len));
        buf_finish(&part.text);
    }
    buf_finish(&whole.text);
    buf_finish(&bytes);
}

static void test_lies(void)
{
    enum { X8 = PIXMAN_x8r8g8b8 };
    static const struct {
        uint32_t numbers[6];
        uint32_t len;
    } updates[] = {
        {{0, 0, 4, 4, 16, X8}, 63}, /* a byte is missing */
        {{0, 0, 4, 4, 12, X8}, 64}, /* rows shorter than their pixels */
        {{0, 0, 4, 4, 18, X8}, 80}, /* rows of part of a pixel */
        {{0, 0, 0, 4, 16, X8}, 64}, /* nothing */
        {{0, 0, 4, 0, 16, X8}, 64}, /* nothing */
        {{0, 0, (uint32_t)-4, 4, 16, X8}, 64},
        {{0, 0, 4, 0x80000000, 16, X8}, 64},
        {{(uint32_t)-1, 0, 4, 4, 16, X8}, 64},
        {{0, (uint32_t)-1, 4, 4, 16, X8}, 64},
        {{0x7fffffff, 0, 4, 4, 16, X8}, 64},
        {{16381, 0, 4, 4, 16, X8}, 64},
        {{0, 16381, 4, 4, 16, X8}, 64},
        {{0, 0, 16385, 1, 65540, X8}, 65540},
        {{0, 0, 1, 2, 0xfffffffc, X8}, 64},
        {{0, 0, 4, 4, 0x80000000, X8}, 64},
    };
    uint8_t pixels[65540] = {0};
    struct err err = {0};
    struct seen seen;

    for (size_t i = 0; i < ARRAY_LEN(updates); i++) {
        struct buf bytes = BUF_INIT;

        err.text[0] = 0;
        put_picture(&bytes, "Update", updates[i].numbers, 6, pixels, updates[i].len);
        CHECK_INT(feed(&bytes, 0, &seen, &err), -1);
        CHECK(err.text[0]);
        CHECK_INT(seen.pictures, 0);
        buf_finish(&bytes);
    }
}

/* The length of the array and of the message disagree; heads that are none. */
static void test_broken_heads(void)
{
    uint32_t numbers[] = {1, 1, 4, PIXMAN_x8r8g8b8, 8, 0};
    struct buf bytes = BUF_INIT;
    struct err err = {0};
    struct seen seen;

    put_call(&bytes, display_interface, "Scanout", "uuuuay", numbers, sizeof(numbers));
    CHECK_INT(feed(&bytes, 0, &seen, &err), -1);
    buf_clear(&bytes);
    put_call(&bytes, display_interface, "Scanout", "uuuuay", numbers, 16);
    CHECK_INT(feed(&bytes, 0, &seen, &err), -1);
    buf_clear(&bytes);
    put_call(&bytes, display_interface, "Disable", "", NULL, 0);
    for (size_t i = 0; i < 16; i++) {
        struct buf broken = BUF_INIT;
        int answer;

        buf_append(&broken, bytes.data, bytes.len);
        broken.data[i] = 0xff;
        /* The order, the version, the two lengths; flags, type and serial may be anything. */
        answer = feed(&broken, 0, &seen, &err);
        if (i == 0 || i == 3 || i == 7 || i > 12)
            CHECK_INT(answer, -1);
        buf_finish(&seen.text);
        buf_finish(&broken);
    }
    buf_finish(&bytes);
}

/* Red, green and blue of each format end up where the surface has them. */
static void test_formats(void)
{
    static const struct {
        uint32_t format;
        uint32_t red, green, blue;
        uint32_t bytes;
    } formats[] = {
        {PIXMAN_x8r8g8b8, 0xff0000, 0xff00, 0xff, 4},
        {PIXMAN_a8r8g8b8, 0xff0000, 0xff00, 0xff, 4},
        {PIXMAN_x8b8g8r8, 0xff, 0xff00, 0xff0000, 4},
        {PIXMAN_a8b8g8r8, 0xff, 0xff00, 0xff0000, 4},
        {PIXMAN_b8g8r8x8, 0xff00, 0xff0000, 0xff000000, 4},
        {PIXMAN_b8g8r8a8, 0xff00, 0xff0000, 0xff000000, 4},
        {PIXMAN_r8g8b8x8, 0xff000000, 0xff0000, 0xff00, 4},
        {PIXMAN_r8g8b8a8, 0xff000000, 0xff0000, 0xff00, 4},
        {PIXMAN_r5g6b5, 0xf800, 0x7e0, 0x1f, 2},
        {PIXMAN_x1r5g5b5, 0x7c00, 0x3e0, 0x1f, 2},
    };
    struct err err = {0};
    struct seen seen;

    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        uint32_t wide[3] = {formats[i].red, formats[i].green, formats[i].blue};
        uint16_t narrow[4] = {(uint16_t)wide[0], (uint16_t)wide[1], (uint16_t)wide[2], 0};
        bool is_wide = formats[i].bytes == 4;
        uint32_t got[3], len = is_wide ? 12 : 8;
        struct buf bytes = BUF_INIT;

        put_picture(&bytes, "Update", (uint32_t[]){0, 0, 3, 1, len, formats[i].format}, 6,
                    is_wide ? (void *)wide : (void *)narrow, len);
        CHECK_INT(feed(&bytes, 0, &seen, &err), 0);
        CHECK(seen.text.len >= sizeof(got));
        memcpy(got, seen.text.data + seen.text.len - sizeof(got), sizeof(got));
        CHECK_INT(got[0] & 0xffffff, 0xff0000);
        CHECK_INT(got[1] & 0xffffff, 0xff00);
        CHECK_INT(got[2] & 0xffffff, 0xff);
        buf_finish(&seen.text);
        buf_finish(&bytes);
    }
}

static unsigned logged;

static void count_log(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area, (void)text;
    logged++;
}

/* A format that we can't show is skipped, said once, and what follows is understood. */
static void test_unknown_format(void)
{
    uint32_t pixel = 0;
    struct buf bytes = BUF_INIT;
    struct err err = {0};
    struct seen seen;

    log_set_hook(count_log);
    for (int i = 0; i < 3; i++)
        put_picture(&bytes, "Update", (uint32_t[]){0, 0, 1, 1, 4, PIXMAN_yuy2}, 6, &pixel, 4);
    put_picture(&bytes, "Update", (uint32_t[]){0, 0, 1, 1, 4, PIXMAN_x8r8g8b8}, 6, &pixel, 4);
    CHECK_INT(feed(&bytes, 0, &seen, &err), 0);
    CHECK_INT(seen.pictures, 1);
    CHECK_INT(logged, 1);
    log_set_hook(NULL);
    buf_finish(&seen.text);
    buf_finish(&bytes);
}

static void test_own_messages(void)
{
    struct buf out = BUF_INIT;
    struct dbus_head head;
    struct err err = {0};
    struct dbus_body body;
    ssize_t n;

    dbus_put_ping(&out, 5);
    for (size_t len = 0; len < out.len; len++)
        CHECK_INT(dbus_head_parse(out.data, len, &head, &err), 0);
    CHECK_INT(dbus_head_parse(out.data, out.len, &head, &err), out.len);
    CHECK_INT(head.type, DBUS_CALL);
    CHECK(head.wants_reply);
    CHECK_INT(head.serial, 5);
    CHECK_STR(head.member, "Ping");
    CHECK_STR(head.interface, "org.freedesktop.DBus.Peer");
    buf_clear(&out);
    dbus_put_listener_properties(&out, 6, 44);
    n = dbus_head_parse(out.data, out.len, &head, &err);
    CHECK_INT(n + head.body_len, out.len);
    CHECK_INT(head.type, DBUS_RETURN);
    CHECK_INT(head.reply_serial, 44);
    CHECK_STR(head.signature, "a{sv}");
    body = dbus_body_of(out.data + n, head.body_len);
    CHECK_INT(dbus_get_u32(&body), head.body_len - 8);
    buf_clear(&out);
    dbus_put_unknown_method(&out, 7, 45);
    CHECK_INT(dbus_head_parse(out.data, out.len, &head, &err), out.len);
    CHECK_INT(head.type, DBUS_ERROR);
    buf_finish(&out);
}

static void test_cursor_pixels(void)
{
    /* Premultiplied already: stays. Straight: is multiplied, also where alpha is 0. */
    uint32_t done[] = {0x80402010, 0, 0xffffffff},
             straight[] = {0x80ff8000, 0x00ffffff, 0xff010203};
    uint32_t to[3];

    frame_cursor_pixels(to, (const uint8_t *)done, 3);
    CHECK(!memcmp(to, done, sizeof(to)));
    frame_cursor_pixels(to, (const uint8_t *)straight, 3);
    CHECK_INT(to[0], 0x80804000);
    CHECK_INT(to[1], 0);
    CHECK_INT(to[2], 0xff010203);
}

int main(void)
{
    test_splitting();
    test_lies();
    test_broken_heads();
    test_formats();
    test_unknown_format();
    test_own_messages();
    test_cursor_pixels();
    return check_result();
}
