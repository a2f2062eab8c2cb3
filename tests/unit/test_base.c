/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base room: buffers, the wire, UTF-8, rectangles. */
#include "base/arith.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rect.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "check.h"

static void test_buf(void)
{
    struct buf b = BUF_INIT;
    uint8_t next_in = 0, next_out = 0;

    for (int round = 0; round < 2000; round++) {
        size_t in = (size_t)(round * 7 % 61), out;

        for (size_t i = 0; i < in; i++)
            buf_append(&b, &(uint8_t){next_in++}, 1);
        out = MIN_OF(b.len, (size_t)(round * 11 % 67));
        for (size_t i = 0; i < out; i++)
            CHECK_INT(b.data[i], next_out++);
        buf_consume(&b, out);
    }
    CHECK_INT(b.len, (uint8_t)(next_in - next_out) + (b.len & ~(size_t)0xff));
    buf_finish(&b);
    CHECK(!b.data && !b.len);
}

static void test_wire(void)
{
    struct buf b = BUF_INIT;
    struct wire_reader r;

    wire_put_u8(&b, 0x01);
    wire_put_u16(&b, 0x0203);
    wire_put_u32(&b, 0x04050607);
    wire_put_u64(&b, 0x08090a0b0c0d0e0f);
    wire_put_s32(&b, -2);
    wire_put_zeros(&b, 3);
    CHECK_INT(b.len, 1 + 2 + 4 + 8 + 4 + 3);
    for (uint8_t i = 0; i < 15; i++)
        CHECK_INT(b.data[i], i + 1);
    for (size_t cut = 0; cut <= b.len; cut++) {
        r = wire_reader_of(b.data, cut);
        wire_get_u8(&r), wire_get_u16(&r), wire_get_u32(&r), wire_get_u64(&r);
        CHECK_INT(wire_get_s32(&r), cut >= 19 ? -2 : 0);
        wire_skip(&r, 3);
        CHECK_INT(r.failed, cut < b.len);
    }
    wire_patch_u16(&b, 1, 0xabcd);
    r = wire_reader_of(b.data, b.len);
    wire_skip(&r, 1);
    CHECK_INT(wire_get_u16(&r), 0xabcd);
    buf_finish(&b);
}

static void test_utf8(void)
{
    static const struct {
        const char *text;
        size_t len;
        bool clean;
        const char *sane;
    } cases[] = {
        {"", 0, true, ""},
        {"plain", 5, true, "plain"},
        {"gr\xc3\xbc\xc3\x9f", 6, true, "gr\xc3\xbc\xc3\x9f"},
        {"\xf0\x9f\x98\x80", 4, true, "\xf0\x9f\x98\x80"},
        {"a\x1b[2J", 5, false, "a?[2J"},
        {"\xc2\x9b"
         "1m",
         4, false, "?1m"},
        {"\xc0\xaf", 2, false, "??"},
        {"\xed\xa0\x80", 3, false, "???"},
        {"\xf4\x90\x80\x80", 4, false, "????"},
        {"\xe2\x82", 2, false, "??"},
        {"a\0b", 3, false, "a?b"},
        {"\x7f", 1, false, "?"},
    };
    char out[32];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_INT(utf8_is_clean(cases[i].text, cases[i].len), cases[i].clean);
        utf8_sanitize(cases[i].text, cases[i].len, out, sizeof(out));
        CHECK_STR(out, cases[i].sane);
    }
    CHECK_INT(utf8_sanitize("ab\xc3\xbc", 4, out, 4), 2); /* never half a character */
    CHECK_STR(out, "ab");
}

static void test_rect(void)
{
    struct rect a = {0, 0, 10, 10}, b = {5, -5, 10, 10}, far = {20, 20, 1, 1};

    CHECK(rect_equal(rect_intersect(a, b), (struct rect){5, 0, 5, 5}));
    CHECK(rect_is_empty(rect_intersect(a, far)));
    CHECK(rect_is_empty(rect_intersect(a, (struct rect){10, 0, 5, 5})));
    CHECK(rect_equal(rect_union(a, b), (struct rect){0, -5, 15, 15}));
    CHECK(rect_equal(rect_union(a, (struct rect){99, 99, 0, 1}), a));
    CHECK(rect_contains(a, (struct rect){2, 2, 8, 8}));
    CHECK(!rect_contains(a, (struct rect){2, 2, 9, 8}));
    CHECK(rect_has_point(a, 9, 9) && !rect_has_point(a, 10, 9));
    CHECK(rect_equal(
        rect_shrink(rect_grow(a, (struct extents){1, 2, 3, 4}), (struct extents){1, 2, 3, 4}), a));
}

static void test_rest(void)
{
    struct err err = {0};

    CHECK_INT(err_set(&err, "no %s", "disk"), -1);
    CHECK_INT(err_prefix(&err, "run"), -1);
    CHECK_STR(err.text, "run: no disk");
}

static char logged[64];

static void on_log(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area;
    snprintf(logged, sizeof(logged), "%s", text);
}

/* A peer's words in a message are text and nothing else. */
static void test_log(void)
{
    log_set_hook(on_log);
    log_warning("test", "it says %s", "\033[2Jgr\xc3\xbc\xc3\x9f\nqemu: all is well\xff");
    CHECK_STR(logged, "it says ?[2Jgr\xc3\xbc\xc3\x9f?qemu: all is well?");
    log_set_hook(NULL);
}

int main(void)
{
    test_buf();
    test_wire();
    test_utf8();
    test_rect();
    test_rest();
    test_log();
    return check_result();
}
